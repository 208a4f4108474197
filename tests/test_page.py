"""The page as a reader meets it: a real server over the corpus, driven in Debian's Chromium."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

pytest.importorskip("playwright")
from playwright.sync_api import Browser, Page, expect

from tests.browsing import answered, ask, holding, sideways
from tests.served import NEWSQA, free_port, running

pytestmark = [pytest.mark.browser, pytest.mark.slow]

ROOT = Path(__file__).parents[1]


def test_a_question_is_answered_with_cited_quotes(visit: Callable[..., Page]) -> None:
    """Each marker of an answer leads to a card whose quote is in the answer."""
    page = visit()
    assert page.title() == "newsqa"
    ask(page, "why did Kim meet Putin?")
    prose = page.locator("#nq-current .nq-prose").inner_text()
    links = page.locator("#nq-current .nq-ref")
    assert links.count() == page.locator("#nq-current .nq-card").count() >= 1
    for number in range(1, links.count() + 1):
        assert links.nth(number - 1).get_attribute("href") == f"#src-{number}"
        card = page.locator(f"#src-{number}")
        assert " ".join(card.locator("mark").inner_text().split()) in " ".join(prose.split())
        assert card.locator(".nq-source").inner_text()
        assert card.locator("time").inner_text()
    expect(page.locator("#nq-current .nq-confidence")).to_have_text(re.compile("Well supported|Likely|Uncertain"))
    expect(page.locator("#nq-said [aria-live=polite]")).to_contain_text("Kim")
    expect(page.locator("#nq-front")).to_be_hidden()
    expect(page.get_by_label("Your question")).to_be_focused()


def test_the_steps_are_shown_while_the_answer_is_made(visit: Callable[..., Page]) -> None:
    """What is being done is written where the answer will be."""
    page = visit()
    page.evaluate("""() => {
        window.seen = [];
        new MutationObserver(() => document.querySelectorAll('#nq-current .nq-steps li')
            .forEach((step) => window.seen.push(step.textContent)))
            .observe(document.querySelector('#nq-current'), { childList: true, subtree: true });
    }""")
    ask(page, "Why did the summit in Hanoi fail?")
    seen = page.evaluate("window.seen")
    assert [step for step in seen if step.startswith("Searching")]
    assert [step for step in seen if re.fullmatch(r"Reading \d+ passages…", step)]


def test_a_citation_opens_its_article_at_the_marked_quote(visit: Callable[..., Page]) -> None:
    """The article opens over the page with the quote marked and in view; Escape gives the focus back."""
    page = visit(height=420)
    ask(page, "When was the bridge at Marlow Weir opened?")
    card = page.locator("#src-1")
    page.locator("#nq-current .nq-ref").first.click()
    expect(card).to_be_in_viewport()
    card.get_by_role("button", name="Read the article").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    mark = dialog.locator("#passage-mark")
    expect(mark).to_be_in_viewport(ratio=1)
    assert dialog.locator(".nq-article").evaluate("article => article.scrollTop") > 0
    quote = " ".join(card.locator("mark").inner_text().split())
    assert " ".join(mark.inner_text().split()) in quote
    expect(dialog.locator("h2")).to_have_text(card.locator("h3").inner_text())
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(card.get_by_role("button", name="Read the article")).to_be_focused()
    card.get_by_role("button", name="Read the article").click()
    dialog.get_by_role("button", name="Close the article").click()
    expect(dialog).to_be_hidden()


def test_what_the_articles_do_not_say_looks_different(visit: Callable[..., Page]) -> None:
    """An abstention is no answer: a box of its own, what is missing, and the closest articles to open."""
    page = visit()
    ask(page, "What did Kim eat for dinner?")
    box = page.locator("#nq-current .nq-abstained")
    expect(box.locator("h3")).to_contain_text("Not in the articles")
    expect(box.locator("li").first).to_contain_text("dinner")
    expect(page.locator("#nq-current .nq-answer")).to_have_count(0)
    page.locator("#nq-current .nq-related .nq-open").first.click()
    expect(page.get_by_role("dialog")).to_be_visible()


def test_filters_narrow_the_search(visit: Callable[..., Page]) -> None:
    """Only the chosen source is cited; a period without articles is said to be one; a bad day is told in words."""
    page = visit()
    page.get_by_role("button", name="Narrow the search").click()
    page.get_by_label("Sources").click()
    page.get_by_role("option", name="River Times").click()
    ask(page, "When was the bridge at Marlow Weir opened?")
    expect(page.locator("#nq-current .nq-prose")).to_contain_text("1904")
    assert set(page.locator("#nq-current .nq-card .nq-source").all_inner_texts()) == {"River Times"}
    expect(page.locator("#nq-current .nq-note")).to_contain_text("Only River Times")
    days = page.get_by_label("Days", exact=True)
    days.fill("since 2.4.2019")
    ask(page, "When was the bridge at Marlow Weir opened?")
    expect(page.locator("#nq-current .nq-note")).to_contain_text("from 2 April 2019 on")
    expect(page.locator("#nq-current .nq-abstained")).to_be_visible()
    days.fill("2031")
    ask(page, "Who met Putin?")
    expect(page.locator("#nq-current .nq-abstained")).to_be_visible()
    page.get_by_label("“Last week” is before").fill("2019-05-01")
    days.fill("last month")
    expect(page.locator("#nq-chips")).to_contain_text("April 2019")
    ask(page, "When was the bridge at Marlow Weir opened?")
    expect(page.locator("#nq-current .nq-note")).to_contain_text("April 2019")
    days.fill("the day of the otter")
    expect(page.locator("#nq-chips").get_by_role("alert")).to_contain_text("the day of the otter")
    page.get_by_label("Your question").fill("Why?")
    page.keyboard.press("Enter")
    expect(page.locator("#nq-notice").get_by_role("alert")).to_contain_text("the day of the otter")
    expect(page.get_by_label("Your question")).to_have_value("Why?")


def test_why_a_question_cannot_be_asked_is_in_view_on_a_phone(visit: Callable[..., Page]) -> None:
    """Though the open filters fill the window between the box and the reason."""
    page = visit(width=390, height=844)
    page.get_by_role("button", name="Narrow the search").click()
    page.get_by_label("Days", exact=True).fill("whenever")
    expect(page.locator("#nq-chips").get_by_role("alert")).to_contain_text("whenever")
    page.get_by_label("Your question").fill("Why?")
    page.get_by_role("button", name="Ask", exact=True).click()
    reason = page.locator("#nq-notice").get_by_role("alert")
    expect(reason).to_contain_text("whenever")
    expect(reason).to_be_in_viewport(ratio=1)
    expect(page.get_by_label("Your question")).to_have_value("Why?")


@pytest.mark.parametrize(("question", "words"), [("", "empty"), ("   ", "empty"), ("why " * 25_000, "Shorten")])
def test_a_question_that_cannot_be_asked_is_told_in_words(
    visit: Callable[..., Page], question: str, words: str
) -> None:
    """An empty or endless question gives a notice and stays in the box; the next one is answered."""
    page = visit()
    page.get_by_label("Your question").fill(question)
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text(words)
    expect(page.get_by_label("Your question")).to_have_value(question)
    ask(page, "Who met Putin?")
    expect(page.get_by_role("alert")).to_have_count(0)


def test_uploads_are_kept_and_searched_and_bad_files_explained(
    visit: Callable[..., Page], page_index: Path, tmp_path: Path
) -> None:
    """Good files go in whatever stands beside them, each bad one is explained, and the same again is no change."""
    good = tmp_path / "..weird näme (1).txt"
    good.write_text("Otters return to the Lune\n\nThe otters came back because the mill dam was removed in 2018.")
    (tmp_path / "binary.txt").write_bytes(b"\x00\x01\x02")
    (tmp_path / "empty.md").write_bytes(b"")
    (tmp_path / "report.pdf").write_bytes(b"%PDF-1.7")
    (tmp_path / "large.txt").write_text("Long\n\n" + "A sentence. " * 125_000)
    page = visit()
    page.get_by_role("tab", name="Articles").click()
    files = page.locator("#nq-upload input[type=file]")
    files.set_input_files(sorted(tmp_path.iterdir()))
    results = page.locator("#nq-report li")
    expect(page.locator("#nq-report p")).to_have_text("1 added, 4 could not be read.")
    said = results.all_inner_texts()
    assert [word for line, word in zip(said, ["Added", "binary", "empty", "MB", "PDF"], strict=True)
            if word not in line] == []  # fmt: skip
    assert not [line for line in said if str(page_index) in line or "Traceback" in line]
    expect(page.locator("#nq-table")).to_contain_text("Otters return to the Lune")
    kept = [path.name for path in (page_index / "uploads").iterdir()]
    assert len(kept) == 1
    assert re.fullmatch(r"[a-z0-9-]+\.txt", kept[0])
    expect(page.locator("#nq-upload .file-preview")).to_have_count(0)
    files.set_input_files(good)
    expect(page.locator("#nq-report p")).to_have_text("1 already here.")
    expect(page.locator("#nq-upload .file-preview")).to_have_count(0)
    good.write_text("Otters return to the Lune\n\nThe otters came back because the mill dam was removed in 2017.")
    files.set_input_files(good)
    expect(page.locator("#nq-report p")).to_have_text("1 updated.")
    page.get_by_role("tab", name="Ask").click()
    ask(page, "Why did the otters come back?")
    expect(page.locator("#nq-current .nq-prose")).to_contain_text("removed in 2017")


def test_the_table_of_articles_is_found_sorted_and_opened(visit: Callable[..., Page]) -> None:
    """Newest first; a column's head sorts; words find titles; a title opens its article."""
    page = visit()
    page.get_by_role("tab", name="Articles").click()
    days = page.locator("#nq-table tbody .nq-col-published")
    expect(page.locator("#nq-table th").first).to_have_attribute("aria-sort", "descending")
    newest = days.all_inner_texts()
    page.get_by_role("button", name="Date").click()
    expect(page.locator("#nq-table th").first).to_have_attribute("aria-sort", "ascending")
    dated = [day for day in newest if day]
    assert dated == sorted(dated, reverse=True)
    assert [day for day in days.all_inner_texts() if day] == sorted(dated)
    page.get_by_label("Search in the articles").fill("hanoi deal")
    expect(page.locator("#nq-table .nq-snippet mark").first).to_be_visible()
    expect(page.locator("#nq-table th").first).to_have_attribute("aria-sort", "none")
    title = page.locator("#nq-table .nq-open").first
    expect(title).to_contain_text("Hanoi")
    title.click()
    expect(page.get_by_role("dialog").locator("#passage-mark")).to_be_in_viewport()


