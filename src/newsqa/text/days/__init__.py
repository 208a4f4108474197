"""Days as English names them, to the days that they mean: a small grammar over a text's words. Pure functions.

A phrase without a year is the latest that has begun, since news looks back. What a phrase is used for (whether a
question asks for what was published then) is not decided here.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from newsqa.text.days._points import BACK, NOW, ON, UNIT_OF, Read
from newsqa.text.days._spans import EDGES, TODAY, Spans
from newsqa.text.days._words import DAY, DECADES, ORDINALS, UNITS, Days, Part, whole
from newsqa.text.numbers import MONTH_NUMBERS, ONES, TENS, WEEKDAY_NUMBERS

__all__ = ["Days", "find_days"]


_DASHES = {"-", "–", "—", "~"}
_RELATIONS = (
    ("ever since", "from"), ("since", "from"), ("starting on", "from"), ("beginning on", "from"),
    ("starting", "from"), ("greater than", "after"), ("later than", "after"), ("after", "after"),
    ("earlier than", "before"), ("less than", "before"), ("before", "before"), ("until", "until"),
    ("till", "until"), ("up to", "until"), ("by", "until"),
)  # fmt: skip
_SUFFIXES = (
    ("or later", "from"), ("and later", "from"), ("and after", "from"), ("onwards", "from"),
    ("and greater", "from"), ("or earlier", "until"), ("and earlier", "until"), ("or before", "until"),
    ("and before", "until"),
)  # fmt: skip

_OF_ANOTHER = ("of", "in", "at", "before", "after", "when", "that")
"""What follows "in the year" where it is not the present one: "in the year of the summit"."""
_FIRST_WORDS = frozenset(
    (
        *(words.split()[0] for words, _ in _RELATIONS),
        *(*MONTH_NUMBERS, *WEEKDAY_NUMBERS, *UNIT_OF, *ONES, *TENS, *ORDINALS, *DECADES),
        *(*TODAY, *EDGES, *BACK, *NOW, *ON),
        *"the a an between from in to very few couple year q h w".split(),
    )
)


def find_days(text: str, today: date) -> list[Days]:
    """The phrases for days in a text, in order, each as long as it can be; those that mean no day are left out."""
    reader = Grammar(text, today)
    found, position = [], 0
    while position < len(reader.words):
        try:
            read = reader.read_phrase(position) if reader.may_begin(position) else None
        except (OverflowError, ValueError):  # a year that no calendar has
            read = None
        if read is None:
            position += 1
            continue
        end, days = read
        found.append(replace(days, start=reader.starts[position], end=reader.ends[end - 1]))
        position = end
    return found


class Grammar(Spans):
    """Reads phrases for days, with what relates them, from the words of a text."""

    def may_begin(self, at: int) -> bool:
        """Whether a phrase can begin with the word that stands here; of four words in five it can not."""
        word = self.word(at)
        return word.isdecimal() or word in _FIRST_WORDS

    def read_phrase(self, at: int) -> Read:
        """A phrase for days with its relation: between, from ... to, since, before, or the days themselves."""
        readings = [self.read_range(at), self.read_open(at), self.read_span(at)]
        found = [one for one in readings if one and (one[1].first or one[1].last)]
        return max(found, key=lambda one: one[0]) if found else None

    def read_range(self, at: int) -> Read:
        """ "between A and B", "from A to B", "A to B", "A-B"."""
        word = self.word(at)
        start = at + 1 if word in ("between", "from") else at
        first = self.read_range_begin(start)
        if first is None:
            return None
        position, one = first
        joint = self.word(position)
        if not (
            joint in ("to", "until", "till", "through", *_DASHES) or (word == "between" and joint in ("and", "&"))
        ):
            return None
        second = self.read_range_end(self.skip(position + 1, "this"))
        if second is None and self.word(position + 1) in ("date", "present"):
            second = position + 2, Days(self.today, self.today, "day", True)
        if second is None or (start == at and joint in _DASHES and isinstance(one, Days)):
            return None
        days = self.join_ends(one, second[1])
        return (second[0], days) if days else None

    def read_range_begin(self, at: int) -> tuple[int, Part | Days] | None:
        """What a range begins with; the middle or the end of a span is a single day there."""
        edge = EDGES.get(self.word(self.skip(at, "the")))
        within = self.read_within(at) if edge in ("middle", "end") else None
        span = self.read_span(self.skip(at, "the", "mid", "middle", "late", "end", "of", "-")) if within else None
        if not within or not span or not span[1].first or not span[1].last:
            return self.read_range_end(at)
        length = (span[1].last - span[1].first).days + 1
        day = span[1].first + timedelta(length // 2 if edge == "middle" else length)
        return within[0], Days(day, day)

    def read_range_end(self, at: int) -> tuple[int, Part | Days] | None:
        part = self.read_part(at)
        if part and not part[1].year and part[1].month is None and part[1].weekday is not None:
            part = None  # a weekday alone is counted from today
        span = self.read_span(at)
        if span and (part is None or span[0] > part[0]):
            return span
        if part:
            return part
        day = self.read_day_number(at)
        return (day[0], Part(day=day[1])) if day else None

    def join_ends(self, one: Part | Days, two: Part | Days) -> Days | None:
        """Two ends as one span; each lends the other the month or year that it lacks."""
        if isinstance(one, Part) and isinstance(two, Part):
            if two.month is None and two.year is None and one.day and two.day:
                two = replace(two, month=one.month, year=one.year)
            elif one.month is None and one.year is None and one.day and two.month and two.day:
                one = replace(one, month=two.month if one.day <= two.day else (two.month - 2) % 12 + 1)
            if one.year is None and two.year is not None:
                later = (one.month or 0, one.day or 0) > (two.month or 13, two.day or 32)
                one = replace(one, year=two.year - later)
        if isinstance(one, Part) and one.month is None and one.year is None:
            return None
        first = one.resolve(self.today) if isinstance(one, Part) else one
        if first is None or first.first is None:
            return None
        if isinstance(two, Part):
            begun = first.first
            guesses = [two] if two.year else [replace(two, year=begun.year + more) for more in (0, 1)]
            last = next((d for g in guesses if (d := g.resolve(self.today)) and d.last and d.last >= begun), None)
        else:
            last = two
        if last and last.last and first.relative and last.relative and last.last < first.first:
            first = replace(first, first=first.first - timedelta(7))  # from Friday to Monday
        if last is None or last.last is None or first.first is None or last.last < first.first:
            return None
        return Days(first.first, last.last, last.unit, first.relative and last.relative)

    def read_open(self, at: int) -> Read:
        """A span open at one end: "since A", "after A", "before A", "until A", "A or later"."""
        for words, relation in _RELATIONS:
            position = self.take(at, words)
            span = (
                self.read_span(self.skip(position, "the", "last") if relation == "from" else position)
                if position
                else None
            )
            span = span or (self.read_span(position) if position else None)
            if span:
                return span[0], _open(relation, span[1])
        if self.take(at, "to date") and not self.take(at + 2, "from"):
            return at + 2, Days(None, self.today, "day", True)
        unit = self.word(self.skip(at, "the"))
        if unit in UNITS and (end := self.take(self.skip(at, "the") + 1, "to date")):
            return end, Days(whole(unit, self.today).first, self.today, "day", True)
        in_the = unit in ("week", "month", "year") and self.words[max(0, at - 1) : at + 1] == ["in", "the"]
        if in_the and self.word(at + 2) not in _OF_ANOTHER:
            return at + 2, replace(whole(unit, self.today), relative=True)
        span = self.read_span(at)
        for words, relation in _SUFFIXES if span else ():
            position = self.take(span[0], words) if span else 0
            if position and span:
                return position, _open(relation, span[1])
        return None


def _open(relation: str, days: Days) -> Days:
    if relation == "from":
        return replace(days, last=None)
    if relation == "after":
        return replace(
            days, first=days.last + DAY if days.last and days.unit in ("month", "year") else days.first, last=None
        )
    if relation == "before":
        return replace(days, first=None, last=days.first - DAY if days.first else None)
    return replace(days, first=None)
