"""What a question can be asked with comes through every interface, under the same names."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import asdict, fields
from datetime import date
from pathlib import Path
from typing import Any

import gradio as gr
import pytest
from fastapi.testclient import TestClient
from mcp.server.mcpserver.exceptions import ToolError
from typer.testing import CliRunner

from newsqa import NewsQA
from newsqa.interfaces.api._app import build_api
from newsqa.interfaces.api._context import Context
from newsqa.interfaces.cli import app
from newsqa.interfaces.mcp import build_mcp
from newsqa.interfaces.page.handlers import FIELDS, Handlers
from newsqa.search.filters import make_options
from newsqa.search.hybrid import HybridSearch
from newsqa.types import Answer, AskOptions, Filter, ScoredPassage, SearchOptions, Step

QUESTION = "Who opened the bridge?"
DAY = date(2019, 3, 2)
SEARCHED = {
    "k": 3, "since": "2019-03-02", "until": "2019-03-02", "source": ["Coast Courier"], "author": ["Ana Ruiz"],
    "language": ["en"],
}  # fmt: skip
ASKED = SEARCHED | {"as_of": "2019-03-02", "any_date": True, "llm": False}
PAGE = ASKED | {"k": "3", "days": "2 March 2019"}
SEARCH = SearchOptions(
    k=3, since=DAY, until=DAY, source=("Coast Courier",), author=("Ana Ruiz",), language=("en",)
)
ASK = AskOptions(**asdict(SEARCH), as_of=DAY, any_date=True, llm=False)


def plain(kind: type[SearchOptions], given: SearchOptions) -> SearchOptions:
    """The options alone, without what a request holds beside them."""
    return kind(**{field.name: getattr(given, field.name) for field in fields(kind)})


class Recording(NewsQA):
    """Notes what it is asked and searched with."""

    seen: list[SearchOptions]

    def stream(
        self, question: str, *, history: Any = (), options: AskOptions | None = None, **given: Any
    ) -> Iterator[Step | Answer]:
        asked = make_options(options or AskOptions(), given)
        self.seen.append(plain(AskOptions, asked))
        yield Answer(question, question, "Nothing.", False, 0.5)

    def search(self, query: str, *, options: SearchOptions | None = None, **given: Any) -> list[ScoredPassage]:
        asked = make_options(options or SearchOptions(), given)
        self.seen.append(
            SearchOptions(**{field.name: getattr(asked, field.name) for field in fields(SearchOptions)})
        )
        return []


@pytest.fixture
def qa(newsroom_index: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Recording]:
    """An open index that notes; the command line opens it, too."""
    with Recording.open(newsroom_index) as opened:
        opened.seen = []
        monkeypatch.setattr(NewsQA, "open", lambda *_, **__: opened)
        monkeypatch.setattr(opened, "close", lambda: None)
        yield opened


def post(qa: NewsQA, path: str, body: dict[str, Any]) -> None:
    context = Context.of(qa)
    try:
        reply = TestClient(build_api(context)).post(path, json=body)
        assert reply.status_code == 200, reply.text
    finally:
        context.close()


def command(words: list[str], given: dict[str, Any], lines: str = "") -> None:
    """Run a command with every option as it is written."""
    for name, value in given.items():
        dashed = "-k" if name == "k" else f"--{name.replace('_', '-')}"
        if isinstance(value, bool):
            words.append(dashed if value else dashed.replace("--", "--no-"))
        else:
            words += [dashed, str(value[0] if isinstance(value, list) else value)]
    run = CliRunner().invoke(app, words, input=lines, catch_exceptions=False)
    assert run.exit_code == 0, run.output


def chat(body: dict[str, Any]) -> dict[str, Any]:
    return {"messages": [{"role": "user", "content": QUESTION}], "newsqa": body}


def tool(qa: NewsQA, name: str, given: dict[str, Any]) -> None:
    asyncio.run(build_mcp(qa).call_tool(name, given))


def event(question: str) -> gr.EventData:
    """What the browser sends with a question."""
    return gr.EventData(None, {"question": question})


ASKING: dict[str, Callable[[NewsQA], Any]] = {
    "python": lambda qa: qa.ask(QUESTION, **ASKED),  # type: ignore[arg-type]
    "python, as one": lambda qa: qa.ask(QUESTION, options=ASK),
    "newsqa ask": lambda _: command(["ask", QUESTION], ASKED),
    "newsqa chat": lambda _: command(["chat"], ASKED, f"{QUESTION}\n"),
    "POST /v1/ask": lambda qa: post(qa, "/v1/ask", {"question": QUESTION, **ASKED}),
    "POST /v1/ask, streamed": lambda qa: post(qa, "/v1/ask", {"question": QUESTION, "stream": True, **ASKED}),
    "POST /v1/chat/completions": lambda qa: post(qa, "/v1/chat/completions", chat(ASKED)),
    "ask_news": lambda qa: tool(qa, "ask_news", {"question": QUESTION, **ASKED}),
    "page": lambda qa: list(
        Handlers(qa).answer(event(QUESTION), [], "a conversation", *(PAGE[name] for name in FIELDS))
    ),
    "page's API": lambda qa: Handlers(qa).api_ask(QUESTION, **ASKED),  # type: ignore[arg-type]
}
SEARCHING: dict[str, Callable[[NewsQA], Any]] = {
    "python": lambda qa: qa.search(QUESTION, **SEARCHED),  # type: ignore[arg-type]
    "newsqa search": lambda _: command(["search", QUESTION], SEARCHED),
    "POST /v1/search": lambda qa: post(qa, "/v1/search", {"query": QUESTION, **SEARCHED}),
    "search_news": lambda qa: tool(qa, "search_news", {"query": QUESTION, **SEARCHED}),
}


def test_every_option_is_walked_through() -> None:
    """Each field has a value here that is not its default, so that a lost one would be noticed."""
    assert {field.name for field in fields(ASK)} == set(ASKED)
    assert [field.name for field in fields(ASK) if getattr(ASK, field.name) == field.default] == []


@pytest.mark.parametrize("interface", ASKING)
def test_every_interface_asks_with_every_option(interface: str, qa: Recording) -> None:
    """What is given to an interface arrives, whole, where the question is answered."""
    ASKING[interface](qa)
    assert qa.seen == [ASK]


@pytest.mark.parametrize("interface", SEARCHING)
def test_every_interface_searches_with_every_option(interface: str, qa: Recording) -> None:
    """The same for a search."""
    SEARCHING[interface](qa)
    assert qa.seen == [SEARCH]


@pytest.mark.parametrize("for_one_call", [False, True])
def test_the_retriever_searches_with_every_option(
    for_one_call: bool, qa: Recording, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Set on it or given with one call, they arrive at the search; what it does not know is an error."""
    seen: list[tuple[int, Filter | None]] = []

    def search(_: HybridSearch, query: str, k: int, where: Filter | None = None) -> list[ScoredPassage]:
        seen.append((k, where))
        return []

    monkeypatch.setattr(HybridSearch, "search", search)
    retriever = qa.retriever() if for_one_call else qa.retriever(**SEARCHED)  # type: ignore[arg-type]
    retriever.invoke(QUESTION, **SEARCHED if for_one_call else {})
    assert seen == [(3, SEARCH.where)]
    with pytest.raises(TypeError, match="sources"):
        retriever.invoke(QUESTION, sources=["Coast Courier"])


def test_no_stranger_makes_newsqa_read_on_and_on(qa: Recording) -> None:
    """A server reads 200 passages for a question at most, whichever way it comes."""
    with pytest.raises(AssertionError, match="less than or equal to 200"):
        post(qa, "/v1/ask", {"question": QUESTION, "k": 201})
    with pytest.raises(ToolError, match="less than or equal to 200"):
        tool(qa, "ask_news", {"question": QUESTION, "k": 201})
    for written in ("201", "-1", "many", 201):
        assert "up to 200" in Handlers(qa).api_ask(QUESTION, k=written)["error"]  # type: ignore[arg-type]
    assert qa.seen == []
