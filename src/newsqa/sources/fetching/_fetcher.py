"""One page from the web, within bounds: where it may come from, how large, how long, of which kind."""

from __future__ import annotations

import http.client
import re
import ssl
import time
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from email.message import Message
from urllib.parse import quote, urlsplit

from newsqa.errors import FetchError
from newsqa.sources.fetching._connection import (
    Connect,
    FetchConnection,
    Resolve,
    connect,
    describe_error,
    is_public,
    make_ssl_context,
    resolve,
    resolve_within,
)
from newsqa.sources.fetching.responses import (
    join_location,
    parse_media_type,
    parse_retry_after,
    read_line,
    show_url,
    size_error,
    unpack,
)
from newsqa.sources.formats.registry import MEDIA_TYPES

MAX_REDIRECTS = 5
MAX_BYTES = 10_000_000
SECONDS = 30.0
PORTS = frozenset((80, 443))

XML = frozenset(
    "text/xml application/xml application/rss+xml application/atom+xml application/rdf+xml text/x-opml "
    "application/opml+xml text/opml".split()
)
PAGES = XML | MEDIA_TYPES.keys()
"""The content types that hold articles, or lead to them."""

_REDIRECTS = frozenset((301, 302, 303, 307, 308))
_SAFE = "!#$%&'()*+,/:;=?@[]~"
_LONGEST = 4_096
_SNIFFED = (
    (b"%pdf-", "application/pdf"),
    (b"<!doctype html", "text/html"),
    (b"<html", "text/html"),
    (b"<?xml", "text/xml"),
)
"""How a body begins that came without a type, in lower case."""


@dataclass(frozen=True, slots=True)
class FetchedPage:
    """What came from the web: the address it came from after redirects, its type, and its bytes, unpacked.

    `not_modified` says that the server has nothing newer than what `etag` or `last_modified` asked for.
    """

    url: str
    content_type: str = ""
    charset: str = ""
    body: bytes = b""
    etag: str = ""
    last_modified: str = ""
    not_modified: bool = False


