"""A page of a PDF as boxes of lines, in reading order: as its program drew them, columns one after the other."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import takewhile
from typing import Any

from newsqa.sources.formats.layout import ends_sentence
from newsqa.sources.formats.pdflines import DrawnLine, lines_of

LARGER = 1.15
"""Letters that are so many times as large are those of another line than the text's."""

_PITCH = 1.3
"""A line that is so many times as far below another as lines are is that of another paragraph."""
_INDENT = 0.6
_APART = 2.5
"""Lines of so many letters' heights above or below tell whether a gap is one between columns."""
_BASELINE = 0.35
_SPACE, _WIDE = 0.8, 2.0
"""A gap of more of a letter's height is wider than a space, or than one that makes lines of one length."""
_NEAR, _OPEN = 6, 40
"""So many of the latest boxes may go on."""
_MOST = 300
"""Where more pieces stand near, they are those of a drawing or of something made to take long."""
CELL, COLUMNS = 40, 20
"""Most characters of a cell of a table, and most of its columns."""


@dataclass(frozen=True, slots=True)
class Box:
    """Lines that stand together on a page, the size of their letters, and the height at which each stands."""

    lines: tuple[str, ...]
    size: float
    heights: tuple[float, ...]


def boxes_of(page: Any) -> list[Box]:
    """The boxes of a page of pdfminer's, in reading order."""
    return [
        Box(tuple(line.text for line in box), box[0].size, tuple(round(line.foot, 1) for line in box))
        for box in _group(lines_of(page))
    ]


def _join_pieces(row: Sequence[DrawnLine], near: Sequence[DrawnLine]) -> Iterator[DrawnLine]:
    """The pieces of a row, those together that only wide spaces part, and not those of columns."""
    before = row[0]
    for line in row[1:]:
        if _goes_on(before, line, near):
            before = replace(before, text=f"{before.text} {line.text}", right=line.right)
        else:
            yield before
            before = line
    yield before


def _goes_on(line: DrawnLine, further: DrawnLine, near: Sequence[DrawnLine]) -> bool:
    """Whether two pieces on one height are one line: words of the lines above and below run past the gap's end."""
    if _differ(line, further):
        return False
    alike = [other for other in near if not _differ(other, line)]
    around = []
    for sign in (1, -1):
        steps = [sign * (other.foot - line.foot) for other in alike]
        least = min((step for step in steps if line.size / 2 < step < _APART * line.size), default=None)
        if least is not None:
            nearest = (
                other for other, step in zip(alike, steps, strict=True) if abs(step - least) < line.size / 2
            )
            around.append(any(one.left < further.left - 1 and one.right > further.left + 1 for one in nearest))
    wide = further.left - line.right > _WIDE * line.size
    return bool(around) and (all if wide else any)(around)


def _level(one: DrawnLine, other: DrawnLine) -> bool:
    """Whether two lines stand at one height."""
    return abs(one.foot - other.foot) < _BASELINE * one.size


def _differ(one: DrawnLine, other: DrawnLine) -> bool:
    """Whether the letters of two lines are of different sizes."""
    return max(one.size, other.size) > LARGER * min(one.size, other.size)


def _group(lines: Sequence[DrawnLine]) -> list[list[DrawnLine]]:
    """The lines by paragraphs, columns, and columns of tables, each where its first line was written."""
    steps = [step for place, line in enumerate(lines) for step in _step(line, lines[place + 1 : place + _NEAR])]
    pitch = statistics.median(steps) if steps else LARGER
    boxes: list[list[DrawnLine]] = []
    rows = _rows(lines)
    across: list[DrawnLine] = []
    since = begin = place = 0
    while place < len(rows):
        table = _table(rows, place)
        near = [line for row in rows[max(0, place - _NEAR) : place + _NEAR] for line in row]
        row = [] if table else rows[place]
        if len(row) > 1 and len(near) < _MOST:
            row = list(_join_pieces(row, near))
        if across and (table or any(_crosses(line, across) for line in row)):
            boxes[begin:] = _by_columns(boxes[begin:], across)
            across = []
        if not across and len(row) > 1:
            across, begin = row[:COLUMNS], len(boxes)
        if table:
            boxes += [list(column) for column in zip(*table, strict=True)]
            since = len(boxes)
        for line in row:
            box = next(
                (box for box in reversed(boxes[max(since, len(boxes) - _OPEN) :]) if _is_next(line, box, pitch)),
                None,
            )
            if box is None:
                boxes.append([line])
            else:
                box.append(line)
        place += len(table) or 1
    return [*boxes[:begin], *_by_columns(boxes[begin:], across)] if across else boxes


