"""Altered copies hide nothing, and many copies outvote nobody."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from newsqa import NewsQA
from newsqa.interfaces.page.conversation import exchange_html
from newsqa.interfaces.page.exchange import Exchange, recall, remember
from newsqa.interfaces.render import to_markdown, to_text
from newsqa.search.hybrid import HybridSearch
from newsqa.store import Index
from newsqa.text.copies import holds
from newsqa.text.particulars import differ, twin
from newsqa.types import Article, IngestReport
from tests.fakes import HashingEncoder, ParagraphSplitter, make_article

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("The new lock cost 14 million euros.", "The new lock cost 41 million euros.", True),
        ("The new lock cost 14 million euros.", "The new lock cost 14 billion euros.", True),
        ("The lock cost 1.5m euros.", "The lock cost 15m euros.", True),
        ("The lock cost £3m.", "The lock cost €3m.", True),
        ("Fourteen men were saved.", "Forty men were saved.", True),
        ("The harbour master knew of it.", "The harbour master never knew of it.", True),
        ("He didn't sign the order.", "He did sign the order.", True),
        ("The owner, Bram Voss, was freed.", "The owner, Bram Foss, was freed.", True),
        ("Voss sued the town of Lenn.", "Lenn sued the town of Voss.", True),
        ("Voss and Maren were freed.", "Voss was freed.", True),
        ("It opened on Friday.", "It opened on Monday.", True),
        ("The lock cost fourteen million dollars.", "The lock cost $14 million.", False),
        ("The lock cost 14,000 euros.", "The lock cost 14000 euros.", False),
        ("On Tuesday Voss shut the lock.", "Voss shut the lock on Tuesday.", False),
        ("The lock was shut, said Voss.", "The lock has been closed, said Voss.", False),
        ("He didn't sign.", "He did not sign.", False),
        ("He didn’t sign.", "He didn't sign.", False),
    ],
)  # fmt: skip
def test_what_makes_a_sentence_another(one: str, other: str, *, expected: bool) -> None:
    """A figure, its scale or money, a name, who did it to whom, a negation; not how these are written."""
    assert differ(one, other) is expected
    assert differ(other, one) is expected


def test_another_version_of_a_sentence_is_found() -> None:
    """The one that does not differ where there is one, else the one most alike; nothing where none is alike."""
    asked = "The new lock at Lenn cost 14 million euros, said Bram Voss."
    altered, other = asked.replace("14", "41"), "Two barges had waited in the rain since the early morning."
    assert twin(asked, [other, altered, asked.upper().capitalize()]) is not None
    assert twin(asked, [other, altered]) == altered
    assert twin(asked, [altered, asked]) == asked
    assert twin(asked, [other]) is None


@pytest.mark.parametrize(
    ("stands", "quote"),
    [
        (True, "The lock at Lenn cost 14 million euros, said Bram Voss. It opens on Friday."),
        (False, "The lock at Lenn cost 41 million euros, said Bram Voss. It opens on Friday."),
        (False, "The lock at Lenn cost 14 million euros, said Bram Foss. It opens on Friday."),
        (False, "The lock at Lenn cost 14 million euros, said Bram Voss. It never opens on Friday."),
        (True, "the lock at Lenn cost 14 million euros said Bram Voss"),
        (False, "Barges waited."),
    ],
)
def test_also_in_means_the_very_quote(quote: str, *, stands: bool) -> None:
    """A quote stands in a text with each of its sentences, and every figure, name and negation of it."""
    text = "Ships may pass again. The lock at Lenn cost 14 million euros, said Bram Voss. It opens on Friday."
    assert holds(text, quote) is stands


REPORT = (
    "The new sea lock at Lenn cost 14 million euros, harbour master Bram Voss said when he opened it on Friday.",
    "It is 120 metres long, and two coasters can lie in it side by side while the tide is out.",
    "The old lock, whose gates had leaked since the flood, will be a dry dock for the town's fishing boats.",
)
TEXT = " ".join(REPORT)
QUESTION = "How much did the new sea lock at Lenn cost?"


def report(number: int, figure: str, source: str, *, text: str = TEXT, claimed: bool = False) -> Article:
    """An outlet's copy of the report, with another figure."""
    article = make_article(
        f"lock-{number}", text.replace("14", figure), title="Sea lock opened", source=source,
        published=date(2024, 5, 3), url=f"https://{source}.example/lock",
    )  # fmt: skip
    values = {name: getattr(article, name) for name in Article.__slots__}
    return Article(**{**values, "claimed": claimed})


