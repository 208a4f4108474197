"""Words picked out of the turns of a conversation, as phrases of whole words. Pure functions."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from newsqa.text.stems import content_words
from newsqa.types import Span

_WORD = re.compile(r"\w+(?:[’'-]\w+)*")
_OWNER = re.compile(r"[’']s$")
_JOINED = re.compile(r"(?: |-|[’']s | (?:of|the|de|and|for|in) | of the )")
"""What may stand between two words of one phrase."""


def phrases(turns: Sequence[str], found: Sequence[Iterable[Span]], question: str) -> list[str]:
    """The words of the turns that are touched by what was `found` in each, joined where they stand together.

    A word that the question or an earlier phrase has, or that says nothing, is left out.
    """
    known = set(content_words(question))
    result: list[str] = []
    for text, spans in zip(turns, found, strict=True):
        touched = list(spans)
        end = -1
        for word in _WORD.finditer(text):
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
