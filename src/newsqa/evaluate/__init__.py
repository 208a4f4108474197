"""Measures newsqa on a file of questions: finding, quoting, answering, and refusing.

A line of the file is a JSON object with `question`, and what is known of its answer:
`answers` (short texts, or null when the articles do not say), `evidence` (verbatim parts of the sentences
that may be cited), `nuggets` (what a whole answer says: for each nugget verbatim parts of sentences that say it),
`articles` (ids, file stems, titles or URLs that hold the answer), `history` (earlier turns), `kind`.
"""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from newsqa.errors import NewsqaError
from newsqa.evaluate.measures import (
    average_precision,
    best_f1,
    calibration_error,
    exact_match,
    mean,
    ndcg,
    normalise,
    percentile,
)
from newsqa.evaluate.plot import curve_svg
from newsqa.pipeline import NewsQA
from newsqa.types import Answer, ScoredPassage, Turn
from newsqa.types.answers import SUPPORT

__all__ = ["GoldQuestion", "Outcome", "Report", "normalise", "percentile", "read_items", "run", "save_plot"]

_DEPTH = 50


@dataclass(frozen=True, slots=True)
class GoldQuestion:
    """One question of a test set; `answerable` is whether the articles say."""

    question: str
    answerable: bool
    answers: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()
    articles: tuple[str, ...] = ()
    history: tuple[Turn, ...] = ()
    kind: str = ""
    nuggets: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What newsqa made of one item: ranks of the right articles from 1, and the sentences weighed, best first."""

    item: GoldQuestion
    answer: Answer
    ranks: tuple[int, ...]
    seconds: float
    sentences: tuple[str, ...] = ()

    @property
    def right(self) -> bool:
        """Whether the answer that was given is one."""
        return self.item.answerable and (self.right_sentence or self.answer_cited)

    @property
    def right_order(self) -> list[bool]:
        """For each sentence that was weighed, best first, whether it is a right one."""
        return [self._is_supported(text) for text in self.sentences]

    @property
    def covered(self) -> float:
        """The share of the nuggets that a cited quote holds."""
        quotes = [_fold(citation.quote) for citation in self.answer.citations]
        held = [any(_fold(part) in quote for part in parts for quote in quotes) for parts in self.item.nuggets]
        return sum(held) / len(held)

    @property
    def right_sentence(self) -> bool:
        """Whether a cited quote holds a piece of evidence."""
        return not self.answer.abstained and any(self._is_supported(c.quote) for c in self.answer.citations)

    @property
    def answer_cited(self) -> bool:
        """Whether a cited quote holds one of the gold answers."""
        quotes = normalise(" ".join(c.quote for c in self.answer.citations))
        return not self.answer.abstained and any(normalise(gold) in quotes for gold in self.item.answers)

    @property
    def precise_citations(self) -> int:
        """How many of the citations hold evidence, or a gold answer where no evidence is given."""
        return sum(self._is_supported(citation.quote) for citation in self.answer.citations)

    @property
    def short_answer(self) -> str:
        """The highlighted words of the first citation, else its quote."""
        if self.answer.abstained or not self.answer.citations:
            return ""
        cited = self.answer.citations[0]
        if not cited.highlights:
            return cited.quote
        span = cited.highlights[0]
        return cited.quote[span.start - cited.start : span.end - cited.start]

    def _is_supported(self, quote: str) -> bool:
        folded = _fold(quote)
        if self.item.evidence:
            return any(_fold(piece) in folded for piece in self.item.evidence)
        return any(normalise(gold) in normalise(quote) for gold in self.item.answers)


@dataclass(frozen=True, slots=True)
class Report:
    """All outcomes of a run, and the figures computed from them (shares are 0-1, times in seconds)."""

    outcomes: tuple[Outcome, ...]

    def figures(self) -> dict[str, float]:
        """Every figure by name; a figure that the file gives no ground for is left out."""
        answerable = [o for o in self.outcomes if o.item.answerable]
        located = [o for o in answerable if o.item.articles]
        told = [o for o in answerable if o.item.answers]
        cited = [o for o in answerable if o.item.evidence or o.item.answers]
        ordered = [o.right_order for o in cited if o.sentences]
        given = [o for o in self.outcomes if not o.answer.abstained]
        figures: dict[str, float | None] = {"questions": float(len(self.outcomes))}
        for k in (1, 5, 10):
            figures[f"recall@{k}"] = mean(float(any(r <= k for r in o.ranks)) for o in located)
        figures["MRR"] = mean(1.0 / min(o.ranks) if o.ranks else 0.0 for o in located)
        figures["nDCG@10"] = mean(ndcg(o.ranks, len(o.item.articles)) for o in located)
        figures["sentences, P@1"] = mean(float(right[0]) for right in ordered)
        figures["sentences, MAP"] = mean(average_precision(right) for right in ordered)
        figures["right sentence cited"] = mean(float(o.right_sentence) for o in answerable if o.item.evidence)
        figures["answer in cited sentences"] = mean(float(o.answer_cited) for o in told)
        figures["answer EM"] = mean(exact_match(o.short_answer, o.item.answers) for o in told)
        figures["answer F1"] = mean(best_f1(o.short_answer, o.item.answers) for o in told)
        count = sum(len(o.answer.citations) for o in cited)
        figures["citation precision"] = sum(o.precise_citations for o in cited) / count if count else None
        figures["nuggets covered"] = mean(o.covered for o in answerable if o.item.nuggets)
        figures["refused, unanswerable"] = mean(
            float(o.answer.abstained) for o in self.outcomes if not o.item.answerable
        )
        figures["refused, answerable"] = mean(float(o.answer.abstained) for o in answerable)
        figures["calibration error"] = calibration_error([(o.answer.confidence, o.right) for o in given])
        for words in SUPPORT:
            right = [o.right for o in given if o.answer.support == words]
            figures[f"right where {words}"] = mean(map(float, right))
        times = [o.seconds for o in self.outcomes]
        figures["seconds, median"] = statistics.median(times) if times else None
        figures["seconds, p95"] = percentile(times, 0.95) if times else None
        return {name: value for name, value in figures.items() if value is not None}

    def kinds(self) -> dict[str, dict[str, float]]:
        """For each kind of question: how many, the share answered rightly, and the shares refused."""
        rows: dict[str, dict[str, float]] = {}
        for kind in sorted({o.item.kind for o in self.outcomes if o.item.kind}):
            answerable = [o for o in self.outcomes if o.item.kind == kind and o.item.answerable]
            others = [o for o in self.outcomes if o.item.kind == kind and not o.item.answerable]
            row = {
                "questions": float(len(answerable) + len(others)),
                "right": mean(float(o.right) for o in answerable),
                "nuggets covered": mean(o.covered for o in answerable if o.item.nuggets),
                "refused, answerable": mean(float(o.answer.abstained) for o in answerable),
                "refused, unanswerable": mean(float(o.answer.abstained) for o in others),
            }
            rows[kind] = {name: value for name, value in row.items() if value is not None}
        return rows

    def to_dict(self) -> dict[str, Any]:
        """The figures, and a row for each question."""
        return {
            "figures": {name: round(value, 4) for name, value in self.figures().items()},
            "kinds": {kind: {name: round(v, 4) for name, v in row.items()} for kind, row in self.kinds().items()},
            "questions": [
                {
                    "question": o.item.question,
                    "searched_for": o.answer.searched_for,
                    "answerable": o.item.answerable,
                    "abstained": o.answer.abstained,
                    "right_sentence": o.right_sentence,
                    "answer_cited": o.answer_cited,
                    "confidence": round(o.answer.confidence, 4),
                    "text": o.answer.text,
                    "seconds": round(o.seconds, 4),
                }
                for o in self.outcomes
            ],
        }

    def table(self) -> str:
        """The figures, and a row for each kind of question, as an aligned table of plain text."""
        rows = self.figures()
        width = max(len(name) for name in rows)
        return "\n".join(
            f"{name:<{width}}  {value:.0f}" if name == "questions" else f"{name:<{width}}  {value:.3f}"
            for name, value in rows.items()
        ) + "".join(f"\n{kind}: {_row(row)}" for kind, row in self.kinds().items())

    def curve(self) -> list[tuple[float, float, float]]:
        """For every confidence as threshold: (threshold, share of questions refused, share of the rest right)."""
        rows = sorted(self.outcomes, key=lambda o: -o.answer.confidence)
        points, right = [], 0
        for given, outcome in enumerate(rows, start=1):
            right += outcome.right
            points.append((outcome.answer.confidence, 1.0 - given / len(rows), right / given))
        return points


def _row(figures: Mapping[str, float]) -> str:
    return ", ".join(
        f"{value:.0f} {name}" if name == "questions" else f"{name} {value:.3f}" for name, value in figures.items()
    )


def save_plot(report: Report, path: Path) -> None:
    """Draw refusal against accuracy into an SVG file; raises `NewsqaError` when it cannot be written."""
    given = [o for o in report.outcomes if not o.answer.abstained]
    refused = 1.0 - len(given) / len(report.outcomes)
    right = mean(float(o.right) for o in given)
    try:
        path.write_text(curve_svg(report.curve(), refused, right or 0.0), encoding="utf-8")
    except OSError as error:
        raise NewsqaError(f"{path} cannot be written: {error}. Name another file for --plot.") from error


def read_items(path: Path) -> list[GoldQuestion]:
    """The questions of a JSONL file; raises `NewsqaError` that names the line."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise NewsqaError(f"{path} cannot be read: {error}. Name a JSONL file of questions.") from error
    items = []
    for number, line in enumerate(lines, start=1):
        if line.strip():
            try:
                items.append(_item(json.loads(line)))
            except (ValueError, TypeError, KeyError, AttributeError) as error:
                raise NewsqaError(
                    f"Line {number} of {path} is no question: {error}. Each line is a JSON object with `question`."
                ) from error
    if not items:
        raise NewsqaError(f"{path} holds no questions. Each line is a JSON object with `question`.")
    return items


