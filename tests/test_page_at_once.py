"""The page on a slow network, and in quick hands: what comes together does not come to grief."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from newsqa.store.keeping import read_judgements
from tests.browsing import answered, ask, newsqa
from tests.newsroom import write_articles
from tests.served import serving

pytestmark = [pytest.mark.browser, pytest.mark.slow]
BRIDGE, LADDER, DRILL = (
    "Why was the harbour bridge closed?",
    "How long may a ladder be kept?",
    "Who may borrow a drill?",
)
BOTH = ["Source: Island Post×", "15 July 2018×"]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, _isolated_session: None) -> Path:
    """An index over the newsroom."""
    folder = tmp_path_factory.mktemp("page-at-once")
    newsqa(folder / "index", "ingest", str(write_articles(folder / "articles")))
    return folder / "index"


@pytest.fixture(scope="module")
def address(home: Path) -> Iterator[str]:
    """The page over it."""
    with serving(home) as server:
        yield f"{server.url}/"


def go_to(page: Page, tab: str) -> None:
    """Open one of the page's tabs."""
    page.get_by_role("tab", name=tab).click()


def send(page: Page, question: str) -> None:
    """Ask, and wait for nothing."""
    page.get_by_label("Your question").fill(question)
    page.keyboard.press("Enter")


def kept(page: Page) -> list[list[str]]:
    """The questions of each conversation that the browser keeps."""
    entries: list[str] = page.evaluate("""() => Object.entries(localStorage)
        .filter(([key]) => key.startsWith('newsqa-conversation-')).map(([, entry]) => entry)""")
    return sorted([one["question"] for one in json.loads(entry)["exchanges"]] for entry in entries)


def keeps(page: Page, *conversations: list[str]) -> None:
    """Wait until the browser keeps these conversations and no other."""
    for _ in range(300):
        if kept(page) == sorted(conversations):
            return
        page.wait_for_timeout(100)
    assert kept(page) == sorted(conversations)


def begin(page: Page) -> None:
    """A conversation of one question, which is kept."""
    ask(page, BRIDGE)
    keeps(page, [BRIDGE])


def begin_another(page: Page) -> None:
    """An empty conversation after the one that is shown."""
    page.locator("#nq-current").get_by_role("button", name="New conversation").click()
    expect(page.locator(".nq-turn")).to_have_count(0)


@contextmanager
def unheard(page: Page) -> Iterator[None]:
    """The server hears of nothing that is done here; then the page is loaded anew."""
    page.route("**/queue/join*", lambda route: None)
    yield
    page.unroute("**/queue/join*")
    page.reload()


def choose_source(page: Page, name: str) -> None:
    """Choose it among the fields that narrow the search."""
    page.get_by_role("button", name="Narrow the search").click()
    page.get_by_role("combobox", name="Sources").click()
    page.get_by_role("option", name=name).click()
    expect(page.locator("#nq-chips .nq-chip")).to_have_text([f"Source: {name}×"])
    page.keyboard.press("Escape")


@contextmanager
def held(page: Page, words: str) -> Iterator[None]:
    """The first event that sends these words reaches the server half a second after what is done here."""
    first: list[Route] = []

    def hold(route: Route) -> None:
        if words in (route.request.post_data or "") and not first:
            first.append(route)
        else:
            route.continue_()

    page.route("**/queue/join*", hold)
    yield
    while not first:
        page.wait_for_timeout(50)
    page.wait_for_timeout(500)  # others could be answered meanwhile
    first[0].continue_()
    page.unroute("**/queue/join*")


def test_fields_that_change_together_are_all_shown(visit: Callable[..., Page], address: str) -> None:
    """The answer for one of them comes last, and does not take the others' chips away."""
    page = visit()
    with held(page, "2018-07-15 to 2018-07-15"):
        page.goto(f"{address}?source=Island+Post&since=2018-07-15&until=2018-07-15")
    chips = page.locator("#nq-chips .nq-chip")
    expect(chips).to_have_text(BOTH)
    page.wait_for_timeout(500)
    expect(chips).to_have_text(BOTH)