def test_an_article_cannot_run_scripts(visit: Callable[..., Page]) -> None:
    """Title, source and text that hold markup are shown as text in answer, card, article and table."""
    page = visit()
    expect(page.locator(".nq-headlines")).to_contain_text("<script>window.hacked=1</script>")
    ask(page, "When was the lamp of Gull Point lit?")
    expect(page.locator("#nq-current .nq-prose")).to_contain_text('<img src=x onerror="window.hacked=3">')
    expect(page.locator("#src-1 .nq-source")).to_have_text("Coast </mark> News")
    page.locator("#src-1 .nq-open[data-quote]").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("<script>window.hacked=4</script>")
    assert page.locator("main img, main script, main b").count() == 0
    page.keyboard.press("Escape")
    ask(page, "<img src=x onerror=window.hacked=5> Who lit the lamp?")
    page.get_by_role("tab", name="Articles").click()
    expect(page.locator("#nq-table")).to_contain_text("<script>window.hacked=1</script>")
    page.get_by_role("tab", name="History").click()
    expect(page.locator("#nq-kept .nq-open")).to_contain_text("lamp of Gull Point")


@pytest.mark.parametrize("dark", [False, True])
def test_nothing_is_cut_off_on_a_phone(visit: Callable[..., Page], dark: bool) -> None:
    """At 390 pixels nothing scrolls sideways, and the evidence stands below the answer."""
    page = visit(width=390, height=844, dark=dark)
    assert sideways(page) == []
    ask(page, "Why did Kim meet Putin?")
    assert sideways(page) == []
    answer = page.locator("#nq-current .nq-answer").bounding_box()
    evidence = page.locator("#nq-current .nq-evidence").bounding_box()
    assert answer is not None
    assert evidence is not None
    assert evidence["y"] >= answer["y"] + answer["height"]
    page.locator("#src-1 .nq-open[data-quote]").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    assert sideways(page) == []
    page.keyboard.press("Escape")
    for tab in ("Articles", "History"):
        page.get_by_role("tab", name=tab).click()
        expect(page.get_by_role("tab", name=tab)).to_have_attribute("aria-selected", "true")
        assert sideways(page) == []


