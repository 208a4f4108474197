"""The REST API over a real server: questions, articles, numbers, and the clients that others have written."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.newsroom import BRIDGE_EVIDENCE, BRIDGE_QUESTION, UNANSWERED_QUESTION, copy_index
from tests.served import Reply, Served, serving

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[1]
FOLLOW_UP = "How much did the repairs cost?"
TEXT = {
    "title": "Lamp lit",
    "source": "Coast Courier",
    "published": "2019-05-02",
    "text": "Ada Finch lit the lamp.",
}


@pytest.fixture(scope="module")
def server(newsroom_index: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server over a copy of the newsroom's index."""
    home = copy_index(newsroom_index, tmp_path_factory.mktemp("api") / "index")
    with serving(home, rate_limit="0", max_file_mb="1") as served:
        yield served


def events(reply: Reply) -> list[tuple[str, Any]]:
    """The server-sent events of a response."""
    found = re.findall(r"^event: (\w+)\ndata: (.*)\n$", reply.body.decode(), re.MULTILINE)
    return [(name, json.loads(data)) for name, data in found]


def test_a_question_is_answered_with_citations(server: Served) -> None:
    """The quote of each citation stands in its article at the offsets given."""
    reply = server.request("POST", "/v1/ask", {"question": BRIDGE_QUESTION})
    assert reply.status == 200
    assert not reply.json["abstained"]
    citation = reply.json["citations"][0]
    assert BRIDGE_EVIDENCE in " ".join(citation["quote"].split())
    article = server.request("GET", f"/v1/articles/{citation['article_id']}").json
    assert article["text"][citation["start"] : citation["end"]] == citation["quote"]
    assert "path" not in article


def test_an_abstention_is_an_answer(server: Served) -> None:
    """What the articles do not say is status 200 with `abstained`, and says what is missing."""
    reply = server.request("POST", "/v1/ask", {"question": UNANSWERED_QUESTION})
    assert (reply.status, reply.json["abstained"]) == (200, True)
    assert reply.json["missing"]


@pytest.mark.parametrize("how", [{"stream": True}, {}])
def test_a_stream_ends_in_the_same_answer(server: Served, how: dict[str, bool]) -> None:
    """By `stream` or by Accept: steps, then the answer that the plain request gets."""
    headers = {} if how else {"accept": "text/event-stream"}
    reply = server.request("POST", "/v1/ask", {"question": BRIDGE_QUESTION, **how}, headers)
    assert reply.header("content-type").startswith("text/event-stream")
    assert [name for name, _ in events(reply)] == ["step", "step", "answer"]
    assert events(reply)[-1][1] == server.request("POST", "/v1/ask", {"question": BRIDGE_QUESTION}).json


def test_history_and_filters_are_used(server: Served) -> None:
    """A follow-up takes its subject from the turns before; a filter leaves articles out."""
    history = [{"question": BRIDGE_QUESTION, "answer": "Engineers had found cracks in the bridge at Arlen."}]
    reply = server.request("POST", "/v1/ask", {"question": "When did it reopen?", "history": history}).json
    assert reply["searched_for"] != "When did it reopen?"
    reply = server.request("POST", "/v1/search", {"query": "ferry bridge", "source": ["Island Post"]}).json
    assert {hit["source"] for hit in reply["passages"]} == {"Island Post"}


def test_articles_are_listed_in_pages(server: Served) -> None:
    """Newest first, with the total; the pages do not overlap."""
    first = server.request("GET", "/v1/articles?limit=1").json
    second = server.request("GET", "/v1/articles?limit=1&offset=1").json
    assert first["total"] >= 3
    assert first["articles"][0]["published"] > second["articles"][0]["published"]
    assert "path" not in first["articles"][0]


def test_a_text_is_added_replaced_and_deleted(server: Served) -> None:
    """Again it is the same; changed, the earlier version is kept; deleted, it is gone."""
    added = server.request("POST", "/v1/articles", TEXT).json
    (key,) = added["article_ids"]
    assert (added["added"], server.request("POST", "/v1/articles", TEXT).json["same"]) == (1, 1)
    changed = {**TEXT, "text": "Ada Finch lit the lamp of Gull Point in 1911."}
    assert server.request("POST", "/v1/articles", changed).json["updated"] == 1
    article = server.request("GET", f"/v1/articles/{key}").json
    assert "1911" in article["text"]
    assert [version["text"].strip() for version in article["versions"]] == ["Ada Finch lit the lamp."]
    found = server.request("POST", "/v1/ask", {"question": "Who lit the lamp of Gull Point in 1911?"}).json
    assert "Ada Finch" in found["text"]
    assert server.request("DELETE", f"/v1/articles/{key}").status == 204
    assert server.request("DELETE", f"/v1/articles/{key}").status == 404
    assert server.request("GET", f"/v1/articles/{key}").status == 404


