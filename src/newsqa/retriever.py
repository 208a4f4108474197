"""The retriever that other tools embed: hybrid search over news as a LangChain `BaseRetriever`."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import date
from typing import Any

from langchain_core.callbacks import AsyncCallbackManagerForRetrieverRun, CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from pydantic import ConfigDict, Field, InstanceOf

from newsqa.filters import make_filter
from newsqa.hybrid import HybridSearch
from newsqa.types import ScoredPassage


def to_document(scored: ScoredPassage) -> Document:
    """A passage as a LangChain document; the metadata says where it stands and where it comes from."""
    fields = scored.to_dict()
    text = fields.pop("text")
    return Document(id=fields["passage_id"], page_content=text, metadata=fields)


class NewsRetriever(BaseRetriever):
    """Returns the passages nearest to a query, best first.

    `k` and the filters can be set here, or for one call: `retriever.invoke("...", k=3, since="2019-04-01")`.
    Titles and headings are searched but never returned as passages.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)

    search: InstanceOf[HybridSearch] = Field(exclude=True, repr=False)
    k: int = Field(default=5, ge=1)
    since: date | None = None
    until: date | None = None
    source: tuple[str, ...] = ()

    def _get_relevant_documents(
        self,
        query: str,
        *,
        run_manager: CallbackManagerForRetrieverRun,  # noqa: ARG002 (LangChain passes it by name)
        k: int | None = None,
        since: date | str | None = None,
        until: date | str | None = None,
        source: str | Sequence[str] | None = None,
        **_: Any,
    ) -> list[Document]:
        where = make_filter(since or self.since, until or self.until, source or self.source)
        wanted = self.k if k is None else k
        return [to_document(scored) for scored in self.search.search(query, wanted, where)]

    async def _aget_relevant_documents(
        self, query: str, *, run_manager: AsyncCallbackManagerForRetrieverRun, **kwargs: Any
    ) -> list[Document]:
        return await asyncio.to_thread(
            self._get_relevant_documents, query, run_manager=run_manager.get_sync(), **kwargs
        )