def test_a_link_can_bring_a_question(visit: Callable[..., Page]) -> None:
    """`?q=` is asked once, of the articles that the rest of the address chooses, and leaves the box alone."""
    page = visit("?q=When%20was%20the%20%3Cb%3Ebridge%3C/b%3E%20at%20Marlow%20Weir%20opened?&source=River%20Times")
    answered(page, "When was the <b>bridge</b> at Marlow Weir opened?")
    expect(page.locator("#nq-current .nq-note")).to_contain_text("Only River Times")
    expect(page.locator("#nq-current .nq-prose")).to_contain_text("1904")
    expect(page.get_by_label("Your question")).to_have_value("")
    page.wait_for_function("location.search.startsWith('?c=')")


def test_a_follow_up_takes_its_subject_from_before(visit: Callable[..., Page]) -> None:
    """The second question is searched for with the first one's subject, which is shown."""
    page = visit()
    ask(page, "Why did Kim meet Putin?")
    ask(page, "And when did he arrive in Vladivostok?")
    expect(page.locator("#nq-current .nq-note")).to_contain_text("Kim")
    expect(page.locator("#nq-earlier h2")).to_have_text("Why did Kim meet Putin?")
    ids = page.evaluate("[...document.querySelectorAll('.nq-turn [id]')].map((node) => node.id)")
    assert len(ids) == len(set(ids)) >= 1
    assert page.locator("#nq-earlier .nq-ref").first.get_attribute("href") == "#t1-src-1"


