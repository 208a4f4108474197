"""Structure of an article: Markdown as it is read, tables by the row, interviews by question and answer."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsqa.sources.formats.build import build_article
from newsqa.sources.formats.frontmatter import FrontMatter
from newsqa.sources.formats.html import read_fragment
from newsqa.sources.formats.markdown import inline
from newsqa.sources.formats.origin import Origin
from newsqa.sources.formats.tables import rows_as_text
from newsqa.types import Article

PROSE = "The council of Harl met on Monday and voted on the quay."


def markdown(text: str) -> Article:
    return build_article(text, "/a.md", markdown=True)


def kinds(article: Article) -> list[tuple[str, str]]:
    return [(block.kind, block.span.of(article.text)) for block in article.blocks]


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("The quay in [Harl](https://x.example/a_(b)) was **sold by _Jo_** for `£2m`.",
         "The quay in Harl was sold by Jo for £2m."),
        ("It will be ~~grey~~ green, said [Jo Hay][hay].[^1]", "It will be green, said Jo Hay."),
        ("It has 9 posts\\* and a <b>tin</b> roof &mdash; see ![quay](q.jpg) the plan.",
         "It has 9 posts* and a tin roof — see the plan."),
        ("It names <https://x.example/a> or snake_case_names and 3 * 4 * 5.",
         "It names https://x.example/a or snake_case_names and 3 * 4 * 5."),
        ("It was cut in March.[2] Why is unknown [citation needed].",
         "It was cut in March.[2] Why is unknown [citation needed]."),
        ("One line\nand *the\nnext* one.", "One line\nand the\nnext one."),
    ],
)  # fmt: skip
def test_markdown_is_read_as_it_is_shown(written: str, read: str) -> None:
    """Marks, addresses, images and what is struck are no text; an article's own brackets are."""
    article = markdown(
        f"# Quay\n\n{PROSE}\n\n{written}\n\n[hay]: https://x.example/hay\n[^1]: A note on *paint*.\n"
    )
    assert ("paragraph", read) in kinds(article)
    assert ("paragraph", "A note on paint.") in kinds(article)
    assert "x.example/hay" not in article.text


def test_a_title_in_markdown_is_read_as_it_is_shown() -> None:
    """Links and emphasis in a heading are no part of the title."""
    assert (
        markdown(f"# The *old* [quay](https://x.example) &amp; pier\n\n{PROSE}\n").title == "The old quay & pier"
    )