@pytest.mark.parametrize("key", ["nope", "0123456789abcdef", "0123456789ABCDEF", "x" * 2000])
@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_an_article_that_is_not_there_is_not_found(server: Served, method: str, key: str) -> None:
    """Whatever stands in the place of its id."""
    reply = server.request(method, f"/v1/articles/{key}")
    assert (reply.status, reply.json["error"]["code"]) == (404, "not_found")
    assert "GET /v1/articles lists" in reply.json["error"]["message"]


def test_a_method_that_a_route_has_not_is_described(server: Served) -> None:
    """405 with one that it has, as the description says."""
    reply = server.request("PUT", "/v1/articles/0123456789abcdef", {})
    assert (reply.status, reply.json["error"]["code"]) == (405, "bad_method")
    assert reply.header("allow")
    described = server.request("GET", "/v1/openapi.json").json["paths"]
    assert all("405" in one["responses"] for path in described.values() for one in path.values())


def form(name: str, content: bytes) -> tuple[bytes, dict[str, str]]:
    """A file as a form's body with its headers."""
    head = f'--B\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'.encode()
    return head + content + b"\r\n--B--\r\n", {"content-type": "multipart/form-data; boundary=B"}


def test_a_file_is_added(server: Served) -> None:
    """Whatever `newsqa ingest` reads; a file that cannot be read is told of by its own name."""
    record = {"title": "Heron seen", "text": "A heron was seen at Sund pier on Monday. It ate two eels."}
    reply = server.request("POST", "/v1/articles", *form("birds.jsonl", json.dumps(record).encode()))
    assert (reply.status, reply.json["added"]) == (200, 1)
    reply = server.request("POST", "/v1/articles", *form("../../empty.md", b" "))
    assert reply.status == 422
    assert "empty" in reply.json["error"]["message"]
    assert "/" not in reply.json["error"]["message"].replace("/v1", "")


def test_a_form_that_cannot_be_read_is_told_of_as_one(server: Served) -> None:
    """Two files, or no form at all: what to send is a form with one file."""
    body, headers = form("one.txt", b"A heron was seen.")
    two = body.removesuffix(b"--B--\r\n") + form("two.txt", b"It ate two eels.")[0]
    for sent in (two, b"no form"):
        reply = server.request("POST", "/v1/articles", sent, headers)
        assert (reply.status, reply.json["error"]["code"]) == (400, "bad_form")
        assert "one file, in the field file" in reply.json["error"]["message"]


def test_a_page_behind_a_private_address_is_not_fetched(server: Served) -> None:
    """The server does not fetch from itself."""
    reply = server.request("POST", "/v1/articles", {"url": f"{server.url}/v1/health"})
    assert (reply.status, reply.json["error"]["code"]) == (422, "not_fetched")


def test_metrics_count_what_happened(server: Served) -> None:
    """Questions by outcome, times, and the size of the index, for Prometheus; no word of a question."""
    server.request("POST", "/v1/ask", {"question": BRIDGE_QUESTION})
    text = server.request("GET", "/v1/metrics").body.decode()
    assert float(re.findall(r'newsqa_questions_total\{by="api",outcome="answered"\} (\S+)', text)[0]) >= 1
    assert re.search(r'newsqa_answer_seconds_bucket\{by="api",le="[0-9.]+"\}', text)
    assert re.search(r"^newsqa_index_articles [345]\.0$", text, re.MULTILINE)
    assert "harbour" not in text


def test_logs_hold_no_questions(server: Served) -> None:
    """A line for each request, as JSON, without its text."""
    server.request("POST", "/v1/ask", {"question": BRIDGE_QUESTION})
    log = server.log.read_text()
    lines = [json.loads(line) for line in log.splitlines() if line.startswith("{")]
    assert {"time", "client", "method", "path", "status", "ms"} <= set(lines[-1])
    assert "harbour" not in log


