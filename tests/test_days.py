"""Days as English names them: each form by hand, and that nothing takes long or raises."""

from __future__ import annotations

import time
from contextlib import suppress
from datetime import date

import pytest
from benchmarks.days import judge
from hypothesis import given
from hypothesis import strategies as st

from newsqa.text.days import Grammar, find_days

THURSDAY = date(2024, 6, 20)

FORMS = {
    "today": ("2024-06-20", "2024-06-20"),
    "yesterday evening": ("2024-06-19", "2024-06-19"),
    "the day before yesterday": ("2024-06-18", "2024-06-18"),
    "last Thursday": ("2024-06-13", "2024-06-13"),
    "this Tuesday": ("2024-06-18", "2024-06-18"),
    "Monday": ("2024-06-17", "2024-06-17"),
    "Tuesday night": ("2024-06-18", "2024-06-18"),
    "Wednesday of last week": ("2024-06-12", "2024-06-12"),
    "last week": ("2024-06-10", "2024-06-16"),
    "last weekend": ("2024-06-15", "2024-06-16"),
    "this month": ("2024-06-01", "2024-06-30"),
    "last quarter": ("2024-01-01", "2024-03-31"),
    "the last two quarters": ("2023-10-01", "2024-03-31"),
    "the past three weeks": ("2024-05-30", "2024-06-20"),
    "the last 36 hours": ("2024-06-18", "2024-06-20"),
    "three days ago": ("2024-06-17", "2024-06-17"),
    "a week ago today": ("2024-06-13", "2024-06-13"),
    "two days before yesterday": ("2024-06-17", "2024-06-17"),
    "May": None,
    "in May": ("2024-05-01", "2024-05-31"),
    "in July": ("2023-07-01", "2023-07-31"),
    "in May last year": ("2023-05-01", "2023-05-31"),
    "early July 2021": ("2021-07-01", "2021-07-16"),
    "late 2019": ("2019-09-01", "2019-12-31"),
    "the end of March": ("2024-03-16", "2024-03-31"),
    "the last week of April": ("2024-04-22", "2024-04-28"),
    "week 3 of 2019": ("2019-01-14", "2019-01-20"),
    "the week of 4 March": ("2024-03-04", "2024-03-10"),
    "Friday, 17 May 2024": ("2024-05-17", "2024-05-17"),
    "the 3rd of March": ("2024-03-03", "2024-03-03"),
    "March third": ("2024-03-03", "2024-03-03"),
    "April twenty-seventh nineteen eighty six": ("1986-04-27", "1986-04-27"),
    "25.4.2019": ("2019-04-25", "2019-04-25"),
    "4/25/2019": ("2019-04-25", "2019-04-25"),
    "25/4/2019": ("2019-04-25", "2019-04-25"),
    "20190425": ("2019-04-25", "2019-04-25"),
    "2019-04": ("2019-04-01", "2019-04-30"),
    "Q3 2019": ("2019-07-01", "2019-09-30"),
    "2019 Q3": ("2019-07-01", "2019-09-30"),
    "the first half of 2019": ("2019-01-01", "2019-06-30"),
    "the 1990s": ("1990-01-01", "1999-12-31"),
    "the nineties": ("1990-01-01", "1999-12-31"),
    "29 February": ("2024-02-29", "2024-02-29"),
    "between Monday and Wednesday": ("2024-06-17", "2024-06-19"),
    "from Friday to Monday": ("2024-06-14", "2024-06-17"),
    "between 3 and 12 of May": ("2024-05-03", "2024-05-12"),
    "from April to June 2018": ("2018-04-01", "2018-06-30"),
    "from November to March": ("2023-11-01", "2024-03-31"),
    "2014-2018": ("2014-01-01", "2018-12-31"),
    "since Monday": ("2024-06-17", None),
    "since the end of 1989": ("1989-09-01", None),
    "after 2017": ("2018-01-01", None),
    "before April 2019": (None, "2019-03-31"),
    "until 2018": (None, "2018-12-31"),
    "2018 or later": ("2018-01-01", None),
    "the year to date": ("2024-01-01", "2024-06-20"),
    "32 May": None,
    "the second paragraph": None,
    "in three hours": None,
    "3.5 percent": None,
    "route 66": None,
    "a score of 10-12": None,
}


@pytest.mark.parametrize(("phrase", "ends"), FORMS.items(), ids=FORMS.keys())
def test_forms(phrase: str, ends: tuple[str | None, str | None] | None) -> None:
    """What each phrase means on Thursday, 20 June 2024, alone and in a sentence."""
    expected = [tuple(date.fromisoformat(end) if end else None for end in ends)] if ends else []
    for text in (phrase, f"What was said there {phrase}?"):
        assert [(days.first, days.last) for days in find_days(text, THURSDAY)] == expected


def test_the_place_of_a_phrase_is_told() -> None:
    """Offsets are those of the phrase's own words, and phrases come in order."""
    text = "Was it yesterday, or between 3 and 5 May?"
    found = [text[days.start : days.end] for days in find_days(text, THURSDAY)]
    assert found == ["yesterday", "between 3 and 5 May"]


@pytest.mark.parametrize(
    "text", ["end of " * 300, "the " * 500, "between " * 250, "3 days before " * 140, "1-" * 1000, "last " * 400]
)
def test_no_text_takes_long(text: str) -> None:
    """Words that could nest without end are read in a time that grows with the text alone."""
    begin = time.process_time()
    find_days(text[:2000], THURSDAY)
    assert time.process_time() - begin < 5


@given(st.lists(st.sampled_from(sorted(set(" ".join(FORMS).split()))), max_size=8))
def test_no_phrase_begins_with_a_word_that_is_passed_over(words: list[str]) -> None:
    """Where a phrase is not looked for, none could have been read."""
    grammar = Grammar(" ".join(words), THURSDAY)
    for at in range(len(grammar.words)):
        if grammar.words[at].isalnum() and not grammar.may_begin(at):
            with suppress(OverflowError, ValueError):
                assert grammar.read_phrase(at) is None


@given(st.text(max_size=80), st.dates(date(1, 1, 1), date(9999, 12, 31)))
def test_no_text_raises(text: str, today: date) -> None:
    """Whatever is read, a phrase begins before it ends."""
    for days in find_days(text, today):
        assert 0 <= days.start < days.end <= len(text)
        assert days.first is None or days.last is None or days.first <= days.last


@pytest.mark.parametrize(
    ("text", "past", "verdict"),
    [
        ("It rained on 3 May.", [["2024-05-03", "2024-05-03"]], "right"),
        ("It rained on 3 May.", [["2023-05-03", "2023-05-03"]], "wrong"),
        ("It will rain tomorrow.", [["2024-06-19", "2024-06-19"]], "missed"),
        ("It rained until May.", [[None, "2024-05-31"]], "right"),
    ],
)
def test_the_measure_counts_the_first_day(text: str, past: list[list[str | None]], verdict: str) -> None:
    """Of `benchmarks.days`: the first phrase that is not to come, and its first day alone."""
    assert judge(text, THURSDAY, past) == verdict
