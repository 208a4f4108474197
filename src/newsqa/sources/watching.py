"""`newsqa watch`: looks at folders, feeds and pages again and again, and brings in what is new."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from newsqa.errors import IndexLockedError, NewsqaError
from newsqa.files import expand
from newsqa.sources.apart import Limits
from newsqa.sources.fetching import Fetcher, Visitor
from newsqa.sources.fetching.responses import show_url
from newsqa.sources.formats import read_articles
from newsqa.sources.formats.feeds import Entry
from newsqa.sources.formats.files import find_files
from newsqa.sources.formats.origin import ReadOptions
from newsqa.sources.formats.web import MAX_LISTS, WebReader, is_url
from newsqa.sources.ingesting import gather_portions
from newsqa.sources.watched import Memory, SeenAddress, WatchBook
from newsqa.types import Article, EncodedArticle, IngestEvent, IngestReport

Incoming = Article | EncodedArticle | IngestEvent
Ingest = Callable[[Iterable[Incoming]], IngestReport]
"""Brings articles into the index, and passes failures on into its report; the index's `ingest`."""
Stop = Callable[[], bool]

EVERY_S = 900.0
LEAST_S = 60.0
_TRIES = 3
"""A feed's entry that cannot be read is tried in so many rounds."""


def watch(
    begin: Callable[[], Ingest],
    targets: Sequence[Path | str],
    *,
    home: Path,
    max_bytes: int,
    every: float = EVERY_S,
    rounds: int | None = None,
    visitor: Visitor | None = None,
    on_round: Callable[[IngestReport], None] | None = None,
    stop: Stop | None = None,
    sleep: Callable[[float], None] = time.sleep,
    clock: Callable[[], float] = time.monotonic,
    limits: Limits | None = None,
) -> int:
    """Looks at each target every `every` seconds and brings in what is new; returns how many rounds it made.

    `begin` gives what a round brings its articles in with.
    Targets are folders, files, and addresses of feeds, OPML lists, sitemaps and pages. It ends after `rounds`
    rounds, once `stop` is true (asked between rounds and each second of the time between them), or with Ctrl-C,
    which raises nothing; what is being brought in then is finished the next time.
    Pages are asked for with what the server gave as ETag and Last-Modified, which is kept in the folder `home`.
    """
    visitor = visitor or Visitor(Fetcher(max_bytes=max_bytes), stop=stop)
    web = WebReader(visitor, ReadOptions(max_bytes), limits, stop)
    book = WatchBook(home, max(LEAST_S, every))
    memory = Memory(home)
    watcher = _Watcher(
        begin=begin, web=web, memory=memory, book=book, max_bytes=max_bytes, stop=stop or (lambda: False)
    )
    done = 0
    with suppress(KeyboardInterrupt):
        while (rounds is None or done < rounds) and not (stop and stop()):
            begun = clock()
            report = watcher.round(targets)
            done += 1
            if on_round is not None:
                on_round(report)
            if rounds is None or done < rounds:
                _rest(max(1.0, max(LEAST_S, every) - (clock() - begun)), stop, sleep)
    book.end(map(_show_target, targets))
    return done


def _rest(seconds: float, stop: Stop | None, sleep: Callable[[float], None]) -> None:
    """Sleeps, second by second if someone may ask to stop."""
    if stop is None:
        sleep(seconds)
        return
    while seconds > 0 and not stop():
        sleep(min(1.0, seconds))
        seconds -= 1.0


