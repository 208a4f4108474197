"""Hybrid search: BM25 and vectors, fused by rank; copies of one passage are returned once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from newsqa.search.provenance import with_copies
from newsqa.text.ranking import near_copy, reciprocal_rank_fusion
from newsqa.types import Encoder, Filter, Passage, ScoredPassage

if TYPE_CHECKING:
    from newsqa.store import Index

_SAME_STORY = 0.4
MODES = {"hybrid": ("bm25", "vector"), "bm25": ("bm25",), "vector": ("vector",)}


@dataclass(frozen=True, slots=True)
class HybridSearch:
    """Finds the passages of an index that are nearest to a query in words and in meaning.

    `candidates` is how many passages each of the two searches brings to the fusion.
    """

    index: Index
    encoder: Encoder
    candidates: int = 50
    mode: str = "hybrid"

    def search(self, query: str, k: int, where: Filter | None = None) -> list[ScoredPassage]:
        """The `k` best passages, best first, near copies left out; fewer when the index holds fewer."""
        where = where or Filter()
        wanted = max(self.candidates, k)
        found: dict[str, dict[str, float]] = {}
        if "bm25" in MODES[self.mode]:
            found["bm25"] = dict(self.index.search_words(query, wanted, where))
        if "vector" in MODES[self.mode]:
            vector = self.encoder.encode_query(query)
            found["vector"] = dict(self.index.search_vectors(vector, wanted, where))
        fused = reciprocal_rank_fusion({name: list(ranking) for name, ranking in found.items()})
        kept: list[ScoredPassage] = []
        size = k + k // 2 + 4
        stories: dict[str, list[str]] = {}
        for start in range(0, len(fused), size):
            block = fused[start : start + size]
            passages, groups = self.index.passages_with_groups([key for key, _ in block])
            stories |= groups
            for key, score in block:
                passage = passages.get(key)
                if passage is None or any(_copies(passage, other.passage, stories) for other in kept):
                    continue
                parts = {name: ranking[key] for name, ranking in found.items() if key in ranking}
                kept.append(ScoredPassage(passage, score, parts))
                if len(kept) == k:
                    return with_copies(self.index, kept, stories)
        return with_copies(self.index, kept, stories)


def _copies(first: Passage, second: Passage, stories: Mapping[str, Sequence[str]]) -> bool:
    """Whether two passages of different articles carry the same text; overlapping neighbours are no copies.

    Copies of one report are cut into passages at different places, so that less of the text has to be the same.
    """
    if first.article_id == second.article_id:
        return False
    if second.article_id in stories.get(first.article_id, ()):
        return near_copy(first.text, second.text, _SAME_STORY)
    shorter, longer = sorted((len(first.text), len(second.text)))
    return shorter > 0.6 * longer and near_copy(first.text, second.text)
