"""What the tests of interrupted writing run in processes that they kill."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from newsqa.store import Index, _ingesting
from newsqa.types import Article, IngestEvent
from tests.fakes import HashingEncoder, ParagraphSplitter, make_article

SECONDS_PER_PASSAGE = 0.001


def edition(number: int) -> list[Article]:
    """The articles of a day: edition 2 changes a third of edition 1, and adds ten."""
    articles = []
    for i in range(60 + 10 * (number - 1)):
        changed = number > 1 and i % 3 == 0
        paragraphs = [f"Report {i} part {j} on subject {i * 7 + j}." for j in range(1 + i % 4)]
        if changed:
            paragraphs.insert(0, f"Correction of report {i} in edition {number}.")
        articles.append(make_article(f"report-{i}", *paragraphs, published=date(2019, 1, 1) + timedelta(days=i)))
    return articles


WITHDRAWN = [article.id for article in edition(2)[5::6]]


def open_index(home: Path, delay: float = SECONDS_PER_PASSAGE, **place: Any) -> Index:
    """The index that the worker writes to; `place` names servers."""
    return Index.open(home, HashingEncoder(delay=delay), ParagraphSplitter(), **place)


def work(home: Path, notes: Path, place: Mapping[str, Any] | None = None) -> None:
    """Ingests edition 1, then edition 2, then withdraws articles; goes on where the notes say it stopped.

    Each article is noted once it is said to be in, and each stage once it is done.
    """
    _ingesting.BATCH = 6  # many batches, so that there are many instants to be killed at
    notes.touch()
    done = notes.read_text().split()
    with notes.open("a", buffering=1) as file, open_index(home, **place or {}) as index:

        def note(event: IngestEvent) -> None:
            if event.status in ("added", "updated", "removed"):
                file.write(f"{event.status}:{event.article_id}\n")

        for number in (1, 2):
            if f"edition-{number}" not in done:
                index.ingest(edition(number), on_event=note)
                file.write(f"edition-{number}\n")
        if "withdrawn" not in done:
            index.remove(WITHDRAWN, on_event=note)
            file.write("withdrawn\n")
