"""Nothing of a reader's is lost: in two tabs, on a phone, while files are read, after a restart."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.browsing import answered, ask, holding
from tests.served import free_port, serving

pytestmark = [pytest.mark.browser, pytest.mark.slow]

KEPT_EARLIER = (
    "AAAAAAAAAAAAAAAAAAAAAA==:U2FsdGVkX18dK3rIEc5wXWl0hJo7q8gCpILxEyojpzBwm/DlzwA0eqdGJrKOX2kbg"
    "HVEZ3tqxbi2ADDVK8YPlFp3YJNpYxKzBTSYb0s0u+mTY8uFpXHT81uOX33SP/4nSxCQaTKLEEB4jxgoThXaxHr7DUt"
    "BWJJcUVN6geDNPsycv1N0shHSBes+5iDXo7aWXdeq5oYg1QEDU0bjarvRal+MTlgiCuhEecu0vI5HxiCjahdLPYeLb"
    "wsHzO/FroHl4djkxK2mh5BmGhh1oB/8vy4VCwW7WtV9tE7PqyBLEtc="
)
"""What an earlier newsqa had the browser keep: one conversation, “Who sang?” – “Ada sang.”, encrypted."""
WAITS_FOR_SERVER = "The server does not answer. Your question is asked as soon as it does."


def second_tab(page: Page) -> Page:
    """Another tab of the same browser."""
    other = page.context.new_page()
    other.goto(page.url)
    other.wait_for_selector(".nq-front")
    return other


def test_two_tabs_keep_both_conversations(visit: Callable[..., Page]) -> None:
    """Tabs that were open at the same time list what the other keeps, and a reload shows both."""
    first = visit()
    second = second_tab(first)
    ask(first, "Why did Kim meet Putin?")
    ask(second, "When was the lamp of Gull Point lit?")
    both = ["When was the lamp of Gull Point lit?", "Why did Kim meet Putin?"]
    for page in (first, second):
        page.get_by_role("tab", name="History").click()
        expect(page.locator("#nq-kept .nq-open")).to_have_text(both)
    first.reload()
    first.get_by_role("tab", name="History").click()
    expect(first.locator("#nq-kept .nq-open")).to_have_text(both)
    first.get_by_role("button", name="Delete").first.click()
    expect(second.locator("#nq-kept .nq-open")).to_have_text(both[1:])


def test_a_tab_chosen_while_the_page_loads_stays(visit: Callable[..., Page]) -> None:
    """The conversation that a reload brings back fills its own tab; the reader is left in the one just opened."""
    page = visit()
    ask(page, "When was the lamp of Gull Point lit?")
    page.wait_for_function("location.search.startsWith('?c=')")
    history = page.get_by_role("tab", name="History")
    with holding(page):
        page.reload()
        history.click()
    expect(page.locator("#nq-current h2")).to_have_text("When was the lamp of Gull Point lit?")
    expect(history).to_have_attribute("aria-selected", "true")
    page.get_by_role("button", name="Delete").click()
    expect(page.locator("#nq-kept .nq-open")).to_have_count(0)


def test_what_makes_room_in_the_memory_is_said(visit: Callable[..., Page]) -> None:
    """When the browser's storage is full, the oldest conversation goes, and its question is named."""
    page = visit()
    page.evaluate("""() => {
        const exchanges = [{ question: 'Who was first?', answer: 'x'.repeat(1 << 19) }];
        localStorage.setItem('newsqa-conversation-old', JSON.stringify({ id: 'old', day: '', exchanges, at: 1 }));
        let other = '';
        for (let size = 1 << 22; size >= 1; size /= 2) {
            try { localStorage.setItem('other', other + 'x'.repeat(size)); other += 'x'.repeat(size); } catch {}
        }
    }""")
    ask(page, "Why did Kim meet Putin?")
    expect(page.locator("#nq-keeping")).to_contain_text("memory was full: “Who was first?” made room")
    page.get_by_role("tab", name="History").click()
    expect(page.locator("#nq-kept .nq-open")).to_have_text("Why did Kim meet Putin?")


