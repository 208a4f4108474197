"""The store: catalogue, vectors and words, with one `Index` in front of them."""

from __future__ import annotations

import difflib
import itertools
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from pathlib import Path
from threading import RLock
from typing import Self

from newsqa.errors import IndexMissingError, StorageError
from newsqa.store import _checking as checking
from newsqa.store import _ingesting as ingesting
from newsqa.store._faults import missing_error
from newsqa.store._lists import ORDERS
from newsqa.store._parts import VERSIONS, Parts, cut_pages
from newsqa.store._reader import IndexReader
from newsqa.store._undoing import ChangeLog, ChangeRecord
from newsqa.store._writing import BATCH, writing
from newsqa.store.servers import ChromaServer
from newsqa.types import (
    Article,
    CheckReport,
    EncodedArticle,
    Encoder,
    History,
    IngestEvent,
    IngestReport,
    Splitter,
    Version,
)

__all__ = ["ORDERS", "ChangeRecord", "ChromaServer", "Index"]


class Index(IndexReader):
    """The articles and passages in a folder. Many threads may search it while one ingests.

    Other processes may search the same folder; what one of them writes is seen by the next search.
    """

    def __init__(self, parts: Parts) -> None:
        super().__init__(parts)
        self._turn = RLock()  # threads of this process write one after the other; another process is told to wait

    @classmethod
    def open(
        cls,
        home: Path,
        encoder: Encoder,
        splitter: Splitter,
        *,
        rebuild: bool = False,
        chroma: ChromaServer | None = None,
        database: str = "",
        versions: int = VERSIONS,
    ) -> Self:
        """The index in a folder, which need not exist yet, or on servers; nothing is written.

        `versions` is how many earlier versions of an article are kept.
        Raises `IndexMismatchError` if it was made with another encoder or splitter, unless it is
        opened to `rebuild` it, and `IndexDamagedError` if its catalogue cannot be read.
        """
        index = cls(Parts.at(home, encoder, splitter, chroma=chroma, database=database, versions=versions))
        if not rebuild:
            try:
                with index._reading():
                    pass
            except IndexMissingError:
                pass
            except BaseException:
                index.close()
                raise
        return index

    def ingest(
        self,
        articles: Iterable[Article | EncodedArticle | IngestEvent],
        *,
        on_event: Callable[[IngestEvent], None] | None = None,
        stop: Callable[[], bool] | None = None,
        record: ChangeRecord | None = None,
    ) -> IngestReport:
        """Brings articles in; one that stands there unchanged costs nothing. Safe to be interrupted.

        An article that was encoded elsewhere, by the same encoder and splitter, is written as it is.
        An `IngestEvent` among the articles (a file that could not be read) is passed on and counted.
        `stop` is asked before each article: once it says so, the batch at hand is finished, and that is all.
        `record`, of `changes.begin`, keeps what is replaced, for `undo`.
        Raises `IndexLockedError` if another process writes, `StorageError` if the disk is full.
        """
        with self._turn:
            return ingesting.ingest(self._parts, articles, on_event, stop, record)

    def remove(
        self,
        article_ids: Iterable[str],
        *,
        on_event: Callable[[IngestEvent], None] | None = None,
        record: ChangeRecord | None = None,
    ) -> int:
        """Takes articles out, with their passages and earlier versions; returns how many there were.

        `record` keeps them, for `undo`.
        """
        wanted = list(dict.fromkeys(article_ids))
        removed = 0
        if not wanted or not self._parts.catalogue.exists():
            return 0
        with self._turn, writing(self._parts) as writer:
            for page in cut_pages(wanted, BATCH):
                articles = [article for article in map(writer.now.article, page) if article is not None]
                writer.drop([article.id for article in articles], record)
                removed += len(articles)
                for article in articles:
                    if on_event is not None:
                        name = article.path or article.url or article.title
                        on_event(IngestEvent("removed", name, article.id))
        return removed

    def history(self, article_id: str) -> History:
        """An article with its earlier versions, and what changed from each to the next; raises `ArticleError`."""
        return _build_history(self.article(article_id), self.versions(article_id))

    @property
    def changes(self) -> ChangeLog:
        """The latest changes, as far as they can be undone; those of an index on servers, by this machine."""
        return ChangeLog(self._parts.home)

    def undo(self, change_id: str) -> int:
        """Makes a change undone: what it added goes, what it removed or replaced is there again, versions and all.

        Articles that were changed again since stay as they are. Returns how many went back.
        Raises `ArticleError` if it cannot be undone any more, and as `ingest` does.
        """
        replaced = self.changes.read(change_id)
        done = 0
        with self._turn, writing(self._parts) as writer:
            for page in cut_pages(replaced, BATCH):
                known = writer.now.content_hashes([one.article_id for one in page])
                due = [one for one in page if known.get(one.article_id, ("", ""))[0] == one.now]
                writer.drop([one.article_id for one in due if one.before is None and one.now])
                writer.put_back([one.before for one in due if one.before is not None])
                done += len(due)
            self.changes.forget(change_id)
        return done

    def failing(self) -> dict[str, Exception]:
        """The parts that do not answer when asked for one thing, each with its error."""
        vector = self._parts.encoder.encode_query("news")
        found: dict[str, Exception] = {}
        asked: dict[str, Callable[[], object]] = {
            "articles": self.article_count,
            "words": lambda: self.search_words("news", 1),
            "vectors": lambda: self.search_vectors(vector, 1),
        }
        for part, ask in asked.items():
            try:
                ask()
            except IndexMissingError:
                pass
            except Exception as error:  # whatever it is, this part does not work
                found[part] = error
        return found

    def check(self) -> CheckReport:
        """Holds every part of the index against the catalogue; raises `IndexLockedError` while one writes."""
        if not self._parts.catalogue.exists():
            raise missing_error(self._parts.place)
        try:
            with self._parts.catalogue.lock():
                return self._check()
        except StorageError:  # a folder that cannot be written has no writer
            return self._check()

    def _check(self) -> CheckReport:
        with self._reading() as (now, _):
            return checking.check(self._parts, now)

    def repair(self, rebuild: bool = False) -> CheckReport:
        """Fills every part that disagrees with the catalogue anew, and returns what `check` then finds.

        With `rebuild`, splits and encodes all articles again, as after a change of encoder.
        """
        return checking.repair(self._parts, rebuild=rebuild)

    def close(self) -> None:
        """Lets go of all files."""
        self._parts.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _build_history(article: Article, earlier: Sequence[tuple[str, str, str]]) -> History:
    """The history from the earlier versions as the catalogue keeps them: when replaced (UTC), title, text."""
    told = [(title, text) for _, title, text in earlier] + [(article.title, article.text)]
    versions = tuple(
        Version(datetime.fromisoformat(replaced).astimezone(), *before, _diff(before, after))
        for (replaced, _, _), (before, after) in zip(earlier, itertools.pairwise(told), strict=True)
    )
    return History(article, versions)


def _diff(before: tuple[str, str], after: tuple[str, str]) -> str:
    """A unified diff of two versions, each a title and a text, by sentences; empty if they say the same."""
    lines = difflib.unified_diff(_lines(*before), _lines(*after), "before", "after", lineterm="", n=1)
    return "\n".join(lines)


def _lines(title: str, text: str) -> list[str]:
    from newsqa.text.sentences import sentence_spans

    found = [" ".join(span.of(text).split()) for span in sentence_spans(text, 0, len(text))]
    return [title, *(line for line in found if line)]
