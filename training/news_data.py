"""News articles and questions of the data folder, as newsqa reads them."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from newsqa.errors import ArticleError
from newsqa.sources.formats.build import build_article
from newsqa.types import Article
from training.reader_data import rows


def questions(data: Path, name: str) -> list[dict[str, Any]]:
    """All rows of a file of questions."""
    return list(rows(data / f"{name}.jsonl.xz"))


def stories(data: Path, wanted: frozenset[str] | None = None, *, own_source: bool = False) -> Iterator[Article]:
    """The CNN stories (all, or the wanted ones) as bare texts under their id.

    With `own_source` each is a source of its own, so that it can be asked alone.
    """
    for row in rows(data / "newsqa_stories.jsonl.xz"):
        if wanted is None or row["id"] in wanted:
            article = build_article(row["text"], f"/{row['id']}.txt", markdown=False)
            yield replace(article, source=row["id"]) if own_source else article


def other_news(data: Path, others: int, wanted: frozenset[str] = frozenset()) -> Iterator[Article]:
    """The wanted articles of other outlets, and as many more, as bare texts under their id."""
    more = itertools.count()
    for row in rows(data / "realtimeqa_articles.jsonl.xz"):
        if row["id"] in wanted or next(more) < others:
            try:
                yield build_article(f"{row['title']}\n\n{row['text']}", f"/{row['id']}.txt", markdown=False)
            except ArticleError as error:
                print(f"{row['id']}: {error}")
