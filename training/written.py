"""Questions written for training on articles of `realtimeqa_articles`, by reading them: `training/data/`.

A row has no text of its article, only places in it: `sentences` (each answers by itself, best first; none: the
article does not say) and `answer`, the shortest words that answer, in the first of them. A question that the
article only seems to answer may have the sentence that seems to (`near`). Some rows also have the words of a
follow-up (`short`) asked after another row of the same article (`after`), or repeat a question that stands alone.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from benchmarks.followups import added_words

from newsqa.text.stems import WORD, content_words, phrases
from newsqa.types import Span
from training.reader_data import percentile, rows

QUESTIONS = Path(__file__).parent / "data" / "written_questions.jsonl"
SILENCE = "The articles do not answer this."
HELD = 30
"""Per cent of the articles whose questions fit the confidence, and are not trained on."""


def written(data: Path, held: bool) -> Iterator[dict[str, Any]]:
    """The questions to train on, or those that are `held`, with `text`, `title` and `published` of their article.

    Raises ValueError if an article is not the one that its questions were written on.
    """
    asked = [row for row in rows(QUESTIONS) if (percentile(row["article_id"]) < HELD) == held]
    wanted = {row["article_id"] for row in asked}
    articles = {row["id"]: row for row in rows(data / "realtimeqa_articles.jsonl.xz") if row["id"] in wanted}
    for row in asked:
        article = articles[row["article_id"]]
        if hashlib.sha256(article["text"].encode()).hexdigest()[:16] != row["text_sha256"]:
            raise ValueError(f"{row['id']}: the text of {row['article_id']} is another one")
        yield {**row, **{name: article[name] for name in ("text", "title", "published")}}


def labelled_rows(data: Path) -> Iterator[dict[str, Any]]:
    """The questions to train on as rows of `reader_train`: the shortest answer, then whole sentences.

    Follow-ups are asked twice: in full, and as newsqa asks them.
    """
    for row in written(data, held=False):
        yield _labelled(row, row["question"])
    for turns, row in conversations(data, held=False):
        yield _labelled(row, completed([" ".join(turn) for turn in turns], row))


def _labelled(row: dict[str, Any], question: str) -> dict[str, Any]:
    places = [row["answer"], *row["sentences"][1:]] if row["sentences"] else []
    return {
        "id": row["id"],
        "group": "written",
        "context": row["text"],
        "title": row["title"],
        "question": question,
        "answers": [row["text"][start:end] for start, end in places],
        "answer_starts": [start for start, _ in places],
        "near": row.get("near"),
    }


def conversations(data: Path, held: bool) -> Iterator[tuple[list[tuple[str, str]], dict[str, Any]]]:
    """Each follow-up, and the turns before it: what was typed, and the sentence that answers it."""
    asked = {row["id"]: row for row in written(data, held)}
    for row in asked.values():
        if row["short"]:
            turns: list[tuple[str, str]] = []
            before = asked.get(row["after"])
            while before:
                said = before["text"][slice(*before["sentences"][0])] if before["sentences"] else SILENCE
                turns.append((before["short"] or before["question"], said))
                before = asked.get(before["after"])
            yield turns[::-1], row


def completed(turns: Sequence[str], row: dict[str, Any]) -> str:
    """A follow-up with the words that it takes from the turns in brackets, as newsqa searches for it."""
    wanted = added_words(row["short"], row["question"])
    words = [[word for word in WORD.finditer(turn) if wanted & set(content_words(word[0]))] for turn in turns]
    found = [[Span(*word.span()) for word in some] for some in words]
    carried = phrases(turns, found, row["short"])
    return f"{row['short'].rstrip(' ?')} ({', '.join(carried)})" if carried else row["short"]
