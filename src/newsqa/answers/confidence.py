"""How sure an answer is: the reader's score, weighed with what else speaks for a sentence.

A reader judges one passage at a time. Whether the question's rare words stand in the sentence and around it,
whether the sentence is near to the question in meaning, and how the passage was found are further evidence.
A logistic regression, fitted on questions that the reader never saw, puts them together.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

from newsqa.answers.selection import Candidate
from newsqa.errors import ModelError
from newsqa.search.questions import Question, coverage, span_fits, type_match
from newsqa.text.stems import content_words
from newsqa.types import ScoredPassage

BUNDLED = Path(__file__).parents[1] / "models" / "reader" / "answers.json"
FEATURES = ("reader", "sentence", "passage", "form", "fits", "cosine", "vector", "bm25", "rank", "reason")
"""In order: the reader's score; the share of the question's words in the sentence, and in passage and titles;
whether the sentence, and the span in it, have the form asked for; cosine of sentence and of passage with
the question; the BM25 score as a share of the best; the passage's rank; what words of a reason say for a "why".
All but the reader's score, the rank and the reason are from 0 to 1."""
REASON = {True: 1.25, False: -0.46}
"""Log-likelihood ratio of a sentence that answers a "why" to its neighbours, with words of a reason and without
(`training.measure_reasons`). Questions to fit a weight on are too few; this takes the place of `fits` for them."""
_MOST_READER = 12.0


@dataclass(frozen=True, slots=True)
class Confidence:
    """A logistic over `FEATURES`, and the probability below which to abstain."""

    weights: Mapping[str, float]
    intercept: float
    threshold: float

    @classmethod
    def open(cls, path: Path = BUNDLED) -> Self:
        """The fitted weights; raises `ModelError` when the file is missing or broken."""
        try:
            stored = json.loads(path.read_text(encoding="utf-8"))
            weights = {name: float(stored["weights"][name]) for name in FEATURES}
            return cls(weights, float(stored["intercept"]), float(stored["threshold"]))
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ModelError(f"{path} cannot be read ({error}). Install newsqa again.") from error

    def probability(self, features: Mapping[str, float]) -> float:
        """The probability (0-1) that a sentence with these features answers."""
        total = self.intercept + sum(self.weights[name] * features[name] for name in FEATURES)
        return 1.0 / (1.0 + math.exp(-max(-40.0, min(40.0, total))))

    def weigh(self, found: Sequence[Candidate], features: Sequence[Mapping[str, float]]) -> list[Candidate]:
        """The candidates with their probabilities put right, most likely first."""
        weighed = [
            replace(item, probability=self.probability(row)) for item, row in zip(found, features, strict=True)
        ]
        return sorted(weighed, key=lambda item: -item.probability)


def features(
    asked: Question,
    rarity: Mapping[str, float],
    found: Sequence[Candidate],
    passages: Sequence[ScoredPassage],
    cosines: Sequence[float],
) -> list[dict[str, float]]:
    """What speaks for each candidate; `cosines` are those of its sentence with the question.

    `passages` are the retrieved ones, best first; `rarity` weighs the question's stemmed words.
    """
    place = {scored.passage.id: (rank, scored) for rank, scored in enumerate(passages)}
    most = max((scored.parts.get("bm25", 0.0) for scored in passages), default=0.0) or 1.0
    rows = []
    for item, cosine in zip(found, cosines, strict=True):
        rank, scored = place[item.passage.id]
        own = set(content_words(item.text))
        fits = span_fits(asked, item.answer.text, item.text)
        why = asked.kind == "why"
        around = own | set(content_words(f"{item.passage.title} {item.passage.heading} {item.passage.text}"))
        rows.append(
            {
                "reader": max(-_MOST_READER, min(_MOST_READER, item.answer.score)),
                "sentence": coverage(asked.words, own, rarity),
                "passage": coverage(asked.words, around, rarity),
                "form": type_match(asked, item.text),
                "fits": float(fits and not why),
                "cosine": cosine,
                "vector": scored.parts.get("vector", 0.0),
                "bm25": scored.parts.get("bm25", 0.0) / most,
                "rank": float(rank),
                "reason": REASON[fits] if why else 0.0,
            }
        )
    return rows
