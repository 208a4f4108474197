"""newsqa as a retriever of LlamaIndex: `pip install llama-index-core`."""

from __future__ import annotations

import sys

from llama_index.core.retrievers import BaseRetriever
from llama_index.core.schema import NodeWithScore, QueryBundle, TextNode

from newsqa import NewsQA


class NewsqaRetriever(BaseRetriever):
    """The `k` passages nearest to a query; the metadata is what is needed to cite them."""

    def __init__(self, qa: NewsQA, k: int = 6) -> None:
        super().__init__()
        self._qa = qa
        self._k = k

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        nodes = []
        for hit in self._qa.search(query_bundle.query_str, k=self._k):
            fields = hit.to_dict()
            node = TextNode(id_=fields["passage_id"], text=fields.pop("text"), metadata=fields)
            nodes.append(NodeWithScore(node=node, score=hit.score))
        return nodes


if __name__ == "__main__":
    with NewsQA.open() as news:
        news.ingest(["corpus"])
        for found in NewsqaRetriever(news).retrieve("armoured train"):
            sys.stdout.write(f"{found.score:.4f} {found.node.metadata['title']}\n")
