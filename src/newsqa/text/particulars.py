"""Whether two texts are copies: their words in common, and what must agree: figures, names, negations."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from newsqa.text.days import find_days
from newsqa.text.numbers import ONES, TENS
from newsqa.text.stems import ALPHANUMERIC, STOP

NEGATORS = frozenset("barely cannot hardly n't neither never no nobody none nor not nothing without".split())
"""Words that deny what follows."""
NUMERALS = {word: float(number) for word, number in (ONES | TENS).items()}
SCALES = {"hundred": 1e2, "thousand": 1e3, "million": 1e6, "billion": 1e9, "trillion": 1e12}
SCALES |= {"m": 1e6, "bn": 1e9, "dozen": 12.0}
CURRENCIES = {
    sign: signs.split()[0]
    for signs in ("dollar dollars usd $", "euro euros eur €", "pound pounds gbp £", "yen ¥", "yuan")
    for sign in signs.split()
}
_UNITS_OF_MONEY = frozenset(CURRENCIES.values())

ALIKE = 0.6
"""Sentences that have so many of their words in common are versions of one; particulars are left out of it."""
_LEAST_WORDS = 4
_ANY_DAY = date(2000, 1, 1)
_TOKEN = re.compile(r"n['’]t\b|\d+(?:[.,]\d+)*|[$€£¥]|[^\W\d_]+?(?=n['’]t\b)|[^\W\d_]+")


@dataclass(frozen=True, slots=True)
class Particulars:
    """Figures and negations of a sentence, names, both in their order but for days and money; its other words."""

    figures: tuple[str, ...]
    names: tuple[str, ...]
    order: tuple[str, ...]
    rest: frozenset[str]


@lru_cache(maxsize=4096)
def particulars(sentence: str) -> Particulars:
    """The particulars of a sentence; its first word is a name unless it is one of those that say nothing."""
    days = [(found.start, found.end) for found in find_days(sentence, _ANY_DAY)]
    figures: list[str] = []
    names: list[str] = []
    order: list[str] = []
    rest: set[str] = set()
    first = True
    for found in _TOKEN.finditer(sentence):
        word = found[0].lower().replace("’", "'")
        value = _figure(word)
        name = not value and found[0][0].isupper() and not (first and word in STOP)
        first = False
        if not (value or name):
            rest.add(word)
            continue
        (figures if value else names).append(value or word)
        if value not in _UNITS_OF_MONEY and not any(start <= found.start() < end for start, end in days):
            order.append(value or word)
    return Particulars(tuple(sorted(figures)), tuple(sorted(names)), tuple(order), frozenset(rest))


def differ(one: str, other: str) -> bool:
    """Whether two versions of a sentence differ in a figure, a name or a negation, or in their order."""
    first, second = particulars(one), particulars(other)
    return (first.figures, first.names, first.order) != (second.figures, second.names, second.order)


def twin(sentence: str, among: Sequence[str]) -> str | None:
    """The sentence that is another version of it: one that does not differ, else the one most alike."""
    alike = [(not differ(sentence, one), _likeness(sentence, one), one) for one in among]
    best = max((found for found in alike if found[1] >= ALIKE), default=None)
    return best[2] if best else None


def _likeness(one: str, other: str) -> float:
    """The share of words in common; where there are enough of them, of those alone that are no particulars."""
    first, second = particulars(one).rest, particulars(other).rest
    without = len(first & second) / len(first | second) if min(len(first), len(second)) >= _LEAST_WORDS else 0.0
    return max(without, overlap(one, other))


def _figure(word: str) -> str:
    """What a token counts, denies or measures, however it is written; empty if nothing."""
    if word[0].isdigit():
        return word.replace(",", "")
    if word in NEGATORS:
        return "not"
    if word in NUMERALS:
        return f"{NUMERALS[word]:g}"
    return f"{SCALES[word]:g}" if word in SCALES else CURRENCIES.get(word, "")


def overlap(first: str, second: str) -> float:
    """The Jaccard similarity (0-1) of two texts' sets of words."""
    one, two = _different_words(first), _different_words(second)
    shared = len(one & two)
    return shared / (len(one) + len(two) - shared) if one or two else 1.0


def near_copy(first: str, second: str, threshold: float = 0.7) -> bool:
    """Whether two texts say the same in nearly the same words, as syndicated copies do."""
    fewer, more = sorted((len(_different_words(first)), len(_different_words(second))))
    return fewer >= threshold * more and overlap(first, second) >= threshold


@lru_cache(maxsize=1024)
def _different_words(text: str) -> frozenset[str]:
    """The set of a text's words; a search compares each passage with many others."""
    return frozenset(ALPHANUMERIC.findall(text.lower()))
