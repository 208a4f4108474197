"""Follow-up questions made to stand alone: what they take from the earlier turns is found by a model.

"And when did he return?" after "Why did Kim meet Putin?" becomes "And when did Kim return?". The words are those
that a `Resolver` finds; here they are only put into the question.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from newsqa.text.citations import strip
from newsqa.text.stems import content_words
from newsqa.types import Resolver, Turn

_PRONOUNS = tuple(
    re.compile(rf"\b(?:{words})\b", re.IGNORECASE)
    for words in ("he|she|him|his|her|hers", "they|them|their|theirs", "it(?! true)|its")
)
_OWNING = re.compile(r"his|hers|its|theirs?", re.IGNORECASE)
_FEW = 2
"""So many content words, or fewer, that a question hardly stands alone."""


def standalone(question: str, history: Sequence[Turn], resolver: Resolver) -> str:
    """The question with what it takes from `history`, oldest turn first."""
    text = " ".join(question.split())
    turns = [f"{turn.question} {strip(turn.answer)}".strip() for turn in history]
    return filled(text, resolver.carried(text, turns)) if turns else text


def filled(question: str, carried: Sequence[str]) -> str:
    """The question with phrases that belong to it: a name in the place of a pronoun, the others in brackets."""
    rest = list(carried)
    pronoun = next((found for found in (words.search(question) for words in _PRONOUNS) if found), None)
    if rest and pronoun:
        name = next((phrase for phrase in rest if phrase[:1].isupper()), rest[0])
        rest.remove(name)
        her = pronoun[0].lower() == "her" and re.match(r" \w", question[pronoun.end() :])
        if _OWNING.fullmatch(pronoun[0]) or her:
            name += "'" if name.endswith("s") else "'s"
        question = question[: pronoun.start()] + name + question[pronoun.end() :]
    if not rest:
        return question
    text = question.rstrip(" ?")
    return f"{text} ({', '.join(rest)})" + "?" * question.endswith("?")


class LastQuestion:
    """The `Resolver` of a reader that is none: a question that says hardly anything takes over the last one."""

    def carried(self, question: str, turns: Sequence[str]) -> list[str]:
        """The last turn's question, where `question` has few words of its own."""
        few = len(content_words(question)) <= _FEW or any(words.search(question) for words in _PRONOUNS)
        last = re.split(r"(?<=\?)\s", turns[-1], maxsplit=1)[0].rstrip(" ?") if turns and few else ""
        return [last] if last else []
