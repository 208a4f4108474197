"""Reading articles: what a file says about itself, what is prose in it, and what is refused with which words."""

from __future__ import annotations

import codecs
import os
import textwrap
import time
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newsqa.sources.formats import article_id, read_articles
from newsqa.sources.formats.build import build_article
from newsqa.sources.formats.dates import parse_date
from newsqa.sources.formats.origin import canonical_url
from newsqa.text.passages import SentenceSplitter
from newsqa.types import Article, IngestEvent

DATA = Path(__file__).parent / "data"
MEGABYTE = 1_000_000
PROSE = "Kim met Putin in Vladivostok on Thursday and asked him for help against the sanctions."
MORE = "The two leaders talked for two hours and signed nothing at the end of the day."


def read(*paths: Path, max_bytes: int = MEGABYTE) -> list[Article | IngestEvent]:
    return list(read_articles(paths, max_bytes=max_bytes))


def read_one(folder: Path, content: str | bytes, name: str = "a.txt") -> Article:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    (found,) = read(path)
    assert isinstance(found, Article), found
    return found


def reason(folder: Path, content: str | bytes, name: str = "a.txt", max_bytes: int = MEGABYTE) -> str:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    (found,) = read(path, max_bytes=max_bytes)
    assert isinstance(found, IngestEvent)
    assert (found.status, found.name) == ("failed", str(path))
    return found.reason


def kinds(text: str, *, markdown: bool = False) -> list[tuple[str, str]]:
    article = build_article(text, "/a", markdown=markdown)
    return [(block.kind, block.span.of(article.text)) for block in article.blocks]


def quotable(article: Article) -> list[str]:
    """Every sentence of the article that could be an answer, each once."""
    spans = {span for passage in SentenceSplitter().split(article) for span in passage.sentences}
    return [" ".join(span.of(article.text).split()) for span in sorted(spans, key=lambda span: span.start)]


# Whole agency articles


def test_an_agency_article_is_read_as_its_reader_reads_it() -> None:
    """Title, subtitle, headings, mark and advert are told apart, and only sentences of the report are quotable."""
    (article,) = read(DATA / "agency_ferry.txt")
    assert isinstance(article, Article)
    assert article.title == "Ferry link across the strait reopens after two-year closure"
    assert article.source == "dpa"
    assert article.published is None
    found = [(block.kind, block.span.of(article.text)) for block in article.blocks]
    assert [one for one in found if one[0] != "paragraph"] == [
        ("subtitle", "Operator promises three sailings a day and lower fares for islanders"),
        ("heading", "Cheaper tickets for islanders"),
        ("heading", "Why did the repair take so long?"),
        ("heading", "What happens next"),
        ("boilerplate", "Enjoy unlimited reading with our new subscription - just 1 euro for the first month!"),
    ]
    sentences = quotable(article)
    assert sentences[0].startswith(
        "The ferry link between Port Ellery and the island of Marrow reopened on Monday"
    )
    assert sentences[1] == 'The first boat, the "Saint Brendan", left at 7.30 a.m. with 212 passengers on board.'
    assert sentences[-1] == "It will carry cars, too."
    assert len(sentences) == 12
    assert {passage.heading for passage in SentenceSplitter().split(article)} == {
        "",
        "Cheaper tickets for islanders",
        "Why did the repair take so long?",
        "What happens next",
    }


def test_a_hard_wrapped_article_keeps_its_text_and_gets_paragraphs() -> None:
    """Lines of 60 columns with indented paragraphs are joined by spans; the text keeps its line breaks."""
    (article,) = read(DATA / "agency_wrapped.txt")
    assert isinstance(article, Article)
    assert article.title == "HARBOUR TOWN TO SELL ITS WATERWORKS"
    assert article.source == "Reuters"
    assert [block.kind for block in article.blocks].count("paragraph") == 4
    assert "Kestrel Bay said\nit will sell" in article.text
    sentences = quotable(article)
    assert sentences[0].startswith("The town council of Kestrel Bay said it will sell")
    assert sentences[-2:] == [
        "Asked whether the town had looked at other offers, Reyes said there were two.",
        '"Neither was in writing," she added.',
    ]


def test_an_article_without_blank_lines_is_read_line_by_line() -> None:
    """One paragraph on each line: headings, captions and links between them are told apart."""
    (article,) = read(DATA / "agency_lines.txt")
    assert isinstance(article, Article)
    assert article.title == "Scientists count more puffins than ever on northern islands"
    assert (article.source, article.published) == ("Reuters", date(2022, 6, 10))
    assert [block.kind for block in article.blocks] == [
        "paragraph",
        "paragraph",
        "heading",
        "paragraph",
        "paragraph",
        "caption",
        "heading",
        "paragraph",
        "boilerplate",
        "boilerplate",
    ]


