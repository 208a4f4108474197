"""A tree of elements as running text: paragraphs, headings and list items in the order in which they stand."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import islice
from typing import Any

from newsqa.sources.formats.build import same_words
from newsqa.sources.formats.layout import Mark, Unit, ends_sentence
from newsqa.sources.formats.markup import clean
from newsqa.sources.formats.tables import LONGEST_CELL, rows_as_text

_MARKS: dict[str, Mark] = {
    **dict.fromkeys(("head", "h1", "h2", "h3", "h4", "h5", "h6"), "heading"),
    **dict.fromkeys(("item", "li", "row", "tr", "dd", "dt"), "bullet"),
    **dict.fromkeys(("quote", "blockquote"), "quote"),
}
_BLOCKS = frozenset(_MARKS) | frozenset(
    "p div section article main body table tbody thead ul ol dl list figure header footer aside pre code doc "
    "address center".split()
)
_CELLS = frozenset(("cell", "td", "th"))
_ROWS = frozenset(("row", "tr"))
_STRONG = frozenset(("strong", "b", "em", "i"))
_OPEN, _CLOSE = "\ufdd0", "\ufdd1"
"""Marks of bold and italic in a line that is being collected; no text has these characters, see `clean`."""
_BREAKS = frozenset(("br", "lb", "hr"))
_SILENT = frozenset(
    "script style noscript template svg iframe form button select graphic nav figcaption head_ title meta link "
    "object embed video audio canvas math textarea input".split()
)
_BEFORE_TITLE = 20
_SHORT = 100
"""So many units, of so many characters each, may stand before the title and are not of the report."""


class Flow:
    """Collects pieces of text as units, with a blank line between them."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._units: list[Unit] = []
        self._length = 0

    def add(self, text: str, mark: Mark = "") -> None:
        """One more paragraph, heading or list item; white space is folded, nothing is added for none."""
        text = " ".join(clean(text).split())
        if not text:
            return
        start = self._length + (2 if self._parts else 0)
        self._parts.append(text)
        self._length = start + len(text)
        self._units.append(Unit(start, self._length, text, mark, gap=True, lines=1))

    def finish(self, title: str = "") -> tuple[str, list[Unit]]:
        """The text and its units, without one that repeats the title and the short ones before it."""
        first = 0
        for number, unit in enumerate(self._units[:_BEFORE_TITLE] if title else ()):
            if same_words(unit.text, title):
                first = number + 1
            elif len(unit.text) > _SHORT:
                break
        first = 0 if first == len(self._units) else first
        rest = Flow()
        for unit in self._units[first:]:
            rest.add(unit.text, unit.mark)
        return "\n\n".join(rest._parts), rest._units

    def __len__(self) -> int:
        return len(self._units)


def flow_of(tree: Any) -> Flow:
    """The text of an lxml element, HTML or trafilatura's own; scripts, forms and the like are left out."""
    from lxml import etree

    flow = Flow()
    marks: list[Mark] = [""]
    line: list[str] = []
    silent, blank = 0, True

    def flush() -> None:
        nonlocal blank
        for paragraph in _paragraphs("".join(line).split("\n")):
            flow.add(paragraph, marks[-1] or ("strong" if _is_strong(paragraph) else ""))
        line.clear()
        blank = True

    def say(text: str | None) -> None:
        nonlocal blank
        if text and not silent:
            line.append(text.replace("\n", " "))
            blank = blank and text.isspace()

    walk = etree.iterwalk(tree, events=("start", "end", "comment", "pi"))
    for event, element in walk:
        tag = element.tag
        if isinstance(tag, str):
            if event == "start":
                rows = _table(element) if tag == "table" and not silent else []
                if rows:
                    flush()
                    for row in rows:
                        flow.add(row, "bullet")
                    marks.append("")
                    walk.skip_subtree()
                    continue
                silent += tag in _SILENT
                if tag in _STRONG or element.get("rend") in ("#b", "#i"):
                    line.append(_OPEN)
                if tag in _BLOCKS:
                    flush()
                    marks.append(_MARKS.get(tag, ""))
                elif tag in _CELLS and not blank:
                    line.append(" | ")
                elif tag in _BREAKS:
                    line.append("\n")
                say(element.text)
                continue
            if tag in _BLOCKS:
                flush()
                marks.pop()
            silent -= tag in _SILENT
            if tag in _STRONG or element.get("rend") in ("#b", "#i"):
                line.append(_CLOSE)
        if element is not tree:
            say(element.tail)
    flush()
    return flow


def _is_strong(paragraph: str) -> bool:
    """Whether all words of a paragraph are bold or italic."""
    rest = re.sub(f"{_OPEN}[^{_OPEN}{_CLOSE}]*{_CLOSE}", "", paragraph)
    return rest != paragraph and not any(one.isalnum() for one in rest)


def _table(element: Any) -> list[str]:
    """The rows of a table of figures as text; none, for one that only puts text side by side."""
    if len(list(islice(element.iter("table"), 2))) > 1:
        return []
    rows = [row for row in element.iter(*_ROWS) if next(row.iter(*_CELLS), None) is not None]
    texts = [["".join(cell.itertext()) for cell in row if cell.tag in _CELLS] for row in rows]
    if len(rows) < 2 or max(map(len, texts)) < 2 or any(len(cell) > LONGEST_CELL for row in texts for cell in row):
        return []
    caption = next(("".join(one.itertext()) for one in element.iter("caption")), "")
    heads = [one.tag == "th" or one.get("role") == "head" for row in rows for one in row if one.tag in _CELLS]
    return rows_as_text(texts, " ".join(caption.split()), headed=any(heads) and any(map(str.strip, texts[0])))


def _paragraphs(lines: Sequence[str]) -> list[str]:
    """Lines between breaks as paragraphs; a line that does not end as a sentence goes on in the next one."""
    found: list[str] = []
    for line in lines:
        text = line.strip()
        if text and not text.strip(f"{_OPEN}{_CLOSE} "):
            text = ""
        if found and found[-1] and text and not ends_sentence(found[-1].rstrip(_CLOSE)):
            found[-1] += " " + text
        else:
            found.append(text)
    return found
