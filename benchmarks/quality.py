"""Finding, quoting and refusing on open-domain news questions, against simpler ways in the same run.

The index holds the CNN stories of `newsqa_stories` and a number of other news articles. Each question of
`newsqa_standalone` is asked as it is, and again with its story left out of what the search finds.

    python -m benchmarks.quality --data DATA --home /tmp/quality-index
"""

from __future__ import annotations

import argparse
import itertools
import json
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from training.news_data import other_news, questions, stories

from newsqa.evaluate import normalise, percentile
from newsqa.pipeline import NewsQA
from newsqa.search.hybrid import MODES
from newsqa.settings import Settings
from newsqa.types import Answer, Filter, ScoredPassage

DEPTHS = (1, 5, 10, 20)
SPARE = 60
"""Passages searched for when a story's are to be left out."""


def stem(passage: ScoredPassage, stems: dict[str, str]) -> str:
    """The id in the data of the article that a passage is from."""
    return stems[passage.passage.article_id]


def finding(qa: NewsQA, mode: str, asked: Sequence[dict[str, Any]], stems: dict[str, str]) -> dict[str, float]:
    """recall@k and MRR of a question's story among the distinct articles found, and the median milliseconds."""
    search = replace(qa.answerer.search, mode=mode)
    ranks, times = [], []
    for row in asked:
        began = time.perf_counter()
        found = search.search(row["question"], SPARE)
        times.append(1000 * (time.perf_counter() - began))
        order = list(dict.fromkeys(stem(passage, stems) for passage in found))
        ranks.append(order.index(row["story_id"]) + 1 if row["story_id"] in order else 0)
    figures = {f"recall@{k}": sum(0 < rank <= k for rank in ranks) / len(ranks) for k in DEPTHS}
    figures["MRR"] = sum(1 / rank for rank in ranks if rank) / len(ranks)
    return {**figures, "ms, median": percentile(times, 0.5)}


def answering(qa: NewsQA, asked: Sequence[dict[str, Any]], stems: dict[str, str]) -> dict[str, float]:
    """Whether the answer stands in the cited sentences, and what is refused with and without the story."""
    answerer = qa.answerer
    right = anywhere = refused = refused_without = 0
    times = []
    for row in asked:
        found = answerer.search.search(row["question"], SPARE)
        began = time.perf_counter()
        answer = answerer.judge(row["question"], row["question"], found[: answerer.read], Filter())[0]
        times.append(1000 * (time.perf_counter() - began))
        refused += answer.abstained
        told = holds(answer, row["answers"])
        anywhere += told
        right += told and any(stems[cited.passage.article_id] == row["story_id"] for cited in answer.citations)
        without = [one for one in found if stem(one, stems) != row["story_id"]][: answerer.read]
        refused_without += answerer.judge(row["question"], row["question"], without, Filter())[0].abstained
    count = len(asked)
    return {
        "right answer in cited sentences": anywhere / count,
        "the same, from its own story": right / count,
        "refused": refused / count,
        "refused with the story left out": refused_without / count,
        "reading, ms, median": percentile(times, 0.5),
        "reading, ms, p95": percentile(times, 0.95),
    }


def holds(answer: Answer, golds: Sequence[str]) -> bool:
    """Whether one of the right answers stands in the cited quotes."""
    if answer.abstained:
        return False
    quotes = f" {normalise(' '.join(cited.quote for cited in answer.citations))} "
    return any(f" {normalise(gold)} " in quotes for gold in golds if normalise(gold))


def main() -> None:
    """Build the index if it is not there, measure, and print the figures as JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder of the .jsonl.xz files")
    parser.add_argument("--home", type=Path, required=True, help="folder for the index")
    parser.add_argument("--others", type=int, default=8000, help="other articles to bring into the index")
    parser.add_argument("--questions", type=int, default=1000, help="at most so many questions")
    parser.add_argument("--readers", default="bundled,similarity")
    options = parser.parse_args()
    asked = questions(options.data, "newsqa_standalone")[: options.questions]
    result: dict[str, Any] = {"questions": len(asked)}
    for reader in options.readers.split(","):
        with NewsQA.open(settings=Settings.load(home=options.home, reader=reader)) as qa:
            if "articles" not in result:
                found = itertools.chain(stories(options.data), other_news(options.data, options.others))
                qa.index.ingest(found)
                result.update(articles=len(qa.articles()), passages=len(qa.index))
            stems = {article.id: Path(article.path).stem for article in qa.articles()}
            if "finding" not in result:
                result["finding"] = {mode: finding(qa, mode, asked, stems) for mode in MODES}
            result[f"answering, {reader}"] = answering(qa, asked, stems)
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
