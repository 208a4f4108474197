"""A tree of elements as running text: paragraphs, headings and list items in the order in which they stand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from newsqa.sources.formats.build import same_words
from newsqa.sources.formats.layout import Mark, Unit, terminated
from newsqa.sources.formats.markup import clean

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
            flow.add(paragraph, marks[-1])
        line.clear()
        blank = True

    def say(text: str | None) -> None:
        nonlocal blank
        if text and not silent:
            line.append(text.replace("\n", " "))
            blank = blank and text.isspace()

    for event, element in etree.iterwalk(tree, events=("start", "end", "comment", "pi")):
        tag = element.tag
        if isinstance(tag, str):
            if event == "start":
                silent += tag in _SILENT
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
        if element is not tree:
            say(element.tail)
    flush()
    return flow


def _paragraphs(lines: Sequence[str]) -> list[str]:
    """Lines between breaks as paragraphs; a line that does not end as a sentence goes on in the next one."""
    found: list[str] = []
    for line in lines:
        text = line.strip()
        if found and found[-1] and text and not terminated(found[-1]):
            found[-1] += " " + text
        else:
            found.append(text)
    return found
