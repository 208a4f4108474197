"""What readers say of answers: kept in the index folder, and made into questions that `newsqa evaluate` takes."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from newsqa import NewsQA, Turn
from newsqa.errors import StorageError
from newsqa.evaluate import GoldQuestion, read_items
from newsqa.store import keeping as kept
from newsqa.types import Judgement
from tests.newsroom import BRIDGE_EVIDENCE, BRIDGE_QUESTION, UNANSWERED_QUESTION, copy_index

RIGHT = Judgement(
    "Why?", True, datetime(2026, 1, 2, tzinfo=UTC), (Turn("What?", "That."),), "Since.", ("Since.",), ("a",)
)
BROKEN = ("She\u2028left,\x85and\u2029stayed.",)
"""Words of an article whose lines end in ways of their own."""
SILENT = replace(RIGHT, quotes=(), articles=(), history=())


@pytest.mark.parametrize(
    ("judgement", "gold"),
    [
        (RIGHT, GoldQuestion("Why?", True, (), ("Since.",), ("a",), RIGHT.history, "feedback")),
        (replace(RIGHT, quotes=BROKEN), GoldQuestion("Why?", True, (), BROKEN, ("a",), RIGHT.history, "feedback")),
        (SILENT, GoldQuestion("Why?", False, kind="feedback")),
        (replace(RIGHT, right=False, history=(), why="<b>"), None),
        (
            replace(SILENT, right=False, correct="Because."),
            GoldQuestion("Why?", True, ("Because.",), kind="feedback"),
        ),
        (replace(RIGHT, right=False, history=(), unanswerable=True), GoldQuestion("Why?", False, kind="feedback")),
    ],
)
def test_what_was_said_becomes_a_question(judgement: Judgement, gold: GoldQuestion | None, tmp_path: Path) -> None:
    """As far as it says what is right; it is read back as it was written."""
    kept.keep_judgement(tmp_path, judgement)
    (again,) = kept.read_judgements(tmp_path)
    assert again == judgement
    question = again.to_question()
    if gold is None:
        assert question is None
        return
    file = tmp_path / "questions.jsonl"
    file.write_text(json.dumps(question, ensure_ascii=False), encoding="utf-8")
    assert read_items(file) == [gold]


def test_lines_that_cannot_be_read_are_left_out(tmp_path: Path) -> None:
    """Whatever stands in the file, what is sound in it is read; only its owner may read it."""
    kept.keep_judgement(tmp_path, RIGHT)
    path = tmp_path / "feedback.jsonl"
    assert path.stat().st_mode & 0o777 == 0o600
    path.write_bytes(b'{"question": 1}\n\xff\n[]\n' + path.read_bytes())
    assert list(kept.read_judgements(tmp_path)) == [RIGHT]


def test_a_full_file_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It does not grow without end."""
    monkeypatch.setattr(kept, "_MOST_BYTES", 400)
    kept.keep_judgement(tmp_path, RIGHT)
    with pytest.raises(StorageError, match="Export"):
        kept.keep_judgement(tmp_path, RIGHT)


@pytest.mark.slow
def test_newsqa_is_evaluated_on_what_was_said(newsroom_index: Path, tmp_path: Path) -> None:
    """Answers that were called right are counted as right when they are given again."""
    from newsqa.evaluate import run

    with NewsQA.open(copy_index(newsroom_index, tmp_path / "index")) as qa:
        for question in (BRIDGE_QUESTION, UNANSWERED_QUESTION):
            answer = qa.ask(question)
            quotes = tuple(cited.quote for cited in answer.citations)
            articles = tuple(cited.passage.article_id for cited in answer.citations)
            qa.keep_judgement(Judgement(question, True, datetime.now(UTC), (), answer.text, quotes, articles))
        questions = [one.to_question() for one in qa.judgements()]
        file = tmp_path / "questions.jsonl"
        file.write_text("\n".join(map(json.dumps, questions)), encoding="utf-8")
        assert any(BRIDGE_EVIDENCE in quote for one in questions if one for quote in one.get("evidence", ()))
        figures = run(qa, file).figures()
    assert (figures["right sentence cited"], figures["refused, unanswerable"]) == (1.0, 1.0)