def found(home: Path, articles: list[Article], k: int = 8) -> list[str]:
    """The texts of the passages that are found for the question."""
    with Index.open(home, HashingEncoder(), ParagraphSplitter()) as index:
        index.ingest(articles)
        return [hit.passage.text for hit in HybridSearch(index, HashingEncoder()).search(QUESTION, k)]


@pytest.mark.parametrize("text", [" ".join(REPORT), REPORT[0]], ids=["a story", "too short for one"])
def test_an_altered_copy_is_found_beside_the_original(tmp_path: Path, text: str) -> None:
    """Copies that say the same are one passage; one with another figure is a second, whichever came first."""
    articles = [report(1, "14", "courier", text=text), report(2, "41", "liar", text=text)]
    articles.append(report(3, "14", "post", text=text))
    for place, order in enumerate((articles, articles[::-1])):
        texts = found(tmp_path / str(place), order)
        assert sorted(texts) == sorted(text.replace("14", figure) for figure in ("14", "41"))


MANY = [str(number) for number in range(100, 160)]


@pytest.mark.parametrize(
    ("figures", "first"),
    [(["41"] * 60, True), (["41"] * 60, False), (MANY, True)],
    ids=["one, after it", "one, before it", "many, after it"],
)
def test_sixty_altered_copies_do_not_push_the_original_out(
    tmp_path: Path, figures: list[str], *, first: bool
) -> None:
    """With one false figure or with sixty, and better matching the question than the original does."""
    lure = f"{QUESTION} {REPORT[0]} {REPORT[1]}"
    forged = [report(number, figure, f"liar-{number}", text=lure) for number, figure in enumerate(figures, 10)]
    honest = [report(1, "14", "courier", text=f"{REPORT[0]} {REPORT[1]}")]
    texts = found(tmp_path, [*honest, *forged] if first else [*forged, *honest], k=5)
    assert any("cost 14 million" in text for text in texts)
    assert len(texts) <= 4


def test_an_article_made_for_every_question_leaves_room(tmp_path: Path) -> None:
    """Of eight places one article has four at most while there are others, and all where there are none."""
    lures = [f"{QUESTION} Lock, sea, Lenn, cost: item {number} of {number * 7}." for number in range(70)]
    lure = make_article("lure", *lures, title=QUESTION)
    towns = "Arlen Sund Hale Tarn Ostrow Melby Karst Vinn Dorn".split()
    others = [
        make_article(town, f"{town} has a sea lock, for {town.lower()} ships and {town}ers.") for town in towns
    ]
    texts = found(tmp_path / "both", [lure, *others])
    assert sum("item" in text for text in texts) == 4
    assert len(texts) == 8
    assert len(found(tmp_path / "one", [lure])) == 8


def test_of_copies_the_one_that_was_fetched_is_shown(tmp_path: Path) -> None:
    """What only claims its address gives way to the same text from its outlet, whatever it scores."""
    with Index.open(tmp_path, HashingEncoder(), ParagraphSplitter()) as index:
        index.ingest([report(1, "14", "forged", claimed=True), report(2, "14", "courier")])
        (hit,) = HybridSearch(index, HashingEncoder()).search(QUESTION, 8)
    assert hit.passage.source == "courier"


