"""The retriever as LangChain sees it: its standard tests, metadata, filters for one call, async."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from langchain_core.documents import Document
from langchain_tests.integration_tests import RetrieversIntegrationTests

from newsqa import NewsQA, NewsRetriever
from newsqa.errors import QuestionError


@pytest.fixture(scope="module")
def qa(corpus_index: Path) -> Iterator[NewsQA]:
    """The index of the corpus."""
    with NewsQA.open(corpus_index) as opened:
        yield opened


@pytest.fixture(scope="module")
def retriever(qa: NewsQA) -> NewsRetriever:
    """A retriever of five passages."""
    return qa.retriever(k=5)


class TestStandard(RetrieversIntegrationTests):
    """LangChain's own tests of retrievers."""

    @pytest.fixture(autouse=True)
    def _index(self, qa: NewsQA) -> None:
        type(self).qa = qa

    qa: NewsQA

    @property
    def retriever_constructor(self) -> Any:
        """Makes a retriever over the index of the corpus."""
        search = self.qa.retriever().search
        return lambda **given: NewsRetriever(search=search, **given)

    @property
    def retriever_constructor_params(self) -> dict[str, Any]:
        """Only how many passages to return."""
        return {"k": 3}

    @property
    def retriever_query_example(self) -> str:
        """A question that many passages are near to."""
        return "why did Kim meet Putin?"


def test_metadata_say_where_a_passage_stands(qa: NewsQA, retriever: NewsRetriever) -> None:
    """Title, source, day, offsets: what is needed to cite it, and the text stands at the offsets."""
    document = retriever.invoke("Where did Kim and Putin meet?")[0]
    found = document.metadata
    wanted = "also article_id author claimed end language passage_id published score source start title updated"
    assert sorted(found) == [*wanted.split(), "url"]
    article = qa.article(found["article_id"])
    assert article.text[found["start"] : found["end"]] == document.page_content
    assert article.title == found["title"]


def test_filters_and_number_hold_for_one_call(retriever: NewsRetriever) -> None:
    """`k`, `since`, `until` and `source` may be given with the query; the retriever is unchanged."""
    documents = retriever.invoke("Kim", k=2, since="2019-04-25", until=date(2019, 4, 25), source="Pacific Courier")
    assert len(documents) == 2
    assert {d.metadata["published"] for d in documents} == {"2019-04-25"}
    assert {d.metadata["source"] for d in documents} == {"Pacific Courier"}
    assert len(retriever.invoke("Kim")) == 5


async def test_async_and_batches_give_the_same(retriever: NewsRetriever) -> None:
    """`ainvoke` with `k`, and `batch`, return what `invoke` returns."""
    direct = retriever.invoke("black hole", k=3)
    assert await retriever.ainvoke("black hole", k=3) == direct
    assert retriever.batch(["black hole"])[0][:3] == direct


def test_it_becomes_a_tool(retriever: NewsRetriever) -> None:
    """An agent can call it, and finds the passages in the artifact."""
    from langchain_core.tools import create_retriever_tool

    tool = create_retriever_tool(
        retriever, "search_news", "Searches news.", response_format="content_and_artifact"
    )
    message = tool.invoke({"type": "tool_call", "id": "1", "name": "search_news", "args": {"query": "Notre-Dame"}})
    assert all(isinstance(document, Document) for document in message.artifact)
    assert "Notre-Dame" in message.content


def test_a_wrong_day_is_a_question_error(retriever: NewsRetriever) -> None:
    """Errors are newsqa's own."""
    with pytest.raises(QuestionError):
        retriever.invoke("Kim", since="soon")
