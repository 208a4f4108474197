"""A real web server on the loopback interface that serves hand-made pages, good ones and bad ones."""

from __future__ import annotations

import gzip
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread
from typing import Any

PAGES = Path(__file__).parent / "webpages"
ENDLESS_BYTES = 10_000_000_000
HEADLINE = "Harbour crane falls into the Lenn"


class Handler(BaseHTTPRequestHandler):
    """Serves the files of `webpages/` by their names, and what `ROUTES` makes up."""

    protocol_version = "HTTP/1.1"
    server: Server

    def do_GET(self) -> None:
        """Answers one request."""
        path = self.path.partition("?")[0]
        self.server.asked.append((path, dict(self.headers.items())))
        made = self.server.routes.get(path) or ROUTES.get(path)
        if made is not None:
            made(self)
            return
        file = PAGES / f"{path.strip('/').replace('/', '_')}.html"
        if file.is_file():
            self.say(file.read_bytes(), "text/html")
        else:
            self.say(b"<html><body><p>There is nothing here.</p></body></html>", "text/html", status=404)

    def say(
        self, body: bytes, kind: str = "text/html; charset=utf-8", *, status: int = 200, **headers: str
    ) -> None:
        """Answers with a whole body; `Retry_After="1"` and the like become headers."""
        self.send_response(status)
        if kind:
            self.send_header("Content-Type", kind)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        if "Content_Length" not in headers:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        self.close_connection = True

    def stream(self, pieces: Iterator[bytes], **headers: str) -> None:
        """Answers with pieces until they end, or the other side goes."""
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        for piece in pieces:
            if self.server.closing.is_set():
                return
            self.wfile.write(piece)
            self.server.sent += len(piece)
        self.close_connection = True

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 (the name of the base class)
        """Says nothing."""


class Server(ThreadingHTTPServer):
    """Counts what it sent, and remembers what it was asked for with which headers."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.routes: dict[str, Route] = {}
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.sent = 0
        self.closing = Event()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Says nothing: that the other side hangs up is what many of these pages are for."""


Route = Callable[[Handler], None]


@dataclass(frozen=True)
class Site:
    """A running server, by its port."""

    server: Server
    place: str = field(default="")

    @property
    def url(self) -> str:
        """Its address without a path."""
        return f"http://{self.place}"

    def asked(self, path: str) -> int:
        """How often a path was asked for."""
        return sum(one == path for one, _ in self.server.asked)


@contextmanager
def serving() -> Iterator[Site]:
    """A site of its own, until the block ends."""
    with Server() as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield Site(server, f"127.0.0.1:{server.server_address[1]}")
        finally:
            server.closing.set()
            server.shutdown()
            thread.join()


def redirect(to: str, status: int = 302) -> Route:
    """A page that sends the reader to another."""
    return lambda one: one.say(b"", status=status, Location=to)


def failing(status: int, **headers: str) -> Route:
    """A page that answers with an error."""
    return lambda one: one.say(b"<html><body><p>It did not work.</p></body></html>", status=status, **headers)


def _endless(one: Handler) -> None:
    piece = b"<p>The harbour, the harbour, the harbour.</p>\n" * 1_000
    one.stream(piece for _ in range(ENDLESS_BYTES // len(piece)))


def _bomb(one: Handler) -> None:
    one.say(gzip.compress(b"<p>" + b" " * 50_000_000, 9), Content_Encoding="gzip")


def _packed(one: Handler) -> None:
    one.say(gzip.compress((PAGES / "lead_image.html").read_bytes()), Content_Encoding="gzip")


def _drip(one: Handler) -> None:
    def pieces() -> Iterator[bytes]:
        while True:
            time.sleep(0.05)
            yield b"<"

    one.stream(pieces())


def _drip_headers(one: Handler) -> None:
    one.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    while not one.server.closing.is_set():
        time.sleep(0.05)
        one.wfile.write(b"x")
        one.wfile.flush()


def _headers(one: Handler) -> None:
    one.wfile.write(b"HTTP/1.1 200 OK\r\n")
    while not one.server.closing.is_set():
        one.wfile.write(b"X-More: and more\r\n" * 100)


def _cut_short(one: Handler) -> None:
    one.say((PAGES / "lead_image.html").read_bytes()[:600], Content_Length="5000")


def _huge_title(one: Handler) -> None:
    body = (PAGES / "no_date.html").read_text(encoding="utf-8")
    long = "Beavers settle in the park and then " + "go on and on " * 20_000
    one.say(body.replace("Beavers settle in the park", long).encode())


def _deep(one: Handler) -> None:
    inside = (
        (PAGES / "no_date.html").read_text(encoding="utf-8").partition("<article>")[2].partition("</article>")[0]
    )
    one.say(f"<html><body>{'<div>' * 20_000}{inside}{'</div>' * 20_000}</body></html>".encode())


def _conditional(one: Handler) -> None:
    if one.headers.get("If-None-Match") == '"one"':
        one.say(b"", "", status=304)
    else:
        body = (PAGES / "article.html").read_bytes()
        one.say(body, ETag='"one"', Last_Modified=formatdate(1_700_000_000, usegmt=True))


ROUTES: dict[str, Route] = {
    "/article/amp": lambda one: one.say((PAGES / "amp.html").read_bytes()),
    "/redirect_chain": redirect("/redirect_two", 301),
    "/redirect_two": redirect("redirect_three", 307),
    "/redirect_three": redirect("/lead_image?utm_source=chain", 308),
    **{f"/redirect_far_{number}": redirect(f"/redirect_far_{number + 1}") for number in range(8)},
    "/redirect_loop": redirect("/redirect_back"),
    "/redirect_back": redirect("/redirect_loop"),
    "/redirect_inside": redirect("http://127.0.0.1:9/private"),
    "/redirect_metadata": redirect("http://169.254.169.254/latest/meta-data/"),
    "/redirect_file": redirect("file:///etc/passwd"),
    "/redirect_name": redirect("http://printer.local.example/"),
    "/endless": _endless,
    "/gzip_bomb": _bomb,
    "/gzip_page": _packed,
    "/wrong_type": lambda one: one.say(b"\x89PNG\r\n\x1a\n" + bytes(500), "image/png"),
    "/no_type": lambda one: one.say((PAGES / "lead_image.html").read_bytes(), ""),
    "/empty": lambda one: one.say(b""),
    "/huge_title": _huge_title,
    "/deep": _deep,
    "/headers": _headers,
    "/slow_drip": _drip,
    "/slow_headers": _drip_headers,
    "/cut_short": _cut_short,
    "/gone": failing(410),
    "/login": failing(403),
    "/busy": failing(429, Retry_After="120"),
    "/broken": failing(500),
    "/conditional": _conditional,
    "/bomb_feed": lambda one: one.say(BOMB, "application/rss+xml"),
}

BOMB = (
    b'<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY a "lol">'
    + b"".join(f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">'.encode() for n in range(9))
    + b"]><rss version='2.0'><channel><title>&j;</title>"
    + b"<item><title>&j;</title><link>/article</link></item></channel></rss>"
)
"""A feed of a few hundred bytes that would unfold to gigabytes."""
