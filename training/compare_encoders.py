"""Hold a tuned encoder against its base on two sets of questions: `python -m training.compare_encoders --help`.

`newsqa_standalone` is asked of all CNN stories, a sample of `realtimeqa_questions` of the articles that answer it
and some others. Both encoders run in float32 over the same passages. The tuned one is worth shipping only if
recall@5 rises on both.
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

import torch
from sentence_transformers import SentenceTransformer

from newsqa.models import BundledEncoder, embedding_text
from newsqa.text.passages import SentenceSplitter
from newsqa.types import Article
from training.evaluate_encoder import recall
from training.export_encoder import base_folder
from training.news_data import other_news, questions, stories

Asked = list[tuple[str, Collection[str]]]
"""Questions, each with the ids of the articles that answer it."""


def sets(data: Path, count: int, others: int) -> Iterator[tuple[str, list[Article], Asked]]:
    """Name, articles and questions of both sets."""
    alone = questions(data, "newsqa_standalone")
    yield "newsqa_standalone", list(stories(data)), [(row["question"], {row["story_id"]}) for row in alone]
    rows = [row for row in questions(data, "realtimeqa_questions") if row["gold_articles"]]
    drawn = random.Random(1).sample(rows, min(count, len(rows)))  # noqa: S311
    gold = frozenset(key for row in drawn for key in row["gold_articles"])
    articles = list(other_news(data, others, gold))
    asked: Asked = [(row["question"], set(row["gold_articles"])) for row in drawn]
    yield "realtimeqa_questions", articles, asked


def figures(model: SentenceTransformer, texts: list[str], owners: Sequence[str], asked: Asked) -> dict[str, float]:
    """Recall and MRR of one encoder."""
    passages = model.encode(texts, batch_size=16, normalize_embeddings=True, show_progress_bar=False)
    queries = model.encode([question for question, _ in asked], normalize_embeddings=True, show_progress_bar=False)
    return recall(queries, passages, owners, [right for _, right in asked])


def main() -> None:
    """Parse the options and print the figures, a line for each encoder and set."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder of the .jsonl.xz files")
    parser.add_argument("--tuned", type=Path, required=True, help="folder that training.encoder wrote")
    parser.add_argument("--questions", type=int, default=300, help="of realtimeqa_questions")
    parser.add_argument("--others", type=int, default=200, help="articles besides those that answer them")
    options = parser.parse_args()
    splitter = SentenceSplitter(BundledEncoder.open().count_tokens)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    for name, articles, asked in sets(options.data, options.questions, options.others):
        cut = [(Path(article.path).stem, passage) for article in articles for passage in splitter.split(article)]
        owners, texts = [owner for owner, _ in cut], [embedding_text(passage) for _, passage in cut]
        print(f"{name}: {len(asked)} questions, {len(articles)} articles, {len(texts)} passages")
        for label, folder in (("base", base_folder()), ("tuned", options.tuned)):
            found = figures(SentenceTransformer(str(folder), device=device), texts, owners, asked)
            print(label, json.dumps({key: round(value, 4) for key, value in found.items()}), flush=True)


if __name__ == "__main__":
    main()
