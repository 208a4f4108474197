"""What a turn of a conversation asks for: an answer, the same again, more of it, or nothing. Pure functions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from newsqa.search.questions import Question
from newsqa.text.stems import STOP, stem, tokens
from newsqa.types import Turn

Wish = Literal["answer", "again", "more", "nothing"]

_COURTESIES = frozenset(map(stem, "thanks hello hi hey ok okay bye goodbye great nice cool sorry sure".split()))
_MORE = frozenset("more further else continue".split())
_AGAIN = frozenset("again repeat".split())
_GENERAL = frozenset(map(stem, "happen latest newest news new update know story".split()))
"""What a question for what there is on a topic says besides the topic."""
_MOST_WORDS = 4
"""So many words, at most, has a topic."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a turn asks for, and of which question with the turns before it."""

    wish: Wish
    question: str
    history: tuple[Turn, ...]


def find_wanted(text: str, history: Sequence[Turn]) -> Wanted:
    """What is asked for; "more" and "again" are so of the last turn that asked for something."""
    wish = _wish(text)
    if wish in ("more", "again"):
        asked = [place for place, turn in enumerate(history) if _wish(turn.question) == "answer"]
        if asked:
            return Wanted(wish, history[asked[-1]].question, tuple(history[: asked[-1]]))
        wish = "nothing"
    return Wanted(wish, text, tuple(history))


def _wish(text: str) -> Wish:
    words = set(tokens(text))
    if any(word not in STOP | _MORE | _AGAIN and stem(word) not in _COURTESIES for word in words):
        return "answer"
    if words & _AGAIN:
        return "again"
    if words & _MORE:
        return "more"
    return "nothing" if any(stem(word) in _COURTESIES for word in words) else "answer"


def topic_of(asked: Question) -> tuple[str, ...]:
    """The words (stems) of a topic that is named alone, or of which the news are asked, or none."""
    words = tuple(word for word in asked.words if word not in _GENERAL)
    if asked.kind != "what" or not 0 < len(words) <= _MOST_WORDS:
        return ()
    said = set(tokens(asked.text))
    general = any(stem(word) in _GENERAL for word in said) or {"tell", "about"} <= said
    alone = all(stem(word) in words for word in said)
    return words if general or alone else ()
