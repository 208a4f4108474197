"""How well follow-ups are understood: `python -m training.evaluate_followups --data DATA --checkpoint FILE`.

On conversations that are not trained on (of `followups`, on news, and on news after talk of other things), for a
range of thresholds: precision and recall of the content words that a person adds, and the share of questions for
which all of them and no others are taken; of complete questions after other talk, those that take nothing.
"""

from __future__ import annotations

import argparse
import json
import random
from pathlib import Path

import numpy as np
import torch
from benchmarks.followups import score

from training.followups import Followup, after_talk, annotated, complete, from_news, spoken, term_row
from training.looks import torch_forward
from training.reader_data import load_tokenizer
from training.reader_model import base_folder
from training.written import written

THRESHOLDS = np.arange(-2.0, 1.6, 0.25)
"""Logits from which on a word is taken."""


def held_rows(data: Path) -> dict[str, list[Followup]]:
    """The follow-ups that nothing was trained on, by their kind: of CANARD, on news, and after other talk."""
    chooser = random.Random(11)  # noqa: S311
    asked = list(written(data, held=True))
    talk = [spoken(row, chooser) for row in asked]
    news = list(from_news(data, held=True))
    alone = complete(asked, len(news), chooser)
    return {
        "canard": list(annotated(data, held=True)),
        "news": news,
        "news, after other talk": list(after_talk(news, talk, 1.0, chooser)),
        "complete, after other talk": list(after_talk(alone, talk, 1.0, chooser)),
    }


def main() -> None:
    """Print one JSON object for each kind and threshold."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--checkpoint", type=Path, required=True)
    options = parser.parse_args()
    torch.set_num_threads(1)
    tokenizer = load_tokenizer(base_folder())
    forward = torch_forward(options.checkpoint)
    for kind, held in held_rows(options.data).items():
        rows = [term_row(one, tokenizer) for one in held]
        logits = forward([(row.ids, row.types) for row in rows])
        for threshold in THRESHOLDS:
            taken = [
                row.find_carried(found[:, 3].tolist(), threshold) for row, found in zip(rows, logits, strict=True)
            ]
            figures = score(zip(taken, [set(one.wanted) for one in held], strict=True))
            print(json.dumps({"kind": kind, "threshold": float(threshold), **figures}))


if __name__ == "__main__":
    main()
