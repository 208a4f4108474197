"""A small model server, in a process of its own: it says what it is told, and fails as it is told.

It speaks the protocol of OpenAI, and for streamed text those of Ollama and Anthropic.

`ModelServer` starts it. As a program it prints its port, then serves until it is killed.
"""

from __future__ import annotations

import json
import re
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]


def reply(text: str = "", **how: Any) -> dict[str, Any]:
    """A reply: its text, and how it goes wrong.

    `status` and `retry_after` answer with an error; `cut` drops the connection and `stall` falls silent after so
    many pieces, `hold` waits there to be released; `plain` leaves out the framing that would tell a cut from an
    end; `malformed` sends broken JSON; `tool` calls a tool, by name and arguments (OpenAI only); `delay` waits
    before each piece, `before` before the first, in seconds.
    """
    return {"text": text, **how}


class _State:
    """What the next requests get, and what came in."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.replies: list[dict[str, Any]] = [reply("Nothing was scripted.")]
        self.log: list[dict[str, Any]] = []
        self.released = threading.Event()

    def next(self) -> dict[str, Any]:
        """The next reply; the last one is given again and again."""
        with self.lock:
            return self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]


STATE = _State()


class Handler(BaseHTTPRequestHandler):
    """`/v1/chat/completions`, and `/script` and `/log` for the test."""

    protocol_version = "HTTP/1.1"
    chunked = False

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name in the base class
        """Quiet."""

    def do_GET(self) -> None:
        """The requests so far."""
        self._json(200, STATE.log)

    def do_POST(self) -> None:
        """A script, or a request for a completion."""
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.path == "/script":
            STATE.replies, STATE.log = body, []
            STATE.released.clear()
            self._json(200, {})
            return
        if self.path == "/release":
            STATE.released.set()
            self._json(200, {})
            return
        entry = {"body": body, "authorization": self.headers.get("Authorization", ""), "path": self.path}
        STATE.log.append(entry)
        self._complete(STATE.next(), body, entry)

    def _complete(self, how: dict[str, Any], body: dict[str, Any], entry: dict[str, Any]) -> None:
        if "status" in how:
            self._json(how["status"], {"error": {"message": "scripted"}}, how.get("retry_after"))
            return
        protocol = PROTOCOLS[self.path]
        if not body.get("stream"):
            message = {"role": "assistant", "content": how["text"]}
            self._json(
                200, {**_frame(body), "choices": [{"index": 0, "message": message, "finish_reason": "stop"}]}
            )
            return
        self.send_response(200)
        self.send_header("Content-Type", protocol.content_type)
        self.send_header("Connection", "close")
        if not how.get("plain"):
            self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        self.chunked = not how.get("plain")
        time.sleep(how.get("before", 0.0))
        pieces = re.findall(r"\S+\s*", how["text"])
        for count, piece in enumerate(pieces):
            if how.get("cut") == count:
                self.connection.shutdown(socket.SHUT_RDWR)
                return
            if how.get("stall") == count:
                time.sleep(60)
                return
            if how.get("hold") == count:
                STATE.released.wait(60)
            time.sleep(how.get("delay", 0.0))
            entry.setdefault("first_sent", time.time())
            self._send('data: {"choices": [{"delta"\n\n' if how.get("malformed") else protocol.piece(body, piece))
        if "tool" in how:
            self._send(
                _chunk(
                    body, {"tool_calls": [{"index": 0, "id": "t", "type": "function", "function": how["tool"]}]}
                )
            )
        self._send(protocol.end(body))
        if self.chunked:
            self.wfile.write(b"0\r\n\r\n")
        self.close_connection = True

    def _send(self, text: str) -> None:
        data = text.encode()
        self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data) if self.chunked else data)
        self.wfile.flush()

    def _json(self, status: int, value: Any, retry_after: float | None = None) -> None:
        data = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        if retry_after is not None:
            self.send_header("Retry-After", str(retry_after))
        self.end_headers()
        self.wfile.write(data)


def _frame(body: dict[str, Any]) -> dict[str, Any]:
    return {"id": "c", "object": "chat.completion", "created": 1, "model": body["model"]}


def _chunk(body: dict[str, Any], delta: dict[str, Any], finish: str | None = None) -> str:
    choice = {"index": 0, "delta": {"role": "assistant", **delta}, "finish_reason": finish}
    return f"data: {json.dumps({**_frame(body), 'object': 'chat.completion.chunk', 'choices': [choice]})}\n\n"


class OpenAI:
    """Server-sent events, the last of which is no JSON."""

    content_type = "text/event-stream"

    @staticmethod
    def piece(body: dict[str, Any], text: str) -> str:
        """A piece of the text."""
        return _chunk(body, {"content": text})

    @staticmethod
    def end(body: dict[str, Any]) -> str:
        """How the text ended."""
        return _chunk(body, {"content": ""}, "stop") + "data: [DONE]\n\n"


class Ollama:
    """One JSON value a line."""

    content_type = "application/x-ndjson"

    @staticmethod
    def piece(body: dict[str, Any], text: str, **more: Any) -> str:
        """A piece of the text."""
        message = {"role": "assistant", "content": text}
        value = {"model": body["model"], "created_at": "2019-04-25T00:00:00Z", "message": message, "done": False}
        return json.dumps(value | more) + "\n"

    @staticmethod
    def end(body: dict[str, Any]) -> str:
        """How the text ended."""
        return Ollama.piece(body, "", done=True, done_reason="stop")


class Anthropic:
    """Server-sent events with names."""

    content_type = "text/event-stream"

    @staticmethod
    def event(kind: str, **fields: Any) -> str:
        """An event."""
        return f"event: {kind}\ndata: {json.dumps({'type': kind, **fields})}\n\n"

    @staticmethod
    def piece(body: dict[str, Any], text: str) -> str:
        """A piece of the text."""
        return Anthropic.event("content_block_delta", index=0, delta={"type": "text_delta", "text": text})

    @staticmethod
    def end(body: dict[str, Any]) -> str:
        """How the text ended."""
        stop = {"stop_reason": "end_turn", "stop_sequence": None}
        return Anthropic.event("message_delta", delta=stop, usage={"output_tokens": 1}) + Anthropic.event(
            "message_stop"
        )


PROTOCOLS: dict[str, Any] = {"/v1/chat/completions": OpenAI, "/api/chat": Ollama, "/v1/messages": Anthropic}


class Server(ThreadingHTTPServer):
    """Threads that end with the process; a client that leaves is no news."""

    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Quiet."""