def _item(row: Mapping[str, Any]) -> GoldQuestion:
    answers = row.get("answers")
    turns = tuple(Turn(str(turn["question"]), str(turn.get("answer", ""))) for turn in row.get("history") or ())
    return GoldQuestion(
        question=str(row["question"]),
        answerable=bool(
            row.get(
                "answerable", bool(answers or row.get("evidence") or row.get("articles") or row.get("nuggets"))
            )
        ),
        answers=tuple(answers or ()),
        evidence=tuple(row.get("evidence") or ()),
        articles=tuple(row.get("articles") or ()),
        history=turns,
        kind=str(row.get("kind", "")),
        nuggets=tuple(tuple(map(str, parts)) for parts in row.get("nuggets") or ()),
    )


def run(qa: NewsQA, path: Path, *, on_outcome: Callable[[int, int], None] | None = None) -> Report:
    """Ask every question of a file; `on_outcome` is told (done, total) after each."""
    items = read_items(path)
    names = {article.id: _names(article) for article in qa.articles()}
    outcomes = []
    for done, item in enumerate(items, start=1):
        began = time.perf_counter()
        answer = qa.ask(item.question, history=_answer_turns(qa, item.history))
        seconds = time.perf_counter() - began
        found = qa.search(answer.searched_for, k=_DEPTH) if item.articles else []
        told = tuple(cited.quote for cited in qa.sentences(answer.searched_for)) if item.answerable else ()
        outcomes.append(Outcome(item, answer, _ranks(found, item.articles, names), seconds, told))
        if on_outcome:
            on_outcome(done, len(items))
    return Report(tuple(outcomes))


def _answer_turns(qa: NewsQA, history: Sequence[Turn]) -> list[Turn]:
    """The earlier turns with the answers that newsqa itself gives, where the file gives none."""
    turns: list[Turn] = []
    for turn in history:
        turns.append(turn if turn.answer else Turn(turn.question, qa.ask(turn.question, history=turns).text))
    return turns


def _names(article: Any) -> set[str]:
    stem = Path(article.path).stem if article.path else ""
    tail = article.url.rstrip("/").rsplit("/", 1)[-1] if article.url else ""
    return {name for name in (article.id, article.title, article.url, stem, tail) if name}


def _ranks(
    found: Sequence[ScoredPassage], wanted: Sequence[str], names: Mapping[str, set[str]]
) -> tuple[int, ...]:
    order = list(dict.fromkeys(scored.passage.article_id for scored in found))
    gold = set(wanted)
    return tuple(rank for rank, key in enumerate(order, start=1) if names.get(key, {key}) & gold)


def _fold(text: str) -> str:
    return " ".join(text.split()).replace("’", "'").replace("“", '"').replace("”", '"')
