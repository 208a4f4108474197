"""Interviews: who asks and who answers. A question is the heading of its answer, and no answer itself."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence

from newsqa.sources.formats.layout import Unit
from newsqa.types import BlockKind

_NAME = r"[^\W\d_a-z][\w.’'-]{0,24}"
_SPEAKER = re.compile(rf"({_NAME}(?: {_NAME}){{0,3}}|[QA])(?::|(?<=\b[QA])\.)\s")
_CLOSERS = '"”’»)*_ '
_LEAST_TURNS = 2
"""So often each of two must speak before a name with a colon is taken for a speaker."""


def mark_questions(units: Sequence[Unit], kinds: list[BlockKind]) -> None:
    """Marks the questions of an interviewer as headings: set off in bold or italic, or by their speaker."""
    asking = _who_asks(units, kinds)
    for number, unit in enumerate(units):
        if kinds[number] in ("paragraph", "subtitle") and number + 1 < len(units):
            speaker = _SPEAKER.match(unit.text)
            if (speaker and speaker[1] in asking) or (unit.mark == "strong" and asks(unit.text)):
                kinds[number] = "heading"


def asks(text: str) -> bool:
    """Whether a text ends with a question."""
    return text.rstrip(_CLOSERS).endswith("?")


def _who_asks(units: Sequence[Unit], kinds: Sequence[BlockKind]) -> set[str]:
    """The speakers who mostly ask; none, where nobody answers them."""
    turns: dict[str, list[bool]] = defaultdict(list)
    for name, question in _turns(units, kinds):
        turns[name].append(question)
    asking = {name for name, told in turns.items() if sum(told) * 2 > len(told)}
    heard = [name for name, told in turns.items() if len(told) >= _LEAST_TURNS or name in ("Q", "A")]
    return asking if len(heard) >= _LEAST_TURNS and len(asking) < len(turns) else set()


def _turns(units: Sequence[Unit], kinds: Sequence[BlockKind]) -> Iterator[tuple[str, bool]]:
    for unit, kind in zip(units, kinds, strict=True):
        speaker = _SPEAKER.match(unit.text) if kind in ("paragraph", "subtitle", "heading") else None
        if speaker:
            yield speaker[1], asks(unit.text)
