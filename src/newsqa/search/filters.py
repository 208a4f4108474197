"""From what a user types (days as text, one name or several) to options and their filter."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any, TypeVar

from newsqa.errors import QuestionError
from newsqa.search.periods import SearchRequest
from newsqa.text.days import Days, find_days
from newsqa.text.normal import storable
from newsqa.text.stems import content_words
from newsqa.types import AskOptions, Filter, FilterOptions, SearchOptions

_OPEN_START = re.compile(r"(?i)^from (?!.*\b(?:to|until|till)\b|.*[–-] )(.+?)(?: on(?:wards?)?)?$")
_OPEN_END = re.compile(r"(?i)^(?:to|till) (.+)$")
_LONGEST = 200
"""So many characters may name days."""
_LEAD = re.compile(r"(?i)(?:in|on|during|of|the| )*")
Options = TypeVar("Options", bound=FilterOptions)
_MOST = 1_000
"""Most passages that can be asked for."""
_ACCORDING = re.compile(r"(?i),?\s*\baccording to (?:the )?(?=\w)")
_NAME_WORDS = 8
"""Most words of an outlet's name."""


def make_options(options: Options, given: Mapping[str, Any], as_of: date | None = None) -> Options:
    """The options with what a user has `given` in place of their fields.

    Days may be words, such as `April 2019` or `last week`, counted from the options' own `as_of`, else from this
    one, else from today.
    Raises `QuestionError` for a day that is none, a period that ends before it begins, or a `k` out of range.
    """
    options = replace(options, **given)
    if isinstance(options, SearchOptions) and options.k is not None and not 1 <= options.k <= _MOST:
        raise QuestionError(f"k is {options.k}, and must be from 1 to {_MOST:,}. Choose a number in that range.")
    today = as_of or date.today()
    if isinstance(options, AskOptions):
        options = replace(options, as_of=_parse_day(options.as_of, "as of", today))
        today = options.as_of or today
    since, until = _parse_day(options.since, "since", today), _parse_day(options.until, "until", today)
    if since and until and since > until:
        raise QuestionError(f"The period ends before it begins ({since} to {until}). Swap the two days.")
    names = {name: _names(getattr(options, name)) for name in ("source", "author", "language")}
    return replace(options, since=since, until=until, **names)


def read_days(words: str, today: date, last: date | None = None) -> tuple[date | None, date | None]:
    """The first and last day that words name, such as `March`, `April 2019` or `since March`.

    A month or day without a year is the latest until `last`, the day of the last article.
    Raises `QuestionError` for words that name none.
    """
    text = " ".join(words[:_LONGEST].split())
    if not text:
        return None, None
    found = _find_whole(text, today)
    if found and last and last < today and not found.relative:
        found = _find_whole(text, last)
    if found:
        return found.first, found.last
    raise QuestionError(
        f"“{text[:60]}” names no days. Write them as: March; April 2019; 25.4.2019; since 1 April; last week."
    )


def _find_whole(text: str, today: date) -> Days | None:
    """The days that the whole of a text names; "in" says of "March" that it is no verb."""
    plain = _OPEN_START.sub(r"since \1", _OPEN_END.sub(r"until \1", text))
    for tried in (plain, f"in {plain}"):
        for days in find_days(tried, today):
            if _LEAD.fullmatch(tried[: days.start]) and not tried[days.end :].strip(" .,"):
                backwards = days.first and days.last and days.first > days.last
                return None if backwards else days
    return None


def narrow_to_outlet(plain: SearchRequest, outlets: Sequence[str]) -> SearchRequest:
    """The question without "according to" one of the outlets, whose articles are searched if none are chosen."""
    question, named = _drop_outlet(plain.question, outlets)
    searched, before = _drop_outlet(plain.searched, outlets)
    sources = plain.where.sources or named or before
    return replace(plain, question=question, searched=searched, where=replace(plain.where, sources=sources))


def _drop_outlet(question: str, outlets: Sequence[str]) -> tuple[str, tuple[str, ...]]:
    """The question without the outlet that it quotes, and who that may be.

    An outlet is known by its whole name or, before a comma or at the end, by the first words of it.
    """
    quoted = _ACCORDING.search(question)
    if quoted is None:
        return question, ()
    names = {outlet: outlet.casefold().removeprefix("the ") for outlet in outlets}
    rest = question[quoted.end() :]
    for word in reversed(list(re.finditer(r"\S+", rest[:200]))[:_NAME_WORDS]):
        said = rest[: word.end()]
        name = said.strip(" ,;:?!.").casefold()
        closed = said == rest or said[-1] in ",;:?"
        known = [one for one, own in names.items() if own == name or (closed and own.startswith(f"{name} "))]
        if known:
            left = f"{question[: quoted.start()]} {rest[word.end() :].lstrip()}".strip(" ,")
            return (left, tuple(known)) if content_words(left) else (question, ())
    return question, ()


def _names(names: Any) -> tuple[str, ...]:
    """One name, several or none, without white space around them."""
    several = (names,) if isinstance(names, str) else names or ()
    return tuple(storable(name).strip() for name in several if name.strip())


def tell_unknown(unknown: Filter) -> list[str]:
    """In a sentence each, the sources and authors that no article has."""
    told = [f"No article is from {', '.join(unknown.sources)}."] if unknown.sources else []
    return [*told, f"No article is by {', '.join(unknown.authors)}."] if unknown.authors else told


def _parse_day(value: date | str | None, name: str, today: date) -> date | None:
    """A day as given, or from text: the first that the words name for "since", else the last.

    Raises `QuestionError`, in which `name` says which day it was to be.
    """
    if isinstance(value, datetime):
        return value.date()
    if value is None or isinstance(value, date):
        return value
    if not value.strip():
        return None
    try:
        return date.fromisoformat(value.strip())
    except ValueError:
        first, last = read_days(value, today)
    day = first if name == "since" else last
    if day is None:
        raise QuestionError(
            f"“{value.strip()[:40]}” has no end ({name}). Write a day, such as 2019-04-25 or March."
        )
    return day
