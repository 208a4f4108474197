"""Fits the confidence of an answer, on news questions that neither encoder nor reader has seen.

An index of real news is asked every question twice: as it is, and with the articles that answer it left out.
A sentence is right when it stands in an article that is known to answer and holds the answer. Questions on
stories that the reader was not trained on add exact labels: each is asked of its own story, and of another.
The threshold is the one at which the share of false refusals is as asked.

    python -m training.calibrate_answers --data DATA --home /tmp/answers-index
"""

from __future__ import annotations

import argparse
import itertools
import json
import pickle
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression

from newsqa.answers.answering import Answerer
from newsqa.answers.confidence import BUNDLED, FEATURES, Confidence
from newsqa.answers.selection import Candidate
from newsqa.answers.selection import candidates as candidates_of
from newsqa.evaluate import normalise
from newsqa.pipeline import NewsQA
from newsqa.search.questions import Question, analyse
from newsqa.types import Filter, ScoredPassage
from training.news_data import other_news, questions, stories
from training.reader_data import newsqa_splits

_READ = 8
"""Passages read for a question, as many as newsqa reads."""
_SPARE = 60
"""Passages searched for, some of which are left out."""


@dataclass(frozen=True, slots=True)
class Case:
    """One question's candidates: a row of features and whether each is right; nothing is, if unanswerable."""

    rows: list[dict[str, float]]
    right: list[bool]
    answerable: bool


def spans(answerer: Answerer, asked: Question, passages: Sequence[ScoredPassage]) -> list[Candidate]:
    """The sentences that hold the reader's spans, not yet weighed."""
    return candidates_of(answerer.reader.read(asked.text, [scored.passage for scored in passages]))


def gather(
    answerer: Answerer, question: str, answers: Sequence[str], gold: set[str], stems: Mapping[str, str]
) -> list[Case]:
    """The candidates of a question as it is, and with the articles that answer it left out."""
    asked = analyse(question)
    found = answerer.search.search(question, _SPARE)
    folded = [normalise(answer) for answer in answers]

    def holds(text: str) -> bool:
        return any(f" {answer} " in f" {normalise(text)} " for answer in folded if answer)

    without = [p for p in found if stems[p.passage.article_id] not in gold and not holds(p.passage.text)]
    wanted = {p.passage.id: p.passage for p in [*found[:_READ], *without[:_READ]]}
    readings = dict(zip(wanted, answerer.reader.read(asked.text, list(wanted.values())), strict=True))

    def case(passages: list[ScoredPassage], *, answerable: bool) -> Case:
        candidates = candidates_of([readings[p.passage.id] for p in passages])
        rows = answerer.features(asked, passages, candidates)
        right = [answerable and stems[c.passage.article_id] in gold and holds(c.text) for c in candidates]
        return Case(rows, right, answerable)

    return [case(found[:_READ], answerable=True), case(without[:_READ], answerable=False)]


def story_cases(answerer: Answerer, data: Path, stories: frozenset[str], most: int) -> Iterator[Case]:
    """Questions on their own story, right where the answer stands, and on another story, where nothing is."""
    texts = {row["id"]: row["text"] for row in questions(data, "newsqa_stories")}
    names = sorted(stories)
    asked = [row for row in questions(data, "newsqa_questions") if row["story_id"] in stories]
    random.Random(7).shuffle(asked)  # noqa: S311 (a fixed sample)
    for row in asked[:most]:
        question, story = analyse(row["question"]), row["story_id"]
        other = names[(names.index(story) + 1) % len(names)]
        around = [
            normalise(texts[story][max(0, start - 30) : start + len(answer) + 30])
            for start, answer in zip(row["answer_starts"], row["answers"], strict=False)
        ]
        for place, answerable in ((story, True), (other, False)):
            passages = answerer.search.search(row["question"], _READ, Filter(sources=(place,)))
            found = spans(answerer, question, passages)
            golds = [normalise(answer) for answer in row["answers"]]
            right = [
                answerable
                and any(
                    gold in normalise(item.text) and _shares(part, item.text)
                    for gold, part in zip(golds, around, strict=False)
                )
                for item in found
            ]
            yield Case(answerer.features(question, passages, found), right, answerable)


