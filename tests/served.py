"""A real `newsqa serve` process on a port of its own, and requests to it as raw as a test wants them."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

NEWSQA = str(Path(sys.executable).with_name("newsqa"))


@dataclass(frozen=True, slots=True)
class Served:
    """Where a server answers, its process, and the file that its output goes to."""

    port: int
    process: subprocess.Popen[bytes]
    log: Path

    @property
    def url(self) -> str:
        """The address of the page."""
        return f"http://127.0.0.1:{self.port}"

    def request(
        self,
        method: str,
        path: str,
        body: object = None,
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        """One request; a body that is not bytes is sent as JSON. Redirects are not followed."""
        data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        sent = {"content-type": "application/json", **(headers or {})}
        request = urllib.request.Request(self.url + path, data, sent, method=method)  # noqa: S310 - our own server
        opener = urllib.request.build_opener(_Stay)
        try:
            with opener.open(request, timeout=120) as response:
                return Reply(response.status, dict(response.headers.items()), response.read())
        except urllib.error.HTTPError as error:
            with error:
                return Reply(error.code, dict(error.headers.items()), error.read())

    def raw(self, data: bytes) -> bytes:
        """What the server sends back for bytes on a new connection, until it closes or is silent."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=20) as connection:
            connection.sendall(data)
            found = b""
            try:
                while part := connection.recv(65536):
                    found += part
            except (TimeoutError, ConnectionResetError):
                pass
            return found


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args: Any) -> None:
        return None


@dataclass(frozen=True, slots=True)
class Reply:
    """A response."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)

    def header(self, name: str) -> str:
        """A header by its name in any case."""
        return next((value for key, value in self.headers.items() if key.lower() == name.lower()), "")


def free_port() -> int:
    """A port that nothing listens on just now."""
    with closing(socket.socket()) as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


@contextmanager
def serving(
    home: Path, *command: str, port: int | None = None, path: str = "/v1/health", **settings: str
) -> Iterator[Served]:
    """A server over the index in `home` (`newsqa serve`, or another command) for as long as the context lasts."""
    port = port or free_port()
    with running([NEWSQA, *(command or ("serve",)), "--port", str(port)], home, port, path, settings) as served:
        yield served


@contextmanager
def running(
    command: Sequence[str], home: Path, port: int, path: str, settings: Mapping[str, str]
) -> Iterator[Served]:
    """A program that serves the index in `home` on a port, from when `path` answers until the context ends."""
    log = home.with_name(f"{home.name}-{port}.log")
    environment = {**os.environ, "NEWSQA_HOME": str(home)}
    environment |= {f"NEWSQA_{name.upper()}": value for name, value in settings.items()}
    with log.open("ab") as out:
        process = subprocess.Popen(command, env=environment, stdout=out, stderr=out)
    served = Served(port, process, log)
    try:
        deadline = time.monotonic() + 240
        while True:
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            try:
                served.request("GET", path)
                break
            except OSError:
                time.sleep(0.2)
        yield served
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(60)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(20)
