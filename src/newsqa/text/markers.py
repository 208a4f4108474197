"""The grammar of the citation marker `[1]`: every form that language models write.

Everything here is linear in the length of the text: a marker is at most 24 characters inside its brackets
(`MAX_BODY`) and a link target at most 500 (`MAX_LINK`), and nothing is looked at twice beyond that.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

MAX_BODY = 24
MAX_LINK = 500
MAX_RANGE = 20

_WORD = r"(?:(?:source|passage|document|doc|article|citation|ref)s?\.?\s?|\^|#)?"
_ITEM = rf"{_WORD}\d{{1,4}}(?:\s?[-–—:]\s?{_WORD}\d{{1,4}})?"
_BODY = rf"{_ITEM}(?:(?:\s?[,;&]\s?|\sand\s|\s){_ITEM})*(?:†[^\[\]【】\n]*)?"
_CHAR = r"[\w ^#,;:&.†–—-]"
_BOUND = rf"(?={_CHAR}{{1,{MAX_BODY}}}[\]】])"  # looked at first, so that the body cannot run on
_MARKER = re.compile(rf"\[\[{_BOUND}({_BODY})\]\]|\[{_BOUND}({_BODY})\]|【{_BOUND}({_BODY})】", re.IGNORECASE)
_LINK = re.compile(rf"\([^\s()]{{0,{MAX_LINK}}}\)")
_TOKEN = re.compile(r"`+|~+|\n|[\[【]|[ \t]+|[^`~\n\[【 \t]+")
_RANGE = re.compile(r"(\d+)(?:\s?([-–—:])\s?[^\d\s,;&]*\s?(\d+))?")


@dataclass(frozen=True, slots=True)
class Marker:
    """A marker in a text: the numbers it names, in order and each once, and its place, link included."""

    numbers: tuple[int, ...]
    start: int
    end: int


def marker(number: int) -> str:
    """The marker of a citation as newsqa writes it."""
    return f"[{number}]"


def _numbers(body: str) -> tuple[int, ...]:
    """The numbers in a marker's body; `1-3` is 1, 2, 3, and `4:0` (message and part) is 4."""
    found: dict[int, None] = {}
    for match in _RANGE.finditer(body.partition("†")[0]):
        first, last = int(match[1]), int(match[3] or match[1])
        if match[2] == ":":
            last = first
        step = range(first, last + 1) if 0 <= last - first < MAX_RANGE else (first, last)
        found.update(dict.fromkeys(step))
    return tuple(found)


class _Scanner:
    """Walks over text and knows where it is code, which holds no markers."""

    def __init__(self) -> None:
        self._fence = ""
        self._inline = 0
        self._run = ""
        self._line_start = True
        self._run_at_start = False

    def _end_run(self) -> None:
        """Let a finished run of backticks or tildes open or close code."""
        run, self._run = self._run, ""
        if not run:
            return
        if self._run_at_start and len(run) >= 3 and not self._inline:
            if not self._fence:
                self._fence = run
            elif run[0] == self._fence[0] and len(run) >= len(self._fence):
                self._fence = ""
        elif run[0] == "`" and not self._fence:
            if not self._inline:
                self._inline = len(run)
            elif self._inline == len(run):
                self._inline = 0

    def scan(self, text: str) -> Iterator[tuple[int, int, tuple[int, ...]]]:
        """Yield `(start, end, numbers)` in order, no numbers for text."""
        position = 0
        while position < len(text):
            match = _TOKEN.match(text, position)
            assert match is not None  # noqa: S101 -- the alternatives of _TOKEN cover every character
            piece, end = match[0], match.end()
            if piece[0] in "`~":
                if self._run and self._run[0] != piece[0]:
                    self._end_run()
                if not self._run:
                    self._run_at_start, self._line_start = self._line_start, False
                self._run = (self._run + piece)[:1000]
            else:
                self._end_run()
                if piece == "\n":
                    self._line_start, self._inline = True, 0
                elif piece[0] not in " \t":
                    self._line_start = False
            if piece in "[【" and not self._fence and not self._inline:
                found = _MARKER.match(text, position)
                if found is not None:
                    end = found.end()
                    link = _LINK.match(text, end)
                    if link is not None:
                        end = link.end()
                    yield position, end, _numbers(found[1] or found[2] or found[3])
                    position = end
                    continue
            yield position, end, ()
            position = end


def parse(text: str) -> list[Marker]:
    """Every marker outside code, in order, whatever its form; whether its numbers exist is for the caller."""
    return [Marker(numbers, start, end) for start, end, numbers in _Scanner().scan(text) if numbers]


def normalise(text: str) -> str:
    """The text with every marker as `[n]`, `[1, 2]` as `[1][2]`, link targets gone."""
    found = _Scanner().scan(text)
    return "".join("".join(map(marker, numbers)) if numbers else text[start:end] for start, end, numbers in found)