# Blocks


@pytest.mark.parametrize(
    "line",
    [
        "What Kim wants",
        "What Kim Wants",
        "A new era",
        "KIM'S DEMANDS",
        "What comes next?",
        "The main points:",
        "'I love you'",
        "From Hanoi to Vladivostok",
        "Investigations",
        "No deal in sight",
    ],
)
def test_short_lines_between_paragraphs_are_headings(line: str) -> None:
    """With blank lines and without, after a title or not."""
    assert ("heading", line) in kinds(f"A title\n\n{PROSE}\n\n{line}\n\n{MORE}\n")
    assert ("heading", line) in kinds(f"A title\n{PROSE}\n{line}\n{MORE}\n")


@pytest.mark.parametrize(
    "line",
    [
        "He came by train.",
        "“Nothing will change.”",
        '"Nothing will change," he said.',
        "And what does he want?",
        "But it was too late!",
        "Nobody knew (not even Lavrov).",
        "She adds:",
        "Kim met Putin in Vladivostok. They spoke for two hours",
        "The company, which offers a premium subscription for 9.99 euros a month, gained new members.",
        "Reporting by the New York Times showed that the bridge was unsafe.",
        "By Thursday the army had moved in.",
        "Contributors to the fund said they would sue.",
        "Follow-up talks were held in Stockholm in October.",
        "Getting the deal done took two years and cost 5 million dollars.",
        "Related research from Oslo found the same effect in mice.",
        "Released prisoners said they had been beaten.",
        "Photos from the scene showed smoke over the roof.",
        "“Subscribe to our newsletter and save 50 percent,” the message said.",
        "The Guardian contacted Facebook for comment.",
        "More than 120 people died.",
        "Image-conscious leaders avoid the topic.",
        "Bild-Zeitung reported the deal first.",
        "Take the 2 million people who lost months of pay.",
        "Our correspondent saw no soldiers.",
        "Watching the vote from the gallery, she wept.",
        "This report was published by the United Nations on Tuesday.",
        "Advertisement revenue fell by a third, the newspaper said.",
    ],
)
def test_sentences_are_never_lost(line: str) -> None:
    """A short or odd sentence of the report is a paragraph, in the middle and at the end."""
    assert ("paragraph", line) in kinds(f"A title\n\n{PROSE}\n\n{line}\n\n{MORE}\n\n{MORE}\n\n{MORE}\n\n{MORE}\n")
    assert ("paragraph", line) in kinds(f"A title\n\n{PROSE}\n\n{MORE}\n\n{line}\n")


@pytest.mark.parametrize(
    "line",
    [
        "Advertisement",
        "ADVERTISEMENT",
        "Read more: Kim and Putin in pictures",
        "READ MORE: Kim and Putin in pictures",
        "Read more",
        "Read also: What is next?",
        "Related: The Hanoi summit and why it failed.",
        "More:Trump and Kim in Hanoi",
        "See also: Trump and Kim in Hanoi.",
        "Subscribe to our newsletter",
        "Subscribe to our newsletter.",
        "Sign up for our daily newsletter to get the news in your inbox every day.",
        "Follow us on Twitter and Facebook.",
        "Follow USA Today on Facebook!",
        "Follow @newsqa for updates.",
        "Click here to watch the video.",
        "All rights reserved.",
        "Copyright 2019 The Daily News. All rights reserved.",
        "© 2019 The Daily News",
        "Share this article",
        "Download our free app.",
        "Watch: Kim arrives in Vladivostok",
        "Continue reading below",
        "Story continues below advertisement",
        "(Reporting by Jane Doe; Editing by John Roe)",
        "Reporting by Jane Doe and John Roe; Editing by Max Moe",
        "Jane Doe contributed to this report.",
        "Contributing: The Associated Press",
        "– Jane Doe",
        "(dpa)",
        "- AP",
        "REUTER",
        "ENDS",
        "***",
        "___",
        "Don't miss our special offer: subscribe now and save 50%!",
        "Thank you for reading.",
        "This story has been updated with new information.",
        "By Jane Doe",
    ],
)
def test_adverts_links_and_credits_are_boilerplate(line: str) -> None:
    """Wherever they stand."""
    assert ("boilerplate", line) in kinds(
        f"A title\n\n{PROSE}\n\n{line}\n\n{MORE}\n\n{MORE}\n\n{MORE}\n\n{MORE}\n"
    )
    assert ("boilerplate", line) in kinds(f"A title\n\n{PROSE}\n\n{MORE}\n\n{line}\n")


