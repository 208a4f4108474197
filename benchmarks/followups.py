"""Follow-up questions: `python -m benchmarks.followups --data FILE` says which words are taken from earlier turns.

FILE has a JSON object a line (it may be packed as .xz): `topic`, `section`, `history` (question, answer, question,
...), `question`, and `rewrite`, the question as a person has made it stand alone. Topic and section are given as a
first turn. Counted are the content words (stems) that the rewrite adds: precision and recall over all questions,
and the share of questions for which all of them and no others were taken.
"""

from __future__ import annotations

import argparse
import json
import lzma
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from newsqa.answers.reader import SpanReader
from newsqa.text.stems import content_words

NO_ANSWER = "CANNOTANSWER"


def turns(row: dict[str, Any]) -> list[str]:
    """The earlier turns of a row, its topic and section first."""
    said = zip(row["history"][::2], row["history"][1::2], strict=True)
    return [f"{row['topic']} {row['section']}", *(" ".join(pair).removesuffix(NO_ANSWER) for pair in said)]


def added_words(question: str, whole: str) -> set[str]:
    """The content words (stems) that a question has when it is written out as a whole one."""
    return set(content_words(whole)) - set(content_words(question))


def score(found: Iterable[tuple[set[str], set[str]]]) -> dict[str, float]:
    """Precision, recall and exactness of pairs of the words that were taken and the words that belong."""
    pairs = list(found)
    both = sum(len(taken & wanted) for taken, wanted in pairs)
    taken, wanted = sum(len(taken) for taken, _ in pairs), sum(len(wanted) for _, wanted in pairs)
    exact = sum(taken == wanted for taken, wanted in pairs)
    counts = {"precision": both / (taken or 1), "recall": both / (wanted or 1), "exact": exact / (len(pairs) or 1)}
    return {name: round(value, 4) for name, value in counts.items()}


def main() -> None:
    """Ask the bundled reader, and print one JSON object."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--data", type=Path, required=True)
    options = parser.parse_args()
    reader = SpanReader.open()
    open_text = lzma.open if options.data.suffix == ".xz" else open
    with open_text(options.data, "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    taken = [set(content_words(" ".join(reader.find_carried(row["question"], turns(row))))) for row in rows]
    wanted = [added_words(row["question"], row["rewrite"]) for row in rows]
    print(json.dumps(score(zip(taken, wanted, strict=True))))


if __name__ == "__main__":
    main()
