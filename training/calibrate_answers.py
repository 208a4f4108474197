"""Fits the confidence of an answer, on questions that neither encoder nor reader has seen.

Five kinds of question, each asked as newsqa asks: the written questions that are kept from training, with those
that their article does not answer; news quizzes among other news, and questions on NewsQA's dev stories that name
something, both also with the articles left out that answer them; all questions on dev stories of their own story,
and a third of them of another; SQuAD 2's own questions, answerable or not, on contexts kept from training.
The figures printed are five-fold: every question is judged by weights that were fitted without it.

    python -m training.calibrate_answers --data DATA --home /tmp/answers-index
"""

from __future__ import annotations

import argparse
import itertools
import json
import math
import pickle
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sklearn.linear_model import LogisticRegression

from newsqa.answers.answering import Answerer, SecondLook
from newsqa.answers.confidence import BUNDLED, FEATURES, Confidence
from newsqa.answers.reader import SpanReader
from newsqa.answers.selection import Candidate
from newsqa.evaluate.measures import calibration_error, normalise, reliability
from newsqa.pipeline import NewsQA
from newsqa.search.questions import analyse
from newsqa.settings import Settings
from newsqa.sources.formats.build import build_article
from newsqa.types import Article, Filter, ScoredPassage
from newsqa.types.answers import SUPPORT
from training.news_data import other_news, questions, stories
from training.reader_data import newsqa_splits, specific, squad2_held
from training.written import written

_SPARE = 60
"""Passages searched for, some of which are left out."""
_NONE = Confidence(dict.fromkeys(FEATURES, 0.0), 0.0, 0.0)
_FOLDS = 5
UNANSWERABLE = 0.25
"""The share of readers' questions that the articles do not answer, for which the probability is fitted."""
Right = Callable[[Candidate], bool | None]
"""Whether a sentence answers; None where that is not known."""


@dataclass(frozen=True, slots=True)
class Case:
    """A question's sentences: a row of evidence for each and whether it is right; none is, if unanswerable."""

    kind: str
    question: str
    rows: list[dict[str, float]]
    right: list[bool]
    answerable: bool


def case(
    answerer: Answerer,
    kind: str,
    row: dict[str, Any],
    passages: Sequence[ScoredPassage],
    right: Right,
    answerable: bool,
) -> Case:
    """What newsqa weighs for a question, if these passages are found, without the sentences that may be either."""
    asked = analyse(row["question"])
    found = answerer.look_at(asked, passages)
    rows = answerer.evidence(asked, passages, found)
    known = [
        (evidence, verdict)
        for evidence, verdict in zip(rows, map(right, found), strict=True)
        if verdict is not None
    ]
    return Case(
        kind, row["question"], [evidence for evidence, _ in known], [good for _, good in known], answerable
    )


def open_cases(qa: NewsQA, answerer: Answerer, kind: str, asked: Sequence[dict[str, Any]]) -> Iterator[Case]:
    """Questions among all articles, as they are and with the articles left out that answer them.

    A sentence with an answer's words in another article than those that are known to answer may be right or wrong.
    """
    stems = {article.id: Path(article.path).stem for article in qa.articles()}
    for row in asked:
        gold = set(row.get("gold_articles") or [row["story_id"]])
        holds, mentions = _holding(row), _holding({**row, "around": None})

        def right(
            item: Candidate,
            gold: set[str] = gold,
            holds: Callable[[str], bool] = holds,
            mentions: Callable[[str], bool] = mentions,
        ) -> bool | None:
            if stems[item.passage.article_id] in gold and holds(item.text):
                return True
            return None if mentions(item.text) else False

        found = answerer.search.search(row["question"], _SPARE)
        without = [p for p in found if stems[p.passage.article_id] not in gold and not mentions(p.passage.text)]
        yield case(answerer, kind, row, found[: answerer.read], right, answerable=True)
        yield case(answerer, kind, row, without[: answerer.read], right, answerable=False)


