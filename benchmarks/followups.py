"""Follow-up questions: `python -m benchmarks.followups --data FILE` says which words are taken from earlier turns.

FILE has a JSON object a line (it may be packed as .xz): `topic`, `section`, `history` (question, answer, question,
...), `question`, and `rewrite`, the question as a person has made it stand alone. Topic and section are given as a
first turn. Counted are the content words (stems) that the rewrite adds: precision and recall over all questions,
and the share of questions for which all of them and no others were taken.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from newsqa import Turn


def turns(row: dict[str, Any]) -> list[Turn]:
    """The earlier turns of a row, its topic and section first."""
    said = zip(row["history"][::2], row["history"][1::2], strict=True)
    return [Turn(row["topic"], row["section"]), *(Turn(question, answer) for question, answer in said)]


def score(found: Iterable[tuple[set[str], set[str]]]) -> dict[str, float]:
    """Precision, recall and exactness of pairs of the words that were taken and the words that belong."""
    pairs = list(found)
    both = sum(len(taken & wanted) for taken, wanted in pairs)
    taken, wanted = sum(len(taken) for taken, _ in pairs), sum(len(wanted) for _, wanted in pairs)
    exact = sum(taken == wanted for taken, wanted in pairs)
    counts = {"precision": both / (taken or 1), "recall": both / (wanted or 1), "exact": exact / (len(pairs) or 1)}
    return {name: round(value, 4) for name, value in counts.items()}
