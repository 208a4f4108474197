"""Citations in an answer: markers renumbered and removed, sentences told apart with the numbers each cites.

The grammar of the marker is in `markers.py`; its names are public here. Everything is linear in the text's length.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass

from newsqa.text.calendar import SHORT_MONTHS
from newsqa.text.markers import Marker, marker, normalise, parse

__all__ = [
    "Marker",
    "Sentence",
    "marker",
    "normalise",
    "parse",
    "renumber",
    "sentences_with_markers",
    "strip",
]


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of an answer: its words without markers, the numbers it cites, its place with markers.

    `paragraph` counts the lines of the answer that hold words, so that sentences of one line share it.
    """

    text: str
    numbers: tuple[int, ...]
    start: int
    end: int
    paragraph: int = 0


def _replace(text: str, new: Callable[[int], int | None]) -> str:
    """The text with each number replaced or removed; a marker left empty takes the blanks before it along."""
    pieces: list[str] = []
    position = 0
    group: set[int] = set()  # what the markers directly before have named already
    for found in parse(text):
        if found.start > position:
            pieces.append(text[position : found.start])
            group = set()
        kept = [number for number in dict.fromkeys(map(new, found.numbers)) if number is not None]
        written = "".join(marker(number) for number in kept if number not in group)
        group.update(kept)
        position = found.end
        after = text[position : position + 1]
        if written:
            pieces.append(written)
        elif pieces and after not in ("[", "【"):
            last = pieces[-1]
            pieces[-1] = (
                last.rstrip(" \t") + (" " if last[-1:].isalnum() or last[-1:] == " " else "") * after.isalnum()
            )
    return "".join([*pieces, text[position:]])


def _keep(text: str, numbers: Collection[int]) -> str:
    """The text with only these numbers; removing a marker can join the halves of another, hence the rounds."""
    for _ in range(3):
        text = _replace(text, lambda number: number if number in numbers else None)
        if all(number in numbers for found in parse(text) for number in found.numbers):
            return text
    return text.replace("[", "(").replace("【", "(")  # nested on purpose: nothing in it is a citation


def strip(text: str) -> str:
    """The text without its markers."""
    return _keep(text, ())


def renumber(text: str, mapping: Mapping[int, int]) -> str:
    """The text with each number mapped, in the form `[n]`; a number without a new one is removed."""
    return _replace(_keep(text, mapping.keys()), mapping.get)


_PREFIX = re.compile(r"[ \t]*(?:(?:[-*+•>]|\d{1,3}[.)]|#{1,6})[ \t]+)*")
_END = re.compile(r"[.!?…。！？]+[\"'”’»)\]*_]*(?=[ \t]|\Z|(?<=[。！？]))")
_ABBREVIATION = re.compile(
    r"(?:^|[\s(\"'“‘*_-])(?:(?:[^\W\d_]\.)*[^\W\d_]|Mr|Mrs|Ms|Mx|Dr|Prof|Sen|Rep|Gov|Gen|Lt|Col|Sgt|Capt|Cmdr|Adm|Maj|Rev"
    r"|Hon|St|Jr|Sr|vs|v|etc|cf|approx|ca|al|Inc|Ltd|Co|Corp|No|Nos|Fig|Mt|Ft"
    rf"|{'|'.join(SHORT_MONTHS)})\.\Z"
)


def _boundaries(plain: str) -> Iterator[int]:
    """Where the sentences of one line begin after its first; `plain` has blanks in place of markers."""
    for end in _END.finditer(plain):
        rest = plain[end.end() : end.end() + 2000].lstrip(" \t")
        follows = rest.lstrip("\"'“‘«([*_")[:1]
        closed = end[0] != "." or not _ABBREVIATION.search(plain[max(0, end.start() - 16) : end.end()])
        if follows and not follows.islower() and closed:
            start = end.end()
            while plain[start].isspace():
                start += 1
            yield start


def sentences_with_markers(text: str) -> list[Sentence]:
    """The sentences of an answer in Markdown; a marker belongs to the sentence that it stands in or behind.

    One that opens a line belongs to the sentence it opens. List bullets and heading signs are left out.
    """
    markers = parse(text)
    sentences: list[Sentence] = []
    offset = paragraph = upcoming = 0
    for line in text.splitlines(keepends=True):
        inside = []
        while upcoming < len(markers) and markers[upcoming].start < offset + len(line):
            inside.append(markers[upcoming])
            upcoming += 1
        plain, position = "", 0
        for found in inside:
            start, end = found.start - offset, found.end - offset
            plain, position = plain + line[position:start] + " " * (end - start), end
        plain = (plain + line[position:]).rstrip()
        first = _PREFIX.match(line)
        begin = first.end() if first else 0
        starts = [begin, *(start for start in _boundaries(plain) if start > begin), len(line.rstrip())]
        used = 0
        for start, stop in itertools.pairwise(starts):
            numbers: dict[int, None] = {}
            while used < len(inside) and inside[used].start - offset < stop:
                numbers.update(dict.fromkeys(inside[used].numbers))
                used += 1
            words = line[start:stop]
            if any(character.isalnum() for character in plain[start:stop]):
                end = start + len(words.rstrip())
                clean = (strip(words) if numbers else words).strip()
                sentences.append(Sentence(clean, tuple(numbers), offset + start, offset + end, paragraph))
            elif numbers and sentences:  # a line of markers alone cites what stands above it
                last = sentences[-1]
                both = tuple(dict.fromkeys([*last.numbers, *numbers]))
                sentences[-1] = Sentence(last.text, both, last.start, last.end, last.paragraph)
        paragraph += bool(plain.strip())
        offset += len(line)
    return sentences
