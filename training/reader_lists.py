"""The second look: a sentence marked in its surroundings, judged beside other sentences and "none of them"."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from newsqa.text.windows import mark_sentence

MARKED_TOKENS = 210
"""Most tokens of a marked sentence with its surroundings and the question."""
BEFORE, AFTER = 110, 70
"""Most tokens kept on each side of a sentence; more never fit."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sentence [begin, end) in its surroundings `ids`, its score in the first look, and whether it answers.

    `lead` may stand in front of the surroundings: the title of the article.
    """

    ids: np.ndarray
    begin: int
    end: int
    score: float
    right: bool = False
    lead: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class SentenceList:
    """The sentences of the first look at a question, best first; it may be that none of them answers."""

    group: str
    question: list[int]
    candidates: tuple[Candidate, ...]

    @property
    def answered(self) -> bool:
        """Whether one of the sentences answers."""
        return any(one.right for one in self.candidates)


def mark(question: list[int], one: Candidate, titled: bool = True) -> tuple[list[int], list[int]]:
    """Ids and types of a sentence in its surroundings, as newsqa lays them out, with or without the title."""
    lead = one.lead if titled else ()
    return mark_sentence(question, one.ids.tolist(), one.begin, one.end, MARKED_TOKENS, lead)


def shortened(found: SentenceList, most: int) -> SentenceList:
    """The first `most` sentences, the last of them replaced by a right one if there is none among them."""
    top = found.candidates[:most]
    if found.answered and not any(one.right for one in top):
        top = (*top[:-1], next(one for one in found.candidates if one.right))
    return replace(found, candidates=top)


def thinned(found: SentenceList, share: float, chooser: random.Random) -> SentenceList:
    """The list, in a `share` of the draws without what is right in it, if two others are left."""
    wrong = tuple(one for one in found.candidates if not one.right)
    if found.answered and len(wrong) > 1 and chooser.random() < share:
        return replace(found, candidates=wrong)
    return found


def list_batches(lists: Sequence[SentenceList], tokens: int, chooser: random.Random) -> list[list[SentenceList]]:
    """Lists of nearly equal lengths of sentences, about `tokens` tokens each, in random order."""

    def length(one: Candidate, question: list[int]) -> int:
        return min(MARKED_TOKENS, len(one.lead) + len(one.ids) + len(question) + 5)

    def longest(found: SentenceList) -> float:
        return max(length(one, found.question) for one in found.candidates) + 20 * chooser.random()

    groups: list[list[SentenceList]] = [[]]
    filled = 0
    for found in sorted(lists, key=longest):
        size = sum(length(one, found.question) for one in found.candidates)
        if groups[-1] and filled + size > tokens:
            groups.append([])
            filled = 0
        groups[-1].append(found)
        filled += size
    chooser.shuffle(groups)
    return groups
