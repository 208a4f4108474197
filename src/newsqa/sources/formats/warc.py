"""Web archives (.warc), such as those of Common Crawl's news: the pages fetched, one in memory at a time.

What one holds is hostile, its headers included: they are read by the bounded parser of the standard library.
"""

from __future__ import annotations

import io
import re
import zlib
from collections.abc import Iterator
from dataclasses import replace
from email.message import Message
from http.client import HTTPException, parse_headers

from newsqa.errors import ArticleError
from newsqa.sources.formats.archives import Unpacked
from newsqa.sources.formats.files import too_large
from newsqa.sources.formats.frontmatter import FrontMatter, is_web_address
from newsqa.sources.formats.html import article_of, parse_page
from newsqa.sources.formats.markup import clean
from newsqa.sources.formats.origin import Origin, ReadOptions, canonical_link
from newsqa.sources.formats.records import tell_faults
from newsqa.types import Article, IngestEvent

_HTML = frozenset(("text/html", "application/xhtml+xml"))
_CHARSET = re.compile(r"(?i);\s*charset\s*=\s*[\"']?([A-Za-z0-9._:-]{1,40})")
_CHUNK = re.compile(rb"\s*([0-9A-Fa-f]{1,8})\s*(?:;.*)?\r?\n")
_LINE = 65_536
_MOST = 10**13
_BROKEN = "It is not a web archive (.warc), or is damaged at record {}. What was read before that is kept."


def read_warc(file: io.BufferedReader, origin: Origin, how: ReadOptions) -> Iterator[Article | IngestEvent]:
    """The articles of the HTML pages that were answered with status 200, by the addresses that were asked.

    Such an address is what the archive says, so it is a claim. A page that does not say when it was published is
    of the day on which it was fetched. Raises `ArticleError` for what is no web archive, or holds no page.
    """
    return tell_faults(_articles(file, origin, how), origin)


def _articles(file: io.BufferedReader, origin: Origin, how: ReadOptions) -> Iterator[Article | IngestEvent]:
    found = False
    for headers, block, size in _responses(file, how.max_bytes):
        url = _address(headers)
        if not is_web_address(url):
            continue
        place = replace(
            origin, name=f"{origin.name}, {clean(url)[:200]}", key=f"{origin.key or origin.path}#{url}"
        )
        try:
            answered = _page(block)
            if answered is None:
                continue
            found = True
            if size > how.max_bytes:
                raise too_large(size, how.max_bytes)
            answer, body = answered
            yield _article(_unpack(answer, body, how.max_bytes), answer, url, headers, place)
        except ArticleError as error:
            yield IngestEvent("failed", place.name, reason=str(error))
    if not found:
        raise ArticleError("The web archive holds no page: no response in HTML with status 200. Leave it out.")


def _responses(file: io.BufferedReader, max_bytes: int) -> Iterator[tuple[Message, bytes, int]]:
    """The responses of an archive: headers, at most so many bytes, and how many there are."""
    number = 0
    while line := file.readline(_LINE):
        if not line.strip():
            continue
        number += 1
        try:
            headers = parse_headers(file) if line.startswith(b"WARC/") else Message()
        except HTTPException as error:
            raise ArticleError(_BROKEN.format(number)) from error
        said = str(headers.get("Content-Length") or "").strip()
        if not (said.isascii() and said.isdecimal() and int(said[:20]) < _MOST):
            raise ArticleError(_BROKEN.format(number))
        size = int(said)
        is_response = str(headers.get("WARC-Type")).strip().lower() == "response"
        block = file.read(min(size, max_bytes)) if is_response else b""
        left = size - len(block)
        while left and (piece := file.read(min(left, _LINE))):
            left -= len(piece)
        if left:
            raise ArticleError(_BROKEN.format(number))
        if is_response:
            yield headers, block, size


def _address(headers: Message) -> str:
    """The address that was asked for; some programs put it between angle brackets."""
    return (
        str(headers.get("WARC-Target-URI") or "").strip().strip("<>").encode("latin-1").decode("utf-8", "replace")
    )


def _page(block: bytes) -> tuple[Message, bytes] | None:
    """Headers and body of a response that is an HTML page; None for any other."""
    stream = io.BytesIO(block)
    status = stream.readline(_LINE).split(maxsplit=2)
    try:
        headers = parse_headers(stream)
    except HTTPException:
        return None
    kind = str(headers.get("Content-Type") or "").partition(";")[0].strip().lower()
    return (headers, stream.read()) if status[1:2] == [b"200"] and kind in _HTML else None


def _unpack(headers: Message, body: bytes, max_bytes: int) -> bytes:
    """The body of a response as it was sent, or as the archive has unpacked it already; raises `ArticleError`."""
    if "chunked" in str(headers.get("Transfer-Encoding")).lower():
        body = _join_chunks(body)
    encoding = str(headers.get("Content-Encoding") or "").strip().lower()
    if encoding in ("gzip", "x-gzip") and body.startswith(b"\x1f\x8b"):
        body = io.BufferedReader(Unpacked(io.BytesIO(body), ".gz")).read(max_bytes + 1)
    elif encoding == "deflate":
        body = _inflate(body, max_bytes)
    elif encoding == "br" and not body.lstrip().startswith(b"<"):
        raise ArticleError("It is packed with Brotli, which is not read. Leave it out.")
    if len(body) > max_bytes:
        raise too_large(len(body), max_bytes)
    return body


def _join_chunks(body: bytes) -> bytes:
    """The chunks of a body in one; the body itself, if it has none."""
    stream = io.BytesIO(body)
    parts: list[bytes] = []
    while found := _CHUNK.fullmatch(stream.readline(_LINE)):
        if not (size := int(found[1], 16)):
            break
        parts.append(stream.read(size))
        stream.readline(3)
    return b"".join(parts) or body


def _inflate(body: bytes, max_bytes: int) -> bytes:
    for window in (zlib.MAX_WBITS, -zlib.MAX_WBITS):  # some servers leave the frame out
        try:
            return zlib.decompressobj(window).decompress(body, max_bytes + 1)
        except zlib.error:
            continue
    return body


def _article(body: bytes, answer: Message, url: str, headers: Message, place: Origin) -> Article:
    """The article of a page; raises `ArticleError`."""
    charset = _CHARSET.search(str(answer.get("Content-Type") or "")[:500])
    place = replace(place, charset=charset[1].lower() if charset else "")
    page = parse_page(body, place)
    own = canonical_link(url, page.data.url) if page.data.url else url
    page = replace(page, data=replace(page.data, url=own, source=""))
    article = article_of(page, place)
    fetched = str(headers.get("WARC-Date") or "").strip()[:40]
    return article if article.published else article_of(page, place, FrontMatter(published=fetched))
