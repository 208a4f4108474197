"""Search within one state of the catalogue: by words, and by vectors in Chroma, filtered or not."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from newsqa.errors import NewsIndexError
from newsqa.store._parts import Parts, cut_pages
from newsqa.store._snapshot import Snapshot, State
from newsqa.text.bylines import name_key, split_authors
from newsqa.types import ArticlePage, Filter

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


Hits = list[tuple[str, float]]
"""Passage ids with their score, best first."""

MOST_FOUND = 1_000
"""Most passages with the words looked for, whose articles are listed."""
_MOST_NAMES = 500
_EVERYTHING = Filter()

_ASKED = 300
"""Passages that Chroma is asked for at least: the more, the further it looks. At 100,000 passages 96 % of the 50
nearest are found when 50 are asked for, 99 % with 200 and 99.9 % with 300, which takes 2.5 ms instead of 1.1."""
_OFTEN = 0.1
"""The share of articles from which on a filter is held against what a search without one finds."""
_MORE = 1.5
"""Times as many as would do if the articles that pass were spread evenly."""


@dataclass(frozen=True, slots=True)
class Authors:
    """How many articles there are by each author, most first, and by `name_key` the lines that name one."""

    counts: Mapping[str, int]
    lines: Mapping[str, tuple[str, ...]]


def read_authors(now: Snapshot) -> Authors:
    """The authors of all articles; one whose name is written in several ways has the most frequent."""
    lines: defaultdict[str, list[str]] = defaultdict(list)
    counts: Counter[str] = Counter()
    written: dict[str, str] = {}
    for line, count in now.bylines().items():
        names = {name_key(name): name for name in split_authors(line)}
        for key, name in names.items():
            written.setdefault(key, name)
            counts[key] += count
        for key in {*names, name_key(line)} - {""}:
            lines[key].append(line)
    most = {written[key]: count for key, count in counts.most_common()}
    return Authors(most, {key: tuple(found) for key, found in lines.items()})


@dataclass(frozen=True, slots=True)
class PassageSearch:
    """A search in one state of the catalogue; `share` is that of the articles that pass the filter."""

    parts: Parts
    now: Snapshot
    state: State
    where: Filter
    share: float

    def by_words(self, query: str, k: int, *, every: bool = False) -> Hits:
        """The passages that fit the words of a query best, with their BM25 score.

        With `every`, only those that have all of them in title and text.
        The words do not know the authors: where few articles pass, they are told the passages, else what does not
        pass is left out.
        """
        few = bool(self.where.authors) and self.share < _OFTEN
        among = self.now.passages_where(self.where) if few else None
        if among == []:
            return []

        def search_all(wanted: int) -> Hits:
            return self.parts.words.search(query, wanted, self.where, self.state.generation, among, every=every)

        return self._find_live(k, search_all, self.where if self.where.authors and not few else _EVERYTHING)

    def by_vector(self, vector: npt.NDArray[np.float32], k: int) -> Hits:
        """The passages nearest to a unit vector, with their cosine.

        Where many pass, more is asked for than is wanted, and what does not pass is left out. Else Chroma compares
        those that pass: named one by one in a folder, by its own filter on a server, which knows no authors.
        """
        if k < 1 or not self.share:
            return []
        chroma = self.parts.vectors.at(self.state)

        def near(wanted: int) -> Hits:
            return chroma.nearest(vector, max(wanted, _ASKED), _EVERYTHING)

        if not self.where:
            return self._find_live(k, near)
        if self.share >= _OFTEN:
            hits = self._keep_passing(near(int(_MORE * k / self.share)), k, self.where)
            if len(hits) == k:
                return hits
        if self.parts.chroma is not None and not self.where.authors:
            return self._find_live(k, lambda wanted: chroma.nearest(vector, wanted, self.where))
        among = self.now.passages_where(self.where)
        try:
            return chroma.nearest(vector, k, _EVERYTHING, among) if among else []
        except NewsIndexError:  # what was opened a little earlier lacks some of them
            return self._find_live(k, near, self.where)

    def find_articles(
        self, words: str, named: Sequence[Filter], *, order: str, limit: int, offset: int
    ) -> ArticlePage:
        """The articles of which a passage, with the title, has all of the words (some, if none has all).

        Those that pass one of the filters `named`, by their source or author, come with them. The best come first,
        or they are in an `order` of `ORDERS`.
        """
        best: dict[str, str] = {}
        whole = True
        for every in (True, False):
            hits = [key for key, _ in self.by_words(words, MOST_FOUND, every=every)]
            of = self.now.articles_of(hits)
            for key in hits:
                if key in of:
                    best.setdefault(of[key], key)
            for one in named if every else ():
                best |= {key: "" for key in self.now.ids_where(one, MOST_FOUND) if key not in best}
            if best:
                whole = every
                break
        ids = list(best)
        if order:
            found = self.now.summaries(_EVERYTHING, limit, offset, order, ids)
        else:
            place = {key: rank for rank, key in enumerate(ids)}
            shown = self.now.summaries(_EVERYTHING, None, 0, among=ids[offset : offset + limit])
            found = sorted(shown, key=lambda one: place[one.id])
        fitting = self.now.passages([key for one in found if (key := best[one.id])])
        passages = {one.article_id: one for one in fitting.values()}
        return ArticlePage(len(ids), tuple(found), passages, whole)

    def _find_live(self, k: int, find: Callable[[int], Hits], where: Filter = _EVERYTHING) -> Hits:
        """The best `k` of what `find` returns that are in the catalogue; asks for more until it has them."""
        if k < 1:
            return []
        wanted = k
        while True:
            found = find(wanted)
            hits = self._keep_passing(found, k, where)
            if len(hits) == k or len(found) < wanted:
                return hits
            wanted = 4 * max(wanted, len(found))

    def _keep_passing(self, found: Hits, k: int, where: Filter) -> Hits:
        """The best `k` of these that are in the catalogue and pass the filter; the rest is not looked up."""
        hits: Hits = []
        for part in cut_pages(found, k):
            passing = self.now.filter_passages([key for key, _ in part], where)
            hits += [hit for hit in part if hit[0] in passing]
            if len(hits) >= k:
                break
        return hits[:k]


def find_named(words: str, where: Filter, sources: Iterable[str], bylines: Iterable[str]) -> list[Filter]:
    """The filter with those sources, and with those lines of authors, that have all of these words in them."""
    wanted = words.casefold().split()

    def choose(names: Iterable[str], allowed: tuple[str, ...]) -> tuple[str, ...]:
        found = (name for name in names if all(word in name.casefold() for word in wanted))
        return tuple(name for name in found if not allowed or name in allowed)[:_MOST_NAMES]

    of, by = choose(sources, where.sources), choose(bylines, where.authors)
    return ([replace(where, sources=of)] if of else []) + ([replace(where, authors=by)] if by else [])
