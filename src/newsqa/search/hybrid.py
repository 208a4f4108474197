"""Hybrid search: BM25 and vectors, fused by rank; copies of one passage are returned once, unless they differ."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from newsqa.search.provenance import with_copies
from newsqa.search.variants import MOST, near_copies, say_otherwise
from newsqa.types import Encoder, Filter, Passage, ScoredPassage

if TYPE_CHECKING:
    from newsqa.store import Index

MODES = {"hybrid": ("bm25", "vector"), "bm25": ("bm25",), "vector": ("vector",)}
_MOST_CANDIDATES = 1_000
"""So far each search goes where copies crowd out what else there is."""
_FUSION_K = 60
"""The constant of reciprocal rank fusion (Cormack, Clarke and Buettcher, SIGIR 2009)."""
_LEAST_OF_STORY = 3
"""Passages of one story that always find room; else it has half of the places, while others want them."""

Found = Mapping[str, Mapping[str, float]]
"""The scores that each search gives to the ids of passages, best first."""


@dataclass(frozen=True, slots=True)
class HybridSearch:
    """Finds the passages of an index that are nearest to a query in words and in meaning.

    `candidates` is how many passages each of the two searches brings to the fusion, at first.
    """

    index: Index
    encoder: Encoder
    candidates: int = 50
    mode: str = "hybrid"

    def search(self, query: str, k: int, where: Filter | None = None) -> list[ScoredPassage]:
        """The `k` best passages, best first, near copies left out; fewer when the index holds fewer."""
        where, wanted = where or Filter(), max(self.candidates, k)
        vector = self.encoder.encode_query(query) if "vector" in MODES[self.mode] else None
        while True:
            found: dict[str, dict[str, float]] = {}
            if "bm25" in MODES[self.mode]:
                found["bm25"] = dict(self.index.search_words(query, wanted, where))
            if vector is not None:
                found["vector"] = dict(self.index.search_vectors(vector, wanted, where))
            chosen = self._choose(found, k)
            exhausted = all(len(ranking) < wanted for ranking in found.values())
            if len(chosen.kept) >= k or exhausted or wanted >= _MOST_CANDIDATES:
                return with_copies(self.index, chosen.fill(k), chosen.stories)
            wanted = min(_MOST_CANDIDATES, 4 * wanted)

    def _choose(self, found: Found, k: int) -> _Choice:
        """The best passages of the two rankings, as far as they say something of their own."""
        fused = fuse(found.values())
        chosen = _Choice(max(_LEAST_OF_STORY, k // 2))
        size = k + k // 2 + 4
        for start in range(0, len(fused), size):
            block = fused[start : start + size]
            passages, groups = self.index.passages_with_groups([key for key, _ in block])
            chosen.stories |= groups
            for key, score in block:
                if key in passages and len(chosen.kept) < k:
                    parts = {name: ranking[key] for name, ranking in found.items() if key in ranking}
                    chosen.add(ScoredPassage(passages[key], score, parts))
            if len(chosen.kept) >= k:
                break
        chosen.put_first(self.index)
        return chosen


@dataclass(slots=True)
class _Choice:
    """Passages chosen one by one, best first, of which a story has at most `room` while others want a place.

    Of copies that differ `MOST` are kept, with the first that came; all are in `crowds`, by the id of the best.
    """

    room: int
    kept: list[ScoredPassage] = field(default_factory=list)
    waiting: list[ScoredPassage] = field(default_factory=list)
    stories: dict[str, list[str]] = field(default_factory=dict)
    crowds: dict[str, list[ScoredPassage]] = field(default_factory=dict)

    def add(self, hit: ScoredPassage) -> None:
        """Keep a passage, let it wait, or pass it over as a copy of one that is kept and says the same."""
        versions = [one for one in self.kept if near_copies(hit.passage, one.passage, self.stories)]
        same = next((one for one in versions if not say_otherwise(hit.passage, one.passage)), None)
        if same is not None:
            if same.passage.claimed and not hit.passage.claimed:
                self.kept[self.kept.index(same)] = hit
        elif len(versions) >= MOST:
            self.crowds.setdefault(versions[0].passage.id, versions).append(hit)
        elif sum(self._story(one.passage) == self._story(hit.passage) for one in self.kept) >= self.room:
            self.waiting.append(hit)
        else:
            self.kept.append(hit)

    def put_first(self, index: Index) -> None:
        """See that of each crowd of copies the one that came first is kept: it may be what the others altered."""
        for crowd in self.crowds.values():
            came = index.order([hit.passage.article_id for hit in crowd])
            first = min(crowd, key=lambda hit: came.get(hit.passage.article_id, 0))
            if first not in self.kept and crowd[MOST - 1] in self.kept:
                self.kept[self.kept.index(crowd[MOST - 1])] = first

    def fill(self, k: int) -> list[ScoredPassage]:
        """The `k` best, with those that waited where there is still room."""
        return [*self.kept, *self.waiting][:k]

    def _story(self, passage: Passage) -> str:
        group: Sequence[str] = self.stories.get(passage.article_id, (passage.article_id,))
        return group[0]


def fuse(rankings: Iterable[Iterable[str]]) -> list[tuple[str, float]]:
    """The rankings (best first) as one, best first; ties keep the order of first appearance.

    A key's score is the sum over rankings of `1 / (60 + rank)`, with ranks from 1.
    """
    scores: dict[str, float] = {}
    for ranking in rankings:
        for rank, key in enumerate(ranking, start=1):
            scores[key] = scores.get(key, 0.0) + 1 / (_FUSION_K + rank)
    return sorted(scores.items(), key=lambda item: -item[1])
