"""Follow-ups in whole conversations, on dialogues about the corpus that were written by hand."""

from __future__ import annotations

import json
import re
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from benchmarks.dialogues import CORPUS, talks

from newsqa.answers.reader import SpanReader
from newsqa.search.followups import make_standalone
from newsqa.types import Turn

DIALOGUES = Path(__file__).parent / "data" / "dialogues.jsonl"


@cache
def dialogues() -> list[dict[str, Any]]:
    """The dialogues; `must` are words that the standalone question needs, `a|b` either of them."""
    return [json.loads(line) for line in DIALOGUES.read_text("utf-8").splitlines()]


def rewritten(dialogue: dict[str, Any]) -> list[tuple[str, bool]]:
    """Each follow-up as the reader completes it, and whether it has all that it must have."""
    reader = SpanReader.open()
    history: list[Turn] = []
    found = []
    for turn in dialogue["turns"]:
        query = make_standalone(turn["question"], history, reader)
        needed = turn.get("must")
        if needed:
            found.append((query, all(re.search(re.escape(n).replace(r"\|", "|"), query, re.I) for n in needed)))
        history.append(Turn(turn["question"], turn.get("answer", "")))
    return found


def test_the_dialogues_are_sound() -> None:
    """At least 25 of two to four turns; what a follow-up must get is not in its own words already."""
    assert len(dialogues()) >= 25
    assert {len(dialogue["turns"]) for dialogue in dialogues()} <= {2, 3, 4}
    assert len({dialogue["id"] for dialogue in dialogues()}) == len(dialogues())
    for dialogue in dialogues():
        first, *later = dialogue["turns"]
        assert "must" not in first
        assert all(turn["must"] for turn in later)


def test_what_answers_the_measured_conversations_stands_in_the_corpus() -> None:
    """Each has two to four turns, is in one half only, and its evidence is in an article as it is written."""
    corpus = " ".join(" ".join(path.read_text("utf-8").split()) for path in sorted(CORPUS.glob("*.md")))
    dev, test = talks("dev"), talks("test")
    assert len({talk["id"] for talk in dev + test}) == len(dev) + len(test) == 40
    for talk in dev + test:
        assert 2 <= len(talk["turns"]) <= 4, talk["id"]
        evidence = [part for turn in talk["turns"] for part in turn["evidence"]]
        assert [part for part in evidence if part not in corpus] == [], talk["id"]


@pytest.mark.slow
@pytest.mark.parametrize(("split", "floor"), [("dev", 0.6), ("test", 0.55)])
def test_how_many_follow_ups_stand_alone(split: str, floor: float) -> None:
    """What is missing is filled in at least this often; no dialogue was trained on."""
    counts = Counter(done for d in dialogues() if d["split"] == split for _, done in rewritten(d))
    assert counts[True] / counts.total() >= floor
