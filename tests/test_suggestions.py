"""Questions to suggest: how they are made of sentences, which are kept, and who gets them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsqa import NewsQA
from newsqa.answers.suggestions import Suggester, answers_well, choose
from newsqa.errors import QuestionError
from newsqa.text.question_generation import generate_questions
from newsqa.types import Answer, Article, Citation
from tests.fakes import passage
from tests.newsroom import copy_index
from tests.served import Served

MADE = [
    ("The harbour bridge was closed because its cables had rusted.", ["Why was the harbour bridge closed?"]),
    ("Ada Quay was elected mayor on 3 May 2021.", ["When was Ada Quay elected mayor?"]),
    (
        "The treaty was signed in Reykjavik on Friday.",
        ["When was the treaty signed in Reykjavik?", "Where was the treaty signed?"],
    ),
    ("The mill was founded by the Quay brothers.", ["Who founded the mill?"]),
    ("The ferry left the island on Monday, hours before the storm.", ["When did the ferry leave the island?"]),
    ("Quay lost because few trusted him.", ["Why did Quay lose?"]),
    ("About 1,200 people were evacuated from the valley.", ["How many people were evacuated from the valley?"]),
    ("Nearly three million voters stayed at home, the office said.", ["How many voters stayed at home?"]),
    ("Ada Quay, the mayor of Port Gull, opened it.", ["Who is Ada Quay?"]),
    ("“We will rebuild it,” said Ada Quay.", ["What did Ada Quay say?"]),
    # What does not say by itself whom or what it means, or is of another shape, gives none.
    ("He was elected mayor on 3 May 2021.", []),
    ("This was signed in Reykjavik.", []),
    ("The two men met on Friday.", []),
    ("At Port Gull, the last station of the line, women danced.", []),
    ("4. Ships stayed in port", []),
    ("Of the 40 ships, one was lost.", []),
    ("The minister said on Monday that nothing was decided.", []),
    ("", []),
]


@pytest.mark.parametrize(("sentence", "questions"), MADE, ids=[sentence[:40] for sentence, _ in MADE])
def test_a_sentence_gives_the_questions_that_it_answers(sentence: str, questions: list[str]) -> None:
    """Its own words make them, and only where its shape makes good ones."""
    assert generate_questions(sentence, sentence) == questions


@pytest.mark.parametrize(
    ("text", "question"),
    [
        ("Warnings were issued in Texas. All heeded the warnings.", "Where were warnings issued?"),
        ("Assange was arrested in London. Police came for Assange.", "Where was Assange arrested?"),
        ("Justice Secretary Gove was seen in London.", "Where was Justice Secretary Gove seen?"),
    ],
)
def test_a_first_word_keeps_its_capital_only_as_a_name(text: str, question: str) -> None:
    """The article shows how it is spelt elsewhere; before another name it is part of one."""
    assert generate_questions(text.partition(". ")[0] + ".", text) == [question]


PIECES = "The A was were , “ ” 12 people left because on Friday in Rome signed by Ada Quay said".split()


@given(st.text(max_size=800) | st.lists(st.sampled_from(PIECES), max_size=60).map(" ".join))
def test_any_text_gives_short_lines(text: str) -> None:
    """Whatever stands in an article, a question is a line of at most 90 characters that ends as one."""
    for question in generate_questions(text, text):
        assert question.endswith("?")
        assert len(question) <= 90
        assert "\n" not in question


def article(text: str, language: str = "en") -> Article:
    """An article of one text."""
    return Article(id=text[:8], title="", text=text, content_hash=text, language=language)


def answering(quote: str, confidence: float = 0.9) -> Answer:
    """An answer that quotes something."""
    return Answer("", "", quote, False, confidence, (Citation(1, quote, 0, len(quote), passage(quote)),))


BRIDGE, MILL = "The bridge was closed because it shook.", "The mill was built on Friday."


@pytest.mark.parametrize(
    ("answer", "kept"),
    [
        (answering(BRIDGE), True),
        (answering(f"{BRIDGE} It reopened."), True),
        (answering(BRIDGE, 0.7), False),
        (answering("The pier was closed because it shook."), False),
        (replace(answering(BRIDGE), kind="overview"), False),
        (Answer("", "", "No.", True, 0.9), False),
    ],
)
def test_only_what_is_answered_well_is_kept(answer: Answer, kept: bool) -> None:
    """Likely at least, and with the sentence that the question was made of."""
    assert answers_well(answer, BRIDGE) is kept


def test_articles_take_turns() -> None:
    """One question of each article comes before the second of any, and what is known is left out."""
    articles = [article(f"{BRIDGE} The gate was built on Monday."), article(MILL)]
    expected = ["Why was the bridge closed?", "When was the mill built?", "When was the gate built?"]
    assert choose(articles, lambda *_: True, 3) == expected
    assert choose(articles, lambda *_: True, 2) == expected[:2]
    assert choose(articles, lambda *_: True, 3, known="Was the bridge closed?") == [expected[2], expected[1]]
    assert choose(articles, lambda question, _: "gate" in question, 3) == expected[2:]


def test_questions_are_asked_once_and_not_for_ever(newsroom_index: Path, tmp_path: Path) -> None:
    """At most 24 for a list, and what is known of a question is known until the articles change."""
    asked: list[str] = []

    def ask(question: str) -> Answer:
        asked.append(question)
        return Answer("", "", "", True, 0.0)

    with NewsQA.open(copy_index(newsroom_index, tmp_path / "index")) as qa:
        text = "\n\n".join(f"The mill of village {number} was built in {1900 + number}." for number in range(40))
        qa.add_text(text, title="Mills", published="2031-05-08")
        suggester = Suggester(qa.index, lambda about: [], ask)
        assert suggester.suggest("", 5) == []
        assert len(asked) == len(set(asked)) == 24
        suggester.suggest("", 5)
        assert 24 < len(asked) == len(set(asked))
        qa.add_text("The pier is old.", title="A pier")
        suggester.suggest("", 5)
        assert len(set(asked)) < len(asked)


def test_only_english_gives_questions() -> None:
    """What is in another language has other shapes."""
    assert choose([article(BRIDGE, "de")], lambda *_: True, 3) == []


@pytest.mark.slow
def test_suggestions_of_the_corpus_are_answered(corpus_index: Path) -> None:
    """Asked as they are, all of them; those about a question begin with its articles and leave it out."""
    with NewsQA.open(corpus_index) as qa:
        found = qa.suggest(most=5)
        assert len(set(found)) == 5
        assert {qa.ask(question).support for question in found} <= {"well supported", "likely"}
        assert qa.suggest(most=5) == found
        assert "Who is Julian Assange?" in qa.suggest("Why was Assange arrested?")
        assert "Who is Julian Assange?" not in qa.suggest("Who is Julian Assange?")
        asked = "Why did Kim meet Putin?", "How many people did Moon speak to?", "What is the backstop?"
        assert [len(set(qa.suggest(question))) for question in asked] == [3, 3, 3]
        with pytest.raises(QuestionError, match="2,000 is the most"):
            qa.suggest("x" * 2001)


@pytest.mark.slow
def test_suggestions_change_with_the_articles(newsroom_index: Path, tmp_path: Path) -> None:
    """A new article is suggested from at once; an empty library has nothing to suggest."""
    text = "The windmill of Arlen was sold to Ada Quay on 7 May 2031. She will live in it with three goats."
    question = "When was the windmill of Arlen sold to Ada Quay?"
    with NewsQA.open(copy_index(newsroom_index, tmp_path / "index")) as qa:
        assert question not in qa.suggest()
        qa.add_text(text, title="A windmill", published="2031-05-08")
        assert question in qa.suggest()
    with NewsQA.open(tmp_path / "empty") as qa:
        assert qa.suggest() == qa.suggest("Why?") == []


@pytest.mark.slow
def test_the_api_suggests(page_server: Served) -> None:
    """`GET /v1/suggestions`, as many as are wanted; what is too long is refused."""
    first = page_server.request("GET", "/v1/suggestions?limit=5").json["suggestions"]
    assert len(first) == 5
    near = page_server.request("GET", "/v1/suggestions?about=Why+was+Assange+arrested").json["suggestions"]
    assert 1 <= len(near) <= 3
    assert near != first[:3]
    assert page_server.request("GET", f"/v1/suggestions?about={'x' * 2001}").status == 422
