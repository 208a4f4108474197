"""What tests of the page share: the articles of its index, Chromium, and what a reader does again and again."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

pytest.importorskip("playwright")
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect, sync_playwright

from tests.served import NEWSQA

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
PATIENCE_MS = 30_000
expect.set_options(timeout=PATIENCE_MS)
HOSTILE = """---
title: 'The lamp <script>window.hacked=1</script><img src=x onerror="window.hacked=2">'
source: 'Coast </mark> News'
published: 2019-05-02
---

The lamp of Gull Point was lit in 1911 by &lt;img src=x onerror="window.hacked=3"&gt; Ada Finch, an engineer.

&lt;script&gt;window.hacked=4&lt;/script&gt; Every night the keeper writes the ships
into a ledger bound in sealskin.
"""


def bridge(source: str, day: str, year: int) -> str:
    """A long article whose last paragraph says in which year a bridge was opened."""
    filler = "\n\n".join(
        f"In week {week} the masons counted barges under the old arch. They wrote the number on a slate."
        for week in range(1, 25)
    )
    fact = f"The bridge at Marlow Weir was opened in {year} by the engineer Clara Boone."
    return f"---\ntitle: A bridge and its barges\nsource: {source}\npublished: {day}\n---\n\n{filler}\n\n{fact}\n"


ARTICLES = {
    "lamp.md": HOSTILE,
    "bridge-1.md": bridge("Inland Post", "2019-03-01", 1903),
    "bridge-2.md": bridge("River Times", "2019-04-01", 1904),
}


def newsqa(home: Path, *arguments: str) -> None:
    """Run a newsqa command over an index."""
    environment = {**os.environ, "NEWSQA_HOME": str(home)}
    run = subprocess.run([NEWSQA, *arguments], env=environment, capture_output=True, text=True, timeout=240)
    assert run.returncode == 0, run.stderr


@contextmanager
def running_chromium() -> Iterator[Browser]:
    """Debian's Chromium for as long as the context."""
    if not CHROMIUM.exists():
        pytest.skip("Chromium is not installed: apt-get install chromium")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        yield chromium
        chromium.close()


@contextmanager
def visiting(browser: Browser, address: str) -> Iterator[Callable[..., Page]]:
    """Opens the page as a new reader; at the end, no script has failed and no request has left the machine."""
    contexts: list[BrowserContext] = []
    faults: list[str] = []

    def watch(page: Page) -> None:
        page.on("pageerror", lambda error: faults.append(f"script: {error}"))
        page.on("dialog", lambda dialog: (faults.append(f"dialog: {dialog.message}"), dialog.dismiss()))
        page.on("request", lambda request: check(request.url))

    def check(url: str) -> None:
        if not url.startswith((address, address.replace("http", "ws", 1), "data:", "blob:")):
            faults.append(f"request: {url}")

    def open_page(query: str = "", *, width: int = 1280, height: int = 900, dark: bool = False) -> Page:
        scheme = "dark" if dark else "light"
        context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)
        context.set_default_timeout(PATIENCE_MS)
        contexts.append(context)
        page = context.new_page()
        watch(page)
        page.goto(address + query)
        page.wait_for_selector(".nq-folio")
        return page

    yield open_page
    for context in contexts:
        for page in context.pages:
            assert page.evaluate("window.hacked") is None
        context.close()
    assert faults == []


def ask(page: Page, question: str) -> None:
    """Type a question, send it with Enter, and wait for its answer."""
    page.get_by_label("Your question").fill(question)
    page.keyboard.press("Enter")
    answered(page, question)


@contextmanager
def holding(page: Page, address: str = "**/queue/join*") -> Iterator[None]:
    """What the page asks an address for, or its events, is held back in the context, as by a slow network."""
    held: list[Route] = []
    slow = True
    page.route(address, lambda route: held.append(route) if slow else route.continue_())
    yield
    slow = False
    for route in held:
        route.continue_()


def answered(page: Page, question: str) -> None:
    """Wait until the current exchange is this question with its answer."""
    turn = page.locator("#nq-current .nq-turn:not(.nq-working)")
    expect(turn.locator("h2")).to_have_text(question)


def sideways(page: Page) -> list[str]:
    """What reaches beyond the window's sides, whether it can be scrolled to or is cut off."""
    beyond: list[str] = page.evaluate("""() => [...document.querySelectorAll('main *, dialog *')]
        .filter((node) => node.checkVisibility())
        .filter((node) => !node.closest('#nq-said, .nq-hidden, .visually-hidden, .sr-only'))
        .filter((node) => { const box = node.getBoundingClientRect();
            return box.width && (box.right > innerWidth + 1 || box.left < -1); })
        .map((node) => `${node.tagName} ${node.className}`)
        .concat(document.documentElement.scrollWidth > innerWidth ? ['the page'] : [])""")
    return beyond
