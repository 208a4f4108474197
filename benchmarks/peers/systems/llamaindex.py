"""LlamaIndex's starter tutorial with a local model: VectorStoreIndex and its own storage."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from benchmarks.peers.worker import Found, texts


class System:
    """Nodes of at most 1,024 tokens that share 200, as VectorStoreIndex makes them, in its JSON files."""

    def __init__(self, index: Path, model: str) -> None:
        self._index = index
        self._model = model

    def load(self) -> None:
        from llama_index.core import Settings
        from llama_index.embeddings.huggingface import HuggingFaceEmbedding

        Settings.embed_model = HuggingFaceEmbedding(model_name=self._model)
        Settings.llm = None

    def ingest(self, articles: Path) -> Sequence[str]:
        from llama_index.core import Document, VectorStoreIndex

        documents = [Document(text=text.content, doc_id=text.id) for text in texts(articles)]
        index = VectorStoreIndex.from_documents(documents)
        index.storage_context.persist(persist_dir=str(self._index))
        return [node.get_content() for node in index.docstore.docs.values()]

    def open(self) -> None:
        self.load()
        from llama_index.core import StorageContext, load_index_from_storage

        self._stored = load_index_from_storage(StorageContext.from_defaults(persist_dir=str(self._index)))

    def search(self, question: str, k: int) -> list[Found]:
        hits = self._stored.as_retriever(similarity_top_k=k).retrieve(question)
        return [Found(hit.node.ref_doc_id, hit.node.get_content()) for hit in hits]