def test_undo_again_new_and_history(visit: Callable[..., Page]) -> None:
    """Undo gives the question back, asking again keeps the place, and a conversation survives a reload."""
    page = visit()
    ask(page, "When was the lamp of Gull Point lit?")
    ask(page, "What did Kim eat for dinner?")
    page.locator("#nq-current").get_by_role("button", name="Take back").click()
    answered(page, "When was the lamp of Gull Point lit?")
    expect(page.get_by_label("Your question")).to_have_value("What did Kim eat for dinner?")
    page.locator("#nq-current .nq-turn").evaluate("turn => { turn.dataset.old = 'yes'; }")
    page.locator("#nq-current").get_by_role("button", name="Ask again").click()
    expect(page.locator("#nq-current .nq-turn:not([data-old]):not(.nq-working)")).to_be_visible()
    answered(page, "When was the lamp of Gull Point lit?")
    expect(page.get_by_label("Your question")).to_have_value("What did Kim eat for dinner?")
    expect(page.locator("#nq-earlier h2")).to_have_count(0)
    prose = page.locator("#nq-current .nq-prose").inner_text()
    page.locator("#nq-current").get_by_role("button", name="New conversation").click()
    expect(page.locator(".nq-turn")).to_have_count(0)
    expect(page.locator(".nq-front")).to_be_visible()
    page.reload()
    page.get_by_role("tab", name="History").click()
    page.locator("#nq-kept .nq-open").click()
    answered(page, "When was the lamp of Gull Point lit?")
    expect(page.locator("#nq-current .nq-prose")).to_have_text(prose)
    page.locator("#src-1 .nq-open[data-quote]").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    page.get_by_role("tab", name="History").click()
    page.get_by_role("button", name="Delete").click()
    expect(page.locator("#nq-kept .nq-open")).to_have_count(0)


def test_an_answer_can_be_copied(visit: Callable[..., Page], address: str) -> None:
    """Copy puts question, answer and sources on the clipboard as plain text."""
    page = visit()
    page.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=address)
    ask(page, "When was the lamp of Gull Point lit?")
    page.locator("#nq-current").get_by_role("button", name="Copy", exact=True).click()
    expect(page.locator("#nq-current").get_by_role("button", name="Copied")).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith("When was the lamp of Gull Point lit?\n\n")
    assert "\n[1] " in copied


def test_everything_can_be_done_by_keyboard(visit: Callable[..., Page]) -> None:
    """The box has the focus at once; Tab reaches marker, card and button, and each shows that it has it."""
    page = visit()
    expect(page.get_by_label("Your question")).to_be_focused()
    page.keyboard.type("Why did Kim meet Putin?")
    page.keyboard.press("Enter")
    answered(page, "Why did Kim meet Putin?")
    reached = []
    for _ in range(30):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.className"))
        ring = page.evaluate("""() => { const style = getComputedStyle(document.activeElement);
            return style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0; }""")
        assert ring, reached[-1]
        if "nq-open" in reached[-1]:
            break
    assert "nq-ref" in reached
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    expect(dialog.locator(".nq-article")).to_be_focused()