@pytest.mark.parametrize("piece", ["[", "*", "![", "[a](", "`", "<a ", "**a *b", "| a |\n|---|\n"])
def test_marks_without_end_take_no_time(piece: str) -> None:
    """A million characters that may be marks are read within seconds."""
    begin = time.process_time()
    markdown(f"# T\n\n{PROSE}\n\n" + piece * (1_000_000 // len(piece)))
    assert time.process_time() - begin < 20


@given(st.text(alphabet="[]()*_`~<>&!\\ab;#|-\n", max_size=200))
def test_any_marks_give_sound_blocks(text: str) -> None:
    """Whatever is written, the blocks are in order and hold all that is not white space."""
    inline(text)
    article = markdown(f"# T\n\n{PROSE}\n\n{text}")
    position = 0
    for block in article.blocks:
        assert not article.text[position : block.span.start].strip()
        position = block.span.end
    assert not article.text[position:].strip()


def test_a_row_is_told_with_its_headings() -> None:
    """Caption, label and headings stand with every figure; a year may be a heading."""
    rows = [["", "2023", "2024"], ["Oats", "11,050", "9,200"], ["Rye", "7", "−3 %"]]
    assert rows_as_text(rows, "Harvest in tonnes:") == [
        "Harvest in tonnes: Oats, 2023: 11,050; 2024: 9,200.",
        "Harvest in tonnes: Rye, 2023: 7; 2024: −3 %.",
    ]
    assert rows_as_text([["Sales"], ["Year", "Oats"], ["2023", "12"]]) == ["Sales: Year 2023, Oats: 12."]
    assert rows_as_text([["Sales", ""], ["Year", "Oats"], ["2023", "12"]]) == ["Sales: Year 2023, Oats: 12."]
    assert rows_as_text([["Opened", "4 May 1911"], ["Depth", "4 metres"]]) == [
        "Opened: 4 May 1911",
        "Depth: 4 metres",
    ]
    assert rows_as_text([["a", "b", "c"], ["d", "e", "f"]]) == ["a | b | c", "d | e | f"]
    assert rows_as_text([[], [""]]) == []


TABLE = "Sales in million francs\n\n| Product | Q2 2024 | Change |\n|:--|--:|--|\n| Cocoa | 1,204 | −7.4 % |\n"


def test_a_table_in_markdown_is_told_by_the_row() -> None:
    """The line before it is its caption."""
    told = kinds(markdown(f"# T\n\n{PROSE}\n\n{TABLE}\n{PROSE}\n"))
    assert ("paragraph", "Sales in million francs: Cocoa, Q2 2024: 1,204; Change: −7.4 %.") in told


def test_a_table_in_html_is_told_by_the_row() -> None:
    """With its caption; a table that only puts text side by side stays text."""
    table = (
        "<table><caption>Sales in million francs</caption><tr><th>Product<th>Q2 2024</tr>"
        "<tr><td>Cocoa<td>1,204</tr>"
        f"</table><table><tr><td><p>{PROSE}</p><p>{PROSE}</p></td><td>Side</td></tr></table>"
    )
    told = kinds(read_fragment(f"<p>{PROSE}</p>{table}", Origin("a", "/a"), FrontMatter(title="T")))
    assert ("paragraph", "Sales in million francs: Cocoa, Q2 2024: 1,204.") in told
    assert told.count(("paragraph", PROSE)) == 3


QUESTION, ANSWER = "Why did you close the quay?", "It was rotten, and we had no money."
SECOND, REPLY = "Will it open again?", "Not before 2030, I fear."


@pytest.mark.parametrize(
    "text",
    [
        f"**{QUESTION}**\n\n{ANSWER}\n\n**{SECOND}**\n\n{REPLY}\n",
        f"*{QUESTION}*\n\n{ANSWER}\n\n_{SECOND}_\n\n{REPLY}\n",
        f"Q: {QUESTION}\n\nA: {ANSWER}\n\nQ: {SECOND}\n\nA: {REPLY}\n",
        f"Q. {QUESTION}\n\nA. {ANSWER}\n\nQ. {SECOND}\n\nA. {REPLY}\n",
        f"Post: {QUESTION}\n\nJo Hay: {ANSWER}\n\nPost: {SECOND}\n\nJo Hay: {REPLY}\n",
        f"**Post:** {QUESTION}\n\n**Hay:** {ANSWER}\n\n**Post:** {SECOND}\n\n**Hay:** {REPLY}\n",
    ],
)
def test_an_interviewers_question_is_the_heading_of_its_answer(text: str) -> None:
    """In bold, in italics, by letters and by names: what can be quoted is the answer."""
    article = markdown(f"# Talk\n\n{PROSE}\n\n{text}")
    told = kinds(article)
    assert [kind for kind, _ in told] == ["paragraph", "heading", "paragraph", "heading", "paragraph"]
    assert QUESTION in told[1][1]
    assert ANSWER in told[2][1]


def test_an_interview_in_html_is_read_alike() -> None:
    """Also where question and answer stand in one paragraph with a break between them."""
    markup = f"<p>{PROSE}</p><p><strong>{QUESTION}</strong><br>{ANSWER}</p><p><b>{SECOND}</b></p><p>{REPLY}</p>"
    told = kinds(read_fragment(markup, Origin("a", "/a"), FrontMatter(title="T")))
    assert told == [
        *[("paragraph", PROSE), ("heading", QUESTION), ("paragraph", ANSWER)],
        *[("heading", SECOND), ("paragraph", REPLY)],
    ]


def test_a_bold_report_and_a_question_in_a_report_stay_text() -> None:
    """A first paragraph in bold, a lone question and a sentence with a colon are not of an interview."""
    text = f"**{PROSE}**\n\nWhat comes next? Nobody knows, said Hay: it is late.\n\nThe end: nobody came.\n"
    assert [kind for kind, _ in kinds(markdown(f"# T\n\n{text}"))] == ["paragraph"] * 3
