"""Rows of tables as text that can be read and searched alone: with caption and headings."""

from __future__ import annotations

import re
from collections.abc import Sequence

_FIGURE = re.compile(r"[^\w]*\d[\d.,\s]*(?:[^\w\s]|[A-Za-z]{1,3})?\Z|[-–—−]\Z|n/?a\Z", re.IGNORECASE)
_YEAR = re.compile(r"(?:19|20)\d\d\Z")
LONGEST_CELL = 120
"""A table with a longer cell is not one of figures but holds text side by side."""


def rows_as_text(rows: Sequence[Sequence[str]], caption: str = "", *, headed: bool = False) -> list[str]:
    """A line for each row: `Caption: Oats, 2023: 11,050; 2024: 9,200.`, or its cells if there are no headings.

    `headed` says that the first full row holds headings; without it, it does if only the others hold figures. A
    row with its first cell alone is the caption of those below it.
    """
    heads: Sequence[str] | None = None
    found: list[str] = []
    kept = [[" ".join(cell.split()) for cell in row] for row in rows]
    kept = [row for row in kept if any(row)]
    full = [row for row in kept if any(row[1:])]
    for row in kept if full else ():
        if not any(row[1:]):
            caption = row[0]
        elif heads is None:
            heads = row if headed or _is_heading(row, full[1:]) else ()
            if not heads:
                found.append(_line(row, (), caption))
        else:
            found.append(_line(row, heads or (), caption))
    return found or [" | ".join(filter(None, row)) for row in kept]


def _is_heading(row: Sequence[str], others: Sequence[Sequence[str]]) -> bool:
    """Whether a row names what the others hold."""
    if not any(_FIGURE.match(cell) for other in others for cell in other[1:]):
        return bool(others) and not row[0]
    return may_head(row)


def may_head(row: Sequence[str]) -> bool:
    """Whether a row has no figures but years, so that it may say what the others hold."""
    return all(_YEAR.match(cell) or not _FIGURE.match(cell) for cell in row if cell)


def _line(row: Sequence[str], heads: Sequence[str], caption: str) -> str:
    if not heads:
        parts = list(filter(None, row))
        text = f"{parts[0]}: {parts[1]}" if len(parts) == 2 else " | ".join(parts)
        return f"{caption.rstrip(':.')}: {text}" if caption else text
    label = row[0]
    if label and heads[0] and _FIGURE.match(label):
        label = f"{heads[0]} {label}"
    cells = [
        f"{heads[place]}: {cell}" if place < len(heads) and heads[place] else cell
        for place, cell in enumerate(row[1:], 1)
        if cell
    ]
    told = ", ".join(filter(None, [label, "; ".join(cells)]))
    return f"{caption.rstrip(':.')}: {told}." if caption else f"{told}."
