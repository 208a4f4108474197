"""What is told of a file with many articles, of which many may be faulty."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from newsqa.sources.formats.origin import Origin
from newsqa.types import Article, IngestEvent

MAX_FAULTS = 100
"""So many faulty articles of a file are told one by one; the rest are counted."""


def tell_faults(found: Iterable[Article | IngestEvent], origin: Origin) -> Iterator[Article | IngestEvent]:
    """The articles and the first faults; at the end how many more there are."""
    faults = 0
    for item in found:
        faults += isinstance(item, IngestEvent)
        if faults <= MAX_FAULTS or not isinstance(item, IngestEvent):
            yield item
    if faults > MAX_FAULTS:
        reason = f"{faults - MAX_FAULTS:,} further records are faulty, too. Correct the first ones, and try again."
        yield IngestEvent("failed", origin.name, reason=reason)
