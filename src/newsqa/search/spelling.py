"""Words of a question that no article has: how the articles spell them, and slips of the finger."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from string import ascii_lowercase

from newsqa.text.stems import STOP, WORD, plain
from newsqa.types import Passage

Rank = Callable[[str], int | None]
"""The place of a word among all words that people use, the most frequent first; None for a word that is none."""
_ALIKE = 0.8
"""How alike (`difflib`, 0-1) two spellings are to be offered for one another."""
_LEAST, _MIDDLING, _LONG = 4, 6, 8
"""Letters that a spelling has, at least, to be offered, to be taken from words at large, and to differ by more."""


def find_spellings(words: Sequence[str], passages: Sequence[Passage]) -> dict[str, str]:
    """For each word the word of the passages and their titles that is spelt nearly so, if there is one."""
    written = {match[0] for one in passages for match in WORD.finditer(f"{one.text} {one.title}")}
    longest_first = sorted(written, key=lambda word: (-len(word), word))
    spelt = {plain(word): word for word in longest_first if plain(word) not in STOP}
    near = {word: get_close_matches(plain(word), spelt, 1, _ALIKE) for word in words}
    return {word: spelt[found[0]] for word, found in near.items() if found and len(found[0]) >= _LEAST}


def correct(words: Sequence[str], passages: Sequence[Passage], rank: Rank) -> dict[str, str]:
    """For each word what was meant, if a slip explains it: a word of the passages, else the most frequent one."""
    near = find_spellings(words, passages)
    meant = {}
    for word in words:
        others, spelt = slips(plain(word)), near.get(word, "")
        if plain(spelt) in others or (spelt and len(word) >= _LONG and abs(len(word) - len(plain(spelt))) <= 1):
            meant[word] = spelt
        elif len(word) >= _MIDDLING and word.islower():
            places = {other: place for other in others if (place := rank(other)) is not None}
            if places:
                meant[word] = min(places, key=places.__getitem__)
    return meant


def slips(word: str) -> set[str]:
    """What a word is with one letter less, more, or another, or with two neighbours in each other's place."""
    return set(_slips(word))


def _slips(word: str) -> Iterator[str]:
    for at in range(len(word) + 1):
        before, after = word[:at], word[at:]
        yield from (before + letter + after for letter in ascii_lowercase)
        if after:
            yield before + after[1:]
            yield from (before + letter + after[1:] for letter in ascii_lowercase)
        if len(after) > 1:
            yield before + after[1] + after[0] + after[2:]


def respell(text: str, spellings: Mapping[str, str]) -> str:
    """The text with each of the words spelt otherwise."""
    if not spellings:
        return text
    pattern = "|".join(map(re.escape, spellings))
    return re.sub(rf"\b(?:{pattern})\b", lambda match: spellings[match[0]], text)
