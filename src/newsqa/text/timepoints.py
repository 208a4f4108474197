"""Days, weekdays, months and years as they are named in English, to the days that they mean. Pure functions."""

from __future__ import annotations

import re
from datetime import date, timedelta

WEEKDAYS = "monday tuesday wednesday thursday friday saturday sunday".split()
NUMBERS = "one two three four five six seven eight nine ten eleven twelve".split()
MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?"
    r"|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"
)
WEEKDAY = f"(?:{'|'.join(WEEKDAYS)})"
YEAR = r"(?:19|20)\d\d"
DAY_OF_MONTH = r"\d{1,2}(?:st|nd|rd|th)?"
_DATE = (
    rf"{YEAR}-\d\d-\d\d|{DAY_OF_MONTH}\s+(?:of\s+)?{MONTH}\b\.?(?:,?\s+{YEAR})?"
    rf"|{MONTH}\b\.?\s+{DAY_OF_MONTH}\b(?:,?\s+{YEAR})?(?!\d)"
)
POINT = rf"(?:{_DATE}|{MONTH}\b\.?(?:,?\s+{YEAR})?|{YEAR}|{WEEKDAY})\b(?!\s*%)"
"""A day, month, year or weekday, in lower case or to be matched without regard to case."""

_MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()


def point(text: str, today: date) -> tuple[date, date, str] | None:
    """First day, last day and unit of a day, month or year; without a year it is the latest that has begun."""
    text = " ".join(text.lower().replace(".", " ").replace(",", " ").split())
    if text in WEEKDAYS:
        day = today - timedelta((today.weekday() - WEEKDAYS.index(text)) % 7)
        return day, day, "day"
    iso = re.fullmatch(r"(\d{4})-(\d\d)-(\d\d)", text)
    if iso:
        return _made(int(iso[1]), int(iso[2]), int(iso[3]))
    if re.fullmatch(YEAR, text):
        return date(int(text), 1, 1), date(int(text), 12, 31), "year"
    month = next((n for n, name in enumerate(_MONTHS, 1) if re.search(rf"\b{name}", text)), 0)
    year = re.search(rf"\b{YEAR}\b", text)
    day_of_month = re.search(r"\b(\d{1,2})(?:st|nd|rd|th)?\b", text[: year.start()] if year else text)
    if not month:
        return None
    number = int(day_of_month[1]) if day_of_month else 0
    for guess in [int(year[0])] if year else range(today.year, today.year - 5, -1):
        made = _made(guess, month, number)
        if made and (year or made[0] <= today):
            return made
    return None


def _made(year: int, month: int, day: int) -> tuple[date, date, str] | None:
    try:
        made = date(year, month, day or 1)
    except ValueError:
        return None
    return (made, made, "day") if day else (*whole("month", made), "month")


def whole(unit: str, day: date) -> tuple[date, date]:
    """The first and last day of the day, week (from Monday), month or year in which a day is."""
    if unit == "week":
        monday = day - timedelta(day.weekday())
        return monday, monday + timedelta(6)
    if unit == "month":
        first = day.replace(day=1)
        return first, (first + timedelta(31)).replace(day=1) - timedelta(1)
    return (day.replace(month=1, day=1), day.replace(month=12, day=31)) if unit == "year" else (day, day)


def number_of(text: str) -> int:
    """A number of one to twelve in words, or in digits."""
    return NUMBERS.index(text.lower()) + 1 if text.lower() in NUMBERS else int(text)
