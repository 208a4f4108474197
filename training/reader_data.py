"""Texts and questions for the reader as tokens, and the splits that keep what is measured out of the training."""

from __future__ import annotations

import hashlib
import itertools
import json
import lzma
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from tokenizers import Tokenizer

from newsqa.text.sentences import sentence_spans

MAX_TOKENS, MAX_QUESTION = 256, 40
CLS, SEP = 101, 102
DEV_SHARE = 15  # per cent of the NewsQA stories without a stand-alone question
HELD_SQUAD2 = 8  # per cent of the SQuAD 2 contexts kept for calibration


@dataclass(slots=True)
class Context:
    """A text as tokens: ids, character offsets (n, 2), and the token index at which each sentence begins.

    `lead` are the tokens that may stand in front of a window: the title (`titled`), or, in front of one from the
    middle, the first sentence.
    """

    text: str
    ids: np.ndarray
    offsets: np.ndarray
    sentences: list[int]
    lead: list[int] = field(default_factory=list)
    titled: bool = False

    @property
    def bounds(self) -> list[int]:
        """The tokens at which sentences begin, and the number of tokens."""
        return [*self.sentences, len(self.ids)]

    def words(self, first: int, last: int) -> str:
        """The text of the tokens [first, last)."""
        return self.text[self.offsets[first, 0] : self.offsets[last - 1, 1]] if last > first else ""

    def token_span(self, start: int, end: int) -> tuple[int, int] | None:
        """First and last token that touch the characters [start, end)."""
        first = int(np.searchsorted(self.offsets[:, 1], start, "right"))
        last = int(np.searchsorted(self.offsets[:, 0], end, "left")) - 1
        return (first, last) if first <= last < len(self.ids) else None


@dataclass(frozen=True, slots=True)
class Region:
    """Where an answer stands in tokens, first to last; in a wide one a span may begin and end anywhere."""

    first: int
    last: int
    wide: bool = False


@dataclass(slots=True)
class Question:
    """A question on one context, and where this answers it: nowhere if there are no regions.

    `hidden` is a part of the context that no window may show: the sentence that a cloze question was made of.
    `near` is what seems to answer a question that has no answer.
    """

    group: str
    text: str
    ids: list[int]
    context: int
    answers: list[str]
    regions: list[Region]
    hidden: tuple[int, int] | None = None
    negatives: list[int] = field(default_factory=list)
    changed: list[list[int]] = field(default_factory=list)
    near: Region | None = None


@dataclass(slots=True)
class Data:
    """Contexts, and the training questions by group."""

    contexts: list[Context]
    train: dict[str, list[Question]]


def rows(path: Path) -> Iterator[dict[str, Any]]:
    """The JSON objects of a file of JSON lines, packed (`.xz`) or not."""
    with (lzma.open if path.suffix == ".xz" else open)(path, "rt", encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def percentile(key: str) -> int:
    """A stable number from 0 to 99 for a key."""
    return int(hashlib.sha256(key.encode()).hexdigest()[:8], 16) % 100


def newsqa_splits(data: Path) -> dict[str, str]:
    """Story id to `train`, `dev` or `test`; every story with a stand-alone question is `test`."""
    standalone = {row["story_id"] for row in rows(data / "newsqa_standalone.jsonl.xz")}
    stories = [row["id"] for row in rows(data / "newsqa_stories.jsonl.xz")]
    return {
        story: "test" if story in standalone else "dev" if percentile(story) < DEV_SHARE else "train"
        for story in stories
    }


def squad2_held(context: str) -> bool:
    """Whether a context of the `squad2` group is kept for calibration."""
    return percentile(context) < HELD_SQUAD2


def encode_contexts(tokenizer: Tokenizer, texts: list[str]) -> list[Context]:
    """Texts as token arrays with the sentences that newsqa finds in them."""
    contexts = []
    for text, encoding in zip(texts, tokenizer.encode_batch(texts, add_special_tokens=False), strict=True):
        offsets = np.array(encoding.offsets, dtype=np.int32).reshape(-1, 2)
        starts = np.searchsorted(offsets[:, 0], [span.start for span in sentence_spans(text)])
        bounds = sorted({0, *(int(start) for start in starts if start < len(offsets))})
        contexts.append(Context(text, np.array(encoding.ids, dtype=np.int32), offsets, bounds))
    return contexts


def load_tokenizer(folder: Path) -> Tokenizer:
    """The uncased WordPiece tokenizer without truncation or padding."""
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


def specific(question: str) -> bool:
    """Whether a question names something: a capital inside it, or a number."""
    return bool(re.search(r"\s[\"'“]?[A-Z]|\d", question))


def cut(context: Context, limit: int) -> list[tuple[int, int]]:
    """Consecutive token ranges of whole sentences, each at most `limit` tokens; longer sentences are split."""
    bounds = [*context.sentences, len(context.ids)]
    ranges: list[tuple[int, int]] = []
    first = 0
    for begin, end in itertools.pairwise(bounds):
        if end - first > limit and begin > first:
            ranges.append((first, begin))
            first = begin
        while end - first > limit:
            ranges.append((first, first + limit))
            first += limit
    if len(context.ids) > first:
        ranges.append((first, len(context.ids)))
    return ranges


def part(context: Context, first: int, last: int) -> Context:
    """The tokens [first, last) of a context as a context of its own."""
    start, end = int(context.offsets[first, 0]), int(context.offsets[last - 1, 1])
    inside = [bound - first for bound in context.sentences if first < bound < last]
    return Context(
        context.text[start:end], context.ids[first:last], context.offsets[first:last] - start, [0, *inside]
    )
