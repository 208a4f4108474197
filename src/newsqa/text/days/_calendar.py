"""The calendar under the words: a phrase's days, a date with parts left open, and whole weeks and months."""

from __future__ import annotations

import calendar
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta

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
