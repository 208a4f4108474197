"""What a response says: its headers, its body unpacked within the limit, and messages about it. All hostile."""

from __future__ import annotations

import re
import time
import zlib
from collections.abc import Iterable, Iterator
from contextlib import suppress
from email.message import Message
from email.utils import parsedate_to_datetime
from urllib.parse import urljoin

from newsqa.errors import FetchError

_GZIP = 16 + zlib.MAX_WBITS
_PIECE = 65_536


def size_error(url: str, max_bytes: int) -> FetchError:
    """The error for a page of more than `max_bytes`."""
    return FetchError(
        f"{show_url(url)} is larger than {max_bytes / 1_000_000:g} MB, the most that is fetched. "
        "Save it as a file, and ingest that."
    )


def show_url(url: str) -> str:
    """A URL for a message: printable, without what may be secret in it, and not too long."""
    text = "".join(one if one.isprintable() else "�" for one in url.strip())
    text = re.sub(r"(?<=//)[^/?#@]*@", "", text)
    return text if len(text) <= 200 else text[:199] + "…"


def parse_retry_after(value: str) -> float | None:
    """The seconds that a Retry-After header asks for, given as seconds or as a date; None if it is neither."""
    value = value.strip()
    if value.isascii() and value.isdigit() and len(value) <= 9:
        return float(value)
    with suppress(ValueError, TypeError, OverflowError):
        return max(0.0, parsedate_to_datetime(value).timestamp() - time.time())
    return None


def join_location(base: str, location: str) -> str:
    """Where a Location header leads; its bytes may be UTF-8 that was read as Latin-1."""
    with suppress(UnicodeError):
        location = location.encode("latin-1").decode("utf-8")
    try:
        return urljoin(base, location.strip())
    except ValueError as error:
        raise FetchError(f"{show_url(base)} redirects to what is not a web address. Check the address.") from error


def parse_media_type(headers: Message) -> tuple[str, str]:
    """Media type and charset of a Content-Type header, in lower case."""
    value = str(headers.get("Content-Type") or "")[:500]
    media = value.partition(";")[0].strip().lower()
    charset = re.search(r"(?i);\s*charset\s*=\s*[\"']?([A-Za-z0-9._:-]{1,40})", value)
    return media, charset[1].lower() if charset else ""


def read_line(headers: Message, name: str) -> str:
    """A header's value on one line, printable, bounded."""
    value = str(headers.get(name) or "")[:500]
    return value if value.isprintable() else ""


def unpack(chunks: Iterable[bytes], headers: Message, max_bytes: int, url: str) -> Iterator[bytes]:
    """The bytes that `chunks` hold under their Content-Encoding; raises `FetchError` if they are too many."""
    encoding = str(headers.get("Content-Encoding") or "").strip().lower()
    if encoding in ("", "identity"):
        yield from chunks
        return
    if encoding not in ("gzip", "x-gzip"):
        raise FetchError(
            f"{show_url(url)} is packed as {encoding[:40]!r}, which was not asked for. Try again later."
        )
    total = 0
    try:
        for piece in _inflate(chunks):
            total += len(piece)
            if total > max_bytes:
                raise size_error(url, max_bytes)
            yield piece
    except (zlib.error, EOFError) as error:
        raise FetchError(f"{show_url(url)} is packed wrongly, or breaks off. Try again later.") from error


def _inflate(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """What gzip members hold, in pieces of at most 64 kB; raises `zlib.error`, and `EOFError` if cut off."""
    decoder = zlib.decompressobj(_GZIP)
    for chunk in chunks:
        data = chunk
        while data:
            piece = decoder.decompress(data, _PIECE)
            if piece:
                yield piece
            data = decoder.unconsumed_tail
            if decoder.eof:
                data = decoder.unused_data.lstrip(b"\0")
                if data:
                    decoder = zlib.decompressobj(_GZIP)
            elif not data:
                break
    # What the decoder holds back is at most its window.
    if not decoder.eof:
        yield from filter(None, [decoder.flush()])
        if not decoder.eof:
            raise EOFError
