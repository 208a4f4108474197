"""What encoders share: text that tokenizers take, errors in a line, and passages to the vectors that say them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from newsqa.errors import ModelError
from newsqa.text.normal import fold
from newsqa.types import Encoder, Passage

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


def clean(text: str) -> str:
    """The text in the usual forms of letters, without lone surrogates, which no tokenizer takes."""
    return text if text.isascii() else fold(text).encode("utf-8", "ignore").decode("utf-8")


def shorten_error(error: Exception) -> str:
    """What an error says, in one short line."""
    return " ".join(str(error).split())[:200] or type(error).__name__


def embedding_text(passage: Passage) -> str:
    """What is encoded of a passage: the title and the heading it stands under, then its text."""
    return "\n".join(part for part in (passage.title, passage.heading, passage.text) if part)


def encode(encoder: Encoder, passages: Sequence[Passage]) -> npt.NDArray[np.float32]:
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
