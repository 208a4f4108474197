"""Days in questions: which are a filter, which are not, and that nothing a person types raises."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from newsqa import NewsQA
from newsqa.errors import QuestionError
from newsqa.search.filters import narrow_to_outlet, read_days
from newsqa.search.periods import SearchRequest, drop_period, find_period, narrow_search
from newsqa.text.days import find_days
from newsqa.types import Filter, Period, Turn

THURSDAY = date(2019, 5, 2)
COVERED = (date(2018, 4, 27), date(2019, 4, 29))


@pytest.mark.parametrize(
    ("question", "words", "since", "until"),
    [
        ("What happened last week?", "last week", "2019-04-22", "2019-05-01"),
        ("What happened in last week's talks?", "last week's", "2019-04-22", "2019-05-01"),
        ("What did Kim do yesterday?", "yesterday", "2019-05-01", "2019-05-02"),
        ("what happened the day before yesterday", "the day before yesterday", "2019-04-30", "2019-05-01"),
        ("What is in today's news?", "today's", "2019-05-02", "2019-05-02"),
        ("What did the EU decide this year?", "this year", "2019-01-01", "2019-05-02"),
        ("What happened last month?", "last month", "2019-04-01", "2019-05-02"),
        ("Who resigned last weekend?", "last weekend", "2019-04-27", "2019-04-29"),
        ("What did Kim say in the last two days?", "in the last two days", "2019-04-30", "2019-05-02"),
        ("What happened over the past month?", "over the past month", "2019-04-01", "2019-05-02"),
        ("What happened in the last 24 hours?", "in the last 24 hours", "2019-05-01", "2019-05-02"),
        ("What has Trump said since Monday?", "since Monday", "2019-04-29", None),
        ("What happened on Monday?", "on Monday", "2019-04-29", "2019-04-30"),
        ("What was agreed at the talks on Monday?", "on Monday", "2019-04-29", "2019-04-30"),
        ("Whom did Kim meet last Thursday?", "last Thursday", "2019-04-25", "2019-04-26"),
        ("What happened in Gullhaven yesterday?", "yesterday", "2019-05-01", "2019-05-02"),
        ("what happened in gullhaven yesterday", "yesterday", "2019-05-01", "2019-05-02"),
        ("What happened Tuesday?", "Tuesday", "2019-04-30", "2019-05-01"),
        ("What did Putin say in April 2019?", "in April 2019", "2019-04-01", None),
        ("What did Putin say in December?", "in December", "2018-12-01", None),
        ("How much did the two trade in 2018?", "in 2018", "2018-01-01", None),
        ("What happened on 25 April?", "on 25 April", "2019-04-25", "2019-05-02"),
        ("What happened on March 3rd, 2018?", "on March 3rd, 2018", "2018-03-03", "2018-04-03"),
        ("What happened on 2018-03-03?", "on 2018-03-03", "2018-03-03", "2018-04-03"),
        ("What happened between 3 and 5 April 2018?", "between 3 and 5 April 2018", "2018-04-03", "2018-05-06"),
        ("What was said between April and June 2018?", "between April and June 2018", "2018-04-01", None),
        ("What was said from 3 to 5 April 2018?", "from 3 to 5 April 2018", "2018-04-03", "2018-05-06"),
        ("What did he do after 2017?", "after 2017", "2018-01-01", None),
        ("What was reported before April 2019?", "before April 2019", None, "2019-03-31"),
        ("What happened three days ago?", "three days ago", "2019-04-29", "2019-04-30"),
        ("What happened in April 2018?", "in April 2018", "2018-04-01", "2018-05-07"),
        ("What happened at the summit in June 2018?", "in June 2018", "2018-06-01", None),
        ("What happened in the last week of April?", "in the last week of April", "2019-04-22", "2019-05-02"),
    ],
)
def test_days_that_are_a_filter(question: str, words: str, since: str | None, until: str | None) -> None:
    """Each form by hand, on a Thursday; the end is moved on for late reports, but not beyond that day."""
    asked = find_period(question, THURSDAY)
    assert asked is not None
    assert question[asked.start : asked.end] == words
    days = [day.isoformat() if day else None for day in (asked.since, asked.until)]
    assert days == [since, until]


@pytest.mark.parametrize(
    "question",
    [
        "Who won the 2018 World Cup?",
        "Where did Kim have lunch on the last day in Vladivostok?",
        "How much did shoppers spend on Black Friday?",
        "how much did shoppers spend on black friday",
        "Who manages Sheffield Wednesday?",
        "Who plays there on a Sunday?",
        "What did Theresa May say?",
        "Who played April Ludgate?",
        "Had Kim ever met Putin before April 2019?",
        "When did Kim Jong Il meet Medvedev?",
        "What will happen in April 2019?",
        "What is planned for 2020, and is it due in June 2018?",
        "Who hosts Last Week Tonight?",
        "Who wrote “What happened yesterday”?",
        "When in 2030 will the bridge open?",
        "What did the mayor say?",
        "How many were there, 300 or 2018?",
        "Who was king a million years ago?",
        "What happened in the year of the summit?",
        "Who voted in the month before the war?",
        "",
    ],
)
def test_days_that_are_none(question: str) -> None:
    """An event's own days, days to come, comparisons, names and quotations do not narrow a search."""
    assert find_period(question, THURSDAY) is None


