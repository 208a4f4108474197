"""A response's body as it is received, unpacked, never to more than the limit."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from email.message import Message

from newsqa.errors import FetchError
from newsqa.sources.fetching.messages import show_url, size_error

_GZIP = 16 + zlib.MAX_WBITS
_PIECE = 65_536


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
        for piece in inflate(chunks):
            total += len(piece)
            if total > max_bytes:
                raise size_error(url, max_bytes)
            yield piece
    except (zlib.error, EOFError) as error:
        raise FetchError(f"{show_url(url)} is packed wrongly, or breaks off. Try again later.") from error


def inflate(chunks: Iterable[bytes]) -> Iterator[bytes]:
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
