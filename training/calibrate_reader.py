"""Calibrate a reader on passages as they are retrieved: `python -m training.calibrate_reader --help`.

Questions of the NewsQA dev stories (never trained on) that name something are answered from 24 passages that
tf-idf finds among all 555 stories and 8,000 other articles, once with their story and once without. A logistic
from the score of the best span to "right" and the threshold for abstaining go into `config.json`. The 177
stand-alone questions are then answered the same way, as a test of both.
"""

from __future__ import annotations

import argparse
import json
import pickle
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Any

import numpy as np

from newsqa.answers.reader import SpanReader
from newsqa.text.passages import SentenceSplitter
from newsqa.types import Article, Passage, Reading
from training.reader_data import newsqa_splits, rows, specific
from training.reader_text import f1, normalise

PASSAGES = 24
MOST_FALSE_REFUSALS = 0.15


@dataclass(frozen=True, slots=True)
class Retrieved:
    """A question, its answers and story, and the passages found, best first, at least 24 from other articles."""

    question: str
    answers: list[str]
    story: str
    passages: list[Passage]


@dataclass(frozen=True, slots=True)
class Outcome:
    """The best span: score, right or not, answer in its sentence or not; the story among the passages or not."""

    score: float
    right: bool
    sentence: bool
    present: bool


def story_passages(key: str, text: str, splitter: SentenceSplitter) -> list[Passage]:
    """A story cut as newsqa cuts it."""
    return splitter.split(Article(id=key, title="", text=text, content_hash=""))


def best(readings: Sequence[Reading]) -> Reading:
    """The reading with the highest score."""
    return max(readings, key=lambda reading: reading.score)


def retrieve(data: Path, cache: Path) -> dict[str, list[Retrieved]]:
    """The passages of the `dev` and `standalone` questions; kept in `cache` after the first time."""
    if cache.exists():
        return pickle.loads(cache.read_bytes())  # type: ignore[no-any-return] # noqa: S301 - our own file
    from sklearn.feature_extraction.text import TfidfVectorizer

    splitter = SentenceSplitter()
    texts = [(row["id"], row["text"]) for row in rows(data / "newsqa_stories.jsonl.xz")]
    texts += [(str(row["id"]), row["text"]) for row in rows(data / "realtimeqa_articles.jsonl.xz")]
    passages = [passage for key, text in texts for passage in story_passages(key, text, splitter)]
    vectorizer = TfidfVectorizer(sublinear_tf=True, stop_words="english", dtype=np.float32)
    matrix = vectorizer.fit_transform([passage.text for passage in passages]).T.tocsc()
    splits = newsqa_splits(data)
    asked = {
        "dev": [
            row
            for row in rows(data / "newsqa_questions.jsonl.xz")
            if splits[row["story_id"]] == "dev" and specific(row["question"])
        ],
        "standalone": list(rows(data / "newsqa_standalone.jsonl.xz")),
    }
    found = {}
    for name, questions in asked.items():
        scores = (vectorizer.transform([row["question"] for row in questions]) @ matrix).tocsr()
        found[name] = [
            Retrieved(row["question"], row["answers"], row["story_id"], _best(scores.getrow(n), row, passages))
            for n, row in enumerate(questions)
        ]
    cache.write_bytes(pickle.dumps(found))
    return found


def _best(line: Any, row: dict[str, Any], passages: Sequence[Passage]) -> list[Passage]:
    chosen: list[Passage] = []
    others = 0
    for place in line.indices[np.argsort(-line.data, kind="stable")]:
        chosen.append(passages[place])
        others += passages[place].article_id != row["story_id"]
        if others == PASSAGES:
            break
    return chosen


def outcomes(reader: SpanReader, found: Sequence[Retrieved]) -> list[Outcome]:
    """Two outcomes for each question whose story was found, one for the others."""
    result = []
    for one in found:
        readings = reader.read(one.question, one.passages)
        without = [reading for reading in readings if reading.passage.article_id != one.story]
        if one.story in {passage.article_id for passage in one.passages[:PASSAGES]}:
            result.append(_outcome(best(readings[:PASSAGES]), one, True))
        result.append(_outcome(best(without[:PASSAGES]), one, False))
    return result


