"""The guarded page in a real browser: login, work under its content security policy, logout."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("playwright")
from playwright.sync_api import Browser, Page, expect

from newsqa.interfaces.access import TokenStore
from tests.newsroom import BRIDGE_EVIDENCE, copy_index
from tests.served import Served, serving

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(scope="module")
def server(newsroom_index: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Served, str]]:
    """A server that wants a token, and a token that may write."""
    home = copy_index(newsroom_index, tmp_path_factory.mktemp("login") / "index")
    token = TokenStore(home).new("desk", write=True)
    with serving(home) as served:
        yield served, token


def watched(page: Page) -> list[str]:
    """What goes wrong in a page, as it happens: policy violations, script errors, refused requests."""
    faults: list[str] = []
    page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.add_init_script(
        "document.addEventListener('securitypolicyviolation', e => console.error(`CSP ${e.violatedDirective} "
        "${e.blockedURI} ${e.sample}`))"
    )
    return faults


def test_a_reader_logs_in_asks_uploads_and_leaves(
    server: tuple[Served, str], browser: Browser, tmp_path: Path
) -> None:
    """A wrong token is told; the right one leads to the question in the link; nothing violates the policy."""
    served, token = server
    page = browser.new_page()
    faults = watched(page)
    page.goto(f"{served.url}/?q=Why+was+the+harbour+bridge+closed%3F")
    expect(page).to_have_url(f"{served.url}/login?next=%2F%3Fq%3DWhy%2Bwas%2Bthe%2Bharbour%2Bbridge%2Bclosed%253F")
    page.get_by_label("Your token").fill(token[:-2])
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("alert")).to_contain_text("does not hold")
    faults.clear()  # the browser reports the 401
    page.get_by_label("Your token").fill(token)
    page.get_by_role("button", name="Log in").click()
    expect(page.locator("#nq-current .nq-answer")).to_contain_text(BRIDGE_EVIDENCE, timeout=60_000)
    page.locator("#nq-current .nq-open").first.click()
    expect(page.locator("#nq-reader dialog")).to_be_visible(timeout=60_000)
    page.keyboard.press("Escape")
    article = tmp_path / "lamp.md"
    article.write_text("Lamp lit\n\nAda Finch lit the lamp of Gull Point in 1911.\n")
    page.get_by_role("tab", name="Articles").click()
    page.locator("#nq-upload input[type=file]").set_input_files(str(article))
    expect(page.locator("#nq-report")).to_contain_text("Added", timeout=60_000)
    assert faults == []
    cookies = page.context.cookies()
    assert {(c.get("name"), c.get("httpOnly"), c.get("sameSite")) for c in cookies} == {
        ("newsqa_session", True, "Lax"),
        ("newsqa_page", True, "Lax"),
    }
    page.goto(f"{served.url}/logout")
    page.get_by_role("button", name="Log out").click()
    expect(page.get_by_label("Your token")).to_be_visible()
    page.goto(served.url)
    expect(page.get_by_label("Your token")).to_be_visible()
    page.close()


def test_a_script_that_came_later_does_not_run(server: tuple[Served, str], browser: Browser) -> None:
    """Even if markup from outside stood in the page, the policy keeps its script from running."""
    served, token = server
    context = browser.new_context(extra_http_headers={"authorization": f"Bearer {token}"})
    page = context.new_page()
    faults = watched(page)
    page.goto(served.url)
    page.wait_for_selector("#nq-question textarea", timeout=60_000)
    page.evaluate(
        """() => {
            const box = document.createElement('div');
            box.innerHTML = '<img src="/favicon.ico?x" onload="window.hacked=1" onerror="window.hacked=1">';
            const script = document.createElement('script');
            script.textContent = 'window.hacked = 2';
            document.body.append(box, script);
        }"""
    )
    page.wait_for_function("() => document.querySelector('img[onload]').complete")
    assert page.evaluate("window.hacked") is None
    assert any("script-src" in fault for fault in faults)
    context.close()


def test_who_may_only_read_is_not_offered_to_add(newsroom_index: Path, tmp_path: Path, browser: Browser) -> None:
    """With a reader's token the Articles tab has its table, and neither upload nor address."""
    home = copy_index(newsroom_index, tmp_path / "index")
    tokens = TokenStore(home)
    with serving(home) as served:
        for name, offered in (("reader", False), ("writer", True)):
            header = {"authorization": f"Bearer {tokens.new(name, write=offered)}"}
            context = browser.new_context(extra_http_headers=header)
            page = context.new_page()
            page.goto(served.url)
            page.wait_for_selector(".nq-front", timeout=60_000)
            page.get_by_role("tab", name="Articles").click()
            expect(page.locator("#nq-table table")).to_be_visible()
            expect(page.locator("#nq-upload")).to_be_visible(visible=offered)
            expect(page.locator("#nq-address")).to_be_visible(visible=offered)
            context.close()
