"""What an address of the page says, and how one is written; strangers may have written it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlencode

from newsqa.types import Span

_ADDRESS = re.compile(r"[0-9a-f]{24}")
_PLACE = re.compile(r"[0-9]{1,9}-[0-9]{1,9}")
_LONGEST, _MOST_FIELDS, _MOST_NAMES, _LONGEST_NAME, _LONGEST_DAY = 8_192, 100, 20, 200, 40
_NAMES, _WORDS = ("source", "author", "language"), ("since", "until", "as_of", "k")
LONGEST_WORDS = 400
"""So many characters of words to be found in an article stand in a link to it."""
_VERSION = 8
"""So many characters of an article's content hash stand in a link to a place in it."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """What the page is opened with: an answer or a conversation to go on with, and what is asked with."""

    answer: str = ""
    conversation: str = ""
    source: tuple[str, ...] = ()
    author: tuple[str, ...] = ()
    language: tuple[str, ...] = ()
    since: str = ""
    until: str = ""
    as_of: str = ""
    k: str = ""
    any_date: bool = False
    llm: bool = True


def read_query(query: str) -> Arrival:
    """What the query of an address says; what is too much, or not of its kind, is left out."""
    try:
        fields = parse_qs(query[:_LONGEST].lstrip("?"), max_num_fields=_MOST_FIELDS)
    except ValueError:
        return Arrival()

    def texts(name: str, longest: int) -> tuple[str, ...]:
        return tuple(value.strip()[:longest] for value in fields.get(name, [])[:_MOST_NAMES])

    def address(name: str) -> str:
        return next(filter(_ADDRESS.fullmatch, fields.get(name, [])), "")

    return Arrival(
        answer=address("a"),
        conversation=address("c"),
        source=texts("source", _LONGEST_NAME),
        author=texts("author", _LONGEST_NAME),
        language=texts("language", _LONGEST_NAME),
        any_date="yes" in texts("any_date", _LONGEST_DAY),
        llm="no" not in texts("llm", _LONGEST_DAY),
        **{name: next(iter(texts(name, _LONGEST_DAY)), "") for name in _WORDS},
    )


def write_query(question: str, options: Mapping[str, Any]) -> str:
    """The query of the address that asks a question with the same options."""
    return urlencode([("q", question), *_choice(options)])


def write_choice(options: Mapping[str, Any]) -> str:
    """The part of a query that says what a question is asked with."""
    return urlencode(_choice(options))


def _choice(options: Mapping[str, Any]) -> list[tuple[str, str]]:
    names = [(name, value) for name in _NAMES for value in options[name] or ()]
    words = [(name, str(options[name])) for name in _WORDS if options.get(name)]
    any_date = [("any_date", "yes")] if options.get("any_date") else []
    return names + words + any_date + ([("llm", "no")] if options.get("llm") is False else [])


def read_span(text: str) -> Span | None:
    """A span that is written as `start-end`."""
    if not _PLACE.fullmatch(text):
        return None
    start, _, end = text.partition("-")
    return Span(int(start), int(end))


def link_article(
    article_id: str, passage: Span | None, quote: Span | None, content_hash: str = "", find: str = ""
) -> str:
    """The address of an article below that of the page: at a place in it, or at words to be found there."""
    places = {"passage": passage, "quote": quote}
    query = {name: f"{span.start}-{span.end}" for name, span in places.items() if span}
    query |= {"v": content_hash[:_VERSION]} if query and content_hash else {}
    query |= {"find": find[:LONGEST_WORDS]} if find else {}
    return f"articles/{article_id}" + (f"?{urlencode(query)}#passage-mark" if query else "")


def is_of_version(version: str, content_hash: str) -> bool:
    """Whether a link to a place was made of this version of an article, as far as it says of which."""
    return content_hash.startswith(version[:_VERSION])


def offer(known: Sequence[str], wanted: Sequence[str]) -> list[str]:
    """The names that may be chosen: those that are known, and those that an address asks for."""
    return [*known, *(name for name in wanted if name not in known)]
