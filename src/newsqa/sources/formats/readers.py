"""Files, packed or not, to articles: by their names, or by a format that is given."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any, TypeAlias

from newsqa.errors import ArticleError
from newsqa.sources.formats.archives import Unpacked, members, open_member, open_zip
from newsqa.sources.formats.files import open_regular, shown, too_large
from newsqa.sources.formats.origin import Origin, ReadOptions
from newsqa.sources.formats.registry import (
    FORMATS,
    PACKED,
    RECORDS,
    SUFFIXES,
    UNREAD,
    describe_nothing,
    describe_unread,
    format_of,
)
from newsqa.types import Article, IngestEvent

Item: TypeAlias = Article | IngestEvent
"""What a reader gives: an article, or what is wrong with one."""


def read_path(path: Path, name: str, how: ReadOptions) -> Iterator[tuple[Item, int]]:
    """The articles of a file, each with how many of its bytes were read by then.

    Raises `ArticleError`, before the first or between two of them.
    """
    place, suffix = shown(path.resolve()), path.suffix.lower()
    with open_regular(path) as file:
        if suffix == ".zip":
            for item in _read_zip(file, name, place, how):
                yield item, file.tell()
            return
        form = how.format or format_of(path.name)
        size = os.fstat(file.fileno()).st_size
        if suffix not in PACKED and form not in RECORDS and size > how.max_bytes:
            raise too_large(size, how.max_bytes)
        stream: Any = io.BufferedReader(Unpacked(file, suffix)) if suffix in PACKED else file
        for item in read_stream(stream, form, Origin(name, place, place), how):
            yield item, file.tell()


def read_stream(file: io.BufferedReader, form: str, origin: Origin, how: ReadOptions) -> Iterator[Item]:
    """The articles that a stream of a format holds; raises `ArticleError`."""
    known_as = FORMATS.get(form)
    if known_as is not None and known_as.many is not None:
        yield from known_as.many(file, origin, how)
        return
    if known_as is None or known_as.one is None:
        raise ArticleError(describe_unread())
    data = file.read(how.max_bytes + 1)
    if len(data) > how.max_bytes:
        raise too_large(len(data), how.max_bytes)
    yield known_as.one(data, origin)


def read_bytes(data: bytes, form: str, origin: Origin, how: ReadOptions) -> Iterator[Item]:
    """The articles that the bytes of a format hold; raises `ArticleError`."""
    return read_stream(io.BufferedReader(io.BytesIO(data)), form, origin, how)


def _read_zip(file: io.BufferedReader, name: str, path: str, how: ReadOptions) -> Iterator[Item]:
    """The articles of the known files in an archive; a member that is refused does not stop the others."""
    read = False
    others: list[str] = []
    with open_zip(file) as archive:
        for member, refused in members(archive):
            inside = f"{name}, {shown(member.filename)}"
            suffix = PurePosixPath(member.filename.lower().replace("\\", "/")).suffix
            form = how.format or SUFFIXES.get(suffix, "")
            try:
                if refused:
                    raise ArticleError(refused)
                if suffix in (".zip", *PACKED):
                    raise ArticleError("An archive within an archive is not read. Unpack it.")
                if suffix in UNREAD:
                    raise ArticleError(describe_unread())
                others.append(suffix)
                if form:
                    read = True
                    origin = Origin(inside, path, f"{path}#{member.filename}")
                    with open_member(archive, member) as stream:
                        yield from read_stream(stream, form, origin, how)
            except ArticleError as error:
                read = True
                yield IngestEvent("failed", inside, reason=str(error))
    if not read:
        raise ArticleError(describe_nothing("archive", others))