def written_cases(qa: NewsQA, answerer: Answerer, asked: Sequence[dict[str, Any]]) -> Iterator[Case]:
    """The written questions among all articles, answerable or not."""
    stems = {article.id: Path(article.path).stem for article in qa.articles()}
    for row in asked:
        golds = [normalise(row["text"][start:end]) for start, end in row["sentences"]]
        short = normalise(row["text"][slice(*row["answer"])]) if row["answer"] else ""

        def right(
            item: Candidate, row: dict[str, Any] = row, golds: Sequence[str] = golds, short: str = short
        ) -> bool | None:
            said = normalise(item.text)
            if stems[item.passage.article_id] == row["article_id"]:
                return any(gold in said or (said in gold and 2 * len(said) >= len(gold)) for gold in golds)
            return None if short and f" {short} " in f" {said} " else False

        found = answerer.search.search(row["question"], answerer.read)
        yield case(answerer, f"written, {row['kind']}", row, found, right, answerable=bool(golds))


def own_cases(answerer: Answerer, kind: str, asked: Sequence[dict[str, Any]], text: str) -> Iterator[Case]:
    """Questions of the text that they are about, and where all have an answer, a third of another text."""
    names = sorted({row[text] for row in asked})
    others = all(row["answers"] for row in asked)
    for number, row in enumerate(asked):
        places = [(row[text], bool(row["answers"]))]
        if others and number % 3 == 0:
            places.append((names[(names.index(row[text]) + 1) % len(names)], False))
        holds = _holding(row)
        for place, answerable in places:
            passages = answerer.search.search(row["question"], answerer.read, Filter(sources=(place,)))

            def right(item: Candidate, holds: Callable[[str], bool] = holds, possible: bool = answerable) -> bool:
                return possible and holds(item.text)

            yield case(answerer, kind, row, passages, right, answerable)


def _holding(row: dict[str, Any]) -> Callable[[str], bool]:
    """Whether a sentence holds an answer: where its place is known, in that place."""
    golds = [f" {normalise(answer)} " for answer in row["answers"] if normalise(answer)]
    parts = row.get("around") or [""] * len(golds)

    def holds(sentence: str) -> bool:
        said = f" {normalise(sentence)} "
        return any(gold in said and _shares(part, said) for gold, part in zip(golds, parts, strict=False))

    return holds


def _shares(part: str, said: str) -> bool:
    """Whether a sentence is the place of a part cut from a text, by most of the part's inner words."""
    words = normalise(part).split()[1:-1]
    held = set(said.split())
    return not words or sum(word in held for word in words) >= 0.6 * len(words)


def _with_places(row: dict[str, Any], text: str) -> dict[str, Any]:
    """A question with what stands around each of its answers in its text."""
    places = zip(row["answer_starts"], row["answers"], strict=False)
    return {**row, "around": [text[max(0, start - 30) : start + len(answer) + 30] for start, answer in places]}


def fit(cases: Sequence[Case], names: Sequence[str] = FEATURES) -> Confidence:
    """The weights that tell right sentences from others, then as sure as each question's best one is right."""
    shares = weights_of(cases)
    model = LogisticRegression(C=1.0, max_iter=5000).fit(
        [[row[name] for name in names] for one in cases for row in one.rows],
        [good for one in cases for good in one.right],
        [share for one, share in zip(cases, shares, strict=True) for _ in one.rows],
    )
    plain = _confidence(dict(zip(names, model.coef_[0], strict=True)), float(model.intercept_[0]))
    first = [best(plain, one) for one in cases]
    sure = LogisticRegression(C=100.0).fit([[_logit(p)] for p, _ in first], [good for _, good in first], shares)
    slope, shift = float(sure.coef_[0, 0]), float(sure.intercept_[0])
    fitted = {name: slope * weight for name, weight in plain.weights.items()}
    return _confidence(fitted, slope * plain.intercept + shift)


def _confidence(weights: Mapping[str, float], intercept: float) -> Confidence:
    return Confidence(dict.fromkeys(FEATURES, 0.0) | {n: float(w) for n, w in weights.items()}, intercept, 0.0)


