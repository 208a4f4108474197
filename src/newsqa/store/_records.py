"""What the parts of the index keep of a passage, and the checksums by which what was altered is told."""

from __future__ import annotations

import json
import zlib
from collections.abc import Sequence
from functools import cache
from hashlib import blake2b
from typing import TYPE_CHECKING

from newsqa.store._words import WordRow
from newsqa.types import Article, Passage

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


_HALF = 1 << 31
_SLACK = 100  # millionths


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


def seal_article(article: Article) -> str:
    """The checksum of an article as it was brought in, whatever its file is called and whenever it came."""
    return _digest(
        article.id,
        article.title,
        article.text,
        article.content_hash,
        [[block.span.start, block.span.end, block.kind] for block in article.blocks],
        article.source,
        article.published.toordinal() if article.published else None,
        article.published_text,
        article.url,
        article.language,
        article.author,
        article.updated.toordinal() if article.updated else None,
        article.claimed,
    )


def seal_version(article_id: str, content_hash: str, title: str, text: str) -> str:
    """The checksum of an earlier version."""
    return _digest(article_id, content_hash, title, text)


def seal_passage(passage: Passage, vector: npt.NDArray[np.float32]) -> int:
    """The checksum of a passage: of its place in the article, and of its vector as `holds_passage` compares it."""
    return (_place(passage) << 32) | (_project(vector) + _HALF)


def holds_passage(passage: Passage, vector: npt.NDArray[np.float32], checksum: int) -> bool:
    """Whether a passage and its vector are what the checksum was made of.

    Chroma brings vectors to length 1 once more, which may change the last bit, so that they are not compared bit
    by bit: what is kept of one is its length along a fixed direction.
    """
    place, turned = checksum >> 32, (checksum & 0xFFFFFFFF) - _HALF
    return place == _place(passage) and abs(turned - _project(vector)) <= _SLACK


def _place(passage: Passage) -> int:
    """The checksum, of 31 bits, of all that the catalogue says of a passage."""
    spans = [[span.start, span.end] for span in passage.sentences]
    said = [passage.id, passage.ordinal, passage.start, passage.end, spans, passage.heading]
    return zlib.crc32(json.dumps(said).encode()) & 0x7FFFFFFF


def _project(vector: npt.NDArray[np.float32]) -> int:
    """A vector's length along a fixed direction, in millionths."""
    return round(1_000_000 * float(_direction(len(vector)) @ vector.astype(float)))


@cache
def _direction(dimension: int) -> npt.NDArray[np.float64]:
    import numpy as np

    return np.random.RandomState(dimension).uniform(-1.0, 1.0, dimension)  # its numbers never change


def _digest(*values: object) -> str:
    return blake2b(json.dumps(values).encode(), digest_size=12).hexdigest()
