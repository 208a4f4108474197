"""At hand on the page: previews of citations, the way from mark to mark, keys, colours, size of letters."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

pytest.importorskip("playwright")
from playwright.sync_api import Page, expect

from tests.browsing import answered, ask, holding

pytestmark = [pytest.mark.browser, pytest.mark.slow]
TWICE = "Why were hard drives flown around instead of sending the data online?"
"""A question that is answered with two quotes of one article."""
COPIED = "Why did Kim travel to Vladivostok?"
"""A question whose quote stands in another article, too."""


def test_a_citation_shows_its_quote_where_it_is_pointed_at(visit: Callable[..., Page]) -> None:
    """Quote, outlet and day are shown by the citation under pointer or focus; Escape takes them away."""
    page = visit()
    ask(page, COPIED)
    link, preview = page.locator("#nq-current .nq-ref").first, page.get_by_role("tooltip")
    card = page.locator("#src-1")
    link.hover()
    expect(preview).to_be_visible()
    expect(preview).to_contain_text(card.locator("mark").inner_text())
    expect(preview).to_contain_text(card.locator(".nq-source").inner_text())
    expect(preview).to_contain_text(card.locator("time").first.inner_text())
    preview.hover()
    page.get_by_label("Your question").hover()
    expect(preview).to_be_hidden()
    page.locator("#nq-current h2").focus()
    page.keyboard.press("Tab")
    expect(link).to_be_focused()
    expect(preview).to_be_visible()
    expect(link).to_have_attribute("aria-describedby", "nq-preview")
    page.keyboard.press("Escape")
    expect(preview).to_be_hidden()
    expect(link).to_be_focused()


def test_an_article_leads_from_mark_to_mark(visit: Callable[..., Page]) -> None:
    """All quotes of the answer are marked in their article; buttons and arrow keys lead on and back."""
    page = visit(height=500)
    ask(page, TWICE)
    title = page.get_by_role("heading", name=page.locator("#src-1 h3").inner_text())
    cards = page.locator("#nq-current .nq-card").filter(has=title)
    quotes = [" ".join(text.split()) for text in cards.locator("mark").all_inner_texts()]
    page.locator("#src-1 .nq-open[data-quote]").click()
    dialog = page.get_by_role("dialog")
    here, where = dialog.locator("mark.nq-here"), dialog.locator(".nq-marks output")
    expect(here).to_be_in_viewport()
    marks = [" ".join(text.split()) for text in dialog.locator("mark.nq-in-quote").all_inner_texts()]
    assert len(marks) == 2
    assert sorted(marks) == sorted(quotes)
    first = marks.index(quotes[0])
    expect(where).to_have_text(f"Mark {first + 1} of 2")
    expect(here).to_be_in_viewport()
    dialog.get_by_role("button", name="Next mark").click()
    expect(where).to_have_text(f"Mark {2 - first} of 2")
    expect(here).to_be_in_viewport()
    page.keyboard.press("ArrowLeft")
    expect(where).to_have_text(f"Mark {first + 1} of 2")
    assert " ".join(here.inner_text().split()) == quotes[0]


def test_the_other_article_opens_at_the_quote(visit: Callable[..., Page]) -> None:
    """“Also in” opens a copy with the quote marked and in view."""
    page = visit(height=500)
    ask(page, COPIED)
    quote = " ".join(page.locator("#src-1 mark").inner_text().split())
    page.locator("#src-1 .nq-also .nq-open").first.click()
    mark = page.get_by_role("dialog").locator("#passage-mark")
    expect(mark).to_be_in_viewport()
    assert " ".join(mark.inner_text().split()) == quote


def test_an_open_article_has_an_address(visit: Callable[..., Page], address: str) -> None:
    """The link in its head leads to the article alone, with the same mark."""
    page = visit(height=500)
    ask(page, COPIED)
    page.locator("#src-1 .nq-open[data-quote]").click()
    dialog = page.get_by_role("dialog")
    mark = dialog.locator("#passage-mark").inner_text()
    with page.context.expect_page() as opened:
        dialog.get_by_role("link", name="Link to this article").click()
    alone = opened.value
    expect(alone).to_have_url(re.compile(f"^{re.escape(address)}articles/"))
    expect(alone.locator("#passage-mark")).to_be_in_viewport()
    expect(alone.locator("#passage-mark")).to_have_text(mark)
    expect(dialog).to_be_visible()


def test_an_article_without_a_mark_begins_at_its_top(visit: Callable[..., Page]) -> None:
    """Also where another one was left at its end; on a phone nothing of it is below the button that closes it."""
    page = visit(width=390, height=500)
    page.get_by_role("tab", name="Articles").click()
    dialog = page.get_by_role("dialog")
    for source in ("River Times", "Inland Post"):
        row = page.locator("#nq-table tr", has_text=source)
        row.get_by_role("button", name="A bridge and its barges", exact=True).click()
        expect(dialog.get_by_text(source)).to_be_in_viewport()
        edges = "[document.querySelector('.nq-close'), document.querySelector('.nq-article')]"
        close, article = page.evaluate(f"{edges}.map((node) => node.getBoundingClientRect().toJSON())")
        assert close["bottom"] <= article["top"]
        last = dialog.locator(".nq-article > *").last
        expect(last).not_to_be_in_viewport()
        page.keyboard.press("End")
        expect(last).to_be_in_viewport()
        page.go_back()
        expect(dialog).to_be_hidden()


def test_the_evidence_stays_in_view(visit: Callable[..., Page]) -> None:
    """Who scrolls through a long answer's evidence keeps the answer beside it."""
    page = visit(height=420)
    ask(page, TWICE)
    page.locator("#nq-current .nq-card").last.scroll_into_view_if_needed()
    expect(page.locator("#nq-current .nq-prose").first).to_be_in_viewport()


