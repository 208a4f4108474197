"""Fusing ranked lists, and telling copies of one story apart from other stories. Pure functions."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from functools import lru_cache
from typing import TypeVar

from newsqa.text.stems import ALPHANUMERIC

Key = TypeVar("Key", bound=Hashable)


FUSION_K = 60
"""The constant of reciprocal rank fusion (Cormack, Clarke and Buettcher, SIGIR 2009)."""


def reciprocal_rank_fusion(
    rankings: Mapping[str, Sequence[Key]], weights: Mapping[str, float] | None = None, k: int = FUSION_K
) -> list[tuple[Key, float]]:
    """Fuse named rankings (best first) into one, best first; ties keep the order of first appearance.

    An item's score is the sum over rankings of `weight / (k + rank)`, with ranks from 1.
    """
    scores: dict[Key, float] = {}
    for name, ranking in rankings.items():
        weight = 1.0 if weights is None else weights.get(name, 1.0)
        for rank, key in enumerate(ranking, start=1):
            scores[key] = scores.get(key, 0.0) + weight / (k + rank)
    return sorted(scores.items(), key=lambda item: -item[1])


def overlap(first: str, second: str) -> float:
    """The Jaccard similarity (0-1) of two texts' sets of words."""
    one, two = _words(first), _words(second)
    shared = len(one & two)
    return shared / (len(one) + len(two) - shared) if one or two else 1.0


def near_copy(first: str, second: str, threshold: float = 0.7) -> bool:
    """Whether two texts say the same in nearly the same words, as syndicated copies do."""
    fewer, more = sorted((len(_words(first)), len(_words(second))))
    return fewer >= threshold * more and overlap(first, second) >= threshold


@lru_cache(maxsize=1024)
def _words(text: str) -> frozenset[str]:
    """The set of a text's words; a search compares each passage with many others."""
    return frozenset(ALPHANUMERIC.findall(text.lower()))
