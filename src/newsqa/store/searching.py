"""Search within one state of the catalogue: by words, and by vectors in Chroma, filtered or not."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from newsqa.errors import NewsIndexError
from newsqa.store.bylines import Authors
from newsqa.store.parts import Parts, cut_pages
from newsqa.store.snapshot import Snapshot, State
from newsqa.text.authors import name_key
from newsqa.text.languages import primary
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


def search_words(
    parts: Parts,
    now: Snapshot,
    state: State,
    query: str,
    k: int,
    where: Filter,
    share: float,
    *,
    every: bool = False,
) -> Hits:
    """The passages that fit the words of a query best, with their BM25 score; `share` is as in `search_vectors`.

    With `every`, only those that have all of them in title and text.

    The words do not know the authors: where few articles pass, they are told the passages, else what does not pass
    is left out.
    """
    few = bool(where.authors) and share < _OFTEN
    among = now.passages_where(where) if few else None
    if among == []:
        return []

    def fitting(wanted: int) -> Hits:
        return parts.words.search(query, wanted, where, state.generation, among, every=every)

    return _find_live(now, k, fitting, where if where.authors and not few else _EVERYTHING)


def search_vectors(
    parts: Parts, now: Snapshot, state: State, vector: npt.NDArray[np.float32], k: int, where: Filter, share: float
) -> Hits:
    """The passages nearest to a unit vector, with their cosine; `share` is that of the articles that pass.

    Where many pass, more is asked for than is wanted, and what does not pass is left out. Else Chroma compares the
    passages that pass: named one by one in a folder, by its own filter on a server, which knows no authors.
    """
    if k < 1 or not share:
        return []
    chroma = parts.vectors.at(state)

    def near(wanted: int) -> Hits:
        return chroma.nearest(vector, max(wanted, _ASKED), _EVERYTHING)

    if not where:
        return _find_live(now, k, near)
    if share >= _OFTEN:
        hits = _keep_passing(now, near(int(_MORE * k / share)), k, where)
        if len(hits) == k:
            return hits
    if parts.chroma is not None and not where.authors:
        return _find_live(now, k, lambda wanted: chroma.nearest(vector, wanted, where))
    among = now.passages_where(where)
    try:
        return chroma.nearest(vector, k, _EVERYTHING, among) if among else []
    except NewsIndexError:  # what was opened a little earlier lacks some of them
        return _find_live(now, k, near, where)


def find_articles(
    parts: Parts,
    now: Snapshot,
    state: State,
    words: str,
    where: Filter,
    share: float,
    named: Sequence[Filter],
    order: str,
    limit: int,
    offset: int,
) -> ArticlePage:
    """The articles of which a passage, with the title, has all of the words (some, if none has all), best first.

    With them come those that pass one of the filters `named`: by their source or author. An `order` of
    `reads.ORDERS` takes the place of the best first.
    """
    best: dict[str, str] = {}
    whole = True
    for every in (True, False):
        hits = [key for key, _ in search_words(parts, now, state, words, MOST_FOUND, where, share, every=every)]
        of = now.articles_of(hits)
        for key in hits:
            if key in of:
                best.setdefault(of[key], key)
        for one in named if every else ():
            best |= {key: "" for key in now.ids_where(one, MOST_FOUND) if key not in best}
        if best:
            whole = every
            break
    ids = list(best)
    if order:
        found = now.summaries(_EVERYTHING, limit, offset, order, ids)
    else:
        place = {key: rank for rank, key in enumerate(ids)}
        shown = now.summaries(_EVERYTHING, None, 0, among=ids[offset : offset + limit])
        found = sorted(shown, key=lambda one: place[one.id])
    fitting = now.passages([key for one in found if (key := best[one.id])])
    passages = {one.article_id: one for one in fitting.values()}
    return ArticlePage(len(ids), tuple(found), passages, whole)


def resolve(
    where: Filter,
    languages: Callable[[], Mapping[str, int]],
    sources: Callable[[], Sequence[str]],
    authors: Callable[[], Authors],
) -> Filter:
    """The filter with sources, languages and authors as the catalogue spells them, however they were written."""
    if where.languages:
        asked = {primary(code) for code in where.languages}
        codes = tuple(code for code in languages() if primary(code) in asked)
        where = replace(where, languages=codes or where.languages)
    if where.authors:
        lines = authors().lines
        found = {line for name in where.authors for line in lines.get(name_key(name), ())}
        where = replace(where, authors=tuple(sorted(found)) or where.authors)
    if not where.sources:
        return where
    wanted = {name.casefold() for name in where.sources}
    known = tuple(name for name in sources() if name.casefold() in wanted)
    return replace(where, sources=known or where.sources)


def find_named(words: str, where: Filter, sources: Iterable[str], bylines: Iterable[str]) -> list[Filter]:
    """The filter with those sources, and with those lines of authors, that have all of these words in them."""
    wanted = words.casefold().split()

    def chosen(names: Iterable[str], allowed: tuple[str, ...]) -> tuple[str, ...]:
        found = (name for name in names if all(word in name.casefold() for word in wanted))
        return tuple(name for name in found if not allowed or name in allowed)[:_MOST_NAMES]

    of, by = chosen(sources, where.sources), chosen(bylines, where.authors)
    return ([replace(where, sources=of)] if of else []) + ([replace(where, authors=by)] if by else [])


def unknown(where: Filter, sources: Sequence[str], authors: Authors) -> Filter:
    """The sources and authors of a filter that no article has."""
    folded = {name.casefold() for name in sources}
    return Filter(
        sources=tuple(name for name in where.sources if name.casefold() not in folded),
        authors=tuple(name for name in where.authors if name_key(name) not in authors.lines),
    )


def _find_live(now: Snapshot, k: int, find: Callable[[int], Hits], where: Filter = _EVERYTHING) -> Hits:
    """The best `k` of what `find` returns that can be found in the catalogue; asks for more until it has them."""
    if k < 1:
        return []
    wanted = k
    while True:
        found = find(wanted)
        hits = _keep_passing(now, found, k, where)
        if len(hits) == k or len(found) < wanted:
            return hits
        wanted = 4 * max(wanted, len(found))


def _keep_passing(now: Snapshot, found: Hits, k: int, where: Filter) -> Hits:
    """The best `k` of these that can be found in the catalogue and pass the filter; the rest is not looked up."""
    hits: Hits = []
    for part in cut_pages(found, k):
        passing = now.filter_passages([key for key, _ in part], where)
        hits += [hit for hit in part if hit[0] in passing]
        if len(hits) >= k:
            break
    return hits[:k]
