"""What a question asks for: its kind, its words and its names. Pure functions."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from newsqa.text.stems import STOP, WORD, plain, spell_out, stem, tokens

Kind = Literal["why", "how", "what", "other"]
"""Reasons, manners, things; and persons, days, places, figures, yes or no."""

_NAME = re.compile(r"[^\W\d_a-z][\w’'-]*(?:\s+(?:of\s+|the\s+|de\s+|al-)?[^\W\d_a-z][\w’'-]*)*")


@dataclass(frozen=True, slots=True)
class Question:
    """A question taken apart: `words` are its stemmed content words in order, each once."""

    text: str
    kind: Kind
    words: tuple[str, ...]
    surface: Mapping[str, str]


def kind_of(text: str) -> Kind:
    """What the question asks for, by its first question word: "what happened when ..." asks for no time.

    "How did" asks for a manner, "how many" and "how old" do not.
    """
    words = tokens(text)
    for word, after in pairwise([*words, ""]):
        if word == "why":
            return "why"
        if word == "how":
            return "how" if not after or after in _AUXILIARIES else "other"
        if word in ("what", "which"):
            return "what"
        if word in ("who", "whom", "whose", "when", "where"):
            return "other"
    return "other" if words and words[0] in _AUXILIARIES else "what"


_AUXILIARIES = frozenset("is are was were do does did has have had can could will would should may might".split())
_ASKING = frozenset(
    "day date year month time city country place town reason number percentage share amount long old far "
    "tall high big large fast often deep wide heavy happen name kind type".split()
)


def names_in(text: str) -> list[str]:
    """Capitalised names in `text`, a capital at the start of a sentence not counted unless more follow."""
    found = []
    for match in _NAME.finditer(text):
        name = match.group()
        first = name.split()[0]
        if first.lower().rstrip("’'s") in STOP or (first.lower() in _AUXILIARIES):
            name = name[len(first) :].strip()
        if name and name.lower() not in STOP:
            found.append(name)
    return found


def analyse(text: str) -> Question:
    """Take a question apart."""
    surface: dict[str, str] = {}
    for match in WORD.finditer(text):
        meaning = spell_out(match[0])
        for word in meaning or (plain(match[0]),):
            if word and word not in STOP and word not in _ASKING:
                surface.setdefault(stem(word), word if meaning else match[0])
    return Question(text, kind_of(text), tuple(surface), surface)


def coverage(words: Iterable[str], present: set[str], weights: Mapping[str, float]) -> float:
    """The weighted share (0-1) of `words` that are among `present`; 1.0 when there are no words."""
    total = covered = 0.0
    for word in words:
        weight = weights.get(word, 1.0)
        total += weight
        covered += weight if word in present else 0.0
    return covered / total if total else 1.0
