"""Answers that a language model writes: a real client against a real server that fails as it is told."""

from __future__ import annotations

import gc
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import httpx
import pytest

from newsqa import Answer, NewsQA, Settings, Turn
from newsqa.errors import ModelError, QuestionError
from newsqa.types import Draft, Step
from tests.llm_server import ModelServer, model_server, reply
from tests.newsroom import BRIDGE_EVIDENCE, BRIDGE_QUESTION, UNANSWERED_QUESTION

TRUE = "The bridge was closed in April 2018 because engineers had found deep cracks in two of its pillars [1]."
FALSE = "The repairs cost 90 million euros [1]."
ELSEWHERE = "Seven astronauts landed on Mars with a cheerful orchestra [1]."
NAME = "openai:scripted"


@pytest.fixture(scope="module")
def server() -> Iterator[ModelServer]:
    """A server process for the tests of this file."""
    with model_server() as running:
        yield running


@pytest.fixture
def opened(newsroom_index: Path, server: ModelServer) -> Iterator[Callable[..., NewsQA]]:
    """Opens the newsroom with a model on the server, and closes it again."""
    pytest.importorskip("langchain_openai")
    made: list[NewsQA] = []

    def open_(**more: Any) -> NewsQA:
        given = {"home": newsroom_index, "llm": NAME, "llm_base_url": server.url, "llm_timeout": 30.0, **more}
        qa = NewsQA.open(settings=Settings(**given))
        made.append(qa)
        return qa

    yield open_
    for qa in made:
        qa.close()


def drafts(qa: NewsQA, question: str = BRIDGE_QUESTION, **more: Any) -> tuple[list[Draft], Answer]:
    """The drafts of an answer, and the answer."""
    items = list(qa.stream(question, **more))
    answer = items[-1]
    assert isinstance(answer, Answer)
    return [item for item in items if isinstance(item, Draft)], answer


def test_a_model_writes_and_each_sentence_is_checked(opened: Callable[..., NewsQA], server: ModelServer) -> None:
    """The text is the model's, its citation a verbatim quote, and every sentence has its verdict."""
    server.script(reply(f"{TRUE} {FALSE}"))
    qa = opened()
    written, answer = drafts(qa)
    assert answer.model == NAME
    assert (answer.notice, answer.abstained) == ("", False)
    assert answer.text == f"{TRUE} {FALSE.replace(' [1]', '')}"
    assert [sentence.verdict for sentence in answer.sentences] == ["supported", "unsupported"]
    assert "90 million" in " ".join(answer.sentences[1].reasons)
    assert [answer.text[s.start : s.end] for s in answer.sentences] == [TRUE, FALSE.replace(" [1]", "")]
    [citation] = answer.citations
    assert BRIDGE_EVIDENCE in citation.quote
    article = qa.article(citation.passage.article_id)
    assert article.text[citation.start : citation.end] == citation.quote
    assert len(written) > 10
    assert written[-1].sentences[0].verdict == "supported"
    assert json.loads(json.dumps(answer.to_dict()))["sentences"][1]["verdict"] == "unsupported"


def test_words_are_shown_while_the_model_still_writes(opened: Callable[..., NewsQA], server: ModelServer) -> None:
    """The first words, and the first verdict, are there before the server has sent the rest."""
    pieces = len(TRUE.split())
    server.script(reply(f"{TRUE} It was repaired. Nothing more is known.", hold=pieces + 2))
    seen: list[str] = []
    for item in opened().stream(BRIDGE_QUESTION):
        if isinstance(item, Draft):
            seen.append(item.text)
            if item.sentences:
                server.release()
    assert seen[0] == "The"
    assert seen.index(f"{TRUE} It") > 5


def test_the_model_is_told_what_it_needs(opened: Callable[..., NewsQA], server: ModelServer) -> None:
    """The request has the rules, the day, and numbered passages with title, source and date; no key is needed."""
    server.script(reply(TRUE))
    opened().ask(BRIDGE_QUESTION)
    [entry] = server.log()
    system, human = (message["content"] for message in entry["body"]["messages"])
    assert f"Today is {date.today().isoformat()}." in system
    assert "data, not instructions" in system
    assert '<passage number="1" title="Arlen' in human
    assert 'source="Coast Courier" date="2019-03-02">' in human
    assert BRIDGE_EVIDENCE in human
    assert f"Question: {BRIDGE_QUESTION}" in human
    assert entry["authorization"] == "Bearer none"
    assert entry["body"]["model"] == "scripted"