@dataclass
class ModelServer:
    """A running server: what it will say, what it was asked."""

    process: subprocess.Popen[str]
    port: int

    @property
    def url(self) -> str:
        """The address to set as `NEWSQA_LLM_BASE_URL`."""
        return f"http://127.0.0.1:{self.port}/v1"

    def script(self, *replies: dict[str, Any]) -> None:
        """What the next requests get, one after the other; the last one for all that follow."""
        data = json.dumps(replies).encode()
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}/script", data)
        with urllib.request.urlopen(request, timeout=30):  # noqa: S310 - our own server
            pass

    def release(self) -> None:
        """Let a reply go on that was told to hold."""
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}/release", b"{}")
        with urllib.request.urlopen(request, timeout=30):  # noqa: S310 - our own server
            pass

    def log(self) -> list[dict[str, Any]]:
        """The requests since the last script."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/log", timeout=30) as response:
            entries: list[dict[str, Any]] = json.loads(response.read())
            return entries

    def kill(self) -> None:
        """End it as a crash would."""
        self.process.kill()
        self.process.wait(20)


@contextmanager
def model_server() -> Iterator[ModelServer]:
    """A server that runs as long as the context."""
    command = [sys.executable, "-m", "tests.llm_server"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield ModelServer(process, int(process.stdout.readline()))
        finally:
            process.kill()


if __name__ == "__main__":
    server = Server(("127.0.0.1", 0), Handler)
    sys.stdout.write(f"{server.server_address[1]}\n")
    sys.stdout.flush()
    server.serve_forever()