@pytest.mark.parametrize(
    "line",
    [
        "Enjoy unlimited reading with our new subscription - just 1 euro for the first month!",
        "Get full digital access for only $1 a week.",
        "Want more news like this? Try our premium membership for free!",
        "Try four weeks for free, cancel anytime.",
        "Support independent journalism and become a member today.",
        "Unlock all articles now - 12 months for the price of 6!",
        "Read all our articles without ads: test our e-paper for 4 weeks.",
        "Only today: save 30% on your annual subscription!",
        "Jane Doe covers Asia for the Daily News. Reach her at jane@example.com.",
        "Jetzt Abo testen und 50 % sparen!",
    ],
)
def test_a_closing_advert_is_boilerplate_though_it_is_a_sentence(line: str) -> None:
    """At the end of an article the bar for marketing words is lower."""
    assert kinds(f"A title\n\n{PROSE}\n\n{MORE}\n\n{line}\n")[-1] == ("boilerplate", line)
    assert kinds(f"A title\n{PROSE}\n{MORE}\n{line}\n")[-1] == ("boilerplate", line)


@pytest.mark.parametrize(
    "line",
    [
        "Photo: Kim arrives in Vladivostok",
        "(Photo by Jane Doe/Getty Images)",
        "File picture of the armoured train",
        "FILE - Kim Jong Un leaves the train in Vladivostok, Russia.",
        "Kim Jong Un in Vladivostok. (Photo: Jane Doe)",
        "Kim Jong Un leaves the train. Jane Doe/AFP/Getty Images",
        "Image: A train at the station",
        "In this photo, Kim waves to the crowd.",
    ],
)
def test_captions_are_captions(line: str) -> None:
    """A picture's text is no sentence of the report."""
    assert ("caption", line) in kinds(f"A title\n\n{PROSE}\n\n{line}\n\n{MORE}\n")


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        ("A title\nA subtitle below it\n\n", ["subtitle"]),
        ("A title\n\nA subtitle below it\n\n", ["subtitle"]),
        ("A title\nA subtitle below it\nAnd a second one\n\n", ["subtitle", "subtitle"]),
        ("A title\n\nBy Jane Doe\n\n", ["boilerplate"]),
        (
            "A title\nA subtitle below it\nBy Jane Doe\nPublished: 25 April 2019\n\n",
            ["subtitle"] + ["boilerplate"] * 2,
        ),
        ("A title\n\nVladivostok, 25 April 2019\n\n", ["boilerplate"]),
        ("A title\n\nA full sentence says what the story is.\n\nMOSCOW (AP) — ", ["subtitle"]),
        ("A title\n\n## A heading\n\n", ["heading"]),
        ("A title\n\n", []),
    ],
)
def test_what_stands_between_title_and_report(head: str, expected: list[str]) -> None:
    """Subtitles, bylines, places and dates at the top are told from the first paragraph."""
    found = kinds(f"{head}{PROSE}\n\n{MORE}\n")
    assert [kind for kind, _ in found] == [*expected, "paragraph", "paragraph"]


def test_lists_are_prose_and_lists_of_links_are_not() -> None:
    """Bullets and runs of short lines hold facts; under `Related` they hold headlines."""
    bullets = kinds(f"A title\n\n{PROSE}\n\nKim asked for:\n\n- relief from sanctions\n- guarantees\n\n{MORE}\n")
    assert ("paragraph", "- relief from sanctions") in bullets
    assert ("paragraph", "Kim asked for:") in bullets
    table = kinds(f"A title\n\n{PROSE}\n\nNet profit 3 mln\n\nNet sales 9 mln\n\nDividend two cents\n\n{MORE}\n")
    assert ("paragraph", "Dividend two cents") in table
    related = kinds(f"A title\n\n{PROSE}\n\n{MORE}\n\nRelated stories\n\n- Kim in Hanoi\n- Kim in Singapore\n")
    assert [kind for kind, _ in related] == ["paragraph", "paragraph"] + ["boilerplate"] * 3