def test_keys_lead_to_the_question_and_to_their_list(visit: Callable[..., Page]) -> None:
    """`/` goes to the box from any tab, `?` lists the keys until Escape; in the box both are letters."""
    page = visit()
    box = page.get_by_label("Your question")
    page.get_by_role("tab", name="Articles").click()
    page.keyboard.press("/")
    expect(box).to_be_focused()
    page.keyboard.type("a/b?")
    expect(box).to_have_value("a/b?")
    page.get_by_role("tab", name="Ask").focus()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog", name="Keys")).to_be_hidden()


def test_colours_and_letters_are_kept(visit: Callable[..., Page]) -> None:
    """What is chosen holds after a reload, whatever the system has, until it is given back to the system."""
    page = visit()
    page.get_by_label("Colours").select_option("Dark")
    page.get_by_label("Letters").select_option("Largest")
    dark = "document.body.classList.contains('dark')"
    assert page.evaluate(dark)
    page.reload()
    page.wait_for_selector(".nq-front")
    expect(page.get_by_label("Colours")).to_have_value("dark")
    assert page.evaluate(dark)
    assert page.evaluate("getComputedStyle(document.documentElement).fontSize") == "24px"
    page.get_by_label("Colours").select_option("As the system")
    assert not page.evaluate(dark)
    page.emulate_media(color_scheme="dark")
    page.wait_for_function(dark)


def test_questions_under_an_answer_are_shown_when_they_are_there(visit: Callable[..., Page]) -> None:
    """Until then their place is kept, and empty, without a heading or a line."""
    page = visit()
    expect(page.locator(".nq-example")).to_have_count(5)
    further = page.locator("#nq-current .nq-further")
    with holding(page, "**/v1/suggestions*"):
        with page.expect_request("**/v1/suggestions*"):
            ask(page, "Why did Kim meet Putin?")
        expect(further).to_be_hidden()
        kept = further.evaluate("section => section.clientHeight")
    expect(further.locator(".nq-next").first).to_be_visible()
    assert 0 < further.evaluate("section => section.clientHeight") <= kept


def test_suggestions_come_from_the_articles(visit: Callable[..., Page]) -> None:
    """The first page and each answer have questions that are answered well; none is asked twice of one talk."""
    page = visit()
    first = page.locator(".nq-example")
    expect(first).to_have_count(5)
    question = first.first.inner_text()
    first.first.click()
    answered(page, question)
    expect(page.locator("#nq-current .nq-confidence")).to_have_text(re.compile("Well supported|Likely"))
    expect(page.locator("#nq-current .nq-byline")).to_contain_text("in 100 answers as sure as this are right.")
    following = page.locator("#nq-current .nq-next")
    expect(following.first).to_be_visible()
    second = following.first.inner_text()
    assert question not in following.all_inner_texts()
    following.first.click()
    answered(page, second)
    expect(page.locator("#nq-current .nq-note")).to_have_count(0)
    expect(page.locator("#nq-current .nq-confidence")).to_have_text(re.compile("Well supported|Likely"))
    expect(following.filter(has_text=question)).to_have_count(0)
