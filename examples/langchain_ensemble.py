"""newsqa beside another retriever: both are asked, and what they find is fused by rank."""

from __future__ import annotations

import sys

from langchain_classic.retrievers import EnsembleRetriever
from langchain_core.retrievers import BaseRetriever
from langchain_core.vectorstores import InMemoryVectorStore

import newsqa


def build_ensemble(news: newsqa.NewsRetriever, other: BaseRetriever) -> EnsembleRetriever:
    """Passages of both; the news counts a little more."""
    return EnsembleRetriever(retrievers=[news, other], weights=[0.6, 0.4])


def notebook(*notes: str) -> BaseRetriever:
    """Some notes as a retriever of LangChain's own vector store, over the encoder that newsqa brings."""
    return InMemoryVectorStore.from_texts(list(notes), newsqa.embeddings()).as_retriever(search_kwargs={"k": 2})


def main() -> None:
    """Search corpus and notes for the same words."""
    with newsqa.NewsQA.open() as qa:
        qa.ingest(["corpus"])
        notes = notebook("Ask the desk for the photos of the armoured train.", "The canteen is closed on Friday.")
        for document in build_ensemble(qa.retriever(k=3), notes).invoke("armoured train"):
            sys.stdout.write(f"{document.metadata.get('title', 'a note')}: {document.page_content[:80]}\n")


if __name__ == "__main__":
    main()
