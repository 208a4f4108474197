"""Questions and contexts for the reader: read, split, cut into windows, paired with negatives."""

from __future__ import annotations

import hashlib
import itertools
import json
import lzma
import pickle
import random
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from tokenizers import Tokenizer

from newsqa.answers.reader import plain_question
from training.reader_text import normalise, sentence_starts

MAX_TOKENS, MAX_QUESTION = 256, 40
CLS, SEP = 101, 102
DEV_SHARE = 15  # per cent of the NewsQA stories without a stand-alone question
HELD_SQUAD2 = 8  # per cent of the SQuAD 2 contexts kept for calibration


@dataclass(slots=True)
class Context:
    """A text as tokens: ids, character offsets (n, 2), and the token index at which each sentence begins."""

    text: str
    ids: np.ndarray
    offsets: np.ndarray
    sentences: list[int]

    def token_span(self, start: int, end: int) -> tuple[int, int] | None:
        """First and last token that touch the characters [start, end)."""
        first = int(np.searchsorted(self.offsets[:, 1], start, "right"))
        last = int(np.searchsorted(self.offsets[:, 0], end, "left")) - 1
        return (first, last) if first <= last < len(self.ids) else None


@dataclass(slots=True)
class Question:
    """A question on one context; `span` is its answer in tokens of the context, None if it has none."""

    id: str
    group: str
    ids: list[int]
    text: str
    context: int
    answers: list[str]
    span: tuple[int, int] | None
    negatives: list[int] = field(default_factory=list)
    swapped: list[list[int]] = field(default_factory=list)


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
    """Texts as token arrays with sentence boundaries."""
    contexts = []
    for text, encoding in zip(texts, tokenizer.encode_batch(texts, add_special_tokens=False), strict=True):
        offsets = np.array(encoding.offsets, dtype=np.int32).reshape(-1, 2)
        starts = np.searchsorted(offsets[:, 0], sentence_starts(text))
        bounds = sorted({0, *(int(start) for start in starts if start < len(offsets))})
        contexts.append(Context(text, np.array(encoding.ids, dtype=np.int32), offsets, bounds))
    return contexts


def load_tokenizer(folder: Path) -> Tokenizer:
    """The uncased WordPiece tokenizer without truncation or padding."""
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


def load(data: Path, tokenizer: Tokenizer, cache: Path) -> Data:
    """All training questions with their mined negatives; kept in `cache` after the first time."""
    if cache.exists():
        return pickle.loads(cache.read_bytes())  # noqa: S301 - our own file
    raw = [row for row in rows(data / "reader_train.jsonl.xz") if row["group"] not in ("policyqa", "covidqa")]
    raw = [row for row in raw if not (row["group"] == "squad2" and squad2_held(row["context"]))]
    splits = newsqa_splits(data)
    stories = {row["id"]: row["text"] for row in rows(data / "newsqa_stories.jsonl.xz")}
    for row in rows(data / "newsqa_questions.jsonl.xz"):
        if splits[row["story_id"]] == "train":
            raw.append({**row, "group": "newsqa", "context": stories[row["story_id"]]})
    texts = list(dict.fromkeys(row["context"] for row in raw))
    index = {text: number for number, text in enumerate(texts)}
    contexts = encode_contexts(tokenizer, texts)
    questions = tokenizer.encode_batch([plain_question(row["question"]) for row in raw], add_special_tokens=False)
    train: dict[str, list[Question]] = defaultdict(list)
    shifts = 0
    for row, encoding in zip(raw, questions, strict=True):
        number = index[row["context"]]
        group = row["group"]
        if group == "squadshifts":  # the file's order: Wikipedia, then Reddit, then reviews
            group = "wiki" if shifts < 7800 else "informal"
            shifts += 1
        span = None
        if row["answers"]:
            answer, start = Counter(zip(row["answers"], row["answer_starts"], strict=True)).most_common(1)[0][0]
            span = contexts[number].token_span(start, start + len(answer))
            if span is None or span[1] - span[0] > 60:
                continue
        train[group].append(
            Question(row["id"], group, encoding.ids[:MAX_QUESTION], row["question"], number, row["answers"], span)
        )
    pool = mine(contexts, train)
    swap(tokenizer, contexts, train)
    found = Data(contexts + pool, dict(train))
    cache.write_bytes(pickle.dumps(found))
    return found


