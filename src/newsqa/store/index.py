"""The one front of the index: bring articles in, take them out, and search them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from threading import RLock
from types import TracebackType
from typing import TYPE_CHECKING, Self, TypeVar

from newsqa.errors import ArticleError, IndexMissingError, IndexRebuildingError, StorageError
from newsqa.store import checking, ingesting, searching
from newsqa.store.bylines import Authors, read_authors
from newsqa.store.chroma import ChromaServer
from newsqa.store.faults import missing_error
from newsqa.store.parts import VERSIONS, Parts, cut_pages
from newsqa.store.reads import NEWEST
from newsqa.store.snapshot import Snapshot, State
from newsqa.store.state_cache import StateCache
from newsqa.store.undoing import ChangeLog, ChangeRecord
from newsqa.store.writing import BATCH, writing
from newsqa.types import (
    Article,
    ArticlePage,
    ArticleSummary,
    CheckReport,
    Copy,
    EncodedArticle,
    Encoder,
    Filter,
    IngestEvent,
    IngestReport,
    Passage,
    Splitter,
)

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

T = TypeVar("T")

_EVERYTHING = Filter()


class Index:
    """The articles and passages in a folder. Many threads may search it while one ingests.

    Other processes may search the same folder; what one of them writes is seen by the next search.
    """

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._cache = StateCache()
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
        index = cls(Parts.at(home, encoder, splitter, chroma, database, versions))
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

    @contextmanager
    def _reading(self) -> Iterator[tuple[Snapshot, State]]:
        """One state of the catalogue, made with the present encoder and splitter."""
        with self._parts.catalogue.reading() as now:
            state = now.state()
            error = self._parts.mismatch(state.fingerprint)
            if error is not None and now.has_articles():
                raise error
            yield now, state

    @contextmanager
    def _searching(self) -> Iterator[tuple[Snapshot, State]]:
        """The same, of an index that holds articles."""
        with self._reading() as (now, state):
            if not now.has_articles():
                raise missing_error(self._parts.place)
            if state.rebuilding:
                raise _rebuilding(self._parts.place, state)
            yield now, state

    def _read_cached(self, read: Callable[[Snapshot], T], default: T) -> T:
        """What `read` says of the catalogue, read anew only when it has changed; `default` if there is none."""
        try:
            with self._reading() as (now, state):
                return self._cache.of(now, state, read)
        except IndexMissingError:
            return default

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

    def article(self, article_id: str) -> Article:
        """An article by its id; raises `ArticleError` if there is none."""
        with self._reading() as (now, _):
            article = now.article(article_id)
        if article is None:
            raise ArticleError(f"There is no article {article_id!r}; `newsqa articles` lists those there are.")
        return article

    def versions(self, article_id: str) -> list[tuple[str, str, str]]:
        """The earlier versions of an article, oldest first: when it was replaced (UTC), title, text."""
        with self._reading() as (now, _):
            return now.versions(article_id)

    @property
    def made_with(self) -> tuple[str, str]:
        """The name of the encoder, and the version of the splitter."""
        return self._parts.encoder.name, self._parts.splitter.version

    def content_hashes(self) -> Iterator[tuple[str, str]]:
        """Id and content hash of every article; none if nothing has been ingested."""
        try:
            with self._reading() as (now, _):
                yield from now.all_content_hashes()
        except IndexMissingError:
            return

    def find(self, name: str) -> list[str]:
        """The ids of the articles that a user may mean: an id or its beginning, or a path."""
        with self._reading() as (now, _):
            return now.find(name)

    def groups(self, article_ids: Sequence[str]) -> dict[str, list[str]]:
        """For each of these articles that has copies: the ids of its whole group, itself included."""
        with self._reading() as (now, _):
            return now.groups(article_ids)

    def copies(self, article_ids: Sequence[str]) -> dict[str, Copy]:
        """These articles as what is told of a copy, by id."""
        with self._reading() as (now, _):
            return now.copies(article_ids)

    def titles(self, article_ids: Sequence[str]) -> list[str]:
        """The titles of those of these articles that are there."""
        try:
            return [copy.title for copy in self.copies(article_ids).values()]
        except IndexMissingError:
            return []

    def order(self, article_ids: Sequence[str]) -> dict[str, int]:
        """These articles by id with a number: the lower it is, the earlier the article first came."""
        with self._reading() as (now, _):
            return now.order(article_ids)

    def languages(self) -> dict[str, int]:
        """How many articles there are of each language code, most first; `und` is an unknown one."""
        known: dict[str, int] = {}
        return dict(self._read_cached(Snapshot.languages, known))

    def articles(
        self, where: Filter = _EVERYTHING, *, limit: int | None = None, offset: int = 0
    ) -> Iterator[ArticleSummary]:
        """The articles, newest first, undated ones last, `limit` of them after the first `offset`.

        There are none if nothing has been ingested.
        """
        try:
            with self._reading() as (now, state):
                summaries = now.summaries(self._resolve(now, state, where), limit, offset)
        except IndexMissingError:
            return
        yield from summaries

    def find_articles(
        self, words: str, where: Filter = _EVERYTHING, *, order: str = "", limit: int = 50, offset: int = 0
    ) -> ArticlePage:
        """The articles that have these words, best first, or in an `order` of `ORDERS`; all of them without words.

        `limit` of them after the first `offset`. Those of a source or author that is called so come with them.
        """
        try:
            with self._reading() as (now, state):
                asked = self._resolve(now, state, where)
                if not words.strip():
                    total = now.count_where(asked)
                    return ArticlePage(total, tuple(now.summaries(asked, limit, offset, order or NEWEST)))
                if not now.has_articles():
                    return ArticlePage(0)
                names = self._cache.of(now, state, Snapshot.sources), self._cache.of(now, state, Snapshot.bylines)
                named = searching.find_named(words, asked, *names)
                share = self._share(now, state, asked) if asked.authors else 1.0
                return searching.find_articles(
                    self._parts, now, state, words, asked, share, named, order, limit, offset
                )
        except IndexMissingError:
            return ArticlePage(0)

    def article_count(self, where: Filter = _EVERYTHING) -> int:
        """How many articles there are, or how many of them pass a filter."""
        if not where:
            return self._read_cached(Snapshot.article_count, 0)
        try:
            with self._reading() as (now, state):
                return now.count_where(self._resolve(now, state, where))
        except IndexMissingError:
            return 0

    def sources(self) -> list[str]:
        """The names of all sources, in alphabetical order."""
        known: list[str] = []
        return list(self._read_cached(Snapshot.sources, known))

    def authors(self) -> dict[str, int]:
        """How many articles there are by each author, most first."""
        return dict(self._read_cached(read_authors, Authors({}, {})).counts)

    def unknown(self, where: Filter) -> Filter:
        """The sources and authors of a filter that no article has."""
        return searching.unknown(where, self.sources(), self._read_cached(read_authors, Authors({}, {})))

    def period(self) -> tuple[date, date] | None:
        """The first and the last day of publication; None without dated articles."""
        return self._read_cached(Snapshot.period, None)

    def passages(self, ids: Sequence[str]) -> list[Passage]:
        """Passages by their ids, in the order asked; an id that is no more there is left out."""
        with self._reading() as (now, _):
            found = now.passages(list(dict.fromkeys(ids)))
        return [found[key] for key in ids if key in found]

    def passages_with_groups(self, ids: Sequence[str]) -> tuple[dict[str, Passage], dict[str, list[str]]]:
        """Passages by id, as far as they are there, and the groups of their articles as `groups` has them."""
        with self._reading() as (now, _):
            found = now.passages(ids)
            return found, now.groups([passage.article_id for passage in found.values()])

    def search_words(self, query: str, k: int, where: Filter = _EVERYTHING) -> list[tuple[str, float]]:
        """The ids of the `k` passages that fit the words of the query best, with their BM25 score."""
        with self._searching() as (now, state):
            where = self._resolve(now, state, where)
            share = self._share(now, state, where) if where.authors else 1.0
            return searching.search_words(self._parts, now, state, query, k, where, share)

    def search_vectors(
        self, vector: npt.NDArray[np.float32], k: int, where: Filter = _EVERYTHING
    ) -> list[tuple[str, float]]:
        """The ids of the `k` passages nearest to a unit vector, with their cosine, best first."""
        with self._searching() as (now, state):
            where = self._resolve(now, state, where)
            share = self._share(now, state, where) if where else 1.0
            return searching.search_vectors(self._parts, now, state, vector, k, where, share)

    def _share(self, now: Snapshot, state: State, where: Filter) -> float:
        """The share of all articles that pass the filter."""
        return now.count_where(where) / self._cache.of(now, state, Snapshot.article_count)

    def article_counts(self, words: Sequence[str]) -> dict[str, int]:
        """In how many articles each word occurs, in any of its forms; a stop word counts as in all."""
        with self._searching() as (now, state):
            total = self._cache.of(now, state, Snapshot.article_count)
            return self._cache.counts(
                state, words, lambda new: self._parts.words.article_counts(new, state.generation, total)
            )

    def __len__(self) -> int:
        """How many passages can be found."""
        return self._read_cached(Snapshot.passage_count, 0)

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

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _resolve(self, now: Snapshot, state: State, where: Filter) -> Filter:
        return searching.resolve(
            where,
            lambda: self._cache.of(now, state, Snapshot.languages),
            lambda: self._cache.of(now, state, Snapshot.sources),
            lambda: self._cache.of(now, state, read_authors),
        )


def _rebuilding(place: str, state: State) -> IndexRebuildingError:
    what = "index" if state.rebuilding == "index" else f"index of {state.rebuilding}"
    return IndexRebuildingError(
        f"The {what} at {place} is being rebuilt, so that questions cannot be answered yet. Wait until it is "
        "done; if it was interrupted, `newsqa repair` or the next `newsqa ingest` brings it to its end."
    )
