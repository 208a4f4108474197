"""Files and web pages to index: read, ingest, prune, and one report at the end."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, TypeVar

from newsqa.files import is_there, show_path
from newsqa.sources.apart import Limits, open_apart
from newsqa.sources.formats import read_articles
from newsqa.sources.formats.columns import check_columns
from newsqa.sources.formats.web import read_urls
from newsqa.types import ArticleStore, IngestEvent, IngestReport

if TYPE_CHECKING:
    from newsqa.sources.cluster import Recipe

T = TypeVar("T")
_MOST, _SECONDS = 64, 30.0


def ingest(
    index: ArticleStore,
    targets: Sequence[Path | str],
    *,
    max_bytes: int,
    prune: bool = False,
    file_format: str = "",
    columns: Mapping[str, str] | None = None,
    on_event: Callable[[IngestEvent], None] | None = None,
    on_progress: Callable[[float], None] | None = None,
    stop: Callable[[], bool] | None = None,
    cluster: Recipe | None = None,
    outside: bool = False,
    limits: Limits | None = None,
) -> IngestReport:
    """Bring the articles of files, folders and web addresses into `index`; see `NewsQA.ingest`.

    With `cluster`, files are read and encoded on a Ray cluster as it says. What comes from the web is fetched
    before it is written, a portion at a time, so that a slow site keeps no writer waiting.
    """
    check_columns(columns or {})
    paths = [target for target in targets if isinstance(target, Path)]
    urls = [target for target in targets if isinstance(target, str)]
    with ExitStack() as stack:
        reader = open_apart(limits or Limits()) if outside else None
        if cluster is not None and paths:
            from newsqa.sources.cluster import read_on_ray

            reader = stack.enter_context(read_on_ray(cluster, index.content_hashes()))
        files = read_articles(
            paths,
            max_bytes=max_bytes,
            file_format=file_format,
            columns=columns,
            on_progress=on_progress,
            reader=reader,
        )
        report = index.ingest(files, on_event=on_event, stop=stop) if paths else IngestReport()
    if urls and not report.interrupted:
        fetched = read_urls(urls, max_bytes=max_bytes, columns=columns, limits=limits, stop=stop)
        for portion in gather_portions(fetched):
            report += index.ingest(portion, on_event=on_event)
        report = replace(report, interrupted=stop is not None and stop())
    prune = prune and not report.interrupted
    removed = index.remove(_find_vanished(index, paths), on_event=on_event) if prune else 0
    return replace(report, removed=report.removed + removed)


def gather_portions(items: Iterator[T]) -> Iterator[list[T]]:
    """Items in lists, as they come: so many at most, gathered so long at most. The last one may be empty."""
    portion: list[T] = []
    began = monotonic()
    for item in items:
        portion.append(item)
        if len(portion) >= _MOST or monotonic() - began > _SECONDS:
            yield portion
            portion, began = [], monotonic()
    yield portion


def _find_vanished(index: ArticleStore, paths: Sequence[Path]) -> list[str]:
    """The ids of articles that came from one of the folders and whose file is no longer there.

    A folder that is itself gone is taken for a mistake, such as a disk that is not mounted: nothing is removed.
    """
    folders = [show_path(path.resolve()) for path in paths if path.is_dir()]
    return [
        key
        for key, path in index.paths()
        if any(Path(path).is_relative_to(folder) for folder in folders) and not is_there(path)
    ]
