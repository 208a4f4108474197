"""What the test of random sequences runs in processes that it kills, and the articles that it is about."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

from newsqa.store import Index, _ingesting
from newsqa.types import Article
from tests.fakes import HashingEncoder, ParagraphSplitter, make_article

KEEP = 2  # earlier versions of an article
NAMES = [f"report-{number}" for number in range(24)]


def article(name: str, turn: int) -> Article:
    """A version of an article; some passages are the same in each, some in none."""
    number = int(name.partition("-")[2])
    paragraphs = [f"Standing part {part} of {name}." for part in range(number % 3)]
    paragraphs.insert(turn % 2, f"Turn {turn} of {name} tells of subject {number * 7 + turn}.")
    day = date(2020, 1, 1) + timedelta(days=number)
    return make_article(name, *paragraphs, title=f"Title of {name}", source=f"Source {number % 3}", published=day)


def opened(home: Path, splitter: str = "paragraphs-1", delay: float = 0.0) -> Index:
    return Index.open(home, HashingEncoder(delay=delay), ParagraphSplitter(splitter), rebuild=True, versions=KEEP)


def operate(home: Path, splitter: str, name: str, given: Any, begun: Any) -> None:
    """One operation, in a process that may be killed."""
    _ingesting.BATCH = 3  # several batches, so that there are many instants to be killed at
    begun.set()
    with opened(home, splitter, delay=0.001) as index:
        {
            "ingest": index.ingest,
            "remove": index.remove,
            "prune": index.ingest,
            "repair": lambda _: index.repair(),
            "rebuild": lambda _: index.repair(rebuild=True),
        }[name](given)
