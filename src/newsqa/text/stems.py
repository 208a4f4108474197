"""The words of a text and what makes two of them one: possessives, endings, irregular forms. Pure functions."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from pathlib import Path
from threading import Lock
from typing import Any

from newsqa.text.abbreviations import spelt_out
from newsqa.text.normal import unaccented

WORD = re.compile(r"[^\W_]+(?:[.'’][^\W_]+)*", re.UNICODE)
"""One word: letters and digits, with points and apostrophes inside it."""
ALPHANUMERIC = re.compile(r"[^\W_]+")
"""A run of letters and digits."""
STOP = frozenset(
    """a about after again all already also am an and any anybody anyone anything are as at be been
    before being between both but by can could did do does doing done during each ever everybody everyone
    everything for from further get give given go had has have having he her here hers him his how i if
    in instead into is it its itself just make many me more most much my no nobody nor not nothing now of
    off on once only or other our out over own please same say she should so some somebody someone
    something still such tell than that the their them then there these they this those through to too
    under until up upon us very was we were what when where which while who whom whose why will with
    would yet you your 's""".split()
)
"""Words that say nothing about what a text is about."""


def families(text: str) -> list[list[str]]:
    """Lists of words with bars between them, as the word lists of this package are written."""
    return [family.split() for family in text.split("|")]


FAMILIES = families((Path(__file__).parent / "inflections.txt").read_text(encoding="utf-8").partition("\n")[2])
"""Words with irregular forms: the base form, then the others."""
_BASE = {form: base for base, *irregular in FAMILIES for form in irregular}


def tokens(text: str) -> list[str]:
    """The words of `text`, lower-cased, without possessive endings; standard abbreviations are spelt out."""
    return [word for match in WORD.finditer(text) for word in spelt_out(match[0]) or (plain(match[0]),)]


def plain(word: str) -> str:
    """A word in lower case, without accents, a possessive ending, points and apostrophes."""
    word = unaccented(word).lower().replace("’", "'")
    word = word.removesuffix("'s")
    return word.replace(".", "").replace("'", "")


@lru_cache(maxsize=65536)
def stem(word: str) -> str:
    """The Snowball stem of a word's base form: "meeting", "met" and "meet" are one; lower case in and out."""
    with _STEMMING:
        return str(_snowball().stemWord(_BASE.get(word, word)))


_STEMMING = Lock()
"""A stemmer keeps the word that it works on."""


@cache
def _snowball() -> Any:
    import snowballstemmer

    return snowballstemmer.stemmer("english")


@cache
def _irregular() -> dict[str, list[str]]:
    """The families by the stem of their base form."""
    return {stem(family[0]): family for family in FAMILIES}


def forms(word: str) -> tuple[str, ...]:
    """The word and, where its forms are irregular, all of them: "win" stands in a text as "won", too."""
    bare = plain(word)
    return (word, *(form for form in _irregular().get(stem(bare), ()) if form != bare))


def content_words(text: str) -> list[str]:
    """The stemmed words of `text` that are not stop words, in order, with repeats."""
    return [stem(word) for word in tokens(text) if word and word not in STOP]
