"""What a question asks for, and how far a sentence meets it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsqa.search.questions import analyse, coverage, kind_of, names_in
from newsqa.text.stems import content_words


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("Who received Kim?", "other"),
        ("Which leader resigned?", "what"),
        ("when did the fire start", "other"),
        ("On what day was the vote?", "what"),
        ("Where did they meet?", "other"),
        ("How many people died?", "other"),
        ("How long did the talks last?", "other"),
        ("why did Kim meet Putin?", "why"),
        ("What happened when the bridge fell?", "what"),
        ("How did Kim travel?", "how"),
        ("What did they discuss?", "what"),
        ("Did Kim meet Putin?", "other"),
        ("Do you know why Kim met Putin?", "why"),
        ("how come", "other"),
        ("Kim Putin", "what"),
    ],
)
def test_the_question_word_gives_the_kind(question: str, kind: str) -> None:
    """The kind follows from the question word, wherever it stands."""
    assert kind_of(question) == kind


def test_a_question_is_taken_apart() -> None:
    """Content words are stemmed, once each; the surface form is kept."""
    asked = analyse("How many workers did Kim Jong Un’s country have in Russia in 2017?")
    assert asked.kind == "other"
    assert asked.words == ("worker", "kim", "jong", "un", "russia", "2017")
    assert asked.surface["worker"] == "workers"


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