CONTRAST = """() => {
    const parse = (color) => (color.match(/[\\d.]+/g) || []).map(Number);
    const light = (c) => c.slice(0, 3).map((v) => v / 255)
        .map((v) => (v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
        .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
    const behind = (node) => {
        for (let n = node; n; n = n.parentElement) {
            const c = parse(getComputedStyle(n).backgroundColor);
            if (c.length === 3 || c[3] === 1) return c;
        }
        return [255, 255, 255];
    };
    const faint = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
        const node = walker.currentNode.parentElement;
        if (!walker.currentNode.data.trim() || !node.checkVisibility()) continue;
        const [a, b] = [light(parse(getComputedStyle(node).color)), light(behind(node))];
        const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
        if (ratio < 4.5) faint.push(`${ratio.toFixed(2)} ${node.className} ${walker.currentNode.data.trim()}`);
    }
    return faint;
}"""


@pytest.mark.parametrize("dark", [False, True])
def test_all_text_can_be_read(visit: Callable[..., Page], dark: bool) -> None:
    """Every visible text has the contrast of WCAG AA, 4.5 to 1, in both colour schemes."""
    page = visit(dark=dark)
    assert ("dark" in (page.locator("body").get_attribute("class") or "")) is dark
    assert page.evaluate(CONTRAST) == []
    ask(page, "Why did Kim meet Putin?")
    ask(page, "What did Kim eat for dinner?")
    assert page.evaluate(CONTRAST) == []
    page.locator("#nq-earlier .nq-open").first.click()
    expect(page.get_by_role("dialog")).to_be_visible()
    assert page.evaluate(CONTRAST) == []
    page.keyboard.press("Escape")
    page.get_by_role("tab", name="Articles").click()
    expect(page.locator("#nq-table table")).to_be_visible()
    assert page.evaluate(CONTRAST) == []


def test_what_is_typed_while_the_page_loads_stays(visit: Callable[..., Page]) -> None:
    """The page's own content comes late, and leaves alone what somebody has typed by then."""
    page = visit()
    box = page.get_by_label("Your question")
    with holding(page):
        with page.expect_request("**/queue/join*"):
            page.reload()
        box.fill("When did Kim arrive in Vladivostok?")
        assert page.locator(".nq-front").count() == 0
    page.wait_for_selector(".nq-front")
    expect(box).to_have_value("When did Kim arrive in Vladivostok?")
    page.keyboard.press("Enter")
    answered(page, "When did Kim arrive in Vladivostok?")


def test_an_enter_counts_at_any_moment(visit: Callable[..., Page]) -> None:
    """Questions sent while another is answered are answered in turn; what is being typed meanwhile stays."""
    page = visit()
    box = page.get_by_label("Your question")
    for question in (
        "Why did Kim meet Putin?",
        "And when did he arrive in Vladivostok?",
        "Who won the World Cup?",
    ):
        box.fill(question)
        page.keyboard.press("Enter")
        expect(box).to_have_value("")
    box.press_sequentially("What did Kim eat", delay=40)
    answered(page, "Who won the World Cup?")
    expect(page.locator("#nq-earlier h2")).to_have_text(
        ["And when did he arrive in Vladivostok?", "Why did Kim meet Putin?"]
    )
    expect(box).to_have_value("What did Kim eat")
    expect(page.locator("#nq-waiting")).to_have_text("")
    box.press_sequentially(" for dinner?")
    page.keyboard.press("Enter")
    answered(page, "What did Kim eat for dinner?")
    page.get_by_role("tab", name="History").click()
    expect(page.locator("#nq-kept .nq-kicker")).to_contain_text("4 questions")


def test_an_enter_counts_before_the_page_has_its_content(visit: Callable[..., Page]) -> None:
    """The question waits for the rest of the page, and is answered then."""
    page = visit()
    with holding(page):
        page.reload()
        page.get_by_label("Your question").fill("When did Kim arrive in Vladivostok?")
        page.keyboard.press("Enter")
        expect(page.locator("#nq-waiting")).to_have_text("Next: When did Kim arrive in Vladivostok?")
    answered(page, "When did Kim arrive in Vladivostok?")


