"""Days in a question ("last week", "in April 2019", "since Monday") to a period, by rule. Pure functions."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from newsqa.text.timepoints import (
    DAY_OF_MONTH,
    MONTH,
    NUMBERS,
    POINT,
    WEEKDAY,
    WEEKDAYS,
    YEAR,
    number_of,
    point,
    whole,
)

_UNIT = r"day|week|month|year"
_NUMBER = rf"\d{{1,3}}|{'|'.join(NUMBERS)}"

MARGIN = {"day": 31, "week": 31, "month": 92, "year": 366}
"""Days after a period within which what happened in it is still reported, by how exactly it was named."""

_FRESH = {"day": 1, "week": 3, "month": 7, "year": 31}
"""The same for periods that are counted from today: these are asked by people who follow the news."""

_EVENTS = frozenset(
    "accident accord agreement attack ballot blast bombing budget ceasefire census championship "
    "conference congress coup crash crisis cup deal debate disaster earthquake election epidemic eruption "
    "explosion final fire flood game hearing hurricane interview invasion launch march massacre match "
    "meeting merger olympics outbreak pact pandemic poll protest raid rally referendum report revolution "
    "shooting speech statement storm strike summit takeover talk test tour treaty trial trip uprising "
    "visit vote war".split()
)
"""Nouns of what has a day of its own: "the summit in June 2018" may be told of at any later time."""

_COMING = re.compile(r"\b(?:will|shall|going to|due|scheduled|planned|expected|upcoming)\b", re.IGNORECASE)
_COMPARED = re.compile(r"\b(?:ever|never|last|first|previous(?:ly)?)\b", re.IGNORECASE)
_QUOTED = re.compile(r"[\"“][^\"“”]{1,200}[\"”]|‘[^‘’]{1,200}’")


@dataclass(frozen=True, slots=True)
class Asked:
    """A period that a question names: the days to search (both ends included), and where its words stand.

    `fresh` is whether it is counted from today. Such words say nothing of the matter and can be left out.
    """

    start: int
    end: int
    since: date | None
    until: date | None
    fresh: bool = False


def period_asked(question: str, today: date) -> Asked | None:
    """The first period that a question asks for; None if it names none, or names days that are no filter.

    Days that belong to an event ("the 2018 World Cup", "the summit in June 2018") are none, nor are days to
    come: articles before and after may tell. The end of a period is moved on, because news is reported later.
    """
    quoted = [found.span() for found in _QUOTED.finditer(question)]
    for asked in sorted(_found(question, today), key=lambda one: (one.start, -one.end)):
        inside = any(start <= asked.start < end for start, end in quoted)
        if inside or (asked.since and asked.since > today):
            continue
        until = asked.until and min(asked.until, max(today, asked.since or today))
        return Asked(asked.start, asked.end, asked.since, until, asked.fresh)
    return None


def without(question: str, asked: Asked) -> str:
    """The question without the words of a fresh period; as it is where little would be left of it."""
    if not asked.fresh:
        return question
    left = f"{question[: asked.start].rstrip()} {question[asked.end :].lstrip()}".strip()
    left = re.sub(r"\s+([?!.,;])", r"\1", left).strip(" ,;")
    return left if len(re.findall(r"\w+", left)) >= 2 else question


def _found(question: str, today: date) -> Iterator[Asked]:
    for form, days in _RULES:
        for match in form.finditer(question):
            if _is_name(question, match):
                continue
            period = days(match, today)
            if period is not None:
                yield Asked(match.start(), match.end(), period[0], period[1], period[2])


Days = tuple[date | None, date | None, bool]
"""First and last day of a period, its margin included, and whether it is counted from today."""


def _is_name(question: str, match: re.Match[str]) -> bool:
    """Whether the words are those of a title, such as that of a programme: `Last Week Tonight`."""
    first = re.match(r"[A-Za-z]+", match[0])
    if not first or match.start() == 0 or question.isupper():
        return False
    word = first[0]
    return word[0].isupper() and word.lower() not in WEEKDAYS and not re.fullmatch(MONTH, word, re.IGNORECASE)


def _one_day(match: re.Match[str], today: date) -> Days:
    text = " ".join(match[0].lower().split())
    back = 2 if "before" in text else 1 if text.startswith(("yesterday", "last")) else 0
    day = today - timedelta(back)
    return day, day + timedelta(_FRESH["day"]), True


def _calendar(match: re.Match[str], today: date) -> Days | None:
    """This or last week, month, year or weekend."""
    unit, back = match["unit"].lower(), 0 if match["which"].lower() == "this" else 1
    if unit == "weekend":
        saturday = today - timedelta(today.weekday() + 2 if today.weekday() < 5 else today.weekday() - 5)
        saturday -= timedelta(7) if back and today.weekday() >= 5 else timedelta(0)
        if not back and today.weekday() < 5:
            return None  # the coming one
        return saturday, saturday + timedelta(1 + _FRESH["day"]), True
    first, last = whole(unit, today)
    if back:
        first, last = whole(unit, first - timedelta(1))
    return first, last + timedelta(_FRESH[unit]), True


def _rolling(match: re.Match[str], today: date) -> Days:
    """The last so many days, weeks, months or years."""
    unit = match["unit"].lower()
    number = number_of(match["number"] or "1")
    if unit == "hour":
        return today - timedelta(-(-number // 24)), today, True
    length = {"day": 1, "week": 7, "month": 31, "year": 366}[unit]
    return today - timedelta(min(number * length, 200 * 366)), today, True


def _ago(match: re.Match[str], today: date) -> Days | None:
    unit, number = match["unit"].lower(), number_of(match["number"])
    length = {"day": 1, "week": 7, "month": 30.44, "year": 365.25}[unit]
    if number * length > 200 * 366:
        return None
    first, last = whole(unit, today - timedelta(round(number * length)))
    return first, last + timedelta(MARGIN[unit]), False


def _between(match: re.Match[str], today: date) -> Days | None:
    later = point(match["second"], today)
    text = match["first"] or match["one"]
    if text.isdigit() and len(text) <= 2:  # between 3 and 5 May 2019
        text += " " + re.sub(r"^\d{1,2}(?:st|nd|rd|th)?\s+", "", match["second"])
    elif later and not re.search(YEAR, text):  # between April and June 2019
        text += f" {later[0].year}"
    sooner = point(text, today)
    if not later or not sooner or sooner[0] > later[1]:
        return None
    return sooner[0], later[1] + timedelta(MARGIN[later[2]]), False


def _since(match: re.Match[str], today: date) -> Days | None:
    found = point(match["point"], today)
    if not found:
        return None
    after = match["word"].lower() == "after" and found[2] in ("month", "year")
    return (found[1] + timedelta(1) if after else found[0]), None, _is_weekday(match["point"])


def _before(match: re.Match[str], today: date) -> Days | None:
    """Before a day; not where the question compares: then later articles tell what was before."""
    found = point(match["point"], today)
    if not found or _COMPARED.search(match.string):
        return None
    return None, found[0] - timedelta(1) if match["word"].lower() == "before" else found[1], False


def _in(match: re.Match[str], today: date) -> Days | None:
    found = point(match["point"], today)
    before = match.string[: match.start()]
    word = (re.findall(r"[a-z]+(?=[^a-z]*$)", before.lower()) or [""])[0]
    if not found or _COMING.search(before):
        return None
    if _is_weekday(match["point"]):
        return found[0], found[1] + timedelta(_FRESH["day"]), True
    if _is_event(word):
        return None
    return found[0], found[1] + timedelta(MARGIN[found[2]]), False


def _is_event(word: str) -> bool:
    return word in _EVENTS or word.removesuffix("s") in _EVENTS or word.removesuffix("es") in _EVENTS


def _is_weekday(text: str) -> bool:
    return text.strip().lower() in WEEKDAYS


def _form(text: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w’'-]){text}(?![\w-])", re.IGNORECASE)


Rule = tuple[re.Pattern[str], Callable[[re.Match[str], date], Days | None]]
_RULES: tuple[Rule, ...] = (
    (
        _form(r"the day before yesterday|yesterday(?: (?:morning|afternoon|evening))?(?:['’]s)?|last night"),
        _one_day,
    ),
    (_form(r"(?<!of )(?:earlier )?today(?:['’]s)?|this (?:morning|afternoon|evening)|tonight"), _one_day),
    (
        _form(
            rf"(?:(?:in|over|during|within|for) )?the (?:last|past) (?P<number>{_NUMBER}) (?P<unit>hour|{_UNIT})s?"
            r"(?! (?:of|in|at|before)\b)"
        ),
        _rolling,
    ),
    (
        _form(
            r"(?:(?:in|over|during|within) the last|(?:(?:in|over|during|within) )?the past) "
            r"(?P<unit>week|month|year)(?P<number>)(?! (?:of|in|at|before)\b)"
        ),
        _rolling,
    ),
    (
        _form(
            rf"(?<!the )(?:(?:over|during) )?(?P<which>last|this|past) (?P<unit>{_UNIT}|weekend)"
            r"(?:['’]s)?(?! of\b)"
        ),
        _calendar,
    ),
    (_form(rf"(?P<number>{_NUMBER}) (?P<unit>{_UNIT})s? ago"), _ago),
    (
        _form(
            rf"(?:between (?P<first>{POINT}|{DAY_OF_MONTH}) and|"
            rf"from (?P<one>{POINT}|{DAY_OF_MONTH}) (?:to|until|till)) (?P<second>{POINT})"
        ),
        _between,
    ),
    (_form(rf"(?P<word>since|after)(?: last)? (?P<point>{POINT})"), _since),
    (_form(rf"(?P<word>before|until|till) (?P<point>{POINT})"), _before),
    (_form(rf"(?:in|during|on)(?: (?:early|mid|late|last))?[ -](?P<point>{POINT})"), _in),
    (_form(rf"last (?P<point>{WEEKDAY})"), _in),
    (_form(rf"(?P<point>{WEEKDAY})(?=\W*$)"), _in),
)
