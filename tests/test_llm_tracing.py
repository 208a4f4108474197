"""Tracing by the usual environment variables: nothing is sent unless they ask for it, and then where they say."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.llm_server import ModelServer, model_server, reply
from tests.newsroom import BRIDGE_QUESTION

pytestmark = pytest.mark.slow

TRUE = "The bridge was closed because engineers had found deep cracks in two of its pillars [1]."
ASK = """
import sys
ports = set()
def note(event, arguments):
    if event == "socket.connect" and isinstance(arguments[1], tuple):
        ports.add(arguments[1][1])
sys.addaudithook(note)
from newsqa import NewsQA
with NewsQA.open() as qa:
    answer = qa.ask(sys.argv[1])
from langchain_core.tracers.langchain import wait_for_all_tracers
wait_for_all_tracers()
print(answer.model, *sorted(ports))
"""


class Collector(BaseHTTPRequestHandler):
    """Takes whatever a tracer sends."""

    taken: list[tuple[str, bytes]]

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name in the base class
        """Quiet."""

    def _answer(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        type(self).taken.append((self.path, self.rfile.read(length)))
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def do_GET(self) -> None:
        """A question about the collector."""
        self._answer()

    def do_POST(self) -> None:
        """Runs."""
        self._answer()

    def do_PATCH(self) -> None:
        """Changes of runs."""
        self._answer()


@pytest.fixture
def collector() -> Iterator[tuple[str, list[tuple[str, bytes]]]]:
    """The address of a collector of traces, and what came in."""
    handler = type("Taking", (Collector,), {"taken": []})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}", handler.taken
        server.shutdown()


@pytest.fixture(scope="module")
def server() -> Iterator[ModelServer]:
    """A model's server."""
    pytest.importorskip("langchain_openai")
    with model_server() as running:
        running.script(reply(TRUE))
        yield running


def ask(server: ModelServer, home: Path, **more: str) -> list[str]:
    """Ask in a process of its own: the model that answered, and the ports that the process connected to."""
    model = {"NEWSQA_HOME": str(home), "NEWSQA_LLM": "openai:scripted", "NEWSQA_LLM_BASE_URL": server.url}
    run = subprocess.run(
        [sys.executable, "-c", ASK, BRIDGE_QUESTION],
        env={**os.environ, **model, **more},
        capture_output=True,
        text=True,
        timeout=240,
    )
    assert run.returncode == 0, run.stderr
    return run.stdout.split()


def test_without_the_variables_only_the_model_is_spoken_to(
    server: ModelServer, newsroom_index: Path, collector: tuple[str, list[tuple[str, bytes]]]
) -> None:
    """An address alone switches nothing on; every connection is to the model's server."""
    address, taken = collector
    told = ask(server, newsroom_index, LANGSMITH_ENDPOINT=address, LANGSMITH_API_KEY="key")
    assert told == ["openai:scripted", str(server.port)]
    assert taken == []


def test_with_them_the_runs_arrive(
    server: ModelServer, newsroom_index: Path, collector: tuple[str, list[tuple[str, bytes]]]
) -> None:
    """`LANGSMITH_TRACING=true` sends each run, under a name that says whose it is, to the address given."""
    address, taken = collector
    told = ask(
        server,
        newsroom_index,
        LANGSMITH_TRACING="true",
        LANGSMITH_ENDPOINT=address,
        LANGSMITH_API_KEY="key",
        LANGSMITH_RUNS_ENDPOINTS="",
        LANGSMITH_DISABLE_RUN_COMPRESSION="true",
    )
    assert told[0] == "openai:scripted"
    sent = b"".join(body for path, body in taken if "/runs" in path)
    assert b"newsqa: answer" in sent


def test_opentelemetry_gets_them_too(
    server: ModelServer, newsroom_index: Path, collector: tuple[str, list[tuple[str, bytes]]]
) -> None:
    """With `LANGSMITH_TRACING_MODE=otel` the runs go to the OpenTelemetry collector alone."""
    address, taken = collector
    told = ask(
        server,
        newsroom_index,
        LANGSMITH_TRACING="true",
        LANGSMITH_TRACING_MODE="otel",
        OTEL_EXPORTER_OTLP_ENDPOINT=address,
    )
    assert told[0] == "openai:scripted"
    assert {path for path, _ in taken} == {"/v1/traces"}
    assert b"newsqa: answer" in b"".join(body for _, body in taken)
