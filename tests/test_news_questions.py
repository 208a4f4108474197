"""The questions of readers of news: what counts as right, and what the two sets hold."""

from __future__ import annotations

import json
import lzma
from collections import Counter
from hashlib import sha256
from pathlib import Path

import pytest
from benchmarks.news_questions import (
    SETS,
    Judgement,
    Question,
    articles,
    covers,
    described,
    figures,
    judge,
    load,
    run,
    summary,
)

from newsqa import Answer

TEXT = (
    "The lock at Arlen is shut.\n\nEngineers found cracks in the gate. A diver saw them on Monday. "
    "“We will mend it. It takes a week,” said Ines Calder."
)


def span(sentence: str) -> tuple[int, int]:
    """Where a sentence stands in the text."""
    start = TEXT.index(sentence)
    return start, start + len(sentence)


CRACKS, DIVER, WEEK = (
    span(one)
    for one in ("Engineers found cracks in the gate.", "A diver saw them on Monday.", "It takes a week,”")
)
WHY = Question("x-1", "lock", "", "why", "Why is the lock shut?", ((CRACKS, DIVER), (WEEK,)), None, "")


@pytest.mark.parametrize(
    ("quote", "held"),
    [
        ("Engineers found cracks in the gate.", True),
        ("Engineers\n found  cracks in the gate.", True),
        ("found cracks in the gate", True),
        ("in the gate.", False),
        ("The lock at Arlen is shut. Engineers found cracks in the gate. A diver saw", True),
        ("The lock at Arlen is shut.", False),
        ("Engineers saw cracks in the gate.", False),
        ("", False),
    ],
)
def test_a_quote_counts_with_half_of_a_sentence(quote: str, held: bool) -> None:
    """White space does not matter, other words do; what is quoted around the sentence does no harm."""
    assert covers(quote, TEXT, [CRACKS]) is held


def test_each_place_of_a_quote_is_tried() -> None:
    """A quote that stands twice in the text is right if one of its places is."""
    assert covers("Yes, it is.", "Yes, it is. Is it? Yes, it is.", [(19, 30)])


@pytest.mark.parametrize(
    ("quotes", "nuggets", "citations"),
    [
        (["A diver saw them on Monday.", "The lock at Arlen is shut."], (True, False), (True, False)),
        (["Engineers found cracks in the gate.", "It takes a week,” said Ines"], (True, True), (True, True)),
        ([], (False, False), ()),
    ],
)
def test_a_nugget_is_met_by_any_of_its_sentences(
    quotes: list[str], nuggets: tuple[bool, ...], citations: tuple[bool, ...]
) -> None:
    """A citation is right if it holds a sentence of any nugget."""
    assert judge(WHY, TEXT, "It is shut.", quotes, refused=False) == Judgement("why", False, nuggets, citations)


@pytest.mark.parametrize(
    ("said", "verdict", "right"),
    [
        ("No. Cracks [1]", "no", True),
        ("Yes: cracks [1]", "no", False),
        ("Nobody [1]", "no", None),
        ("No.", None, None),
    ],
)
def test_the_verdict_is_the_word_that_the_answer_opens_with(said: str, verdict: str, right: bool | None) -> None:
    """An answer without Yes or No at its beginning gives no verdict, nor does one to another kind of question."""
    asked = Question("x-2", "lock", "", "yesno", "Is the lock open?", ((CRACKS,),), verdict, "")
    assert judge(asked, TEXT, said, [], refused=False).said is right


def test_the_figures_worked_by_hand() -> None:
    """Refusals of the answerable are false ones; a citation for an unanswerable question is wrong."""
    judged = [
        Judgement("why", False, (True, False), (True, False)),
        Judgement("why", True, (False,)),
        Judgement("yesno", False, (True,), (True,), said=False),
        Judgement("unanswerable", True),
        Judgement("unanswerable", False, (), (False,)),
    ]
    assert summary(judged) == {
        "why": {
            "questions": 2, "right sentence": 0.5, "nuggets covered": 0.25, "refused": 0.5, "right citations": 0.5,
        },
        "yesno": {
            "questions": 1, "right sentence": 1.0, "nuggets covered": 1.0, "refused": 0.0, "right citations": 1.0,
            "Yes or No said": 1.0, "right Yes or No": 0.0,
        },
        "unanswerable": {"questions": 2, "refused": 0.5, "right citations": 0.0},
        "answerable": {
            "questions": 3, "right sentence": 0.6667, "nuggets covered": 0.5, "refused": 0.3333,
            "right citations": 0.6667, "Yes or No said": 1.0, "right Yes or No": 0.0,
        },
        "all": {
            "questions": 5, "right sentence": 0.6667, "nuggets covered": 0.5, "refused": 0.4,
            "right citations": 0.5, "Yes or No said": 1.0, "right Yes or No": 0.0,
        },
    }  # fmt: skip
    assert figures([]) == {"questions": 0}