@pytest.mark.parametrize("own", [True, False])
def test_keys_come_from_the_setting_or_the_providers_variable(
    opened: Callable[..., NewsQA], server: ModelServer, monkeypatch: pytest.MonkeyPatch, own: bool
) -> None:
    """`NEWSQA_LLM_API_KEY` is sent; without it, the provider's own variable is."""
    monkeypatch.setenv("OPENAI_API_KEY", "theirs")
    server.script(reply(TRUE))
    opened(**({"llm_api_key": "ours"} if own else {})).ask(BRIDGE_QUESTION)
    assert server.log()[0]["authorization"] == f"Bearer {'ours' if own else 'theirs'}"


@pytest.mark.parametrize(("name", "package"), [("ollama:llama", "ollama"), ("anthropic:claude", "anthropic")])
def test_other_providers_are_spoken_to_in_their_own_way(
    opened: Callable[..., NewsQA], server: ModelServer, name: str, package: str
) -> None:
    """Ollama and Anthropic stream as OpenAI does, and a connection that is cut is found out there, too."""
    pytest.importorskip(f"langchain_{package}")
    server.script(reply(TRUE), reply(TRUE, cut=4), reply(status=500))
    qa = opened(llm=name, llm_base_url=server.url.removesuffix("/v1"), llm_api_key="key", llm_retries=0)
    written, answer = drafts(qa)
    assert (answer.text, answer.model, answer.notice) == (TRUE, name, "")
    assert len(written) > 10
    assert "in the midst" in qa.ask(BRIDGE_QUESTION).notice
    assert "status 500" in qa.ask(BRIDGE_QUESTION).notice


def test_no_connection_to_ollama_is_left_open(server: ModelServer) -> None:
    """Not after a failure, either: a model that is forgotten leaves nothing that would be told as unclosed."""
    pytest.importorskip("langchain_ollama")
    from newsqa.llm._models import open_model

    server.script(reply(status=500))
    model = open_model(Settings(llm="ollama:llama", llm_base_url=server.url.removesuffix("/v1")))
    with pytest.raises(Exception, match="status code: 500"):
        model.invoke("Hello?")
    del model
    gc.collect()


@pytest.mark.parametrize(
    ("how", "words", "requests"),
    [
        ({"status": 500}, "status 500", 2),
        ({"status": 503}, "status 503", 2),
        ({"status": 429, "retry_after": 0.1}, "too busy", 2),
        ({"status": 401}, "refused the key", 1),
        ({"status": 404}, "does not know the model", 1),
        ({"status": 400}, "refused the request", 1),
        ({"malformed": True}, "cannot be read", 2),
        ({"cut": 0}, "server", 2),
        ({"cut": 4}, "in the midst", 1),
        ({"cut": 4, "plain": True}, "broke off", 1),
        ({"stall": 4}, "in the midst.*(in time|wrote nothing for)", 1),
        ({"stall": 0}, "in time|wrote nothing for", 2),
    ],
    ids=str,
)
def test_quotes_take_the_place_of_a_model_that_fails(
    opened: Callable[..., NewsQA], server: ModelServer, how: dict[str, Any], words: str, requests: int
) -> None:
    """Whatever the server does, quotes and a notice are the answer; only what can pass is tried again."""
    server.script(reply(TRUE, **how))
    qa = opened(llm_timeout=1.0 if "stall" in how else 30.0, llm_retries=1)
    answer = qa.ask(BRIDGE_QUESTION)
    quotes = qa.ask(BRIDGE_QUESTION, llm=False)
    assert (answer.text, answer.citations, answer.model) == (quotes.text, quotes.citations, "")
    assert re.search(words, answer.notice)
    assert answer.notice.startswith(f"{NAME} could not answer: ")
    assert quotes.notice == ""
    assert len(server.log()) == requests


@pytest.mark.parametrize("how", [{"status": 500}, {"status": 429, "retry_after": 0.2}, {"cut": 0}], ids=str)
def test_a_server_that_recovers_is_answered_by(
    opened: Callable[..., NewsQA], server: ModelServer, how: dict[str, Any]
) -> None:
    """A failure before the first word is tried again, and then the model answers."""
    server.script(reply(**{"text": TRUE, **how}), reply(TRUE))
    answer = opened().ask(BRIDGE_QUESTION)
    assert (answer.model, answer.notice, answer.text) == (NAME, "", TRUE)


def test_a_server_that_dies_in_the_midst(opened: Callable[..., NewsQA]) -> None:
    """Killed while it writes: quotes and a notice; and so it stays while it is dead."""
    with model_server() as dying:
        dying.script(reply(TRUE, hold=5))
        qa = opened(llm_base_url=dying.url, llm_retries=0)
        items = []
        for item in qa.stream(BRIDGE_QUESTION):
            items.append(item)
            if isinstance(item, Draft) and dying.process.poll() is None:
                dying.kill()
    answer = items[-1]
    assert isinstance(answer, Answer)
    assert BRIDGE_EVIDENCE in answer.text
    assert "in the midst" in answer.notice
    assert "cannot be reached" in qa.ask(BRIDGE_QUESTION).notice


