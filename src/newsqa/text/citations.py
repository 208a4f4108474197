"""Citations in an answer: markers such as `[1]` in every form that models write, and the sentences they stand in.

Everything is linear in the text's length: a marker is at most 24 characters inside its brackets (`MAX_BODY`) and a
link target at most 500 (`MAX_LINK`), and nothing is looked at twice beyond that.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass

from newsqa.text.numbers import SHORT_MONTHS

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


_BARE = re.compile(r"[\[【](\d{1,4})[\]】]")
_ROUND = str.maketrans("[]【】", "()()")


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


def as_text(quote: str) -> str:
    """A quote in which the article's own `[2]` is `(2)`, and so never a citation; as long as before."""
    quote = _BARE.sub(r"(\1)", quote)
    while own := parse(quote):
        for found in own:
            inside = quote[found.start : found.end].translate(_ROUND)
            quote = f"{quote[: found.start]}{inside}{quote[found.end :]}"
    return quote


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
