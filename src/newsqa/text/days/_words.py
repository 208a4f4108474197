"""The words of a text, the numbers among them, and the calendar that they are placed in."""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

from newsqa.text.numbers import MONTH_NUMBERS, ONES, TENS

_TOKEN = re.compile(r"\d+(?=(?:st|nd|rd|th|s|d)?\b|[^\W\d_])|[^\W\d_]+(?=\d)|[^\W_]+|[^\w\s]")

ORDINALS = {f"{word}th": n for word, n in ONES.items()} | {f"{word[:-1]}ieth": n for word, n in TENS.items()}
ORDINALS |= {"first": 1, "second": 2, "third": 3, "fifth": 5, "eighth": 8, "ninth": 9, "twelfth": 12}
DECADES = {f"{word[:-1]}ies": n for word, n in TENS.items()}
_MONTH_BEFORE = frozenset(
    "in of since until till last this next before after from to by early mid late and between through the during"
    " week past st nd rd th - – /".split()
)

DAY = timedelta(1)
UNITS = {
    "day": 1,
    "week": 7,
    "fortnight": 14,
    "month": 30,
    "quarter": 91,
    "year": 365,
    "decade": 3652,
    "weekend": 2,
}
"""About how many days each has."""


P = ParamSpec("P")
T = TypeVar("T")
W = TypeVar("W", bound="Words")


def once(read: Callable[Concatenate[W, int, P], T]) -> Callable[Concatenate[W, int, P], T]:
    """Remembers what is read at a place, where several rules look (packrat parsing, Ford 2002)."""

    @wraps(read)
    def remembered(self: W, at: int, /, *args: P.args, **named: P.kwargs) -> T:
        key = (read, at, *args, *named.items())
        if key not in self.known:
            self.known[key] = read(self, at, *args, **named)
        known: T = self.known[key]
        return known

    return remembered


class Words:
    """Reads numbers from a text's words; each method gives the position after what it read, and what it means."""

    def __init__(self, text: str, today: date) -> None:
        tokens = list(_TOKEN.finditer(text))
        self.words = [token[0].lower() for token in tokens]
        self.starts = [token.start() for token in tokens]
        self.ends = [token.end() for token in tokens]
        self.today = today
        self.known: dict[tuple[Any, ...], Any] = {}

    def word(self, at: int) -> str:
        return self.words[at] if at < len(self.words) else ""

    def skip(self, at: int, *words: str) -> int:
        """The position after any of the words that stand here, three at most."""
        end = at
        while end < min(at + 3, len(self.words)) and self.words[end] in words:
            end += 1
        return end

    def take(self, at: int, phrase: str) -> int:
        """The position after a phrase, or 0 where it does not stand."""
        wanted = phrase.split()
        return at + len(wanted) if self.words[at : at + len(wanted)] == wanted else 0

    # numbers

    @once
    def read_number(self, at: int) -> tuple[int, int] | None:
        """A cardinal number, in digits or words."""
        word = self.word(at)
        if word.isdecimal() and len(word) <= 4 and not self.is_glued(at + 1, "st", "nd", "rd", "th"):
            return at + 1, int(word)
        if word in ("a", "an"):
            return (at + 2, 2) if self.word(at + 1) == "couple" else (at + 1, 1)
        if word in TENS:
            after = self.skip(at + 1, "-")
            ones = ONES.get(self.word(after), 0)
            return (after + 1, TENS[word] + ones) if 0 < ones < 10 else (at + 1, TENS[word])
        return (at + 1, ONES[word]) if word in ONES else None

    def is_glued(self, at: int, *words: str) -> bool:
        """Whether one of the words stands here without a blank before it."""
        return self.word(at) in words and self.starts[at] == self.ends[at - 1]

    @once
    def read_ordinal(self, at: int) -> tuple[int, int] | None:
        """An ordinal number: "3rd", "third", "twenty-third"."""
        word = self.word(at)
        if word.isdecimal() and self.is_glued(at + 1, "st", "nd", "rd", "th"):
            return at + 2, int(word)
        if word in TENS:
            after = self.skip(at + 1, "-")
            ones = ORDINALS.get(self.word(after), 0)
            return (after + 1, TENS[word] + ones) if 0 < ones < 10 else None
        return (at + 1, ORDINALS[word]) if word in ORDINALS else None

    @once
    def read_day_number(self, at: int) -> tuple[int, int] | None:
        """A day of a month: 3, 3rd, "the third"."""
        start = self.skip(at, "the")
        read = self.read_ordinal(start) or (
            self.read_number(start) if self.word(start) not in ("a", "an") else None
        )
        return read if read and 1 <= read[1] <= 31 else None

    @once
    def read_year(self, at: int, short: bool = False) -> tuple[int, int] | None:
        """A year: 2019, "nineteen eighty six"; with `short` also 19 and '19."""
        at = self.take(at, "the year of") or self.take(at, "the year") or self.take(at, "year") or at
        start = self.skip(at, "'", "’") if short else at
        word = self.word(start)
        if re.fullmatch(r"1[5-9]\d\d|20\d\d|21\d\d", word) and not self.is_glued(start + 1, "s", "%"):
            return start + 1, int(word)
        if short and re.fullmatch(r"\d\d", word) and not self.is_glued(start + 1, "st", "nd", "rd", "th"):
            return start + 1, int(word) + (2000 if int(word) <= self.today.year % 100 + 10 else 1900)
        hundreds = ONES.get(word, 0)
        if 15 <= hundreds <= 19 or word == "twenty":
            after = self.skip(self.take(at + 1, "hundred") or at + 1, "and")
            read = self.read_number(after)
            if read and (10 <= read[1] <= 99 or after > at + 1):
                return read[0], (hundreds or 20) * 100 + read[1]
        thousand = self.take(at, "two thousand and") or self.take(at, "two thousand")
        read = self.read_number(thousand) if thousand else None
        return (read[0], 2000 + read[1]) if read and read[1] < 100 else None

    @once
    def read_month(self, at: int) -> tuple[int, int] | None:
        word = self.word(at)
        if word not in MONTH_NUMBERS or (word in ("may", "mar", "march") and not self.may_be_month(at)):
            return None
        return at + 1 + (self.word(at + 1) == "." and self.is_glued(at + 1, ".")), MONTH_NUMBERS[word]

    def may_be_month(self, at: int) -> bool:
        """Whether "may" or "march" is a month here and not a verb: beside a number or a word that asks for one."""
        before, after = self.word(at - 1) if at else "", self.word(at + 1)
        numbered = any(word.isdecimal() and int(word) < 32 for word in (before, after)) or after in ORDINALS
        return before in _MONTH_BEFORE or numbered or bool(re.fullmatch(r"(?:19|20)\d\d", after))


