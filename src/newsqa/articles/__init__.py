"""Reading articles: text, Markdown, HTML, PDF, Word files and records, packed or not, from files and the web."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

from newsqa.articles.build import article_id
from newsqa.articles.columns import check_columns
from newsqa.articles.files import find_files, shown
from newsqa.articles.formats import check_format
from newsqa.articles.origin import Reading
from newsqa.articles.readers import read_path
from newsqa.articles.records import MAX_FAULTS
from newsqa.errors import ArticleError
from newsqa.types import Article, IngestEvent

__all__ = ["article_id", "read_articles"]


def read_articles(
    paths: Iterable[Path],
    *,
    max_bytes: int,
    file_format: str = "",
    columns: Mapping[str, str] | None = None,
    on_progress: Callable[[float], None] | None = None,
) -> Iterator[Article | IngestEvent]:
    """The articles in files and folders, in a fixed order; what cannot be read is a failed event instead.

    Nothing that a file or folder holds raises, so that one bad file never stops the rest. Two files or records
    that give the same URL are the same article: the second one fails. `max_bytes` is the largest file, or record
    of a file with many. `file_format` names the format of the files, whatever they are called, and `columns` the
    columns of their records, by the fields of an article; raises `SettingsError` for what is not known.
    `on_progress` is told before each article which share (0-1) of all bytes has been read.
    """
    check_format(file_format)
    check_columns(columns or {})
    how = Reading(max_bytes, file_format, columns or {})
    if on_progress is None:
        return _read(paths, how, lambda _: None)
    paths = list(paths)
    total = sum(_size(found) for found in find_files(paths, any_name=bool(how.format)) if isinstance(found, Path))
    tell = on_progress
    return _read(paths, how, lambda done: tell(min(1.0, done / total) if total else 0.0))


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _read(paths: Iterable[Path], how: Reading, tell: Callable[[int], None]) -> Iterator[Article | IngestEvent]:
    done = 0
    first: dict[str, str] = {}
    for found in find_files(paths, any_name=bool(how.format)):
        if isinstance(found, tuple):
            yield IngestEvent("failed", shown(found[0]), reason=found[1])
            continue
        name, repeats = shown(found), 0
        try:
            for item, read in read_path(found, name, how):
                tell(done + read)
                if isinstance(item, IngestEvent) or item.id not in first:
                    if isinstance(item, Article):
                        first[item.id] = name
                    yield item
                elif (repeats := repeats + 1) <= MAX_FAULTS:
                    reason = f"It has the same url as {first[item.id]}. Give each its own url, or leave one out."
                    yield IngestEvent("failed", f"{name}: {item.title}", item.id, reason)
        except ArticleError as error:
            yield IngestEvent("failed", name, reason=str(error))
        done += _size(found)
        if repeats > MAX_FAULTS:
            reason = f"{repeats - MAX_FAULTS:,} further records have the url of another one. Leave them out."
            yield IngestEvent("failed", name, reason=reason)