def _logit(probability: float) -> float:
    bounded = min(1 - 1e-9, max(1e-9, probability))
    return math.log(bounded / (1 - bounded))


def weights_of(cases: Sequence[Case]) -> list[float]:
    """How much each case counts, so that the unanswerable ones are as many as are expected of readers."""
    answerable = sum(one.answerable for one in cases)
    share = answerable * UNANSWERABLE / (1 - UNANSWERABLE) / (len(cases) - answerable)
    return [1.0 if one.answerable else share for one in cases]


def best(fitted: Confidence, one: Case) -> tuple[float, bool]:
    """The probability of a question's first sentence, and whether it is right."""
    return max(
        ((fitted.probability(row), good) for row, good in zip(one.rows, one.right, strict=True)),
        key=lambda row: row[0],
        default=(0.0, False),
    )


def judged(cases: Sequence[Case], names: Sequence[str] = FEATURES) -> list[tuple[float, bool]]:
    """The first sentence of every question, by weights that were fitted on other questions."""
    fold = {text: number % _FOLDS for number, text in enumerate(sorted({one.question for one in cases}))}
    fitted = [fit([one for one in cases if fold[one.question] != number], names) for number in range(_FOLDS)]
    return [best(fitted[fold[one.question]], one) for one in cases]


def figures(cases: Sequence[Case], found: Sequence[tuple[float, bool]], threshold: float) -> dict[str, Any]:
    """What `judged` says, at a threshold; probabilities with as many unanswerable questions as expected."""
    both = list(zip(cases, found, weights_of(cases), strict=True))
    answerable = [(one, right) for one, (_, right), _ in both if one.answerable]
    given = [(row, weight) for _, row, weight in both if row[0] >= threshold]
    told = {words: [(r, w) for (p, r), w in given if low <= p < high] for words, low, high in _words()}
    return {
        "questions": len({one.question for one in cases}),
        "cases": len(cases),
        "right sentence first": _mean([(right, 1.0) for _, right in answerable]),
        "refused, unanswerable": _mean([(p < threshold, 1.0) for one, (p, _), _ in both if not one.answerable]),
        "refused, first sentence right": _mean([(p < threshold, 1.0) for _, (p, right), _ in both if right]),
        "calibration error": round(calibration_error(found, weights_of(cases)), 4),
        "calibration error, answered": round(calibration_error([r for r, _ in given], [w for _, w in given]), 4),
        "right where said": {words: (_mean(rows), len(rows)) for words, rows in told.items()},
        "right sentence first, by kind": {
            kind: _mean([(right, 1.0) for one, right in answerable if one.kind == kind])
            for kind in sorted({one.kind for one in cases})
        },
        "reliability": [tuple(round(value, 3) for value in row) for row in reliability(found, weights_of(cases))],
    }


def _words() -> Iterator[tuple[str, float, float]]:
    """What is said of an answer, and from which probability to below which; the least is not bounded below."""
    high = 1.1
    for words, low in SUPPORT.items():
        yield words, 0.0 if words == list(SUPPORT)[-1] else low, high
        high = low


def _mean(rows: Sequence[tuple[bool, float]]) -> float:
    """The weighted share that is true."""
    total = sum(weight for _, weight in rows)
    return round(sum(weight for true, weight in rows if true) / total, 4) if total else math.nan


