"""The page with a language model: drafts as they come, verdicts, the switch, and a server that is killed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

pytest.importorskip("playwright")
pytest.importorskip("langchain_openai")
from playwright.sync_api import Browser, Page, expect

from tests.browsing import answered, ask, sideways
from tests.llm_server import ModelServer, model_server, reply
from tests.newsroom import BRIDGE_EVIDENCE, BRIDGE_QUESTION, copy_index
from tests.served import serving

pytestmark = [pytest.mark.browser, pytest.mark.slow]
TRUE = "The bridge was closed in April 2018 because engineers had found deep cracks in two of its pillars [1]."
OWN_WORDS = re.compile(
    r"^In the articles’ own words\. About (?:90|75|50) in 100 answers as sure as this are right\.$"
)
FALSE = "The repairs cost 90 million euros [1]."
HOSTILE = (
    '<img src=x onerror="window.hacked=1"> ![x](https://evil.example/x.png) [Here is more](https://evil.example/)'
)


@pytest.fixture(scope="module")
def server() -> Iterator[ModelServer]:
    """A model's server for the tests of this file."""
    with model_server() as running:
        yield running


@pytest.fixture(scope="module")
def address(server: ModelServer, newsroom_index: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The page over the newsroom with a model on the server."""
    home = copy_index(newsroom_index, tmp_path_factory.mktemp("llm-page") / "index")
    model = {"llm": "openai:scripted", "llm_base_url": server.url, "llm_retries": "0"}
    with serving(home, **model) as server:
        yield f"{server.url}/"


def test_an_answer_is_streamed_checked_and_its_author_named(
    visit: Callable[..., Page], server: ModelServer
) -> None:
    """Words appear while the model writes; in the end each unsupported sentence is marked in words, too."""
    server.script(reply(f"{TRUE} {FALSE} {HOSTILE}", hold=len(TRUE.split()) + 2))
    page = visit()
    expect(page.get_by_role("radio", name="openai:scripted")).to_be_checked()
    page.get_by_label("Your question").fill(BRIDGE_QUESTION)
    page.keyboard.press("Enter")
    draft = page.locator("#nq-current .nq-draft")
    expect(draft).to_contain_text("because engineers had found deep cracks")
    expect(draft.locator("[aria-busy=true]")).to_be_visible()
    server.release()
    answered(page, BRIDGE_QUESTION)
    current = page.locator("#nq-current")
    expect(current.locator(".nq-byline")).to_have_text("Written by openai:scripted, checked against the articles.")
    expect(current.locator(".nq-unsupported").first).to_have_text("The repairs cost 90 million euros.")
    expect(current.locator(".nq-flag").first).to_contain_text("not supported by its source: the number 90 million")
    expect(current.locator(".nq-ref")).to_have_count(1)
    expect(current.locator("#src-1 mark")).to_contain_text(BRIDGE_EVIDENCE)
    expect(page.locator("#nq-said [aria-live=polite]")).to_contain_text("[not supported by its source]")
    assert current.locator("img, script").count() == 0
    assert current.locator("a[href*=evil]").count() == 0
    assert sideways(page) == []


def test_the_switch_asks_for_quotes_only(visit: Callable[..., Page], server: ModelServer) -> None:
    """With quotes only no model is asked, and the answer says so; a kept conversation keeps who answered."""
    server.script(reply(f"{TRUE} {FALSE}"))
    page = visit(width=390, height=844)
    page.get_by_role("radio", name="Quotes only").check()
    ask(page, BRIDGE_QUESTION)
    expect(page.locator("#nq-current .nq-byline")).to_have_text(OWN_WORDS)
    assert server.log() == []
    expect(page.locator("#nq-chips [data-chosen='llm=no']")).to_be_attached()
    page.reload()
    answered(page, BRIDGE_QUESTION)
    expect(page.get_by_role("radio", name="Quotes only")).to_be_checked()
    page.get_by_role("radio", name="openai:scripted").check()
    ask(page, "Why was the harbour bridge closed in 2018?")
    expect(page.locator("#nq-current .nq-byline")).to_contain_text("Written by openai:scripted")
    assert sideways(page) == []
    page.get_by_role("tab", name="History").click()
    expect(page.locator("#nq-kept")).to_contain_text("2 questions")
    page.reload()
    expect(page.locator("#nq-current .nq-flag")).to_contain_text("not supported by its source")


def test_a_server_killed_in_the_midst_leaves_a_usable_page(
    browser: Browser, newsroom_index: Path, tmp_path: Path
) -> None:
    """Quotes take the model's place, a notice says why, and the next question is answered."""
    home = copy_index(newsroom_index, tmp_path / "index")
    with model_server() as dying:
        dying.script(reply(TRUE, hold=6))
        model = {"llm": "openai:scripted", "llm_base_url": dying.url, "llm_retries": "0"}
        with serving(home, **model) as serving_newsqa:
            page = browser.new_page()
            page.goto(serving_newsqa.url)
            page.wait_for_selector(".nq-front")
            page.get_by_label("Your question").fill(BRIDGE_QUESTION)
            page.keyboard.press("Enter")
            expect(page.locator("#nq-current .nq-draft")).to_contain_text("The bridge was closed")
            dying.kill()
            answered(page, BRIDGE_QUESTION)
            notice = page.locator("#nq-current .nq-notice")
            expect(notice).to_contain_text("openai:scripted could not answer: it stopped in the midst")
            expect(notice).to_contain_text("These are quotes from the articles instead.")
            expect(page.locator("#nq-current .nq-byline")).to_have_text(OWN_WORDS)
            expect(page.locator("#nq-current .nq-prose")).to_contain_text(BRIDGE_EVIDENCE)
            page.get_by_role("radio", name="Quotes only").check()
            ask(page, "Why did the night ferry stop?")
            expect(page.locator("#nq-current .nq-notice")).to_have_count(0)
            page.close()
