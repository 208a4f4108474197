"""Make the training data of the reader: `python -m training.prepare_reader --data FOLDER --out FOLDER`.

Writes `OUT/data.pickle`: all sources as tokens with the regions of their answers, cloze questions from news,
similar passages without the answer, and questions changed so that nothing answers them.
"""

from __future__ import annotations

import argparse
import pickle
from dataclasses import replace
from pathlib import Path

from training.reader_cloze import cloze
from training.reader_data import Data, load_tokenizer
from training.reader_model import base_folder
from training.reader_negatives import change, mine
from training.reader_sources import gather, labelled

CLOZE_ARTICLES = 4000


def prepare(data: Path, articles: int = CLOZE_ARTICLES) -> Data:
    """All training questions with what does not answer them."""
    tokenizer = load_tokenizer(base_folder())
    found = gather(labelled(data), tokenizer)
    mine(found)
    change(found, tokenizer)
    gapped = cloze(data, tokenizer, articles)
    begin = len(found.contexts)
    found.contexts.extend(gapped.contexts)
    found.train["cloze"] = [replace(q, context=q.context + begin) for q in gapped.train["cloze"]]
    return found


def load(data: Path, cache: Path) -> Data:
    """The training data; kept in `cache` after the first time."""
    if not cache.exists():
        cache.write_bytes(pickle.dumps(prepare(data)))
    return pickle.loads(cache.read_bytes())  # type: ignore[no-any-return] # noqa: S301 - our own file


def main() -> None:
    """Parse the options, prepare, and print how many questions each group has."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder of the .jsonl.xz files")
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    found = load(options.data, options.out / "data.pickle")
    print(f"{'group':20} questions without an answer, similar passages, changed")
    for group, asked in sorted(found.train.items()):
        counts = [sum(not q.regions for q in asked), sum(bool(q.negatives) for q in asked)]
        print(f"{group:20} {len(asked):9} {counts} {sum(len(q.changed) for q in asked)}")


if __name__ == "__main__":
    main()
