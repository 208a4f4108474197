"""The page for everyone: axe-core's rules, the keyboard, letters and colours of one's own, any width of window."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

pytest.importorskip("playwright")
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.browsing import CHROMIUM, FLAGS, PATIENCE_MS, ask, newsqa, sideways
from tests.newsroom import BRIDGE_QUESTION, UNANSWERED_QUESTION, copy_index
from tests.served import serving

pytestmark = [pytest.mark.browser, pytest.mark.slow]
RULES = ["wcag2a", "wcag2aa", "wcag2aaa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice", "experimental"]
LONG = "Harbour " * 60 + "news"
"""A title that nobody would want to read to its end."""


@pytest.fixture(scope="module")
def home(newsroom_index: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An index of the newsroom, and an article with an endless title."""
    folder = tmp_path_factory.mktemp("everyone")
    index = copy_index(newsroom_index, folder / "index")
    (folder / "long.md").write_text(f"---\ntitle: {LONG}\nsource: Slow Press\n---\n\nThe pilots of Arlen rest.\n")
    newsqa(index, "ingest", str(folder / "long.md"))
    return index


@pytest.fixture(scope="module")
def address(home: Path) -> Iterator[str]:
    """The page as a reader would serve it, on a port of its own."""
    with serving(home) as server:
        yield f"{server.url}/"


def faults(page: Page) -> list[str]:
    """The rules of axe-core that the page as it is shown breaks, each with the elements that break it."""
    page.wait_for_function("document.getAnimations().every((one) => one.playState !== 'running')")
    found = Axe().run(page, options={"runOnly": {"type": "tag", "values": RULES}}).response["violations"]
    return [f"{rule['id']}: {[node['html'][:200] for node in rule['nodes']]}" for rule in found]


def open_tab(page: Page, name: str) -> None:
    """Go to a tab, and wait until it is there."""
    page.get_by_role("tab", name=name).click()
    expect(page.get_by_role("tab", name=name)).to_have_attribute("aria-selected", "true")


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("width", [1280, 390])
def test_no_rule_of_axe_is_broken(visit: Callable[..., Page], width: int, dark: bool) -> None:
    """Front page, filters, answers, an article, articles and history break no rule, the strictest among them."""
    page = visit(width=width, dark=dark)
    assert faults(page) == []
    page.get_by_role("button", name="Narrow the search").click()
    expect(page.get_by_label("First day")).to_be_visible()
    assert faults(page) == []
    ask(page, UNANSWERED_QUESTION)
    assert faults(page) == []
    ask(page, BRIDGE_QUESTION)
    assert faults(page) == []
    page.locator("#src-1 .nq-open[data-quote]").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    assert faults(page) == []
    page.keyboard.press("Escape")
    open_tab(page, "Articles")
    expect(page.locator("#nq-table table")).to_be_visible()
    assert faults(page) == []
    open_tab(page, "History")
    expect(page.locator("#nq-kept .nq-open").first).to_be_visible()
    assert faults(page) == []


def test_tabs_are_chosen_by_arrow_keys(visit: Callable[..., Page]) -> None:
    """One of the tabs is reached by Tab; arrows, Home and End go on from there."""
    page = visit()
    tab = page.get_by_role("tab", name="Ask")
    tab.focus()
    for key, name in (
        ("ArrowRight", "Articles"),
        ("End", "History"),
        ("ArrowRight", "Ask"),
        ("ArrowLeft", "History"),
    ):
        page.keyboard.press(key)
        expect(page.get_by_role("tab", name=name)).to_be_focused()
        expect(page.get_by_role("tab", name=name)).to_have_attribute("aria-selected", "true")
        expect(page.locator("#nq-tabs [role=tab][tabindex='0']")).to_have_text(name)
    page.keyboard.press("Home")
    expect(page.get_by_label("Your question")).to_be_visible()


def test_a_conversation_that_is_brought_back_has_the_focus(visit: Callable[..., Page]) -> None:
    """From the history by keyboard: the focus is on the question that is shown then."""
    page = visit()
    ask(page, BRIDGE_QUESTION)
    open_tab(page, "History")
    page.locator("#nq-kept .nq-open").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#nq-current h2")).to_be_focused()


