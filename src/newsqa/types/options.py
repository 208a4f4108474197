"""What a question or a search can be asked with: every interface takes these, by these names.

The metadata of a field are what interfaces say of it, and the bounds that they hold strangers to.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TypeAlias, TypedDict

from newsqa.types.articles import Filter

MOST_PASSAGES = 200
"""Most passages that a server reads for a question of a stranger."""
Day: TypeAlias = date | str | None
Names: TypeAlias = str | Sequence[str] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FilterOptions:
    """Which articles are searched or listed."""

    since: date | None = field(
        default=None, metadata={"description": "Only articles published on this day or later."}
    )
    until: date | None = field(
        default=None, metadata={"description": "Only articles published on this day or earlier."}
    )
    source: tuple[str, ...] = field(
        default=(), metadata={"description": "Only articles of these sources.", "max_length": 50}
    )
    author: tuple[str, ...] = field(
        default=(),
        metadata={"description": "Only articles by these authors, alone or with others.", "max_length": 50},
    )
    language: tuple[str, ...] = field(
        default=(), metadata={"description": "Only articles in these languages, such as en.", "max_length": 50}
    )

    @property
    def where(self) -> Filter:
        """The filter that lets these articles through."""
        return Filter(self.since, self.until, self.source, self.language, self.author)


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchOptions(FilterOptions):
    """Which articles are searched, and how many of their passages are wanted."""

    k: int | None = field(
        default=None, metadata={"description": "How many passages.", "ge": 1, "le": MOST_PASSAGES, "strict": True}
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class AskOptions(SearchOptions):
    """What a question is asked with.

    Without `since` and `until`, the days that the question names narrow the search, unless `any_date`. `llm` asks
    for the language model or for quotes only; by default a model that is set writes.
    """

    as_of: date | None = field(
        default=None, metadata={"description": "Day that “last week” is counted from; default: today."}
    )
    any_date: bool = field(
        default=False, metadata={"description": "Days in the question do not narrow the search.", "strict": True}
    )
    llm: bool | None = field(
        default=None,
        metadata={
            "description": "Let the language model write, or quote only; default: the model, if one is set.",
            "strict": True,
        },
    )


class FilterArguments(TypedDict, total=False):
    """The fields of `FilterOptions` as users write them: days as text, one name or several."""

    since: Day
    until: Day
    source: Names
    author: Names
    language: Names


class SearchArguments(FilterArguments, total=False):
    """The fields of `SearchOptions` as users write them."""

    k: int | None


class AskArguments(SearchArguments, total=False):
    """The fields of `AskOptions` as users write them."""

    as_of: Day
    any_date: bool
    llm: bool | None
