"""newsqa as a component of Haystack: `pip install haystack-ai`."""

from __future__ import annotations

import sys

from haystack import Document, Pipeline, component

from newsqa import NewsQA


@component
class NewsqaRetriever:
    """The `k` passages nearest to a query; the meta is what is needed to cite them."""

    def __init__(self, qa: NewsQA, k: int = 6) -> None:
        self.qa = qa
        self.k = k

    @component.output_types(documents=list[Document])
    def run(self, query: str) -> dict[str, list[Document]]:
        """Search the news."""
        documents = []
        for hit in self.qa.search(query, k=self.k):
            fields = hit.to_dict()
            documents.append(
                Document(id=fields["passage_id"], content=fields.pop("text"), meta=fields, score=hit.score)
            )
        return {"documents": documents}


if __name__ == "__main__":
    with NewsQA.open() as news:
        news.ingest(["corpus"])
        pipeline = Pipeline()
        pipeline.add_component("news", NewsqaRetriever(news))
        for document in pipeline.run({"news": {"query": "armoured train"}})["news"]["documents"]:
            sys.stdout.write(f"{document.score:.4f} {document.meta['title']}\n")
