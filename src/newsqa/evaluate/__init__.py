"""Measures newsqa on a file of questions: finding, quoting, answering, and refusing.

A line of the file is a JSON object with `question`, and at least one of what is known of its answer:
`answers` (short texts, or null when the articles do not say), `evidence` (verbatim parts of the sentences
that may be cited), `nuggets` (what a whole answer says: for each nugget verbatim parts of sentences that say it),
`articles` (ids, file stems, titles or URLs that hold the answer), `history` (earlier turns), `kind`.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from newsqa.errors import NewsqaError
from newsqa.evaluate._report import GoldQuestion, Outcome, Report, save_plot
from newsqa.evaluate.measures import normalise, percentile
from newsqa.pipeline import NewsQA
from newsqa.types import ScoredPassage, Turn

__all__ = ["GoldQuestion", "Outcome", "Report", "normalise", "percentile", "read_items", "run", "save_plot"]

_DEPTH = 50
_LABELS = ("answers", "evidence", "nuggets", "articles")
"""What a line may say of the answer, beside whether there is one; without any of it nothing could be measured."""


def read_items(path: Path) -> list[GoldQuestion]:
    """The questions of a JSONL file; raises `NewsqaError` that names the line."""
    try:
        lines = path.read_text(encoding="utf-8").split("\n")  # a string of JSON may hold other ends of lines
    except (OSError, UnicodeDecodeError) as error:
        raise NewsqaError(f"{path} cannot be read: {error}. Name a JSONL file of questions.") from error
    items = []
    for number, line in enumerate(lines, start=1):
        if line.strip():
            try:
                items.append(_item(json.loads(line)))
            except (ValueError, TypeError, KeyError, AttributeError) as error:
                raise NewsqaError(
                    f"Line {number} of {path} is no question: {error}. Each line is a JSON object with `question`."
                ) from error
    if not items:
        raise NewsqaError(f"{path} holds no questions. Each line is a JSON object with `question`.")
    return items


def _item(row: Mapping[str, Any]) -> GoldQuestion:
    question = str(row["question"])
    if not any(label in row for label in ("answerable", *_LABELS)):
        raise ValueError("it says nothing of the answer (`answers`, or null where the articles do not say)")
    answers = row.get("answers")
    turns = tuple(Turn(str(turn["question"]), str(turn.get("answer", ""))) for turn in row.get("history") or ())
    return GoldQuestion(
        question=question,
        answerable=bool(row.get("answerable", any(map(row.get, _LABELS)))),
        answers=tuple(answers or ()),
        evidence=tuple(row.get("evidence") or ()),
        articles=tuple(row.get("articles") or ()),
        history=turns,
        kind=str(row.get("kind", "")),
        nuggets=tuple(tuple(map(str, parts)) for parts in row.get("nuggets") or ()),
    )


def run(qa: NewsQA, path: Path, *, on_outcome: Callable[[int, int], None] | None = None) -> Report:
    """Ask every question of a file; `on_outcome` is told (done, total) after each."""
    items = read_items(path)
    names = {article.id: _names(article) for article in qa.articles()}
    outcomes = []
    for done, item in enumerate(items, start=1):
        began = time.perf_counter()
        answer = qa.ask(item.question, history=_answer_turns(qa, item.history))
        seconds = time.perf_counter() - began
        found = qa.search(answer.searched_for, k=_DEPTH) if item.articles else []
        told = tuple(cited.quote for cited in qa.sentences(answer.searched_for)) if item.answerable else ()
        outcomes.append(Outcome(item, answer, _ranks(found, item.articles, names), seconds, told))
        if on_outcome:
            on_outcome(done, len(items))
    return Report(tuple(outcomes))


def _answer_turns(qa: NewsQA, history: Sequence[Turn]) -> list[Turn]:
    """The earlier turns with the answers that newsqa itself gives, where the file gives none."""
    turns: list[Turn] = []
    for turn in history:
        turns.append(turn if turn.answer else Turn(turn.question, qa.ask(turn.question, history=turns).text))
    return turns


def _names(article: Any) -> set[str]:
    stem = Path(article.path).stem if article.path else ""
    tail = article.url.rstrip("/").rsplit("/", 1)[-1] if article.url else ""
    return {name for name in (article.id, article.title, article.url, stem, tail) if name}


def _ranks(
    found: Sequence[ScoredPassage], wanted: Sequence[str], names: Mapping[str, set[str]]
) -> tuple[int, ...]:
    order = list(dict.fromkeys(scored.passage.article_id for scored in found))
    gold = set(wanted)
    return tuple(rank for rank, key in enumerate(order, start=1) if names.get(key, {key}) & gold)
