"""Where what is looked for stands in a text, whatever the endings of its words."""

from __future__ import annotations

from newsqa.text.stems import WORD, content_words


def find_words(text: str, query: str) -> set[str]:
    """The words of a text, as they stand there, that are words of a query."""
    wanted = set(content_words(query))
    return {word for word in set(WORD.findall(text)) if wanted.intersection(content_words(word))}
