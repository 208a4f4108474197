"""From readings to the sentences of an answer."""

from __future__ import annotations

import pytest

from newsqa.answers.selection import agreement, candidates, quote_span, select
from newsqa.types import AnswerSpan, Passage, Reading, Span
from tests.fakes import passage


def reading(where: Passage, answer: str, probability: float, score: float = 1.0) -> Reading:
    """A reading whose best span is the first occurrence of `answer`."""
    at = where.start + where.text.index(answer)
    span = AnswerSpan(Span(at, at + len(answer)), answer, score)
    return Reading(where, score, probability, (span,))


TRAIN = "Kim crossed the border by armoured train."
CROWD = "He was greeted with bread and salt."
LEAVE = "Kim left Vladivostok on Friday."


def test_a_sentence_shared_by_neighbouring_passages_counts_once() -> None:
    """The better reading counts, and the passage that also holds the sentence before is kept."""
    whole = passage(f"{TRAIN} {CROWD}", "a")
    tail = passage(f"{CROWD} {LEAVE}", "a", start=len(TRAIN) + 1)
    found = candidates([reading(whole, "bread and salt", 0.6), reading(tail, "bread and salt", 0.8)])
    assert [item.text for item in found] == [CROWD]
    assert found[0].probability == 0.8
    assert found[0].passage is whole


def test_a_sentence_that_opens_with_a_pronoun_takes_the_one_before() -> None:
    """The quote is then both sentences, verbatim and contiguous."""
    whole = passage(f"{TRAIN} {CROWD}", "a")
    (item,) = candidates([reading(whole, "bread and salt", 0.6)])
    assert quote_span(item).of(whole.text) == f"{TRAIN} {CROWD}"


def test_a_sentence_that_names_its_subject_stands_alone() -> None:
    """No sentence is added where none is needed."""
    (item,) = candidates([reading(passage(f"{TRAIN} {LEAVE}", "a"), "Friday", 0.6)])
    assert quote_span(item).of(item.passage.text) == LEAVE


def test_agreement_of_other_stories_raises_confidence() -> None:
    """Two articles that say "Friday" in other words are surer than one; another of the story adds nothing."""
    one = reading(passage(LEAVE, "a"), "Friday", 0.5)
    other = reading(
        passage("The North Korean leader's train pulled out a day early, on Friday.", "b"), "Friday", 0.5
    )
    copy = reading(passage(LEAVE, "c"), "Friday", 0.5)
    assert agreement(candidates([one, other]), {})[0].probability == pytest.approx(0.625)
    assert agreement(candidates([one, copy]), {})[0].probability == 0.5
    story = {key: ["a", "b"] for key in "ab"}
    assert agreement(candidates([one, other]), story)[0].probability == 0.5


def test_one_sentence_for_a_fact_and_several_for_a_reason() -> None:
    """A why-question gets further sentences that add something, an unlikely or repeated one never."""
    first = reading(passage("Kim wanted relief from United Nations sanctions.", "a"), "relief", 0.9)
    second = reading(passage("He hoped that Russia would keep the guest workers.", "b"), "workers", 0.8)
    again = reading(passage("Kim wanted relief from the United Nations sanctions, too.", "c"), "relief", 0.85)
    weak = reading(passage("The weather in the port was fine.", "d"), "fine", 0.2)
    found = candidates([first, second, again, weak])
    assert [item.passage.article_id for item in select(found, "who", 0.5)] == ["a"]
    assert [item.passage.article_id for item in select(found, "why", 0.5)] == ["a", "b"]


def test_nothing_over_the_threshold_is_no_answer() -> None:
    """Below the threshold nothing is chosen, and of nothing, nothing."""
    assert select(candidates([reading(passage(LEAVE, "a"), "Friday", 0.4)]), "when", 0.5) == []
    assert select([], "when", 0.5) == []


def test_sentences_of_one_article_keep_its_order() -> None:
    """The second sentence may be the better one, and still comes second."""
    source = passage("Kim wanted relief from sanctions. Russia hoped for a railway through the peninsula.", "a")
    both = [reading(source, "railway", 0.9), reading(source, "relief", 0.8)]
    assert [item.sentence.start for item in select(candidates(both), "why", 0.5)] == [0, 34]
