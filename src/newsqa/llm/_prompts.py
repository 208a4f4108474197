"""What a model is told: the packaged prompts, and the passages as numbered data."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path

from langchain_core.prompts import ChatPromptTemplate

from newsqa.text.citations import strip
from newsqa.types import Passage, Turn

_PART = "\n===== question =====\n"
_BYTES_PER_TOKEN = 4
_TAGS = str.maketrans({"<": "‹", ">": "›", "[": "(", "]": ")", "【": "(", "】": ")"})
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_UNSEEN = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\U000e0000-\U000e007f]")
MAX_TURNS, MAX_TURN = 4, 600
"""How many earlier turns a model is shown for rewriting, and how many characters of each answer."""


@cache
def load_prompt(name: str) -> ChatPromptTemplate:
    """The packaged prompt of that name (`answer`, `standalone`): rules for the system, then what is asked."""
    text = Path(__file__).with_name(f"{name}.md").read_text(encoding="utf-8")
    system, _, human = text.partition(_PART)
    return ChatPromptTemplate.from_messages([("system", system.strip()), ("human", human.strip())])


def clean_data(text: str) -> str:
    """Text of an article on one line, without tags, markers and characters that cannot be seen."""
    return " ".join(_CONTROL.sub(" ", _UNSEEN.sub("", text)).translate(_TAGS).split())


def number_passages(passages: Sequence[Passage]) -> str:
    """The passages as the model sees them; number `n` is `passages[n - 1]`."""
    return "\n".join(_entry(number, passage) for number, passage in enumerate(passages, start=1))


def _entry(number: int, passage: Passage) -> str:
    fields = {
        "title": passage.title,
        "source": passage.source,
        "date": passage.published.isoformat() if passage.published else "",
    }
    attributes = "".join(f' {name}="{_attribute(value)}"' for name, value in fields.items() if value)
    return f'<passage number="{number}"{attributes}>{clean_data(passage.text)}</passage>'


def _attribute(text: str) -> str:
    return clean_data(text).replace('"', "”")[:300]


def fit_budget(passages: Iterable[Passage], most: int, tokens: int) -> list[Passage]:
    """The first passages, at most `most` of about `tokens` tokens together; the very first always fits.

    A token is taken to be four bytes, which is near for English and on the safe side for most other scripts.
    """
    chosen: list[Passage] = []
    used = 0
    for passage in passages:
        used += len(_entry(1, passage).encode("utf-8", "replace")) // _BYTES_PER_TOKEN + 1
        if len(chosen) == most or (chosen and used > tokens):
            break
        chosen.append(passage)
    return chosen


def format_history(history: Sequence[Turn]) -> str:
    """The last turns as the model sees them, oldest first."""
    lines = []
    for turn in history[-MAX_TURNS:]:
        lines.append(f"Question: {clean_data(turn.question)}")
        if turn.answer:
            lines.append(f"Answer: {clean_data(strip(turn.answer))[:MAX_TURN]}")
    return "\n".join(lines)