ADVERT = "Enjoy unlimited reading with our new subscription - just 1 euro for the first month!"
PARTS = [
    ("paragraph", f"{PROSE} {MORE}"),
    ("heading", "Why did they meet?"),
    ("paragraph", f"{MORE} {PROSE} The end is open."),
    ("heading", "What Kim wants"),
    ("paragraph", f"{PROSE} Nobody knew why."),
    ("boilerplate", ADVERT),
]


def wrap(text: str, width: int = 72, indent: str = "") -> str:
    return textwrap.fill(text, width, initial_indent=indent, break_on_hyphens=False)


@pytest.mark.parametrize(
    "text",
    [
        "\n\n".join(text for _, text in PARTS),
        "\n".join(text for _, text in PARTS),
        "\n\n".join(wrap(text) for _, text in PARTS),
        "\n".join(wrap(text) for _, text in PARTS),
        "\n".join(wrap(text, 64) for _, text in PARTS),
        "\n".join(wrap(text, 68, "    ") if kind == "paragraph" else text for kind, text in PARTS),
        "\n\n".join(wrap(text, 68, "  ") if kind == "paragraph" else text for kind, text in PARTS),
        textwrap.indent("\n\n".join(wrap(text) for _, text in PARTS), "    "),
    ],
    ids=["blank", "lines", "wrapped", "wrapped-lines", "narrow", "indented", "indented-blank", "all-indented"],
)
def test_every_layout_gives_the_same_blocks(text: str) -> None:
    """Blank lines, one line for each paragraph, hard wraps and indents are told by the lines themselves."""
    found = [(kind, " ".join(span.split())) for kind, span in kinds(f"A title\n\n{text}\n")]
    assert found == PARTS


def test_markdown_marks_are_understood() -> None:
    """Headings of both kinds, images, comments, code, rules and quotes."""
    text = (
        f"# The title\n\n{PROSE}\n\n## Talks\n\n![A train](train.jpg)\n\n{MORE}\n\n<!-- hidden\n\ntext -->\n\n"
        f"Demands\n-------\n\n> It is a *good* day.\n\n```\ncode here\n```\n\n* * *\n\n[link]: https://example.com\n"
    )
    article = build_article(text, "/a", markdown=True)
    assert article.title == "The title"
    assert [(block.kind, block.span.of(article.text)) for block in article.blocks] == [
        ("paragraph", PROSE),
        ("heading", "Talks"),
        ("paragraph", MORE),
        ("heading", "Demands"),
        ("paragraph", "It is a good day."),
        ("boilerplate", "```\ncode here\n```"),
        ("boilerplate", "* * *"),
    ]
    assert [passage.heading for passage in SentenceSplitter().split(article)] == ["", "Talks", "Demands"]


def test_an_unclosed_fence_or_comment_loses_nothing_below_it() -> None:
    """Only the line itself is set aside."""
    for opening in ("```", "<!-- oops"):
        assert kinds(f"# T\n\n{PROSE}\n\n{opening}\n\n{MORE}\n", markdown=True)[-1] == ("paragraph", MORE)


def test_markup_in_a_text_stays_text() -> None:
    """Escaping is for those who show it; reading bare text changes nothing, and Markdown has tags of its own."""
    line = "He wrote <script>alert(1)</script> and <b>left</b> the room."
    assert ("paragraph", line) in kinds(f"T\n\n{PROSE}\n\n{line}\n", markdown=False)
    assert ("paragraph", "He wrote and left the room.") in kinds(f"# T\n\n{PROSE}\n\n{line}\n", markdown=True)


# Titles, sources, dates


