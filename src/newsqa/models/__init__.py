"""The bundled models and the runtime that loads them: text to unit vectors, or any SentenceTransformer by name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from newsqa.errors import ModelError
from newsqa.models._transformer import SentenceTransformerEncoder
from newsqa.models.bundled import BundledEncoder
from newsqa.types import Encoder, Passage

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    from langchain_core.embeddings import Embeddings

__all__ = [
    "BundledEncoder",
    "SentenceTransformerEncoder",
    "as_langchain",
    "embedding_text",
    "embeddings",
    "encode",
    "open_encoder",
]

BUNDLED_NAME = "bundled"


def open_encoder(name: str, threads: int = 0) -> Encoder:
    """The encoder called `name`: `bundled`, or a SentenceTransformer by hub id or folder; 0 threads: all cores.

    Raises `ModelError` at once for missing files, at the first use for files that cannot be loaded.
    """
    if name == BUNDLED_NAME:
        return BundledEncoder.open(threads=threads)
    return SentenceTransformerEncoder.open(name, threads)


def embeddings(name: str = BUNDLED_NAME, *, threads: int = 0) -> Embeddings:
    """LangChain's `Embeddings` over the bundled encoder, or over any SentenceTransformer by name; unit vectors.

    >>> vector = embeddings().embed_query("Who opened the harbour bridge?")
    >>> len(vector), round(sum(x * x for x in vector), 3)
    (384, 1.0)
    """
    return as_langchain(open_encoder(name, threads))


def as_langchain(encoder: Encoder) -> Embeddings:
    """The encoder as LangChain's `Embeddings`."""
    from langchain_core.embeddings import Embeddings

    class EncoderEmbeddings(Embeddings):
        """LangChain's signatures around an encoder of newsqa."""

        def __init__(self, encoder: Encoder) -> None:
            self.encoder = encoder

        def embed_documents(self, texts: list[str]) -> list[list[float]]:
            vectors: list[list[float]] = self.encoder.encode_passages(texts).tolist()
            return vectors

        def embed_query(self, text: str) -> list[float]:
            vector: list[float] = self.encoder.encode_query(text).tolist()
            return vector

    return EncoderEmbeddings(encoder)


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
