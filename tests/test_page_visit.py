"""What a visit to the page costs: files that browsers keep, nothing that jumps, and answers that nobody keeps."""

from __future__ import annotations

import gzip
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import brotli
import pytest

pytest.importorskip("playwright")
from playwright.sync_api import Page

from tests.browsing import ask
from tests.newsroom import BRIDGE_QUESTION, UNANSWERED_QUESTION
from tests.served import Served
from tests.served import serving as serve

pytestmark = pytest.mark.slow

SHIFT = """() => {
    window.shift = 0;
    new PerformanceObserver((list) => list.getEntries().forEach((entry) => {
        if (!entry.hadRecentInput) window.shift += entry.value;
    })).observe({ type: 'layout-shift', buffered: true });
}"""


@pytest.fixture(scope="module")
def served(newsroom_index: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server of the page over the newsroom."""
    with serve(newsroom_index) as server:
        yield server


@pytest.fixture(scope="module")
def address(served: Served) -> str:
    """Where the page is."""
    return f"{served.url}/"


def test_files_with_a_hash_are_kept_for_a_year_and_packed(served: Served) -> None:
    """A script comes in the best way that was asked for, always the same; other files are asked for each time."""
    page = served.request("GET", "/")
    path = "/" + re.findall(r"\./(assets/[^\"]+\.js)", page.body.decode())[0]
    plain = served.request("GET", path)
    packed = {name: served.request("GET", path, headers={"accept-encoding": name}) for name in ("br", "gzip")}
    best = served.request("GET", path, headers={"accept-encoding": "gzip, deflate, br;q=0.9"})
    for reply in (plain, best, *packed.values()):
        assert reply.status == 200
        assert reply.header("cache-control") == "private, max-age=31536000, immutable"
        assert reply.header("content-type") == "text/javascript"
        assert reply.header("vary") == "accept-encoding"
        assert reply.header("x-content-type-options") == "nosniff"
    assert best.header("content-encoding") == "br"
    assert plain.header("content-encoding") == ""
    assert brotli.decompress(packed["br"].body) == gzip.decompress(packed["gzip"].body) == plain.body
    assert len(packed["br"].body) < len(packed["gzip"].body) < len(plain.body)
    assert served.request("GET", "/assets/none-AAAAAAAA.js").status == 404
    assert served.request("GET", "/assets/..%2f..%2findex.html").status in {400, 404}
    static = served.request("GET", "/static/img/logo.svg")
    assert static.header("cache-control") == "no-store"


def test_the_page_is_packed_and_answers_are_not(served: Served) -> None:
    """The page is sent in an eighth of its length, to be asked for each time; answers are as long as they are."""
    wanted = {"accept-encoding": "gzip, br"}
    page, packed = served.request("GET", "/"), served.request("GET", "/", headers=wanted)
    assert packed.header("content-encoding") == "gzip"
    assert len(packed.body) * 5 < len(gzip.decompress(packed.body)) == len(page.body)
    assert packed.header("cache-control") == "no-store"
    answer = served.request("POST", "/v1/ask", {"question": BRIDGE_QUESTION}, wanted)
    assert answer.header("content-encoding") == ""
    assert answer.header("cache-control") == "no-store"
    assert answer.json["citations"]


@pytest.mark.browser
def test_the_second_visit_brings_no_file_again(visit: Callable[..., Page], address: str) -> None:
    """What came with the first visit is taken from the browser's own memory."""
    page = visit()
    fetched = """() => performance.getEntriesByType('resource')
        .filter((one) => /\\/assets\\/|theme\\.css/.test(one.name))
        .map((one) => [one.name, one.transferSize])"""
    first = dict(page.evaluate(fetched))
    assert len(first) > 20
    assert all(size > 0 for size in first.values())
    page.goto(address)
    page.wait_for_selector(".nq-front")
    again = dict(page.evaluate(fetched))
    assert len(again) > 20
    assert {name for name, size in again.items() if size} - (again.keys() - first.keys()) == set()


@pytest.mark.browser
@pytest.mark.parametrize(("width", "height"), [(1280, 800), (390, 844)])
def test_nothing_jumps(visit: Callable[..., Page], address: str, width: int, height: int) -> None:
    """While the page loads and answers come, all shifts together stay below 0.1 (the bound of Core Web Vitals)."""
    page = visit(width=width, height=height)
    page.add_init_script(f"({SHIFT})()")
    page.goto(address)
    page.wait_for_selector(".nq-headlines")
    ask(page, BRIDGE_QUESTION)
    ask(page, UNANSWERED_QUESTION)
    ask(page, BRIDGE_QUESTION)
    assert page.evaluate("window.shift") < 0.1