SMALL = """() => [...document.querySelectorAll('button, a, input, textarea, select, summary, [role=tab]')]
    .filter((node) => node.checkVisibility() && !node.closest('.visually-hidden, .nq-hidden'))
    .map((node) => [node, node.getBoundingClientRect()])
    .filter(([node, box]) => box.width && (box.width < 23.5 || box.height < 23.5))
    .filter(([node]) => node.type !== 'checkbox' && node.type !== 'radio') // their labels are as large
    .map(([node, box]) => `${node.outerHTML.slice(0, 120)} ${box.width}x${box.height}`)"""


def test_everything_that_is_pressed_is_large_enough(visit: Callable[..., Page]) -> None:
    """Buttons, links and fields measure 24 pixels each way, and more."""
    page = visit(width=390)
    page.get_by_role("button", name="Narrow the search").click()
    ask(page, BRIDGE_QUESTION)
    assert page.evaluate(SMALL) == []
    page.locator("#src-1 .nq-open[data-quote]").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    assert page.evaluate(SMALL) == []
    page.keyboard.press("Escape")
    for tab in ("Articles", "History"):
        open_tab(page, tab)
        assert page.evaluate(SMALL) == []


@pytest.mark.parametrize("width", [320, 2560])
def test_nothing_is_cut_off_in_the_narrowest_and_the_widest_window(visit: Callable[..., Page], width: int) -> None:
    """Nothing scrolls sideways at 320 and at 2,560 pixels, and endless questions and titles take four lines."""
    page = visit(width=width)
    page.get_by_role("button", name="Narrow the search").click()
    expect(page.get_by_label("First day")).to_be_visible()
    assert sideways(page) == []
    question = f"{LONG}? {BRIDGE_QUESTION}"
    ask(page, question)
    assert sideways(page) == []
    lines = "(node) => node.getBoundingClientRect().height / parseFloat(getComputedStyle(node).lineHeight)"
    title = page.locator("#nq-current h2")
    assert title.evaluate(lines) < 4.5
    open_tab(page, "Articles")
    assert sideways(page) == []
    assert page.locator("#nq-table").get_by_text(LONG).evaluate(lines) < 5
    page.locator("#nq-table").get_by_text(LONG).click()
    expect(page.get_by_role("dialog")).to_be_visible()
    assert sideways(page) == []
    page.keyboard.press("Escape")
    open_tab(page, "History")
    assert sideways(page) == []


def test_the_letters_of_the_browser_count(browser: Browser, address: str) -> None:
    """Who has set the browser's letters to 24 instead of 16 pixels reads everything half as large again."""
    sizes = """() => Object.fromEntries([...document.querySelectorAll('main *')]
        .filter((node) => node.checkVisibility() && [...node.childNodes].some((one) => one.data?.trim()))
        .map((node) => [node.textContent.trim(), parseFloat(getComputedStyle(node).fontSize)]))"""
    found = []
    for size in ("16", "24"):
        flags = [*FLAGS, f"--blink-settings=defaultFontSize={size}"]
        chromium = browser.browser_type.launch(executable_path=str(CHROMIUM), args=flags)
        page = chromium.new_page(viewport={"width": 1280, "height": 900})
        page.set_default_timeout(PATIENCE_MS)
        page.goto(address)
        page.get_by_role("button", name="Narrow the search").click()
        ask(page, BRIDGE_QUESTION)
        assert sideways(page) == []
        found.append(page.evaluate(sizes))
        chromium.close()
    usual, large = found
    assert len(usual) > 20
    both = usual.keys() & large.keys()  # how long an answer took differs
    assert {text: large[text] for text in both if abs(large[text] - 1.5 * usual[text]) > 0.2} == {}


def test_forced_colours_keep_what_matters(browser: Browser, address: str) -> None:
    """With colours of the reader's own the chosen tab, the confidence and the quote can still be told."""
    context = browser.new_context(forced_colors="active")
    page = context.new_page()
    page.goto(address)
    ask(page, BRIDGE_QUESTION)
    line = "(tab) => getComputedStyle(tab).borderBottomColor"
    chosen, other = (page.get_by_role("tab", name=name).evaluate(line) for name in ("Ask", "Articles"))
    assert chosen != other
    full = page.locator("#nq-current .nq-meter i").first.evaluate("(bar) => getComputedStyle(bar).backgroundColor")
    assert full != page.evaluate("getComputedStyle(document.body).backgroundColor")
    mark = page.locator("#src-1 mark").evaluate("(mark) => getComputedStyle(mark).backgroundColor")
    assert mark != page.evaluate("getComputedStyle(document.body).backgroundColor")
    context.close()
