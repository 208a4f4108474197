"""How sure an answer is: a probability, from the reader's second look and from what else speaks for a sentence.

A logistic regression, fitted on questions that the reader never saw (`training.calibrate_answers`), puts a few
pieces of evidence together; it is fitted so that of the answers given with a probability, as many are right.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

from newsqa.answers.selection import Candidate, agreement
from newsqa.errors import ModelError
from newsqa.search.questions import Question, coverage
from newsqa.text.stems import content_words
from newsqa.types import ScoredPassage

BUNDLED = Path(__file__).parents[1] / "models" / "reader" / "answers.json"
FEATURES = ("second", "sentence", "passage", "agreement", "rank")
"""In order: the logit of the second look; the share of the question's words, rare ones weighing more, in the
sentence, and in passage, titles, outlet and author; how surely other stories and titles give the same answer; how
far down the passage was found. All but the first are from 0 to 1."""
_DEEPEST = 8
"""A passage that was found after so many others is as far down as any."""


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
            replace(item, probability=self.probability(row), covers=row["passage"])
            for item, row in zip(found, features, strict=True)
        ]
        return sorted(weighed, key=lambda item: -item.probability)


def features(
    asked: Question,
    rarity: Mapping[str, float],
    found: Sequence[Candidate],
    passages: Sequence[ScoredPassage],
    stories: Mapping[str, Sequence[str]],
) -> list[dict[str, float]]:
    """What speaks for each candidate, all of which were looked at again.

    `passages` are the retrieved ones, best first; `rarity` weighs the question's stemmed words;
    `stories` has for each article that has copies all articles of its story.
    """
    places = {scored.passage.id: place for place, scored in enumerate(passages)}
    rows = []
    for item in found:
        passage = item.passage
        told_by = f"{passage.source} {passage.author}"
        around = set(content_words(f"{passage.title} {passage.heading} {passage.text} {told_by}"))
        rows.append(
            {
                "second": item.second,
                "sentence": coverage(asked.words, set(content_words(item.text)), rarity),
                "passage": coverage(asked.words, around, rarity),
                "agreement": agreement(item, found, passages, asked.words, stories),
                "rank": min(1.0, places[passage.id] / _DEEPEST),
            }
        )
    return rows