def test_nothing_is_lost_while_the_server_is_busy(visit: Callable[..., Page]) -> None:
    """What is typed into the search of conversations, and the second of two articles that are opened."""
    page = visit()
    ask(page, BRIDGE)
    begin_another(page)
    ask(page, LADDER)
    go_to(page, "History")
    titles = page.locator("#nq-kept .nq-open")
    expect(titles).to_have_count(2)
    with held(page, "harbour bridge"):
        page.get_by_role("searchbox", name="Search").press_sequentially("ladder")
    expect(titles).to_have_text([LADDER])
    go_to(page, "Articles")
    rows = page.locator("#nq-table [data-open]")
    wanted = rows.nth(1).inner_text()
    with held(page, rows.first.get_attribute("data-open") or "-"):
        rows.first.click()
        rows.nth(1).click()
    title = page.locator("#nq-reader h2").first
    expect(title).to_have_text(wanted)
    page.wait_for_timeout(500)
    expect(title).to_have_text(wanted)


def test_a_chosen_source_may_lose_its_last_article(visit: Callable[..., Page], tmp_path: Path) -> None:
    """The choice stays, the next question is answered for it, and its chip still takes it away."""
    page = visit()
    go_to(page, "Articles")
    lone = tmp_path / "lone.md"
    lone.write_text(
        "---\ntitle: Lone\nsource: Lone Source\npublished: 2019-03-01\n---\n\nThe mill of Oster burned down.\n"
    )
    page.locator("#nq-upload input[type=file]").set_input_files(lone)
    expect(page.locator("#nq-report")).to_contain_text("1 added.")
    go_to(page, "Ask")
    choose_source(page, "Lone Source")
    go_to(page, "Articles")
    page.get_by_role("button", name="Remove: Lone").click()
    expect(page.locator("#nq-report")).to_contain_text("Removed: Lone.")
    go_to(page, "Ask")
    ask(page, BRIDGE)
    expect(page.locator("#nq-current .nq-note").first).to_contain_text("Only Lone Source")
    page.get_by_role("button", name="Remove: Source: Lone Source").click()
    expect(page.locator("#nq-chips .nq-chip")).to_have_count(0)
    ask(page, LADDER)
    expect(page.locator("#nq-current .nq-prose")).to_contain_text("three days")


def test_the_table_follows_what_is_typed_and_clicked_meanwhile(visit: Callable[..., Page]) -> None:
    """A removal takes neither the words of the search nor the focus away; words, column and page go together."""
    page = visit()
    go_to(page, "Articles")
    rows = page.locator("#nq-table tbody tr")
    expect(rows).to_have_count(3)
    remove = page.get_by_role("button", name="Remove:").last
    gone = remove.get_attribute("aria-label") or "-"
    find = page.get_by_label("Search in the articles")
    with held(page, '"event_data":{"article"'):
        remove.click()
        find.click()
        find.press_sequentially(gone.removeprefix("Remove: "))
        expect(page.locator("#nq-table [role=status]")).to_contain_text("1 article")
    expect(page.locator("#nq-table [role=status]")).not_to_contain_text("1 article")
    expect(find).to_be_focused()
    page.get_by_role("button", name=gone.replace("Remove", "Undo")).click()
    expect(page.locator("#nq-table [role=status]")).to_contain_text("1 article")
    with held(page, '"harbour"'):
        find.fill("harbour")
        page.locator("#nq-table [data-sort=title]").click()
        page.locator("#nq-table [data-sort=source]").click()
    expect(page.locator("#nq-table [role=status]")).to_contain_text("1 article")
    expect(page.locator("#nq-table th.nq-col-source")).to_have_attribute("aria-sort", "ascending")


def test_a_conversation_opened_while_it_is_answered_is_whole(visit: Callable[..., Page]) -> None:
    """It is opened as it is when its turn has come."""
    page = visit()
    begin(page)
    with held(page, LADDER):
        send(page, LADDER)
        go_to(page, "History")
        page.locator("#nq-kept [data-restore]").click()
    answered(page, LADDER)
    ask(page, DRILL)
    keeps(page, [BRIDGE, LADDER, DRILL])


def test_a_conversation_deleted_while_it_is_answered_is_gone(visit: Callable[..., Page]) -> None:
    """Its answer does not bring it back; "Undo" does, with the answer, however often Delete was pressed."""
    page = visit()
    begin(page)
    with held(page, LADDER):
        send(page, LADDER)
        go_to(page, "History")
        page.locator("#nq-kept [data-delete]").dblclick()
    expect(page.locator(".nq-turn")).to_have_count(0)  # the answer has come, and then the new conversation
    keeps(page)
    page.locator("#nq-kept-tools").get_by_role("button", name="Undo").click()
    keeps(page, [BRIDGE, LADDER])
    answered(page, LADDER)


