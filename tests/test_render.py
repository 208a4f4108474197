"""Rendering: what a reader sees of an answer, and that nothing untrusted gets through as markup."""

from __future__ import annotations

import re
from datetime import date
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsqa.interfaces.render import (
    Way,
    answer_html,
    article_html,
    cards_html,
    cite,
    escape,
    escape_markdown,
    find_quote,
    open_button,
    plain,
    related_html,
    safe_url,
    to_markdown,
    to_text,
)
from newsqa.types import Answer, Article, Block, Citation, Passage, ScoredPassage, Span
from tests.fakes import passage

HOSTILE = [
    "<script>window.hacked=1</script>",
    "<img src=x onerror=alert(1)>",
    '"><svg onload=alert(1)>',
    "' onmouseover='alert(1)",
    "</mark></blockquote></li><h1>Owned</h1>",
    "<!-- --><style>*{display:none}</style>",
    "&lt;script&gt; stays text",
    "${alert(1)} {{value}}",
    "javascript:alert(1)",
    "![x](http://evil.example/pixel.png) [y](javascript:alert(1))",
    "\u202egnp.exe \u2066hidden\u2069 \x1b[31mred\x1b[0m \x00nul",
]
TAGS = {
    "a", "article", "blockquote", "button", "h2", "h3", "h4", "li", "mark", "ol", "p", "span", "strong",
    "time", "ul",
}  # fmt: skip


