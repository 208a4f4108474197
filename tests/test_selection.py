"""From readings to the sentences of an answer."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from newsqa.answers.selection import agreement, candidates, quote_span, select
from newsqa.text.stems import content_words
from newsqa.types import AnswerSpan, Passage, Reading, ScoredPassage, Span
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
    whole = passage(f"{TRAIN} {CROWD}")
    tail = passage(f"{CROWD} {LEAVE}", start=len(TRAIN) + 1)
    found = candidates([reading(whole, "bread and salt", 0.6), reading(tail, "bread and salt", 0.8, 1.5)])
    assert [item.text for item in found] == [CROWD]
    assert found[0].probability == 0.8
    assert found[0].passage is whole


def test_a_sentence_that_opens_with_a_pronoun_takes_the_one_before() -> None:
    """The quote is then both sentences, verbatim and contiguous."""
    whole = passage(f"{TRAIN} {CROWD}")
    (item,) = candidates([reading(whole, "bread and salt", 0.6)])
    assert quote_span(item).of(whole.text) == f"{TRAIN} {CROWD}"


def test_a_sentence_that_names_its_subject_stands_alone() -> None:
    """No sentence is added where none is needed."""
    (item,) = candidates([reading(passage(f"{TRAIN} {LEAVE}"), "Friday", 0.6)])
    assert quote_span(item).of(item.passage.text) == LEAVE


def test_agreement_counts_each_story_once() -> None:
    """Another story that says "Friday" in other words speaks for it, a copy does not; a title does."""
    words = content_words("When did Kim leave?")
    one = reading(passage(LEAVE, "a"), "Friday", 0.5)
    other = reading(passage("On Friday the leader, Kim, pulled out a day early.", "b"), "Friday", 0.5)
    copy = reading(passage(LEAVE, "c"), "Friday", 0.5)

    def agreed(*readings: Reading, title: str = "", stories: dict[str, list[str]] | None = None) -> float:
        scored = [ScoredPassage(replace(r.passage, title=title), 0.0) for r in readings]
        found = candidates([replace(r, passage=s.passage) for r, s in zip(readings, scored, strict=True)])
        return agreement(found[0], found, scored, words, stories or {})

    assert agreed(one) == 0.0
    assert agreed(one, other) == pytest.approx(0.5)
    assert agreed(one, copy) == 0.0
    assert agreed(one, other, stories={"a": ["a", "b"], "b": ["a", "b"]}) == 0.0
    assert agreed(one, title="Kim leaves on Friday") == 1.0


def test_further_sentences_add_something() -> None:
    """Of sentences that are nearly as good those are quoted, too, that add something; never an unlikely one."""
    first = reading(passage("Kim wanted relief from United Nations sanctions.", "a"), "relief", 0.9, 3.0)
    second = reading(passage("He hoped that Russia would keep the guest workers.", "b"), "workers", 0.82)
    again = reading(passage("Kim wanted relief from the United Nations sanctions, too.", "c"), "relief", 0.85, 2.0)
    weak = reading(passage("The weather in the port was fine.", "d"), "fine", 0.2, 0.0)
    found = candidates([first, second, again, weak])
    assert [item.passage.article_id for item in select(found, "why", 0.5)] == ["a", "b"]
    worse = reading(passage("He hoped that Russia would keep the guest workers.", "b"), "workers", 0.78)
    assert [item.passage.article_id for item in select(candidates([first, worse]), "why", 0.5)] == ["a"]
    repeated = candidates([first, again, weak])
    assert [item.passage.article_id for item in select(repeated, "why", 0.5)] == ["a"]


def test_a_sentence_that_stands_farther_from_the_question_is_not_added() -> None:
    """In another article, among fewer words of the question; in the same one they need not be said again."""
    first = reading(passage("Greta Thunberg, now 16, sat down in front of the parliament.", "a"), "16", 0.5)
    other = replace(passage("The suspect is a 28-year-old Australian.", "b"), published=date(2019, 3, 15))
    found = candidates([first, reading(other, "28", 0.49)])
    for best, second, chosen in ((0.9, 0.9, ["b", "a"]), (0.9, 0.4, ["a"]), (0.4, 0.9, ["b", "a"])):
        judged = [replace(found[0], covers=best), replace(found[1], covers=second)]
        assert [item.passage.article_id for item in select(judged, "other", 0.3)] == chosen


def test_where_a_newer_answer_may_be_right_both_are_quoted_the_newest_first() -> None:
    """The later report of another figure comes first, though the earlier one is likelier; never the other way."""
    day = date(2019, 4, 24)
    early = replace(passage("The attacks killed 359 people.", "a"), published=day)
    late = replace(passage("Officials now put the toll at 253.", "b"), published=date(2019, 4, 26))
    found = candidates([reading(early, "359", 0.9, 2.0), reading(late, "253", 0.85)])
    assert [item.passage.article_id for item in select(found, "other", 0.5)] == ["b", "a"]
    less = candidates([reading(early, "359", 0.9, 2.0), reading(late, "253", 0.6)])
    assert [item.passage.article_id for item in select(less, "other", 0.5)] == ["b", "a"]
    unsure = candidates([reading(early, "359", 0.9, 2.0), reading(late, "253", 0.4)])
    assert [item.passage.article_id for item in select(unsure, "other", 0.5)] == ["a"]
    older = candidates([reading(early, "359", 0.6), reading(late, "253", 0.9, 2.0)])
    assert [item.passage.article_id for item in select(older, "other", 0.5)] == ["b"]


@pytest.mark.parametrize(("answer", "quote"), [("safe", 0), ("repaired", 0), ("closed", 2)])
def test_a_quotation_is_quoted_whole(answer: str, quote: int) -> None:
    """A sentence that begins or ends inside a quotation takes the one that completes it."""
    parts = ("“The dam is safe, it was not. ", "It was repaired,” the mayor said. ", "The road was closed.")
    text = "".join(parts)
    whole = passage(text)
    (item,) = candidates([reading(whole, answer, 0.6)])
    expected = parts[quote].strip() if quote else "".join(parts[:2]).strip()
    assert quote_span(item).of(text) == expected


def test_nothing_over_the_threshold_is_no_answer() -> None:
    """Below the threshold nothing is chosen, and of nothing, nothing."""
    assert select(candidates([reading(passage(LEAVE, "a"), "Friday", 0.4)]), "other", 0.5) == []
    assert select([], "other", 0.5) == []


def test_sentences_of_one_article_keep_its_order() -> None:
    """The second sentence may be the better one, and still comes second."""
    source = passage("Kim wanted relief from sanctions. Russia hoped for a railway through the peninsula.")
    both = [reading(source, "railway", 0.9, 2.0), reading(source, "relief", 0.85)]
    assert [item.sentence.start for item in select(candidates(both), "why", 0.5)] == [0, 34]
