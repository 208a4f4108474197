"""The bundled models and the runtime that loads them: text to unit vectors, or any SentenceTransformer by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from newsqa.models._transformer import SentenceTransformerEncoder
from newsqa.models.bundled import BundledEncoder
from newsqa.types import Encoder

if TYPE_CHECKING:
    from langchain_core.embeddings import Embeddings

__all__ = ["BundledEncoder", "SentenceTransformerEncoder", "as_langchain", "embeddings", "open_encoder"]

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
