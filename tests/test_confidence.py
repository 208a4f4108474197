"""How sure an answer is: the evidence for a sentence, and the logistic that weighs it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsqa.answers.confidence import FEATURES, Confidence, features
from newsqa.answers.selection import Candidate
from newsqa.errors import ModelError
from newsqa.search.questions import analyse
from newsqa.types import AnswerSpan, Passage, ScoredPassage, Span

TEXT = "Kim left Vladivostok on Friday."
PASSAGE = Passage("p", "a", TEXT, 0, len(TEXT), (Span(0, len(TEXT)),), title="Kim departs early")
FRIDAY = Candidate(PASSAGE, Span(0, len(TEXT)), AnswerSpan(Span(24, 30), "Friday", 20.0), 0.9, 2.0)


def test_evidence_worked_by_hand() -> None:
    """Of the question's three words two stand in passage and title; nobody else says when."""
    asked = analyse("When did Kim leave Hanoi?")
    (row,) = features(asked, dict.fromkeys(asked.words, 1.0), [FRIDAY], [ScoredPassage(PASSAGE, 0.03)], {})
    assert row == pytest.approx(
        {"second": 2.0, "sentence": 2 / 3, "passage": 2 / 3, "agreement": 0.0, "rank": 0.0}
    )
    assert set(row) == set(FEATURES)


def test_a_missing_name_lowers_the_confidence_and_refuses_nothing_by_itself() -> None:
    """With a word that the passage lacks the probability falls, but a clear second look still carries it."""
    fitted = Confidence.open()
    rarity = {"kim": 1.0, "leav": 1.0, "zelenskyi": 3.0}
    rows = [
        features(analyse(question), rarity, [replace(FRIDAY, second=6.0)], [ScoredPassage(PASSAGE, 0.03)], {})[0]
        for question in ("When did Kim leave?", "When did Kim leave Zelenskyy?")
    ]
    whole, lacking = map(fitted.probability, rows)
    assert fitted.threshold < lacking < whole


@given(st.floats(-8, 8), st.floats(-8, 8), st.floats(0, 1))
def test_a_better_second_look_is_never_less_sure(one: float, other: float, rest: float) -> None:
    """The bundled weights give a probability that rises with the second look."""
    fitted = Confidence.open()
    low, high = sorted((one, other))
    row = dict.fromkeys(FEATURES, rest)
    less, more = (fitted.probability({**row, "second": value}) for value in (low, high))
    assert 0.0 <= less <= more <= 1.0
    assert 0.0 < fitted.threshold < 1.0


@pytest.mark.parametrize("content", ["", "[]", '{"weights": {}}', '{"weights": {"reader": "much"}}'])
def test_a_broken_file_of_weights_is_told_in_words(tmp_path: Path, content: str) -> None:
    """A missing, empty or incomplete file is a ModelError that says to install again."""
    path = tmp_path / "answers.json"
    if content:
        path.write_text(content)
    with pytest.raises(ModelError, match="Install newsqa again"):
        Confidence.open(path)
