"""Abbreviations and what they stand for are one."""

from __future__ import annotations

from pathlib import Path

import pytest

from newsqa import NewsQA
from newsqa.search.questions import analyse
from newsqa.store.analysis import analyse_query
from newsqa.text.stems import content_words, other_forms, spell_out


def test_both_forms_have_the_same_words() -> None:
    """With and without points; "us" and "who" stay the words that they are."""
    assert content_words("the U.S. and the EU") == content_words("the United States and the European Union")
    assert spell_out("us") == spell_out("who") == ()
    assert content_words("Who told us?") == content_words("told")


@pytest.mark.parametrize(
    ("text", "forms"),
    [("What does the EU pay?", ["european union"]), ("Did the United Nations vote?", ["UN"]), ("USB sticks", [])],
)
def test_a_search_looks_for_both(text: str, forms: list[str]) -> None:
    """The other form is looked for, too."""
    assert list(other_forms(text)) == forms
    assert {stem for form in forms for stem in analyse_query(form)} <= set(analyse_query(text))


def test_the_words_of_a_question_are_spelt_out() -> None:
    """So that neither form is told to be missing."""
    assert analyse("What does the EU pay?").surface == {"european": "european", "union": "union", "pay": "pay"}


def test_a_question_finds_the_other_form(tmp_path: Path) -> None:
    """The article has the long form, the question the short one."""
    with NewsQA.open(tmp_path) as qa:
        qa.add_text(
            "The Dutch prime minister wants the European Union to pay half of the generators.", title="Half"
        )
        answer = qa.ask("What should the EU pay?")
    assert not answer.abstained