def gather(options: argparse.Namespace) -> Iterator[Case]:
    """Every case, from two indexes: one of news, one in which each text is a source of its own."""
    splits = newsqa_splits(options.data)
    texts = {row["id"]: row["text"] for row in questions(options.data, "newsqa_stories")}
    quiz = questions(options.data, "realtimeqa_questions")
    random.Random(5).shuffle(quiz)  # noqa: S311 (a fixed sample)
    quiz = quiz[: options.questions]
    dev = [
        _with_places(row, texts[row["story_id"]])
        for row in questions(options.data, "newsqa_questions")
        if splits[row["story_id"]] == "dev"
    ]
    kept = [
        r for r in questions(options.data, "reader_train") if r["group"] == "squad2" and squad2_held(r["context"])
    ]
    contexts = {text: f"squad2-{number}" for number, text in enumerate(dict.fromkeys(r["context"] for r in kept))}
    squad2 = [{**_with_places(row, row["context"]), "text": contexts[row["context"]]} for row in kept]
    held = list(written(options.data, held=True))
    random.Random(5).shuffle(held)  # noqa: S311 (a fixed sample)
    held = held[: options.written]
    wanted = frozenset(article for row in quiz for article in row["gold_articles"][:3])
    wanted |= frozenset(row["article_id"] for row in held)
    with _opened(options.home / "news") as qa:
        qa.index.ingest(itertools.chain(stories(options.data), other_news(options.data, 400, wanted)))
        answerer = _answerer(qa, options.reader)
        yield from written_cases(qa, answerer, held)
        yield from open_cases(qa, answerer, "news quiz, among all", quiz)
        yield from open_cases(qa, answerer, "story, among all", [row for row in dev if specific(row["question"])])
    with _opened(options.home / "texts") as qa:
        own = stories(options.data, frozenset(row["story_id"] for row in dev), own_source=True)
        qa.index.ingest(itertools.chain(own, map(_article, contexts.items())))
        answerer = _answerer(qa, options.reader)
        yield from own_cases(answerer, "story, given", dev, "story_id")
        yield from own_cases(answerer, "SQuAD 2, given", squad2, "text")


def _article(context: tuple[str, str]) -> Article:
    from dataclasses import replace

    return replace(build_article(context[0], f"/{context[1]}.txt", markdown=False), source=context[1])


def _opened(home: Path) -> NewsQA:
    return NewsQA.open(settings=Settings.load(home=home, reader="similarity"))


def _answerer(qa: NewsQA, folder: Path | None) -> Answerer:
    """What answers, with a reader whose confidence is not fitted yet."""
    reader, plain = SpanReader.open(folder), qa.answerer
    return Answerer(plain.search, reader, plain.index, 0.0, plain.rarity, SecondLook(reader, _NONE), plain.read)


def main() -> None:
    """Gather, fit, print the figures, and write the weights beside the reader."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--home", type=Path, required=True, help="folder for the indexes")
    parser.add_argument("--reader", type=Path, help="folder of a reader; default: the bundled one")
    parser.add_argument("--questions", type=int, default=651, help="questions of the news quiz")
    parser.add_argument("--written", type=int, default=2000, help="questions of those written for this")
    parser.add_argument("--cases", type=Path, help="file to keep the cases in; read if it is there")
    parser.add_argument("--threshold", type=float, default=0.34, help="the probability below which to abstain")
    parser.add_argument("--ablate", action="store_true", help="also print what each kind of evidence is worth")
    parser.add_argument("--out", type=Path, default=BUNDLED)
    options = parser.parse_args()
    if options.cases and options.cases.exists():
        cases = pickle.loads(options.cases.read_bytes())  # noqa: S301 (our own file)
    else:
        cases = []
        for one in gather(options):
            cases.append(one)
            if len(cases) % 100 == 0:
                print(f"{len(cases)} cases", flush=True)
        if options.cases:
            options.cases.write_bytes(pickle.dumps(cases))
    print(json.dumps(figures(cases, judged(cases), options.threshold), indent=2))
    for name in FEATURES if options.ablate else ():
        names = [other for other in FEATURES if other != name]
        told = figures(cases, judged(cases, names), options.threshold)
        print(f"without {name}:", {key: value for key, value in told.items() if isinstance(value, float)})
    fitted = fit(cases)
    stored = {
        "weights": {name: round(value, 4) for name, value in fitted.weights.items()},
        "intercept": round(fitted.intercept, 4),
        "threshold": options.threshold,
    }
    options.out.write_text(json.dumps(stored, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(stored, indent=2))


if __name__ == "__main__":
    main()
