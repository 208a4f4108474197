"""Questions with one slip of the finger each: `python -m benchmarks.slips tests/questions.jsonl > slips.jsonl`.

`newsqa evaluate slips.jsonl` then measures what a slip costs. It is in a content word of five letters or more,
never its first: a letter left out, twice, or of a neighbouring key, or two letters in each other's place.
Follow-ups are left out, and questions without such a word.
"""

from __future__ import annotations

import argparse
import json
import random
from pathlib import Path

from training.reader_typing import astray

from newsqa.search.questions import analyse

_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_LONG = 5


def _beside(letter: str, chooser: random.Random) -> str:
    """The letter of a neighbouring key."""
    for row in _ROWS:
        if letter in row:
            at = row.index(letter)
            return chooser.choice(row[max(0, at - 1) : at] + row[at + 1 : at + 2])
    return "e"


def main() -> None:
    """Print the questions of a file, each with a slip, as JSON lines."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("questions", type=Path, help="JSON lines, as `newsqa evaluate` takes them")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    chooser = random.Random(options.seed)  # noqa: S311
    for line in options.questions.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        words = [one for one in analyse(row["question"]).surface.values() if len(one) >= _LONG and one.isalpha()]
        if row.get("history") or not words:
            continue
        word = chooser.choice(words)
        print(json.dumps({**row, "question": row["question"].replace(word, astray(word, chooser, _beside), 1)}))


if __name__ == "__main__":
    main()
