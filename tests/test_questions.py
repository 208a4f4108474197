"""What a question asks for, and how far a sentence meets it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsqa.search.questions import (
    analyse,
    answer_spans,
    coverage,
    kind_of,
    names_in,
    type_match,
)
from newsqa.text.stems import content_words


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("Who received Kim?", "who"),
        ("Which leader resigned?", "who"),
        ("when did the fire start", "when"),
        ("On what day was the vote?", "when"),
        ("Where did they meet?", "where"),
        ("In which city did they meet?", "where"),
        ("How many people died?", "how many"),
        ("How long did the talks last?", "how many"),
        ("What number of workers remained?", "how many"),
        ("why did Kim meet Putin?", "why"),
        ("What caused the crash?", "why"),
        ("How did Kim travel?", "how"),
        ("What did they discuss?", "what"),
        ("Did Kim meet Putin?", "yes/no"),
        ("Kim Putin", "what"),
    ],
)
def test_the_question_word_gives_the_kind(question: str, kind: str) -> None:
    """The kind follows from the question word, wherever it stands."""
    assert kind_of(question) == kind


def test_a_question_is_taken_apart() -> None:
    """Content words are stemmed, once each; the surface form is kept."""
    asked = analyse("How many workers did Kim Jong Un’s country have in Russia in 2017?")
    assert asked.kind == "how many"
    assert asked.words == ("worker", "kim", "jong", "un", "russia", "2017")
    assert asked.surface["worker"] == "workers"


@pytest.mark.parametrize(
    ("question", "sentence", "parts"),
    [
        ("When did Kim leave?", "Kim left on Friday afternoon.", ["Friday"]),
        ("How many people died?", "The blasts killed 253 people.", ["253"]),
        ("Where did Kim go?", "Kim went to Vladivostok by train.", ["Vladivostok"]),
        ("Who met Kim?", "Kim was welcomed by Putin.", ["Putin"]),
        ("Why did Kim go?", "Kim went because he needed support.", []),
    ],
)
def test_parts_that_look_like_the_answer(question: str, sentence: str, parts: list[str]) -> None:
    """A date for when, a number for how many, a name that the question does not hold for who and where."""
    found = [sentence[start:end] for start, end in answer_spans(analyse(question), sentence)]
    assert [part.strip() for part in found] == parts


def test_the_form_of_a_sentence_is_judged_by_kind() -> None:
    """A sentence without a date is no answer to when; one with a cause suits why."""
    assert type_match(analyse("When did it happen?"), "It was cold.") == 0.0
    assert type_match(analyse("Why did it happen?"), "It happened because of ice.") > 0.0


def test_coverage_weighs_rare_words_more() -> None:
    """A missing heavy word costs more than a missing light one; no words are fully covered."""
    weights = {"kim": 1.0, "dinner": 4.0}
    assert coverage(["kim", "dinner"], {"kim"}, weights) == pytest.approx(0.2)
    assert coverage(["kim", "dinner"], {"dinner"}, weights) == pytest.approx(0.8)
    assert coverage([], set(), {}) == 1.0


@given(st.text(max_size=300))
def test_any_text_can_be_analysed(text: str) -> None:
    """No text raises; every content word is lower-case and not empty."""
    analyse(text)
    names_in(text)
    assert all(content_words(text))
