"""A text's lines to units: one unit is a paragraph, a heading, a list item or a mark of Markdown.

Paragraphs may be separated by blank lines, by indents, or by single line breaks, and may be hard-wrapped.
Units are spans: line breaks inside a paragraph stay in the text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import Literal

from newsqa.sources.formats.boilerplate import is_boilerplate

Mark = Literal["", "strong", "heading", "bullet", "quote", "table", "code", "rule", "image"]
"""What a unit is marked as; `strong` is a paragraph that is bold or italic as a whole."""

_HEADING = re.compile(r"#{1,6}[ \t]+\S")
_BULLET = re.compile(r"(?:[-*+•·▪◦‣●–—]|\d{1,2}[.)])[ \t]+\S")
_UNDERLINE = re.compile(r"(?:={3,}|-{3,})$")
_FENCE = re.compile(r"(?:`{3,}|~{3,})")
_IMAGE = re.compile(r"\[?!\[[^\]]{0,500}\]\([^)]{0,2000}\)(?:\]\([^)]{0,2000}\))?[.]?$")
_MARKUP = re.compile(
    r"(?i)(?:<(?:img|figure|/figure|iframe|script|style|hr|br|video|source|picture)\b[^\n]{0,2000}>$"
    r"|\[(?!\^)[^\]\n]{1,80}\]:[ \t]+\S)"
)
_TABLE = re.compile(r"\|?[ \t]*:?-{2,}:?[ \t]*(?:\|[ \t]*:?-{2,}:?[ \t]*)*\|?")
_STOPS = frozenset(".!?…。！？؟۔।")
_CLOSERS = "\"'”’»)]*_›」』 \t"
_SHORT = 0.7
_WRAP_AT_MOST = 130


@dataclass(frozen=True, slots=True)
class Line:
    """A line without its white space at both ends."""

    start: int
    end: int
    text: str
    indent: int


@dataclass(frozen=True, slots=True)
class Unit:
    """A paragraph or another piece of the text; `gap` says whether a blank line or the top is before it."""

    start: int
    end: int
    text: str
    mark: Mark
    gap: bool
    lines: int


def ends_sentence(text: str) -> bool:
    """Whether a line ends as a sentence does; closing quotes and brackets are looked through."""
    bare = text.rstrip(_CLOSERS)
    return bool(bare) and bare[-1] in _STOPS


def units(text: str, *, markdown: bool) -> list[Unit]:
    """The units of a text in order; they cover everything in it but white space."""
    lines = list(_lines(text))
    found: list[Unit] = []
    plain: list[Line] = []
    width = _wrap_width(lines)
    gap = True
    index = 0
    fences = {mark: _last(lines, partial(_closes, mark=mark)) for mark in ("```", "~~~")}
    comments = _last(lines, lambda text: "-->" in text)

    def close() -> None:
        nonlocal gap
        for number, group in enumerate(_paragraphs(plain, width, markdown=markdown)):
            found.append(_unit(text, group[0], group[-1], "", gap=gap and number == 0, lines=len(group)))
            gap = False
        plain.clear()

    def add(last: int, mark: Mark) -> None:
        nonlocal gap, index
        close()
        found.append(_unit(text, lines[index], lines[last], mark, gap=gap, lines=last - index + 1))
        gap = False
        index = last + 1

    while index < len(lines):
        line = lines[index]
        if not line.text:
            close()
            gap = True
            index += 1
        elif markdown and _FENCE.match(line.text):
            add(_closing_fence(lines, index, fences), "code")
        elif markdown and line.text.startswith("<!--"):
            add(_closing_comment(lines, index, comments), "code")
        elif markdown and (_IMAGE.match(line.text) or _MARKUP.match(line.text)):
            add(index, "image")
        elif markdown and "|" in line.text and _is_table(lines, index):
            add(_table_end(lines, index), "table")
        elif _UNDERLINE.match(line.text) and plain and (len(plain) == 1 or markdown):
            if len(plain) == 1:
                found.append(_unit(text, plain[0], line, "heading", gap=gap, lines=2))
                plain.clear()
                gap = False
                index += 1
            else:
                add(index, "rule")
        elif not any(one.isalnum() for one in line.text):
            add(index, "rule")
        elif _HEADING.match(line.text):
            add(index, "heading")
        elif _BULLET.match(line.text) and _may_start_item(plain, found, gap):
            add(_item_end(lines, index), "bullet")
        elif line.text.startswith("> ") and not plain:
            last = index
            while last + 1 < len(lines) and lines[last + 1].text.startswith(">"):
                last += 1
            add(last, "quote")
        else:
            plain.append(line)
            index += 1
    close()
    return found


def _lines(text: str) -> Iterator[Line]:
    position = 0
    while position < len(text):
        end = text.find("\n", position)
        end = len(text) if end < 0 else end
        raw = text[position:end]
        bare = raw.strip()
        indent = len(raw) - len(raw.lstrip())
        yield Line(position + indent, position + indent + len(bare), bare, indent)
        position = end + 1


def _unit(text: str, first: Line, last: Line, mark: Mark, *, gap: bool, lines: int) -> Unit:
    return Unit(first.start, last.end, text[first.start : last.end], mark, gap, lines)


def _may_start_item(plain: list[Line], found: list[Unit], gap: bool) -> bool:
    """Whether a list item may begin here: not in the middle of a wrapped sentence."""
    if plain:
        return ends_sentence(plain[-1].text) or plain[-1].text.endswith((":", ";"))
    return gap or not found or found[-1].mark != ""


def _item_end(lines: list[Line], index: int) -> int:
    """The last line of the list item that begins at `index`, with its indented or unfinished lines."""
    first = lines[index]
    while index + 1 < len(lines):
        line, following = lines[index], lines[index + 1]
        deeper = following.indent > first.indent and following.text and not _BULLET.match(following.text)
        runs_on = following.text[:1].islower() and not ends_sentence(line.text)
        if not (deeper or runs_on):
            break
        index += 1
    return index


def _is_table(lines: list[Line], index: int) -> bool:
    """Whether the line of headings of a table stands here, over a line of dashes."""
    return (
        index + 1 < len(lines) and "|" in lines[index + 1].text and bool(_TABLE.fullmatch(lines[index + 1].text))
    )


def _table_end(lines: list[Line], index: int) -> int:
    """The last line of the table that begins at `index`."""
    while index + 1 < len(lines) and "|" in lines[index + 1].text:
        index += 1
    return index


def _closing_fence(lines: list[Line], index: int, final: dict[str, int]) -> int:
    """The line that closes the code fence at `index`; `index` itself if none does."""
    mark = lines[index].text[:3]
    if final[mark] <= index:
        return index
    return next(last for last in range(index + 1, len(lines)) if _closes(lines[last].text, mark))


def _closing_comment(lines: list[Line], index: int, final: int) -> int:
    """The line that closes the comment opened at `index`; `index` itself if none does."""
    if final < index:
        return index
    return next(last for last in range(index, len(lines)) if "-->" in lines[last].text)


def _closes(text: str, mark: str) -> bool:
    return text.startswith(mark) and not text.strip(mark[0])


def _last(lines: list[Line], wanted: Callable[[str], bool]) -> int:
    """The index of the last line that is wanted; -1 without one. Looked up once: no search below is in vain."""
    return next((index for index in range(len(lines) - 1, -1, -1) if wanted(lines[index].text)), -1)


def _wrap_width(lines: list[Line]) -> int:
    """The width at which the text is hard-wrapped; 0 if its lines are whole paragraphs."""
    pairs = broken = width = 0
    for line, following in pairwise(lines):
        if not line.text or not following.text:
            continue
        pairs += 1
        if not ends_sentence(line.text) and following.text[:1].islower() and len(line.text) <= _WRAP_AT_MOST:
            broken += 1
            width = max(width, len(line.text))
    return width if broken and broken >= 0.2 * pairs else 0


def _paragraphs(lines: list[Line], width: int, *, markdown: bool) -> Iterator[list[Line]]:
    """Adjacent lines as paragraphs: broken at indents, at short lines, and where a line ends a sentence."""
    if not lines:
        return
    least = min(line.indent for line in lines)
    indented = any(line.indent >= least + 2 for line in lines)
    indented = indented and max(len(line.text) for line in lines) <= _WRAP_AT_MOST
    group = [lines[0]]
    for index in range(1, len(lines)):
        line, following = lines[index - 1], lines[index]
        after = lines[index + 1] if index + 1 < len(lines) else None
        if following.indent >= least + 2:
            breaks = True
        elif not ends_sentence(line.text) and following.text[:1].islower():
            breaks = False
        elif not width and not indented:
            breaks = not (markdown and not ends_sentence(line.text) and len(line.text) > 60)
        elif ends_sentence(line.text):
            breaks = not _full(line, following, width) or _stands_alone(following, after, width, least)
        elif len(group) > 1 and not ends_sentence(group[-2].text):
            breaks = False  # a line in the middle of a sentence is no heading, however short it is
        else:
            breaks = not indented and not _full(line, following, width) and len(line.text) <= _SHORT * width
        if breaks:
            yield group
            group = []
        group.append(following)
    yield group


def _full(line: Line, following: Line, width: int) -> bool:
    """Whether the next line's first word had no room on this one, so that the line break may mean nothing."""
    return len(line.text) + 1 + len(following.text.split(None, 1)[0]) > width


def _stands_alone(line: Line, after: Line | None, width: int, least: int) -> bool:
    """Whether a line after a full one that ends a sentence is a heading, a link or an advert, and not prose."""
    if is_boilerplate(line.text, near_end=after is None):
        return True
    if line.text[-1:] == "." or len(line.text) > _SHORT * max(width, 60):
        return False
    return after is None or after.indent >= least + 2 or not after.text[:1].islower()