@pytest.mark.parametrize(
    ("text", "title"),
    [
        (f"Kim meets Putin\n\n{PROSE}", "Kim meets Putin"),
        (f"Kim meets Putin\n{PROSE}", "Kim meets Putin"),
        (f"\n\n  Kim meets Putin  \n\n{PROSE}", "Kim meets Putin"),
        (f"# Kim meets Putin\n\n{PROSE}", "Kim meets Putin"),
        (f"# Kim meets Putin #\n{PROSE}", "Kim meets Putin"),
        (f"Kim meets Putin\n===============\n\n{PROSE}", "Kim meets Putin"),
        (f"**Kim meets Putin**\n\n{PROSE}", "Kim meets Putin"),
        (f"What does Kim want?\n\n{PROSE}", "What does Kim want?"),
        (f"“No deal”\n\n{PROSE}", "“No deal”"),
        (f"Opinion: Why Kim meets Putin\n\n{PROSE}", "Opinion: Why Kim meets Putin"),
        (f"Kim meets Putin\n\nKim meets Putin\n\n{PROSE}", "Kim meets Putin"),
        (f"---\ntitle: Given\n---\n{PROSE}", "Given"),
        (f"---\ntitle: Given\n---\n# Given\n\n{PROSE}", "Given"),
        (f"---\ntitle: '{'x' * 300}'\n---\n{PROSE}", "x" * 300),
        (f"MOSCOW (AP) — {PROSE}\n\n{MORE}", PROSE),
        (f"(CNN) -- {PROSE}\n\n{MORE}", PROSE),
        (PROSE, PROSE),
        (
            f"{PROSE[:-1]}, {MORE}\n\n{MORE}",
            "Kim met Putin in Vladivostok on Thursday and asked him for help against the sanctions …",
        ),
    ],
)
def test_the_title_is_found(text: str, title: str) -> None:
    """Front matter, heading, first line, in that order; else the report's first words."""
    article = build_article(text, "/a", markdown=True)
    assert article.title == title
    paragraphs = [block for block in article.blocks if block.kind == "paragraph"]
    assert paragraphs[0].span.of(article.text).endswith((PROSE, MORE))
    assert article.text.count("Given") == 0


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2019-04-25", date(2019, 4, 25)),
        ("2019-04-25T10:30:00Z", date(2019, 4, 25)),
        ("2019-04-25 10:30:00+02:00", date(2019, 4, 25)),
        ("20190425T103000Z", date(2019, 4, 25)),
        ("25 April 2019", date(2019, 4, 25)),
        ("25 Apr 2019", date(2019, 4, 25)),
        ("25th of April 2019", date(2019, 4, 25)),
        ("April 25, 2019", date(2019, 4, 25)),
        ("Apr. 25, 2019, 5:06 a.m. ET", date(2019, 4, 25)),
        ("Thu, 25 Apr 2019 10:30:00 GMT", date(2019, 4, 25)),
        ("Thursday, April 25th, 2019", date(2019, 4, 25)),
        ("Sept. 9, 1948", date(1948, 9, 9)),
        ("23-FEB-1987 15:01:01.79", date(1987, 2, 23)),
        (" 2-MAR-1987 12:40:44.04", date(1987, 3, 2)),
        ("2022/06/10", date(2022, 6, 10)),
        ("2022.06.10", date(2022, 6, 10)),
        ("25.04.2019", date(2019, 4, 25)),
        ("29 February 2020", date(2020, 2, 29)),
        ("29 February 2019", None),
        ("2019-13-01", None),
        ("04/05/2019", None),
        ("April 25", None),
        ("April 2019", None),
        ("2019", None),
        ("yesterday", None),
        ("25 Foo 2019", None),
        ("", None),
        ("12019-04-25", None),
        ("9" * 100_000, None),
    ],
)
def test_dates_are_read_or_left_open(text: str, day: date | None) -> None:
    """A complete day in a known form is read; nothing is guessed."""
    assert parse_date(text) == day


@pytest.mark.parametrize(
    ("text", "source", "day"),
    [
        (f"T\n\nVLADIVOSTOK, Russia, April 25, 2019 (Reuters) - {PROSE}", "Reuters", date(2019, 4, 25)),
        (f"T\n\nVLADIVOSTOK, Russia, April 25 (Reuters) - {PROSE}", "Reuters", None),
        (f"T\n\nPublished: 25 April 2019\n\n{PROSE} (dpa)", "dpa", date(2019, 4, 25)),
        (f"T\n\nPublished on April 25, 2019\n\n{PROSE}", "", date(2019, 4, 25)),
        (f"T\n\nVladivostok, 25 April 2019\n\n{PROSE}", "", date(2019, 4, 25)),
        (f"(CNN) -- {PROSE}\n\n{MORE}", "CNN", None),
        (f"T\n\n{PROSE}\n\n{MORE} - AP", "AP", None),
        (f"T\n\nSource: The Daily News\n\n{PROSE}", "The Daily News", None),
        (f"T\n\n{PROSE}\n\nOn 25 April 2019 they met.", "", None),
        (
            f"---\nsource: BBC\ndate: 2019-04-26\n---\nT\n\nMOSCOW, April 25, 2019 (AP) - {PROSE}",
            "BBC",
            date(2019, 4, 26),
        ),
        (f"---\ndate: some day\n---\nT\n\nMOSCOW, April 25, 2019 (AP) - {PROSE}", "AP", None),
    ],
)
def test_source_and_date_are_taken_from_the_text_if_it_states_them(
    text: str, source: str, day: date | None
) -> None:
    """From datelines, header lines and closing marks, never from the report itself; front matter goes first."""
    article = build_article(text, "/a", markdown=False)
    assert (article.source, article.published) == (source, day)


