"""Files and web addresses that a reader gives to the page: files are kept under safe names, then ingested."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from queue import SimpleQueue
from time import monotonic
from typing import TYPE_CHECKING, Literal

from newsqa.errors import ArticleError, NewsqaError
from newsqa.sources.formats.registry import describe_unread, is_known
from newsqa.types import IngestEvent, IngestReport

if TYPE_CHECKING:
    from newsqa.pipeline import NewsQA

KINDS = "text, Markdown, web pages, PDF, Word, mail, tables, archives"
"""What the page's box says of the kinds of files; `newsqa.sources.formats` has them all."""
_WORDS = {
    "added": "Added.",
    "updated": "Replaced the earlier version.",
    "same": "Already here, nothing to do.",
    "failed": "It could not be read.",
}
_OFTEN_S = 0.3
"""Progress is told no more often than this."""


@dataclass(frozen=True, slots=True)
class Underway:
    """That a file or address is being read, and how many of its articles are in by now."""

    name: str
    articles: int = 0


@dataclass(frozen=True, slots=True)
class Uploaded:
    """What became of one uploaded file, in words."""

    name: str
    status: Literal["added", "updated", "same", "failed"]
    words: str


def add_files(qa: NewsQA, files: Sequence[str]) -> Iterator[Underway | Uploaded]:
    """Keep and ingest each file, one result per file in order; a file that fails does not stop the others.

    All of them are one change to undo.
    """
    if not files:
        return
    add = partial(qa.add_file, change=qa.begin_change(Path(files[0]).name, len(files)))
    for path in map(Path, files):
        yield Underway(path.name)
        try:
            yield (yield from _add(add, path))
        except NewsqaError as error:
            yield Uploaded(path.name, "failed", str(error))


def add_address(qa: NewsQA, address: str) -> Iterator[Underway | Uploaded]:
    """Fetch and ingest what is at a web address: a page, or the articles of a feed. Nothing else is opened."""
    address = address.strip()
    if not address.lower().startswith(("http://", "https://")):
        yield Uploaded(address[:200], "failed", "Give an address that begins with http:// or https://.")
        return
    found: list[Uploaded] = []

    def fetch(tell: Callable[[IngestEvent], None]) -> IngestReport:
        def note(event: IngestEvent) -> None:
            if event.status != "removed":
                found.append(Uploaded(event.name, event.status, event.reason or _WORDS[event.status]))
            tell(event)

        return qa.ingest([address], on_event=note)

    yield Underway(address)
    try:
        yield from _follow(address, fetch)
    except NewsqaError as error:
        found.append(Uploaded(address, "failed", str(error)))
    yield from found


def _follow(
    name: str, work: Callable[[Callable[[IngestEvent], None]], IngestReport]
) -> Generator[Underway, None, IngestReport]:
    """How far `work` is, which tells of each article, while it goes on in a thread; returns its report."""
    told: SimpleQueue[IngestEvent | Future[IngestReport]] = SimpleQueue()
    with ThreadPoolExecutor(1, "newsqa-page") as thread:
        done = thread.submit(work, told.put)
        done.add_done_callback(told.put)
        articles, shown = 0, monotonic()
        while not isinstance(told.get(), Future):
            articles += 1
            if monotonic() - shown > _OFTEN_S:
                yield Underway(name, articles)
                shown = monotonic()
        return done.result()


def _add(add: Callable[..., IngestReport], path: Path) -> Generator[Underway, None, Uploaded]:
    """Keep and ingest one file."""
    if not is_known(path.name):
        raise ArticleError(describe_unread())
    report = yield from _follow(path.name, lambda tell: add(path.name, path, on_event=tell))
    status: Literal["added", "updated", "same"] = (
        "added" if report.added else "updated" if report.updated else "same"
    )
    failed = len(report.failed)
    if report.added + report.updated + report.same + failed == 1:
        return Uploaded(path.name, status, _WORDS[status])
    counts = {
        "added": report.added,
        "replaced": report.updated,
        "already here": report.same,
        "not readable": failed,
    }
    words = ", ".join(f"{count:,} {what}" for what, count in counts.items() if count)
    reason = f" ({report.failed[0].reason})" if failed else ""
    return Uploaded(path.name, status, f"Articles: {words}{reason}.")
