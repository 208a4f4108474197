"""The mean of checkpoints, weight by weight: `python -m training.average_readers --out OUT/mean.pt A.pt B.pt`."""

from __future__ import annotations

import argparse
from pathlib import Path

import torch

from training.reader_model import SpanModel


def average(paths: list[Path]) -> SpanModel:
    """A model whose weights are the means of those of the checkpoints."""
    models = [SpanModel.from_checkpoint(path) for path in paths]
    states = [model.state_dict() for model in models]
    models[0].load_state_dict({name: torch.stack([s[name] for s in states]).mean(0) for name in states[0]})
    return models[0]


def main() -> None:
    """Parse the options and write the checkpoint."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("checkpoints", type=Path, nargs="+")
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    torch.save(average(options.checkpoints).state_dict(), options.out)


if __name__ == "__main__":
    main()