def test_the_conversations_of_an_earlier_newsqa_are_taken_over(visit: Callable[..., Page]) -> None:
    """Once: what is forgotten then stays forgotten."""
    page = visit()
    page.evaluate("kept => localStorage.setItem('newsqa-conversations', kept)", KEPT_EARLIER)
    page.reload()
    page.get_by_role("tab", name="History").click()
    page.locator("#nq-kept .nq-open").click()
    answered(page, "Who sang?")
    expect(page.locator("#nq-current .nq-prose")).to_have_text("Ada sang.")
    page.get_by_role("tab", name="History").click()
    page.get_by_role("button", name="Delete").click()
    expect(page.locator("#nq-kept .nq-open")).to_have_count(0)
    page.reload()
    page.wait_for_selector(".nq-front")
    page.get_by_role("tab", name="History").click()
    expect(page.locator("#nq-kept")).to_contain_text("in this browser only")


def test_twelve_files_at_once_all_arrive_but_the_bad_one(visit: Callable[..., Page], tmp_path: Path) -> None:
    """How far they are is told one by one; the bad one is named with its reason; one "Undo" takes them back."""
    for number in range(12):
        text = f"Curlew {number} calls at Wick Moor\n\nCurlew {number} has called since {number + 2000}."
        (tmp_path / f"curlew-{number:02}.txt").write_text(text)
    (tmp_path / "curlew-06.txt").write_bytes(b"\x00\x01\x02")
    page = visit()
    page.get_by_role("tab", name="Articles").click()
    page.evaluate("""() => {
        window.told = new Set();
        new MutationObserver(() => window.told.add(document.querySelector('#nq-report progress')?.value))
            .observe(document.querySelector('#nq-report'), { childList: true, subtree: true, attributes: true });
    }""")
    page.locator("#nq-upload input[type=file]").set_input_files(sorted(tmp_path.iterdir()))
    expect(page.locator("#nq-report p")).to_have_text("11 added, 1 could not be read.")
    told = page.evaluate("[...window.told].filter((value) => value !== undefined)")
    assert told == sorted(told)
    assert len(told) > 1
    failed = page.locator("#nq-report .nq-failed")
    expect(failed).to_have_count(1)
    expect(failed).to_contain_text("curlew-06.txt")
    expect(failed).to_contain_text("binary")
    page.get_by_label("Search in the articles").fill("Wick Moor")
    expect(page.locator("#nq-table tbody tr")).to_have_count(11)
    page.get_by_role("button", name="Undo: curlew-00.txt and 11 more").click()
    expect(page.locator("#nq-report")).to_contain_text("Undone: 11 articles as before.")
    expect(page.locator("#nq-table")).to_contain_text("No article has these words.")


def test_a_file_added_while_others_are_read_is_read_too(visit: Callable[..., Page], tmp_path: Path) -> None:
    """The box takes files again as soon as the first ones are being read; they wait for them."""
    for number in range(13):
        text = f"Heron {number} nests at Wick Fen\n\nHeron {number} has nested at Wick Fen since {number + 2000}."
        (tmp_path / f"heron-{number}.txt").write_text(text)
    *first, last = sorted(tmp_path.iterdir())
    page = visit()
    page.get_by_role("tab", name="Articles").click()
    files = page.locator("#nq-upload input[type=file]")
    files.set_input_files(first)
    expect(page.locator("#nq-report")).to_contain_text("Reading")
    files.set_input_files(last)
    page.get_by_label("Search in the articles").fill("Wick Fen")
    expect(page.locator("#nq-table tbody tr")).to_have_count(13)


