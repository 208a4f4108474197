"""How much more often words of a reason stand in a sentence that answers a "why" than beside it.

Over the questions of the reader's training data that ask why; prints the
log-likelihood ratios that are `newsqa.answers.confidence.REASON`.

    python -m training.measure_reasons --data DATA
"""

from __future__ import annotations

import argparse
import math
from collections import Counter
from pathlib import Path

from newsqa.search.questions import analyse, span_fits
from newsqa.text.sentences import sentence_spans
from training.reader_data import rows

GROUPS = {"squad", "squad2"}


def main() -> None:
    """Parse the options, count, and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder of the .jsonl.xz files")
    options = parser.parse_args()
    counts: Counter[tuple[bool, bool]] = Counter()
    questions = 0
    for row in rows(options.data / "reader_train.jsonl.xz"):
        asked = analyse(row["question"])
        if asked.kind != "why" or row["group"] not in GROUPS or not row["answer_starts"]:
            continue
        questions += 1
        for span in sentence_spans(row["context"]):
            text = row["context"][span.start : span.end]
            counts[span.start <= row["answer_starts"][0] < span.end, span_fits(asked, "", text)] += 1
    print(f"{questions} questions")
    for fits in (True, False):
        own, other = (
            counts[right, fits] / (counts[right, True] + counts[right, False]) for right in (True, False)
        )
        print(f"reason {fits}: {own:.3f} of answers, {other:.3f} of others, {math.log(own / other):.2f}")


if __name__ == "__main__":
    main()
