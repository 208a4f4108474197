"""Reads many questions in two looks, with a torch checkpoint or an exported model: for lists and for figures.

The same windows and marks as newsqa's reader. First look: the best span of each sentence of the windows. Second
look: the logit of each of the best sentences, marked in its surroundings.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from newsqa.text.windows import window
from training.reader import precision
from training.reader_batches import pad
from training.reader_data import Context
from training.reader_lists import AFTER, BEFORE, Candidate, mark
from training.teacher_model import load_model

SPAN_TOKENS = 40
Row = tuple[list[int], list[int]]
"""Token ids and token types."""
Forward = Callable[[Sequence[Row]], list[np.ndarray]]
"""Logits (length, outputs) of each row."""


@dataclass(frozen=True, slots=True)
class Part:
    """The tokens [first, last) of a context, to be read in one window; `own`: of the text that was asked about."""

    context: Context
    first: int
    last: int
    own: bool = True


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence [begin, end) of a context with its best span, first to last token, and the span's score."""

    context: Context
    begin: int
    end: int
    span: tuple[int, int]
    score: float
    own: bool

    def candidate(self, right: bool = False) -> Candidate:
        """The sentence with what stands around it, for the second look."""
        first, last = max(0, self.begin - BEFORE), min(len(self.context.ids), self.end + AFTER)
        ids = self.context.ids[first:last].astype(np.int32)
        lead = tuple(self.context.lead) if self.context.titled else ()
        return Candidate(ids, self.begin - first, self.end - first, self.score, right, lead)

    @property
    def answer(self) -> str:
        """The words of the best span."""
        return self.context.words(self.span[0], self.span[1] + 1)


def torch_forward(path: Path) -> Forward:
    """A reader's or teacher's checkpoint in the device's best precision, rows of like length in a batch."""
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    tokens = 60000 if device.type == "cuda" else 6000
    model = load_model(path).to(device, precision(device)).eval()

    @torch.inference_mode()
    def forward(rows: Sequence[Row]) -> list[np.ndarray]:
        order = sorted(range(len(rows)), key=lambda place: len(rows[place][0]))
        found: list[np.ndarray] = [np.empty(0)] * len(rows)
        while order:
            count = max(1, tokens // len(rows[order[-1]][0]))
            places, order = order[-count:], order[:-count]
            inputs = (given.to(device) for given in pad([rows[place] for place in places]))
            logits = model(*inputs).float().cpu().numpy()
            for place, row in zip(places, logits, strict=True):
                found[place] = row[: len(rows[place][0])]
        return found

    return forward


def onnx_forward(folder: Path) -> Forward:
    """An exported model, one row at a time, as newsqa reads."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(str(folder / "model.onnx"), options)

    def read(row: Row) -> np.ndarray:
        ids, types = (np.array([values], dtype=np.int64) for values in row)
        feed: dict[str, Any] = {"input_ids": ids, "token_type_ids": types}
        start, end, sentence = session.run(["start", "end", "sentence"], feed)
        return np.stack([start[0], end[0], np.full_like(end[0], sentence[0])], -1)

    return lambda rows: [read(row) for row in rows]


def first_look(forward: Forward, asked: Sequence[tuple[list[int], Sequence[Part]]]) -> list[list[Sentence]]:
    """The sentences of each question's parts, each with its best span, best first."""
    rows: list[Row] = []
    owners: list[tuple[int, Part]] = []
    for number, (question, parts) in enumerate(asked):
        for part in parts:
            body = part.context.ids[part.first : part.last].tolist()
            rows.append(window(question, body))
            owners.append((number, part))
    found: list[dict[tuple[int, int], Sentence]] = [{} for _ in asked]
    for (number, part), logits in zip(owners, forward(rows), strict=True):
        for sentence in _sentences(part, logits, len(asked[number][0]) + 2):
            key = (id(part.context), sentence.begin)
            before = found[number].get(key)
            if before is None or sentence.score > before.score:
                found[number][key] = sentence
    return [sorted(one.values(), key=lambda sentence: -sentence.score) for one in found]


def _sentences(part: Part, logits: np.ndarray, begin: int) -> list[Sentence]:
    start, end = logits[begin : begin + part.last - part.first, :2].T
    nowhere = float(logits[0, 0] + logits[0, 1])
    result = []
    for first, last in _bounds(part):
        inside = slice(first - part.first, last - part.first)
        scores = start[inside, None] + end[None, inside]
        distance = np.arange(last - first)[None] - np.arange(last - first)[:, None]
        scores = np.where((distance >= 0) & (distance < SPAN_TOKENS), scores, -np.inf)
        a, z = divmod(int(scores.argmax()), last - first)
        score = float(scores[a, z]) - nowhere
        result.append(Sentence(part.context, first, last, (first + a, first + z), score, part.own))
    return result


def _bounds(part: Part) -> list[tuple[int, int]]:
    """The sentences of a part, those at its ends as far as they reach into it."""
    inside = (bound for bound in part.context.sentences if part.first < bound < part.last)
    return list(itertools.pairwise((part.first, *inside, part.last)))


def word_look(weights: np.ndarray, asked: Sequence[tuple[list[int], Sequence[Part]]]) -> list[list[Sentence]]:
    """As `first_look`, but by the words that question and sentence share: needs no reader. Spans mean nothing.

    `weights` are the tokens' weights, by their number.
    """
    result = []
    for question, parts in asked:
        found: dict[tuple[int, int], Sentence] = {}
        for part in parts:
            for first, last in _bounds(part):
                shared = np.intersect1d(part.context.ids[first:last], question)
                score = float(weights[shared].sum()) / (8 + last - first) ** 0.5
                found[id(part.context), first] = Sentence(
                    part.context, first, last, (first, first), score, part.own
                )
        result.append(sorted(found.values(), key=lambda sentence: -sentence.score))
    return result


def token_weights(contexts: Sequence[Context], vocabulary: int) -> np.ndarray:
    """How rare each token is in these texts: the logarithm of one in so many."""
    counts = np.ones(vocabulary)
    for context in contexts:
        counts[np.unique(context.ids)] += 1
    return np.log((len(contexts) + 1) / counts)


def second_look(forward: Forward, asked: Sequence[tuple[list[int], Sequence[Candidate]]]) -> list[np.ndarray]:
    """The logit of "this sentence answers" for each candidate of each question."""
    rows = [mark(question, one) for question, candidates in asked for one in candidates]
    logits = iter([float(row[0, 2]) for row in forward(rows)])
    return [np.array([next(logits) for _ in candidates]) for _, candidates in asked]
