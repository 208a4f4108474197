"""txtai's embeddings database: BM25 and vectors together, with the texts stored."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from benchmarks.peers.worker import Found, texts


class System:
    """Paragraphs, as txtai's own segmentation finds them, in a hybrid index."""

    def __init__(self, index: Path, model: str) -> None:
        self._index = index
        self._model = model

    def load(self) -> None:
        from txtai import Embeddings

        self._embeddings = Embeddings(path=self._model, content=True, hybrid=True)

    def ingest(self, articles: Path) -> Sequence[str]:
        from txtai.pipeline import Segmentation

        paragraphs = Segmentation(paragraphs=True)
        rows = [
            (f"{text.id}#{number}", paragraph)
            for text in texts(articles)
            for number, paragraph in enumerate(paragraphs(text.content))
        ]
        self._embeddings.index(rows)
        self._embeddings.save(str(self._index))
        return [paragraph for _, paragraph in rows]

    def open(self) -> None:
        from txtai import Embeddings

        self._embeddings = Embeddings()
        self._embeddings.load(str(self._index))

    def search(self, question: str, k: int) -> list[Found]:
        hits = self._embeddings.search(question, k)
        return [Found(hit["id"].partition("#")[0], hit["text"]) for hit in hits]
