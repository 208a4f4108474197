"""Measures newsqa on a file of questions: finding, quoting, answering, and refusing.

A line of the file is a JSON object with `question`, and what is known of its answer:
`answers` (short texts, or null when the articles do not say), `evidence` (verbatim parts of the sentences
that may be cited), `articles` (ids, file stems, titles or URLs that hold the answer), `history` (earlier turns).
"""

from __future__ import annotations

import json
import math
import re
import statistics
import string
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from newsqa.errors import NewsqaError
from newsqa.evaluate.plot import curve_svg
from newsqa.pipeline import NewsQA
from newsqa.types import Answer, ScoredPassage, Turn

_DEPTH = 50


@dataclass(frozen=True, slots=True)
class Item:
    """One question of a test set; `answerable` is whether the articles say."""

    question: str
    answerable: bool
    answers: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()
    articles: tuple[str, ...] = ()
    history: tuple[Turn, ...] = ()
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What newsqa made of one item; ranks count distinct articles from 1, None when not found."""

    item: Item
    answer: Answer
    ranks: tuple[int, ...]
    seconds: float

    @property
    def right_sentence(self) -> bool:
        """Whether a cited quote holds a piece of evidence."""
        return not self.answer.abstained and any(self._supports(c.quote) for c in self.answer.citations)

    @property
    def answer_cited(self) -> bool:
        """Whether a cited quote holds one of the gold answers."""
        quotes = normalise(" ".join(c.quote for c in self.answer.citations))
        return not self.answer.abstained and any(normalise(gold) in quotes for gold in self.item.answers)

    @property
    def precise_citations(self) -> int:
        """How many of the citations hold evidence, or a gold answer where no evidence is given."""
        return sum(self._supports(citation.quote) for citation in self.answer.citations)

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

    def _supports(self, quote: str) -> bool:
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
        unanswerable = [o for o in self.outcomes if not o.item.answerable]
        located = [o for o in answerable if o.item.articles]
        told = [o for o in answerable if o.item.answers]
        cited = [o for o in answerable if o.item.evidence or o.item.answers]
        count = sum(len(o.answer.citations) for o in cited)
        figures: dict[str, float | None] = {"questions": float(len(self.outcomes))}
        for k in (1, 5, 10):
            figures[f"recall@{k}"] = _mean(float(any(r <= k for r in o.ranks)) for o in located)
        figures["MRR"] = _mean(1.0 / min(o.ranks) if o.ranks else 0.0 for o in located)
        figures["nDCG@10"] = _mean(ndcg(o.ranks, len(o.item.articles)) for o in located)
        figures["right sentence cited"] = _mean(float(o.right_sentence) for o in answerable if o.item.evidence)
        figures["answer in cited sentences"] = _mean(float(o.answer_cited) for o in told)
        figures["answer EM"] = _mean(exact_match(o.short_answer, o.item.answers) for o in told)
        figures["answer F1"] = _mean(best_f1(o.short_answer, o.item.answers) for o in told)
        figures["citation precision"] = sum(o.precise_citations for o in cited) / count if count else None
        figures["refused, unanswerable"] = _mean(float(o.answer.abstained) for o in unanswerable)
        figures["refused, answerable"] = _mean(float(o.answer.abstained) for o in answerable)
        times = [o.seconds for o in self.outcomes]
        figures["seconds, median"] = statistics.median(times) if times else None
        figures["seconds, p95"] = percentile(times, 0.95) if times else None
        return {name: value for name, value in figures.items() if value is not None}

    def to_dict(self) -> dict[str, Any]:
        """The figures, and a row for each question."""
        return {
            "figures": {name: round(value, 4) for name, value in self.figures().items()},
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
        """The figures as an aligned table of plain text."""
        rows = self.figures()
        width = max(len(name) for name in rows)
        return "\n".join(
            f"{name:<{width}}  {value:.0f}" if name == "questions" else f"{name:<{width}}  {value:.3f}"
            for name, value in rows.items()
        )

    def curve(self) -> list[tuple[float, float, float]]:
        """For every confidence as threshold: (threshold, share of questions refused, share of the rest right)."""
        rows = sorted(self.outcomes, key=lambda o: -o.answer.confidence)
        points, right = [], 0
        for given, outcome in enumerate(rows, start=1):
            right += outcome.item.answerable and (outcome.right_sentence or outcome.answer_cited)
            points.append((outcome.answer.confidence, 1.0 - given / len(rows), right / given))
        return points


def save_plot(report: Report, path: Path) -> None:
    """Draw refusal against accuracy into an SVG file; raises `NewsqaError` when it cannot be written."""
    given = [o for o in report.outcomes if not o.answer.abstained]
    refused = 1.0 - len(given) / len(report.outcomes)
    right = _mean(float(o.item.answerable and (o.right_sentence or o.answer_cited)) for o in given)
    try:
        path.write_text(curve_svg(report.curve(), refused, right or 0.0), encoding="utf-8")
    except OSError as error:
        raise NewsqaError(f"{path} cannot be written: {error}. Name another file for --plot.") from error


def read_items(path: Path) -> list[Item]:
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


def _item(row: Mapping[str, Any]) -> Item:
    answers = row.get("answers")
    turns = tuple(Turn(str(turn["question"]), str(turn.get("answer", ""))) for turn in row.get("history") or ())
    return Item(
        question=str(row["question"]),
        answerable=bool(row.get("answerable", bool(answers or row.get("evidence") or row.get("articles")))),
        answers=tuple(answers or ()),
        evidence=tuple(row.get("evidence") or ()),
        articles=tuple(row.get("articles") or ()),
        history=turns,
        kind=str(row.get("kind", "")),
    )


def run(qa: NewsQA, path: Path, *, on_outcome: Callable[[int, int], None] | None = None) -> Report:
    """Ask every question of a file; `on_outcome` is told (done, total) after each."""
    items = read_items(path)
    names = {article.id: _names(article) for article in qa.articles()}
    outcomes = []
    for done, item in enumerate(items, start=1):
        began = time.perf_counter()
        answer = qa.ask(item.question, history=_answered(qa, item.history))
        seconds = time.perf_counter() - began
        found = qa.search(answer.searched_for, k=_DEPTH) if item.articles else []
        outcomes.append(Outcome(item, answer, _ranks(found, item.articles, names), seconds))
        if on_outcome:
            on_outcome(done, len(items))
    return Report(tuple(outcomes))


def _answered(qa: NewsQA, history: Sequence[Turn]) -> list[Turn]:
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


def normalise(text: str) -> str:
    """Lower case without punctuation, articles and extra space, as SQuAD scores answers."""
    text = "".join(" " if char in string.punctuation + "“”‘’–—" else char for char in text.lower())
    return " ".join(re.sub(r"\b(?:a|an|the)\b", " ", text).split())


def _fold(text: str) -> str:
    return " ".join(text.split()).replace("’", "'").replace("“", '"').replace("”", '"')


def exact_match(given: str, gold: Sequence[str]) -> float:
    """1.0 when the answer is one of the gold answers, normalised."""
    return float(any(normalise(given) == normalise(answer) for answer in gold))


def best_f1(given: str, gold: Sequence[str]) -> float:
    """The best token F1 of the answer with any gold answer (Rajpurkar et al., 2016)."""
    return max((_f1(normalise(given).split(), normalise(answer).split()) for answer in gold), default=0.0)


def _f1(given: Sequence[str], gold: Sequence[str]) -> float:
    shared = sum((Counter(given) & Counter(gold)).values())
    return 2.0 * shared / (len(given) + len(gold)) if shared else 0.0


def ndcg(ranks: Sequence[int], relevant: int, depth: int = 10) -> float:
    """Normalised discounted cumulative gain of binary relevance at `depth`."""
    gain = sum(1.0 / math.log2(rank + 1) for rank in ranks if rank <= depth)
    ideal = sum(1.0 / math.log2(rank + 1) for rank in range(1, min(relevant, depth) + 1))
    return gain / ideal if ideal else 0.0


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least `share` (0-1) of the values do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def _mean(values: Iterable[float]) -> float | None:
    listed = list(values)
    return statistics.fmean(listed) if listed else None