@pytest.mark.parametrize("by", ["back", "Escape", "×"])
def test_going_back_closes_the_article(visit: Callable[..., Page], by: str) -> None:
    """On a phone the way back closes an open article, not the page; closed otherwise, it leaves no step behind."""
    page = visit(width=390, height=844)
    ask(page, "When was the lamp of Gull Point lit?")
    steps = page.evaluate("history.length")
    dialog = page.get_by_role("dialog")
    for _ in range(3):
        page.locator("#src-1 .nq-open[data-quote]").click()
        expect(dialog).to_be_visible()
        assert page.evaluate("history.length") == steps + 1
        if by == "back":
            page.go_back()
        elif by == "×":
            dialog.get_by_role("button", name="Close the article").click()
        else:
            page.keyboard.press(by)
        expect(dialog).to_be_hidden()
        page.wait_for_function("!history.state?.['newsqa-article']")
        answered(page, "When was the lamp of Gull Point lit?")


def test_a_question_after_a_restart_is_asked_in_its_conversation(browser: Browser, page_index: Path) -> None:
    """The server knows nothing of the page any more; the page is loaded anew, and the question waits for that."""
    port = free_port()
    with browser.new_page() as page:
        with serving(page_index, port=port, grace="1") as server:
            begin(page, server.url)
        with serving(page_index, port=port, grace="1"):
            ask(page, "Who lit it?")
            expect(page.locator("#nq-earlier h2")).to_have_text("When was the lamp of Gull Point lit?")
            expect(page.locator("#nq-current .nq-note")).to_contain_text("Gull Point")
            page.close()


def test_a_question_without_a_server_is_asked_when_it_is_back(browser: Browser, page_index: Path) -> None:
    """Once, in its conversation, and until then this is said; what was being typed stays."""
    port = free_port()
    with browser.new_page() as page:
        with serving(page_index, port=port, grace="1") as server:
            begin(page, server.url)
        box = page.get_by_label("Your question")
        box.fill("What did Kim eat for dinner?")
        page.keyboard.press("Enter")
        box.press_sequentially("And wh")
        expect(page.locator("#nq-waiting")).to_have_text(WAITS_FOR_SERVER)
        with serving(page_index, port=port, grace="1"):
            answered(page, "What did Kim eat for dinner?")
            expect(page.locator("#nq-earlier h2")).to_have_text("When was the lamp of Gull Point lit?")
            expect(box).to_have_value("And wh")
            page.close()


def begin(page: Page, url: str) -> None:
    """A conversation of one question."""
    page.goto(url)
    page.wait_for_selector(".nq-front")
    ask(page, "When was the lamp of Gull Point lit?")
    page.wait_for_function("location.search.startsWith('?c=')")


def test_what_is_kept_while_the_page_is_loaded_anew_is_not_asked_again(
    visit: Callable[..., Page], address: str
) -> None:
    """Nor is the conversation cut in two: the page comes back at the address that it had no time to show."""
    page = visit()
    ask(page, "When was the lamp of Gull Point lit?")
    page.wait_for_function("location.search.startsWith('?c=')")
    first = page.evaluate("location.search")
    question, asked, kept = "What did Kim eat for dinner?", False, False
    held: list[Route] = []
    loading: list[Route] = []

    def hold_what_comes_after_the_question(route: Route) -> None:
        nonlocal asked, kept
        sent = route.request.post_data or ""
        if asked:
            held.append(route)
        else:
            asked, kept = question in sent, '\\"count\\":2' in sent
            route.continue_()

    page.route("**/queue/join*", hold_what_comes_after_the_question)
    page.route(lambda url: url == f"{address}{first}", lambda route: loading.append(route))
    ask(page, question)
    while not held:
        page.wait_for_timeout(50)
    page.context.new_cdp_session(page).send("Page.reload")
    while not loading:
        page.wait_for_timeout(50)
    asked = False
    for route in held:
        route.continue_()
    while not kept:
        page.wait_for_timeout(50)
    page.unroute("**/queue/join*")
    loading[0].continue_()
    answered(page, question)
    page.wait_for_function("() => sessionStorage['newsqa-pending'] === '[]'")
    expect(page.locator("#nq-earlier h2")).to_have_text("When was the lamp of Gull Point lit?")
    page.get_by_role("tab", name="History").click()
    expect(page.locator("#nq-kept .nq-open")).to_have_count(1)


