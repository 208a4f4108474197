"""What newsqa made of each question of a file, the figures that are computed from it, and a plot of them."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
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
from newsqa.types import Answer, Turn
from newsqa.types.answers import SUPPORT

_WIDTH, _HEIGHT, _LEFT, _TOP, _SIDE = 560, 420, 64, 24, 340
_TICKS = (0.0, 0.25, 0.5, 0.75, 1.0)


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
        path.write_text(_draw_curve(report.curve(), refused, right or 0.0), encoding="utf-8")
    except OSError as error:
        raise NewsqaError(f"{path} cannot be written: {error}. Name another file for --plot.") from error


def _draw_curve(points: Sequence[tuple[float, float, float]], refused: float, right: float) -> str:
    """An SVG picture of `Report.curve`, with a dot for the run's own threshold.

    `points` are (threshold, share refused, share of the rest right); `refused` and `right` are those of the run.
    """
    line = " ".join(f"{_x(share):.1f},{_y(good):.1f}" for _, share, good in points)
    grid = "".join(
        f'<line x1="{_x(0)}" x2="{_x(1)}" y1="{_y(tick):.1f}" y2="{_y(tick):.1f}" stroke="#ddd"/>'
        f'<text x="{_LEFT - 8}" y="{_y(tick) + 4:.1f}" text-anchor="end">{tick:.2f}</text>'
        f'<text x="{_x(tick):.1f}" y="{_TOP + _SIDE + 18}" text-anchor="middle">{tick:.2f}</text>'
        for tick in _TICKS
    )
    label = f"refused {refused:.2f}, right {right:.2f}"
    anchor = "end" if refused > 0.5 else "start"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" '
        f'font-family="sans-serif" font-size="12"><title>Refusal against accuracy: {label}</title>'
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="#fff"/>{grid}'
        f'<polyline points="{line}" fill="none" stroke="#1f4e79" stroke-width="2"/>'
        f'<circle cx="{_x(refused):.1f}" cy="{_y(right):.1f}" r="5" fill="#b03a2e"/>'
        f'<text x="{_x(refused) + (-10 if anchor == "end" else 10):.1f}" y="{_y(right) + 20:.1f}" '
        f'text-anchor="{anchor}" fill="#b03a2e">{label}</text>'
        f'<text x="{_x(0.5):.1f}" y="{_HEIGHT - 10}" text-anchor="middle">share of the questions refused</text>'
        f'<text transform="translate(18 {_y(0.5):.1f}) rotate(-90)" text-anchor="middle">'
        "share of the answers right</text></svg>\n"
    )


def _x(share: float) -> float:
    return _LEFT + _SIDE * 1.35 * share


def _y(share: float) -> float:
    return _TOP + _SIDE * (1.0 - share)


def _fold(text: str) -> str:
    return " ".join(text.split()).replace("’", "'").replace("“", '"').replace("”", '"')
