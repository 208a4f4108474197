"""Connections that are held for nothing end, and keep nobody out; slow ones that go on live."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import pytest
import uvicorn

from newsqa.interfaces.access._connections import BoundedProtocol, ClientPatience
from newsqa.interfaces.access.listening import open_listener
from tests.newsroom import copy_index
from tests.served import Served, serving

HALF_HEAD = b"POST /v1/ask HTTP/1.1\r\nHost: 127.0.0.1\r\nX: "
HALF_BODY = HALF_HEAD + b"1\r\nContent-Type: application/json\r\nContent-Length: 500000\r\n\r\n{"
LARGE = 50_000_000


class Hasty(BoundedProtocol):
    """The same with little patience."""

    patience = ClientPatience(head=1.0, body=1.0, body_bytes=1_000, reading=1.0)


async def echo(scope: Any, receive: Any, send: Any) -> None:
    """Says how long the body was; `/late` answers late, `/large` with much."""
    size, more = 0, True
    while more and scope["path"] != "/unread":
        message = await receive()
        if message["type"] != "http.request":
            return
        size, more = size + len(message["body"]), message.get("more_body", False)
    if scope["path"] == "/late":
        import asyncio

        await asyncio.sleep(3)
    body = b"x" * LARGE if scope["path"] == "/large" else str(size).encode()
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(body))]})
    await send({"type": "http.response.body", "body": body})


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """Where a server with little patience and room for eight connections answers."""
    with open_listener("127.0.0.1", 0) as listener:
        config = uvicorn.Config(
            echo, http=Hasty, ws="none", lifespan="off", log_config=None, limit_concurrency=8, timeout_keep_alive=5
        )
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        yield listener.getsockname()[1]
        server.should_exit = True
        thread.join(20)


def connected(port: int, sent: bytes = b"") -> socket.socket:
    """A connection on which something was sent."""
    connection = socket.create_connection(("127.0.0.1", port), timeout=20)
    connection.sendall(sent)
    return connection


def ended(connection: socket.socket) -> bytes:
    """What came until the server closed."""
    found = b""
    with closing(connection):
        try:
            while part := connection.recv(65536):
                found += part
        except ConnectionResetError:
            pass
        return found


def request(path: str, body: bytes = b"", length: int | None = None, more: str = "") -> bytes:
    """A request whose body may be longer than what is sent of it."""
    return (
        f"POST {path} HTTP/1.1\r\nHost: a\r\n{more}Content-Length: {length or len(body)}\r\n\r\n".encode() + body
    )


@pytest.mark.parametrize(
    "sent",
    [b"", b"POST / HTTP/1.1\r\nHost: a", request("/", b"a", 1_000_000), request("/unread", b"a", 1_000_000)],
    ids=["idle", "half a head", "half a body", "a body that nobody reads"],
)
def test_what_does_not_go_on_is_closed(port: int, sent: bytes) -> None:
    """After its time, not before."""
    began = time.monotonic()
    ended(connected(port, sent))
    assert 0.8 < time.monotonic() - began < 4


def test_bytes_that_trickle_are_too_few(port: int) -> None:
    """A header or body that comes byte by byte is no more patient."""
    for start in (b"POST / HTTP/1.1\r\nX: ", request("/", b"a", 1_000_000)):
        began = time.monotonic()
        with closing(connected(port, start)) as connection, pytest.raises(OSError):  # noqa: PT012 (which byte ends it)
            while time.monotonic() - began < 15:
                connection.sendall(b"a")
                time.sleep(0.1)
        assert time.monotonic() - began < 6


def test_what_is_slow_but_goes_on_lives(port: int) -> None:
    """A body takes four times as long as a silent one may, an answer thrice, and a second request is answered."""
    with closing(connected(port, request("/", b"", 20_000))) as slow:
        for _ in range(20):
            slow.sendall(b"a" * 1_000)
            time.sleep(0.2)
        assert slow.recv(65536).endswith(b"20000")
        time.sleep(0.5)
        slow.sendall(request("/late", b"abc"))
        assert slow.recv(65536).endswith(b"3")


def test_who_does_not_read_is_not_written_to_for_ever(port: int) -> None:
    """The rest of a large answer is dropped; who reads slowly gets all of it."""
    with closing(connected(port, request("/large"))) as deaf:
        time.sleep(4)
        with pytest.raises(OSError):  # noqa: PT012 (which byte meets the end is not known)
            while True:
                deaf.sendall(b"a")
                time.sleep(0.05)
    with closing(connected(port, request("/large"))) as slow:
        found = 0
        while found < LARGE:
            part = slow.recv(5_000_000)
            assert part
            found += len(part)
            time.sleep(0.02)


def test_idle_connections_make_room(port: int) -> None:
    """More than there is room for, and the next request is answered at once."""
    with ExitStack() as stack:
        for _ in range(20):
            stack.enter_context(closing(connected(port)))
        began = time.monotonic()
        newcomer = stack.enter_context(closing(connected(port, request("/", b"abc"))))
        assert newcomer.recv(65536).startswith(b"HTTP/1.1 200")
        assert time.monotonic() - began < 0.9


@pytest.fixture(scope="module")
def served(newsroom_index: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server as everybody starts it."""
    with serving(copy_index(newsroom_index, tmp_path_factory.mktemp("held") / "index")) as running:
        yield running


@pytest.mark.slow
def test_a_thousand_connections_keep_nobody_out(served: Served) -> None:
    """Idle ones, half-sent headers and half-sent bodies: others are answered, and in half a minute all are closed.

    The stream of an open page and an upload that is slow go on meanwhile.
    """
    held = [connected(served.port, (b"", HALF_HEAD, HALF_BODY)[number % 3]) for number in range(1_000)]
    stream = connected(served.port, b"GET /gradio_api/heartbeat/abcdefgh HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
    text = b"The otters came back." + b"\n" * 100_000
    part = (
        b'--B\r\nContent-Disposition: form-data; name="file"; filename="o.md"\r\n\r\nOtters\n\n'
        + text
        + b"\r\n--B--"
    )
    head = "Host: 127.0.0.1\r\nContent-Type: multipart/form-data; boundary=B\r\n"
    upload = connected(
        served.port,
        f"POST /v1/articles HTTP/1.1\r\n{head}Content-Length: {len(part)}\r\n\r\n".encode(),
    )
    began = time.monotonic()
    assert served.request("GET", "/v1/health").status == 200
    assert time.monotonic() - began < 10
    while part:
        upload.sendall(part[:4_000])
        part = part[4_000:]
        time.sleep(1)
    assert upload.recv(65536).startswith(b"HTTP/1.1 200")
    assert time.monotonic() - began > 24
    for connection in held:
        connection.settimeout(5)
        ended(connection)
    stream.settimeout(20)
    assert b"ALIVE" in stream.recv(65536)
    stream.sendall(b"")
    stream.setblocking(False)
    with pytest.raises(BlockingIOError):  # noqa: PT012 (what has come is read first)
        while True:
            assert stream.recv(65536), "the stream was closed"
    upload.close()
    stream.close()
