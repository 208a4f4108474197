"""Days in sentences: `python -m benchmarks.days --data FILE` prints how many of them are read right.

FILE has a JSON object a line (it may be packed as .xz): `text`, `reference` (the day it was written), and `past`,
the possible [first, last] days that are not to come; sentences without any are left out. The first day decides.
"""

from __future__ import annotations

import argparse
import json
import lzma
from datetime import date
from pathlib import Path

from newsqa.text.days import find_days


def judge(text: str, reference: date, past: list[list[str | None]]) -> str:
    """Whether the first phrase for days in a sentence is `right`, `wrong` or `missed`."""
    found = find_days(text, reference)
    begun = [days for days in found if days.first is None or days.first <= reference]
    if not begun:
        return "missed"
    firsts = {days.first.isoformat() if days.first else None for days in begun[:1]}
    return "right" if firsts & {first for first, _ in past} else "wrong"


def main() -> None:
    """Print one JSON object; `--list` prints the sentences that are not right before it."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--list", action="store_true")
    options = parser.parse_args()
    counts = {"right": 0, "wrong": 0, "missed": 0}
    open_text = lzma.open if options.data.suffix == ".xz" else open
    with open_text(options.data, "rt", encoding="utf-8") as lines:
        for row in map(json.loads, lines):
            if not row["past"]:
                continue
            reference = date.fromisoformat(row["reference"][:10])
            verdict = judge(row["text"], reference, row["past"])
            counts[verdict] += 1
            if options.list and verdict != "right":
                print(verdict, row["text"], find_days(row["text"], reference), row["past"], sep=" | ")
    print(json.dumps(counts))


if __name__ == "__main__":
    main()