@dataclass(slots=True, kw_only=True)
class _Watcher:
    begin: Callable[[], Ingest]
    web: WebReader
    memory: Memory
    book: WatchBook
    max_bytes: int
    stop: Stop
    folders: dict[Path, frozenset[tuple[str, int, int]]] = field(default_factory=dict)

    def round(self, targets: Sequence[Path | str]) -> IngestReport:
        """Brings in what is new at each target; the report of all of them together."""
        report, ingest = IngestReport(), self.begin()
        for target in targets:
            try:
                found = self._look(target, ingest)
            except IndexLockedError as error:  # someone else is writing: it is all still there in the next round
                return report + IngestReport(failed=(IngestEvent("failed", "the index", reason=str(error)),))
            self.book.note(_show_target(target), found)
            report += found
            if self.stop():
                return replace(report, interrupted=True)
        return report

    def _look(self, target: Path | str, ingest: Ingest) -> IngestReport:
        """Brings in what is new at one target."""
        pending: dict[str, SeenAddress] = {}
        folders: dict[Path, frozenset[tuple[str, int, int]]] = {}
        if is_url(target):
            self.web.begin()
            items = self._at(str(target).strip(), pending, depth=2, named=True)
        else:
            items = self._in(expand(target), folders)
        report = IngestReport()
        for portion in gather_portions(items):
            report += ingest(portion)
            if self.stop():
                return report
        # Only now are the articles in the index, so only now may they be remembered as seen.
        self.folders |= folders
        for url, seen in pending.items():
            self.memory[url] = seen
        if pending:
            self.memory.save()
        return report

    def _in(self, path: Path, folders: dict[Path, frozenset[tuple[str, int, int]]]) -> Iterator[Incoming]:
        """The articles of a folder or file, if anything in it has changed; its state now goes to `folders`."""
        now = frozenset(_list_states(path))
        if self.folders.get(path) == now and path.exists():
            return
        yield from read_articles([path], max_bytes=self.max_bytes)
        folders[path] = now

    def _at(self, url: str, pending: dict[str, SeenAddress], *, depth: int, named: bool) -> Iterator[Incoming]:
        """The new articles at an address; what is to be remembered of it goes to `pending`."""
        before = self.memory[url]
        try:
            found = self.web.find(url, named=named, etag=before.etag, last_modified=before.last_modified)
        except NewsqaError as error:
            yield IngestEvent("failed", show_url(url), reason=str(error))
            return
        if found.page.not_modified:
            return
        after = SeenAddress(found.page.etag, found.page.last_modified)
        if found.listing is None:
            read = list(self.web.page(found.page, url))
            yield from read
            if not any(isinstance(item, IngestEvent) for item in read):
                pending[url] = after
            return
        for place in found.listing.lists[:MAX_LISTS]:
            if depth:
                yield from self._at(place, pending, depth=depth - 1, named=False)
        if found.listing.lists:
            return  # asked for in full each time: its own state says nothing of the lists that it names
        yield from self._entries(found.listing.entries, before, after, url, pending)

    def _entries(
        self,
        entries: Sequence[Entry],
        before: SeenAddress,
        after: SeenAddress,
        url: str,
        pending: dict[str, SeenAddress],
    ) -> Iterator[Incoming]:
        """The articles of those entries that are new or have a new stamp."""
        known, tried = dict(before.stamps), dict(before.failed)
        stamps: dict[str, str] = {}
        failed: dict[str, int] = {}
        new = [entry for entry in entries if known.get(entry.url) != entry.stamp]
        stamps |= {entry.url: entry.stamp for entry in entries if known.get(entry.url) == entry.stamp}
        read = 0
        for entry, item in self.web.all_of(new, url):
            yield item
            if entry is None:
                break
            read += 1
            if isinstance(item, Article) or tried.get(entry.url, 0) + 1 >= _TRIES:
                stamps[entry.url] = entry.stamp
            else:
                failed[entry.url] = tried.get(entry.url, 0) + 1
        seen = replace(after, stamps=tuple(stamps.items()), failed=tuple(failed.items()))
        # With an entry to try again, the feed has to come whole the next time, changed or not.
        pending[url] = replace(seen, etag="", last_modified="") if failed or read < len(new) else seen


def _show_target(target: Path | str) -> str:
    """A target as it may be told: an address without what may be secret in it."""
    return show_url(str(target)).partition("?")[0] if is_url(target) else str(target)


def _list_states(path: Path) -> Iterator[tuple[str, int, int]]:
    """Name, size and time of change of each file that would be read."""
    for found in find_files([path]):
        if isinstance(found, Path):
            with suppress(OSError):
                facts = found.stat()
                yield os.fsdecode(found), facts.st_size, facts.st_mtime_ns
