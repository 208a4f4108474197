"""Units to blocks: what is prose, what only stands around it, and what an interviewer asks.

When in doubt a unit is a paragraph: a caption that is kept costs less than a sentence that is lost.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence

from newsqa.sources.formats.boilerplate import is_boilerplate, is_byline, is_caption, is_header, opens_links
from newsqa.sources.formats.dates import parse_date
from newsqa.sources.formats.layout import Unit, ends_sentence
from newsqa.text.bylines import closing_mark, dateline
from newsqa.text.sentences import sentence_spans
from newsqa.types import Block, BlockKind, Span

_HEADING_CHARACTERS = 110
_HEADING_WORDS = 15
_SUBTITLE_CHARACTERS = 260
_SAYING = frozenset(
    "said says saying adds added asked asks wrote writes told tells told replied include includes".split()
)
_CONNECTING = ("But ", "And ", "So ", "Or ", "Yet ", "Then ")
_END_ZONE = 3
"""So many units before the last one count as the end of an article, where adverts and credits stand."""

_NAME = r"[^\W\d_a-z][\w.’'-]{0,24}"
_SPEAKER = re.compile(rf"({_NAME}(?: {_NAME}){{0,3}}|[QA])(?::|(?<=\b[QA])\.)\s")
_CLOSERS = '"”’»)*_ '
_LEAST_TURNS = 2
"""So often each of two must speak before a name with a colon is taken for a speaker."""


def classify(units: Sequence[Unit], *, titled: bool) -> tuple[Block, ...]:
    """One block for each unit, in order; `titled` says that the units follow a title.

    If nothing would be left as a paragraph, everything but boilerplate is one.
    """
    kinds = [_kind(units, index) for index in range(len(units))]
    _mark_top(units, kinds, titled=titled)
    _mark_questions(units, kinds)
    _mark_headings(units, kinds)
    _mark_lists_of_links(units, kinds)
    if "paragraph" not in kinds:
        kinds = ["paragraph" if kind in ("heading", "subtitle", "caption") else kind for kind in kinds]
    if "paragraph" not in kinds:
        kinds = ["paragraph"] * len(kinds)
    return tuple(Block(Span(unit.start, unit.end), kind) for unit, kind in zip(units, kinds, strict=True))


def _kind(units: Sequence[Unit], index: int) -> BlockKind:
    """What a unit is on its own; `paragraph` unless a mark or a pattern says otherwise."""
    unit = units[index]
    if unit.mark in ("code", "rule", "image"):
        return "boilerplate"
    near_end = index >= max(1, len(units) - _END_ZONE)
    if unit.mark == "heading":
        return "boilerplate" if is_boilerplate(unit.text.lstrip("# "), near_end=False) else "heading"
    flat = " ".join(unit.text[:1000].split()) if unit.lines > 1 else unit.text
    if is_caption(flat):
        return "caption"
    if is_boilerplate(flat, near_end=near_end) or is_byline(flat):
        return "boilerplate"
    if closing_mark(unit.text, 0, len(unit.text))[0] == 0 or _only_dateline(flat):
        return "boilerplate"
    return "paragraph"


def _only_dateline(text: str) -> bool:
    return len(text) < 60 and dateline(text, 0, len(text)) == text.strip()


def _mark_top(units: Sequence[Unit], kinds: list[BlockKind], *, titled: bool) -> None:
    """Marks the lines between title and first paragraph: subtitle, byline, place and date."""
    first = _first_paragraph(units, kinds)
    for index in range(first):
        unit = units[index]
        if kinds[index] != "paragraph":
            continue
        if is_header(unit.text) or _is_place_and_date(unit.text):
            kinds[index] = "boilerplate"
        elif titled:
            kinds[index] = "subtitle"


def _first_paragraph(units: Sequence[Unit], kinds: Sequence[BlockKind]) -> int:
    """The index of the unit that opens the report.

    One unit that looks like prose is a standfirst if the report visibly begins after it, with a dateline.
    """
    candidate = len(units)
    for index, unit in enumerate(units[:8]):
        if kinds[index] == "heading":
            return min(candidate, index)
        if kinds[index] != "paragraph" or is_header(unit.text) or _is_place_and_date(unit.text):
            continue
        if dateline(unit.text, 0, len(unit.text)):
            one_standfirst = index <= candidate + 1 and len(units[index - 1].text) <= _SUBTITLE_CHARACTERS
            return index if candidate == len(units) or one_standfirst else candidate
        if candidate == len(units) and not _may_be_subtitle(units, index):
            candidate = index
            if len(unit.text) > _SUBTITLE_CHARACTERS:
                return candidate
    return candidate


def _may_be_subtitle(units: Sequence[Unit], index: int) -> bool:
    unit = units[index]
    following = units[index + 1] if index + 1 < len(units) else None
    return (
        following is not None
        and unit.mark in ("", "strong")
        and not ends_sentence(unit.text)
        and len(unit.text) <= _SUBTITLE_CHARACTERS
        and not unit.text.endswith((":", ",", ";"))
        and not _numeric(unit.text)
    )


def _numeric(text: str) -> bool:
    """Whether at least a third of the words hold digits, as in a table."""
    words = text.split()
    return sum(any(one.isdigit() for one in word) for word in words) * 3 >= len(words)


def _is_place_and_date(text: str) -> bool:
    """Whether a line is little but a place and a time, such as `Vladivostok, 25 April 2019`."""
    if ends_sentence(text) or len(text) > 110:
        return False
    return parse_date(text[:28]) is not None or (len(text.split()) <= 9 and parse_date(text) is not None)


def _mark_headings(units: Sequence[Unit], kinds: list[BlockKind]) -> None:
    """Marks short lines without a full stop that stand over prose; three and more in a row are a list."""
    index = 0
    while index < len(units):
        last = index
        while (
            last < len(units) and kinds[last] == "paragraph" and _looks_like_heading(units[last].text, units[last])
        ):
            last += 1
        run = last - index
        prose_follows = last < len(units) and kinds[last] in ("paragraph", "heading", "caption")
        if run and (run <= 2 or _over_links(units, kinds, index)):
            for number in range(index, last):
                if prose_follows:
                    kinds[number] = "heading" if _over_prose(units, number, last) else "paragraph"
                elif run == 1 or _over_links(units, kinds, index):
                    kinds[number] = "boilerplate" if "paragraph" in kinds[:index] else kinds[number]
        index = max(last, index + 1)


def _over_links(units: Sequence[Unit], kinds: Sequence[BlockKind], index: int) -> bool:
    return index > 0 and kinds[index - 1] == "boilerplate" and opens_links(units[index - 1].text)


def _over_prose(units: Sequence[Unit], number: int, last: int) -> bool:
    """Whether a short line that ends in a colon introduces a section, and not a list or a quote."""
    text = units[number].text
    if not text.endswith(":"):
        return True
    following = units[min(last, len(units) - 1)]
    introduces = following.mark == "bullet" or following.text[:1] in '"“‘«'
    return not introduces and len(text.split()) <= 8


def _looks_like_heading(text: str, unit: Unit) -> bool:
    if unit.mark not in ("", "strong") or unit.lines > 2 or len(text) > _HEADING_CHARACTERS:
        return False
    words = text.split()
    if len(words) > _HEADING_WORDS or text.endswith((",", ";", "-", "–", "—")) or text[0].islower():
        return False
    if closing_mark(text, 0, len(text))[1] or dateline(text, 0, len(text)):
        return False
    if text.endswith(":"):
        return not _SAYING.intersection(words[-4:] + [word.rstrip(":") for word in words[-4:]])
    if text.endswith("?"):
        return (
            text[0] not in "\"“‘«'"
            and not text.startswith(_CONNECTING)
            and text.count("?") == 1
            and ". " not in text
        )
    return not ends_sentence(text) and not _numeric(text) and len(sentence_spans(text)) == 1


def _mark_lists_of_links(units: Sequence[Unit], kinds: list[BlockKind]) -> None:
    """Marks the items under `Related:` and the like, up to the next prose."""
    in_links = False
    for index, unit in enumerate(units):
        bare = unit.text.lstrip("#*_> ")
        if opens_links(bare):
            kinds[index] = "boilerplate"
            in_links = True
        elif (
            in_links
            and kinds[index] in ("paragraph", "heading", "caption")
            and (unit.mark == "bullet" or not ends_sentence(unit.text))
        ):
            kinds[index] = "boilerplate"
        elif kinds[index] != "boilerplate":
            in_links = False


def _mark_questions(units: Sequence[Unit], kinds: list[BlockKind]) -> None:
    """Marks the questions of an interviewer as headings: set off in bold or italic, or by their speaker."""
    asking = _who_asks(units, kinds)
    for number, unit in enumerate(units):
        if kinds[number] in ("paragraph", "subtitle") and number + 1 < len(units):
            speaker = _SPEAKER.match(unit.text)
            if (speaker and speaker[1] in asking) or (unit.mark == "strong" and _asks(unit.text)):
                kinds[number] = "heading"


def _asks(text: str) -> bool:
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
            yield speaker[1], _asks(unit.text)
