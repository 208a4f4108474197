"""The rows of a table, which articles hold as sentences (`Oats, 2023: 11,050; 2024: 9,200.`), found again."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from newsqa.types import Block, Span

_FIRST = re.compile(r"(.{1,300}), ([^,:]{1,120}): (.{1,120})")
_OTHER = re.compile(r"([^:]{1,120}): (.{1,120})")
_LEAST_CELLS = 3


@dataclass(frozen=True, slots=True)
class Row:
    """A row: where it stands, its label and its cells by their headings, each as a span of the article's text."""

    span: Span
    label: Span
    cells: dict[str, Span]


@dataclass(frozen=True, slots=True)
class Rows:
    """The consecutive rows of one table, and its headings in order."""

    heads: tuple[str, ...]
    rows: tuple[Row, ...]


def rows_at(text: str, blocks: Sequence[Block], index: int) -> Rows | None:
    """The table whose first row is the block at `index`; None if none begins there.

    That they are rows is known by their headings: those of one are among those of the others.
    """
    found: list[Row] = []
    heads: dict[str, None] = {}
    for block in blocks[index:]:
        row = _parse(text, block.span) if block.kind == "paragraph" else None
        if row is None or (found and not (heads.keys() <= row.cells.keys() or row.cells.keys() <= heads.keys())):
            break
        found.append(row)
        heads |= dict.fromkeys(row.cells)
    cells = sum(len(row.cells) for row in found)
    return Rows(tuple(heads), tuple(found)) if len(found) > 1 and cells >= _LEAST_CELLS else None


def _parse(text: str, span: Span) -> Row | None:
    """The row that a sentence is; None if it is none."""
    if text[span.end - 1 : span.end] != "." or len(span) > 5_000:
        return None
    label = ""
    cells: dict[str, Span] = {}
    end = span.start - 2
    for part in text[span.start : span.end - 1].split("; "):
        match = (_OTHER if cells else _FIRST).fullmatch(part)
        if match is None:
            return None
        *before, head, cell = match.groups()
        if head in cells:
            return None
        label, end = label or before[0], end + 2 + len(part)
        cells[head] = Span(end - len(cell), end)
    return Row(span, Span(span.start, span.start + len(label)), cells)