def test_conversations_deleted_one_after_the_other_come_back_each(visit: Callable[..., Page]) -> None:
    """Each has a button of its own."""
    page = visit()
    begin(page)
    begin_another(page)
    ask(page, LADDER)
    keeps(page, [BRIDGE], [LADDER])
    go_to(page, "History")
    page.get_by_role("button", name=f"Delete: {LADDER}").click()
    page.get_by_role("button", name=f"Delete: {BRIDGE}").click()
    keeps(page)
    undo = page.locator("#nq-kept-tools").get_by_role("button", name="Undo")
    expect(undo).to_have_count(2)
    undo.first.click()
    keeps(page, [LADDER])
    undo.click()
    keeps(page, [BRIDGE], [LADDER])


def test_two_tabs_that_go_on_with_a_conversation_keep_both(visit: Callable[..., Page], address: str) -> None:
    """From where they part, each is a conversation of its own, also after a reload."""
    page = visit()
    begin(page)
    other = page.context.new_page()
    other.goto(f"{address}{page.evaluate('location.search')}")
    answered(other, BRIDGE)
    ask(other, LADDER)
    keeps(page, [BRIDGE, LADDER])
    ask(page, DRILL)
    keeps(page, [BRIDGE, LADDER], [BRIDGE, DRILL])
    page.reload()
    answered(page, DRILL)
    ask(page, LADDER)
    keeps(page, [BRIDGE, LADDER], [BRIDGE, DRILL, LADDER])


def test_a_new_conversation_that_waits_outlasts_a_reload(visit: Callable[..., Page]) -> None:
    """What is asked after it is asked there."""
    page = visit()
    begin(page)
    with unheard(page):
        send(page, LADDER)
        go_to(page, "History")
        page.get_by_role("button", name="New conversation").last.click()
        send(page, DRILL)
        expect(page.locator("#nq-waiting")).to_have_text(f"Next: {DRILL}")
    answered(page, DRILL)
    keeps(page, [BRIDGE, LADDER], [DRILL])


def test_a_question_waits_for_the_chip_that_was_taken_away(visit: Callable[..., Page]) -> None:
    """It is asked without it, and what was typed into another field meanwhile stays."""
    page = visit()
    choose_source(page, "Island Post")
    with held(page, '"kind":"source"'):
        page.get_by_role("button", name="Remove: Source: Island Post").click()
        page.get_by_label("Days", exact=True).fill("15.7.2018")
        send(page, LADDER)
    answered(page, LADDER)
    expect(page.locator("#nq-current .nq-note").first).to_contain_text("15 July 2018")
    expect(page.locator("#nq-current .nq-note").first).not_to_contain_text("Island Post")
    expect(page.locator("#nq-chips .nq-chip")).to_have_text(BOTH[1:])


def test_feedback_is_kept_of_the_answer_it_was_given_on(visit: Callable[..., Page], home: Path) -> None:
    """Even if it arrives after the next one."""
    page = visit()
    ask(page, BRIDGE)
    with held(page, '"verdict":"right"'):
        page.locator("#nq-current").get_by_role("button", name="Right").click()
        ask(page, LADDER)
    for _ in range(100):
        if list(read_judgements(home)):
            break
        page.wait_for_timeout(100)
    assert [one.question for one in read_judgements(home)] == [BRIDGE]


def test_a_step_back_from_a_quote_leaves_the_address_right(visit: Callable[..., Page]) -> None:
    """It is that of the conversation that is shown."""
    page = visit()
    begin(page)
    page.locator("#nq-current a.nq-ref").first.click()
    page.wait_for_function("location.hash === '#src-1'")
    before = page.evaluate("location.search")
    ask(page, LADDER)
    page.wait_for_function("(before) => location.search !== before", arg=before)
    now = page.evaluate("location.search")
    page.evaluate("history.back()")
    page.wait_for_function("location.hash === ''")
    page.wait_for_function("(now) => location.search === now", arg=now)


