"""newsqa inside LangChain: embeddings, the search tool, and the examples with a scripted model."""

from __future__ import annotations

import json
import py_compile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from examples.langchain_agent import build_agent
from examples.langchain_ensemble import build_ensemble, notebook
from examples.langchain_rag import build_chain, numbered
from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.documents import Document
from langchain_core.embeddings import Embeddings
from langchain_core.language_models import GenericFakeChatModel
from langchain_core.messages import AIMessage, ToolMessage
from langchain_core.runnables import Runnable
from langchain_core.tools import BaseTool
from langchain_tests.integration_tests import EmbeddingsIntegrationTests

import newsqa
from newsqa import NewsQA, NewsRetriever
from tests.newsroom import BRIDGE_EVIDENCE

EXAMPLES = Path(__file__).parents[1] / "examples"
QUESTION = "Why was the harbour bridge closed?"


class TestEmbeddings(EmbeddingsIntegrationTests):
    """LangChain's own tests of embeddings."""

    @property
    def embeddings_class(self) -> type[Embeddings]:
        """The class behind `newsqa.embeddings()`."""
        return type(newsqa.embeddings())

    @property
    def embedding_model_params(self) -> dict[str, Any]:
        """What it is made with."""
        return {"encoder": newsqa.embeddings().encoder}  # type: ignore[attr-defined]


class ScriptedModel(GenericFakeChatModel):
    """Says what it is told to, in order."""

    def bind_tools(self, tools: Sequence[Any], **kwargs: Any) -> Runnable[Any, Any]:
        """Takes tools without looking at them."""
        return self


@pytest.fixture
def retriever(newsroom_index: Path) -> Iterator[NewsRetriever]:
    """A retriever over the newsroom."""
    with NewsQA.open(newsroom_index) as qa:
        yield qa.retriever(k=3)


def test_the_search_tool_gives_text_and_documents(retriever: NewsRetriever) -> None:
    """A model reads where each passage comes from; a program finds the documents in the artifact."""
    tool = retriever.search_tool()
    assert isinstance(tool, BaseTool)
    assert tool.name == "search_news"
    message = tool.invoke({"type": "tool_call", "id": "1", "name": "search_news", "args": {"query": QUESTION}})
    assert isinstance(message, ToolMessage)
    assert BRIDGE_EVIDENCE in str(message.content)
    assert "Arlen's harbour bridge open again (Coast Courier, 2019-03-02), article " in str(message.content)
    assert [type(document) for document in message.artifact] == [Document] * len(message.artifact)


def test_the_configuration_survives_json(retriever: NewsRetriever, newsroom_index: Path) -> None:
    """What `config` says makes a retriever that finds the same."""
    with NewsQA.open(newsroom_index) as qa:
        narrow = qa.retriever(k=2, since="2018-01-01", until="2019-12-31", source=["Coast Courier"])
        config = json.loads(json.dumps(narrow.config()))
        days = {"since": "2018-01-01", "until": "2019-12-31"}
        assert config == {"k": 2, **days, "source": ["Coast Courier"], "author": [], "language": []}
        again = qa.retriever(**config)
        assert again == narrow
        assert again.invoke(QUESTION) == narrow.invoke(QUESTION)


def test_callbacks_see_the_search(retriever: NewsRetriever) -> None:
    """A callback handler is told of the query and of the documents."""
    told: list[Any] = []

    class Handler(BaseCallbackHandler):
        def on_retriever_start(self, serialized: Any, query: str, **kwargs: Any) -> None:
            told.append(query)

        def on_retriever_end(self, documents: Any, **kwargs: Any) -> None:
            told.append(len(documents))

    found = retriever.invoke(QUESTION, config={"callbacks": [Handler()]})
    assert told == [QUESTION, len(found)]


def test_the_chain_streams_documents_then_the_answer(retriever: NewsRetriever) -> None:
    """What was found comes first, then the model's words piece by piece; the first passage has the number 1."""

    def model() -> ScriptedModel:
        return ScriptedModel(messages=iter([AIMessage("Cracks in two pillars [1].")]))

    parts = list(build_chain(retriever, model()).stream(QUESTION))
    assert [key for part in parts for key in part][:2] == ["question", "documents"]
    assert "".join(str(part["answer"]) for part in parts if "answer" in part) == "Cracks in two pillars [1]."
    assert sum("answer" in part for part in parts) > 1
    result: Any = build_chain(retriever, model()).invoke(QUESTION)
    assert result["answer"] == "Cracks in two pillars [1]."
    assert BRIDGE_EVIDENCE in numbered(result["documents"]).split("[2]")[0]


def test_the_agent_searches_and_answers(retriever: NewsRetriever) -> None:
    """The agent's tool call runs newsqa's search, and the model is shown the passage before it answers."""
    call = {"name": "search_news", "args": {"query": QUESTION}, "id": "1", "type": "tool_call"}
    model = ScriptedModel(
        messages=iter([AIMessage("", tool_calls=[call]), AIMessage("Because of cracks (Coast Courier).")])
    )
    state = build_agent(retriever, model).invoke({"messages": [("user", QUESTION)]})
    kinds = [message.type for message in state["messages"]]
    assert kinds == ["human", "ai", "tool", "ai"]
    assert BRIDGE_EVIDENCE in state["messages"][2].content
    assert BRIDGE_EVIDENCE in state["messages"][2].artifact[0].page_content
    assert state["messages"][-1].content == "Because of cracks (Coast Courier)."


async def test_the_ensemble_finds_in_both(retriever: NewsRetriever) -> None:
    """Passages of the articles and notes come back together, each once."""
    ensemble = build_ensemble(retriever, notebook("The bridge's engineer can be reached at the harbour office."))
    found = ensemble.invoke(QUESTION)
    texts = [document.page_content for document in found]
    assert len(texts) == len(set(texts)) > 1
    assert any("harbour office" in text for text in texts)
    assert any(BRIDGE_EVIDENCE in text for text in texts)
    assert {d.page_content for d in await ensemble.ainvoke(QUESTION)} == set(texts)


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.py")), ids=lambda path: path.name)
def test_every_example_is_python(path: Path, tmp_path: Path) -> None:
    """Those for libraries that are not installed here at least compile."""
    py_compile.compile(str(path), cfile=str(tmp_path / "out.pyc"), doraise=True)
    assert f"`{path.name}`" in (EXAMPLES / "README.md").read_text(encoding="utf-8")
