"""The days that a question asks for: which phrases narrow its search, and how far. Pure functions."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta

from newsqa.text.days import Days, find_days

MARGIN = {"day": 31, "week": 31, "month": 92, "year": 366}
"""Days after a period within which what happened in it is still reported, by how exactly it was named."""

FRESH = {"day": 1, "week": 3, "month": 7, "year": 31}
"""The same for periods that are counted from today: these are asked by people who follow the news."""

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
_AFTER_PREPOSITION = re.compile(r"\b(?:in|on|at|of|for|by|from|to|the|with|during) [a-z][\w’'-]* $")


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


def period_asked(question: str, today: date) -> Asked | None:
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
        since, until = _searched(days, today, bare)
        return Asked(start, end, days, since, until, days.relative)
    return None


def without(question: str, asked: Asked) -> str:
    """The question without the words of a period; as it is where little would be left of it."""
    left = f"{question[: asked.start].rstrip()} {question[asked.end :].lstrip()}".strip()
    left = re.sub(r"\s+([?!.,;])", r"\1", left).strip(" ,;")
    return left if len(_WORD.findall(left)) >= 2 else question


def _searched(days: Days, today: date, bare: bool) -> tuple[date | None, date | None]:
    """The days to search for what happened in a period; `bare` is whether nothing else is asked for."""
    first, last = days.first, days.last
    if first and not days.relative and days.unit in ("month", "year") and not bare:
        return first, None
    if first and first == last and days.unit != "day":  # "three weeks ago"
        about = timedelta({"week": 4, "month": 16}.get(days.unit, 183))
        first, last = first - about, first + about
    if last and first:
        last += timedelta((FRESH if days.relative else MARGIN)[days.unit])
        last = min(last, max(today, first))
    return first, last


def _is_no_filter(question: str, days: Days, led: bool) -> bool:
    """Whether the words belong to a name, a habit, a comparison or the future, or say nothing of when."""
    before, words = question[: days.start], question[days.start : days.end]
    open_end = days.first is None or days.last is None
    if days.first is None and _COMPARED.search(question):
        return True
    if not days.relative and not (led or open_end or (" " in words and re.match(r"(?i)between|from", words))):
        return True
    if _HABIT.search(before) or (not days.relative and _COMING.search(before)):
        return True
    return not question.isupper() and _is_name(before, words, question[days.end :])


def _is_name(before: str, words: str, after: str) -> bool:
    """Whether a phrase is part of a name: "Last Week Tonight", "Black Friday", "Theresa May", "April Ludgate"."""
    beside = _WORD_BEFORE.search(before)
    named_before = bool(beside) and beside[1][:1].isupper() and len(before.split()) > 1  # type: ignore[index]
    named_after = bool(re.match(r" [A-Z][a-z]", after))
    if re.fullmatch(r"[^\W\d_]+", words):
        return named_before or named_after or bool(_AFTER_PREPOSITION.search(before))
    first = words.split()[0]
    return bool(before) and first in ("Last", "This", "Past", "Next", "Yesterday", "Today") and named_after
