"""Markdown rendered to the text that a reader of it sees, unit by unit."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

from newsqa.sources.formats.layout import Mark, Unit
from newsqa.sources.formats.tables import rows_as_text

LONGEST, MOST_MARKS = 20_000, 400
"""A paragraph of more characters, or of more characters that may be marks, is left as it is."""

_STRONG = frozenset("strong b em i".split())
_STRUCK = frozenset("del s strike script style".split())
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)")
_DEFINED = re.compile(r"\[([^\]\n]{1,80})\]:[ \t]+(\S+)")
_FOOTNOTE = re.compile(r"\[\^[^\]\s]{1,40}\](?::[ \t]*)?")
_HEADING = re.compile(r"#{1,6}[ \t]+|[ \t]+#+[ \t]*\Z|\n[ \t]*(?:=+|-+)[ \t]*\Z")
_QUOTE = re.compile(r"(?m)^[ \t]*(?:>[ \t]?)+")
_CELL = re.compile(r"(?<!\\)\|")
_MARKED = re.compile(r"[\\`*_~\[<&!]")


def render(found: Sequence[Unit]) -> tuple[str, list[Unit]]:
    """The text of a Markdown article, and its units in it: without marks, addresses, images and what is struck.

    A paragraph that is bold or italic as a whole has the mark `strong`.
    """
    environment = {"references": _references(found)}
    parts: list[str] = []
    units: list[Unit] = []
    length = 0
    for unit, text, mark in _render_units(found, environment):
        gap = ("\n\n" if unit.gap or unit.mark == "table" else "\n") if parts else ""
        start = length + len(gap)
        length = start + len(text)
        parts += [gap, text]
        units.append(Unit(start, length, text, mark, unit.gap, text.count("\n") + 1))
    return "".join(parts), units


def inline(text: str, environment: dict[str, Any] | None = None) -> tuple[str, bool]:
    """A paragraph's text as it is read, and whether it is bold or italic as a whole."""
    if not _MARKED.search(text) or len(text) > LONGEST or len(_MARKED.findall(text)) > MOST_MARKS:
        return text, False
    (line,) = _parser().parseInline(text, environment if environment is not None else {})
    parts: list[str] = []
    strong = struck = 0
    plain = False
    for token in line.children or ():
        kind, _, end = token.type.rpartition("_")
        tag = _TAG.match(token.content) if token.type == "html_inline" else None
        name = tag[2].lower() if tag else kind
        turn = (-1 if tag[1] else 1) if tag else token.nesting
        if name in _STRONG:
            strong = max(0, strong + turn)
        elif name in _STRUCK:
            struck = max(0, struck + turn)
        elif struck:
            continue
        elif end == "break" or token.type.endswith("break") or name == "br":
            parts.append("\n")
        elif token.type in ("text", "text_special", "code_inline"):
            words = _FOOTNOTE.sub("", token.content) if token.type == "text" else token.content
            plain |= not strong and any(one.isalnum() for one in words)
            parts.append(words)
    return re.sub(r"(?<=\S)[ \t]{2,}(?=\S)", " ", "".join(parts)).strip(), not plain


@cache
def _parser() -> Any:
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark").enable("strikethrough")


def _references(found: Sequence[Unit]) -> dict[str, dict[str, str]]:
    """The addresses that links are given by name, as the parser wants them."""
    defined = (_DEFINED.match(unit.text) for unit in found if unit.mark == "image")
    return {
        " ".join(one[1].split()).lower().upper(): {"href": one[2], "title": ""}
        for one in defined
        if one is not None
    }


def _render_units(found: Sequence[Unit], environment: dict[str, Any]) -> Iterator[tuple[Unit, str, Mark]]:
    caption = ""
    for unit in found:
        if unit.mark == "image" or unit.text.startswith("<!--"):
            continue
        if unit.mark == "table":
            rows = [[inline(cell, environment)[0] for cell in cells(line)] for line in unit.text.split("\n")]
            for row in rows_as_text([rows[0], *rows[2:]], caption, headed=True):
                yield unit, row, "bullet"
            continue
        text, strong = _bare(unit), False
        if unit.mark not in ("code", "rule"):
            text, strong = inline(text, environment)
        caption = text if len(text) <= 120 and text[-1:] not in (".", "!", "?") else ""
        if text:
            yield unit, text, "strong" if strong and unit.mark == "" else unit.mark


def cells(line: str) -> list[str]:
    """The cells of a line of a table."""
    return [cell.strip().replace("\\|", "|") for cell in _CELL.split(line.strip().strip("|"))]


def _bare(unit: Unit) -> str:
    """A unit's text without the marks of its block."""
    if unit.mark == "heading":
        return _HEADING.sub("", unit.text)
    return _QUOTE.sub("", unit.text) if unit.mark == "quote" or unit.text.startswith(">") else unit.text
