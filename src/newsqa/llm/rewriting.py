"""Whether a question that a model has rewritten can be used: it must be one, about what was talked of."""

from __future__ import annotations

import re
from collections.abc import Sequence

from newsqa.llm.cleaning import clean
from newsqa.search.questions import names_in
from newsqa.text.citations import strip
from newsqa.text.stems import content_words
from newsqa.types import Turn

LONGEST = 300
_LABEL = re.compile(r"^(?:(?:rewritten|standalone|last|stand-alone)\s+)?question\s*:\s*", re.IGNORECASE)


def accept_rewriting(written: str, question: str, history: Sequence[Turn]) -> str:
    """The rewritten question, or nothing where it is no question of this conversation.

    Every name and number in it must have been said, and it must share a word with the question or the last turns.
    """
    lines = [line for line in clean(written).split("\n") if line.strip()]
    text = _LABEL.sub("", strip(lines[0])).strip(" \"“”'-") if len(lines) == 1 else ""
    if not text or len(text) > LONGEST:
        return ""
    said = " ".join([question, *(f"{turn.question} {strip(turn.answer)}" for turn in history)])
    known = set(re.findall(r"\w+", said.lower()))
    names = {word.lower() for name in names_in(text) for word in re.findall(r"\w+", name)}
    names |= set(re.findall(r"\b\d+\b", text))
    if {word.removesuffix("s") for word in names} - {word.removesuffix("s") for word in known}:
        return ""
    shares = set(content_words(text)) & set(content_words(said)) or text.lower() == question.lower()
    return text if shares else ""
