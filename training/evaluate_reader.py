"""The figures of the reader's model card: `python -m training.evaluate_reader --data FOLDER`.

Everything is read by `newsqa.answers.reader.SpanReader`, the code that answers. `--sample` limits the questions
of a set.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Any

from newsqa.answers.reader import SpanReader
from newsqa.text.passages import SentenceSplitter
from newsqa.text.sentences import sentence_spans
from newsqa.types import Article, Passage, Reading
from training.reader_data import newsqa_splits, rows, squad2_held
from training.reader_text import exact, f1


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, its right answers (none: unanswerable), the best span's text and score against "not here"."""

    answers: list[str]
    text: str
    score: float


def story_passages(key: str, text: str, splitter: SentenceSplitter) -> list[Passage]:
    """A story cut as newsqa cuts it."""
    return splitter.split(Article(id=key, title="", text=text, content_hash=""))


def whole(text: str) -> Passage:
    """A text as one passage, cut into sentences as newsqa cuts them."""
    return Passage(
        id="0", article_id="0", text=text, start=0, end=len(text), sentences=tuple(sentence_spans(text))
    )


def best(readings: Sequence[Reading]) -> Reading:
    """The reading with the highest score."""
    return max(readings, key=lambda reading: reading.score)


def ask(reader: SpanReader, question: str, answers: list[str], passages: Sequence[Passage]) -> Asked:
    """The best span of any of the passages."""
    reading = best(reader.read(question, passages))
    return Asked(answers, reading.spans[0].text if reading.spans else "", reading.score)


def newsqa(reader: SpanReader, data: Path, split: str, sample: int, lower: bool = False) -> list[Asked]:
    """NewsQA with the story given, on the stories of one split."""
    splits = newsqa_splits(data)
    splitter = SentenceSplitter()
    stories = {
        row["id"]: story_passages(row["id"], row["text"], splitter)
        for row in rows(data / "newsqa_stories.jsonl.xz")
        if splits[row["id"]] == split
    }
    questions = [row for row in rows(data / "newsqa_questions.jsonl.xz") if row["story_id"] in stories]
    return [
        ask(reader, _typed(row["question"], lower), row["answers"], stories[row["story_id"]])
        for row in _thinned(questions, sample)
    ]


def squad2(reader: SpanReader, found: Iterable[dict[str, Any]], sample: int, lower: bool = False) -> list[Asked]:
    """Questions on their own context, answerable or not."""
    return [
        ask(reader, _typed(row["question"], lower), row["answers"], [whole(row["context"])])
        for row in _thinned(list(found), sample)
    ]


def squad2_calibration(data: Path) -> list[dict[str, Any]]:
    """The SQuAD 2 rows that are never trained on, to find a no-answer threshold."""
    return [
        row
        for row in rows(data / "reader_train.jsonl.xz")
        if row["group"] == "squad2" and squad2_held(row["context"])
    ]


def figures(asked: Sequence[Asked], threshold: float | None = None) -> dict[str, float]:
    """EM and F1 in per cent; below `threshold` (None: never) the prediction is "no answer"."""
    said = ["" if threshold is not None and one.score < threshold else one.text for one in asked]
    pairs = list(zip(said, asked, strict=True))
    result = {
        "questions": len(asked),
        "em": 100 * fmean(exact(text, one.answers) for text, one in pairs),
        "f1": 100 * fmean(f1(text, one.answers) for text, one in pairs),
    }
    if any(not one.answers for one in asked):
        result["f1_answerable"] = 100 * fmean(f1(text, one.answers) for text, one in pairs if one.answers)
        result["right_refusals"] = 100 * fmean(not text for text, one in pairs if not one.answers)
        result["false_refusals"] = 100 * fmean(not text for text, one in pairs if one.answers)
    return {name: round(value, 2) for name, value in result.items()}


def best_threshold(asked: Sequence[Asked]) -> float:
    """The score threshold with the highest F1 on these questions."""
    scores = sorted(one.score for one in asked)
    return max(scores[:: max(1, len(scores) // 200)], key=lambda threshold: figures(asked, threshold)["f1"])


def _typed(question: str, lower: bool) -> str:
    return question.lower().rstrip("? ") if lower else question


def _thinned(found: list[dict[str, Any]], sample: int) -> list[dict[str, Any]]:
    """About `sample` rows spread over the whole list; all of them for 0."""
    return found[:: max(1, len(found) // sample)] if sample else found


def main() -> None:
    """Parse the options, measure, and print a JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--reader", type=Path, help="folder of a reader; default: the bundled one")
    parser.add_argument("--sample", type=int, default=0)
    parser.add_argument("--only", choices=["newsqa", "squad2", "lower"], help="measure one part")
    options = parser.parse_args()
    reader = SpanReader.open(options.reader)
    result: dict[str, Any] = {}
    if options.only in (None, "newsqa"):
        for split in ("dev", "test"):
            result[f"newsqa {split}, story given"] = figures(newsqa(reader, options.data, split, options.sample))
    if options.only in (None, "squad2", "lower"):
        calibration = squad2(reader, squad2_calibration(options.data), options.sample)
        threshold = best_threshold(calibration)
        dev = list(rows(options.data / "reader_dev_squad2.jsonl.xz"))
        result["squad2 threshold on held-out training rows"] = round(threshold, 3)
        result["squad2 held-out training rows"] = figures(calibration, threshold)
        result["squad2 dev"] = figures(squad2(reader, dev, options.sample), threshold)
        if options.only in (None, "lower"):
            result["squad2 dev, lower case"] = figures(squad2(reader, dev, options.sample, True), threshold)
    if options.only in (None, "lower"):
        result["newsqa test, lower case"] = figures(newsqa(reader, options.data, "test", options.sample, True))
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
