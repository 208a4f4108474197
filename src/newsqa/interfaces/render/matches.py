"""Where what is looked for stands in a text, whatever the endings of its words."""

from __future__ import annotations

import re

from newsqa.text.stems import WORD, content_words
from newsqa.types import Span


def find_words(text: str, query: str) -> set[str]:
    """The words of a text, as they stand there, that are words of a query."""
    wanted = set(content_words(query))
    return {word for word in set(WORD.findall(text)) if wanted.intersection(content_words(word))}


def find_quote(text: str, quote: str) -> Span | None:
    """Where a quote stands in a text, whatever the white space between its words; None if it does not."""
    words = quote.split()
    found = re.search(r"\s+".join(map(re.escape, words)), text) if words else None
    return Span(*found.span()) if found else None