def test_the_two_sets_are_alike_and_share_no_article() -> None:
    """Each has 100 questions on 30 articles, as many of each kind as agreed, with sentences where they belong."""
    for name, yesno in zip(SETS, (13, 12), strict=True):
        asked = load(name)
        kinds = Counter(one.kind for one in asked)
        assert (len(asked), len({one.id for one in asked}), len({one.article_id for one in asked})) == (
            100,
            100,
            30,
        )
        assert (kinds["why"] + kinds["how"], kinds["comparison"] + kinds["list"]) == (25, 10)
        assert (kinds["yesno"], kinds["quote"], kinds["fact"], kinds["unanswerable"]) == (
            yesno,
            25 - yesno,
            20,
            20,
        )
        for one in asked:
            assert (one.kind == "unanswerable") is not bool(one.nuggets)
            assert (one.kind == "yesno") is (one.verdict in {"yes", "no"})
            assert one.note or one.nuggets
            assert all(
                sentences and all(0 <= start < end for start, end in sentences) for sentences in one.nuggets
            )
    dev, test = ({one.article_id for one in load(name)} for name in SETS)
    assert not dev & test


def data_of_the_lock(folder: Path) -> Path:
    """A folder with the file of articles: that on the lock between two others."""
    rows = [
        {
            "id": name,
            "url": f"https://news.example/{name}",
            "title": title,
            "published": "2022/05/04",
            "text": text,
        }
        for name, title, text in (
            ("hens", "Hens in Sund", "A farmer in Sund keeps ninety hens. He sells the eggs at the harbour."),
            ("lock", "Arlen's lock", TEXT),
            ("choir", "A choir", "The choir of Brede sang for two hours on Sunday."),
        )
    ]
    with lzma.open(folder / "realtimeqa_articles.jsonl.xz", "wt", encoding="utf-8") as file:
        file.writelines(json.dumps(row) + "\n" for row in rows)
    return folder


def asked_of_the_lock(text: str = TEXT) -> Question:
    """A question on the lock, written on a text."""
    digest = sha256(text.encode()).hexdigest()[:16]
    return Question("x-3", "lock", digest, "fact", "What did engineers find in the gate?", ((CRACKS,),), None, "")


def test_the_articles_asked_about_come_with_as_many_others(tmp_path: Path) -> None:
    """The others are the first of the file; a text that has changed, or is not there, stops the run."""
    data = data_of_the_lock(tmp_path)
    assert [row["id"] for row in articles(data, [asked_of_the_lock()], 0)] == ["lock"]
    found = articles(data, [asked_of_the_lock()], 1)
    assert [(row["id"], row["published"]) for row in found] == [("hens", "2022-05-04"), ("lock", "2022-05-04")]
    with pytest.raises(SystemExit, match="The text of lock is not the one"):
        articles(data, [asked_of_the_lock("Another text.")], 0)
    with pytest.raises(SystemExit, match="lacks 1 of the articles: gate"):
        articles(data, [Question("x", "gate", "", "fact", "?", (), None, "")], 0)


def test_newsqa_is_asked_and_judged(tmp_path: Path) -> None:
    """The index is built from the records, kept, and used again; the list shows the quote and what was wanted."""
    asked = [asked_of_the_lock()]
    rows = articles(data_of_the_lock(tmp_path), asked, 2)
    result, read = run(tmp_path / "kept", rows, asked)
    assert result["articles"] == 3
    assert result["fact"] == {
        "questions": 1, "right sentence": 1.0, "nuggets covered": 1.0, "refused": 0.0, "right citations": 1.0,
    }  # fmt: skip
    assert "right [1] Engineers found cracks in the gate." in read[0]
    assert "wanted 1: Engineers found cracks in the gate." in read[0]
    assert run(tmp_path / "kept", rows, asked) == (result, read)


def test_a_refusal_is_listed_as_one() -> None:
    """Its text, which only says that the articles do not tell, is left out."""
    answer = Answer("Why?", "Why?", "The articles do not say.", True, 0.1)
    asked = Question("x-4", "lock", "", "unanswerable", "Who paid?", (), None, "No one is named.")
    judged = judge(asked, TEXT, answer.text, [], refused=True)
    assert described(asked, TEXT, answer, judged).splitlines() == [
        "x-4 [unanswerable] Who paid?",
        "    refused (0.10)",
        "    note: No one is named.",
    ]
