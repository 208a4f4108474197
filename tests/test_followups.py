"""Follow-up questions made to stand alone."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsqa.answers.reader import SpanReader
from newsqa.search.followups import LastQuestion, make_standalone
from newsqa.text.stems import phrases
from newsqa.text.windows import conversation
from newsqa.types import Span, Turn

KIM = Turn("Why did Kim meet Putin?", "Kim Jong Un went to Vladivostok to win Russian support. [1]")
CAVE = Turn("How many boys were trapped in the Thai cave?", "Twelve boys and their coach were trapped. [1]")
BRIDGE = Turn("Why was the bridge at Tarn closed?", "It was closed in April 2018 because of deep cracks. [1]")


@pytest.fixture(scope="module")
def reader() -> SpanReader:
    return SpanReader.open()


@pytest.mark.parametrize(
    ("history", "question", "words"),
    [
        ((KIM,), "And when did he return?", {"Kim"}),
        ((CAVE,), "Who rescued them?", {"cave"}),
        ((BRIDGE,), "How much did the repairs cost?", {"bridge"}),
        ((BRIDGE,), "What is the population of the city of Paris in France?", set()),
        ((KIM,), "whats the latest on the rail strike", set()),
        ((KIM,), "Who won in Ukraine?", set()),
    ],
)
def test_what_is_left_out_comes_from_the_earlier_turns(
    reader: SpanReader, history: tuple[Turn, ...], question: str, words: set[str]
) -> None:
    """What a question leaves out is in it, and a whole question stays as it is."""
    result = make_standalone(question, history, reader)
    assert all(word in result for word in words)
    assert words or result == question


class _Carries:
    """A resolver that carries what it is told."""

    def __init__(self, *words: str) -> None:
        self.words = list(words)

    def find_carried(self, question: str, turns: Sequence[str]) -> list[str]:
        return self.words


@pytest.mark.parametrize(
    ("question", "carried", "expected"),
    [
        ("Where did they meet?", (), "Where did they meet?"),
        ("when did he return", ("Kim", "Vladivostok"), "when did he return (Kim, Vladivostok)"),
        ("Why?", ("Kim", "met Putin"), "Why (Kim, met Putin)?"),
    ],
)
def test_the_words_are_put_behind(question: str, carried: tuple[str, ...], expected: str) -> None:
    """In brackets, before the question mark."""
    assert make_standalone(question, (KIM,), _Carries(*carried)) == expected


def test_words_that_stand_together_are_a_phrase() -> None:
    """Touched words are whole, once, without the question's own, and joined over spaces and small words."""
    turn = "The University of Oslo said that Kari Nordmann's study of ice was read in Oslo"
    found = [Span(turn.index(word), turn.index(word) + 2) for word in ("Univ", "Oslo", "Kari", "Nord", "ice")]
    again = Span(turn.rindex("Oslo"), len(turn))
    assert phrases([turn], [[*found, again]], "Who read the ice?") == ["University of Oslo", "Kari Nordmann"]


def test_a_long_conversation_keeps_its_beginning_and_its_end() -> None:
    """Of turns that do not fit, the first tokens of the first and the last tokens stay, with their places."""
    ids, types, places = conversation([list(range(1000, 1100)), list(range(2000, 2200))], [7, 8], 100)
    assert len(ids) == len(types) == len(places) == 100
    assert ids[1:25] == list(range(1000, 1024))
    assert ids[-5] == 2199
    assert places[-5] == (1, 199)
    assert types == [0] * 97 + [1] * 3


def test_without_a_model_the_last_question_is_carried() -> None:
    """A question that says hardly anything takes over the last one."""
    assert make_standalone("Where?", (CAVE, KIM), LastQuestion()) == "Where (Why did Kim meet Putin)?"
    whole = "When did the cathedral of Notre-Dame burn down?"
    assert make_standalone(whole, (KIM,), LastQuestion()) == whole


@given(st.text(max_size=80), st.lists(st.text(max_size=60), max_size=3))
def test_any_text_is_survived(question: str, earlier: list[str]) -> None:
    """No question and no history raises, and without a history only white space changes."""
    history = [Turn(text, text) for text in earlier]
    for resolver in (_Carries(*earlier), LastQuestion()):
        assert isinstance(make_standalone(question, history, resolver), str)
        assert make_standalone(question, (), resolver) == " ".join(question.split())


@pytest.mark.slow
@given(st.text(max_size=80), st.lists(st.text(max_size=400), min_size=1, max_size=3))
def test_the_reader_survives_any_text(question: str, turns: list[str]) -> None:
    """What is carried stands in the turns."""
    for phrase in SHARED.find_carried(question, turns):
        assert any(phrase in turn for turn in turns)


SHARED = SpanReader.open()