Ask = Callable[[list[tuple[str, str]]], NewsQA]


@pytest.fixture
def newsqa(tmp_path: Path) -> Ask:
    """Makes an index of copies, each an outlet with the figure in its copy."""

    def make(copies: list[tuple[str, str]]) -> NewsQA:
        folder = tmp_path / "articles"
        folder.mkdir()
        for number, (source, figure) in enumerate(copies):
            head = f"---\ntitle: Sea lock opened\nsource: {source}\npublished: 2024-05-03\n---\n"
            (folder / f"{number:03}.md").write_text(head + TEXT.replace("14", figure), encoding="utf-8")
        qa = NewsQA.open(tmp_path / "home")
        report: IngestReport = qa.ingest([folder])
        assert report.added == len(copies)
        return qa

    return make


@pytest.mark.parametrize("order", [1, -1])
def test_an_answer_says_that_copies_differ(newsqa: Ask, order: int) -> None:
    """Both are shown, each with its outlet, as text, Markdown, JSON and HTML; the page remembers it."""
    with newsqa([("Courier", "14"), ("Post", "14"), ("Liar", "41")][::order]) as qa:
        answer = qa.ask(QUESTION)
    assert not answer.abstained
    (cited,) = answer.citations
    (variant,) = cited.otherwise
    said = {"14" if "14 million" in cited.quote else "41", "14" if "14 million" in variant.quote else "41"}
    assert said == {"14", "41"}
    outlets = {cited.passage.source, *(copy.source for copy in cited.also)}
    assert "Liar" in outlets ^ {variant.copy.source}
    assert {"Courier", "Post"} & outlets != {"Courier", "Post"} or "Liar" not in outlets
    exchange = Exchange(QUESTION, answer)
    for shown in (to_text(answer), to_markdown(answer).replace("\\", ""), exchange_html(exchange)):
        assert "A copy says otherwise" in shown.replace("a copy", "A copy")
        assert variant.quote in shown
        assert variant.copy.source in shown
    assert "opies of one report differ in what [1] quotes" in to_text(answer)
    assert answer.to_dict()["citations"][0]["otherwise"][0]["quote"] == variant.quote
    kept = json.loads(remember("c", [exchange]))["exchanges"]
    assert recall(json.dumps(kept))[0].answer.citations[0].otherwise == (variant,)


def test_fifty_copies_have_one_vote(newsqa: Ask) -> None:
    """Fifty outlets with one false figure are no surer than one, are one outlet, and the original is shown."""
    with newsqa([("Courier", "14"), *((f"Liar {number}", "41") for number in range(50))]) as qa:
        many = qa.ask(QUESTION)
        qa.remove([one.id for one in qa.articles() if one.source not in ("Courier", "Liar 0")])
        one = qa.ask(QUESTION)
    assert many.outlets == 1
    assert many.confidence == pytest.approx(one.confidence, abs=0.02)
    for answer in (many, one):
        quotes = [answer.citations[0].quote, *(variant.quote for variant in answer.citations[0].otherwise)]
        assert len(quotes) == 2
        assert any("14 million" in quote for quote in quotes)


def test_the_table_of_owasp_names_tests_that_are_there() -> None:
    """Each of the ten has tests that hold it, all of which exist."""
    table = (
        (ROOT / "docs" / "security.md").read_text("utf-8").partition("<!-- owasp -->")[2].partition("<!-- end")[0]
    )
    rows = [line.split(" | ") for line in table.splitlines() if line.startswith("| LLM")]
    assert [row[0][2:7] for row in rows] == [f"LLM{number:02}" for number in range(1, 11)]
    there = "".join(path.read_text("utf-8") for path in (ROOT / "tests").glob("test_*.py"))
    for *_, held in rows:
        named = re.findall(r"`(test_\w+)`", held)
        assert named
        assert not [name for name in named if f"def {name}(" not in there]
