"""From what a user types (days as text, one source or several) to a `Filter`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from newsqa.errors import QuestionError
from newsqa.types import Filter


def make_filter(
    since: date | str | None = None,
    until: date | str | None = None,
    source: str | Sequence[str] | None = None,
) -> Filter:
    """Build a filter; raises `QuestionError` for a day that is none, or a period that ends before it begins."""
    first, last = _day(since, "since"), _day(until, "until")
    if first and last and first > last:
        raise QuestionError(f"The period ends before it begins ({first} to {last}). Swap the two days.")
    sources = (source,) if isinstance(source, str) else tuple(source or ())
    return Filter(first, last, tuple(name.strip() for name in sources if name.strip()))


def _day(value: date | str | None, name: str) -> date | None:
    if value is None or isinstance(value, date):
        return value
    if not value.strip():
        return None
    try:
        return date.fromisoformat(value.strip())
    except ValueError as error:
        shown = value.strip()[:40]
        raise QuestionError(
            f"“{shown}” is no day ({name}). Write it as year-month-day, such as 2019-04-25."
        ) from error
