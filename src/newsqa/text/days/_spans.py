"""Phrases of several words: parts of a year, what is counted from today, quarters, decades."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from newsqa.text.days._points import BACK, ON, UNIT_OF, Points, Read
from newsqa.text.days._words import DAY, DECADES, UNITS, Days, Part, once, shift, whole
from newsqa.text.numbers import WEEKDAY_NUMBERS

_MOST_NESTED = 6
TODAY = {"today": 0, "tonight": 0, "now": 0, "yesterday": 1, "tomorrow": -1, "tmrw": -1, "tmr": -1}
_HOURS = {"morning", "afternoon", "evening", "night"}
EDGES = {
    "early": "start", "beginning": "start", "start": "start", "mid": "middle", "middle": "middle", "late": "end",
    "end": "end", "earlier": "sofar", "later": "rest", "rest": "rest", "remaining": "rest", "remainder": "rest",
}  # fmt: skip


class Spans(Points):
    """Reads phrases with both ends: parts of a year, rolling spans, quarters, decades."""

    depth = 0

    def read_rolling(self, at: int) -> Read:
        """ "the last three weeks", "the past two years", "the 5 previous days", "the last year or so"."""
        start = self.skip(at, "the")
        position = start
        which = 0
        number = None
        for _ in range(3):
            word = self.word(position)
            if word in BACK or word in ON:
                which, position = (1 if word in BACK else -1), position + 1
            elif number is None and (read := self.read_number(position)) and word not in ("a", "an"):
                position, number = read
            elif number is None and word in ("few", "couple"):
                number, position = (3 if word == "few" else 2), self.skip(position + 1, "of")
        unit = UNIT_OF.get(self.word(position))
        if not which or number is None or unit is None:
            return None
        if which < 0:
            return position + 1, Days(self.today + DAY, None, unit, True)
        if unit == "hour":
            return position + 1, Days(self.today - timedelta(-(-number // 24)), self.today, "day", True)
        if unit in ("quarter", "decade"):
            first = whole(unit, self.today).first or self.today
            return position + 1, Days(shift(first, unit, -number), first - DAY, "month", True)
        return position + 1, Days(shift(self.today, unit, -number), self.today, "day", True)

    def read_counted(self, at: int) -> Read:
        """ "three days ago", "two weeks before yesterday", "a week from now", "in two years"."""
        ahead = self.word(at) == "in"
        read = self.read_number(at + ahead)
        unit = UNIT_OF.get(self.word(read[0])) if read else None
        if not read or unit is None or unit == "hour":
            return None
        position, number = read[0] + 1, read[1]
        word = self.word(position)
        if word == "ago":
            exact = self.word(position + 1) == "today"
            day = shift(self.today, unit, -number)
            named = (
                "day" if exact or unit in ("day", "weekend") else "year" if unit in ("year", "decade") else unit
            )
            return position + 1 + exact, Days(day, day, named, True)
        if word in ("before", "after", "from", "since", "starting"):
            anchor = self.read_span(self.skip(position + 1, "from", "the"))
            if anchor and anchor[1].first:
                day = shift(anchor[1].first, unit, -number if word == "before" else number)
                return anchor[0], Days(day, day, "day", anchor[1].relative)
        if ahead or word in ("later", "hence"):
            return position + (not ahead), Days(shift(self.today, unit, number), None, "day", True)
        return None

    def read_named(self, at: int) -> Read:
        """Words for a day, week or more that need no other: yesterday, Q1 2019, the 1990s, week 3 of 2019."""
        word, today = self.word(at), self.today
        day_before = self.take(at, "the day before") or self.take(at, "day before")
        if day_before and self.word(day_before) == "yesterday":
            return day_before + 1, whole("day", today - timedelta(2), True)
        if word in TODAY:
            end = at + 1 + (self.word(at + 1) in _HOURS)
            return end, whole("day", today - timedelta(TODAY[word]), True)
        if word in ("last", "this") and self.word(at + 1) in _HOURS:
            return at + 2, whole("day", today - timedelta(word == "last"), True)
        decade = self.read_decade(self.skip(at, "the"))
        if decade:
            return decade
        quarter = self.read_quarter(at)
        if quarter:
            return quarter
        if self.word(self.skip(at, "the")) == "week":
            number = self.read_number(self.skip(at, "the") + 1)
            if number and 1 <= number[1] <= 53:
                year = self.read_shifted(self.skip(number[0], "of"), ("year",))
                plain = self.read_year(self.skip(number[0], "of"))
                end = year[0] if year else plain[0] if plain else number[0]
                of = year[1].first.year if year and year[1].first else plain[1] if plain else today.year
                return end, whole("week", date.fromisocalendar(of, min(number[1], 52), 1))
        return None

    def read_decade(self, at: int) -> Read:
        word = self.word(at)
        if word.isdecimal() and self.word(at + 1) == "s" and word.endswith("0") and len(word) in (2, 4):
            year = int(word) if len(word) == 4 else int(word) + (1900 if int(word) > 20 else 2000)
            return (at + 2, whole("decade", date(year, 1, 1))) if 1500 <= year <= 2100 else None
        if word in DECADES and self.word(at - 1 if at else 0) != "his":
            return at + 1, whole("decade", date(1900 + DECADES[word], 1, 1))
        return None

    def read_quarter(self, at: int) -> Read:
        """ "Q1 2019", "2019 Q1", "the second quarter of 2019", "the first half of 2019"."""
        year = self.read_year(at)
        start = self.skip(year[0] if year else self.skip(at, "the"), "-", ",")
        word, number, months, end = self.word(start), 0, 3, start
        if (
            word in ("q", "h")
            and self.word(start + 1) in ("1", "2", "3", "4")
            and self.is_glued(start + 1, self.word(start + 1))
        ):
            number, months, end = int(self.word(start + 1)), 3 if word == "q" else 6, start + 2
        elif (read := self.read_ordinal(start)) and self.word(read[0]) in ("quarter", "half") and read[1] <= 4:
            number, months, end = read[1], 3 if self.word(read[0]) == "quarter" else 6, read[0] + 1
        if not number or number * months > 12:
            return None
        after = self.skip(end, "of", "-", ",")
        if not year:
            year = self.read_year(after)
            if (relative := self.read_shifted(after, ("year",))) and relative[1].first:
                year = relative[0], relative[1].first.year
            end = year[0] if year else end
        if year is None and self.word(start) not in ("q", "h") and self.take(after, "the match"):
            return None
        month = (number - 1) * months + 1
        of = year[1] if year else self.today.year - (month > self.today.month)
        first = date(of, month, 1)
        return end, Days(first, shift(first, "month", months) - DAY, "month")

    def read_within(self, at: int) -> Read:
        """A part of something longer: "early May", "the end of 2018", "the last week of July"."""
        start = self.skip(at, "the", "very")
        word = self.word(start)
        if word in EDGES:
            position = self.skip(start + 1, "of", "in", "-", "the", "part")
            span = self.read_span(position)
            if span is None and self.word(position) in ("year", "month", "week", "quarter", "decade"):
                span = position + 1, replace(whole(self.word(position), self.today), relative=True)
            return (span[0], self.cut_edge(EDGES[word], span[1])) if span else None
        number = 0 if word == "last" else None
        read = self.read_ordinal(start)
        position = start + 1 if word == "last" else read[0] if read else start
        number = read[1] if read else number
        unit = self.word(position)
        if (
            number is not None
            and unit in ("day", "week", "weekend", "month")
            and self.word(position + 1) in ("of", "in")
        ):
            span = self.read_span(position + 2)
            return (
                (span[0], self.find_nth(unit, number, span[1]))
                if span and span[1].first and span[1].last
                else None
            )
        if unit in ("week", "weekend") or self.take(start, "w / c"):
            position = self.take(start, "w / c") or start + 1
            begun = position
            position = self.skip(position, "of", "beginning", "starting", "commencing", "on")
            if position == begun and not self.take(start, "w / c"):
                return None
            part = self.read_part(position) or (
                (day[0], Part(day=day[1])) if (day := self.read_day_number(position)) else None
            )
            found = part[1].resolve(self.today) if part and part[1].day else None
            return (
                (part[0], whole(unit if unit in UNITS else "week", found.first))
                if part and found and found.first
                else None
            )
        return None

    def cut_edge(self, which: str, days: Days) -> Days:
        """The beginning, middle or end of a span (of a year a third, else half), or what is over or left of it."""
        if not days.first or not days.last:
            return days
        if which == "sofar":
            return replace(days, last=max(days.first, min(days.last, self.today - DAY)))
        if which == "rest":
            return replace(days, first=min(days.last, max(days.first, self.today)))
        length = (days.last - days.first).days + 1
        if days.unit == "year" and days.relative and which == "end":
            return replace(days, first=shift(days.first, "month", 6), unit="month")
        if days.unit == "year":
            first = {
                "start": days.first,
                "middle": shift(days.first, "month", 4),
                "end": shift(days.first, "month", 8),
            }
            last = {"start": first["middle"] - DAY, "middle": first["end"] - DAY, "end": days.last}
            return replace(days, first=first[which], last=last[which], unit="month")
        begun = {"start": 0, "middle": length // 3 - 1, "end": length // 2}[which]
        ended = {"start": length // 2, "middle": length * 2 // 3 - 1, "end": length - 1}[which]
        return replace(days, first=days.first + timedelta(begun), last=days.first + timedelta(ended), unit="week")

    def find_nth(self, unit: str, number: int, days: Days) -> Days:
        """The nth (0: last) day, week, weekend or month of a span; a week belongs where its Thursday is."""
        first, last = days.first or self.today, days.last or self.today
        if unit == "day":
            return whole("day", last if not number else first + timedelta(number - 1))
        if unit == "month":
            return whole("month", last if not number else shift(first, "month", number - 1))
        thursday = first + timedelta((3 - first.weekday()) % 7)
        if not number:
            thursday = last - timedelta((last.weekday() - 3) % 7)
        return replace(whole(unit, thursday + timedelta(7 * max(0, number - 1))), relative=days.relative)

    def read_span(self, at: int) -> Read:
        """One phrase for days, the longest that can be read here; what is nested too deeply is none."""
        return self.read_nested_span(at, self.depth)

    @once
    def read_nested_span(self, at: int, depth: int) -> Read:
        self.depth = depth + 1
        try:
            return self.read_longest_span(at) if depth < _MOST_NESTED else None
        finally:
            self.depth = depth

    def read_longest_span(self, at: int) -> Read:
        """The longest of all readings; what is nested too deeply, such as an end of an end, is none."""
        readings = [
            read(at)
            for read in (
                self.read_within,
                self.read_counted,
                self.read_rolling,
                self.read_shifted,
                self.read_named,
            )
        ]
        part = self.read_part(at)
        if part:
            position = self.skip(part[0], "of")
            week = self.read_shifted(position, ("week",)) if part[1] == Part(weekday=part[1].weekday) else None
            if week and week[1].first and part[1].weekday is not None:
                readings.append((week[0], whole("day", week[1].first + timedelta(part[1].weekday), True)))
            resolved = part[1].resolve(self.today)
            if resolved and part[1] == Part(weekday=part[1].weekday):
                resolved = replace(resolved, relative=True)
            readings.append((part[0], resolved) if resolved else None)
        elif (
            (week := self.read_shifted(at, ("week",))) and self.word(week[0]) in WEEKDAY_NUMBERS and week[1].first
        ):
            day = week[1].first + timedelta(WEEKDAY_NUMBERS[self.word(week[0])])
            readings.append((week[0] + 1, whole("day", day, True)))
        found = [one for one in readings if one]
        if not found:
            return None
        end, days = max(found, key=lambda one: one[0])
        return end + (days.unit == "day" and self.word(end) in _HOURS), days
