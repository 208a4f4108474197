"""How a server ends, and what it says of itself: real processes, told to end with their queues full."""

from __future__ import annotations

import json
import re
import signal
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from newsqa import NewsQA
from tests.newsroom import BRIDGE_QUESTION, copy_index
from tests.served import Reply, Served, serving
from tests.test_apart import asked, slow, visiting
from tests.web_server import Site

pytestmark = pytest.mark.slow

__all__ = ["slow"]


def in_hand(served: Served) -> int:
    """How many questions are answered or wait, as the server counts them."""
    text = served.request("GET", "/v1/metrics").body.decode()
    (count,) = re.findall(r"^newsqa_questions_in_hand (\S+)$", text, re.MULTILINE)
    return int(float(count))


def request(path: str, body: bytes) -> bytes:
    """A POST of JSON as it goes over the wire."""
    head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


def wait_for(served: Served, least: int) -> None:
    """Returns when so many questions are in the server."""
    deadline = time.monotonic() + 60
    while in_hand(served) < least:
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.mark.parametrize("told", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "Ctrl-C"])
def test_a_full_queue_is_told_to_come_back(newsroom_index: Path, tmp_path: Path, told: signal.Signals) -> None:
    """What runs is answered, what waits gets 503 with Retry-After or an error event, and the log stays JSON."""

    def ask(number: int) -> Reply:
        body = {"question": f"{BRIDGE_QUESTION} {number}", "stream": number >= 30}
        return served.request("POST", "/v1/ask", body)

    home = copy_index(newsroom_index, tmp_path / "index")
    with serving(home, concurrency="1", rate_limit="0") as served, ThreadPoolExecutor(60) as clients:
        served.request("POST", "/v1/ask", {"question": BRIDGE_QUESTION})
        replies = [clients.submit(ask, number) for number in range(60)]
        wait_for(served, 30)
        served.process.send_signal(told)
        found = [reply.result() for reply in replies]
        assert served.process.wait(30) == 0
        log = served.log.read_text().splitlines()
    plain, streams = found[:30], found[30:]
    assert {reply.status for reply in found} == {200, 503}
    refused = [reply for reply in found if reply.status == 503]
    assert {(reply.json["error"]["code"], reply.header("retry-after")) for reply in refused} == {
        ("stopping", "10")
    }
    assert all(reply.json["citations"] for reply in plain if reply.status == 200)
    ends = [
        re.findall(r"^event: (\w+)$", reply.body.decode(), re.MULTILINE)[-1]
        for reply in streams
        if reply.status == 200
    ]
    assert set(ends) <= {"answer", "error"}
    assert "error" in ends or any(reply.status == 503 for reply in streams)
    written = [line for line in log if not line.startswith(("Starting the page", "newsqa is at"))]
    assert all(isinstance(json.loads(line), dict) for line in written)


def test_the_time_for_what_runs_is_bounded(newsroom_index: Path, tmp_path: Path) -> None:
    """With no grace at all, a stream that is being answered ends with an error event, and the server ends."""
    home = copy_index(newsroom_index, tmp_path / "index")
    with serving(home, concurrency="1", rate_limit="0", grace="0") as served, ThreadPoolExecutor(40) as clients:
        body = {"question": BRIDGE_QUESTION, "stream": True}
        replies = [clients.submit(served.request, "POST", "/v1/ask", body) for _ in range(40)]
        wait_for(served, 20)
        began = time.monotonic()
        served.process.send_signal(signal.SIGTERM)
        assert served.process.wait(30) == 0
        assert time.monotonic() - began < 15
        bodies = [reply.result().body.decode() for reply in replies]
    assert any("event: error" in body and '"code": "stopping"' in body for body in bodies)
    assert all(re.search(r"event: (answer|error)\n.*\n\n\Z", body) or body.startswith("{") for body in bodies)


@pytest.mark.parametrize("told", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "Ctrl-C"])
def test_an_open_page_does_not_keep_a_server(newsroom_index: Path, tmp_path: Path, told: signal.Signals) -> None:
    """What each open page listens to comes to a proper end, instead of being cut off with a fault in the log."""
    home = copy_index(newsroom_index, tmp_path / "index")
    with serving(home) as served, socket.create_connection(("127.0.0.1", served.port), timeout=60) as page:
        page.sendall(b"GET /gradio_api/heartbeat/page HTTP/1.1\r\nHost: localhost\r\n\r\n")
        heard = page.recv(65536)
        assert heard.startswith(b"HTTP/1.1 200")
        served.process.send_signal(told)
        while part := page.recv(65536):
            heard += part
        assert served.process.wait(30) == 0
        log = served.log.read_text()
    assert heard.endswith(b"\r\n0\r\n\r\n")
    assert not re.search("Traceback|Cancel", log)


