"""Haystack's tutorials: an indexing pipeline with a splitter, and its in-memory store saved to a file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from benchmarks.peers.worker import Found, texts


class System:
    """Pieces of 150 words that share 50, in an `InMemoryDocumentStore`."""

    def __init__(self, index: Path, model: str) -> None:
        self._file = index / "store.json"
        self._model = model

    def load(self) -> None:
        from haystack import Pipeline
        from haystack.components.preprocessors import DocumentCleaner, DocumentSplitter
        from haystack.components.writers import DocumentWriter
        from haystack.document_stores.in_memory import InMemoryDocumentStore
        from haystack_integrations.components.embedders.sentence_transformers import (
            SentenceTransformersDocumentEmbedder,
        )

        self._store = InMemoryDocumentStore()
        embedder = SentenceTransformersDocumentEmbedder(model=self._model)
        embedder.warm_up()
        self._indexing = Pipeline()
        self._indexing.add_component("cleaner", DocumentCleaner())
        splitter = DocumentSplitter(split_by="word", split_length=150, split_overlap=50)
        self._indexing.add_component("splitter", splitter)
        self._indexing.add_component("embedder", embedder)
        self._indexing.add_component("writer", DocumentWriter(self._store))
        self._indexing.connect("cleaner", "splitter")
        self._indexing.connect("splitter", "embedder")
        self._indexing.connect("embedder", "writer")

    def ingest(self, articles: Path) -> Sequence[str]:
        from haystack import Document

        documents = [Document(content=text.content, meta={"article": text.id}) for text in texts(articles)]
        self._indexing.run({"cleaner": {"documents": documents}})
        self._file.parent.mkdir(parents=True, exist_ok=True)
        self._store.save_to_disk(str(self._file))
        return [document.content or "" for document in self._store.filter_documents()]

    def open(self) -> None:
        from haystack import Pipeline
        from haystack.components.retrievers.in_memory import InMemoryEmbeddingRetriever
        from haystack.document_stores.in_memory import InMemoryDocumentStore
        from haystack_integrations.components.embedders.sentence_transformers import (
            SentenceTransformersTextEmbedder,
        )

        store = InMemoryDocumentStore.load_from_disk(str(self._file))
        self._querying = Pipeline()
        self._querying.add_component("embedder", SentenceTransformersTextEmbedder(model=self._model))
        self._querying.add_component("retriever", InMemoryEmbeddingRetriever(store))
        self._querying.connect("embedder.embedding", "retriever.query_embedding")

    def search(self, question: str, k: int) -> list[Found]:
        result = self._querying.run({"embedder": {"text": question}, "retriever": {"top_k": k}})
        return [Found(hit.meta["article"], hit.content) for hit in result["retriever"]["documents"]]