def test_front_matter_is_read_as_it_stands() -> None:
    """Keys in any case, other names for them, unknown keys ignored, what was given for the date kept."""
    article = build_article(
        "---\nTitle: 2019\nsource: The Daily News\nDate: 23 April 2019\nlink: HTTPS://Example.com/a?utm_source=x#top\n"
        f"lang: en\ntags: [a, b]\nnested: {{a: 1}}\nempty:\n---\n\n{PROSE}\n",
        "/a",
        markdown=True,
    )
    assert article.title == "2019"
    assert article.source == "The Daily News"
    assert (article.published, article.published_text) == (date(2019, 4, 23), "23 April 2019")
    assert article.url == "https://example.com/a"
    assert article.language == "en"
    assert article.text == PROSE


@pytest.mark.parametrize(
    ("front", "author"),
    [("author: Mira Holt", "Mira Holt"), ("Authors: [Mira Holt, Ole Berg]", "Mira Holt, Ole Berg"), ("a: b", "")],
)
def test_front_matter_names_the_author(front: str, author: str) -> None:
    """One author or a list of them."""
    assert build_article(f"---\n{front}\n---\n\n{PROSE}\n", "/a", markdown=True).author == author


@pytest.mark.parametrize(
    ("front", "said"),
    [
        ("title: Kim: the summit", "line 2: mapping values"),
        ("title: [open", "line"),
        ("a\nb", "not made of 'name: value'"),
        ("- a\n- b", "not made of 'name: value'"),
        ("title: [a, b]", "title must be one piece of text"),
        ("authors: [[a]]", "authors must be one piece of text"),
        ("a: &x 1\nb: *x", "line 2: YAML anchors"),
        ("a: *x", "line 2: YAML anchors"),
        ("a: " + "[" * 5000, "nested"),
        ("a: !!python/object/apply:os.system ['true']", "could not determine a constructor"),
        ("url: javascript:alert(1)", "not a web address"),
        ("url: not a url", "not a web address"),
        ("url: 'http://['", "not a web address"),
        ("language: <b>", "not a code"),
        ("? [a]\n: b", "unhashable"),
        ("k: " + "x" * 70_000, "64 kB"),
    ],
)
def test_broken_front_matter_is_refused_with_its_reason(tmp_path: Path, front: str, said: str) -> None:
    """Never a crash, and never swallowed as text; the message names the place and what to do."""
    why = reason(tmp_path, f"---\n{front}\n---\n{PROSE}\n", "a.md")
    assert said in why
    assert why.endswith(".")


def test_front_matter_that_does_not_end_is_refused(tmp_path: Path) -> None:
    """A file that opens front matter must close it."""
    assert "does not end" in reason(tmp_path, f"---\ntitle: x\n\n{PROSE}\n")


# Identity


def test_ids_come_from_the_url_or_the_path() -> None:
    """The same URL is the same article whatever its tracking parameters; else the path counts."""
    assert article_id("https://Example.com/a?utm_source=x&b=1#c", "/x") == article_id(
        "https://example.com/a?b=1", "/y"
    )
    assert article_id("", "/x") != article_id("", "/y")
    assert len(article_id("", "/x")) == 16
    assert canonical_url("http://example.com:80") == "https://example.com/"


def test_the_content_hash_sees_what_the_reader_sees() -> None:
    """Title, text, source, date, URL and language change it; the path does not."""
    base = f"---\ntitle: T\nsource: S\ndate: 2019-04-25\nurl: https://e.com/a\nlanguage: en\n---\n{PROSE}\n"
    one = build_article(base, "/a", markdown=True).content_hash
    assert build_article(base, "/b", markdown=True).content_hash == one
    changes = [
        ("T\n", "U\n"),
        (": S", ": R"),
        ("04-25", "04-26"),
        ("com/a", "com/b"),
        (": en", ": de"),
        ("Kim", "He"),
    ]
    others = {build_article(base.replace(old, new), "/a", markdown=True).content_hash for old, new in changes}
    assert len(others | {one}) == 7


def test_two_files_with_one_url_have_ids_of_their_own(tmp_path: Path) -> None:
    """Both give the id of their address, and each one that is its own, for where the other came first."""
    for name in ("a.md", "b.md"):
        (tmp_path / name).write_text(f"---\ntitle: {name}\nurl: https://e.com/x\n---\n{PROSE}\n")
    first, second = read(tmp_path)
    assert isinstance(first, Article)
    assert isinstance(second, Article)
    assert first.id == second.id
    assert len({first.id, first.own_id, second.own_id}) == 3