@pytest.mark.parametrize(
    ("question", "left"),
    [
        ("What did Kim do yesterday?", "What did Kim do?"),
        ("Since Monday, what has Trump said?", "what has Trump said?"),
        ("yesterday?", "yesterday?"),
        ("What did Putin say in April 2019?", "What did Putin say?"),
        ("What was said in last week's talks?", "What was said in talks?"),
        ("In January 2019, what did Berlin promise?", "what did Berlin promise?"),
        ("Berlin in January 2019", "Berlin"),
    ],
)
def test_words_that_say_nothing_of_the_matter_are_left_out(question: str, left: str) -> None:
    """The words of a period are not searched for, and where little else is left, nothing is left out."""
    asked = find_period(question, THURSDAY)
    assert asked is not None
    assert drop_period(question, asked) == left


def asked_in(question: str, where: Filter) -> SearchRequest:
    """A first question that stands alone."""
    return SearchRequest(question, question, (), where)


def test_history_is_not_narrowed() -> None:
    """Days before the first article are told of by later ones; days after the last stay a filter."""
    before = narrow_search(asked_in("What happened in 2011?", Filter()), THURSDAY, COVERED)
    after = narrow_search(
        asked_in("What happened in 2011?", Filter()), THURSDAY, (date(2010, 1, 1), date(2010, 2, 1))
    )
    assert (before.period, before.where) == (None, Filter())
    assert after.where.since == date(2011, 1, 1)


def test_a_month_without_a_year_is_one_that_the_articles_tell_of() -> None:
    """Years after the last article, "in April" is still its April; "yesterday" is yesterday all the same."""
    later = date(2026, 11, 24)
    april = narrow_search(
        asked_in("What happened in April?", Filter()), later, (date(2018, 5, 1), date(2019, 5, 2))
    )
    assert april.where.since == date(2019, 4, 1)
    fresh = narrow_search(
        asked_in("What happened yesterday?", Filter()), later, (date(2018, 5, 1), date(2019, 5, 2))
    )
    assert fresh.where.since == date(2026, 11, 23)


def test_chosen_days_come_first() -> None:
    """With days that the user has chosen, those in the question narrow nothing."""
    where = Filter(since=date(2018, 1, 1))
    assert narrow_search(asked_in("What happened last week?", where), THURSDAY, COVERED).where == where


def test_a_follow_up_keeps_the_period() -> None:
    """The sources stay chosen, the period is told in full, and its words are not searched for."""
    own = narrow_search(
        asked_in("What did Kim say last week?", Filter(sources=("The Courier",))), THURSDAY, COVERED
    )
    period = Period("last week", date(2019, 4, 22), date(2019, 4, 28))
    assert (own.question, own.period) == ("What did Kim say?", period)
    assert own.where == Filter(date(2019, 4, 22), date(2019, 5, 1), ("The Courier",))
    assert period.label == "“last week”, 22 April 2019 to 28 April 2019"
    turns = (Turn("What did Kim say last week?", "He said nothing."),)
    short = SearchRequest("And Putin?", "And Putin (what did Kim say last week)?", turns, Filter())
    assert (narrow_search(short, THURSDAY, COVERED).period, narrow_search(short, THURSDAY, COVERED).history) == (
        period,
        (),
    )


phrases = st.lists(
    st.sampled_from(
        "last this past the in on since before after between and to from week month year monday may 2018 5th 31 "
        "april february ago days hours today yesterday of summit ? , “ ” - .".split()
        + "one three nine twelve twenty nineteen end early second q3 1990s of the or later".split()
    ),
    max_size=14,
).map(" ".join)


@example("a week later or before", date(2000, 1, 1))
@given(phrases | st.text(max_size=60), st.dates(date(1950, 1, 1), date(2100, 1, 1)))
def test_whatever_is_asked(question: str, today: date) -> None:
    """Every question gives a period that begins before it ends and not in the future, or none; it never raises."""
    asked = find_period(question, today)
    if asked is not None:
        assert 0 <= asked.start < asked.end <= len(question)
        assert asked.since or asked.until
        assert asked.since is None or asked.since <= today
        assert asked.since is None or asked.until is None or asked.since <= asked.until
        assert drop_period(question, asked).strip()


