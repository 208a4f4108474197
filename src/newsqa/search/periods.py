"""The days that a question names: which phrases narrow its search, how far, and what its answer says of it."""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TypeVar

from newsqa.text.days import Days, find_days
from newsqa.text.stems import content_words
from newsqa.types import Answer, Filter, Period, Turn

MARGIN = {"day": 31, "week": 31, "month": 92, "year": 366}
"""Days after a period within which what happened in it is still reported, by how exactly it was named."""

FRESH = {"day": 1, "week": 3, "month": 7, "year": 31}
"""The same for periods counted from today, and for what happened in a month or year: what was news then."""

_NEWS = timedelta(7)
"""For so long after a period what happened in it is news."""

_COMING = re.compile(r"\b(?:will|shall|going to|due|scheduled|planned|expected|upcoming)\b", re.IGNORECASE)
_COMPARED = re.compile(r"\b(?:ever|never|last|first|previous(?:ly)?)\b", re.IGNORECASE)
_QUOTED = re.compile(r"[\"“][^\"“”]{1,200}[\"”]|‘[^‘’]{1,200}’")
_LEAD = re.compile(
    r"\b(?:back in|in|on|during|over|within|for|at|of|from|since|between)(?: the)? $", re.IGNORECASE
)
_POSSESSIVE = re.compile(r"['’]s?\b")
_WORD = re.compile(r"\w+")
_HABIT = re.compile(r"\b(?:an?|every|each|any|most|some) $", re.IGNORECASE)
_WORD_BEFORE = re.compile(r"([\w’'-]+) $")
_CALENDAR = frozenset((*calendar.day_name, *calendar.day_abbr, *calendar.month_name, *calendar.month_abbr))
_AFTER_PREPOSITION = re.compile(r"\b(?:in|on|at|of|for|by|from|to|the|with|during) [a-z][\w’'-]* $")

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Asked:
    """A period that a question names: its words, its days, and the days to search (all ends included).

    `fresh` is whether it is counted from today.
    """

    start: int
    end: int
    days: Days
    since: date | None
    until: date | None
    fresh: bool = False


def find_period(question: str, today: date) -> Asked | None:
    """The first period that a question asks for; None if it names none, or names days that are no filter.

    A year beside a name ("the 2018 World Cup"), days to come, habits ("on a Sunday"), names that hold a day
    ("Black Friday") and what stands in quotation marks are none. The end of a period is moved on, because news is
    reported later; what happened in some month or year may be told of at any time since.
    """
    quoted = [found.span() for found in _QUOTED.finditer(question)]
    for days in find_days(question, today):
        lead = _LEAD.search(question[: days.start])
        if any(start <= days.start < end for start, end in quoted) or _is_no_filter(question, days, bool(lead)):
            continue
        if days.first and days.first > today:
            continue
        possessive = _POSSESSIVE.match(question, days.end)
        start = lead.start() if lead and not possessive else days.start
        end = possessive.end() if possessive else days.end
        bare = len(_WORD.findall(question[:start] + question[end:])) <= 2
        since, until = _choose_days(days, today, bare)
        return Asked(start, end, days, since, until, days.relative)
    return None


def drop_period(question: str, asked: Asked) -> str:
    """The question without the words of a period; as it is where little would be left of it."""
    left = f"{question[: asked.start].rstrip()} {question[asked.end :].lstrip()}".strip()
    left = re.sub(r"\s+([?!.,;])", r"\1", left).strip(" ,;")
    return left if len(_WORD.findall(left)) >= 2 or content_words(left) else question


def _choose_days(days: Days, today: date, bare: bool) -> tuple[date | None, date | None]:
    """The days to search for what happened in a period; `bare` is whether nothing else is asked for."""
    first, last = days.first, days.last
    if first and not days.relative and days.unit in ("month", "year") and not bare:
        return first, None
    if first and first == last and days.unit != "day":  # "three weeks ago"
        about = timedelta({"week": 4, "month": 16}.get(days.unit, 183))
        first, last = first - about, first + about
    if last and first:
        news = days.relative or (bare and days.unit in ("month", "year"))
        last += timedelta((FRESH if news else MARGIN)[days.unit])
        last = min(last, max(today, first))
    return first, last


