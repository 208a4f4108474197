"""The English words that checking an answer rests on, from `lexicon.txt`, and the stem that compares them.

The stem is that of `text.stems`, of the base of a word's family: "agree" and "agreement" are one, and so are
"organise" and "organize".
"""

from __future__ import annotations

import re
from functools import lru_cache
from importlib.resources import files

from newsqa.text import stems
from newsqa.text.stems import FAMILIES, read_families

Axes = tuple[tuple[str, int], ...]


def _sections() -> dict[str, str]:
    """The sections of the file by name, comments left out."""
    found: dict[str, str] = {}
    text = files("newsqa.llm.verification").joinpath("lexicon.txt").read_text("utf-8")
    for section in text.split("\n[")[0:]:
        name, _, body = section.lstrip("[").partition("]\n")
        found[name] = "\n".join(line for line in body.splitlines() if not line.startswith("#"))
    return found


_TEXT = _sections()
_FAMILIES = [*FAMILIES, *read_families(_TEXT["families"])]
_BASES: dict[str, str] = {}
for _family in _FAMILIES:
    for _form in _family:
        _BASES.setdefault(_form, _family[0])
_STEM_BASES: dict[str, str] = {}
for _form, _base in _BASES.items():
    _STEM_BASES.setdefault(stems.stem(_form), _base)

_BRITISH = re.compile(r"(?<=...)(?:is(?=(?:e|es|ed|ing|ation)$)|our(?=$|s$|ed$|ing$)|tre(?=s?$))")
_AMERICAN = {"is": "iz", "our": "or", "tre": "ter"}


@lru_cache(maxsize=8192)
def stem(word: str) -> str:
    """The stem that all forms and spellings of a word share."""
    word = word.lower().removesuffix("'s").removesuffix("’s")
    base = _BASES.get(word) or _STEM_BASES.get(stems.stem(word), word)
    return stems.stem(_BRITISH.sub(lambda found: _AMERICAN[found[0]], base))


def _words(name: str) -> frozenset[str]:
    return frozenset(_TEXT[name].split())


def _stems(name: str) -> frozenset[str]:
    return frozenset(map(stem, _words(name)))


def _axes() -> dict[str, Axes]:
    table: dict[str, dict[str, int]] = {}
    for entry in _TEXT["opposites"].replace("\n  ", " ").strip().splitlines():
        name, _, words = entry.partition(":")
        for sign, side in zip((1, -1), words.split("/"), strict=True):
            for word in side.split():
                table.setdefault(stem(word), {}).setdefault(name, sign)
    return {word: tuple(found.items()) for word, found in table.items()}


def _groups() -> dict[str, frozenset[int]]:
    table: dict[str, set[int]] = {}
    for number, words in enumerate(read_families(_TEXT["synonyms"])):
        for word in words:
            table.setdefault(stem(word), set()).add(number)
    return {word: frozenset(found) for word, found in table.items()}


def _phrases() -> dict[tuple[str, str], str]:
    found = {}
    for line in _TEXT["phrases"].strip().splitlines():
        words, _, meaning = line.partition(": ")
        verb, particle = words.split()
        found[stem(verb), particle] = stem(meaning)
    return found


CONCEPTS = _axes()
"""For a stem, the axes of opposites that it lies on, and on which side (1 or -1)."""
GROUPS = _groups()
"""For a stem, the groups of synonyms that it is in."""
PHRASES = _phrases()
NATIONS = {form: tuple(family[0].split("-")) for family in read_families(_TEXT["nations"]) for form in family}
NATIONALITIES = frozenset(part for parts in NATIONS.values() for part in parts) | {"north", "south"}

STOP = _words("stop")
NEGATING_VERBS = _stems("negating_verbs")
BARRING_VERBS = _stems("barring_verbs")
CANCELLING_VERBS = _stems("cancelling_verbs")
SPEECH = _stems("speech")
QUOTING = _stems("quoting")
OFFICES = _words("offices")
TITLES = OFFICES | _words("titles")
SYMMETRIC = _stems("symmetric")
SIDING = _stems("siding")
MEASURES = _stems("measures")
INSTITUTIONS = _words("institutions")
COREFERENT = _stems("coreferent")
AUXILIARIES = _words("auxiliaries")
MODALS = _words("modals")
BEFORE_MONTH = _words("before_month")
PRESENT = _words("present")
COMMON = frozenset(CONCEPTS) | frozenset(GROUPS) | frozenset(_TEXT["synonyms"].replace("|", " ").split())
VERB_STEMS = SPEECH | BARRING_VERBS | frozenset(map(stem, _BASES.values()))
_PLAIN_NOUNS = _words("nouns")
_NO_PAST = ("ment", "al", "tion", "ism", "age", "arge", "ing", "sion")
PAST = _words("invariant") | frozenset(
    form for family in _FAMILIES for form in family[1:] if form not in _PLAIN_NOUNS and not form.endswith(_NO_PAST)
)

FRACTIONS = {"half": 50.0, "third": 100 / 3, "quarter": 25.0, "fifth": 20.0, "tenth": 10.0}  # in percent
FRACTIONS |= {f"{name}s": value for name, value in FRACTIONS.items() if name != "half"}
TIME_UNITS = {
    "week": (7.0, "day"),
    stem("decade"): (10.0, "year"),
    stem("century"): (100.0, "year"),
    stem("fortnight"): (14.0, "day"),
}