def test_openai_holds_a_conversation(server: Served) -> None:
    """Two turns, plain and streamed: the same words, citations as annotations of the places where they stand."""
    from openai import OpenAI

    client = OpenAI(base_url=f"{server.url}/v1", api_key="none")
    assert [model.id for model in client.models.list()] == ["newsqa"]
    messages: Any = [{"role": "user", "content": BRIDGE_QUESTION}]
    reply = client.chat.completions.create(model="newsqa", messages=messages).choices[0].message
    assert reply.content is not None
    assert BRIDGE_EVIDENCE.split()[-1] in reply.content
    assert reply.annotations
    cited = reply.annotations[0].url_citation
    assert cited.url == "https://news.example/arlen-bridge"
    assert reply.content[cited.start_index : cited.end_index] == r"\[1\]"
    messages += [{"role": "assistant", "content": reply.content}, {"role": "user", "content": FOLLOW_UP}]
    plain = client.chat.completions.create(model="newsqa", messages=messages).choices[0].message.content
    assert plain is not None
    assert "14 million euros" in plain.replace("**", "")
    chunks = list(client.chat.completions.create(model="newsqa", messages=messages, stream=True))
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks) == plain
    assert chunks[-1].choices[0].finish_reason == "stop"
    assert len(chunks) > 5


def test_langchain_openai_holds_a_conversation(server: Served) -> None:
    """`ChatOpenAI`, plain and streamed."""
    from langchain_openai import ChatOpenAI

    model = ChatOpenAI(model="newsqa", base_url=f"{server.url}/v1", api_key="none")
    first = model.invoke(BRIDGE_QUESTION)
    assert "pillars" in first.text
    turns: list[Any] = [("user", BRIDGE_QUESTION), first, ("user", FOLLOW_UP)]
    second = model.invoke(turns)
    assert "14 million euros" in second.text.replace("**", "")
    assert "".join(chunk.text for chunk in model.stream(turns)) == second.text


def test_the_openai_example_runs(server: Served) -> None:
    """`examples/openai_client.py`, as a reader would run it."""
    command = [sys.executable, str(ROOT / "examples" / "openai_client.py"), f"{server.url}/v1"]
    run = subprocess.run(command, capture_output=True, text=True, timeout=200)
    assert (run.returncode, run.stderr) == (0, "")


def test_a_stream_tells_an_error_in_its_own_form(server: Served) -> None:
    """A question that cannot be asked is refused before the stream, in words of both dialects."""
    reply = server.request("POST", "/v1/chat/completions", {"messages": [{"role": "system", "content": "x"}]})
    assert (reply.status, reply.json["error"]["code"]) == (422, "bad_question")
    reply = server.request("POST", "/v1/chat/completions", {"model": "gpt-9", "messages": [{"role": "user"}]})
    assert (reply.status, reply.json["error"]["code"]) == (404, "model_not_found")


@pytest.mark.parametrize("dialect", ["ask", "chat"])
def test_a_streamed_error_is_the_plain_one(server: Served, dialect: str) -> None:
    """An error that comes in the stream is the one that the plain request gets, type included."""
    path, body = "/v1/ask", {"question": "who?", "llm": True}
    if dialect == "chat":
        path = "/v1/chat/completions"
        body = {"messages": [{"role": "user", "content": "who?"}], "newsqa": {"llm": True}}
    plain = server.request("POST", path, body)
    assert (plain.status, plain.json["error"]["type"]) == (422, "invalid_request_error")
    streamed = server.request("POST", path, {**body, "stream": True}).body.decode()
    (error,) = re.findall(r'^data: (\{"error".*)$', streamed, re.MULTILINE)
    assert json.loads(error) == plain.json


def test_an_empty_index_says_what_to_do(tmp_path: Path) -> None:
    """Health is `empty`, a question gets 409 with the way out, and no path of this machine."""
    with serving(tmp_path / "index") as served:
        assert served.request("GET", "/v1/health").json["status"] == "empty"
        reply = served.request("POST", "/v1/ask", {"question": BRIDGE_QUESTION})
        assert reply.status == 409
        assert "newsqa ingest" in reply.json["error"]["message"]
        assert str(tmp_path) not in reply.body.decode()
        assert events(served.request("POST", "/v1/ask", {"question": "x", "stream": True}))[-1][0] == "error"
