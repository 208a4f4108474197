"""Follow-up questions made to stand alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsqa.search.followups import standalone
from newsqa.types import Turn

KIM = Turn("Why did Kim meet Putin?", "Kim Jong Un went to Vladivostok to win Russian support. [1]")
CAVE = Turn("How many boys were trapped in the Thai cave?", "Twelve boys and their coach were trapped. [1]")
SHOOTING = Turn("What happened in Christchurch?", "A gunman attacked two mosques in Christchurch. [1]")
LOWER = Turn("why did kim meet putin", "Kim Jong Un went to Vladivostok to meet Putin. [1]")
BRIDGE = Turn("Why was the bridge closed?", "It was closed in April 2018 because of deep cracks. [1]")
FIRE = Turn("When did the Notre-Dame fire break out?", "The fire broke out on Monday evening. [1]")


@pytest.mark.parametrize(
    ("history", "question", "expected"),
    [
        ((), "Where did they meet?", "Where did they meet?"),
        ((KIM,), "And when did he return?", "When did Kim return?"),
        ((KIM,), "where did they meet?", "Where did Kim and Putin meet?"),
        ((KIM,), "What did he want from Putin?", "What did Kim want from Putin?"),
        ((KIM,), "How did his train get there?", "How did Kim's train get to Vladivostok?"),
        ((KIM,), "when?", "When did Kim meet Putin?"),
        ((KIM,), "and where exactly?", "Where did Kim meet Putin?"),
        ((KIM,), "What about Trump?", "Why did Kim meet Trump?"),
        ((LOWER,), "when did he leave", "When did Kim leave"),
        ((SHOOTING,), "How many people died there?", "How many people died in Christchurch?"),
        ((SHOOTING,), "how many people died?", "How many people died in Christchurch?"),
        ((BRIDGE,), "How much did the repairs cost?", "How much did the repairs cost?"),
        ((FIRE,), "What caused it?", "What caused the Notre-Dame fire?"),
        ((KIM,), "When did Notre-Dame burn?", "When did Notre-Dame burn?"),
        ((KIM, Turn("and when did he leave?", "He left on Friday. [1]")), "How?", "How did Kim leave?"),
        ((CAVE,), "Who rescued them?", "Who rescued the boys?"),
    ],
)
def test_what_is_left_out_comes_from_the_earlier_turns(
    history: tuple[Turn, ...], question: str, expected: str
) -> None:
    """A pronoun, a bare question word or a missing place is filled in; a whole question stays as it is."""
    assert standalone(question, history) == expected


@given(st.text(max_size=80), st.lists(st.text(max_size=60), max_size=3))
def test_any_text_is_survived(question: str, earlier: list[str]) -> None:
    """No question and no history raises, and without a history only white space changes."""
    result = standalone(question, [Turn(text, text) for text in earlier])
    assert isinstance(result, str)
    assert standalone(question, ()) == " ".join(question.split())