def test_an_address_leads_back(visit: Callable[..., Page], address: str) -> None:
    """The page's address brings the conversation back after a reload, here and in another browser."""
    page = visit()
    page.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=address)
    ask(page, "When was the lamp of Gull Point lit?")
    ask(page, "What did Kim eat for dinner?")
    page.wait_for_function("location.search.startsWith('?c=')")
    page.reload()
    answered(page, "What did Kim eat for dinner?")
    expect(page.locator("#nq-earlier h2")).to_have_text("When was the lamp of Gull Point lit?")
    page.get_by_role("tab", name="History").click()
    expect(page.locator("#nq-kept .nq-open")).to_have_count(1)
    page.get_by_role("tab", name="Ask").click()
    other = visit(page.evaluate("location.search"))
    answered(other, "What did Kim eat for dinner?")
    page.locator("#nq-earlier").get_by_role("button", name="Copy link").click()
    expect(page.locator("#nq-earlier").get_by_role("button", name="Copied")).to_be_visible()
    link = page.evaluate("navigator.clipboard.readText()")
    assert link.startswith(f"{address}a/")
    other.goto(link)
    expect(other.locator("h2")).to_have_text("When was the lamp of Gull Point lit?")
    expect(other.locator("mark")).to_contain_text("lit in 1911")
    other.get_by_role("link", name="Read the article").click()
    expect(other.locator("#passage-mark")).to_be_in_viewport()
    other.go_back()
    other.get_by_role("link", name="Go on asking").click()
    answered(other, "When was the lamp of Gull Point lit?")
    page.locator("#nq-current").get_by_role("button", name="New conversation").click()
    page.wait_for_function("location.search === ''")
    missing = visit(f"?a={'0' * 24}")
    expect(missing.get_by_role("alert")).to_contain_text("no answer under this address")


def test_print_is_light_and_has_no_buttons(visit: Callable[..., Page]) -> None:
    """In the dark, too; the sources with their addresses stay. An open article is printed alone, and whole."""
    page = visit(dark=True)
    ask(page, "Why did Kim meet Putin?")
    page.emulate_media(media="print", color_scheme="dark")
    shown = page.evaluate("""() => [...document.querySelectorAll('button, textarea, summary')]
        .filter((node) => !node.closest('.nq-also') && node.checkVisibility()).map((node) => node.textContent)""")
    assert shown == []
    assert page.locator("#nq-current .nq-prose").evaluate("p => getComputedStyle(p).color") == "rgb(0, 0, 0)"
    expect(page.locator("#src-1 blockquote")).to_be_visible()
    expect(page.locator("#src-1 a[href^=http]")).to_be_visible()
    expect(page.locator("#nq-current .nq-further")).to_be_hidden()
    assert shades(page) <= WHITE
    page.emulate_media(media="screen", color_scheme="dark")
    assert not shades(page) & WHITE
    page.locator("#src-1 .nq-open[data-quote]").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    page.emulate_media(media="print", color_scheme="dark")
    expect(page.locator("#nq-current .nq-prose")).to_be_hidden()
    expect(page.locator("#reader-title")).to_be_visible()
    assert page.locator(".nq-article").evaluate("one => one.scrollHeight <= one.clientHeight")


WHITE = {"rgb(255, 255, 255)"}


def shades(page: Page) -> set[str]:
    """The colours that the page stands on."""
    found: list[str] = page.evaluate("""() => ['body', 'gradio-app', '.gradio-container']
        .map((name) => getComputedStyle(document.querySelector(name)).backgroundColor)""")
    return set(found)
