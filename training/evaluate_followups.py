"""How well follow-ups are understood: `python -m training.evaluate_followups --data DATA --checkpoint FILE`.

On the conversations of `followups` that are not trained on, for a range of thresholds: precision and recall of the
content words that a person adds, and the share of questions for which all of them and no others are taken.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
import torch
from benchmarks.followups import score

from training.followups import annotated, term_row
from training.looks import torch_forward
from training.reader_data import load_tokenizer
from training.reader_model import base_folder

THRESHOLDS = np.arange(-2.0, 1.6, 0.25)
"""Logits from which on a word is taken."""


def main() -> None:
    """Print one JSON object a threshold."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--checkpoint", type=Path, required=True)
    options = parser.parse_args()
    torch.set_num_threads(1)
    tokenizer = load_tokenizer(base_folder())
    held = list(annotated(options.data, held=True))
    rows = [term_row(one, tokenizer) for one in held]
    logits = torch_forward(options.checkpoint)([(row.ids, row.types) for row in rows])
    for threshold in THRESHOLDS:
        taken = [
            row.find_carried(found[:, 3].tolist(), threshold) for row, found in zip(rows, logits, strict=True)
        ]
        pairs = zip(taken, [set(one.wanted) for one in held], strict=True)
        print(json.dumps({"threshold": float(threshold), **score(pairs)}))


if __name__ == "__main__":
    main()