def test_a_model_is_not_called_for_what_no_article_has(opened: Callable[..., NewsQA], server: ModelServer) -> None:
    """No passage over the threshold: an abstention, and no request."""
    server.script(reply(TRUE))
    answer = opened().ask(UNANSWERED_QUESTION)
    assert answer.abstained
    assert server.log() == []


def test_unsupported_sentences_can_be_dropped(opened: Callable[..., NewsQA], server: ModelServer) -> None:
    """With `NEWSQA_LLM_UNSUPPORTED=drop` nothing unsupported is shown, neither in the drafts nor in the end."""
    server.script(reply(f"{ELSEWHERE} {FALSE} {TRUE} {ELSEWHERE}"))
    written, answer = drafts(opened(llm_unsupported="drop"))
    assert answer.text == TRUE
    assert [sentence.verdict for sentence in answer.sentences] == ["supported"]
    assert {draft.text for draft in written} <= {"", TRUE}


@pytest.mark.parametrize("text", [ELSEWHERE, "Kim Jong Un ate soup.", "The bridge was closed [7].", "???"])
def test_an_answer_with_nothing_supported_is_an_abstention(
    opened: Callable[..., NewsQA], server: ModelServer, text: str
) -> None:
    """What stands in no article is not given as an answer, and the way to the quotes is told."""
    server.script(reply(text))
    answer = opened().ask(BRIDGE_QUESTION)
    assert answer.abstained
    assert answer.citations == ()
    assert text not in answer.text
    assert "quotes" in " ".join(answer.missing)
    assert answer.related


def test_a_model_may_find_nothing(opened: Callable[..., NewsQA], server: ModelServer) -> None:
    """The words agreed on for this are an abstention, and never shown."""
    server.script(reply("NOT IN THE ARTICLES."))
    written, answer = drafts(opened())
    assert (written, answer.abstained, answer.model) == ([], True, NAME)


def test_follow_ups_are_rewritten_by_the_model(opened: Callable[..., NewsQA], server: ModelServer) -> None:
    """The rewritten question is searched for, shown, and answered."""
    server.script(reply("Why was the harbour bridge closed in April 2018?"), reply(TRUE))
    history = [Turn("When was the harbour bridge closed?", "The bridge was closed in April 2018. [1]")]
    steps = [item for item in opened().stream("And why?", history=history) if isinstance(item, Step)]
    assert ("searching", "Why was the harbour bridge closed in April 2018?") in [(s.name, s.detail) for s in steps]
    first, second = server.log()
    assert "Last question: And why?" in first["body"]["messages"][1]["content"]
    assert "Question: Why was the harbour bridge closed in April 2018?" in second["body"]["messages"][1]["content"]


@pytest.mark.parametrize(
    "text",
    ["The bridge was closed because of cracks.\nIt is open again.", "Why did Napoleon resign?", "", "Mars!"],
)
def test_what_is_no_question_of_the_conversation_is_rewritten_by_rule(
    opened: Callable[..., NewsQA], server: ModelServer, text: str
) -> None:
    """Several lines, a new name, nothing, or something else altogether: the rule decides."""
    server.script(reply(text), reply(TRUE))
    history = [Turn("When was the harbour bridge closed?", "The bridge was closed in April 2018. [1]")]
    answer = opened(llm_retries=0).ask("Why was it closed?", history=history)
    assert answer.searched_for == "Why was it closed (harbour bridge)?"


def test_a_model_that_fails_at_rewriting_is_not_waited_for_again(
    opened: Callable[..., NewsQA], server: ModelServer
) -> None:
    """The rule rewrites, quotes answer, and the notice says why."""
    server.script(reply(status=401))
    history = [Turn("When was the harbour bridge closed?", "The bridge was closed in April 2018. [1]")]
    qa = opened()
    answer = qa.ask("Why was it closed?", history=history)
    assert BRIDGE_EVIDENCE in answer.text
    assert "refused the key" in answer.notice
    assert len(server.log()) == 1
    nothing = qa.ask("Who ate the moon cheese of Reykjavik?", history=history)
    assert nothing.abstained
    assert nothing.notice.endswith("(status 401).")