# Encodings


@pytest.mark.parametrize(
    "data",
    [
        "Café “quote” — 5 €".encode(),
        codecs.BOM_UTF8 + "Café “quote” — 5 €".encode(),
        "\ufeffCafé “quote” — 5 €".encode("utf-16-le"),
        "\ufeffCafé “quote” — 5 €".encode("utf-16-be"),
        "\ufeffCafé “quote” — 5 €".encode("utf-32-le"),
        "Café “quote” — 5 €".encode("cp1252"),
    ],
)
def test_encodings_are_recognised(tmp_path: Path, data: bytes) -> None:
    """UTF-8, UTF-16 and UTF-32 by their marks, UTF-8 without, Windows-1252 as a last resort."""
    article = read_one(tmp_path, data)
    assert article.text == "Café “quote” — 5 €"


def test_line_ends_and_what_cannot_be_seen_are_the_only_things_that_are_changed(tmp_path: Path) -> None:
    """CRLF and CR become LF, accents join their letters; odd characters that `splitlines` breaks at stay."""
    odd = "e\u0301\u2028\u0085\x0c\x0b\t\u200b\u202e\u00a0 x"
    article = read_one(tmp_path, f"T\r\n\r\n{PROSE}{odd}\r{MORE}\r\n".encode())
    kept = "\u00e9\u2028\u0085\x0c\x0b\t\u202e\u00a0 x"
    assert article.text == f"{PROSE}{kept}\n{MORE}"


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "empty"),
        (b" \n\t\r\n ", "empty"),
        (codecs.BOM_UTF8, "no text"),
        (b"# \n\n---\n\n...\n", "no text"),
        (b"Kim\0Putin", "binary"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "binary"),
        (b"Kim met\x1b[2J Putin.", "line 1 has a control character"),
        (b"One.\nTwo.\x07", "line 2 has a control character"),
        ("One \x9b31m two.".encode(), "control character"),
        (b"\xff\xfeK", "UTF-16"),
        (b"\xff\xfe\x00\xd8\x41\x00", "UTF-16"),
        (bytes(range(128, 256)) * 9, "neither UTF-8 nor Windows-1252"),
        (b"Kim met \x81\x8d Putin.", "neither UTF-8 nor Windows-1252"),
        (b"x" * 2001, "0.0 MB; files up to 0.002 MB"),
    ],
)
def test_what_is_no_text_is_refused_in_plain_words(tmp_path: Path, data: bytes, said: str) -> None:
    """Empty, binary, undecodable, too large."""
    assert said in reason(tmp_path, data, max_bytes=2000)


def test_a_large_file_is_refused_without_being_read(tmp_path: Path) -> None:
    """A sparse file of 50 GB costs nothing."""
    path = tmp_path / "a.txt"
    with path.open("wb") as file:
        file.truncate(50_000_000_000)
    (found,) = read(path)
    assert isinstance(found, IngestEvent)
    assert "50000.0 MB" in found.reason
    assert "NEWSQA_MAX_FILE_MB" in found.reason


# Folders and files


