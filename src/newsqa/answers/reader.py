"""The bundled extractive reader: where a passage answers a question, and whether it does.

A six-layer MiniLM cross-encoder in int8 through onnxruntime. It reads one window
`[CLS] question [SEP] passage [SEP]` at a time, so a result never depends on what else is read; several windows
are read at once by threads. "Not here" is the score of [CLS].
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, TypeVar

from newsqa.errors import ModelError
from newsqa.models.runtime import Once, check_files, cores, load
from newsqa.text.normal import alike
from newsqa.text.sentences import sentence_spans
from newsqa.text.stems import phrases, plain
from newsqa.text.windows import conversation, cut_ranges, mark_sentence, window
from newsqa.types import AnswerSpan, Marked, Passage, Reading, Span

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

T = TypeVar("T")
R = TypeVar("R")
BUNDLED = Path(__file__).parents[1] / "models" / "reader"
MOST_SPANS = 4
CARRIED = 0.25
"""The logit from which on a word of the earlier turns belongs to a question."""
_QUESTION_TOKENS = 40
_SPAN_TOKENS = 40
_MARKED_TOKENS, _TITLE_TOKENS = 210, 32
_SURROGATE = re.compile("[\ud800-\udfff]")
_NOWHERE = -30.0
"""The score of a passage without a sentence that could be quoted: as sure as a logit gets."""


@dataclass(frozen=True, slots=True)
class _Window:
    """A part of a passage: its number, its token ids, their character offsets and sentences (-1: none)."""

    passage: int
    ids: list[int]
    offsets: npt.NDArray[np.int64]
    sentences: npt.NDArray[np.int64]


class SpanReader:
    """A `Reader` that gives the best spans of each passage, a `Judge` of their sentences, and a `Resolver`."""

    def __init__(self, load: Callable[[], tuple[Any, Any]], max_tokens: int, threads: int):
        self._loaded = Once(load)
        self._max_tokens = max_tokens
        self._threads = threads

    @classmethod
    def open(cls, folder: Path | None = None, threads: int = 0) -> Self:
        """The reader in `folder` (default: the bundled one); `threads` 0 means all cores.

        Raises `ModelError` at once for a folder without a reader, at the first use for one that cannot be loaded.
        """
        folder = folder or BUNDLED
        try:
            config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
            max_tokens = int(config["max_tokens"])
            check_files(folder)
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise _make_damage_error(folder, error) from error
        return cls(lambda: load(folder, _make_damage_error), max_tokens, threads or cores())

    def prepare(self) -> None:
        """Begin to load the model in the background: it will be needed soon."""
        self._loaded.begin()

    def read(self, question: str, passages: Sequence[Passage], before: Sequence[str] = ()) -> list[Reading]:
        """One reading per passage, in the order of `passages`; without a question, nothing answers."""
        asked = self._tokenise_question(question)
        windows = self._windows(passages, before, self._max_tokens - 3 - len(asked)) if asked else []
        windows.sort(key=lambda part: -len(part.ids))  # longest first, so that no thread is left with it
        found: list[list[tuple[float, int, int]]] = [[] for _ in passages]
        for part, spans in zip(windows, self._each(lambda part: self._best(asked, part), windows), strict=True):
            found[part.passage].extend(spans)
        return [self._make_reading(passage, spans) for passage, spans in zip(passages, found, strict=True)]

    def judge(self, question: str, sentences: Sequence[Marked]) -> list[float]:
        """For each sentence the logit that it answers, where the logit of "none of them does" is 0."""
        asked = self._tokenise_question(question)

        def score(sentence: Marked) -> float:
            encoding = self._loaded.value[0].encode(_make_readable(sentence.text), add_special_tokens=False)
            first = sum(end <= sentence.start for _, end in encoding.offsets)
            last = sum(start < sentence.end for start, _ in encoding.offsets)
            lead = self._ids(f"{sentence.title}.")[:_TITLE_TOKENS] if sentence.title else []
            row = mark_sentence(asked, encoding.ids, first, last, _MARKED_TOKENS, lead)
            return float(self._run(["sentence"], *row)[0][0])

        return self._each(score, sentences)

    def find_carried(self, question: str, turns: Sequence[str]) -> list[str]:
        """The words of the earlier turns (oldest first) that belong to the question: phrases, each word once."""
        asked = self._tokenise_question(question)
        encodings = [
            self._loaded.value[0].encode(_make_readable(turn), add_special_tokens=False) for turn in turns
        ]
        ids, types, places = conversation([one.ids for one in encodings], asked, self._max_tokens)
        scores = self._run(["term"], ids, types)[0][0]
        found: list[list[Span]] = [[] for _ in turns]
        for (turn, place), score in zip(places, scores, strict=True):
            if turn >= 0 and score >= CARRIED:
                found[turn].append(Span(*encodings[turn].offsets[place]))
        return phrases(turns, found, question)

    def rank(self, word: str) -> int | None:
        """The place of a word in the vocabulary, which has the most frequent ones first; None if it has it not."""
        place: int | None = self._loaded.value[0].token_to_id(plain(word))
        return place

    def _tokenise_question(self, question: str) -> list[int]:
        return self._ids(plain_question(question))[:_QUESTION_TOKENS]

    def _each(self, work: Callable[[T], R], items: Sequence[T]) -> list[R]:
        """The results of a piece of work on each item, in order; by threads, where there are several."""
        if self._threads > 1 and len(items) > 1:
            with ThreadPoolExecutor(min(self._threads, len(items))) as pool:
                return list(pool.map(work, items))
        return [work(item) for item in items]

    def _run(self, outputs: list[str], ids: list[int], types: list[int]) -> Any:
        import numpy as np

        inputs = {
            "input_ids": np.array([ids], dtype=np.int64),
            "token_type_ids": np.array([types], dtype=np.int64),
        }
        return self._loaded.value[1].run(outputs, inputs)

    def _windows(self, passages: Sequence[Passage], before: Sequence[str], room: int) -> list[_Window]:
        """Passages as windows of whole sentences, at most `room` tokens each, with what fits before the first."""
        import numpy as np

        windows = []
        for number, passage in enumerate(passages):
            if not passage.sentences:
                continue
            encoding = self._loaded.value[0].encode(_make_readable(passage.text), add_special_tokens=False)
            offsets = np.array(encoding.offsets, dtype=np.int64).reshape(-1, 2)
            starts = np.array([span.start for span in passage.sentences], dtype=np.int64) - passage.start
            ends = np.array([span.end for span in passage.sentences], dtype=np.int64) - passage.start
            place = np.searchsorted(starts, offsets[:, 0], "right") - 1
            inside = (place >= 0) & (offsets[:, 1] <= ends[np.maximum(place, 0)]) & (offsets[:, 1] > offsets[:, 0])
            sentences = np.where(inside, place, -1)
            bounds = [0, *(int(first) for first in np.searchsorted(offsets[:, 0], starts[1:])), len(offsets)]
            for first, last in cut_ranges(bounds, room):
                part = slice(first, last)
                lead = []
                if first == 0:
                    lead = self._lead(passage.title, before[number] if before else "", room - last)
                nothing = np.zeros((len(lead), 2), dtype=np.int64)
                windows.append(
                    _Window(
                        number,
                        [*lead, *encoding.ids[part]],
                        np.concatenate([nothing, offsets[part]]),
                        np.concatenate([nothing[:, 0] - 1, sentences[part]]),
                    )
                )
        return windows

    def _lead(self, title: str, before: str, room: int) -> list[int]:
        """The tokens of the title and of the last sentences of what stands before, as far as they fit."""
        name = self._ids(f"{title}.") if title else []
        name = name if len(name) <= room else []
        found: list[int] = []
        for span in reversed(sentence_spans(before)):
            ids = self._ids(span.of(before))
            if len(name) + len(found) + len(ids) > room:
                break
            found = [*ids, *found]
        return [*name, *found]

    def _ids(self, text: str) -> list[int]:
        return list(self._loaded.value[0].encode(_make_readable(text), add_special_tokens=False).ids)

    def _best(self, asked: list[int], part: _Window) -> list[tuple[float, int, int]]:
        """The window's best spans that do not overlap: (score, start, end) in characters of the passage."""
        import numpy as np

        length = len(part.ids)
        begin = len(asked) + 2
        start, end = self._run(["start", "end"], *window(asked, part.ids))
        nowhere = float(start[0, 0]) + float(end[0, 0])
        scores = start[0, begin : begin + length, None] + end[0, None, begin : begin + length] - nowhere
        distance = np.arange(length)[None, :] - np.arange(length)[:, None]
        allowed = (distance >= 0) & (distance < _SPAN_TOKENS)
        allowed &= (part.sentences[:, None] == part.sentences[None, :]) & (part.sentences[:, None] >= 0)
        flat = np.where(allowed, scores, -np.inf).ravel()
        order = np.argsort(-flat, kind="stable")[: 50 * MOST_SPANS]
        chosen: list[tuple[float, int, int]] = []
        taken = np.zeros(length, dtype=bool)
        for index in order:
            first, last = divmod(int(index), length)
            if not np.isfinite(flat[index]) or len(chosen) == MOST_SPANS:
                break
            if not taken[first : last + 1].any():
                taken[first : last + 1] = True
                chosen.append((float(flat[index]), int(part.offsets[first, 0]), int(part.offsets[last, 1])))
        return chosen

    def _make_reading(self, passage: Passage, found: list[tuple[float, int, int]]) -> Reading:
        spans: list[AnswerSpan] = []
        for score, start, end in sorted(found, key=lambda span: (-span[0], span[1], span[2])):
            start, end = _trim(passage.text, start, end)
            whole = Span(passage.start + start, passage.start + end)
            if start < end and all(whole.end <= s.span.start or whole.start >= s.span.end for s in spans):
                spans.append(AnswerSpan(whole, passage.text[start:end], score))
        if not spans:
            return Reading(passage, _NOWHERE, 0.0)
        score = spans[0].score
        return Reading(passage, score, _odds(score), tuple(spans[:MOST_SPANS]))


def _odds(score: float) -> float:
    """The probability (0-1) that the reader itself gives a span of this score against "not here"."""
    return 1.0 / (1.0 + math.exp(-max(-60.0, min(60.0, score))))


def plain_question(question: str) -> str:
    """The question without question marks at its end, white space collapsed, as the model was trained.

    The vocabulary is uncased, so a question typed in lower case without question mark reads the same.
    """
    return _make_readable(" ".join(question.split()).rstrip("? "))


def _make_readable(text: str) -> str:
    """The text in the usual forms of letters, and without lone surrogates, each replaced one for one."""
    return _SURROGATE.sub("\ufffd", alike(text))


def _trim(text: str, start: int, end: int) -> tuple[int, int]:
    """The span without commas, colons and white space at its ends."""
    while start < end and text[start] in " \t\n,;:":
        start += 1
    while start < end and text[end - 1] in " \t\n,;:":
        end -= 1
    return start, end


def _make_damage_error(folder: Path, error: Exception) -> ModelError:
    return ModelError(
        f"The reader in {folder} cannot be loaded ({error}). Install newsqa again, "
        "or set NEWSQA_READER=similarity to answer without it."
    )