def _outcome(reading: Reading, one: Retrieved, present: bool) -> Outcome:
    if not reading.spans:
        return Outcome(reading.score, False, False, present)
    span = reading.spans[0]
    passage = reading.passage
    around = next(
        (
            passage.text[s.start - passage.start : s.end - passage.start]
            for s in passage.sentences
            if s.start <= span.span.start < s.end
        ),
        "",
    )
    sentence = any(f" {normalise(answer)} " in f" {normalise(around)} " for answer in one.answers)
    return Outcome(span.score, sentence or f1(span.text, one.answers) >= 0.5, sentence, present)


def fit(found: Sequence[Outcome]) -> tuple[float, float]:
    """Slope and intercept of the logistic from score to "right"."""
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(C=100.0)
    model.fit(np.array([[one.score] for one in found]), [one.right for one in found])
    return float(model.coef_[0, 0]), float(model.intercept_[0])


def refusals(found: Sequence[Outcome], threshold: float) -> tuple[float, float]:
    """Share refused with the story absent, and with it present, below a score threshold."""
    absent = fmean(one.score < threshold for one in found if not one.present)
    return absent, fmean(one.score < threshold for one in found if one.present)


def best_threshold(found: Sequence[Outcome]) -> float:
    """The score that tells the two cases apart best, at no more than 15 % false refusals."""
    scores = sorted(one.score for one in found)
    allowed = [score for score in scores if refusals(found, score)[1] <= MOST_FALSE_REFUSALS]
    return max(allowed, key=lambda score: refusals(found, score)[0] - refusals(found, score)[1])


def report(found: Sequence[Outcome], threshold: float, slope: float, intercept: float) -> dict[str, float]:
    """What the threshold does, in per cent; `brier` is the mean squared error of the probability."""
    present = [one for one in found if one.present]
    absent, false = refusals(found, threshold)
    probabilities = 1 / (1 + np.exp(-np.clip(slope * np.array([one.score for one in found]) + intercept, -60, 60)))
    result = {
        "story found, questions": len(present),
        "answer right": 100 * fmean(one.right for one in present),
        "sentence holds the answer": 100 * fmean(one.sentence for one in present),
        "refused, story absent": 100 * absent,
        "refused, story present": 100 * false,
        "right among answered, story present": 100
        * fmean([o.right for o in present if o.score >= threshold] or [0]),
        "brier": float(np.mean((probabilities - np.array([one.right for one in found])) ** 2)),
    }
    return {name: round(value, 3) for name, value in result.items()}


def main() -> None:
    """Parse the options, calibrate, write `config.json`, and print a JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--reader", type=Path, default=Path("src/newsqa/models/reader"))
    parser.add_argument("--cache", type=Path, required=True, help="file for the passages found")
    parser.add_argument("--sample", type=int, default=0, help="questions of each set; 0: all")
    options = parser.parse_args()
    reader = SpanReader.open(options.reader)
    retrieved = {
        name: found[:: max(1, len(found) // options.sample)] if options.sample else found
        for name, found in retrieve(options.data, options.cache).items()
    }
    dev = outcomes(reader, retrieved["dev"])
    slope, intercept = fit(dev)
    score = best_threshold(dev)
    threshold = 1 / (1 + float(np.exp(-(slope * score + intercept))))
    path = options.reader / "config.json"
    config = json.loads(path.read_text(encoding="utf-8"))
    config["calibration"] = {
        "slope": round(slope, 5),
        "intercept": round(intercept, 5),
        "threshold": round(threshold, 4),
    }
    path.write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")
    result = {"calibration": config["calibration"], "score threshold": round(score, 3)}
    result["dev"] = report(dev, score, slope, intercept)
    result["standalone"] = report(outcomes(reader, retrieved["standalone"]), score, slope, intercept)
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
