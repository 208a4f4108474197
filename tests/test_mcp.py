"""The MCP server as its own SDK's client meets it: over stdio and over streamable HTTP."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from mcp import Client, StdioServerParameters
from mcp.types import TextResourceContents

from newsqa.types import Article
from tests.newsroom import BRIDGE_EVIDENCE, BRIDGE_QUESTION, UNANSWERED_QUESTION, copy_index
from tests.served import NEWSQA, serving

pytestmark = pytest.mark.slow

READING = {"search_news", "ask_news", "get_article", "list_articles"}


@asynccontextmanager
async def connected(transport: str, home: Path, *options: str) -> AsyncIterator[Client]:
    """A client of a server process over an index."""
    if transport == "stdio":
        environment = {**os.environ, "NEWSQA_HOME": str(home)}
        server = StdioServerParameters(command=NEWSQA, args=["mcp", *options], env=environment)
        async with Client(server) as client:
            yield client
    else:
        with serving(home, "mcp", "--http", *options, path="/mcp") as served:
            for headers, status in [({"host": "evil.example"}, 421), ({"origin": "https://evil.example"}, 403)]:
                assert served.request("POST", "/mcp", {}, headers).status == status
            async with Client(f"{served.url}/mcp") as client:
                yield client


async def call(client: Client, tool: str, **arguments: Any) -> Any:
    """A tool's structured result."""
    result = await client.call_tool(tool, arguments)
    assert not result.is_error, result.content
    return result.structured_content


@pytest.mark.parametrize("transport", ["stdio", "http"])
async def test_an_assistant_finds_asks_and_reads(transport: str, newsroom_index: Path) -> None:
    """Only reading tools, with schemas for what they return; articles are resources; errors are in words.

    Over HTTP, a page of another site, or one whose name was made to point here, is turned away.
    """
    async with connected(transport, newsroom_index) as client:
        tools = (await client.list_tools()).tools
        assert {tool.name for tool in tools} == READING
        assert all(tool.annotations and tool.annotations.read_only_hint for tool in tools)
        assert all(tool.output_schema and tool.description for tool in tools)

        found = await call(client, "search_news", query="harbour bridge", k=1)
        assert found["passages"][0]["title"] == "Arlen's harbour bridge open again"
        answer = await call(client, "ask_news", question=BRIDGE_QUESTION)
        assert BRIDGE_EVIDENCE in " ".join(answer["citations"][0]["quote"].split())
        assert (await call(client, "ask_news", question=UNANSWERED_QUESTION))["abstained"]
        listed = await call(client, "list_articles", source=["Island Post"])
        assert (listed["total"], listed["articles"][0]["title"]) == (1, "Night ferry to Sund stops")
        article = await call(client, "get_article", article_id=listed["articles"][0]["id"])
        assert "Tomas Reiker" in article["text"]
        assert set(article) == set(Article.JSON)

        misspelt = await client.call_tool("ask_news", {"question": BRIDGE_QUESTION, "sources": ["Island Post"]})
        assert misspelt.is_error
        assert "sources" in str(misspelt.content)

        missing = await client.call_tool("get_article", {"article_id": "0" * 16})
        assert missing.is_error
        assert "no article of that id" in str(missing.content)
        assert str(newsroom_index) not in str(missing.content)

        resources = (await client.list_resources()).resources
        uri = next(str(one.uri) for one in resources if one.name == "Night ferry to Sund stops")
        (content,) = (await client.read_resource(uri)).contents
        assert isinstance(content, TextResourceContents)
        assert content.text.startswith("Night ferry to Sund stops\nIsland Post, 2018-07-15\n")
        (content,) = (await client.read_resource("news://articles")).contents
        assert isinstance(content, TextResourceContents)
        assert "Library lends drills and ladders" in content.text


async def test_writing_has_to_be_allowed(newsroom_index: Path, tmp_path: Path) -> None:
    """With --write an assistant adds an article, finds it, and removes it."""
    home = copy_index(newsroom_index, tmp_path / "index")
    async with connected("stdio", home, "--write") as client:
        added = await call(client, "add_article", title="Lamp lit", text="Ada Finch lit the lamp of Gull Point.")
        (key,) = added["article_ids"]
        found = await call(client, "search_news", query="lamp of Gull Point", k=1)
        assert found["passages"][0]["article_id"] == key
        assert (await call(client, "remove_article", article_id=key))["removed"] == 1


async def test_texts_may_be_switched_off(
    newsroom_index: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With --write but without NEWSQA_UPLOADS an assistant adds no article; it may still remove one."""
    home = copy_index(newsroom_index, tmp_path / "index")
    monkeypatch.setenv("NEWSQA_UPLOADS", "false")
    async with connected("stdio", home, "--write") as client:
        assert {tool.name for tool in (await client.list_tools()).tools} == READING | {"remove_article"}
        refused = await client.call_tool("add_article", {"title": "Lamp lit", "text": "Ada Finch lit the lamp."})
        assert refused.is_error
        listed = await call(client, "list_articles")
        assert listed["total"] == 3
        key = listed["articles"][0]["id"]
        assert (await call(client, "remove_article", article_id=key))["removed"] == 1
