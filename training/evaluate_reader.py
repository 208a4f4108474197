"""The figures of a reader: `python -m training.evaluate_reader --data FOLDER --reader FOLDER`.

`--reader` is an exported model, `--checkpoint` one of `training.reader`'s files. NewsQA is asked with the story
given, SQuAD 2 with its paragraph. The first look gives the best span; the second chooses among the five best
sentences, and its score says how likely one of them answers. `--split dev` is for choices, `--split test` for the
model card.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Any

import numpy as np
import torch
from tokenizers import Tokenizer

from newsqa.answers.reader import plain_question
from newsqa.text.windows import cut_ranges
from training.list_sentences import answers
from training.looks import (
    Forward,
    Part,
    Sentence,
    first_look,
    onnx_forward,
    second_look,
    torch_forward,
)
from training.reader_data import (
    MAX_QUESTION,
    Context,
    Region,
    encode_contexts,
    load_tokenizer,
    newsqa_splits,
    rows,
    squad2_held,
)
from training.reader_model import base_folder
from training.reader_sources import regions
from training.reader_text import exact, f1

WINDOW_TOKENS = 236
LOOKED_AT = 5
"""Sentences that are looked at a second time."""
FIRST_WEIGHT = 0.1
"""What the first look's score counts in the second's."""
_ASKED_AT_ONCE = 64


@dataclass(frozen=True, slots=True)
class Asked:
    """A question with its text and right answers (none: unanswerable), and where these stand in the text."""

    ids: list[int]
    context: Context
    answers: list[str]
    regions: list[Region]


@dataclass(frozen=True, slots=True)
class Said:
    """The sentence that a look puts first, and how sure it is that it answers."""

    asked: Asked
    sentence: Sentence
    score: float
    reachable: bool

    @property
    def right(self) -> bool:
        """Whether an answer stands in the sentence."""
        return answers(self.asked.regions, self.sentence.begin, self.sentence.end)


def encode(found: Iterable[dict[str, Any]], texts: dict[str, str], tokenizer: Tokenizer) -> list[Asked]:
    """Rows of questions on the text of their `story_id` or on their own `context`."""
    kept = list(found)
    wanted = [texts[row["story_id"]] if texts else row["context"] for row in kept]
    unique = list(dict.fromkeys(wanted))
    contexts = dict(zip(unique, encode_contexts(tokenizer, unique), strict=True))
    asked = tokenizer.encode_batch([plain_question(row["question"]) for row in kept], add_special_tokens=False)
    return [
        Asked(
            encoding.ids[:MAX_QUESTION],
            contexts[text],
            row["answers"],
            regions(contexts[text], row["answers"], row["answer_starts"], len(row["answers"])),
        )
        for row, text, encoding in zip(kept, wanted, asked, strict=True)
    ]


def look(forward: Forward, asked: Sequence[Asked], window: int) -> tuple[list[Said], list[Said]]:
    """What the first and the second look put first, for each question."""
    first: list[Said] = []
    second: list[Said] = []
    for begin in range(0, len(asked), _ASKED_AT_ONCE):
        some = asked[begin : begin + _ASKED_AT_ONCE]
        parts = [
            [Part(one.context, *ends) for ends in cut_ranges(one.context.bounds, window - 3 - len(one.ids))]
            for one in some
        ]
        ranked = [
            found[:LOOKED_AT]
            for found in first_look(forward, [(one.ids, part) for one, part in zip(some, parts, strict=True)])
        ]
        marked = [(one.ids, [s.candidate() for s in found]) for one, found in zip(some, ranked, strict=True)]
        for one, found, logits in zip(some, ranked, second_look(forward, marked), strict=True):
            reachable = any(answers(one.regions, s.begin, s.end) for s in found)
            first.append(Said(one, found[0], found[0].score, reachable))
            mixed = logits + FIRST_WEIGHT * np.array([s.score for s in found])
            best = int(mixed.argmax())
            second.append(Said(one, found[best], float(mixed[best]), reachable))
    return first, second


def figures(said: Sequence[Said]) -> dict[str, float]:
    """Per cent: EM, F1 and right sentence with the answer in the text; best F1 and AUC where it may not be."""
    answered = [one for one in said if one.asked.answers]
    result = {
        "questions": float(len(said)),
        "em": 100 * fmean(exact(one.sentence.answer, one.asked.answers) for one in answered),
        "f1": 100 * fmean(f1(one.sentence.answer, one.asked.answers) for one in answered),
        "right sentence": 100 * fmean(one.right for one in answered),
        "right sentence among the five": 100 * fmean(one.reachable for one in answered),
    }
    if len(answered) < len(said):
        result["best f1"] = best_f1(said)
        result["auc"] = auc([one.score for one in answered], [one.score for one in said if not one.asked.answers])
    return {name: round(value, 3 if name == "auc" else 1) for name, value in result.items()}


def best_f1(said: Sequence[Said]) -> float:
    """F1 in per cent at the best threshold, below which the answer is "none"."""
    order = sorted(said, key=lambda one: one.score)
    gains = [
        (0.0 if one.asked.answers else 1.0, f1(one.sentence.answer, one.asked.answers) if one.asked.answers else 0)
        for one in order
    ]
    total = best = sum(kept for _, kept in gains)
    for refused, kept in gains:
        total += refused - kept
        best = max(best, total)
    return 100 * best / len(said)


def auc(high: Sequence[float], low: Sequence[float]) -> float:
    """How often a score of `high` is above one of `low`."""
    ordered = np.sort(np.array(low))
    places = (np.searchsorted(ordered, high, "left") + np.searchsorted(ordered, high, "right")) / 2
    return float(np.mean(places) / len(low))


def newsqa_rows(data: Path, split: str) -> tuple[list[dict[str, Any]], dict[str, str]]:
    """The questions on the stories of a split, and the stories' texts."""
    splits = newsqa_splits(data)
    texts = {row["id"]: row["text"] for row in rows(data / "newsqa_stories.jsonl.xz")}
    asked = [r for r in rows(data / "newsqa_questions.jsonl.xz") if splits[r["story_id"]] == split]
    return asked, texts