@dataclass(frozen=True, slots=True)
class Days:
    """A phrase for days: its place in the text, its first and last day (None: open), how exactly it is named.

    `unit` is that of the last day: day, week, month or year; `relative` is whether it is counted from today.
    """

    first: date | None
    last: date | None
    unit: str = "day"
    relative: bool = False
    start: int = 0
    end: int = 0


@dataclass(frozen=True, slots=True)
class Part:
    """What a phrase says of a day or month; what it leaves open is filled in from what stands beside it."""

    year: int | None = None
    month: int | None = None
    day: int | None = None
    weekday: int | None = None

    def dates(self, today: date) -> Iterator[date]:
        """The days that fit, the latest first, from this year on back."""
        years = [self.year] if self.year else range(today.year, today.year - 9, -1)
        months = [self.month] if self.month else range(12, 0, -1) if self.year is None or self.day else [1]
        for year in years:
            for month in months:
                numbers = [self.day or 1] if self.weekday is None or self.day else range(31, 0, -1)
                for number in numbers:
                    if 1 <= year <= 9999 and number <= calendar.monthrange(year, month)[1]:
                        found = date(year, month, number)
                        if self.weekday in (None, found.weekday()):
                            yield found

    @property
    def unit(self) -> str:
        return "day" if self.day or self.weekday is not None else "month" if self.month else "year"

    def resolve(self, today: date) -> Days | None:
        """The latest that has begun; with a year, that one alone (whatever weekday is named with it)."""
        part = replace(self, weekday=None) if self.month and self.day else self
        found = next((one for one in part.dates(today) if part.year or one <= today), None)
        return whole(self.unit, found) if found else None


def whole(unit: str, day: date, relative: bool = False) -> Days:
    """The day, week (from Monday), weekend, month, quarter, year or decade in which a day is."""
    if unit == "weekend":
        saturday = day + timedelta(5 - day.weekday())
        return Days(saturday, saturday + DAY, "day", relative)
    if unit in ("week", "fortnight"):
        monday = day - timedelta(day.weekday())
        return Days(monday, monday + timedelta(UNITS[unit] - 1), "week", relative)
    if unit == "day":
        return Days(day, day, "day", relative)
    months = {"month": 1, "quarter": 3}.get(unit, 12)
    years = {"decade": 10, "century": 100}.get(unit, 1)
    first = date(max(1, day.year - day.year % years), (day.month - 1) // months * months + 1, 1)
    return Days(first, shift(first, unit, 1) - DAY, "month" if months < 12 else "year", relative)


def shift(day: date, unit: str, number: int) -> date:
    """The day so many units later; months and years keep the day of the month where they can."""
    months = {"month": 1, "quarter": 3, "year": 12, "decade": 120, "century": 1200}.get(unit)
    if months is None:
        return day + timedelta(number * (7 if unit == "weekend" else UNITS[unit]))
    count = day.year * 12 + day.month - 1 + number * months
    year, month = divmod(count, 12)
    if not 1 <= year <= 9999:
        raise OverflowError
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))
