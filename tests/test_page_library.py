"""The library in a real browser: remove and undo, earlier versions, what is watched, filters as chips."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from newsqa.evaluate import read_items
from newsqa.store._catalogue import write_lock
from newsqa.store.keeping import read_judgements
from tests.browsing import answered, ask, newsqa, sideways
from tests.newsroom import write_articles
from tests.served import serving

pytestmark = [pytest.mark.browser, pytest.mark.slow]
FERRY = "Night ferry to Sund stops"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, _isolated_session: None) -> Path:
    """An index over the newsroom, of which one article came in twice, the second time with markup in it."""
    folder = tmp_path_factory.mktemp("page-library")
    articles = write_articles(folder / "articles")
    newsqa(folder / "index", "ingest", str(articles))
    ferry = articles / "ferry.md"
    text = ferry.read_text(encoding="utf-8").replace("in September", "in <b>October</b> &lt;img src=x&gt;")
    ferry.write_text(text, encoding="utf-8")
    newsqa(folder / "index", "watch", str(articles), "--rounds", "1")
    return folder / "index"


@pytest.fixture(scope="module")
def address(home: Path) -> Iterator[str]:
    """The page over it."""
    with serving(home) as server:
        yield f"{server.url}/"


def open_articles(page: Page) -> None:
    """Go to the tab of articles."""
    page.get_by_role("tab", name="Articles").click()
    expect(page.locator("#nq-table tbody tr")).to_have_count(3)


def test_a_removed_article_comes_back_with_its_versions(visit: Callable[..., Page]) -> None:
    """Its row goes, the way back has the focus, and Enter brings back the article with what changed in it."""
    page = visit()
    open_articles(page)
    page.get_by_role("button", name=f"Remove: {FERRY}").click()
    expect(page.locator("#nq-table tbody tr")).to_have_count(2)
    expect(page.locator("#nq-masthead")).to_contain_text("2 articles")
    expect(page.locator("#nq-report")).to_have_text(f"Removed: {FERRY}. “Undo” below brings it back.")
    undo = page.locator("#nq-changes").get_by_role("button", name=f"Undo: {FERRY}")
    expect(undo).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#nq-report")).to_contain_text("Undone: 1 article as before.")
    expect(page.locator("#nq-changes [data-undo], #nq-find input, #nq-find textarea").first).to_be_focused()
    expect(page.locator("#nq-table tbody tr")).to_have_count(3)
    page.locator("#nq-table").get_by_role("button", name=FERRY, exact=True).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_text("An earlier version").click()
    expect(dialog.locator(".nq-versions del").first).to_contain_text("September")
    expect(dialog.locator(".nq-versions ins").first).to_contain_text("October")
    assert dialog.locator("img, b").count() == 0


def test_what_another_tab_has_done_is_told(visit: Callable[..., Page], home: Path) -> None:
    """An article that is gone already is said to be; while another process writes, the way back stays open."""
    page = visit()
    open_articles(page)
    other = page.context.new_page()
    other.goto(page.url)
    open_articles(other)
    other.get_by_role("button", name=f"Remove: {FERRY}").click()
    expect(other.locator("#nq-table tbody tr")).to_have_count(2)
    page.get_by_role("button", name=FERRY, exact=True).last.click()
    expect(page.get_by_role("dialog")).to_contain_text("no longer among the articles")
    page.keyboard.press("Escape")
    page.get_by_role("button", name=f"Remove: {FERRY}").click()
    expect(page.locator("#nq-report")).to_contain_text("no longer among the articles")
    expect(page.locator("#nq-table tbody tr")).to_have_count(2)
    undo = page.locator("#nq-changes").get_by_role("button", name=f"Undo: {FERRY}")
    with write_lock(home):
        undo.click()
        expect(page.locator("#nq-report")).to_contain_text("Another process")
        expect(undo).to_be_enabled()
    undo.click()
    expect(page.locator("#nq-table tbody tr")).to_have_count(3)


def test_an_ingest_is_undone(visit: Callable[..., Page], tmp_path: Path) -> None:
    """What one file brought is one change, and goes as one."""
    records = [{"title": f"Otter {n}", "text": f"Otter {n} came back to the river Lune."} for n in range(3)]
    file = tmp_path / "otters.jsonl"
    file.write_text("\n".join(map(json.dumps, records)), encoding="utf-8")
    page = visit()
    open_articles(page)
    page.locator("#nq-upload input[type=file]").set_input_files(file)
    expect(page.locator("#nq-table tbody tr")).to_have_count(6)
    newest = page.locator("#nq-changes li").first
    expect(newest).to_contain_text("otters.jsonl")
    expect(newest).to_contain_text("3 added")
    newest.get_by_role("button", name="Undo").click()
    expect(page.locator("#nq-table tbody tr")).to_have_count(3)
    expect(page.locator("#nq-changes")).not_to_contain_text("otters.jsonl")


def test_what_is_watched_is_told(visit: Callable[..., Page], home: Path) -> None:
    """The folder by its name, not by its place, and that nothing watches it now."""
    page = visit()
    open_articles(page)
    watched = page.locator("#nq-watched li")
    expect(watched).to_contain_text("articles")
    expect(watched).to_contain_text("No longer watched, last looked at")
    assert str(home.parent) not in page.locator("main").inner_text()


@pytest.mark.parametrize("dark", [False, True])
def test_the_library_fits_a_phone(visit: Callable[..., Page], dark: bool) -> None:
    """Nothing is cut off at 390 pixels: changes, places of words, chips."""
    page = visit(width=390, height=844, dark=dark)
    page.get_by_role("button", name="Narrow the search").click()
    page.get_by_label("Days", exact=True).fill("between March 2018 and April 2019")
    expect(page.locator("#nq-chips [data-days]")).to_be_visible()
    assert sideways(page) == []
    open_articles(page)
    page.get_by_label("Search in the articles").fill("night ferry")
    expect(page.locator("#nq-table .nq-snippet mark").first).to_be_visible()
    assert sideways(page) == []


def test_the_days_of_an_address_stand_in_the_calendar(visit: Callable[..., Page]) -> None:
    """The fields are made when they are opened, and show both ends of the days that the address chose."""
    page = visit("?since=2018-07-01&until=2018-07-15")
    expect(page.locator("#nq-chips [data-days]")).to_be_visible()
    page.get_by_role("button", name="Narrow the search").click()
    expect(page.get_by_label("First day")).to_have_value("2018-07-01")
    expect(page.get_by_label("Last day")).to_have_value("2018-07-15")


def test_a_deleted_conversation_does_not_go_on(visit: Callable[..., Page]) -> None:
    """The next question begins another one; brought back before that, it is shown again and goes on."""
    page = visit()
    titles, counts = page.locator("#nq-kept .nq-open"), page.locator("#nq-kept .nq-kicker")
    ask(page, "How long may a ladder be kept?")
    page.get_by_role("tab", name="History").click()
    page.get_by_role("button", name="Delete: How").click()
    expect(titles).to_have_count(0)
    expect(page.locator("#nq-current .nq-turn")).to_have_count(0)
    page.get_by_role("button", name="Undo").click()
    page.get_by_role("tab", name="Ask").click()
    answered(page, "How long may a ladder be kept?")
    page.wait_for_function("location.search.startsWith('?c=')")
    ask(page, "And a drill?")
    page.get_by_role("tab", name="History").click()
    expect(counts).to_contain_text(["2 questions"])
    page.get_by_role("button", name="Delete: How").click()
    expect(titles).to_have_count(0)
    page.get_by_role("tab", name="Ask").click()
    ask(page, "Why was the harbour bridge closed?")
    expect(page.locator("#nq-earlier h2")).to_have_count(0)
    page.get_by_role("tab", name="History").click()
    expect(titles).to_have_text(["Why was the harbour bridge closed?"])
    page.get_by_role("button", name="Undo").click()
    expect(titles).to_have_text(["Why was the harbour bridge closed?", "How long may a ladder be kept?"])
    expect(counts).to_contain_text(["1 question", "2 questions"])


def test_filters_are_chips_that_stay(visit: Callable[..., Page]) -> None:
    """They are seen with the fields closed, a click takes one back, and the next question is asked without it."""
    page = visit()
    narrow = page.get_by_role("button", name="Narrow the search")
    narrow.click()
    page.get_by_label("Sources").click()
    page.get_by_role("option", name="Island Post").click()
    page.get_by_label("First day").fill("2018-07-01")
    chips = page.locator("#nq-chips .nq-chip")
    expect(chips).to_have_text([r"Source: Island Post×", "from 1 July 2018 on×"])
    expect(page.get_by_label("Days", exact=True)).to_have_value("since 2018-07-01")
    page.get_by_label("Days", exact=True).fill("15.7.2018")
    expect(chips).to_have_text(["Source: Island Post×", "15 July 2018×"])
    expect(page.get_by_label("Last day")).to_have_value("2018-07-15")
    page.get_by_label("Days", exact=True).fill("March")
    expect(chips.last).to_have_text("1 March 2019 – 31 March 2019×")
    page.get_by_label("Days", exact=True).fill("15.7.2018")
    narrow.click()
    expect(page.get_by_label("Days", exact=True)).to_be_hidden()
    expect(chips).to_have_count(2)
    ask(page, "Why was the harbour bridge closed?")
    expect(page.locator("#nq-current .nq-note").first).to_contain_text("Only Island Post, 15 July 2018")
    expect(page.locator("#nq-current .nq-abstained")).to_be_visible()
    page.get_by_role("button", name="Remove: Source: Island Post").click()
    expect(chips).to_have_text(["15 July 2018×"])
    expect(page.get_by_label("Your question")).to_be_focused()
    page.get_by_role("button", name="Remove: 15 July 2018").click()
    expect(chips).to_have_count(0)
    page.locator("#nq-current").get_by_role("button", name="Ask again").click()
    expect(page.locator("#nq-current .nq-prose")).to_contain_text("deep cracks")


def test_filters_outlast_a_reload(visit: Callable[..., Page]) -> None:
    """The conversation comes back with what was chosen, under which the next question is asked."""
    page = visit()
    page.get_by_role("button", name="Narrow the search").click()
    page.get_by_label("Sources").click()
    page.get_by_role("option", name="Island Post").click()
    page.get_by_label("Days", exact=True).fill("15.7.2018")
    chips = page.locator("#nq-chips .nq-chip")
    both = ["Source: Island Post×", "15 July 2018×"]
    expect(chips).to_have_text(both)
    ask(page, "Why was the harbour bridge closed?")
    page.wait_for_function("location.search.startsWith('?c=')")
    page.reload()
    answered(page, "Why was the harbour bridge closed?")
    expect(chips).to_have_text(both)
    ask(page, "How long may a ladder be kept?")
    expect(page.locator("#nq-current .nq-note").first).to_contain_text("Only Island Post, 15 July 2018")
    expect(page.locator("#nq-earlier h2")).to_have_count(1)
    page.get_by_role("button", name="Remove: Source: Island Post").click()
    page.get_by_role("button", name="Remove: 15 July 2018").click()  # as soon as it can be
    expect(page.locator("#nq-chips [data-chosen='']")).to_be_attached()
    page.reload()
    ask(page, "Who may borrow a drill?")
    expect(chips).to_have_count(0)


def test_what_else_is_asked_with_outlasts_a_reload(visit: Callable[..., Page]) -> None:
    """How much is read, and of which days; as chips, which take it back."""
    page = visit()
    page.get_by_role("button", name="Narrow the search").click()
    before, read = (page.get_by_role("textbox", name=name) for name in ("is before", "Passages read"))
    any_date = page.get_by_role("checkbox", name="All days")
    before.fill("21 July 2018")
    read.fill("3")
    any_date.check()
    chips = page.locator("#nq-chips .nq-chip")
    chosen = ["“Last week” is before 21 July 2018×", "Passages read: 3×", "All days, whatever the question says×"]
    expect(chips).to_have_text(chosen)
    page.reload()
    expect(chips).to_have_text(chosen)
    page.get_by_role("button", name="Narrow the search").click()
    expect(before).to_have_value("21 July 2018")
    expect(read).to_have_value("3")
    expect(any_date).to_be_checked()
    ask(page, "Why was the harbour bridge closed?")
    expect(page.locator("#nq-current .nq-note").first).to_contain_text("Counted from 21 July 2018")
    for left in (chosen[1:], chosen[2:], []):
        chips.first.get_by_role("button").click()
        expect(chips).to_have_text(left)
    expect(any_date).not_to_be_checked()
    expect(read).to_have_value("")


def test_who_may_only_read_is_offered_nothing_else(browser: Browser, home: Path) -> None:
    """On a read-only server there is the table and the search, and no button that changes anything."""
    with serving(home, read_only="true") as server, browser.new_page() as page:
        page.goto(server.url)
        page.wait_for_selector(".nq-front")
        open_articles(page)
        page.get_by_role("tab", name="Ask").click()
        ask(page, "Why was the harbour bridge closed?")
        expect(page.locator("#nq-current .nq-judge")).to_be_hidden()
        assert page.locator("[data-remove], [data-undo], #nq-changes li, #nq-judged p").count() == 0


def test_feedback_is_kept_and_exported(visit: Callable[..., Page], home: Path) -> None:
    """Right and wrong are written down with the reason, and come out as a file of questions."""
    page = visit()
    ask(page, "Why was the harbour bridge closed?")
    form = page.locator("#nq-current .nq-judge")
    form.get_by_role("button", name="Right").click()
    expect(form).to_contain_text("Thank you")
    ask(page, "How long may a ladder be kept?")
    form.get_by_text("Wrong", exact=True).click()
    form.get_by_label("What would be right").fill("three days")
    form.get_by_label("Why it is wrong").fill("<b>Too</b> short")
    form.get_by_role("button", name="Send").click()
    expect(form).to_contain_text("Thank you")
    page.get_by_role("tab", name="History").click()
    expect(page.locator("#nq-judged")).to_contain_text("2 answers judged, 2 questions")
    with page.expect_download() as download:
        page.get_by_role("button", name="Export the questions").click()
    assert download.value.suggested_filename == "questions.jsonl"
    first, second = read_items(download.value.path())
    assert first.answerable
    assert "deep cracks" in first.evidence[0]
    assert (second.answers, second.history[0].question) == (("three days",), first.question)
    assert [one.why for one in read_judgements(home)] == ["", "<b>Too</b> short"]


def test_conversations_are_searched_renamed_deleted_and_brought_back(visit: Callable[..., Page]) -> None:
    """All in the browser: a name stays when the conversation goes on, and what was deleted comes back whole."""
    page = visit()
    ask(page, "Why was the harbour bridge closed?")
    page.locator("#nq-current").get_by_role("button", name="New conversation").click()
    expect(page.locator(".nq-turn")).to_have_count(0)
    ask(page, "How long may a ladder be kept?")
    page.get_by_role("tab", name="History").click()
    titles = page.locator("#nq-kept .nq-open")
    expect(titles).to_have_text(["How long may a ladder be kept?", "Why was the harbour bridge closed?"])
    search = page.get_by_label("Search in the conversations")
    search.fill("CRACKS pillars")
    expect(titles).to_have_text(["Why was the harbour bridge closed?"])
    search.fill("zeppelin")
    expect(page.locator("#nq-kept")).to_have_text("No conversation has these words.", use_inner_text=True)
    search.fill("")
    expect(titles).to_have_count(2)
    page.get_by_role("button", name="Rename: How long").click()
    page.get_by_label("Name of the conversation").fill("Tools <b>to</b> lend")
    page.keyboard.press("Enter")
    expect(titles.first).to_have_text("Tools <b>to</b> lend")
    page.get_by_role("tab", name="Ask").click()
    ask(page, "And a drill?")
    page.get_by_role("tab", name="History").click()
    expect(page.locator("#nq-kept .nq-kicker").first).to_contain_text("2 questions")
    expect(titles.first).to_have_text("Tools <b>to</b> lend")
    page.get_by_role("button", name="Delete: Tools").click()
    expect(titles).to_have_text(["Why was the harbour bridge closed?"])
    page.reload()
    page.wait_for_selector(".nq-front, .nq-turn")
    page.get_by_role("tab", name="History").click()
    page.get_by_role("button", name="Delete: Why").click()
    expect(titles).to_have_count(0)
    expect(page.locator("#nq-kept")).to_have_text(
        "What you ask is kept here, in this browser only.", use_inner_text=True
    )
    expect(page.locator("#nq-kept-tools").get_by_role("button", name="Undo")).to_be_focused()
    page.keyboard.press("Enter")
    expect(titles).to_have_text(["Why was the harbour bridge closed?"])
    page.get_by_role("button", name="New conversation").last.click()
    expect(page.get_by_role("tab", name="Ask")).to_have_attribute("aria-selected", "true")