def test_one_bad_file_never_stops_the_rest(tmp_path: Path) -> None:
    """Files come in order, depth first; hidden and other kinds are passed over; each fault is named."""
    for name in ("b/one.md", "a.txt", "c.markdown", "d.TEXT", ".hidden.md", "e.jpg", ".git/x.md", "b/.y.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(f"{name}\n\n{PROSE}\n")
    (tmp_path / "b" / "two.md").write_bytes(b"\0")
    found = read(tmp_path)
    assert [Path(one.path if isinstance(one, Article) else one.name).name for one in found] == [
        "a.txt",
        "one.md",
        "two.md",
        "c.markdown",
        "d.TEXT",
    ]
    assert [type(one) for one in found] == [Article, Article, IngestEvent, Article, Article]
    assert found == read(tmp_path)


def test_what_is_named_directly_and_cannot_be_read_is_reported(tmp_path: Path) -> None:
    """A missing path, another kind of file, something that is no file."""
    (tmp_path / "a.jpg").write_text("x")
    os.mkfifo(tmp_path / "pipe.txt")
    found = read(tmp_path / "none", tmp_path / "a.jpg", tmp_path / "pipe.txt", tmp_path / ("x" * 300))
    reasons = [one.reason for one in found if isinstance(one, IngestEvent)]
    assert "no such file" in reasons[0]
    assert ".md, .markdown, .txt, .text" in reasons[1]
    assert "neither a file nor a folder" in reasons[2]
    assert "cannot be read" in reasons[3]


def test_a_pipe_in_a_folder_is_passed_over(tmp_path: Path) -> None:
    """Reading it would wait for ever."""
    os.mkfifo(tmp_path / "pipe.txt")
    assert read(tmp_path) == []


def test_links_that_leave_the_folder_are_not_followed(tmp_path: Path) -> None:
    """Neither to files nor to folders; links inside and loops give each article once."""
    inside, outside = tmp_path / "in", tmp_path / "out"
    for folder in (inside, outside):
        folder.mkdir()
        (folder / "a.md").write_text(f"{folder.name}\n\n{PROSE}\n")
    (inside / "b.md").symlink_to(outside / "a.md")
    (inside / "c").symlink_to(outside)
    (inside / "d.md").symlink_to(inside / "a.md")
    (inside / "e").symlink_to(inside)
    (inside / "f.md").symlink_to(inside / "gone.md")
    found = read(inside, inside / "a.md")
    assert [one.title for one in found if isinstance(one, Article)] == ["in"]
    assert [Path(one.name).name for one in found if isinstance(one, IngestEvent)] == ["b.md", "c", "f.md"]
    assert len(read(inside / "b.md")) == 1
    assert isinstance(read(inside / "b.md")[0], Article)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission_is_reported(tmp_path: Path) -> None:
    """In plain words."""
    path = tmp_path / "a.txt"
    path.write_text(PROSE)
    path.chmod(0)
    (found,) = read(path)
    assert isinstance(found, IngestEvent)
    assert "permission" in found.reason


def test_a_name_that_is_no_text_is_spelled_out(tmp_path: Path) -> None:
    """Bytes that are no UTF-8, and characters that would move a terminal's cursor."""
    path = tmp_path / os.fsdecode(b"a\xff\x1b[2J.txt")
    path.write_text(f"T\n\n{PROSE}\n")
    (article,) = read(path)
    assert isinstance(article, Article)
    assert article.path.endswith("a\\xff\\x1b[2J.txt")
    article.path.encode()


# Any bytes at all


@settings(max_examples=100, deadline=None)
@given(
    st.one_of(
        st.binary(max_size=300),
        st.text(max_size=300).map(lambda text: text.encode()),
        st.text(alphabet=" \n-:#*>[]!<`~=|&'\"aB1.\t{}", max_size=200).map(lambda text: b"---\n" + text.encode()),
    )
)
def test_no_bytes_crash_the_reader(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    """Every file gives an article or a failed event with a reason."""
    path = tmp_path_factory.getbasetemp() / "any.md"
    path.write_bytes(data)
    (found,) = read(path)
    if isinstance(found, Article):
        assert any(one.isalpha() for one in found.text)
        assert found.title
    else:
        assert found.reason.endswith(".")


@pytest.mark.parametrize(
    "piece", ["- x\n", "a\n", "* \n", "x y\n", "```\n", "<!--\n", "![](\n", "# a\n", "By A\n", "("]
)
def test_a_hostile_text_is_read_in_linear_time(piece: str) -> None:
    """Four times the text takes at most about four times as long, whatever it repeats."""

    def seconds(size: int) -> float:
        text = f"{PROSE}\n\n" + piece * (size // len(piece))
        begin = time.process_time()
        build_article(text, "/a", markdown=True)
        return time.process_time() - begin

    seconds(1000)
    assert min(seconds(120_000), seconds(120_000)) < 0.5 + 10 * seconds(30_000)


def test_a_sentence_goes_on_after_a_short_line() -> None:
    """In a text that somebody wrapped unevenly, a name at the start of a line ends no paragraph before it."""
    text = (
        "Otters back in the Lenn\n\nTwelve otters were counted in the upper Lenn this\nspring, said ranger\n"
        "Ola Brandt.\nThe last had been shot in 1961 by the fishermen\nof the lower villages, who\n"
        "Brandt said were paid for it.\n"
    )
    article = build_article(text, "/otters.txt", markdown=False)
    assert [" ".join(block.span.of(article.text).split()) for block in article.blocks] == [
        "Twelve otters were counted in the upper Lenn this spring, said ranger Ola Brandt.",
        "The last had been shot in 1961 by the fishermen of the lower villages, who Brandt said were paid for it.",
    ]
    assert {block.kind for block in article.blocks} == {"paragraph"}
