"""Reading articles: text, Markdown, HTML, PDF, Word files and records, packed or not, from files and the web."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import TypeAlias

from newsqa.errors import ArticleError
from newsqa.sources.formats.columns import check_columns
from newsqa.sources.formats.files import find_files, shown
from newsqa.sources.formats.origin import ReadOptions, article_id
from newsqa.sources.formats.readers import read_path
from newsqa.sources.formats.registry import check_format
from newsqa.types import Article, EncodedArticle, IngestEvent

__all__ = ["FileReader", "Found", "Opened", "article_id", "read_articles"]

Found: TypeAlias = Path | tuple[Path, str]
"""A file, or a path with what is wrong with it."""
Opened: TypeAlias = Iterable[tuple[Article | EncodedArticle | IngestEvent, int]]
"""What a file holds, each with how many of its bytes were read by then; may raise `ArticleError`."""
FileReader: TypeAlias = Callable[[Iterator[Found], ReadOptions], Iterator[tuple[Found, Opened]]]
"""What opens files: it gives all that it is given back, in order, each with what it holds."""


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
        return _read(paths, how, lambda _: None, reader or _opened)
    paths = list(paths)
    total = sum(_size(found) for found in find_files(paths, any_name=bool(how.format)) if isinstance(found, Path))
    tell = on_progress
    return _read(paths, how, lambda done: tell(min(1.0, done / total) if total else 0.0), reader or _opened)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _opened(files: Iterator[Found], how: ReadOptions) -> Iterator[tuple[Found, Opened]]:
    for found in files:
        yield found, () if isinstance(found, tuple) else read_path(found, shown(found), how)


def _read(
    paths: Iterable[Path],
    how: ReadOptions,
    tell: Callable[[int], None],
    reader: FileReader,
) -> Iterator[Article | EncodedArticle | IngestEvent]:
    done = 0
    for found, items in reader(find_files(paths, any_name=bool(how.format)), how):
        if isinstance(found, tuple):
            yield IngestEvent("failed", shown(found[0]), reason=found[1])
            continue
        try:
            for item, read in items:
                tell(done + read)
                yield item
        except ArticleError as error:
            yield IngestEvent("failed", shown(found), reason=str(error))
        done += _size(found)
