"""What the parts of the index keep of a passage."""

from __future__ import annotations

from collections.abc import Sequence

from newsqa.store.words import WordRow
from newsqa.types import Article, Passage


def _join_indexed(passage: Passage) -> str:
    """What is indexed for words of a passage besides its title."""
    return "\n".join(part for part in (passage.heading, passage.text) if part)


def _join_outside(article: Article, passages: Sequence[Passage]) -> str:
    """The parts of an article's text that stand in none of its passages: headings, captions and the like."""
    parts, end = [], 0
    for passage in sorted(passages, key=lambda p: p.start):
        parts.append(article.text[end : passage.start])
        end = max(end, passage.end)
    parts.append(article.text[end:])
    return "\n".join(part for part in (text.strip() for text in parts) if part)


def make_metadata(passage: Passage) -> dict[str, str | int]:
    """What Chroma keeps beside a vector, to filter by; an unknown day is left out."""
    facts: dict[str, str | int] = {
        "article_id": passage.article_id,
        "source": passage.source,
        "language": passage.language,
    }
    if passage.published:
        facts["published"] = passage.published.toordinal()
    return facts


def make_word_rows(article: Article, passages: Sequence[Passage]) -> list[WordRow]:
    rest = _join_outside(article, passages)
    return [
        WordRow(
            id=passage.id,
            article_id=article.id,
            title=article.title,
            text=_join_indexed(passage),
            rest=rest if index == 0 else "",
            source=article.source,
            published=article.published,
            language=article.language,
        )
        for index, passage in enumerate(passages)
    ]
