"""Hold the bundled encoder against sentence-transformers on news: `python -m training.evaluate_encoder --help`.

`--stories` holds JSON lines with `id` and `text`, `--questions` ones with `question` and `story_id` (both may be
.xz). A question's story is found if one of its passages is among the best k stories' passages.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Collection, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from sentence_transformers import SentenceTransformer

from newsqa.models import BundledEncoder
from newsqa.text.passages import SentenceSplitter
from newsqa.types import Article
from training.export_encoder import base_folder
from training.reader_data import rows

Vectors = npt.NDArray[np.float32]


def agreement(queries: Vectors, other_queries: Vectors, passages: Vectors, others: Vectors) -> tuple[float, float]:
    """The share of the ten nearest passages, and of the nearest, that both encoders agree on."""
    ours, theirs = np.argsort(-queries @ passages.T), np.argsort(-other_queries @ others.T)
    shared = [len(set(a[:10]) & set(b[:10])) / 10 for a, b in zip(ours, theirs, strict=True)]
    return float(np.mean(shared)), float(np.mean(ours[:, 0] == theirs[:, 0]))


def recall(
    queries: Vectors, passages: Vectors, owners: Sequence[str], wanted: Sequence[Collection[str]]
) -> dict[str, float]:
    """How often one of the right stories is among the best 1, 5 and 20 stories, and the mean reciprocal rank."""
    ranks = []
    for scores, right in zip(queries @ passages.T, wanted, strict=True):
        order = dict.fromkeys(owners[row] for row in np.argsort(-scores))
        ranks.append(next(rank for rank, story in enumerate(order, 1) if story in right))
    figures = {f"recall@{k}": float(np.mean([rank <= k for rank in ranks])) for k in (1, 5, 20)}
    return figures | {"mrr": float(np.mean([1 / rank for rank in ranks]))}


def speeds(encoders: dict[str, Callable[[], object]], count: int, rounds: int = 5) -> dict[str, float]:
    """Texts per second, the best of some rounds in turn, so that all see the same load of the machine."""
    best = dict.fromkeys(encoders, float("inf"))
    for _ in range(rounds):
        for name, encode in encoders.items():
            start = time.perf_counter()
            encode()
            best[name] = min(best[name], time.perf_counter() - start)
    return {name: count / seconds for name, seconds in best.items()}


def main() -> None:
    """Parse the options and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--stories", type=Path, required=True)
    parser.add_argument("--questions", type=Path, required=True)
    parser.add_argument("--encoder", type=Path, help="folder of the encoder; default: the bundled one")
    parser.add_argument("--base", type=Path, help="folder of its float32 weights; default: the untuned base")
    options = parser.parse_args()
    ours, double = BundledEncoder.open(options.encoder, threads=1), BundledEncoder.open(options.encoder, threads=2)
    splitter = SentenceSplitter(ours.count_tokens)
    stories = [Article(row["id"], "", row["text"], "") for row in rows(options.stories)]
    cut = [(story.id, passage.text) for story in stories for passage in splitter.split(story)]
    owners, texts = [owner for owner, _ in cut], [text for _, text in cut]
    asked = list(rows(options.questions))
    questions, wanted = [row["question"] for row in asked], [{row["story_id"]} for row in asked]
    base = SentenceTransformer(str(options.base or base_folder()), device="cpu")

    def plain(batch: list[str]) -> Vectors:
        vectors: Vectors = base.encode(batch, batch_size=8, normalize_embeddings=True, show_progress_bar=False)
        return vectors

    passages, queries = double.encode_passages(texts), np.stack([ours.encode_query(text) for text in questions])
    base_passages, base_queries = plain(texts), plain(questions)
    cosines = (passages * base_passages).sum(1)
    print(f"encoder {ours.name}")
    print(f"passages {len(texts)}, mean tokens {np.mean([ours.count_tokens(text) for text in texts]):.0f}")
    print(f"cosine: min {cosines.min():.4f}, 1 % {np.quantile(cosines, 0.01):.4f}, mean {cosines.mean():.4f}")
    print(f"cosine of questions: min {(queries * base_queries).sum(1).min():.4f}")
    print(
        "agreement on the best 10 and 1: {:.3f} {:.3f}".format(
            *agreement(queries, base_queries, passages, base_passages)
        )
    )
    for name, vectors in (("int8", (queries, passages)), ("fp32", (base_queries, base_passages))):
        figures = recall(*vectors, owners, wanted)
        print(name, ", ".join(f"{key} {value:.3f}" for key, value in figures.items()))
    sample = texts[:: len(texts) // 48][:48]

    def threaded(count: int) -> Callable[[], object]:
        def encode() -> object:
            torch.set_num_threads(count)
            return plain(sample)

        return encode

    timed: dict[str, Callable[[], object]] = {
        "int8, 1 thread": lambda: ours.encode_passages(sample),
        "int8, 2 threads": lambda: double.encode_passages(sample),
        "sentence-transformers, 1 thread": threaded(1),
        "sentence-transformers, 2 threads": threaded(2),
    }
    for name, speed in speeds(timed, len(sample)).items():
        print(f"{name}: {speed:.0f} passages/s")


if __name__ == "__main__":
    main()
