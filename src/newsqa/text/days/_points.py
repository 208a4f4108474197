"""Single days, months and years as they are written: 25 April 2019, 2019-04-25, Friday the 13th, last April."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

from newsqa.text.days._words import DAY, ORDINALS, UNITS, Days, Part, Words, once, shift, whole
from newsqa.text.numbers import MONTH_NUMBERS, WEEKDAY_NUMBERS

BACK = {"last": 1, "past": 1, "previous": 1}
NOW = {"this": 0, "current": 0, "same": 0}
ON = {"next": -1, "coming": -1, "following": -1, "upcoming": -1}
UNIT_OF = {"hour": "hour", "hours": "hour"} | {form: unit for unit in UNITS for form in (unit, f"{unit}s")}

Read = tuple[int, Days] | None
"""The position after a phrase, and its days."""
ReadPart = tuple[int, Part] | None


class Points(Words):
    """Reads single days, months and years, and those that are counted from the present one."""

    @once
    def read_numeric(self, at: int) -> ReadPart:
        """2019-04-25, 20190425, 25.4.2019, 4/25/2019 (month first, unless it cannot be), 2019-04, 4/25."""
        word = self.word(at)
        if re.fullmatch(r"(?:19|20)\d{6}", word):
            return at + 1, Part(int(word[:4]), int(word[4:6]), int(word[6:]))
        between: set[str] = set()
        pieces, position = [word], at + 1
        while (
            len(pieces) < 3
            and (self.word(position) in (between or ("/", "-", ".")) and self.is_glued(position, "/", "-", "."))
            and self.starts[position + 1 : position + 2] == [self.ends[position]]
            and (self.word(position + 1).isdecimal() or self.word(position + 1) in MONTH_NUMBERS)
        ):
            between.add(self.word(position))
            pieces.append(self.word(position + 1))
            position += 2
        if len(pieces) == 1 and re.fullmatch(r"(?:19|20)\d\d", word):  # 2016 10 16
            pieces = self.words[at : at + 3]
            position, between = at + 3, {" "}
            if not all(piece.isdecimal() and len(piece) <= 2 for piece in pieces[1:]):
                return None
        if between == {"-"} and len(pieces) == 2 and len(pieces[0]) < 4 and not self.is_day_here(at, position):
            return None  # 3-12 of September, a score of 3-12
        if len(between) != 1 or not all(re.fullmatch(r"\d{1,4}", one) or one in MONTH_NUMBERS for one in pieces):
            return None
        return self.arrange(pieces, between.pop(), position)

    def is_day_here(self, at: int, end: int) -> bool:
        """Whether 7-6 is a day here: beside a word that asks for one, and before no month."""
        before = self.word(at - 1) if at else ""
        asks = before in WEEKDAY_NUMBERS or before in (
            "on",
            "from",
            "between",
            "since",
            "until",
            "till",
            "by",
            "to",
        )
        return asks and not self.read_month(self.skip(end, "of"))

    def arrange(self, pieces: list[str], between: str, end: int) -> ReadPart:
        """The pieces of a numeric date as year, month and day."""
        named = next((n for n, piece in enumerate(pieces) if piece in MONTH_NUMBERS), None)
        values = [MONTH_NUMBERS.get(piece) or int(piece) for piece in pieces]
        if len(pieces[0]) == 4 and len(pieces) >= 2:
            year, month, day = [*values, None][:3]
        elif len(pieces) == 3:
            first, second, year = values
            day_first = named == 1 or between == "." or (named is None and first > 12)
            month, day = (second, first) if day_first else (first, second)
            if year < 100:
                year += 2000 if year <= self.today.year % 100 + 10 else 1900
        elif len(pieces) == 2 and between in ("/", "-") and (named is not None or len(pieces[1]) <= 2):
            year, (month, day) = None, (values[::-1] if named == 1 or values[0] > 12 else values)
        elif len(pieces) == 2 and len(pieces[1]) == 4 and between == "/":
            (month, year), day = values, None
        else:
            return None
        if month is None or not 1 <= month <= 12 or (day is not None and not 1 <= day <= 31):
            return None
        return end, Part(year, month, day)

    @once
    def read_part(self, at: int) -> ReadPart:
        """A day, month, weekday or year by its name, with as much as is said of it."""
        start = self.skip(at, "the")
        weekday = WEEKDAY_NUMBERS.get(self.word(start))
        if weekday is not None and (self.word(start) not in ("sat", "sun") or self.read_ordinal(start + 1)):
            position = self.skip(start + 1, ",", ".")
            read = self.read_date(self.skip(position, "the"))
            if read:
                return read[0], replace(read[1], weekday=weekday)
            day = self.read_day_number(position)
            if day and self.word(day[0]) not in UNIT_OF:
                return day[0], Part(day=day[1], weekday=weekday)
            return start + 1, Part(weekday=weekday)
        return self.read_date(start) or self.read_date(at)

    @once
    def read_date(self, at: int) -> ReadPart:
        read = self.read_numeric(at)
        if read:
            return read
        year = self.read_year(at)
        if year:
            month = self.read_month(self.skip(year[0], "-", ","))
            return (month[0], Part(year[1], month[1])) if month else (year[0], Part(year[1]))
        month = self.read_month(at)
        if month:  # May, May 2019, May 5, May the 5th, 2019, May/3
            position = self.skip(month[0], ",", "/", "-")
            day = self.read_day_number(position)
            if day and not (day[1] < 32 and self.word(position) in ("a", "an")):
                return self.add_year(day[0], Part(month=month[1], day=day[1]))
            return self.add_year(month[0], Part(month=month[1]))
        day = self.read_day_number(at)
        if day:
            position = self.skip(self.take(day[0], "day") or day[0], "of", "-", "/", ",", ".")
            month = self.read_month(self.skip(position, "the"))
            if month:
                return self.add_year(month[0], Part(month=month[1], day=day[1]))
            if self.take(position, "the month") or self.take(position, "this month"):
                return position + 2, Part(self.today.year, self.today.month, day[1])
            ends = not self.word(day[0]) or not self.word(day[0])[0].isalnum()
            if self.words[max(0, at - 2) : at] == ["on", "the"] and self.read_ordinal(at) and ends:
                return day[0], Part(day=day[1])
        return None

    def add_year(self, at: int, part: Part) -> tuple[int, Part]:
        position = self.skip(at, ",", "of", "in", "-", "/")
        relative = self.read_shifted(position, ("year",))
        if relative and relative[1].first:
            return relative[0], replace(part, year=relative[1].first.year)
        short = (part.day is not None and self.word(position - 1) in ("of", "'", "’")) or self.word(position) in (
            "'",
            "’",
        )
        after_ordinal = part.day is not None and self.word(at - 1) in ORDINALS
        year = self.read_year(position, short=short or after_ordinal)
        return (year[0], replace(part, year=year[1])) if year else (at, part)

    @once
    def read_shifted(self, at: int, units: tuple[str, ...] = ()) -> Read:
        """ "last week", "this Monday", "next April", "the previous weekend"."""
        start = self.skip(at, "the")
        word = self.word(start)
        which = BACK.get(word, NOW.get(word, ON.get(word)))
        if which is None:
            return None
        position = self.skip(start + 1, "working", "calendar", "past", *ON)
        which = ON.get(self.word(position - 1), BACK.get(self.word(position - 1), which))
        unit = self.word(position)
        ended = start > at and self.word(position + 1) in ("of", "in", "at", "before") and not units
        if unit == "day" or (ended and unit in UNITS):  # the last month of the war
            return None
        if (unit in units) if units else (unit in UNITS):
            present = whole(unit, self.today)
            if unit == "weekend" and which == 1 and self.today.weekday() < 5:
                return position + 1, replace(whole(unit, self.today - timedelta(7)), relative=True)
            assert present.first  # noqa: S101 - a whole unit has both ends
            return position + 1, replace(whole(unit, shift(present.first, unit, -which)), relative=True)
        if units:
            return None
        part = self.read_part(position)
        if part is None or part[1].year:
            return None
        if which < 0:
            return part[0], Days(self.today + DAY, None, part[1].unit, True)
        if part[1].month is None and part[1].weekday is not None and part[1].day is None:
            back = (self.today.weekday() - part[1].weekday) % 7
            if which == 0:  # the one of this week
                return part[0], whole("day", self.today - timedelta(self.today.weekday() - part[1].weekday), True)
            if word == "previous":  # the one of the week before
                back += 0 if back > self.today.weekday() else 7
            return part[0], whole("day", self.today - timedelta(back or 7), True)
        before = self.today - DAY if which else self.today
        if which and part[1].unit == "month":
            before = self.today.replace(day=1) - DAY
        found = part[1].resolve(before)
        return (part[0], found) if found else None
