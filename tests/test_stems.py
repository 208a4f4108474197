"""What makes two words one."""

from __future__ import annotations

from itertools import chain

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsqa.text.stems import FAMILIES, content_words, forms, stem, tokens


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("meeting", "met"),
        ("meets", "meet"),
        ("talks", "talk"),
        ("died", "deaths"),
        ("won", "win"),
        ("stopped", "stop"),
        ("overthrown", "overthrows"),
        ("crises", "crisis"),
    ],
)
def test_forms_of_a_word_share_a_stem(one: str, other: str) -> None:
    """Inflected and irregular forms come to the same stem."""
    assert stem(one) == stem(other)


@pytest.mark.parametrize(("one", "other"), [("peter", "pet"), ("evening", "even"), ("news", "new")])
def test_different_words_stay_apart(one: str, other: str) -> None:
    """A word that only looks like another's inflection has a stem of its own."""
    assert stem(one) != stem(other)


@pytest.mark.parametrize(
    ("word", "found"),
    [
        ("win", ["win", "won"]),
        ("Caught", ["Caught", "catch"]),
        ("sworn", ["sworn", "swear", "swore"]),
        ("wins", ["wins", "win", "won"]),
        ("talk", ["talk"]),
        ("", [""]),
    ],
)
def test_irregular_forms(word: str, found: list[str]) -> None:
    """A word comes first, as it was given; irregular forms of the same word follow."""
    assert list(forms(word)) == found


def test_every_irregular_form_has_one_base() -> None:
    """No form is in two families, and all of a family have one stem."""
    every = list(chain.from_iterable(FAMILIES))
    assert len(every) == len(set(every))
    assert [family for family in FAMILIES if len({stem(form) for form in family}) != 1] == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Kim’s U.S. visit", ["kim", "united", "states", "visit"]),
        ("", []),
        ("1,200 -- don't!", ["1", "200", "dont"]),
    ],
)
def test_words_of_a_text(text: str, words: list[str]) -> None:
    """Possessive endings, points and apostrophes go."""
    assert tokens(text) == words


def test_pronouns_are_no_content() -> None:
    """What stands for anybody or anything need not stand in an article."""
    assert content_words("Did somebody ever sign anything instead?") == ["sign"]


@given(st.text(max_size=60))
def test_words_that_count_are_among_the_words(text: str) -> None:
    """Any text has content words, never more than words, and none of them is empty."""
    found = content_words(text)
    assert all(found)
    assert len(found) <= len(tokens(text))
