"""The labelled sources of the reader: which rows are trained on, and where each answer stands in tokens."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer

from newsqa.answers.reader import plain_question
from training.reader_data import (
    MAX_QUESTION,
    Context,
    Data,
    Question,
    Region,
    encode_contexts,
    newsqa_splits,
    rows,
    squad2_held,
)
from training.written import labelled_rows

LEFT_OUT = frozenset(("policyqa", "covidqa"))
"""Groups whose language is too far from news."""
WIDE_TOKENS = 24
"""A longer answer is a sentence or a clause: a span may begin and end anywhere in it."""
MOST_ANSWERS = 6
LEAD_TOKENS = 32
_TEXT_SIZES = range(40, 60_000)
_WIKIPEDIA_SHIFTS = 7800
"""The rows of `squadshifts` are in this order: so many from Wikipedia, then Reddit, then reviews."""
_ONE_ANSWER = frozenset(
    "squad squad2 wiki informal newsqa qamr tweetqa nq_swap squad_joined squad_train_more squad_sentences".split()
)
"""Groups whose further answers are other annotators' words for the first."""


def labelled(data: Path) -> Iterator[dict[str, Any]]:
    """The rows to train on with their group, each question of a text once; nothing that is measured on."""
    seen: set[tuple[str, str]] = set()
    for row in _all_rows(data):
        key = (plain_question(row["question"]).lower(), row["context"][:150])
        if len(row["context"]) in _TEXT_SIZES and key not in seen:
            seen.add(key)
            yield row


def _all_rows(data: Path) -> Iterator[dict[str, Any]]:
    shifts = 0
    for row in rows(data / "reader_train.jsonl.xz"):
        if row["group"] == "squadshifts":
            yield {**row, "group": "wiki" if shifts < _WIKIPEDIA_SHIFTS else "informal"}
            shifts += 1
        elif row["group"] not in LEFT_OUT and not (row["group"] == "squad2" and squad2_held(row["context"])):
            yield row
    splits = newsqa_splits(data)
    stories = {row["id"]: row["text"] for row in rows(data / "newsqa_stories.jsonl.xz")}
    for row in rows(data / "newsqa_questions.jsonl.xz"):
        if splits[row["story_id"]] == "train":
            yield {**row, "group": "newsqa", "context": stories[row["story_id"]]}
    measured = {row["context"][:200] for row in rows(data / "reader_dev_squad2.jsonl.xz")}
    measured |= {text[:200] for story, text in stories.items() if splits[story] != "train"}
    yield from (r for r in rows(data / "reader_more.jsonl.xz") if r["context"][:200] not in measured)
    yield from labelled_rows(data)


def regions(context: Context, answers: Sequence[str], starts: Sequence[int], most: int) -> list[Region]:
    """Where the answers that begin at these characters stand, without repeats; at most `most`."""
    found = []
    for answer, start in list(dict.fromkeys(zip(answers, starts, strict=False)))[:most]:
        span = context.token_span(start, start + len(answer))
        if span:
            found.append(Region(*span, wide=span[1] - span[0] > WIDE_TOKENS))
    return found


def gather(found: Iterable[dict[str, Any]], tokenizer: Tokenizer) -> Data:
    """Rows as tokens; a row whose answer cannot be found in its text is dropped."""
    kept = list(found)
    texts = list(dict.fromkeys(row["context"] for row in kept))
    places = {text: number for number, text in enumerate(texts)}
    contexts = encode_contexts(tokenizer, texts)
    asked = tokenizer.encode_batch([plain_question(row["question"]) for row in kept], add_special_tokens=False)
    train: dict[str, list[Question]] = defaultdict(list)
    for row, encoding in zip(kept, asked, strict=True):
        place, group = places[row["context"]], row["group"]
        most = 1 if group in _ONE_ANSWER else MOST_ANSWERS
        where = regions(contexts[place], row["answers"], row["answer_starts"], most)
        if row["answers"] and not where:
            continue
        near = contexts[place].token_span(*row["near"]) if row.get("near") else None
        asking = Question(group, row["question"], encoding.ids[:MAX_QUESTION], place, row["answers"][:3], where)
        train[group].append(replace(asking, near=Region(*near)) if near else asking)
    for question in train["newsqa"]:
        context = contexts[question.context]
        context.lead = context.ids[: min(context.bounds[1], LEAD_TOKENS)].tolist()
    titles = {places[row["context"]]: row["title"] for row in kept if "title" in row}
    encoded = tokenizer.encode_batch([f"{title}." for title in titles.values()], add_special_tokens=False)
    for place, encoding in zip(titles, encoded, strict=True):
        contexts[place].lead, contexts[place].titled = encoding.ids[:LEAD_TOKENS], True
    return Data(contexts, dict(train))
