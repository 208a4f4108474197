"""The store: catalogue, vectors and words, with one `Index` in front of them."""

from __future__ import annotations

from newsqa.store._reads import ORDERS
from newsqa.store.index import Index
from newsqa.store.servers import ChromaServer

__all__ = ["ORDERS", "ChromaServer", "Index"]