@pytest.mark.parametrize(
    ("path", "asking"),
    [
        ("/v1/ask", {"question": BRIDGE_QUESTION}),
        ("/v1/chat/completions", {"messages": [{"role": "user", "content": BRIDGE_QUESTION}]}),
    ],
    ids=["ask", "chat"],
)
def test_questions_of_clients_who_left_are_not_answered(
    newsroom_index: Path, tmp_path: Path, path: str, asking: object
) -> None:
    """Fifty clients ask and hang up; the queue is empty at once, and the next one is answered."""
    sent = request(path, json.dumps(asking).encode())
    home = copy_index(newsroom_index, tmp_path / "index")
    with serving(home, concurrency="1", rate_limit="0") as served:
        served.request("POST", "/v1/ask", {"question": BRIDGE_QUESTION})
        with ExitStack() as clients:
            for _ in range(50):
                client = clients.enter_context(socket.create_connection(("127.0.0.1", served.port)))
                client.sendall(sent)
            wait_for(served, 40)
        deadline = time.monotonic() + 3
        while in_hand(served) > 1:
            assert time.monotonic() < deadline
            time.sleep(0.02)
        assert served.request("POST", "/v1/ask", {"question": BRIDGE_QUESTION}).status == 200
        text = served.request("GET", "/v1/metrics").body.decode()
    answered = sum(
        float(count) for count in re.findall(r"^newsqa_questions_total\{.*\} (\S+)$", text, re.MULTILINE)
    )
    assert answered < 30


@contextmanager
def api_over(qa: NewsQA) -> Iterator[Served]:
    """The API in this process, which may then fetch from a site of the test's own."""
    import uvicorn

    from newsqa.interfaces.api._app import build_api
    from newsqa.interfaces.api._context import Context

    context = Context.of(qa)
    server = uvicorn.Server(uvicorn.Config(build_api(context), port=0, log_config=None, lifespan="off"))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            time.sleep(0.02)
        port: int = server.servers[0].sockets[0].getsockname()[1]
        yield Served(port, process=None, log=Path())  # type: ignore[arg-type]
    finally:
        server.should_exit = True
        thread.join()
        context.close()


def test_a_client_that_goes_away_ends_its_fetching(
    slow: tuple[Site, threading.Event], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who asks for a feed and hangs up has no further page of it fetched; what was fetched is kept."""
    site, go = slow
    visiting(site, monkeypatch)
    body = json.dumps({"url": f"{site.url}/feed"}).encode()
    sent = request("/v1/articles", body)
    with NewsQA.open(tmp_path / "home") as qa, api_over(qa) as served:
        with socket.create_connection(("127.0.0.1", served.port)) as client:
            client.sendall(sent)
            asked(site, "/slow0")
        time.sleep(0.5)
        go.set()
        deadline = time.monotonic() + 30
        while not qa.articles():
            assert time.monotonic() < deadline
            time.sleep(0.05)
        time.sleep(0.5)
        assert [path for path, _ in site.server.asked if path.startswith("/slow")] == ["/slow0"]


# What it says of itself


def health(served: Served) -> Any:
    """What the server says works."""
    return served.request("GET", "/v1/health").json


def test_health_says_what_works(newsroom_index: Path, tmp_path: Path) -> None:
    """A sound index is `ok` in each part; a part that cannot be read is named, and the server not ready."""
    home = copy_index(newsroom_index, tmp_path / "index")
    with serving(home) as served:
        assert health(served) == {"status": "ok", "parts": {"articles": "ok", "words": "ok", "vectors": "ok"}}
        assert served.request("GET", "/v1/ready").status == 200
        for file in home.glob("catalogue.sqlite*"):
            file.write_bytes(b"no database" * 1_000)
        time.sleep(2.5)
        assert health(served)["status"] == "failing"
        reply = served.request("GET", "/v1/ready")
    assert (reply.status, reply.json["error"]["code"]) == (503, "not_ready")
    assert "The articles cannot be read. `newsqa check` says what is broken." in reply.json["error"]["message"]
    assert str(home) not in reply.body.decode()