def _shares(part: str, sentence: str) -> bool:
    """Whether a sentence is the place of a part cut from a story, by most of the part's inner words."""
    words = part.split()[1:-1]
    held = set(normalise(sentence).split())
    return not words or sum(word in held for word in words) >= 0.6 * len(words)


def fit(cases: Sequence[Case], false_refusals: float) -> tuple[Confidence, dict[str, float]]:
    """The weights, and the threshold that refuses at most that share of what is answered rightly.

    That of `reason`, a log-likelihood ratio measured apart, is 1: too few questions here ask why.
    """
    names = [name for name in FEATURES if name != "reason"]
    table = np.array([[row[name] for name in names] for case in cases for row in case.rows])
    right = np.array([value for case in cases for value in case.right])
    model = LogisticRegression(C=1.0, max_iter=5000).fit(table, right)
    weights = dict(zip(names, map(float, model.coef_[0]), strict=True)) | {"reason": 1.0}
    fitted = Confidence(weights, float(model.intercept_[0]), 0.0)
    good, bad, top, answerable = [], [], 0, 0
    for case in cases:
        scored = [(fitted.probability(row), value) for row, value in zip(case.rows, case.right, strict=True)]
        best, value = max(scored, default=(0.0, False))
        answerable += case.answerable
        top += value
        if value:
            good.append(best)
        if not case.answerable:
            bad.append(best)
    threshold = float(np.quantile(good, false_refusals))
    figures = {
        "questions": answerable,
        "right sentence first": top / answerable,
        "refused, unanswerable": float(np.mean([value < threshold for value in bad])),
        "refused, first sentence right": float(np.mean([value < threshold for value in good])),
    }
    return Confidence(weights, fitted.intercept, threshold), figures


def main() -> None:
    """Fit, print the figures, and write the weights beside the reader."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--home", type=Path, required=True, help="folder for the index of news")
    parser.add_argument("--questions", type=int, default=110)
    parser.add_argument("--stories", type=int, default=220, help="questions on held-out stories")
    parser.add_argument("--others", type=int, default=500, help="further articles in the index")
    parser.add_argument("--false-refusals", type=float, default=0.15)
    parser.add_argument("--cases", type=Path, help="file to keep the cases in")
    parser.add_argument("--out", type=Path, default=BUNDLED)
    options = parser.parse_args()
    asked = questions(options.data, "realtimeqa_questions")
    random.Random(5).shuffle(asked)  # noqa: S311 (a fixed sample)
    asked = asked[: options.questions]
    wanted = frozenset(article for row in asked for article in row["gold_articles"][:3])
    with NewsQA.open(options.home) as qa:
        found = itertools.chain(stories(options.data), other_news(options.data, options.others, wanted))
        print(qa.index.ingest(found).to_dict())
        stems = {article.id: Path(article.path).stem for article in qa.articles()}
        cases = []
        for done, row in enumerate(asked, start=1):
            gold = set(row["gold_articles"])
            cases += gather(qa.answerer, row["question"], row["answers"], gold, stems)
            if done % 20 == 0:
                print(f"{done} of {len(asked)}", flush=True)
    dev = frozenset(story for story, part in newsqa_splits(options.data).items() if part == "dev")
    with NewsQA.open(options.home / "stories") as qa:
        print(qa.index.ingest(stories(options.data, dev, own_source=True)).to_dict())
        cases += story_cases(qa.answerer, options.data, dev, options.stories)
    if options.cases:
        options.cases.write_bytes(pickle.dumps(cases))
    fitted, figures = fit(cases, options.false_refusals)
    print(json.dumps(figures, indent=2))
    stored = {
        "weights": {name: round(value, 4) for name, value in fitted.weights.items()},
        "intercept": round(fitted.intercept, 4),
        "threshold": round(fitted.threshold, 4),
    }
    options.out.write_text(json.dumps(stored, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(stored, indent=2))


if __name__ == "__main__":
    main()
