"""LangChain's RAG tutorial: RecursiveCharacterTextSplitter, HuggingFaceEmbeddings, Chroma."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.peers.worker import Found, texts


class System:
    """Pieces of 1,000 characters that share 200, in a Chroma collection on disk."""

    def __init__(self, index: Path, model: str) -> None:
        self._index = index
        self._model = model

    def load(self) -> None:
        from langchain_chroma import Chroma
        from langchain_huggingface import HuggingFaceEmbeddings

        self._store_class: Any = Chroma
        self._embeddings = HuggingFaceEmbeddings(model_name=self._model)

    def ingest(self, articles: Path) -> Sequence[str]:
        from langchain_core.documents import Document
        from langchain_text_splitters import RecursiveCharacterTextSplitter

        documents = [
            Document(page_content=text.content, metadata={"article": text.id}) for text in texts(articles)
        ]
        splitter = RecursiveCharacterTextSplitter(chunk_size=1000, chunk_overlap=200, add_start_index=True)
        splits = splitter.split_documents(documents)
        self._store_class.from_documents(splits, self._embeddings, persist_directory=str(self._index))
        return [split.page_content for split in splits]

    def open(self) -> None:
        self.load()
        self._store = self._store_class(embedding_function=self._embeddings, persist_directory=str(self._index))

    def search(self, question: str, k: int) -> list[Found]:
        hits = self._store.similarity_search(question, k=k)
        return [Found(hit.metadata["article"], hit.page_content) for hit in hits]