def test_a_conversation_opened_and_deleted_while_another_is_answered_comes_back(
    visit: Callable[..., Page],
) -> None:
    """By "Undo", and whatever was asked meanwhile is a conversation of its own."""
    page = visit()
    begin(page)
    begin_another(page)
    with held(page, LADDER):
        send(page, LADDER)
        go_to(page, "History")
        page.get_by_role("button", name=BRIDGE, exact=True).click()
        go_to(page, "History")
        page.get_by_role("button", name=f"Delete: {BRIDGE}").click()
    go_to(page, "Ask")
    ask(page, DRILL)
    keeps(page, [LADDER], [DRILL])
    go_to(page, "History")
    page.locator("#nq-kept-tools").get_by_role("button", name="Undo").click()
    keeps(page, [LADDER], [DRILL], [BRIDGE])


def test_what_another_tab_went_on_with_is_not_undone(visit: Callable[..., Page], address: str) -> None:
    """A deletion taken back leaves what is newer."""
    page = visit()
    begin(page)
    other = page.context.new_page()
    other.goto(f"{address}{page.evaluate('location.search')}")
    answered(other, BRIDGE)
    go_to(page, "History")
    page.locator("#nq-kept [data-delete]").click()
    keeps(page)
    ask(other, LADDER)
    keeps(page, [BRIDGE, LADDER])
    page.locator("#nq-kept-tools").get_by_role("button", name="Undo").click()
    expect(page.locator("#nq-kept-tools").get_by_role("button", name="Undo")).to_have_count(0)
    assert kept(page) == [[BRIDGE, LADDER]]


def test_what_was_deleted_or_opened_while_answered_outlasts_a_reload(visit: Callable[..., Page]) -> None:
    """The deleted one stays away, and a question for the opened one is asked there."""
    page = visit()
    begin(page)
    begin_another(page)
    ask(page, LADDER)
    keeps(page, [BRIDGE], [LADDER])
    with unheard(page):
        send(page, DRILL)
        go_to(page, "History")
        page.get_by_role("button", name=BRIDGE, exact=True).click()
        go_to(page, "Ask")
        send(page, DRILL)
        expect(page.locator("#nq-waiting")).to_have_text(f"Next: {DRILL}")
    keeps(page, [LADDER, DRILL], [BRIDGE, DRILL])
    with unheard(page):
        send(page, LADDER)
        go_to(page, "History")
        page.get_by_role("button", name=f"Delete: {BRIDGE}").click()
    ask(page, DRILL)
    keeps(page, [LADDER, DRILL], [DRILL])


def test_an_address_outlasts_an_early_reload(visit: Callable[..., Page], address: str) -> None:
    """With the filters that it names, which had not been shown yet, and no earlier ones."""
    page = visit("?language=en&k=3")
    expect(page.locator("#nq-chips .nq-chip")).to_have_text(["Language: en×", "Passages read: 3×"])
    with unheard(page):
        page.goto(f"{address}?q=How+long+may+a+ladder+be+kept%3F&source=Island+Post")
        page.wait_for_function("sessionStorage['newsqa-chosen'] === 'source=Island+Post'")
    answered(page, LADDER)
    expect(page.locator("#nq-current .nq-note").first).to_have_text("Only Island Post")
    expect(page.locator("#nq-chips .nq-chip")).to_have_text(BOTH[:1])


@pytest.mark.parametrize("refused", ["remember", "remove"])
def test_the_page_goes_on_after_an_event_that_was_refused(visit: Callable[..., Page], refused: str) -> None:
    """As by a server with too much to do: the next question is answered, and a button works again."""
    page = visit()
    number = page.evaluate(
        "(name) => window.gradio_config.dependencies.find((one) => one.api_name === name).id", refused
    )
    seen: list[Route] = []

    def refuse_once(route: Route) -> None:
        if not seen and json.loads(route.request.post_data or "{}").get("fn_index") == number:
            seen.append(route)
            route.fulfill(status=429, json={"detail": "Too many requests."})
        else:
            route.continue_()

    page.route("**/queue/join*", refuse_once)
    if refused == "remember":
        ask(page, BRIDGE)
        ask(page, LADDER)
        keeps(page, [BRIDGE, LADDER])
    else:
        go_to(page, "Articles")
        remove = page.get_by_role("button", name="Remove:").last
        for _ in range(2):
            remove.click()
            expect(remove).to_be_enabled()
        expect(page.locator("#nq-report")).to_contain_text("Removed:")
        page.locator("#nq-changes [data-undo]").first.click()
        expect(page.locator("#nq-report")).to_contain_text("Undone:")
    assert seen
