"""Search within one state of the catalogue: by words, and by vectors, exactly or in Chroma's graph."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from newsqa.errors import NewsIndexError
from newsqa.store.matrix import nearest
from newsqa.store.parts import Parts
from newsqa.store.snapshot import Snapshot, State
from newsqa.text.languages import primary
from newsqa.types import Filter

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

Hits = list[tuple[str, float]]
"""Passage ids with their score, best first."""

SCANNED = 5_000
"""Passages up to which every vector is compared; from there on those alone whose sketch is near."""
CANDIDATES = 10
"""Vectors that are compared then, for each square root of their number: 99 % of the 50 nearest are among them."""
_FOR_EACH = 20
"""Vectors that are compared for each hit that is wanted, at least."""


def by_words(parts: Parts, now: Snapshot, state: State, query: str, k: int, where: Filter) -> Hits:
    """The passages that fit the words of a query best, with their BM25 score."""
    return _live(now, k, lambda wanted: parts.words.search(query, wanted, where, state.generation))


def by_vector(
    parts: Parts, now: Snapshot, state: State, vector: npt.NDArray[np.float32], k: int, where: Filter, limit: int
) -> Hits:
    """The passages nearest to a unit vector, with their cosine; beyond `limit` rows Chroma's graph is asked."""
    if state.next_row == 0 or k < 1:
        return []
    if parts.chroma is not None:
        return _in_graph(parts, now, state, vector, k, where)
    if state.next_row > limit and "vectors" not in state.stale:
        try:
            return _in_graph(parts, now, state, vector, k, where)
        except NewsIndexError:
            pass
    return _exactly(parts, now, state, vector, k, where)


def _in_graph(
    parts: Parts, now: Snapshot, state: State, vector: npt.NDArray[np.float32], k: int, where: Filter
) -> Hits:
    chroma = parts.reading_vectors
    chroma.refresh(state.generation)
    return _live(now, k, lambda wanted: chroma.query(vector, wanted, where))


def _exactly(
    parts: Parts, now: Snapshot, state: State, vector: npt.NDArray[np.float32], k: int, where: Filter
) -> Hits:
    import numpy as np

    matrix = parts.matrix.rows(state.epoch, state.next_row)
    if matrix is None:  # damaged; `newsqa check` says so
        return _in_graph(parts, now, state, vector, k, where)
    small = state.next_row <= SCANNED or not state.sketched
    blocks = None if small else parts.sketches.blocks(state.epoch, state.next_row)
    rows = np.array(now.rows_where(where), dtype=np.int64) if where and blocks is None else None
    wanted = k
    while True:
        if blocks is not None:
            compared = max(int(CANDIDATES * state.next_row**0.5), _FOR_EACH * wanted)
            rows = parts.sketches.near(blocks, state.next_row, vector, compared, where)
        best, scores = nearest(matrix, vector, wanted, rows)
        ids = now.ids_of_rows(best.tolist(), where)
        hits = [
            (ids[row], float(score))
            for row, score in zip(best.tolist(), scores.tolist(), strict=True)
            if row in ids
        ]
        if len(hits) >= k or len(best) < wanted:
            return hits[:k]
        wanted *= 4


def resolved(
    where: Filter, languages: Callable[[], Mapping[str, int]], sources: Callable[[], Sequence[str]]
) -> Filter:
    """The filter with source names and languages as the catalogue spells them, in whatever case they came."""
    if where.languages:
        asked = {primary(code) for code in where.languages}
        codes = tuple(code for code in languages() if primary(code) in asked)
        where = replace(where, languages=codes or where.languages)
    if not where.sources:
        return where
    wanted = {name.casefold() for name in where.sources}
    known = tuple(name for name in sources() if name.casefold() in wanted)
    return replace(where, sources=known or where.sources)


def _live(now: Snapshot, k: int, find: Callable[[int], Hits]) -> Hits:
    """The best `k` of what `find` returns that can be found in the catalogue; asks for more until it has them."""
    if k < 1:
        return []
    wanted = k
    while True:
        found = find(wanted)
        live = now.live([key for key, _ in found])
        kept = [(key, score) for key, score in found if key in live]
        if len(kept) >= k or len(found) < wanted:
            return kept[:k]
        wanted *= 4
