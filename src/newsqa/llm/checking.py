"""A model's text held to its passages: verdicts, citations numbered anew, each with the quote that carries it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from newsqa.llm.verification import CheckedSentence, verify
from newsqa.text.citations import marker, parse, renumber, sentences_with_markers, strip
from newsqa.types import Citation, JudgedSentence, Passage

Support = Callable[[str, Passage], float]

_MARKERS = re.compile(r"(?:\[\d{1,4}\])+")
_NO_PASSAGE = re.compile(r"there is no passage \[\d{1,4}\]")


@dataclass(frozen=True, slots=True)
class Checked:
    """A text with its verdicts and citations; `score` (0-1) is the mean of its supported sentences."""

    text: str
    sentences: tuple[JudgedSentence, ...]
    citations: tuple[Citation, ...]
    score: float

    @property
    def supported(self) -> bool:
        """Whether any sentence is carried, wholly or in part."""
        return any(sentence.verdict != "unsupported" for sentence in self.sentences)


def check(text: str, passages: Sequence[Passage], support: Support, *, drop: bool = False) -> Checked:
    """Verify a finished text and number its citations by their quotes, from 1 in order of use.

    Unsupported sentences lose their markers, since nothing carries them; with `drop`, they go altogether.
    """
    return _assemble(text, verify(text, passages, support), passages, drop)


def _assemble(
    text: str, found: Sequence[CheckedSentence], passages: Sequence[Passage], drop: bool, rest: str = ""
) -> Checked:
    """The text written anew with its verdicts; `rest` is what follows unchecked."""
    numbering = _Numbering()
    pieces: list[str] = []
    sentences: list[JudgedSentence] = []
    scores: list[float] = []
    length = position = 0

    def put(piece: str) -> None:
        nonlocal length
        pieces.append(piece)
        length += len(piece)

    for sentence in found:
        between, position = text[position : sentence.start], sentence.end
        kept = sentence.verdict != "unsupported"
        if drop and not kept:
            if "\n" in between and pieces:
                put("\n" * between.count("\n"))
            continue
        if not "".join(pieces).strip():
            between = between.lstrip()
        put(strip(between))
        written = text[sentence.start : sentence.end]
        announces = not sentence.numbers and sentence.text.endswith(":")
        numbers = numbering.of(_keep_carrying(sentence, passages)) if kept and not announces else {}
        written = _put_markers(written, numbers)
        sentences.append(
            JudgedSentence(length, length + len(written), sentence.verdict, _clean_reasons(sentence.reasons))
        )
        put(written)
        if kept:
            scores.append(sentence.score)
    put(rest if not drop else "")
    whole = "".join(pieces)
    if drop:
        whole, sentences = _close_up(whole, sentences)
    score = sum(scores) / len(scores) if scores else 0.0
    return Checked(whole, tuple(sentences), tuple(numbering.citations), score)


@dataclass(slots=True)
class _Numbering:
    """New numbers: one for each quote, in order of use."""

    citations: list[Citation] = field(default_factory=list)

    def of(self, cited: Sequence[Citation]) -> dict[int, int]:
        """The new number of each citation by its passage's number."""
        return {citation.number: self._number(citation) for citation in cited}

    def _number(self, citation: Citation) -> int:
        for known in self.citations:
            same = known.passage.article_id == citation.passage.article_id
            if same and (known.start, known.end) == (citation.start, citation.end):
                return known.number
        self.citations.append(replace(citation, number=len(self.citations) + 1))
        return len(self.citations)


def _put_markers(written: str, numbers: Mapping[int, int]) -> str:
    """A sentence with its new numbers where it had the old ones, else at its end."""
    if any(number in numbers for found in parse(written) for number in found.numbers):
        return renumber(written, numbers)
    return " ".join([strip(written), *filter(None, ["".join(map(marker, numbers.values()))])])


def _keep_carrying(sentence: CheckedSentence, passages: Sequence[Passage]) -> Sequence[Citation]:
    """The citations of a sentence without those that carry nothing where another one alone carries it all."""
    if len(sentence.citations) < 2:
        return sentence.citations
    alone = {
        cited.number: verify(f"{sentence.text} {marker(cited.number)}", passages)[0].verdict
        for cited in sentence.citations
    }
    if "supported" not in alone.values():
        return sentence.citations
    return [cited for cited in sentence.citations if alone[cited.number] != "unsupported"]


def _clean_reasons(reasons: Sequence[str]) -> tuple[str, ...]:
    """The reasons without the numbers that only the model has seen."""
    plain = (_NO_PASSAGE.sub("it cites a passage that does not exist", reason) for reason in reasons)
    return tuple(dict.fromkeys(_MARKERS.sub("the cited passage", reason) for reason in plain))


def _close_up(text: str, sentences: list[JudgedSentence]) -> tuple[str, list[JudgedSentence]]:
    """Text and verdicts without the blanks and empty lines that dropped sentences leave."""
    kept: list[JudgedSentence] = []
    written = ""
    position = 0
    for sentence in sentences:
        gap = text[position : sentence.start]
        bullet = "- " if gap.endswith("- ") else ""
        lines = min(2, gap.count("\n"))
        written += ("\n" * lines or " " * bool(written)) if written else ""
        written += bullet
        start = len(written)
        written += text[sentence.start : sentence.end]
        kept.append(replace(sentence, start=start, end=len(written)))
        position = sentence.end
    return written, kept


@dataclass(slots=True)
class DraftChecker:
    """Verdicts on a text while it grows: each sentence is checked once, as soon as nothing can be added to it."""

    passages: Sequence[Passage]
    support: Support
    drop: bool = False
    _found: list[CheckedSentence] = field(default_factory=list)
    _settled: int = 0
    _text: str = ""

    def update(self, text: str) -> Checked:
        """The text so far, checked up to its last finished sentence; what follows loses its markers."""
        if self._found and not text.startswith(self._text):
            self._found, self._settled, self._text = [], 0, ""
        end = self._find_end(text)
        if end > self._settled:
            fresh = verify(text[self._settled : end], self.passages, self.support)
            self._found += [
                replace(one, start=one.start + self._settled, end=one.end + self._settled) for one in fresh
            ]
            self._settled, self._text = end, text[:end]
        rest = strip(text[self._found[-1].end if self._found else 0 :])
        return _assemble(text, self._found, self.passages, self.drop, rest)

    def _find_end(self, text: str) -> int:
        """Where the last sentence ends whose markers are all there: a cited one that another sentence follows."""
        tail = text[self._settled :]
        sentences = sentences_with_markers(tail)
        for place in range(len(sentences) - 2, -1, -1):
            ends_paragraph = sentences[place].paragraph != sentences[place + 1].paragraph
            if sentences[place].numbers or (ends_paragraph and not sentences[place].text.endswith(":")):
                return self._settled + sentences[place].end
        return self._settled