def squad2_rows(data: Path, split: str) -> list[dict[str, Any]]:
    """Test: `reader_dev_squad2`; dev: the rows of the training file that are never trained on."""
    if split == "test":
        return list(rows(data / "reader_dev_squad2.jsonl.xz"))
    found = rows(data / "reader_train.jsonl.xz")
    return [row for row in found if row["group"] == "squad2" and squad2_held(row["context"])]


def evaluate(forward: Forward, data: Path, split: str, sample: int, window: int) -> dict[str, Any]:
    """The figures of both sets, for each look."""
    tokenizer = load_tokenizer(base_folder())
    news, texts = newsqa_rows(data, split)
    sets = {
        f"newsqa {split}": encode(_thinned(news, sample), texts, tokenizer),
        f"squad2 {split}": encode(_thinned(squad2_rows(data, split), sample), {}, tokenizer),
    }
    return {
        f"{name}, {order} look": figures(said)
        for name, asked in sets.items()
        for order, said in zip(("first", "second"), look(forward, asked, window), strict=True)
    }


def _thinned(found: list[dict[str, Any]], sample: int) -> list[dict[str, Any]]:
    """About `sample` rows spread over the whole list; all of them for 0."""
    return found[:: max(1, len(found) // sample)] if sample else found


def main() -> None:
    """Parse the options, measure, and print a JSON object."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--reader", type=Path, help="folder of an exported reader")
    parser.add_argument("--checkpoint", type=Path, help="a .pt or .safetensors file instead")
    parser.add_argument("--split", choices=["dev", "test"], default="dev")
    parser.add_argument("--sample", type=int, default=0, help="questions of each set; 0: all")
    parser.add_argument("--window", type=int, default=WINDOW_TOKENS, help="tokens of the first look's windows")
    options = parser.parse_args()
    torch.set_num_threads(1)
    forward = torch_forward(options.checkpoint) if options.checkpoint else onnx_forward(options.reader)
    print(json.dumps(evaluate(forward, options.data, options.split, options.sample, options.window), indent=2))


if __name__ == "__main__":
    main()
