"""Questions written for training on articles of `realtimeqa_articles`, by reading them: `training/data/`.

A row has no text of its article, only places in it: `sentences` (each answers by itself, best first; none: the
article does not say) and `answer`, the shortest words that answer, in the first of them. A question that the
article only seems to answer may have the sentence that seems to (`near`). Some rows also have the words of a
follow-up (`short`) asked after another row of the same article (`after`), or repeat a question that stands alone.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from training.reader_data import percentile, rows

QUESTIONS = Path(__file__).parent / "data" / "written_questions.jsonl"
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
    """The questions to train on as rows of `reader_train`: the shortest answer, then whole sentences."""
    for row in written(data, held=False):
        places = [row["answer"], *row["sentences"][1:]] if row["sentences"] else []
        yield {
            "id": row["id"],
            "group": "written",
            "context": row["text"],
            "title": row["title"],
            "question": row["question"],
            "answers": [row["text"][start:end] for start, end in places],
            "answer_starts": [start for start, _ in places],
            "near": row.get("near"),
        }


def conversations(data: Path, held: bool) -> Iterator[tuple[tuple[str, ...], str, str]]:
    """Each follow-up: the turns before it (a question with its answer), its words, and the question in full."""
    asked = {row["id"]: row for row in written(data, held)}
    for row in asked.values():
        if row["short"]:
            before = asked[row["after"]]
            start, end = before["sentences"][0] if before["sentences"] else (0, 0)
            yield (f"{before['question']} {before['text'][start:end]}",), row["short"], row["question"]
