"""Turns of a conversation that are no questions for a fact: thanks, more, again, and what is new."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from newsqa import NewsQA, Turn
from newsqa.search.conversation import find_wanted, topic_of
from newsqa.search.questions import analyse
from newsqa.text.languages import question_note
from tests.newsroom import BRIDGE_QUESTION

ASKED = Turn("Why did Kim meet Putin?", "Kim sought support. [1]")
THANKS = Turn("thanks!", "Ask what is in the articles.")


@pytest.mark.parametrize(
    ("text", "history", "wish", "question"),
    [
        ("Thanks!", (ASKED,), "nothing", "Thanks!"),
        ("hello there", (), "nothing", "hello there"),
        ("ok, thank you very much", (ASKED,), "nothing", "ok, thank you very much"),
        ("tell me more", (ASKED,), "more", "Why did Kim meet Putin?"),
        ("more please", (ASKED, THANKS), "more", "Why did Kim meet Putin?"),
        ("What else?", (ASKED,), "more", "Why did Kim meet Putin?"),
        ("Can you say that again?", (ASKED,), "again", "Why did Kim meet Putin?"),
        ("more", (), "nothing", "more"),
        ("why?", (ASKED,), "answer", "why?"),
        ("Who thanked the pilots?", (ASKED,), "answer", "Who thanked the pilots?"),
        ("Did it happen again?", (ASKED,), "answer", "Did it happen again?"),
    ],
)
def test_what_is_wanted(text: str, history: tuple[Turn, ...], wish: str, question: str) -> None:
    """Courtesies ask nothing; "more" and "again" are of the last turn that asked something."""
    found = find_wanted(text, history)
    assert (found.wish, found.question) == (wish, question)


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("What happened in Gullhaven?", {"gullhaven"}),
        ("What's the latest on the rail strike?", {"rail", "strike"}),
        ("Tell me about Ada Finch", {"ada", "finch"}),
        ("Kim Jong Un", {"kim", "jong", "un"}),
        ("news", set()),
        ("When did Kim visit Hanoi?", set()),
        ("What did the mayor of Gullhaven promise the bakers?", set()),
    ],
)
def test_a_topic_is_known_by_what_else_is_asked(text: str, topic: set[str]) -> None:
    """Nothing but its name, or what is new about it."""
    assert set(topic_of(analyse(text))) == topic


def test_thanks_need_no_search(newsroom_index: Path) -> None:
    """The reply says what can be asked, and cites nothing."""
    with NewsQA.open(newsroom_index) as qa:
        (answer,) = qa.stream("Thanks!", history=[ASKED])
    assert (answer.kind, answer.abstained, answer.citations) == ("courtesy", True, ())


def test_more_goes_on_where_the_quote_ended(newsroom_index: Path) -> None:
    """The next sentences of the quoted article come, none twice, until there are no more."""
    with NewsQA.open(newsroom_index) as qa:
        history = [Turn(BRIDGE_QUESTION, qa.ask(BRIDGE_QUESTION).text)]
        seen = []
        for _ in range(8):
            more = qa.ask("tell me more", history=history)
            if more.abstained:
                break
            assert more.kind == "more"
            seen += [cited.quote for cited in more.citations]
            history.append(Turn("tell me more", more.text))
    assert more.abstained
    assert "no more" in more.text
    assert seen
    assert len(set(seen)) == len(seen)


def test_again_is_the_same(newsroom_index: Path) -> None:
    """The last answer comes once more, under the words that were typed."""
    with NewsQA.open(newsroom_index) as qa:
        first = qa.ask(BRIDGE_QUESTION)
        again = qa.ask("Say that again, please", history=[Turn(BRIDGE_QUESTION, first.text)])
    assert again.text == first.text
    assert again.question == "Say that again, please"


def test_a_topic_is_answered_with_the_newest(tmp_path: Path) -> None:
    """Each story has a sentence, the newest first, with its day; what is not about the topic is left out."""
    with NewsQA.open(tmp_path) as qa:
        for day, title, text in (
            ("2024-05-02", "Rail strike begins", "Train drivers began a strike at dawn. Buses were full in Tarn."),
            ("2024-05-09", "Strike on the rails ends", "The rail strike ended after a week of talks in Tarn."),
            ("2024-05-10", "Bakers want flour", "Bakers in Gullhaven asked for cheaper flour on Friday."),
        ):
            qa.add_text(text, title=title, published=date.fromisoformat(day), source="The Tarn Post")
        answer = qa.ask("What's the latest on the rail strike?")
    assert answer.kind == "overview"
    assert answer.text.startswith("9 May 2024: The rail strike ended")
    assert "Bakers" not in answer.text


@pytest.mark.parametrize("question", ["Tarn in March 2024", "What is new in Tarn in March 2024?"])
def test_what_was_new_then_is_not_what_came_later(tmp_path: Path, question: str) -> None:
    """A topic with a month is answered with the reports of that month, although later ones name the topic, too."""
    with NewsQA.open(tmp_path) as qa:
        for day, text in (
            ("2024-03-05", "Snow blocked every road around Tarn. Nobody was hurt in the drifts."),
            ("2024-06-09", "A rail strike ended after a week of talks in Tarn. Buses had been full for days."),
        ):
            qa.add_text(text, title="From the valley", published=date.fromisoformat(day), source="The Tarn Post")
        answer = qa.ask(question, as_of=date(2024, 6, 30))
    assert [cited.passage.published for cited in answer.citations] == [date(2024, 3, 5)]


def test_a_question_in_another_language_is_told_so(tmp_path: Path) -> None:
    """It is not said that no article has its small words, nor is any taken for another."""
    with NewsQA.open(tmp_path) as qa:
        qa.add_text(
            "The council of Tarn will close the old bridge in June because its beams are cracked.",
            title="Bridge to close", published=date(2024, 5, 2), source="The Tarn Post", language="en",
        )  # fmt: skip
        german = qa.ask("Wie viele Menschen wohnen eigentlich an der Bridgge?")
        english = qa.ask("How many people cultivate rhubarb there?")
    assert german.abstained
    assert german.searched_for == german.question
    assert german.missing == (
        "The question seems to be in another language (de) than the articles (en), and nothing is translated. "
        "Ask in theirs.",
    )
    assert any("rhubarb" in line for line in english.missing)


def test_a_topic_that_no_article_has_gets_no_overview(tmp_path: Path) -> None:
    """What is there on a part of it is no news of the rest."""
    with NewsQA.open(tmp_path) as qa:
        qa.add_text(
            "The bank of the river Tarn is flooded.", title="Flood", published=date(2024, 5, 2), source="Post"
        )
        assert qa.ask("river Tarn").kind == "overview"
        answer = qa.ask("river Tarn volcano")
    assert answer.abstained
    assert answer.missing == ("No article mentions “volcano”.",)


@pytest.mark.parametrize(
    ("question", "told"),
    [
        ("Wann schloss Tarn?", True), ("Wo liegt die Stadt?", True), ("Qui a fermé la route ?", True),
        ("Who closed Tarn?", False), ("tarn bridge closure", False), ("When will Ayesha Nkemelu visit?", False),
    ],
)  # fmt: skip
def test_a_few_words_are_enough_to_tell_another_language(question: str, told: bool) -> None:
    """They are hardly like any language, but far less like that of the articles; names belong to none."""
    assert bool(question_note(question, ["en"])) is told
    assert not question_note(question, ["tlh", "und"]), "of Klingon articles nothing can be told"
