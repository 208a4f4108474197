"""Follow-up questions made to stand alone: what they take from the earlier turns is found by a model.

"And when did he return?" after "Why did Kim meet Putin?" becomes "And when did he return (Kim)?". The words are
those that a `Resolver` finds; here they are only put behind the question.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from newsqa.text.citations import strip
from newsqa.text.stems import content_words
from newsqa.types import Resolver, Turn

_POINTING = re.compile(
    r"\b(?:he|she|him|his|hers?|they|them|theirs?|its?|there|this|that|these|those|then|both)\b", re.IGNORECASE
)
_FEW = 3
"""A question of so many content words, or fewer, hardly stands alone.

Of 142 questions on news, 115 do that were written to stand alone, and 3 that were written as follow-ups.
"""


def standalone(question: str, history: Sequence[Turn], resolver: Resolver) -> str:
    """The question with what it takes from `history`, oldest turn first, in brackets."""
    text = " ".join(question.split())
    turns = [f"{turn.question} {strip(turn.answer)}".strip() for turn in history]
    leaning = _POINTING.search(text) or len(content_words(text)) <= _FEW
    carried = resolver.carried(text, turns) if turns and leaning else []
    return f"{text.rstrip(' ?')} ({', '.join(carried)})" + "?" * text.endswith("?") if carried else text


class LastQuestion:
    """The `Resolver` of a reader that is none: a question that leans on earlier ones takes over the last one."""

    def carried(self, question: str, turns: Sequence[str]) -> list[str]:
        """The last turn's question."""
        last = re.split(r"(?<=\?)\s", turns[-1], maxsplit=1)[0].rstrip(" ?") if turns else ""
        return [last] if last and last != question else []
