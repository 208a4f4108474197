"""Misspelt questions: what is taken for what, and what is left alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsqa import NewsQA
from newsqa.search.spelling import correct, respell, slips
from newsqa.types import Passage, Span

TEXT = "Putin met Kim in Vladivostok. Sudan’s generals talked of Sudan, and of the parts it has."
PASSAGE = Passage("p", "a", TEXT, 0, len(TEXT), (Span(0, len(TEXT)),))
AT_LARGE = {"backstop": 9, "travel": 4, "ravel": 7}


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("Puttin", "Putin"),
        ("putn", "Putin"),
        ("Wladiwostok", "Vladivostok"),
        ("sudna", "Sudan"),
        ("baxkstop", "backstop"),
        ("tarvel", "travel"),
        ("Tarvel", None),  # a name of which no article tells
        ("Kin", None),
        ("zebra", None),
    ],
)
def test_what_a_slip_explains_is_taken_for_it(word: str, meant: str | None) -> None:
    """A word of the passages first, else a frequent word; a short word and an unknown name stay."""
    assert correct([word], [PASSAGE], AT_LARGE.get).get(word) == meant


@given(st.text("abcxyz", min_size=1, max_size=8))
def test_a_slip_can_be_undone(word: str) -> None:
    """Each slip of a word has the word among its own slips."""
    assert all(word in slips(slip) for slip in slips(word))


def test_only_whole_words_are_respelt() -> None:
    """A word within another stays, and a question without slips stays as it is."""
    spellings = {"Puttin": "Putin"}
    assert respell("Did Puttin's Puttinism win, Puttin?", spellings) == "Did Putin's Puttinism win, Putin?"
    assert respell("Did Putin win?", {}) == "Did Putin win?"


@pytest.fixture(scope="module")
def qa(corpus_index: Path) -> Iterator[NewsQA]:
    """The index of the corpus."""
    with NewsQA.open(corpus_index) as opened:
        yield opened


@pytest.mark.parametrize(
    ("typed", "searched"),
    [
        ("why did Kim meet Puttin?", "why did Kim meet Putin?"),
        ("what did kim do in vladivostock", "what did kim do in Vladivostok"),
        ("Why was Macron against a long delay?", "Why was Macron against a long delay?"),
    ],
)
def test_a_misspelt_question_is_answered_as_it_was_meant(qa: NewsQA, typed: str, searched: str) -> None:
    """The answer is the one to the question without the slip, and says what was searched for."""
    answer, meant = qa.ask(typed), qa.ask(searched)
    assert not answer.abstained
    assert answer.searched_for == searched
    assert answer.question == typed
    assert answer.text == meant.text


def test_a_name_of_which_no_article_tells_is_not_taken_for_another(qa: NewsQA) -> None:
    """It is a word that people use, however near it is to one in the articles."""
    answer = qa.ask("Who is the prime minister of Sedan?")
    assert answer.searched_for == answer.question
