"""What an index can be asked: its articles, listed and counted, and its passages, searched."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, TypeVar

from newsqa.errors import ArticleError, IndexMissingError, IndexRebuildingError
from newsqa.store._faults import missing_error
from newsqa.store._lists import NEWEST
from newsqa.store._parts import Parts
from newsqa.store._searching import Authors, Hits, PassageSearch, find_named, read_authors
from newsqa.store._snapshot import Snapshot, State, StateCache
from newsqa.text.bylines import name_key
from newsqa.text.languages import primary
from newsqa.text.normal import storable
from newsqa.types import Article, ArticlePage, ArticleSummary, Copy, Filter, Passage

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

T = TypeVar("T")

_EVERYTHING = Filter()
_NOBODY = Authors({}, {})


class IndexReader:
    """Reads of an index, each of one state of it; many threads may share it."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._cache = StateCache()

    @contextmanager
    def _reading(self) -> Iterator[tuple[Snapshot, State]]:
        """One state of the catalogue, made with the present encoder and splitter."""
        self._parts.check_process()
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

    def paths(self) -> Iterator[tuple[str, str]]:
        """Id and path of every article that came from a file; none if nothing has been ingested."""
        try:
            with self._reading() as (now, _):
                yield from now.all_paths()
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
            return [copy.title for copy in self.copies(list(map(storable, article_ids))).values()]
        except IndexMissingError:
            return []

    def order(self, article_ids: Sequence[str]) -> dict[str, int]:
        """These articles by id with a number: the lower it is, the earlier the article first came."""
        with self._reading() as (now, _):
            return now.order(article_ids)

    @property
    def generation(self) -> int:
        """A number that is another one after each change of the articles; 0 if nothing has been ingested."""
        try:
            with self._reading() as (_, state):
                return state.generation
        except IndexMissingError:
            return 0

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
                if not now.has_articles():
                    return ArticlePage(0)
                search = self._start_search(now, state, where, where.authors)
                if not words.strip():
                    total = now.count_where(search.where)
                    return ArticlePage(total, tuple(now.summaries(search.where, limit, offset, order or NEWEST)))
                names = self._cache.of(now, state, Snapshot.sources), self._cache.of(now, state, Snapshot.bylines)
                named = find_named(words, search.where, *names)
                return search.find_articles(words, named, order=order, limit=limit, offset=offset)
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
        return dict(self._read_cached(read_authors, _NOBODY).counts)

    def find_unknown(self, where: Filter) -> Filter:
        """The sources and authors of a filter that no article has."""
        folded = {name.casefold() for name in self.sources()}
        lines = self._read_cached(read_authors, _NOBODY).lines
        return Filter(
            sources=tuple(name for name in where.sources if name.casefold() not in folded),
            authors=tuple(name for name in where.authors if name_key(name) not in lines),
        )

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

    def search_words(self, query: str, k: int, where: Filter = _EVERYTHING) -> Hits:
        """The ids of the `k` passages that fit the words of the query best, with their BM25 score."""
        with self._searching() as (now, state):
            return self._start_search(now, state, where, where.authors).by_words(query, k)

    def search_vectors(self, vector: npt.NDArray[np.float32], k: int, where: Filter = _EVERYTHING) -> Hits:
        """The ids of the `k` passages nearest to a unit vector, with their cosine, best first."""
        with self._searching() as (now, state):
            return self._start_search(now, state, where, where).by_vector(vector, k)

    def _start_search(self, now: Snapshot, state: State, where: Filter, narrowed: object) -> PassageSearch:
        """A search with a filter; where that is what is `narrowed`, the articles that pass it are counted."""
        where = self._resolve(now, state, where)
        share = now.count_where(where) / self._cache.of(now, state, Snapshot.article_count) if narrowed else 1.0
        return PassageSearch(self._parts, now, state, where, share)

    def _resolve(self, now: Snapshot, state: State, where: Filter) -> Filter:
        """The filter with sources, languages and authors as the catalogue spells them."""
        if where.languages:
            asked = {primary(code) for code in where.languages}
            languages = self._cache.of(now, state, Snapshot.languages)
            codes = tuple(code for code in languages if primary(code) in asked)
            where = replace(where, languages=codes or where.languages)
        if where.authors:
            lines = self._cache.of(now, state, read_authors).lines
            found = {line for name in where.authors for line in lines.get(name_key(name), ())}
            where = replace(where, authors=tuple(sorted(found)) or where.authors)
        if where.sources:
            wanted = {name.casefold() for name in where.sources}
            sources = self._cache.of(now, state, Snapshot.sources)
            known = tuple(name for name in sources if name.casefold() in wanted)
            where = replace(where, sources=known or where.sources)
        return where

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


def _rebuilding(place: str, state: State) -> IndexRebuildingError:
    what = "index" if state.rebuilding == "index" else f"index of {state.rebuilding}"
    return IndexRebuildingError(
        f"The {what} at {place} is being rebuilt, so that questions cannot be answered yet. Wait until it is "
        "done; if it was interrupted, `newsqa repair` or the next `newsqa ingest` brings it to its end."
    )