@dataclass(frozen=True, slots=True)
class _Target:
    """A URL that may be fetched, in the pieces that a request needs."""

    url: str
    secure: bool
    host: str
    port: int
    path: str

    @property
    def host_header(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == (443 if self.secure else 80) else f"{host}:{self.port}"


class Fetcher:
    """Fetches pages with GET: http and https, public addresses, ports 80 and 443, nothing else.

    A host is looked up once, every address it has must be public, and the connection goes to one of those
    addresses. Redirects are followed by hand, each with the same checks. `max_bytes` counts what is received
    and what it unpacks to; `seconds` is the limit for the whole of it. `received` counts the bytes of all pages.
    Proxy variables are not looked at.

    `allow_hosts` names `address:port` pairs that may be used although they are not public: it is for tests that
    serve pages on the loopback interface, and can be reached neither by a setting nor by the environment.
    """

    def __init__(
        self,
        *,
        max_bytes: int = MAX_BYTES,
        seconds: float = SECONDS,
        allow_hosts: frozenset[str] = frozenset(),
        resolve: Resolve = resolve,
        connect: Connect = connect,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        from newsqa import __version__

        self.max_bytes = max_bytes
        self.seconds = seconds
        self.received = 0
        self.user_agent = f"newsqa/{__version__}"
        self._allowed = allow_hosts
        self._resolve = resolve
        self._connect = connect
        self._tls = tls

    def fetch(
        self, url: str, *, kinds: Collection[str] = PAGES, etag: str = "", last_modified: str = ""
    ) -> FetchedPage:
        """The page at `url`; raises `FetchError`, with the status that the server gave, if it gave one.

        `kinds` are the content types that are accepted. With what an earlier `FetchedPage` gave as `etag` and
        `last_modified`, a page that has not changed since comes back empty, as `not_modified`.
        """
        deadline = time.monotonic() + self.seconds
        target = self._target(url)
        seen = {target.url}
        headers = self._headers(kinds, etag, last_modified)
        for _ in range(MAX_REDIRECTS + 1):
            found = self._request(target, headers, kinds, deadline)
            if isinstance(found, FetchedPage):
                return found
            target = self._target(found)
            if target.url in seen:
                raise FetchError(
                    f"{show_url(url)} redirects in a circle. Open it in a browser to find its address."
                )
            seen.add(target.url)
        raise FetchError(
            f"{show_url(url)} redirects more than {MAX_REDIRECTS} times. Give the address at which it ends."
        )

    def _headers(self, kinds: Collection[str], etag: str, last_modified: str) -> dict[str, str]:
        headers = {
            "User-Agent": self.user_agent,
            "Accept": ", ".join(sorted(kinds))
            if len(kinds) < 8
            else "text/html, application/xml;q=0.9, */*;q=0.5",
            "Accept-Encoding": "gzip",
            "Connection": "close",
        }
        if etag and etag.isprintable() and etag.isascii():
            headers["If-None-Match"] = etag
        if last_modified and last_modified.isprintable() and last_modified.isascii():
            headers["If-Modified-Since"] = last_modified
        return headers

    def _target(self, url: str) -> _Target:
        """The pieces of a URL; raises `FetchError` for one that is not fetched on principle."""
        text = url.strip()
        try:
            parts = urlsplit(text)
            host, port = parts.hostname or "", parts.port
            host = host if host.isascii() else host.encode("idna").decode("ascii")
        except (ValueError, UnicodeError) as error:
            raise FetchError(f"{show_url(url)} is not a web address. Check it.") from error
        if parts.scheme.lower() not in ("http", "https"):
            raise FetchError(
                f"{show_url(url)} is not fetched. Give an address that begins with http:// or https://."
            )
        if not host or len(text) > _LONGEST or re.search(r"[\s\x00-\x20\x7f<>\"\\^`{|}%]", host):
            raise FetchError(f"{show_url(url)} is not a web address. Check it.")
        if parts.username is not None or parts.password is not None:
            raise FetchError("An address with a user name or password in it is not fetched. Leave them out.")
        secure = parts.scheme.lower() == "https"
        number = (443 if secure else 80) if port is None else port
        if number not in PORTS and not any(one.endswith(f":{number}") for one in self._allowed):
            raise FetchError(f"{show_url(url)} is not fetched: port {number} is not one of the web, 80 or 443.")
        path = quote(parts.path or "/", safe=_SAFE, errors="replace")
        query = f"?{quote(parts.query, safe=_SAFE, errors='replace')}" if parts.query else ""
        name = f"[{host}]" if ":" in host else host
        place = name if port is None else f"{name}:{port}"
        scheme = "https" if secure else "http"
        return _Target(f"{scheme}://{place}{path}{query}", secure, host, number, path + query)

    def _request(
        self, target: _Target, headers: dict[str, str], kinds: Collection[str], deadline: float
    ) -> FetchedPage | str:
        """One request: the page, or where it redirects to."""
        addresses = self._addresses(target, deadline)
        tls = (self._tls or make_ssl_context()) if target.secure else None
        try:
            with FetchConnection(
                target.host, target.port, addresses, deadline, tls=tls, connect=self._connect
            ) as connection:
                response = connection.get(target.path, {"Host": target.host_header, **headers})
                if response.status in _REDIRECTS and response.headers.get("Location"):
                    return join_location(target.url, response.headers["Location"])
                return self._page(target, response, kinds)
        except TimeoutError as error:
            limit = f"{self.seconds:g} seconds"
            raise FetchError(f"{show_url(target.url)} took longer than {limit}. Try again later.") from error
        except (OSError, http.client.HTTPException, ValueError) as error:
            said = describe_error(error)
            raise FetchError(f"{show_url(target.url)} could not be read ({said}). Try again later.") from error

    def _addresses(self, target: _Target, deadline: float) -> list[str]:
        """The addresses of a host, each of them checked."""
        left = max(0.01, deadline - time.monotonic())
        addresses = resolve_within(self._resolve, target.host, target.port, left)
        for address in addresses:
            if f"{address}:{target.port}" in self._allowed:
                continue
            if target.port not in PORTS or not is_public(address):
                raise FetchError(  # which address it is stays unsaid: whoever asks may not know this network
                    f"{show_url(target.url)} is not fetched: {target.host} is not on the public web. "
                    "Save the page as a file, and ingest that."
                )
        return addresses

    def _page(self, target: _Target, response: http.client.HTTPResponse, kinds: Collection[str]) -> FetchedPage:
        headers = response.headers
        page = FetchedPage(
            target.url, etag=read_line(headers, "ETag"), last_modified=read_line(headers, "Last-Modified")
        )
        if response.status == 304:
            return FetchedPage(target.url, etag=page.etag, last_modified=page.last_modified, not_modified=True)
        if not 200 <= response.status < 300:
            raise _refusal_error(target.url, response.status, headers)
        media, charset = parse_media_type(headers)
        if media and media not in kinds:
            raise FetchError(
                f"{show_url(target.url)} is {media[:60]}, not a page with an article. "
                "Give the address of the page."
            )
        received = self._count(_chunks(response, self.max_bytes, target.url))
        body = b"".join(unpack(received, headers, self.max_bytes, target.url))
        if not media:
            head = body[:64].lstrip().lower()
            media = next((kind for start, kind in _SNIFFED if head.startswith(start)), "")
            if media not in kinds:
                raise FetchError(
                    f"{show_url(target.url)} does not say what it is. Save it as a file, and ingest that."
                )
        return FetchedPage(target.url, media, charset, body, page.etag, page.last_modified)

    def _count(self, chunks: Iterable[bytes]) -> Iterable[bytes]:
        for chunk in chunks:
            self.received += len(chunk)
            yield chunk


def _chunks(response: http.client.HTTPResponse, max_bytes: int, url: str) -> Iterable[bytes]:
    """The body as received, piece by piece; raises `FetchError` when it is too large or breaks off."""
    announced = response.length
    if announced is not None and announced > max_bytes:
        raise size_error(url, max_bytes)
    received = 0
    while chunk := response.read(min(65_536, max_bytes + 1)):
        received += len(chunk)
        if received > max_bytes:
            raise size_error(url, max_bytes)
        yield chunk
    if announced is not None and received < announced:
        raise FetchError(f"{show_url(url)} broke off after {received:,} of {announced:,} bytes. Try again later.")


def _refusal_error(url: str, status: int, headers: Message) -> FetchError:
    if status in (401, 402, 403, 407, 451):
        said = "may not be read without a login, or by programs. Save it from a browser, and ingest the file"
    elif status in (404, 410):
        said = "is not there. Check the address"
    elif status == 429 or status >= 500:
        said = "cannot be had at the moment. Try again later"
    else:
        said = "was refused. Check the address"
    wait = parse_retry_after(read_line(headers, "Retry-After"))
    return FetchError(f"{show_url(url)} {said} (status {status}).", status=status, retry_after=wait)
