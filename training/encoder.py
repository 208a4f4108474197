"""Fine-tune the encoder on questions and the passages that answer them: `python -m training.encoder --help`.

Each question of the reader's training data that names something is paired with a run of whole sentences around its
answer, and with a passage of another text that shares its words but not its answer (`training.reader_negatives`).
The loss is the in-batch softmax over cosines of sentence-transformers (MultipleNegativesRankingLoss).
`training.compare_encoders` tells whether the result is any better.
"""

from __future__ import annotations

import argparse
import itertools
import random
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from datasets import Dataset
from sentence_transformers import (
    SentenceTransformer,
    SentenceTransformerTrainer,
    SentenceTransformerTrainingArguments,
)
from sentence_transformers.losses import MultipleNegativesRankingLoss
from sentence_transformers.training_args import BatchSamplers
from transformers import TrainerCallback

from training.export_encoder import base_folder
from training.prepare_reader import load
from training.reader_data import Context, Data, Question, specific
from training.reader_mixes import NEWS
from training.reader_windows import Windows

SHARES = {"newsqa": 4, "squad": 1, "squad2": 1, "wiki": 1}
"""How many triples are made of each question of a group, at random places of its text."""
TOKENS = (90, 170)
"""Fewest and most tokens of a passage, as the splitter makes them."""


class Stop(TrainerCallback):  # type: ignore[misc]
    """Ends the training once the time is up."""

    def __init__(self, minutes: float) -> None:
        self.until = time.monotonic() + 60 * minutes

    def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:  # noqa: ARG002
        """Asks the trainer to stop after this step if the time is up."""
        control.should_training_stop |= time.monotonic() > self.until


def triples(data: Data, seed: int) -> Iterator[dict[str, str]]:
    """Question, passage with its answer, and a passage of another text without it; in random order."""
    windows, chooser = Windows(data, NEWS, seed), random.Random(seed)  # noqa: S311

    def passage(context: Context, span: tuple[int, int]) -> str:
        first, last = windows.crop(context, span, chooser.randint(*TOKENS))
        return context.text[context.offsets[first, 0] : context.offsets[last - 1, 1]]

    def asked() -> Iterator[Question]:
        for group, times in SHARES.items():
            for question in data.train[group]:
                if question.regions and question.negatives and specific(question.text):
                    yield from [question] * times

    questions = list(asked())
    chooser.shuffle(questions)
    for question in questions:
        other = data.contexts[chooser.choice(question.negatives)]
        place = chooser.randrange(len(other.ids))
        region = question.regions[0]
        yield {
            "anchor": question.text,
            "positive": passage(data.contexts[question.context], (region.first, region.last)),
            "negative": passage(other, (place, place)),
        }


def main() -> None:
    """Parse the options, train, and write the encoder as a folder of sentence-transformers."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder of the .jsonl.xz files")
    parser.add_argument("--out", type=Path, required=True, help="folder for the encoder and the cache")
    parser.add_argument("--minutes", type=float, default=20.0, help="train no longer than this")
    parser.add_argument("--triples", type=int, default=6000, help="train on so many, once")
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--peak", type=float, default=2e-5, help="highest learning rate")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    data = load(options.data, options.out / "data.pickle")
    rows = list(itertools.islice(triples(data, options.seed), options.triples))
    print(f"{len(rows)} triples")
    model = SentenceTransformer(str(base_folder()), device="cuda" if torch.cuda.is_available() else "cpu")
    arguments = SentenceTransformerTrainingArguments(
        output_dir=str(options.out / "trainer"),
        num_train_epochs=1,
        per_device_train_batch_size=options.batch,
        learning_rate=options.peak,
        warmup_steps=0.1,
        batch_sampler=BatchSamplers.NO_DUPLICATES,
        seed=options.seed,
        save_strategy="no",
        report_to="none",
        logging_steps=10,
        disable_tqdm=True,
    )
    SentenceTransformerTrainer(
        model=model,
        args=arguments,
        train_dataset=Dataset.from_list(rows),
        loss=MultipleNegativesRankingLoss(model),
        callbacks=[Stop(options.minutes)],
    ).train()
    model.save_pretrained(str(options.out / "encoder"))


if __name__ == "__main__":
    main()