def _crosses(line: DrawnLine, across: Sequence[DrawnLine]) -> bool:
    """Whether a line runs over the gaps of a row of columns."""
    return any(line.left < column.left - line.size and line.right > column.left for column in across[1:])


def _by_columns(boxes: Sequence[list[DrawnLine]], across: Sequence[DrawnLine]) -> list[list[DrawnLine]]:
    """Boxes that were drawn across the page, those of each column together."""
    return sorted(boxes, key=lambda box: sum(column.left - box[0].size < box[0].left for column in across))


def _step(line: DrawnLine, further: Sequence[DrawnLine]) -> list[float]:
    """How many letters' heights the next line of its column is below a line; empty if there is none."""
    below = [
        one for one in further if _overlap(one, line) and line.size / 2 < line.foot - one.foot < _APART * line.size
    ]
    return [(line.foot - one.foot) / line.size for one in below[:1] if not _differ(one, line)]


def _overlap(one: DrawnLine, other: DrawnLine) -> bool:
    """Whether one line would stand below the other."""
    return min(one.right, other.right) > max(one.left, other.left)


def _rows(lines: Sequence[DrawnLine]) -> list[list[DrawnLine]]:
    """The lines in groups of those that were written one after the other at one height, from left to right."""
    rows: list[list[DrawnLine]] = []
    for line in lines:
        last = rows[-1][-1] if rows else line
        gap = line.left - last.right
        if not rows or gap < 0 or not _level(last, line):
            rows.append([line])
        elif gap < _SPACE * line.size and not _differ(last, line):
            rows[-1][-1] = replace(last, text=f"{last.text} {line.text}", right=line.right)
        else:
            rows[-1].append(line)
    return rows


def _table(rows: Sequence[list[DrawnLine]], place: int) -> list[list[DrawnLine]]:
    """The rows from a place on that are those of one table: short cells, as many in each, with figures."""
    cells = len(rows[place])
    if not 1 < cells <= COLUMNS:
        return []

    def goes_on(row: Sequence[DrawnLine]) -> bool:
        return len(row) == cells and all(len(line.text) <= CELL for line in row)

    table = list(takewhile(goes_on, (rows[further] for further in range(place, len(rows)))))
    return table if len(table) > 1 and has_figures([line.text for line in row] for row in table) else []


def has_figures(rows: Iterable[Sequence[str]]) -> bool:
    """Whether all rows of a table, but for its headings, have figures beside their names."""
    told = [any(any(one.isdigit() for one in cell) for cell in row[1:]) for row in rows]
    return sum(told) >= len(told) - 1


def _is_next(line: DrawnLine, box: Sequence[DrawnLine], pitch: float) -> bool:
    """Whether a line goes on where a box ends: below it, as large, as near as lines are, and not indented."""
    last = box[-1]
    step = last.foot - line.foot
    usual = (box[0].foot - last.foot) / (len(box) - 1) if len(box) > 1 else pitch * last.size
    if not line.size / 2 < step < _PITCH * usual or not _overlap(line, last) or _differ(line, last):
        return False
    return not ends_sentence(last.text) or line.left <= min(one.left for one in box) + _INDENT * line.size
