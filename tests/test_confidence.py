"""How sure an answer is: the evidence for a sentence, and the logistic that weighs it."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsqa.answers.confidence import FEATURES, REASON, Confidence, features
from newsqa.answers.selection import candidates
from newsqa.errors import ModelError
from newsqa.search.questions import analyse
from newsqa.types import AnswerSpan, Passage, Reading, ScoredPassage, Span

TEXT = "Kim left Vladivostok on Friday."
PASSAGE = Passage("p", "a", TEXT, 0, len(TEXT), (Span(0, len(TEXT)),), title="Kim departs early")
READING = Reading(PASSAGE, 20.0, 0.9, (AnswerSpan(Span(24, 30), "Friday", 20.0),))


def test_evidence_worked_by_hand() -> None:
    """Two of the question's three words stand in the sentence, the third in the title; scores are bounded."""
    asked = analyse("When did Kim leave early?")
    rarity = dict.fromkeys(asked.words, 1.0)
    scored = ScoredPassage(PASSAGE, 0.03, {"vector": 0.5, "bm25": 4.0})
    other = ScoredPassage(PASSAGE, 0.02, {"bm25": 8.0})
    (row,) = features(asked, rarity, candidates([READING]), [scored], [0.6])
    assert row == pytest.approx(
        {
            "reader": 12.0,
            "sentence": 2 / 3,
            "passage": 1.0,
            "form": 1.0,
            "fits": 1.0,
            "cosine": 0.6,
            "vector": 0.5,
            "bm25": 1.0,
            "rank": 0.0,
            "reason": 0.0,
        }
    )
    assert set(row) == set(FEATURES)
    (row,) = features(asked, rarity, candidates([READING]), [scored, other], [0.6])
    assert row["rank"] == 1.0


@pytest.mark.parametrize(
    ("text", "reason"),
    [("Kim left because he was tired.", REASON[True]), ("Kim left Vladivostok on Friday.", REASON[False])],
)
def test_a_why_wants_a_reason(text: str, reason: float) -> None:
    """For "why" the words of a reason in the sentence count, and the form of the span does not."""
    passage = Passage("p", "a", text, 0, len(text), (Span(0, len(text)),))
    reading = Reading(passage, 1.0, 0.9, (AnswerSpan(Span(0, 3), "Kim", 1.0),))
    asked = analyse("Why did Kim leave?")
    rarity = dict.fromkeys(asked.words, 1.0)
    (row,) = features(asked, rarity, candidates([reading]), [ScoredPassage(passage, 0.03, {})], [0.5])
    assert (row["reason"], row["fits"]) == (reason, 0.0)


@given(st.floats(-12, 12), st.floats(-12, 12), st.floats(0, 1))
def test_a_better_reading_is_never_less_sure(one: float, other: float, rest: float) -> None:
    """The bundled weights give a probability that rises with the reader's score."""
    fitted = Confidence.open()
    low, high = sorted((one, other))
    row = dict.fromkeys(FEATURES, rest)
    assert 0.0 <= fitted.probability({**row, "reader": low}) <= fitted.probability({**row, "reader": high}) <= 1.0
    assert 0.0 < fitted.threshold < 1.0


@pytest.mark.parametrize("content", ["", "[]", '{"weights": {}}', '{"weights": {"reader": "much"}}'])
def test_a_broken_file_of_weights_is_told_in_words(tmp_path: Path, content: str) -> None:
    """A missing, empty or incomplete file is a ModelError that says to install again."""
    path = tmp_path / "answers.json"
    if content:
        path.write_text(content)
    with pytest.raises(ModelError, match="Install newsqa again"):
        Confidence.open(path)
