"""The values that checking works on: items of a sentence, dates as far as they are told, clauses."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Literal

from newsqa.llm.verification import _lexicon as lexicon
from newsqa.llm.verification._lexicon import CONCEPTS, Axes

Kind = Literal["word", "name", "number", "date", "mark"]

_QUOTED = re.compile(r"[\"“„«]([^\"“”„«»]{2,2000})[\"”“»]")


@dataclass(slots=True)
class Item:
    """One unit of a sentence. `key` compares it.

    `sign` is -1 when it is negated, `direct` when that is by a `no` right before it; `also` is a further meaning
    that the words behind give it. A number has `value` and `unit` (`percent`, a currency, a measure, `th` for an
    ordinal, or nothing); a name has `names`; a date has `day`.
    """

    kind: Kind
    text: str = ""
    start: int = 0
    end: int = 0
    key: str = ""
    value: float = 0.0
    unit: str = ""
    names: frozenset[str] = frozenset()
    day: Day | None = None
    sign: int = 1
    direct: bool = False
    also: str = ""
    initial: bool = False

    @property
    def word(self) -> str:
        """The text in lower case."""
        return self.text.lower()


@dataclass(frozen=True, slots=True)
class Day:
    """A date as far as it is told; `weekday` 0 is Monday."""

    year: int | None = None
    month: int | None = None
    day: int | None = None
    weekday: int | None = None

    def agrees(self, other: Day, published: date | None) -> bool:
        """Whether `other`, in an article of that publication day, tells what this date tells."""
        year = published.year if published else None
        if self.weekday is not None and self.weekday in (other.weekday, other._fall(published)):
            return True
        if self.day is not None and other.weekday is not None and other.day is None and published:
            mine = self._whole(published.year)
            return mine is not None and mine.weekday() == other.weekday and abs(mine - published) < timedelta(8)
        if self.day is None and self.month is None and self.year is not None:
            return self.year == (other.year or year)
        if self.day is None and self.month is not None and other.month is None and other.weekday is not None:
            return published is not None and published.month == self.month and self.year in (None, published.year)
        if (self.month, self.day) != (other.month, other.day if self.day is not None else None):
            return False
        return self.month is not None and (self.year is None or self.year in (other.year, other.year or year))

    def _whole(self, year: int) -> date | None:
        """The calendar day, if month and day are told and exist in that year."""
        try:
            return date(self.year or year, self.month or 0, self.day or 0)
        except ValueError:
            return None

    def _fall(self, published: date | None) -> int | None:
        """The weekday on which this date falls."""
        whole = self._whole(published.year) if published else None
        return whole.weekday() if whole else None


@dataclass(slots=True)
class Clause:
    """One verb with its surroundings.

    `subject` are the names that it is said of, `nouns` the common nouns; `weak` are names that a pronoun or the
    like may stand for; `objects` are names behind the
    verb; `agents` follow `by`; `speaker` is who says it; `definite`: the subject begins with `the`.
    """

    opener: str = ""
    items: list[Item] = field(default_factory=list)
    left: list[Item] = field(default_factory=list)
    right: list[Item] = field(default_factory=list)
    verbs: list[Item] = field(default_factory=list)
    subject: list[Item] = field(default_factory=list)
    nouns: list[Item] = field(default_factory=list)
    weak: list[Item] = field(default_factory=list)
    objects: list[Item] = field(default_factory=list)
    agents: list[Item] = field(default_factory=list)
    speaker: list[Item] = field(default_factory=list)
    passive: bool = False
    definite: bool = False

    def content(self) -> list[Item]:
        """The words that carry meaning, names, numbers and dates."""
        return [item for item in self.items if carries(item)]


@dataclass(slots=True)
class Parsed:
    """A sentence with its items and clauses."""

    items: list[Item]
    clauses: list[Clause]


def is_among(item: Item, items: list[Item]) -> bool:
    """Whether this very item is one of the items."""
    return any(item is other for other in items)


def carries(item: Item) -> bool:
    """Whether the item has a meaning of its own."""
    if item.kind == "word":
        return item.word not in lexicon.STOP and item.key not in lexicon.STOP
    return item.kind != "mark"


def keys(item: Item) -> Axes:
    """What a word means, with its sign: the axes of opposites it lies on, else its stem."""
    axes = CONCEPTS.get(item.key, ()) + CONCEPTS.get(item.also, ())
    return tuple((name, sign * item.sign) for name, sign in axes) or ((item.key, item.sign),)


def find_names(items: list[Item]) -> list[Item]:
    """The names among the items."""
    return [item for item in items if item.kind == "name"]


def split_name(text: str) -> frozenset[str]:
    """A name's words in comparable form; a nation's name, adjective and abbreviation are the same."""
    parts: list[str] = []
    for form in text.replace("-", " ").split():
        word = form.lower().removesuffix("'s").removesuffix("’s").strip(".'’$")
        short = len(word) == 2 and not form[:2].isupper()  # Kim Jong Un is not the UN
        parts += (not short and lexicon.NATIONS.get(word)) or (word,)
    return frozenset(part for part in parts if part and part not in ("the", "of", "and"))


def find_quoted(text: str) -> list[str]:
    """The words between double quotation marks."""
    return [match[1].strip() for match in _QUOTED.finditer(text)]


def plain(text: str) -> str:
    """Letters and digits only, in lower case, for comparing quotations."""
    return " ".join(re.findall(r"\w+", unicodedata.normalize("NFKC", text).casefold()))
