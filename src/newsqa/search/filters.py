"""From what a user types (days as text, one source or language or several) to a `Filter`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from newsqa.errors import QuestionError
from newsqa.types import Filter


def make_filter(
    since: date | str | None = None,
    until: date | str | None = None,
    source: str | Sequence[str] | None = None,
    language: str | Sequence[str] | None = None,
) -> Filter:
    """Build a filter; raises `QuestionError` for a day that is none, or a period that ends before it begins."""
    first, last = parse_day(since, "since"), parse_day(until, "until")
    if first and last and first > last:
        raise QuestionError(f"The period ends before it begins ({first} to {last}). Swap the two days.")
    sources = (source,) if isinstance(source, str) else tuple(source or ())
    languages = (language,) if isinstance(language, str) else tuple(language or ())
    return Filter(first, last, _stripped(sources), _stripped(languages))


def _stripped(names: Sequence[str]) -> tuple[str, ...]:
    return tuple(name.strip() for name in names if name.strip())


def parse_day(value: date | str | None, name: str) -> date | None:
    """A day as given, or from text; raises `QuestionError`, in which `name` says which day it was to be."""
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