def test_a_question_that_does_not_arrive_comes_back(visit: Callable[..., Page]) -> None:
    """Refused by a server with too much to do, it stands in the box again, and the page goes on."""
    page = visit()
    busy = {"error": {"message": "Busy.", "code": "overloaded"}, "detail": "Busy."}
    page.route("**/queue/join*", lambda route: route.fulfill(status=503, json=busy))
    box = page.get_by_label("Your question")
    box.fill("Who met Putin?")
    page.keyboard.press("Enter")
    expect(box).to_have_value("Who met Putin?")
    page.unroute("**/queue/join*")
    page.keyboard.press("Enter")
    answered(page, "Who met Putin?")


def test_two_readers_do_not_mix(visit: Callable[..., Page]) -> None:
    """Two who ask at the same time get their own answers, conversations and histories."""
    first, second = visit(), visit()
    first.get_by_label("Your question").fill("Why did Kim meet Putin?")
    second.get_by_label("Your question").fill("When was the lamp of Gull Point lit?")
    first.keyboard.press("Enter")
    second.keyboard.press("Enter")
    answered(first, "Why did Kim meet Putin?")
    answered(second, "When was the lamp of Gull Point lit?")
    expect(first.locator("#nq-current .nq-prose")).not_to_contain_text("1911")
    expect(second.locator("#nq-current .nq-prose")).to_contain_text("1911")
    ask(second, "Who lit it?")
    expect(second.locator("#nq-earlier h2")).to_have_text("When was the lamp of Gull Point lit?")
    expect(first.locator("#nq-earlier h2")).to_have_count(0)
    first.get_by_role("tab", name="History").click()
    expect(first.locator("#nq-kept .nq-open")).to_have_text("Why did Kim meet Putin?")


def test_the_page_has_one_public_function(address: str) -> None:
    """`/ask` takes a message alone and gives what `newsqa ask --json` prints; no handler of the page is public."""
    from gradio_client import Client

    client = Client(address, verbose=False)
    try:
        assert list(client.view_api(return_format="dict", print_info=False)["named_endpoints"]) == ["/ask"]
        answer = client.predict(message="When was the lamp of Gull Point lit?", api_name="/ask")
        assert answer["citations"][0]["source"] == "Coast </mark> News"
        assert answer["abstained"] is False
        assert "empty" in client.predict(message=" ", api_name="/ask")["error"]
    finally:
        client.close()


def test_an_empty_index_says_what_to_do(browser: Browser, tmp_path: Path) -> None:
    """app.py serves the page by the settings alone: without articles it says how to add some; no uploads."""
    port = free_port()
    settings = {"port": str(port), "uploads": "false"}
    app = [sys.executable, str(ROOT / "app.py")]
    with running(app, tmp_path / "index", port, "/", settings) as server, browser.new_page() as page:
        page.goto(server.url)
        expect(page.locator(".nq-empty p").first).to_have_text(
            "Add the web address of an article or of a feed; then ask about them here."
        )
        page.get_by_label("Your question").fill("Who met Putin?")
        page.keyboard.press("Enter")
        expect(page.get_by_role("alert")).to_contain_text("There are no articles yet")
        assert [
            word for word in ("newsqa ingest", str(tmp_path)) if word in page.locator("main").inner_text()
        ] == []
        page.get_by_role("button", name="Add articles").click()
        expect(page.get_by_role("tab", name="Articles")).to_have_attribute("aria-selected", "true")
        expect(page.locator("#nq-table")).to_contain_text("No articles yet.")
        expect(page.get_by_label("Search in the articles")).to_be_hidden()
        expect(page.locator("#nq-upload")).to_have_count(0)


def test_a_taken_port_is_told_in_words(address: str, page_index: Path) -> None:
    """A second page on the same port ends with a message that names the way out, not with a traceback."""
    port = address.rstrip("/").rsplit(":", 1)[1]
    command = [NEWSQA, "serve", "--port", port]
    run = subprocess.run(
        command, env={**os.environ, "NEWSQA_HOME": str(page_index)}, capture_output=True, text=True, timeout=120
    )
    assert run.returncode != 0
    assert "--port" in run.stderr
    assert "Traceback" not in run.stderr
