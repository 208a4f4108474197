"""From what a user types (days as text, one name or several) to options and their filter."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any, TypeVar

from newsqa.errors import QuestionError
from newsqa.text.days import find_days
from newsqa.types import AskOptions, FilterOptions, SearchOptions

_OPEN_START = re.compile(r"(?i)^from (?!.*\b(?:to|until|till)\b|.*[–-] )(.+?)(?: on(?:wards?)?)?$")
_OPEN_END = re.compile(r"(?i)^(?:to|till) (.+)$")
_LONGEST = 200
"""So many characters may name days."""
_LEAD = re.compile(r"(?i)(?:in|on|during|of|the| )*")
Options = TypeVar("Options", bound=FilterOptions)
_MOST = 1_000
"""Most passages that can be asked for."""


def make_options(options: Options, given: Mapping[str, Any]) -> Options:
    """The options with what a user has `given` in place of their fields.

    Raises `QuestionError` for a day that is none, a period that ends before it begins, or a `k` out of range.
    """
    options = replace(options, **given)
    if isinstance(options, SearchOptions) and options.k is not None and not 1 <= options.k <= _MOST:
        raise QuestionError(f"k is {options.k}, and must be from 1 to {_MOST:,}. Choose a number in that range.")
    since, until = _parse_day(options.since, "since"), _parse_day(options.until, "until")
    if since and until and since > until:
        raise QuestionError(f"The period ends before it begins ({since} to {until}). Swap the two days.")
    if isinstance(options, AskOptions):
        options = replace(options, as_of=_parse_day(options.as_of, "as of"))
    names = {name: _names(getattr(options, name)) for name in ("source", "author", "language")}
    return replace(options, since=since, until=until, **names)


def read_days(words: str, today: date) -> tuple[date | None, date | None]:
    """The first and last day that words name, such as `April 2019` or `since March`; raises `QuestionError`."""
    text = " ".join(words[:_LONGEST].split())
    if not text:
        return None, None
    plain = _OPEN_START.sub(r"since \1", _OPEN_END.sub(r"until \1", text))
    for days in find_days(plain, today):
        if _LEAD.fullmatch(plain[: days.start]) and not plain[days.end :].strip(" .,"):
            if days.first and days.last and days.first > days.last:
                break
            return days.first, days.last
    raise QuestionError(
        f"“{text[:60]}” names no days. Write them as: April 2019; 25.4.2019; 2019; since 1 April 2019; last week."
    )


def _names(names: Any) -> tuple[str, ...]:
    """One name, several or none, without white space around them."""
    several = (names,) if isinstance(names, str) else names or ()
    return tuple(name.strip() for name in several if name.strip())


def _parse_day(value: date | str | None, name: str) -> date | None:
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