def mine(contexts: list[Context], train: dict[str, list[Question]]) -> list[Context]:
    """Give questions the most similar passages (tf-idf) of other texts that hold no answer; return these.

    Passages are numbered after `contexts`. Squad-like contexts are passages as they are; stories are cut.
    """
    from sklearn.feature_extraction.text import TfidfVectorizer

    passages: list[tuple[int, Context]] = []
    groups = ("squad", "squad2", "wiki", "newsqa")
    for number in sorted({question.context for group in groups for question in train[group]}):
        context = contexts[number]
        for first, last in cut(context, 190):
            passages.append((number, _slice(context, first, last)))
    vectorizer = TfidfVectorizer(sublinear_tf=True, stop_words="english", min_df=1, dtype=np.float32)
    matrix = vectorizer.fit_transform([passage.text for _, passage in passages]).T.tocsc()
    texts = [f" {normalise(passage.text)} " for _, passage in passages]
    asked = [question for group in groups for question in train[group]]
    for begin in range(0, len(asked), 500):
        part = asked[begin : begin + 500]
        scores = (vectorizer.transform([question.text for question in part]) @ matrix).tocsr()
        for row, question in enumerate(part):
            if question.group == "newsqa" and not specific(question.text):
                continue
            if question.span is None:
                continue
            line = scores.getrow(row)
            order = line.indices[np.argsort(-line.data)[:12]]
            keep = [
                int(place)
                for place in order
                if passages[place][0] != question.context
                and not any(f" {normalise(answer)} " in texts[place] for answer in question.answers)
            ]
            question.negatives = [len(contexts) + place for place in keep[:4]]
    return [passage for _, passage in passages]


def specific(question: str) -> bool:
    """Whether a question names something: a capital inside it, or a number."""
    return bool(re.search(r"\s[\"'“]?[A-Z]|\d", question))


_NAME = re.compile(
    r"(?:[A-Z][\w'-]+)(?: (?:of|the|de) (?=[A-Z])| (?=[A-Z]))?(?:[A-Z][\w'-]+)*|\b\d[\d,.]*\d\b|\b\d\b"
)


def swap(tokenizer: Tokenizer, contexts: list[Context], train: dict[str, list[Question]]) -> None:
    """Give questions versions in which a name or number is replaced by another of the same context."""
    chooser = random.Random(11)  # noqa: S311
    made: list[tuple[Question, str]] = []
    for group in ("squad", "squad2", "wiki", "newsqa"):
        for question in train[group]:
            if question.span is None:
                continue
            names = [m for m in _NAME.finditer(question.text) if m.start() > 0]
            if not names:
                continue
            old = chooser.choice(names)
            digits = old.group()[0].isdigit()
            answers = " ".join(question.answers).lower()
            others = [
                m.group()
                for m in _NAME.finditer(contexts[question.context].text)
                if m.group()[0].isdigit() == digits
                and m.start() > 0
                and contexts[question.context].text[m.start() - 2 : m.start()] not in (". ", "\n\n")
                and m.group().lower() not in question.text.lower()
                and m.group().lower() not in answers
                and not (set(m.group().lower().split()) & set(old.group().lower().split()))
            ]
            if others:
                new = chooser.choice(others)
                made.append((question, question.text[: old.start()] + new + question.text[old.end() :]))
    encoded = tokenizer.encode_batch([plain_question(text) for _, text in made], add_special_tokens=False)
    for (question, _), encoding in zip(made, encoded, strict=True):
        question.swapped.append(encoding.ids[:MAX_QUESTION])


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


def _slice(context: Context, first: int, last: int) -> Context:
    start, end = int(context.offsets[first, 0]), int(context.offsets[last - 1, 1])
    inside = [bound - first for bound in context.sentences if first < bound < last]
    return Context(
        context.text[start:end], context.ids[first:last], context.offsets[first:last] - start, [0, *inside]
    )
