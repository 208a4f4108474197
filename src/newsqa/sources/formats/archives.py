"""Compressed files and archives, read as streams that never unpack to more than they plausibly hold."""

from __future__ import annotations

import io
import lzma
import re
import stat
import zipfile
import zlib
from collections.abc import Iterator
from typing import Any, BinaryIO

from newsqa.errors import ArticleError

RATIO = 200
"""Text unpacks to three to thirty times its size; a file that unpacks to more than this is made to do harm."""

FREE = 2_000_000
"""So many bytes may come out before the ratio is looked at."""

MAX_MEMBERS = 100_000
_SLASHES = re.compile(r"[/\\]")
"""Windows programs write either; both lead into a folder."""
_LZMA_MEMORY = 128_000_000
_PIECE = 65_536
_METHODS = frozenset((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED))
_BOMB = f"It unpacks to more than {RATIO} times its size, which text does not. Leave it out."


class _Gzip:
    def __init__(self) -> None:
        self.inner = zlib.decompressobj(16 + zlib.MAX_WBITS)

    def feed(self, data: bytes) -> bytes:
        return self.inner.decompress(self.inner.unconsumed_tail + data, _PIECE)

    @property
    def hungry(self) -> bool:
        return not self.inner.unconsumed_tail


class _Xz:
    def __init__(self) -> None:
        self.inner = lzma.LZMADecompressor(memlimit=_LZMA_MEMORY)

    def feed(self, data: bytes) -> bytes:
        return self.inner.decompress(data, _PIECE)

    @property
    def hungry(self) -> bool:
        return self.inner.needs_input


_DECODERS: dict[str, type[_Gzip | _Xz]] = {".gz": _Gzip, ".xz": _Xz}
"""Suffixes of files that hold one other file, and what unpacks them."""


class Unpacked(io.RawIOBase):
    """The bytes that a gzip or xz file holds, one stream after the other; reading raises `ArticleError`."""

    def __init__(self, file: BinaryIO, suffix: str) -> None:
        self._file = file
        self._new = _DECODERS[suffix]
        self._decoder: _Gzip | _Xz | None = None
        self._waiting = b""
        self._in = self._out = 0
        self._streams = 0

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fills `buffer` with at most 64 kB; 0 at the end."""
        room = min(len(buffer), _PIECE)
        try:
            while not self._waiting:
                piece = self._piece()
                if piece is None:
                    return 0
                self._waiting = piece
        except (zlib.error, lzma.LZMAError, EOFError, MemoryError) as error:
            raise ArticleError("It is damaged, breaks off, or is packed in another way. Pack it anew.") from error
        count = min(room, len(self._waiting))
        buffer[:count] = self._waiting[:count]
        self._waiting = self._waiting[count:]
        return count

    def _piece(self) -> bytes | None:
        """The next bytes, perhaps none yet; None at the end."""
        rest = b""
        if self._decoder is not None and self._decoder.inner.eof:
            rest = self._decoder.inner.unused_data.lstrip(b"\0")
            self._decoder = None
        while self._decoder is None:
            data = rest or self._read()
            if not data:
                return None if self._streams else self._end()
            rest = b""
            data = data.lstrip(b"\0") if self._streams else data
            if data:
                self._decoder = self._new()
                self._streams += 1
                return self._count(self._decoder.feed(data))
        hungry = self._decoder.hungry
        data = self._read() if hungry else b""
        piece = self._decoder.feed(data)  # without data, for what the decoder may still hold
        if hungry and not data and not piece and not self._decoder.inner.eof:
            return self._end()
        return self._count(piece)

    def _read(self) -> bytes:
        data = self._file.read(_PIECE)
        self._in += len(data)
        return data

    def _end(self) -> bytes:
        raise EOFError

    def _count(self, piece: bytes) -> bytes:
        self._out += len(piece)
        if self._out > FREE and self._out > RATIO * self._in:
            raise ArticleError(_BOMB)
        return piece


def open_zip(file: BinaryIO) -> zipfile.ZipFile:
    """A zip archive; raises `ArticleError` if it is none, or has too many members."""
    try:
        archive = zipfile.ZipFile(file)
    except (
        Exception
    ) as error:  # zipfile raises many kinds for a hostile directory: struct.error, NotImplementedError
        raise ArticleError("It is not a zip file, or is damaged. Pack it anew.") from error
    if len(archive.infolist()) > MAX_MEMBERS:
        raise ArticleError(f"It holds more than {MAX_MEMBERS:,} files. Split it.")
    return archive


def members(archive: zipfile.ZipFile) -> Iterator[tuple[zipfile.ZipInfo, str]]:
    """The files of an archive in their order, each with the reason why it is refused, or ``.

    Folders and hidden files are passed over. The whole archive together keeps to the ratio.
    """
    total = packed = 0
    for member in archive.infolist():
        parts = tuple(filter(None, _SLASHES.split(member.filename)))
        if (
            not parts
            or member.is_dir()
            or any(part.startswith(".") and part != ".." for part in parts)
            or "__MACOSX" in parts
        ):
            continue
        total, packed = total + member.file_size, packed + member.compress_size
        if total > FREE and total > RATIO * packed:
            yield member, _BOMB
            return
        yield member, _find_fault(member, parts)


def _find_fault(member: zipfile.ZipInfo, parts: tuple[str, ...]) -> str:
    name = member.orig_filename
    if name.startswith(("/", "\\")) or ".." in parts or "\0" in name or ":" in name[:3]:
        return "Its name leads out of the archive's folder. Pack it with a plain name."
    if stat.S_ISLNK(member.external_attr >> 16):
        return "It is a link, which is not followed. Pack the file itself."
    if member.flag_bits & 1:
        return "It is locked with a password. Pack it without one."
    if member.compress_type not in _METHODS:
        return "It is packed in a way that is not read. Pack it with plain zip."
    return ""


def member_bytes(archive: zipfile.ZipFile, member: zipfile.ZipInfo, max_bytes: int) -> bytes:
    """The bytes of a member, at most `max_bytes`; raises `ArticleError`."""
    with open_member(archive, member) as file:
        data = file.read(max_bytes + 1)
    if len(data) > max_bytes:
        raise ArticleError(f"It unpacks to more than {max_bytes / 1_000_000:g} MB. Leave it out, or split it.")
    return data


def open_member(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> io.BufferedReader:
    """A member as a stream; opening and reading raise `ArticleError`."""
    if member.file_size > FREE and member.file_size > RATIO * member.compress_size:
        raise ArticleError(_BOMB)
    return io.BufferedReader(_Member(archive, member))


class _Member(io.RawIOBase):
    """A member of an archive, whose errors are all `ArticleError`."""

    def __init__(self, archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> None:
        try:
            self._file = archive.open(member)
        except Exception as error:  # zipfile raises many kinds for a hostile archive
            raise ArticleError("It is damaged. Pack it anew.") from error

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fills `buffer` with at most 64 kB; 0 at the end."""
        try:
            data = self._file.read(min(len(buffer), _PIECE))
        except Exception as error:  # as above
            raise ArticleError("It is damaged. Pack it anew.") from error
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        """Closes the member, not the archive."""
        if not self.closed and hasattr(self, "_file"):
            self._file.close()
        super().close()
