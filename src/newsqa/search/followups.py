"""Follow-up questions made to stand alone: what they take from the earlier turns is found by a model.

"And when did he return?" after "Why did Kim meet Putin?" becomes "And when did he return (Kim)?". The words are
those that a `Resolver` finds; here they are only put behind the question.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from newsqa.search.conversation import topic_of
from newsqa.search.questions import analyse, names_in
from newsqa.text.citations import strip
from newsqa.text.stems import content_words
from newsqa.types import Resolver, Turn

_POINTING = re.compile(
    r"\b(?:he|she|him|his|hers?|they|them|theirs?|its?|there|this|that|these|those|then|both)\b", re.IGNORECASE
)
_FEW = 3
"""A question of so many content words, or fewer, and without a name hardly stands alone."""


def make_standalone(question: str, history: Sequence[Turn], resolver: Resolver) -> str:
    """The question with what it takes from `history`, oldest turn first, in brackets; a topic takes nothing."""
    text = " ".join(question.split())
    turns = [f"{turn.question} {strip(turn.answer)}".strip() for turn in history]
    carried = resolver.find_carried(text, turns) if turns and not topic_of(analyse(text)) else []
    return f"{text.rstrip(' ?')} ({', '.join(carried)})" + "?" * text.endswith("?") if carried else text


class LastQuestion:
    """The `Resolver` of a reader that is none: a question that leans on earlier ones takes over the last one."""

    def find_carried(self, question: str, turns: Sequence[str]) -> list[str]:
        """The last turn's question."""
        last = re.split(r"(?<=\?)\s", turns[-1], maxsplit=1)[0].rstrip(" ?") if turns else ""
        return [last] if last and last != question and _leans(question) else []


def _leans(text: str) -> bool:
    """Whether a question may lack what earlier turns have: it points back, or says little and names nothing."""
    if _POINTING.search(text):
        return True
    return len(content_words(text)) <= _FEW and not names_in(text)
