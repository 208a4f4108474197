"""Reading articles: text, Markdown, HTML, PDF, Word files and records, packed or not, from files and the web."""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any, TypeAlias

from newsqa.errors import ArticleError
from newsqa.files import show_path
from newsqa.sources.formats.archives import Unpacked, members, open_member, open_zip
from newsqa.sources.formats.columns import check_columns
from newsqa.sources.formats.files import find_files, open_regular, too_large
from newsqa.sources.formats.origin import Origin, ReadOptions, article_id
from newsqa.sources.formats.registry import (
    FORMATS,
    PACKED,
    RECORDS,
    SUFFIXES,
    UNREAD,
    check_format,
    describe_nothing,
    describe_unread,
    format_of,
)
from newsqa.types import Article, EncodedArticle, IngestEvent

__all__ = [
    "FileReader",
    "Found",
    "Item",
    "Opened",
    "article_id",
    "read_articles",
    "read_bytes",
    "read_path",
    "read_stream",
]

Found: TypeAlias = Path | tuple[Path, str]
"""A file, or a path with what is wrong with it."""
Opened: TypeAlias = Iterable[tuple[Article | EncodedArticle | IngestEvent, int]]
"""What a file holds, each with how many of its bytes were read by then; may raise `ArticleError`."""
FileReader: TypeAlias = Callable[[Iterator[Found], ReadOptions], Iterator[tuple[Found, Opened]]]
"""What opens files: it gives all that it is given back, in order, each with what it holds."""
Item: TypeAlias = Article | IngestEvent
"""What a reader gives: an article, or what is wrong with one."""


def read_articles(
    paths: Iterable[Path],
    *,
    max_bytes: int,
    file_format: str = "",
    columns: Mapping[str, str] | None = None,
    on_progress: Callable[[float], None] | None = None,
    reader: FileReader | None = None,
) -> Iterator[Article | EncodedArticle | IngestEvent]:
    """The articles in files and folders, in a fixed order; what cannot be read is a failed event instead.

    Nothing that a file or folder holds raises, so that one bad file never stops the rest. `max_bytes` is the
    largest file, or record of a file with many. `file_format` names the format of the files, whatever they are
    called, and `columns` the columns of their records, by the fields of an article; raises `SettingsError` for
    what is not known. `on_progress` is told before each article which share (0-1) of all bytes has been read.
    `reader` opens the files elsewhere than in this process.
    """
    check_format(file_format)
    check_columns(columns or {})
    how = ReadOptions(max_bytes, file_format, columns or {})
    if on_progress is None:
        return _read(paths, how, lambda _: None, reader or _open_files)
    paths = list(paths)
    total = sum(_size(found) for found in find_files(paths, any_name=bool(how.format)) if isinstance(found, Path))
    tell = on_progress
    return _read(paths, how, lambda done: tell(min(1.0, done / total) if total else 0.0), reader or _open_files)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _open_files(files: Iterator[Found], how: ReadOptions) -> Iterator[tuple[Found, Opened]]:
    for found in files:
        yield found, () if isinstance(found, tuple) else read_path(found, show_path(found), how)


def _read(
    paths: Iterable[Path],
    how: ReadOptions,
    tell: Callable[[int], None],
    reader: FileReader,
) -> Iterator[Article | EncodedArticle | IngestEvent]:
    done = 0
    for found, items in reader(find_files(paths, any_name=bool(how.format)), how):
        if isinstance(found, tuple):
            yield IngestEvent("failed", show_path(found[0]), reason=found[1])
            continue
        try:
            for item, read in items:
                tell(done + read)
                yield item
        except ArticleError as error:
            yield IngestEvent("failed", show_path(found), reason=str(error))
        done += _size(found)


def read_path(path: Path, name: str, how: ReadOptions) -> Iterator[tuple[Item, int]]:
    """The articles of a file, each with how many of its bytes were read by then.

    Raises `ArticleError`, before the first or between two of them.
    """
    place, suffix = show_path(path.resolve()), path.suffix.lower()
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
            inside = f"{name}, {show_path(member.filename)}"
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