class _Markup(HTMLParser):
    """Collects the tags, attributes and text of a piece of HTML."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.text = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def harmless(html: str) -> _Markup:
    """Parse HTML and check that it holds our own tags only, closed, with no handler and no foreign link."""
    markup = _Markup(html)
    assert markup.open == []
    for tag, attributes in markup.tags:
        assert tag in TAGS
        assert not [name for name in attributes if name.startswith("on") or name in ("style", "src")]
        if tag == "a":
            href = attributes["href"] or ""
            assert href.startswith("#") or safe_url(href) == href
            if not href.startswith("#"):
                assert attributes["rel"] == "noopener noreferrer nofollow"
    return markup


GAZETTE: dict[str, Any] = {"title": "A title", "source": "The Gazette", "published": date(2019, 4, 25)}


def quoted(number: int, quote: str, within: Passage, *words: str) -> Citation:
    """A citation of the first place where `quote` stands in a passage."""
    start = within.start + within.text.index(quote)
    highlights = tuple(Span(start + quote.index(w), start + quote.index(w) + len(w)) for w in words)
    return Citation(number, quote, start, start + len(quote), within, highlights)


MEETING = passage(
    "Snow fell. Kim wanted relief from sanctions. He came by train. It was Thursday.", start=100, **GAZETTE
)
CITED = quoted(1, "Kim wanted relief from sanctions.", MEETING, "relief from sanctions")
TRAIN = quoted(2, "He came by train.", MEETING, "by train")
ANSWER = Answer(
    "Why?", "Why?", "Kim wanted relief from sanctions. [1] He came by train. [2]", False, 0.8, (CITED, TRAIN)
)
ABSTAINED = Answer(
    "Dinner?", "Dinner?", "The articles do not answer this.", True, 0.1, (), ("No article mentions “dinner”.",),
    (ScoredPassage(MEETING, 0.5), ScoredPassage(passage("Other.", **GAZETTE | {"title": "Same article"}), 0.4)),
)  # fmt: skip


def test_answer_html_bolds_the_key_words_and_links_each_marker_to_its_card() -> None:
    """The whole of a small answer, as it is shown."""
    label = "Source {0}: A title, The Gazette, 25 April 2019"
    link = f'<a class="nq-ref" href="#t1-src-{{0}}" aria-label="{label}">[{{0}}]</a>'
    assert answer_html(ANSWER, "t1-") == (
        '<p class="nq-prose" dir="auto">Kim wanted <strong>relief from sanctions</strong>. '
        f"{link.format(1)} He came <strong>by train</strong>. {link.format(2)}</p>"
    )


def test_a_card_shows_the_quote_marked_between_its_neighbours() -> None:
    """The sentence before and after the quote are shown, an ellipsis stands for what is left out."""
    html = cards_html(ANSWER.citations)
    assert (
        '<blockquote dir="auto">Snow fell. <mark>Kim wanted relief from sanctions.</mark> He came by train. …'
        "</blockquote>" in html
    )
    assert "… Kim wanted relief from sanctions. <mark>He came by train.</mark> It was Thursday.<" in html
    assert [tag["id"] for _, tag in harmless(html).tags if "id" in tag] == ["src-1", "src-2"]
    assert 'data-open="a" data-passage="100-179" data-quote="111-144"' in html


def test_without_citations_there_are_no_cards() -> None:
    """An answer without evidence has no empty list."""
    assert cards_html(()) == related_html((), "") == ""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Kim wanted relief from sanctions. [7]", "Kim wanted relief from sanctions. [7]"),
        ("Nothing here [1]", "Nothing here [1]"),
        ("[1][2]", "[1][2]"),
        ("[99999] and [x] []", "[99999] and [x] []"),
        ("", ""),
    ],
)
def test_odd_markers_are_shown_as_they_are(text: str, expected: str) -> None:
    """A number without a citation is text, not a link; words that are not in the prose bold nothing."""
    answer = Answer("q", "q", text, False, 0.5, (CITED, TRAIN))
    markup = harmless(answer_html(answer))
    assert markup.text == expected
    links = [attributes["href"] for tag, attributes in markup.tags if tag == "a"]
    assert links == [f"#src-{n}" for n in (1, 2) if f"[{n}]" in text]


def test_key_words_are_found_where_the_prose_folds_white_space() -> None:
    """A quote over a line break is one line in the prose, and its key words are bold all the same."""
    where = passage("He hoped for\nrelief  from sanctions.", **GAZETTE)
    cited = quoted(1, where.text, where, "relief  from")
    answer = Answer("q", "q", "He hoped for relief from sanctions. [1]", False, 0.5, (cited,))
    assert "hoped for <strong>relief from</strong> sanctions." in answer_html(answer)


def test_overlapping_highlights_are_merged() -> None:
    """Two highlights that overlap make one bold part, and one outside the quote none."""
    spans = (Span(111, 121), Span(115, 128), Span(500, 510))
    cited = Citation(1, CITED.quote, CITED.start, CITED.end, MEETING, spans)
    answer = Answer("q", "q", f"{CITED.quote} [1]", False, 0.5, (cited,))
    assert re.findall("<strong>(.*?)</strong>", answer_html(answer)) == ["Kim wanted relief"]


@pytest.mark.parametrize("hostile", HOSTILE)
def test_nothing_hostile_becomes_markup(hostile: str) -> None:
    """Script, handlers, closing tags and odd URLs stay text, wherever an article or a question puts them."""
    text = f"Before. {hostile} After."
    where = Passage("p", hostile, text, 0, len(text), (), title=hostile, source=hostile, url=hostile)
    cited = Citation(1, text, 0, len(text), where, (Span(0, 6), Span(8, 8 + len(hostile))))
    answer = Answer(hostile, hostile, f"{text} [1]", False, 0.9, (cited,), (hostile,), (ScoredPassage(where, 1),))
    blocks = (Block(Span(0, 8), "heading"), Block(Span(8, len(text)), "paragraph"))
    article = Article(hostile, hostile, text, "", blocks, source=hostile, url=hostile)
    shown = plain(hostile)
    assert shown in harmless(answer_html(answer, hostile)).text
    assert shown in harmless(cards_html(answer.citations)).text
    assert shown in harmless(related_html(answer.related, answer.searched_for)).text
    assert shown in harmless(article_html(article, Span(0, 12), Span(8, 20))).text
    assert harmless(open_button(Way(hostile, label=hostile), "x")).tags[0][1]["data-open"] == shown


@pytest.mark.parametrize("hostile", HOSTILE)
def test_terminal_text_has_no_control_characters(hostile: str) -> None:
    """No escape sequence, no override of the reading direction reaches a terminal or the clipboard."""
    where = passage("A sentence.", title=hostile, source=hostile, url=hostile)
    answer = Answer("q", "q", f"{hostile} [1]", True, 0.5, (quoted(1, "A sentence.", where),), (hostile,))
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", to_text(answer))


@given(st.text())
def test_escaped_text_reads_back_as_the_plain_text(text: str) -> None:
    """Escaping loses nothing but what `plain` takes out, and holds no bare mark of HTML."""
    markup = _Markup(f"<p>{escape(text)}</p>")
    assert (markup.text, len(markup.tags)) == (plain(text), 1)
    assert not re.search("[<>\"']", escape(text))


@given(st.text(alphabet=st.sampled_from("ab \n.!?<&[]1\x1b\u202e")), st.data())
def test_an_article_keeps_all_its_text_whatever_is_marked(text: str, data: st.DataObject) -> None:
    """Marks, wherever they fall, add and lose no character of an article, and at most one is scrolled to."""
    edges = st.integers(0, len(text))
    passage, quote, *others = [Span(*sorted((data.draw(edges), data.draw(edges)))) for _ in range(4)]
    markup = harmless(article_html(Article("a", "T", text, ""), passage, quote, others))
    assert "".join(markup.text.split()) == "T" + "".join(plain(text).split())
    assert sum(attributes.get("id") == "passage-mark" for _, attributes in markup.tags) <= 1


def test_an_article_shows_what_its_parts_are_and_marks_passage_and_quote() -> None:
    """Headings are headings; the passage is marked softly, the quote strongly, and the quote is scrolled to."""
    text = "Lead.\n\nHead\n\nOne. Two. Three."
    kinds = ("subtitle", "heading", "paragraph")
    spans = (Span(0, 5), Span(7, 11), Span(13, len(text)))
    article = Article("a", "T", text, "", tuple(Block(s, k) for s, k in zip(spans, kinds, strict=True)))  # type: ignore[arg-type]
    html = article_html(article, Span(13, len(text)), Span(18, 22))
    assert '<p class="nq-subtitle" dir="auto">Lead.</p><h3 class="nq-heading" dir="auto">Head</h3>' in html
    assert (
        '<mark class="nq-in-passage">One. </mark><mark class="nq-in-quote" id="passage-mark">Two.</mark>'
        '<mark class="nq-in-passage"> Three.</mark>' in html
    )


def test_an_article_shows_every_quote_that_was_taken_from_it() -> None:
    """The quote that is looked at is scrolled to, the others are marked like it."""
    text = "One. Two. Three."
    html = article_html(Article("a", "T", text, ""), None, Span(5, 9), [Span(10, 16)])
    first, second = (
        '<mark class="nq-in-quote" id="passage-mark">Two.</mark>',
        '<mark class="nq-in-quote">Three.</mark>',
    )
    assert f"One. {first} {second}" in html


def test_a_quote_is_found_whatever_the_space_between_its_words() -> None:
    """Line breaks do not hide a quote; one that does not stand there is not found, nor is nothing."""
    assert find_quote("He said: two\n words (so).", "two words (so).") == Span(9, 25)
    assert find_quote("He said.", "two words") is None
    assert find_quote("He said.", " ") is None


def test_in_a_copy_the_sentence_that_says_nearly_the_same_stands_for_a_quote() -> None:
    """One other word is no other sentence; a sentence about something else is none, however short the text."""
    text = "The port is old. Kim and Putin met on Thursday, and both vowed to bring their countries closer."
    found = find_quote(text, "Kim and Putin met on Thursday, and both promised to bring their countries closer.")
    assert found == Span(17, len(text))
    assert find_quote(text, "Putin and Trump spoke on Friday about the price of oil.") is None


def test_of_a_quote_of_two_sentences_both_are_marked_in_a_copy() -> None:
    """One after the other; where the copy has something in between or only one, the first that it has."""
    one, two = "Kim and Putin met on Thursday in the port.", "Both vowed to bring their countries closer."
    quote = "Kim and Putin met on Thursday in the harbour. Both promised to bring their countries closer."
    text = f"The port is old. {one} {two} It rained."
    assert find_quote(text, quote) == Span(17, 17 + len(f"{one} {two}"))
    assert find_quote(f"{one} It rained. {two}", quote) == Span(0, len(one))
    assert find_quote(f"It rained. {two}", quote) == Span(11, 11 + len(two))


def test_an_article_without_blocks_is_cut_at_blank_lines() -> None:
    """What was read without blocks still has its paragraphs."""
    html = article_html(Article("a", "T", "One\ntwo.\n \nThree.\n", ""))
    assert re.findall(r'<p class="nq-paragraph" dir="auto">(.*?)</p>', html, re.DOTALL) == ["One\ntwo.", "Three."]


@pytest.mark.parametrize(
    ("url", "safe"),
    [
        ("https://example.org/a?b=c#d", True),
        ("http://example.org", True),
        ("HTTPS://EXAMPLE.ORG/", True),
        ("javascript:alert(1)", False),
        (" javascript:alert(1)", False),
        ("java\nscript:alert(1)", False),
        ("data:text/html,x", False),
        ("file:///etc/passwd", False),
        ("//example.org", False),
        ("https:///no-host", False),
        ("https://[::1", False),
        ('https://example.org/"onclick="x', False),
        ("https://example.org/ b", False),
        ("", False),
    ],
)
def test_only_web_addresses_become_links(url: str, safe: bool) -> None:
    """http and https with a host are links; everything else is none."""
    assert safe_url(url) == (url if safe else "")
    assert ("<a " in cards_html([quoted(1, "A.", passage("A.", url=url, **GAZETTE))])) is safe


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("![x](http://e.org/p.png)", r"!\[x\](http\://e.org/p.png)"),
        ("*a* _b_ `c` ~d~", r"\*a\* \_b\_ \`c\` \~d\~"),
        ("<b> & |", r"\<b\> \& \|"),
        ("# head", r"\# head"),
        ("- item", r"\- item"),
        ("12. item", r"12\. item"),
        ("www.example.org", r"www\.example.org"),
        ("me@example.org", r"me\@example.org"),
        ("two\n\nlines", "two lines"),
        ("25 April 2019, a well-known day.", "25 April 2019, a well-known day."),
    ],
)
def test_markdown_marks_are_escaped(text: str, expected: str) -> None:
    """Marks that would make an image, a link, a list or emphasis are escaped; prose stays readable."""
    assert escape_markdown(text) == expected


def test_text_for_a_terminal() -> None:
    """Prose, then the sources with their addresses; for an abstention, what is missing and the closest article."""
    linked = quoted(1, "A.", passage("A.", url="https://example.org/a", **GAZETTE))
    answer = Answer("q", "q", "A. [1]", False, 0.5, (linked,))
    assert to_text(answer) == "A. [1]\n\n[1] A title, The Gazette, 25 April 2019\n    https://example.org/a"
    assert to_text(ABSTAINED) == (
        "The articles do not answer this.\n- No article mentions “dinner”.\n\n"
        "Closest articles:\n- A title, The Gazette, 25 April 2019"
    )


def test_markdown_of_an_answer() -> None:
    """Key words in bold, markers that do not turn into links, and each quote with its source."""
    assert to_markdown(ANSWER).split("\n\n") == [
        r"Kim wanted **relief from sanctions**. \[1\] He came **by train**. \[2\]",
        r"\[1\] “Kim wanted relief from sanctions.” A title, The Gazette, 25 April 2019",
        r"\[2\] “He came by train.” A title, The Gazette, 25 April 2019",
    ]


def test_related_articles_are_named_once() -> None:
    """Two passages of the same article make one entry, the better one."""
    html = related_html(ABSTAINED.related, ABSTAINED.searched_for)
    assert html.count("<li") == 1
    assert "A title" in html


@pytest.mark.parametrize(
    ("confidence", "words"),
    [(1.0, "well supported"), (0.9, "well supported"), (0.75, "likely"), (0.5, "uncertain"), (0.2, "uncertain")],
)
def test_confidence_is_said_in_words(confidence: float, words: str) -> None:
    """Three degrees for answers, and a word of its own for an abstention."""
    assert Answer("q", "q", "a", False, confidence).support == words
    assert ABSTAINED.support == "not in the articles"


def test_a_citation_line_leaves_out_what_is_not_known() -> None:
    """Title, source and day, separated by commas."""
    assert cite(passage("A.", title="A title")) == "A title"
    assert cite(MEETING) == "A title, The Gazette, 25 April 2019"