@given(st.dates(date(1950, 1, 1), date(2090, 1, 1)))
def test_a_written_day_is_that_day(day: date) -> None:
    """Each way of writing a day is read as that day."""
    written = (
        f"{day.day} {day:%B} {day.year}",
        f"{day:%B} {day.day}, {day.year}",
        day.isoformat(),
        f"{day:%d.%m.%Y}",
    )
    for text in written:
        (days,) = find_days(f"on {text}", THURSDAY)
        assert (days.first, days.last, days.unit) == (day, day, "day")


PORT = """---
title: Port of Skerry had a quiet year
published: 2019-03-20
---
The port of Skerry handled 9,120 tonnes in 2018, its office said.

On 9 November 2018 a landslide closed the quay. In the fourth quarter only 1,205 tonnes were landed.

| Month | Fines (crowns) | Ships |
|---|---|---|
| November 2018 | 3,225 | 19 |
| December 2018 | 3,480 | 11 |
"""


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NewsQA]:
    """An index of one report that looks back on the year before."""
    folder = tmp_path_factory.mktemp("port")
    (folder / "port.md").write_text(PORT, "utf-8")
    with NewsQA.open(tmp_path_factory.mktemp("port-index") / "index") as qa:
        assert qa.ingest([folder, Path(__file__).parents[1] / "corpus"]).failed == ()
        yield qa


@pytest.mark.parametrize(
    ("question", "quote"),
    [
        ("What closed the quay in Skerry on 9 November 2018?", "a landslide closed the quay"),
        ("How many tonnes were landed in Skerry in the fourth quarter of 2018?", "only 1,205 tonnes"),
        (
            "How many ships were fined in Skerry in November 2018?",
            "November 2018, Fines (crowns): 3,225; Ships: 19.",
        ),
        ("How many people died in the crash of Lion Air on October 29, 2018?", "189 people died"),
    ],
)
def test_what_names_its_own_days_answers_whenever_it_was_published(
    port: NewsQA, question: str, quote: str
) -> None:
    """Months after the period, and among rows of other months; the period is told all the same."""
    answer = port.ask(question, as_of=date(2026, 11, 27))
    assert quote in answer.citations[0].quote
    assert answer.period is not None
    assert question.endswith(f"{answer.period.words}?")


def test_what_names_other_days_is_no_answer(port: NewsQA) -> None:
    """A day of which nothing is told is refused, though the same is told of another day."""
    answer = port.ask("What closed the quay in Skerry on 2 October 2018?", as_of=date(2026, 11, 27))
    assert answer.abstained
    assert any("narrowed" in line for line in answer.missing)


@pytest.mark.parametrize(
    ("words", "days"),
    [
        ("March", "2019-03-01 2019-03-31"),
        ("may", "2018-05-01 2018-05-31"),
        ("March or later", "2019-03-01 None"),
        ("since 3 March", "2019-03-03 None"),
        ("March to April", "2019-03-01 2019-04-30"),
        ("March 2020", "2020-03-01 2020-03-31"),
        ("yesterday", "2026-11-26 2026-11-26"),
    ],
)
def test_days_that_are_chosen_without_a_year_are_the_latest_of_the_articles(words: str, days: str) -> None:
    """A bare month, too, that could be a verb; what is counted from today is; other words are no days."""
    today, last = date(2026, 11, 27), date(2019, 4, 29)
    assert " ".join(map(str, read_days(words, today, last))) == days
    assert read_days("March", last) == read_days("March", today, last)
    with pytest.raises(QuestionError, match="names no days"):
        read_days(f"{words} against it", today, last)


@pytest.mark.parametrize(
    ("question", "searched", "sources"),
    [
        ("According to Wire Desk, what was asked for?", "what was asked for?", ["Wire Desk"]),
        ("What was asked for, according to the wire desk?", "What was asked for", ["Wire Desk"]),
        ("according to the Harbour who died", "who died", ["The Harbour"]),
        ("According to wire reports, who died?", "According to wire reports, who died?", []),
        ("Who died according to The Harbour, and when?", "Who died and when?", ["Harbour Times", "The Harbour"]),
        ("According to Harbourmaster Strang, who died?", "According to Harbourmaster Strang, who died?", []),
        ("according to wire desk", "according to wire desk", []),
        ("What did Wire Desk say according to", "What did Wire Desk say according to", []),
    ],
)
def test_an_outlet_that_is_quoted_is_a_filter(question: str, searched: str, sources: list[str]) -> None:
    """By its whole name or the first words of it; what is no outlet's name stays in the question."""
    outlets = ["Harbour Times", "The Harbour", "Wire Desk"]
    found = narrow_to_outlet(asked_in(question, Filter()), outlets)
    assert (found.searched, list(found.where.sources)) == (searched, sources)
    chosen = narrow_to_outlet(asked_in(question, Filter(sources=("Other",))), outlets)
    assert (chosen.searched, chosen.where.sources) == (searched, ("Other",))
