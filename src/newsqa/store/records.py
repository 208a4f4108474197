"""What the parts of the index keep of a passage, and its vector."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from newsqa.errors import ModelError
from newsqa.store.words import WordRow
from newsqa.types import Article, Encoder, Passage

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


def embedding_text(passage: Passage) -> str:
    """What is encoded of a passage: the title and the heading it stands under, then its text."""
    return "\n".join(part for part in (passage.title, passage.heading, passage.text) if part)


def _indexed_text(passage: Passage) -> str:
    """What is indexed for words of a passage besides its title."""
    return "\n".join(part for part in (passage.heading, passage.text) if part)


def _outside_passages(article: Article, passages: Sequence[Passage]) -> str:
    """The parts of an article's text that stand in none of its passages: headings, captions and the like."""
    parts, end = [], 0
    for passage in sorted(passages, key=lambda p: p.start):
        parts.append(article.text[end : passage.start])
        end = max(end, passage.end)
    parts.append(article.text[end:])
    return "\n".join(part for part in (text.strip() for text in parts) if part)


def encoded(encoder: Encoder, passages: Sequence[Passage]) -> npt.NDArray[np.float32]:
    """The vectors of passages, shape (len(passages), dimension); raises `ModelError` if they are unusable."""
    import numpy as np

    if not passages:
        return np.zeros((0, encoder.dimension), dtype=np.float32)
    vectors = np.asarray(encoder.encode_passages([embedding_text(p) for p in passages]), dtype=np.float32)
    if vectors.shape != (len(passages), encoder.dimension) or not np.isfinite(vectors).all():
        raise ModelError(
            f"The encoder {encoder.name!r} gave no usable vectors for {len(passages)} passages (shape "
            f"{vectors.shape}). Choose another with NEWSQA_ENCODER, or unset it to use the bundled one."
        )
    return vectors


def metadata(passage: Passage) -> dict[str, str | int]:
    """What Chroma keeps beside a vector, to filter by; an unknown day is left out."""
    facts: dict[str, str | int] = {
        "article_id": passage.article_id,
        "source": passage.source,
        "language": passage.language,
    }
    if passage.published:
        facts["published"] = passage.published.toordinal()
    return facts


def word_rows(article: Article, passages: Sequence[Passage]) -> list[WordRow]:
    rest = _outside_passages(article, passages)
    return [
        WordRow(
            id=passage.id,
            article_id=article.id,
            title=article.title,
            text=_indexed_text(passage),
            rest=rest if index == 0 else "",
            source=article.source,
            published=article.published,
            language=article.language,
        )
        for index, passage in enumerate(passages)
    ]
