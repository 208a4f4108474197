"""The page in a real browser: the days of a question as a chip, copies of a report, and articles by address."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from newsqa import NewsQA
from newsqa.interfaces.page.uploads import Underway, Uploaded, add_address
from newsqa.sources.fetching import Fetcher, Visitor
from tests.browsing import answered, ask, newsqa, sideways
from tests.newsroom import write_articles
from tests.served import serving
from tests.test_duplicates import STORY, TITLES
from tests.web_server import serving as site_serving

QUESTION = "Why will the ferry line go on last week?"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, _isolated_session: None) -> Path:
    """An index over the newsroom and three outlets' copies of one report."""
    folder = tmp_path_factory.mktemp("page-news")
    write_articles(folder / "articles")
    for number, (source, title) in enumerate(TITLES.items(), start=12):
        head = f"---\ntitle: {title}\nsource: {source}\npublished: 2019-03-{number}\nupdated: 2019-03-15\n---\n"
        (folder / "articles" / f"{number}.md").write_text(head + STORY, encoding="utf-8")
    newsqa(folder / "index", "ingest", str(folder / "articles"))
    return folder / "index"


@pytest.fixture(scope="module")
def address(home: Path) -> Iterator[str]:
    """The page as it was on a Wednesday in March 2019."""
    with serving(home, as_of="2019-03-20") as server:
        yield f"{server.url}/"


@pytest.mark.browser
@pytest.mark.slow
def test_the_ends_of_a_period_can_be_changed(visit: Callable[..., Page]) -> None:
    """Its days stand in two fields; what is written there is searched instead, and changed and dropped again."""
    page = visit()
    ask(page, QUESTION)
    page.get_by_text("Change the days").click()
    since, until = page.get_by_label("From", exact=True), page.get_by_label("to", exact=True)
    expect(since).to_have_value("2019-03-11")
    since.fill("2019-01-01")
    until.fill("2019-01-31")
    page.get_by_role("button", name="Search these days").click()
    chip = page.locator("#nq-current .nq-chip")
    expect(chip).to_contain_text("1 January 2019 – 31 January 2019")
    expect(page.locator("#nq-current .nq-abstained")).to_be_visible()
    page.get_by_text("Change the days").click()
    expect(since).to_have_value("2019-01-01")
    until.fill("2019-02-28")
    page.get_by_role("button", name="Search these days").click()
    expect(chip).to_contain_text("1 January 2019 – 28 February 2019")
    chip.get_by_role("button", name="Search all days instead").click()
    expect(chip).to_have_count(0)
    answered(page, QUESTION)


@pytest.mark.browser
@pytest.mark.slow
def test_days_are_a_chip_that_can_be_removed(visit: Callable[..., Page]) -> None:
    """The days that a question names are shown under it; its × asks again of all days."""
    page = visit()
    ask(page, QUESTION)
    chip = page.locator("#nq-current .nq-chip")
    expect(chip).to_contain_text("Only “last week”, 11 March 2019 to 17 March 2019")
    chip.get_by_role("button", name="Search all days instead").click()
    expect(chip).to_have_count(0)
    answered(page, QUESTION)
    ask(page, "Why was the harbour bridge closed yesterday?")
    expect(page.locator("#nq-current .nq-abstained")).to_contain_text("narrowed to “yesterday”")


@pytest.mark.browser
@pytest.mark.slow
@pytest.mark.parametrize(("width", "dark"), [(1280, False), (375, True)])
def test_a_card_names_the_copies_of_its_report(visit: Callable[..., Page], width: int, dark: bool) -> None:
    """One copy is cited; the others stand in its card, can be opened, and fit on the screen."""
    page = visit(width=width, dark=dark)
    ask(page, QUESTION)
    cards = page.locator("#nq-current .nq-card")
    expect(cards).to_have_count(1)
    expect(cards).to_contain_text("updated 15 March 2019")
    others = cards.locator(".nq-also button")
    expect(others).to_have_count(2)
    assert sideways(page) == []
    others.first.click()
    expect(page.get_by_role("dialog")).to_contain_text("Fishermen on the island of Sund")


@pytest.mark.browser
@pytest.mark.slow
def test_an_address_is_fetched_safely(visit: Callable[..., Page]) -> None:
    """The box takes web addresses alone, and refuses those that are not on the public web in words."""
    page = visit()
    page.get_by_role("tab", name="Articles").click()
    box = page.locator("#nq-address textarea, #nq-address input")
    for wrong, said in (
        ("/etc/passwd", "begins with http:// or https://"),
        ("file:///etc/passwd", "begins with http:// or https://"),
        ("http://127.0.0.1:9/private", "port 9 is not one of the web"),
        ("http://127.0.0.1/", "not on the public web"),
    ):
        box.fill(wrong)
        box.press("Enter")
        expect(page.locator("#nq-report li.nq-failed")).to_contain_text(wrong)
        expect(page.locator("#nq-report li.nq-failed")).to_contain_text(said)
        expect(page.locator("#nq-report p")).to_have_text("1 could not be read.")


def test_an_address_brings_in_its_article(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is at an address goes in as by `newsqa ingest`; again it is no change; a local path is refused."""
    with site_serving() as site, NewsQA.open(tmp_path / "home") as qa:
        fetcher = Fetcher(max_bytes=1_000_000, allow_hosts=frozenset((site.place,)))
        visitor = Visitor(fetcher, delay=0, sleep=lambda _: None)
        monkeypatch.setattr("newsqa.sources.formats.web.Visitor", lambda *_, **__: visitor)
        url = f"{site.url}/lead_image"
        first, *_, last = add_address(qa, f" {url} ")
        assert (first, last) == (Underway(url), Uploaded(url, "added", "Added."))
        assert [one.status for one in add_address(qa, url) if isinstance(one, Uploaded)] == ["same"]
        assert [one.status for one in add_address(qa, str(tmp_path)) if isinstance(one, Uploaded)] == ["failed"]
        assert [article.title for article in qa.articles()] == ["Harbour crane falls into the Lenn"]
