"""The store: catalogue, vectors and words, with one `Index` in front of them."""

from __future__ import annotations

from newsqa.store.chroma import ChromaServer
from newsqa.store.index import Index

__all__ = ["ChromaServer", "Index"]
