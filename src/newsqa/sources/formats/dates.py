"""Publication dates in the forms that articles carry. Nothing is guessed: an unknown form gives no date."""

from __future__ import annotations

import re
from datetime import date

from newsqa.text.numbers import MONTHS

_LONGEST = 100

_MONTHS = {name[:length]: number for number, name in enumerate(MONTHS, 1) for length in range(3, len(name) + 1)}

_MONTH = r"(?P<month>[A-Za-z]{3,9})\.?"
_YEAR = r"(?P<year>[12]\d{3})"
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
_FORMS = tuple(
    re.compile(form)
    for form in (
        r"(?<!\d)(?P<year>[12]\d{3})(?P<mark>[-/.])(?P<number>\d{1,2})(?P=mark)(?P<day>\d{1,2})(?!\d)",
        r"(?<!\d)(?P<year>[12]\d{3})(?P<number>\d{2})(?P<day>\d{2})(?=T\d|$|\s|Z)",
        rf"(?<![\d.,:]){_DAY}[ ]{{1,2}}(?:of )?{_MONTH},?[ ]{{1,2}}{_YEAR}(?!\d)",
        rf"(?<![A-Za-z]){_MONTH}[ ]{{1,2}}{_DAY},?[ ]{{1,2}}{_YEAR}(?!\d)",
        rf"(?<!\d){_DAY}-{_MONTH}-{_YEAR}(?!\d)",
        r"(?<!\d)(?P<day>\d{1,2})\.[ ]?(?P<number>\d{1,2})\.[ ]?(?P<year>[12]\d{3})(?!\d)",
    )
)
"""Year first; compact; 23 April 2019; April 23, 2019; 23-FEB-1987; 23.04.2019. Days before months in
numbers only with full stops: 04/05/2019 is April to some and May to others, so it gives no date."""


def parse_date(text: str) -> date | None:
    """The day that `text` states completely, with its year; None if it states none that exists.

    A time of day and a zone around the day are passed over; the day is taken as it stands.
    """
    text = " ".join(text[:_LONGEST].split())
    for form in _FORMS:
        for found in form.finditer(text):
            day = _day(found.groupdict())
            if day:
                return day
    return None


def _day(parts: dict[str, str | None]) -> date | None:
    number = parts.get("number")
    month = int(number) if number else _MONTHS.get((parts.get("month") or "").lower(), 0)
    try:
        return date(int(parts["year"] or 0), month, int(parts["day"] or 0))
    except ValueError:
        return None