def _is_no_filter(question: str, days: Days, led: bool) -> bool:
    """Whether the words belong to a name, a habit, a comparison or the future, or say nothing of when."""
    before, words = question[: days.start], question[days.start : days.end]
    open_end = days.first is None or days.last is None
    if words.casefold() == "now" or (days.first is None and _COMPARED.search(question)):
        return True
    if not days.relative and not (led or open_end or (" " in words and re.match(r"(?i)between|from", words))):
        return True
    if _HABIT.search(before) or (not days.relative and _COMING.search(before)):
        return True
    return not question.isupper() and _is_name(before, words, question[days.end :])


def _is_name(before: str, words: str, after: str) -> bool:
    """Whether a phrase is part of a name: "Last Week Tonight", "Black Friday", "Theresa May", "April Ludgate"."""
    if words[:1].islower():  # "in gullhaven yesterday", but "on black friday"
        return words.title() in _CALENDAR and bool(_AFTER_PREPOSITION.search(before))
    beside = _WORD_BEFORE.search(before)
    named_before = bool(beside) and beside[1][:1].isupper() and len(before.split()) > 1  # type: ignore[index]
    named_after = bool(re.match(r" [A-Z][a-z]", after))
    if re.fullmatch(r"[^\W\d_]+", words):
        return named_before or named_after or bool(_AFTER_PREPOSITION.search(before))
    first = words.split()[0]
    return bool(before) and first in ("Last", "This", "Past", "Next", "Yesterday", "Today") and named_after


@dataclass(frozen=True, slots=True)
class SearchRequest:
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

    @property
    def when_news(self) -> Filter:
        """Where to look for what was news in the period: not in what is told of it later."""
        if self.period is None or self.period.until is None:
            return self.where
        last = self.period.until + _NEWS
        return replace(self.where, until=min(last, self.where.until or last))


def narrow_search(plain: SearchRequest, today: date, covered: tuple[date, date] | None) -> SearchRequest:
    """The question with the days that it names as a filter.

    Days that the user has chosen stand as they are, and the words of others are left out. Days before the first
    article (`covered` is the first and last day of all) are history, which later articles tell: no filter either.
    "In April" is the latest April that the articles can tell of.
    """
    searched = plain.searched
    asked = _find_latest(searched, today, covered)
    if plain.where.since or plain.where.until:
        return replace(plain, searched=drop_period(searched, asked)) if asked else plain
    if asked is None or (not asked.fresh and covered and asked.days.last and asked.days.last < covered[0]):
        return plain
    period = Period(searched[asked.days.start : asked.days.end], asked.days.first, asked.days.last)
    where = replace(plain.where, since=asked.since, until=asked.until)
    left, own = drop_period(searched, asked), find_period(plain.question, today)
    dated = searched if left != searched and not asked.fresh and asked.days.first and asked.days.last else ""
    if own is not None:
        return SearchRequest(drop_period(plain.question, own), left, plain.history, where, period, dated)
    return SearchRequest(left, left, (), where, period, dated)


def names_days(text: str, published: date | None, period: Period) -> bool:
    """Whether a text of an article names the very days of a period, as of the day on which it was published."""
    days = period.since, period.until
    return published is not None and any((one.first, one.last) == days for one in find_days(text, published))


def _find_latest(searched: str, today: date, covered: tuple[date, date] | None) -> Asked | None:
    """The period asked for; a month or day without a year is counted back from the last article."""
    asked = find_period(searched, today)
    if asked is None or asked.fresh or not covered:
        return asked
    earlier = find_period(searched, min(today, covered[1]))
    return earlier if earlier and earlier.end == asked.end else asked


def tell_period(
    stream: Iterable[T],
    question: str,
    period: Period | None,
    language: str = "",
    outlets: Sequence[str] = (),
) -> Iterator[T | Answer]:
    """The items of a stream; the answer says what was asked in full, and what its search was narrowed to."""
    for item in stream:
        if not isinstance(item, Answer):
            yield item
            continue
        missing = item.missing
        narrowed = [*outlets, *([period.label] if period else [])]
        if item.abstained and narrowed:
            told = f"The search was narrowed to {', '.join(narrowed)}, because the question says so."
            missing = (*missing, told)
        yield replace(item, question=question, period=period, missing=missing, language=language)
