"""Between chats and newsqa: which message is the question, what the turns were, and answers as Markdown."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsqa.errors import QuestionError
from newsqa.interfaces.api._chat import read_messages, split_content, strip_markup, write_content
from newsqa.types import Answer, Citation, Passage, Span, Turn

BASE = "http://127.0.0.1:7860/"


def cited(number: int, quote: str, url: str = "") -> Citation:
    """A citation of a passage that is its quote."""
    span = Span(0, len(quote))
    passage = Passage(
        id=f"p{number}", article_id=f"{number:016x}", text=quote, start=0, end=len(quote), sentences=(span,),
        title=f"Title {number}", url=url,
    )  # fmt: skip
    return Citation(number, quote, 0, len(quote), passage)


def answered(text: str, *citations: Citation) -> Answer:
    """An answer that was not abstained."""
    return Answer("why?", "why?", text, False, 0.9, citations)


@pytest.mark.parametrize(
    ("messages", "question", "turns"),
    [
        ([("user", "why?")], "why?", []),
        ([("system", "be rude"), ("user", "why?")], "why?", []),
        ([("user", "a?"), ("assistant", "b"), ("user", "c?")], "c?", [Turn("a?", "b")]),
        ([("user", "a?"), ("user", "c?")], "c?", [Turn("a?")]),
        ([("assistant", "hello"), ("user", "a?"), ("assistant", "b")], "a?", []),
        ([("user", "a?"), ("assistant", "x"), ("tool", "y"), ("user", "c?")], "c?", [Turn("a?", "x")]),
    ],
)
def test_the_last_user_message_is_the_question(
    messages: list[tuple[str, str]], question: str, turns: list[Turn]
) -> None:
    """What came before are turns; what a system or a tool says is left out."""
    assert read_messages(messages) == (question, turns)


def test_a_chat_without_a_user_has_no_question() -> None:
    """It is an error in words."""
    with pytest.raises(QuestionError, match="no message of the user"):
        read_messages([("system", "x")])


def test_citations_are_annotations_of_their_places() -> None:
    """Each `[n]` of the answer, with its article's own address, else the one it has here; no script's."""
    answer = answered(
        "One. [1] Two. [2] Again. [1]",
        cited(1, "One.", "https://news.example/1"),
        cited(2, "Two.", "javascript:alert(1)"),
    )
    content, annotations = write_content(answer, BASE)
    places = [one["url_citation"] for one in annotations]
    assert [content[one["start_index"] : one["end_index"]] for one in places] == [r"\[1\]", r"\[1\]", r"\[2\]"]
    assert {one["url"] for one in places} == {"https://news.example/1", f"{BASE}v1/articles/{2:016x}"}
    assert "“Two.”" in content


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_categories=["C"]), max_size=60), max_size=4))
def test_an_answer_comes_back_as_it_was(sentences: list[str]) -> None:
    """What a chat sends back as its earlier answer is the answer's own text, whatever marks it holds."""
    kept = [" ".join(sentence.split()).replace("**", "") for sentence in sentences if sentence.split()]
    text = " ".join(f"{sentence} [{number}]" for number, sentence in enumerate(kept, start=1))
    content, _ = write_content(answered(text, *(cited(n, s) for n, s in enumerate(kept, start=1))), BASE)
    assert "".join(split_content(content)) == content
    assert strip_markup(content).replace(" ", "") == text.replace(" ", "")
