"""The words of a text and what makes two of them one: abbreviations, possessives, endings, irregular forms."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache, lru_cache
from pathlib import Path
from threading import Lock
from typing import Any

from newsqa.text.normal import drop_accents
from newsqa.types import Span

MEANINGS: dict[str, str] = {
    "US": "united states",
    "USA": "united states",
    "UK": "united kingdom",
    "EU": "european union",
    "UN": "united nations",
    "UAE": "united arab emirates",
    "DPRK": "north korea",
    "PRC": "china",
    "IMF": "international monetary fund",
    "WHO": "world health organization",
    "WTO": "world trade organization",
    "ECB": "european central bank",
    "IAEA": "international atomic energy agency",
    "ICC": "international criminal court",
    "NHS": "national health service",
    "MoD": "ministry of defence",
    "GDP": "gross domestic product",
    "AI": "artificial intelligence",
}
"""By the abbreviation without points; only so written, since "us" and "who" are words."""
_ABBREVIATION = re.compile(r"\b(?:" + "|".join(MEANINGS) + r")\b")

WORD = re.compile(r"[^\W_]+(?:[.'’][^\W_]+)*", re.UNICODE)
"""One word: letters and digits, with points and apostrophes inside it."""
ALPHANUMERIC = re.compile(r"[^\W_]+")
"""A run of letters and digits."""
_JOINT_WORD = re.compile(r"\w+(?:[’'-]\w+)*")
_OWNER = re.compile(r"[’']s$")
_JOINED = re.compile(r"(?: |-|[’']s | (?:of|the|de|and|for|in) | of the )")
"""What may stand between two words of one phrase."""
STOP = frozenset(
    """a about after again all already also although am an and any anybody anyone anything are as at be
    because been before being between both but by can could did do does doing done during each ever
    everybody everyone everything for from further get give given go had has have having he her here
    hers him his how however i if in instead into is it its itself just make many me meanwhile more most
    mr mrs much my no nobody nor not nothing now of off on once only or other our out over own please
    same say she should since so some somebody someone something still such tell than that the their
    them then there these they this those though through to too under until up upon us very was we were
    what when where which while who whom whose why will with would yet you your 's""".split()
)
"""Words that say nothing about what a text is about."""


def spell_out(word: str) -> tuple[str, ...]:
    """The words, in lower case, that an abbreviation stands for; none for any other word."""
    bare = word.replace(".", "")
    return tuple(MEANINGS[bare].split()) if bare in MEANINGS else ()


def other_forms(text: str) -> Iterator[str]:
    """What abbreviations of a text (without points) stand for, and abbreviations of what stands in it."""
    for match in _ABBREVIATION.finditer(text):
        yield MEANINGS[match[0]]
    lowered = text.lower()
    for short, meaning in MEANINGS.items():
        if meaning in lowered:
            yield short


def read_families(text: str) -> list[list[str]]:
    """Lists of words with bars between them, as the word lists of this package are written."""
    return [family.split() for family in text.split("|")]


FAMILIES = read_families(Path(__file__).with_name("inflections.txt").read_text("utf-8").partition("\n")[2])
"""Words with irregular forms: the base form, then the others."""
_BASE = {form: base for base, *irregular in FAMILIES for form in irregular}


def tokens(text: str) -> list[str]:
    """The words of `text`, lower-cased, without possessive endings; standard abbreviations are spelt out."""
    return [word for match in WORD.finditer(text) for word in spell_out(match[0]) or (plain(match[0]),)]


def plain(word: str) -> str:
    """A word in lower case, without accents, a possessive ending, points and apostrophes."""
    word = drop_accents(word).lower().replace("’", "'")
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


def find_words(text: str, query: str) -> set[str]:
    """The words of a text, as they stand there, that are words of a query."""
    wanted = set(content_words(query))
    return {word for word in set(WORD.findall(text)) if wanted.intersection(content_words(word))}


def phrases(turns: Sequence[str], found: Sequence[Iterable[Span]], question: str) -> list[str]:
    """The words of the turns that are touched by what was `found` in each, joined where they stand together.

    A word that the question or an earlier phrase has, or that says nothing, is left out.
    """
    known = set(content_words(question))
    result: list[str] = []
    for text, spans in zip(turns, found, strict=True):
        touched = list(spans)
        end = -1
        for word in _JOINT_WORD.finditer(text):
            stems = set(content_words(word[0])) - known
            if not stems or not any(span.start < word.end() and word.start() < span.end for span in touched):
                continue
            known |= stems
            name = _OWNER.sub("", word[0])
            if end >= 0 and _JOINED.fullmatch(text, end, word.start()):
                result[-1] += text[end : word.start()] + name
            else:
                result.append(name)
            end = word.start() + len(name)
    return result
