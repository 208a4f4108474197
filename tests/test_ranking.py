"""Fusing ranked lists, telling copies apart, and the filters that users type."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsqa.errors import QuestionError
from newsqa.search.filters import make_options
from newsqa.search.hybrid import fuse
from newsqa.text.particulars import near_copy, overlap
from newsqa.types import Filter, SearchOptions


def test_fusion_worked_by_hand() -> None:
    """b is second and first: 1/62 + 1/61; a is first only: 1/61; c is second only: 1/62."""
    fused = fuse([["a", "b"], ["b", "c"]])
    assert fused == [("b", 1 / 62 + 1 / 61), ("a", 1 / 61), ("c", 1 / 62)]


@given(st.lists(st.permutations(list("abcdef")), min_size=1, max_size=4))
def test_fusion_keeps_every_item_once_and_in_order(rankings: list[list[str]]) -> None:
    """The fused list holds each item once, and its scores never rise."""
    fused = fuse(rankings)
    assert sorted(key for key, _ in fused) == list("abcdef")
    scores = [score for _, score in fused]
    assert scores == sorted(scores, reverse=True)


def test_an_edited_copy_is_a_near_copy_and_another_story_is_not() -> None:
    """A few changed words leave a copy a copy."""
    story = "Kim Jong Un arrived in Vladivostok on Wednesday for his first talks with Putin, officials said."
    edited = story.replace("his first", "a first").replace("officials", "aides")
    assert near_copy(story, edited)
    assert not near_copy(story, "Fire destroyed the roof of Notre-Dame on Monday evening, and the spire fell.")
    assert overlap("", "") == 1.0


@pytest.mark.parametrize(
    ("since", "until", "source", "expected"),
    [
        (None, None, None, Filter()),
        ("2019-04-25", "", "  Harbour Wire ", Filter(date(2019, 4, 25), None, ("Harbour Wire",))),
        (None, date(2019, 5, 1), ["A", "B", " "], Filter(None, date(2019, 5, 1), ("A", "B"))),
    ],
)
def test_filters_from_what_users_type(since: object, until: object, source: object, expected: Filter) -> None:
    """Days may be text, blank means none, one source may stand alone."""
    given = {"since": since, "until": until, "source": source}
    assert make_options(SearchOptions(), given).where == expected


@pytest.mark.parametrize(
    ("since", "until"), [("yesterday-ish", None), ("2019-02-30", None), ("2019-05-01", "2019-04-01")]
)
def test_a_wrong_day_is_told_in_words(since: str, until: str | None) -> None:
    """A day that is none, or a period that ends before it begins, is a QuestionError."""
    with pytest.raises(QuestionError):
        make_options(SearchOptions(), {"since": since, "until": until})
