"""Opening newsqa: with the parts that the settings name, or with others that do what the protocols say."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from newsqa import NewsQA, Settings
from newsqa.answers.reader import SpanReader
from newsqa.errors import IndexMismatchError, ModelError, SettingsError
from newsqa.store import Index
from newsqa.types import AnswerSpan, Passage, Reading
from tests.fakes import HashingEncoder
from tests.newsroom import BRIDGE_QUESTION


class Headlines:
    """A reader to which the first sentence of a passage is the answer, always with the same probability."""

    def __init__(self, probability: float) -> None:
        self.probability = probability

    def read(self, question: str, passages: Sequence[Passage], before: Sequence[str] = ()) -> list[Reading]:
        return [self._reading(passage) for passage in passages]

    def _reading(self, passage: Passage) -> Reading:
        span = passage.sentences[0]
        text = passage.text[span.start - passage.start : span.end - passage.start]
        return Reading(passage, 1.0, self.probability, (AnswerSpan(span, text, 1.0),))


def test_parts_of_ones_own(newsroom: Path, tmp_path: Path) -> None:
    """An encoder makes the index, a reader answers, and the index knows by which encoder it was made."""
    with NewsQA.open(tmp_path, encoder=HashingEncoder(), reader=Headlines(0.9)) as qa:
        assert qa.ingest([newsroom]).added == 3
        assert qa.ingest(newsroom).same == qa.ingest(str(newsroom)).same == 3
        assert qa.settings.encoder == "hashing"
        answer = qa.ask(BRIDGE_QUESTION)
        assert answer.citations[0].quote.startswith("The harbour bridge at Arlen reopened")
        assert answer.confidence == pytest.approx(0.9, abs=0.06)
    with NewsQA.open(tmp_path, encoder=HashingEncoder(), reader=Headlines(0.4)) as qa:
        assert qa.ask(BRIDGE_QUESTION).abstained
    with NewsQA.open(
        settings=Settings(home=tmp_path, threshold=0.3), encoder=HashingEncoder(), reader=Headlines(0.4)
    ) as qa:
        assert not qa.ask(BRIDGE_QUESTION).abstained
    with pytest.raises(IndexMismatchError, match="hashing"):
        NewsQA.open(tmp_path)


@pytest.mark.parametrize(("kind", "lacking"), [("encoder", "`encode_passages`"), ("reader", "`read`")])
def test_what_is_no_part_is_told_at_once(tmp_path: Path, kind: str, lacking: str) -> None:
    """With what it lacks, and nothing is made for it."""
    parts: dict[str, Any] = {kind: object()}
    with pytest.raises(ModelError, match=rf"{kind} .*object.* has no .*{lacking}.*Give the name"):
        NewsQA.open(tmp_path / "index", **parts)
    assert not (tmp_path / "index").exists()


def test_names_of_parts(newsroom_index: Path) -> None:
    """A name takes the place of the setting's, and one that there is not is told."""
    with NewsQA.open(newsroom_index, reader="similarity") as qa:
        assert qa.settings.reader == "similarity"
        assert not qa.ask(BRIDGE_QUESTION).abstained
    for settings in (None, Settings(home=newsroom_index)):
        with pytest.raises(SettingsError, match="NEWSQA_READER"):
            NewsQA.open(newsroom_index, settings=settings, reader="slow")


def test_an_index_is_closed_when_the_reader_cannot_be_opened(
    newsroom_index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The error is the reader's, and nothing stays open behind it."""
    closed: list[Index] = []
    close = Index.close

    def noting(index: Index) -> None:
        closed.append(index)
        close(index)

    def broken(*_: Any, **__: Any) -> SpanReader:
        raise ModelError("no reader")

    monkeypatch.setattr(Index, "close", noting)
    monkeypatch.setattr(SpanReader, "open", broken)
    with pytest.raises(ModelError, match="no reader"):
        NewsQA.open(newsroom_index)
    assert len(closed) == 1


def test_a_round_of_watching_is_one_change(newsroom: Path, tmp_path: Path) -> None:
    """However many articles it brings in, and from however many places; it is undone as one."""
    many = tmp_path / "many"
    many.mkdir()
    for number in range(70):
        (many / f"{number}.txt").write_text(f"Report {number}\n\nFerry {number} sailed to the islands on Monday.")
    with NewsQA.open(tmp_path / "index", encoder=HashingEncoder(), reader=Headlines(0.9)) as qa:
        qa.watch([many, newsroom], rounds=1)
        (change,) = qa.changes()
        assert (change.name, change.added) == ("many and 1 more", 73)
        assert qa.undo(change.id) == 73
        assert (qa.articles(), qa.changes()) == ([], [])
