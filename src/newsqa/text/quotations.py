"""Quotations kept whole: which sentences a quoted sentence needs around it. Pure functions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from newsqa.types import Span

LONGEST = 700
"""A quotation of more characters is not quoted whole."""

_PAIRS = {"“": "”", "«": "»", "„": "“", "‹": "›", "「": "」"}
_BEFORE_OPENING = " \t\n([{—–-:"


def whole_quotation(text: str, sentences: Sequence[Span], index: int, offset: int = 0) -> Span:
    """From where to where to quote, so that the quotation that a sentence stands in is whole, with who said it.

    `sentences` are in order and count from `offset`, where `text` begins. A sentence outside quotation marks, or
    in a quotation of more than `LONGEST` characters, is quoted alone.
    """
    alone = sentences[index]
    first = last = index
    inside = _inside(text, sentences, offset)
    while first > 0 and inside[first][0]:
        first -= 1
    while last + 1 < len(sentences) and inside[last][1]:
        last += 1
    quoted = first < last or text[alone.start - offset : alone.start - offset + 1] in ('"', *_PAIRS)
    if quoted and first > 0 and not _says_who(text, sentences[first : last + 1], offset):
        gap = text[sentences[first - 1].end - offset : sentences[first].start - offset]
        introduced = text[sentences[first - 1].end - offset - 1] == ":"
        if introduced or "\n\n" not in gap:
            first -= 1
            while first > 0 and inside[first][0]:
                first -= 1
    whole = Span(sentences[first].start, sentences[last].end)
    return whole if len(whole) <= LONGEST else alone


def _inside(text: str, sentences: Sequence[Span], offset: int) -> list[tuple[bool, bool]]:
    """For each sentence, whether a quotation is open where it begins and where it ends.

    A paragraph closes what is open, unless the next one opens it anew, as a long quotation does.
    """
    found = []
    closing = ""
    end = sentences[0].start if sentences else 0
    for sentence in sentences:
        if "\n\n" in text[end - offset : sentence.start - offset]:
            closing = ""
        begins = bool(closing)
        for _, mark, opens in _marks(text, sentence.start - offset, sentence.end - offset, closing):
            closing = mark if opens else ""
        found.append((begins, bool(closing)))
        end = sentence.end
    return found


def _marks(text: str, start: int, end: int, closing: str) -> Iterator[tuple[int, str, bool]]:
    """The quotation marks that open and close: place, the mark that closes, and whether it opens."""
    for place in range(start, end):
        mark = text[place]
        if closing:
            if mark == closing or (closing == "”" and mark == '"'):
                yield place, mark, False
                closing = ""
        elif mark in _PAIRS or (mark == '"' and (place == 0 or text[place - 1] in _BEFORE_OPENING)):
            closing = _PAIRS.get(mark, '"')
            yield place, closing, True


def _says_who(text: str, sentences: Sequence[Span], offset: int) -> bool:
    """Whether at least two words stand outside the quotation marks."""
    closing, position, outside = "", sentences[0].start - offset, []
    for place, mark, opens in _marks(text, sentences[0].start - offset, sentences[-1].end - offset, closing):
        if opens:
            outside.append(text[position:place])
        position = place + 1 if not opens else len(text)
        closing = mark if opens else ""
    if not closing:
        outside.append(text[position : sentences[-1].end - offset])
    return sum(any(one.isalpha() for one in word) for word in " ".join(outside).split()) >= 2
