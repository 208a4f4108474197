"""The days that a question names as a filter of its search: told in the answer, never widened by itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import TypeVar

from newsqa.search.periods import Asked, period_asked, without
from newsqa.text.days import find_days
from newsqa.types import Answer, Filter, Period, Turn

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Narrowed:
    """What is asked in place of a question, and the period that its words gave, if any.

    `searched` is the question made to stand alone; `question` after `history` is the same as it was typed. `dated`
    is `searched` with the words of the period, which articles of any later day may name.
    """

    question: str
    searched: str
    history: tuple[Turn, ...]
    where: Filter
    period: Period | None = None
    dated: str = ""


def narrowed(plain: Narrowed, today: date, covered: tuple[date, date] | None) -> Narrowed:
    """The question with the days that it names as a filter.

    Days that the user has chosen stand as they are, and the words of others are left out. Days before the first
    article (`covered` is the first and last day of all) are history, which later articles tell: no filter either.
    "In April" is the latest April that the articles can tell of.
    """
    searched = plain.searched
    asked = _latest(searched, today, covered)
    if plain.where.since or plain.where.until:
        return replace(plain, searched=without(searched, asked)) if asked else plain
    if asked is None or (not asked.fresh and covered and asked.days.last and asked.days.last < covered[0]):
        return plain
    period = Period(searched[asked.days.start : asked.days.end], asked.days.first, asked.days.last)
    where = replace(plain.where, since=asked.since, until=asked.until)
    left, own = without(searched, asked), period_asked(plain.question, today)
    dated = searched if left != searched and not asked.fresh and asked.days.first and asked.days.last else ""
    if own is not None:
        return Narrowed(without(plain.question, own), left, plain.history, where, period, dated)
    return Narrowed(left, left, (), where, period, dated)


def names(text: str, published: date | None, period: Period) -> bool:
    """Whether a text of an article names the very days of a period, as of the day on which it was published."""
    days = period.since, period.until
    return published is not None and any((one.first, one.last) == days for one in find_days(text, published))


def _latest(searched: str, today: date, covered: tuple[date, date] | None) -> Asked | None:
    """The period asked for; a month or day without a year is counted back from the last article."""
    asked = period_asked(searched, today)
    if asked is None or asked.fresh or not covered:
        return asked
    earlier = period_asked(searched, min(today, covered[1]))
    return earlier if earlier and earlier.end == asked.end else asked


def told(stream: Iterable[T], question: str, period: Period | None, language: str = "") -> Iterator[T | Answer]:
    """The items of a stream; the answer says what was asked in full, and what its search was narrowed to."""
    for item in stream:
        if not isinstance(item, Answer):
            yield item
            continue
        missing = item.missing
        if item.abstained and period:
            missing = (*missing, f"The search was narrowed to {period.label}, because the question says so.")
        yield replace(item, question=question, period=period, missing=missing, language=language)