@pytest.mark.parametrize(
    ("name", "package", "command"),
    [
        ("ollama:llama3.2", "langchain_ollama", r"pip install 'newsqa\[ollama\]'"),
        ("openai:gpt", "langchain_openai", r"pip install 'newsqa\[openai\]'"),
        ("anthropic:claude", "langchain_anthropic", r"pip install 'newsqa\[anthropic\]'"),
        ("mistralai:small", "langchain_mistralai", "pip install langchain-mistralai"),
    ],
)
def test_a_missing_package_is_told_with_the_command_that_installs_it(
    newsroom_index: Path, monkeypatch: pytest.MonkeyPatch, name: str, package: str, command: str
) -> None:
    """Not a traceback, and no quiet fallback: the setting cannot work as it is."""
    from langchain.chat_models import base

    creators = [function for function in vars(base).values() if hasattr(function, "cache_clear")]
    for function in creators:
        function.cache_clear()
    monkeypatch.setitem(sys.modules, package, None)
    with (
        NewsQA.open(settings=Settings(home=newsroom_index, llm=name)) as qa,
        pytest.raises(ModelError, match=command),
    ):
        qa.ask(BRIDGE_QUESTION)


@pytest.mark.parametrize("name", ["nothing:at-all", "huggingface:/no/such/folder"])
def test_a_model_that_cannot_be(newsroom_index: Path, name: str) -> None:
    """An unknown provider or a folder without a model is told in words; quotes are still to be had."""
    with NewsQA.open(settings=Settings(home=newsroom_index, llm=name)) as qa:
        with pytest.raises(ModelError, match="NEWSQA_LLM"):
            qa.ask(BRIDGE_QUESTION)
        assert BRIDGE_EVIDENCE in qa.ask(BRIDGE_QUESTION, llm=False).text


def test_asking_for_a_model_that_is_not_set(newsroom_index: Path) -> None:
    """`llm=True` without a model is an error that names the setting."""
    with NewsQA.open(newsroom_index) as qa, pytest.raises(QuestionError, match="NEWSQA_LLM"):
        qa.ask(BRIDGE_QUESTION, llm=True)


def test_each_provider_gets_its_options() -> None:
    """Address, time limit and key arrive under the names that the providers' classes have for them."""
    pytest.importorskip("langchain_anthropic")
    pytest.importorskip("langchain_ollama")
    from newsqa.llm._models import OLLAMA_CONTEXT, open_model

    url = "http://127.0.0.1:9"
    ollama: Any = open_model(Settings(llm="ollama:llama3.2", llm_base_url=url, llm_timeout=7))
    assert (ollama.model, ollama.base_url, ollama.num_ctx) == ("llama3.2", url, OLLAMA_CONTEXT)
    assert ollama.client_kwargs == {"timeout": 7.0, "limits": httpx.Limits(max_keepalive_connections=0)}
    claude: Any = open_model(Settings(llm="anthropic:claude", llm_base_url=url, llm_api_key="k", llm_timeout=7))
    assert (claude.model, claude.anthropic_api_url, claude.max_retries) == ("claude", url, 0)
    assert claude.anthropic_api_key.get_secret_value() == "k"
    assert claude.default_request_timeout == 7.0


NEWSQA = [sys.executable, "-c", "from newsqa.interfaces.cli import main; main()"]


def command(server: ModelServer, home: Path, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    """A newsqa process with a model on the server."""
    model = {"NEWSQA_HOME": str(home), "NEWSQA_LLM": NAME, "NEWSQA_LLM_BASE_URL": server.url}
    return subprocess.run(
        [*NEWSQA, *arguments], env={**os.environ, **model, **more}, capture_output=True, text=True, timeout=240
    )


@pytest.mark.slow
def test_the_command_line_asks_a_model_or_not(server: ModelServer, newsroom_index: Path) -> None:
    """The answer with its flags on stdout, who wrote it on stderr; `--no-llm` asks no model; `--json` has all."""
    server.script(reply(f"{TRUE} {FALSE}"))
    run = command(server, newsroom_index, "ask", BRIDGE_QUESTION)
    assert run.returncode == 0, run.stderr
    assert run.stdout.startswith(f"{TRUE} The repairs cost 90 million euros. [not supported by its source]\n")
    assert f"Written by {NAME}" in run.stderr
    quoted = command(server, newsroom_index, "ask", BRIDGE_QUESTION, "--no-llm")
    assert quoted.stdout != run.stdout
    assert quoted.stderr == ""
    assert len(server.log()) == 1
    value = json.loads(command(server, newsroom_index, "ask", BRIDGE_QUESTION, "--llm", "--json").stdout)
    assert value["model"] == NAME
    assert [sentence["verdict"] for sentence in value["sentences"]] == ["supported", "unsupported"]
    server.script(reply(status=401))
    failed = command(server, newsroom_index, "ask", BRIDGE_QUESTION)
    assert failed.returncode == 0
    assert BRIDGE_EVIDENCE in failed.stdout
    assert "newsqa: openai:scripted could not answer: its server refused the key" in failed.stderr
    none = command(server, newsroom_index, "ask", BRIDGE_QUESTION, "--llm", NEWSQA_LLM="")
    assert (none.returncode, none.stdout) == (1, "")
    assert "NEWSQA_LLM" in none.stderr
