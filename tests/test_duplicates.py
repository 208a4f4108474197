"""Copies of one report: told by their words and figures, grouped in the index, told beside a citation."""

from __future__ import annotations

import random
import sqlite3
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsqa import NewsQA
from newsqa.interfaces.render import to_text
from newsqa.store import Index
from newsqa.text.copies import Fingerprint, are_copies, days_between, holds, measure_containment
from newsqa.types import Article
from tests.fakes import HashingEncoder, ParagraphSplitter, make_article

_WORDS = (
    "harbour crane minister vote bridge winter grain price engine council river strike report museum signal coast "
    "market island treaty forest school budget railway doctor judge captain festival storm union factory garden"
).split()


def prose(seed: int, words: int = 150) -> str:
    """A text of its own, in sentences."""
    chance = random.Random(seed)  # noqa: S311 - not for secrets
    sentences = [" ".join(chance.choices(_WORDS, k=10)).capitalize() + "." for _ in range(words // 10)]
    return " ".join(sentences)


def verdict(one: str, other: str, days: int | None = 0) -> bool:
    """Whether two texts are copies."""
    return are_copies(Fingerprint.of(one), Fingerprint.of(other), days)


@pytest.mark.parametrize(
    ("one", "other", "days", "expected"),
    [
        (prose(1), prose(1), 0, True),
        (prose(1), prose(1).upper(), 7, True),
        (prose(1), prose(1), 8, False),
        (prose(1), prose(1), None, True),
        (prose(1), prose(2), 0, False),
        (prose(1, 400), prose(1, 400)[:1500], 1, True),
        (prose(1), "An agency reported. " + prose(1) + " More follows.", 2, True),
        (prose(1, 80) + " It cost 5.3 million.", prose(1, 80) + " It cost 9.1 million.", 3, False),
        ("The Fed bought bills.", "The Fed bought bills.", 0, False),
        ("", "", 0, False),
    ],
)
def test_copies_by_hand(one: str, other: str, days: int | None, expected: bool) -> None:
    """The same words near in time are copies, cut or with a frame; notices with other figures are not."""
    assert verdict(one, other, days) is expected
    assert verdict(other, one, days) is expected


def test_a_notice_with_other_figures_is_another_notice() -> None:
    """Notices in the same words differ by their figures."""
    words = (
        "The Treasury said it will sell {} billion dollars of three and six month bills at its regular auction. "
        "The sale on {} will result in a paydown of {} billion as maturing bills total {} billion, it said, and "
        "bids in multiples of 5,000 dollars have to be in by noon of the day before at the bank or a branch of it."
    )
    assert verdict(words.format(12.8, 23, 2.8, 15.6), words.format(12.8, 23, 2.8, 15.6), 0)
    assert not verdict(words.format(12.8, 23, 2.8, 15.6), words.format(13.2, 30, 1.2, 14.4), 0)


ANEW = (
    "Vernon Corp said it has set a new record date of July 10 for shareholders entitled to vote on the proposed "
    "merger of Vernon with Arlen Holding. The original record date was May 26. Vernon said that it expects the "
    "special shareholder meeting to be held in August. Following its tender offer in November 1986, Arlen Holding "
    "holds 55.2 pct of Vernon, a maker of electric components and related products.",
    "Vernon Corp said it has set a new record date for shareholders entitled to vote on the proposed merger of "
    "Vernon with Arlen Holding for July 10. Vernon, which makes electric components and related products, said "
    "that a special meeting of shareholders will be held in August. It said that Arlen Holding holds 55.2 pct of "
    "Vernon, from a tender offer in November 1986.",
)


def test_a_version_written_anew_is_a_copy_within_a_day() -> None:
    """It begins alike, has most words, and names and figures agree; not another day's or another company's."""
    one, other = ANEW
    assert measure_containment(Fingerprint.of(one), Fingerprint.of(other)) < 0.6
    assert verdict(one, other, 0)
    assert not verdict(one, other, 1)
    assert not verdict(one, other, None)
    assert not verdict(one, other.replace("Vernon", "Tomas").replace("Arlen", "Lindqvist"), 0)
    assert not verdict(one, other.replace("55.2", "61.9").replace("10", "23"), 0)


def test_a_long_version_written_anew_is_a_copy_within_a_day() -> None:
    """Its words are there and two thirds of their runs, in a text about as long; not in one many times as long."""
    words = prose(3, 400).split()
    moved = [words[start + place] for start in range(0, 400, 10) for place in (1, 0, 2, 3, 4, 5, 6, 7, 8, 9)]
    whole, anew = " ".join(words), " ".join(moved)
    assert 0.55 < measure_containment(Fingerprint.of(whole), Fingerprint.of(anew)) < 0.65
    assert verdict(whole, anew, 1)
    assert not verdict(whole, anew, 2)
    assert not verdict(f"{whole} {prose(9, 900)}", anew, 1)


texts = st.text(alphabet="abcdef .\n", max_size=300) | st.text(max_size=200)


@given(texts, texts)
def test_it_does_not_matter_which_comes_first(one: str, other: str) -> None:
    """The verdict is symmetric, a text of some length is a copy of itself, and shares are shares."""
    first, second = Fingerprint.of(one), Fingerprint.of(other)
    assert are_copies(first, second, 0) == are_copies(second, first, 0)
    assert 0.0 <= measure_containment(first, second) <= 1.0
    assert not first.keys() or (are_copies(first, first, 0) and len(set(first.keys())) == len(first.keys()))


@given(st.integers(0, 10_000), st.integers(0, 3))
def test_copies_share_a_key(seed: int, cut: int) -> None:
    """A report and the same with a sentence or three left out are candidates for each other."""
    whole = prose(seed, 200)
    shorter = ". ".join(whole.split(". ")[: 20 - cut])
    assert set(Fingerprint.of(whole).keys()) & set(Fingerprint.of(shorter).keys())


def test_days_between() -> None:
    """An unknown day is not near and not far."""
    assert days_between(date(2019, 5, 2), date(2019, 4, 30)) == 2
    assert days_between(None, date(2019, 4, 30)) is None


def test_a_quote_is_found_in_a_copy_with_other_commas() -> None:
    """A text holds a quote by its words; a text that lacks most of them does not."""
    assert holds("He said: the bridge, at last, is open again for all.", "the bridge at last is open again")
    assert not holds("The bridge is closed.", "the bridge at last is open again")
    assert not holds("", "")


def agency(name: str, source: str, day: int, *, more: str = "") -> Article:
    """An outlet's copy of one agency report."""
    paragraphs = [prose(7, 60), prose(8, 60) + (f" {more}" if more else "")]
    return make_article(name, *paragraphs, title=name, source=source, published=date(2019, 4, day))


COPIES = [
    agency("first", "The Courier", 25),
    agency("second", "The Ledger", 26),
    agency("third", "Coast", 27, more="X"),
]
OTHER = make_article("other", prose(99, 90), source="The Observer")


@pytest.mark.parametrize("order", [[0, 1, 2, 3], [3, 2, 1, 0], [1, 3, 0, 2]])
def test_groups_do_not_depend_on_the_order(tmp_path: Path, order: list[int]) -> None:
    """Copies form one group in whatever order and in whatever batches they come; others stay by themselves."""
    articles = [*COPIES, OTHER]
    group = sorted(article.id for article in COPIES)
    with Index.open(tmp_path, HashingEncoder(), ParagraphSplitter()) as index:
        for number in order:
            index.ingest([articles[number]])
        assert index.groups([article.id for article in articles]) == dict.fromkeys(group, group)


def test_a_changed_or_removed_article_leaves_its_group(tmp_path: Path) -> None:
    """A copy whose text is replaced, or that is removed, is no copy any more; put back, it is one again."""
    with Index.open(tmp_path, HashingEncoder(), ParagraphSplitter()) as index:
        index.ingest(COPIES)
        index.ingest([make_article("second", prose(50, 90), source="The Ledger")])
        pair = sorted((COPIES[0].id, COPIES[2].id))
        assert index.groups([article.id for article in COPIES]) == dict.fromkeys(pair, pair)
        index.remove([COPIES[2].id])
        assert index.groups([article.id for article in COPIES]) == {}
        index.ingest(COPIES)
        assert len(index.groups([COPIES[0].id])) == 3


def test_an_index_of_the_first_format_is_brought_up_to_date(tmp_path: Path) -> None:
    """A catalogue of format 1 opens, answers, and knows its copies and languages after the next ingest."""
    home = tmp_path / "home"
    with Index.open(home, HashingEncoder(), ParagraphSplitter()) as index:
        index.ingest(COPIES)
    with closing(sqlite3.connect(home / "catalogue.sqlite")) as connection:
        connection.executescript(
            "DROP INDEX articles_by_author; DROP TABLE story_keys; DROP TABLE copies;"
            "DELETE FROM meta WHERE key IN ('copies', 'languages');"
            "ALTER TABLE articles DROP COLUMN updated; ALTER TABLE articles DROP COLUMN author;"
            "ALTER TABLE articles DROP COLUMN claimed;"
            "ALTER TABLE passages ADD COLUMN row INTEGER;"
            "ALTER TABLE articles DROP COLUMN checksum; ALTER TABLE versions DROP COLUMN checksum;"
            "UPDATE articles SET language = ''; PRAGMA user_version = 1;"
        )
    with Index.open(home, HashingEncoder(), ParagraphSplitter()) as index:
        assert len(index.search_words("harbour", 10)) > 0
        assert len(index) == 6
        assert index.check().sound is False  # vectors and words are to be filled anew, and it says so
        index.ingest([OTHER])
        assert index.check().faults == ()
        assert len(index.groups([COPIES[0].id])) == 3
        assert "" not in index.languages()


TITLES = {
    "The Courier": "Ferry line saved",
    "The Ledger": "Ferry line is saved",
    "Coast": "Island keeps its ferry",
}
STORY = """
The ferry line between Arlen and Sund will go on, because the county council bought its two ships on Tuesday
for four million euros. Council leader Mara Lindqvist said that the island could not live without the ferry.
The owner, Tomas Reiker, had wanted to end the line in September, since too few passengers had taken it
after the airport opened. The council will pay the crews from the first of June and wants to run four
crossings a day in summer and two in winter. Fishermen on the island of Sund, who send their catch to the
mainland at night, welcomed the decision of the council.
"""


def test_an_answer_uses_one_copy_and_names_the_others(tmp_path: Path) -> None:
    """Three outlets with one agency report are one citation that names the others, and one outlet."""
    folder = tmp_path / "articles"
    folder.mkdir()
    for number, (source, title) in enumerate(TITLES.items(), start=12):
        head = f"---\ntitle: {title}\nsource: {source}\npublished: 2019-03-{number}\n---\n"
        (folder / f"{number}.md").write_text(head + STORY, encoding="utf-8")
    with NewsQA.open(tmp_path / "home") as qa:
        qa.ingest([folder])
        answer = qa.ask("Why will the ferry line go on?")
        hits = qa.search("ferry line council", k=5)
    assert not answer.abstained
    assert len(answer.citations) == 1
    cited = answer.citations[0]
    assert {cited.passage.source, *(copy.source for copy in cited.also)} == set(TITLES)
    assert answer.outlets == 1
    assert "Also in: " in to_text(answer)
    assert [len(hit.also) for hit in hits] == [2]


def test_an_agency_and_who_prints_it_are_one_outlet(tmp_path: Path) -> None:
    """Two stories of one agency, one under its name and one in a paper, do not confirm each other."""
    stories = {
        "agency": (
            "Fen Marsh Agency",
            "TOLK (FMA) — The weir at Tolk was opened because the river had risen by two metres.",
        ),
        "paper": (
            "Marsh Post",
            "TOLK (FMA) — The weir at Tolk was opened because an old gate might have burst, engineers said.",
        ),
        "rival": (
            "Fen Herald",
            "TOLK — The weir at Tolk was opened because fields upstream stood under water, farmers said.",
        ),
    }
    for name, (source, text) in stories.items():
        head = f"---\ntitle: Weir {name}\nsource: {source}\npublished: 2021-03-02\n---\n"
        (tmp_path / f"{name}.md").write_text(head + text, encoding="utf-8")
    with NewsQA.open(tmp_path / "home") as qa:
        qa.ingest([tmp_path / "agency.md", tmp_path / "paper.md"])
        own = qa.ask("Why was the weir at Tolk opened?")
        qa.ingest([tmp_path / "rival.md"])
        both = qa.ask("Why was the weir at Tolk opened?")
    assert {cited.passage.source for cited in own.citations} == {"Fen Marsh Agency", "Marsh Post"}
    assert own.outlets == 1
    assert both.outlets == 2
