"""Answers over the corpus with the real models: what a reader of newsqa gets."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from newsqa import Answer, NewsQA, NewsqaError, Settings, Turn
from newsqa.errors import IndexMissingError, QuestionError
from newsqa.search.spelling import find_spellings
from newsqa.types import Passage, Span, Step

ROOT = Path(__file__).parents[1]
AGENCY = sorted((ROOT / "tests" / "data").glob("agency_*.txt"))
NOT_PROSE = (
    "Ferry link across the strait reopens",
    "Operator promises three sailings",
    "Cheaper tickets for islanders",
    "Why did the repair take so long",
    "What happens next",
    "unlimited reading",
)


@pytest.fixture(scope="module")
def qa(corpus_index: Path) -> Iterator[NewsQA]:
    """The index of the corpus."""
    with NewsQA.open(corpus_index) as opened:
        yield opened


def assert_verbatim(qa: NewsQA, answer: Answer) -> None:
    """Every sentence of an answer is a quote that stands at its offsets, inside a passage of its article."""
    text = answer.text
    for number, citation in enumerate(answer.citations, start=1):
        assert citation.number == number
        article = qa.article(citation.passage.article_id)
        assert article.text[citation.start : citation.end] == citation.quote
        assert all(citation.start <= span.start < span.end <= citation.end for span in citation.highlights)
        said = f"{' '.join(citation.quote.split())} [{number}]"
        assert said in text
        text = text.replace(said, "").strip()
    assert text == ""


@pytest.mark.parametrize(
    "question", ["why did Kim meet Putin?", "Why did Kim meet Putin", "why did kim meet putin"]
)
def test_why_did_kim_meet_putin(qa: NewsQA, question: str) -> None:
    """The first example of the page gives reasons from the articles on the summit."""
    answer = qa.ask(question)
    assert not answer.abstained
    assert_verbatim(qa, answer)
    titles = " ".join(citation.passage.title for citation in answer.citations)
    assert "Kim" in titles
    assert "Putin" in titles


def test_what_the_articles_do_not_say(qa: NewsQA) -> None:
    """newsqa abstains, says what is missing, and shows the nearest articles; not of each question, but of most."""
    asked = (
        "What did Kim eat for dinner?", "Who won the 2018 World Cup?", "How tall is the Eiffel Tower?",
        "Who is the mayor of Hanoi?", "When was the telephone invented?", "Why do cats purr?",
    )  # fmt: skip
    answers = [answer for answer in map(qa.ask, asked) if answer.abstained]
    assert len(answers) >= 4
    for answer in answers:
        assert answer.citations == ()
        assert answer.missing
        assert answer.related


def test_an_irregular_form_is_no_missing_word(qa: NewsQA) -> None:
    """A word that articles have in another form ("won" for "win") is not called missing; one that none has is."""
    answer = qa.ask("When did Zelensky catch and win the zebra?")
    assert answer.abstained
    missing = answer.missing[0]
    assert "zebra" in missing
    assert "win" not in missing
    assert "catch" in missing


def test_a_follow_up_is_searched_as_a_whole_question(qa: NewsQA) -> None:
    """The earlier turn gives the names; what was searched for is told."""
    first = qa.ask("why did Kim meet Putin?")
    answer = qa.ask("and where did they meet?", history=[Turn(first.question, first.text)])
    assert answer.question == "and where did they meet?"
    assert answer.searched_for.startswith(answer.question.rstrip("?"))
    assert_verbatim(qa, answer)


def test_filters_choose_who_may_answer(qa: NewsQA) -> None:
    """Citations come from the source and the days asked for; a period without articles abstains and says so."""
    answer = qa.ask("How many people died in Sri Lanka?", source="Pacific Courier", since="2019-04-25")
    assert {citation.passage.source for citation in answer.citations} <= {"Pacific Courier"}
    late = qa.ask("Why did Kim meet Putin?", since="2024-01-01")
    assert late.abstained
    assert "2024" not in late.text
    assert any("2019" in reason for reason in late.missing)
    nowhere = qa.ask("Why did Kim meet Putin?", source="No Such Paper")
    assert nowhere.missing == ("No article is from No Such Paper.",)


def test_an_outlet_that_the_question_quotes_answers_alone(qa: NewsQA) -> None:
    """ "According to" an outlet chooses its articles, which is said where they do not answer."""
    answer = qa.ask("According to the Pacific Courier, how many people died in Sri Lanka?")
    assert {citation.passage.source for citation in answer.citations} == {"Pacific Courier"}
    assert answer.searched_for == "how many people died in Sri Lanka?"
    silent = qa.ask("How many people died in Sri Lanka according to pacific courier?", since="2024-01-01")
    assert silent.abstained
    assert "The search was narrowed to Pacific Courier, because the question says so." in silent.missing
    other = qa.ask("According to the No Such Paper, how many people died in Sri Lanka?")
    assert other.searched_for.startswith("According to the No Such Paper")


def test_steps_come_before_the_answer(qa: NewsQA) -> None:
    """`stream` tells what it does and ends in what `ask` returns."""
    *steps, answer = qa.stream("Where did Kim and Putin meet?")
    assert [step.name for step in steps if isinstance(step, Step)] == ["searching", "reading"]
    assert answer == qa.ask("Where did Kim and Putin meet?")


@pytest.mark.parametrize("question", ["", "   ", "x" * 100_000])
def test_a_question_that_is_none(qa: NewsQA, question: str) -> None:
    """Empty and oversized questions are told in words, at once and not while streaming."""
    with pytest.raises(QuestionError):
        qa.stream(question)


def test_an_empty_index_says_what_to_do(tmp_path: Path) -> None:
    """Nothing ingested: the error names the command."""
    with NewsQA.open(tmp_path / "empty") as empty, pytest.raises(IndexMissingError, match="newsqa ingest"):
        empty.ask("Why?")


def test_one_bad_file_does_not_stop_the_others(tmp_path: Path) -> None:
    """Binary, empty, broken and missing files are reported, the good one goes in."""
    folder = tmp_path / "mixed"
    folder.mkdir()
    shutil.copy(AGENCY[0], folder / "good.txt")
    (folder / "binary.txt").write_bytes(bytes(range(256)) * 10)
    (folder / "empty.md").write_bytes(b"")
    (folder / "broken.md").write_text("---\ntitle: [unclosed\n---\nText.\n")
    with NewsQA.open(tmp_path / "home") as qa:
        report = qa.ingest([folder, tmp_path / "nowhere"])
        assert report.added == 1
        failed = {Path(event.name).name for event in report.failed}
        assert failed == {"binary.txt", "empty.md", "broken.md", "nowhere"}
        assert all(event.reason for event in report.failed)
        again = qa.ingest([folder])
        assert (again.added, again.same) == (0, 1)
        (folder / "good.txt").unlink()
        assert qa.ingest([folder], prune=True).removed == 1
        assert qa.articles() == []


@pytest.mark.slow
def test_an_agency_article_dropped_in_as_a_bare_text(tmp_path: Path) -> None:
    """No heading, subtitle or advertisement is ever quoted, whatever is asked, even in their own words."""
    questions = [
        "Why did the repair take so long?",
        "What happens next?",
        "What does the operator promise?",
        "Who gets cheaper tickets?",
        "How much is the subscription?",
        "Why did the ferry link close?",
        "How long did the crossing take?",
        "Who said that people moved away?",
    ]
    with NewsQA.open(settings=Settings.load(home=tmp_path / "home", threshold=0.01)) as qa:
        qa.ingest(AGENCY)
        for question in questions:
            answer = qa.ask(question)
            assert_verbatim(qa, answer) if not answer.abstained else None
            assert not any(part in citation.quote for citation in answer.citations for part in NOT_PROSE)
        assert "48 minutes" in qa.ask("How long did the crossing take?").text


def test_an_answer_becomes_json(qa: NewsQA) -> None:
    """`to_dict` holds exactly what `newsqa ask --json` promises."""
    given = json.loads(json.dumps(qa.ask("Where did Kim and Putin meet?").to_dict()))
    answer = "question searched_for text abstained missing confidence citations"
    assert list(given) == [*answer.split(), *"model notice sentences outlets period language kind support".split()]
    wanted = "number article_id title source published updated url quote start end also".split()
    assert all(set(wanted) <= set(citation) for citation in given["citations"])


def test_every_public_error_is_a_newsqa_error(qa: NewsQA) -> None:
    """Wrong days, numbers and ids raise nothing else."""
    for wrong in (
        lambda: qa.ask("Why?", since="soon"),
        lambda: qa.ask("Why?", k=0),
        lambda: qa.search("Kim", k=5_000),
        lambda: qa.article("no such id"),
    ):
        with pytest.raises(NewsqaError):
            wrong()


@pytest.mark.parametrize(
    ("words", "near"),
    [
        (["Puttin"], {"Puttin": "Putin"}),
        (["Vladivostock", "zebra"], {"Vladivostock": "Vladivostok"}),
        (["Kin"], {}),
        ([], {}),
    ],
)
def test_a_near_spelling_is_offered(words: list[str], near: dict[str, str]) -> None:
    """A word of the passages that is spelt nearly as a missing one, unless it is short."""
    text = "Putin met Kim in Vladivostok."
    passage = Passage("p", "a", text, 0, len(text), (Span(0, len(text)),))
    assert find_spellings(words, [passage]) == near


@pytest.mark.parametrize("question", ["Wer gewann die Wahl?", "Wo war das Treffen?", "Welche Bank zahlt?"])
def test_a_question_in_another_language_gets_no_guess(qa: NewsQA, question: str) -> None:
    """Words that it shares with English ("die", "war") find sentences, of which nobody knows how sure they are."""
    answer = qa.ask(question)
    assert answer.abstained
    assert "another language" in answer.missing[0]
