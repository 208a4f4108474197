"""Reading without a trained reader: sentences scored by their meaning and the words they share."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from newsqa.search.questions import Question, analyse, coverage
from newsqa.text.stems import content_words
from newsqa.types import AnswerSpan, Encoder, Passage, Reading, Span

# The weights of the scoring and the logistic that turns a score into a probability; see docs/decisions.md.
MEANING, WORDS, TITLE = 1.0, 0.6, 0.1
SLOPE, MIDPOINT = 9.0, 0.86
THRESHOLD = 0.5
_MOST_SENTENCES = 48


@dataclass(frozen=True, slots=True)
class SimilarityReader:
    """A `Reader` that needs only the encoder.

    A sentence's score is `MEANING` x its cosine with the question, plus `WORDS` x the share of the question's
    words (rare ones weigh more) that its passage and title hold, half of it from the sentence itself. The whole
    sentence is taken for the answer. `weights` gives the weight of each stemmed word; the rarer in the index,
    the heavier.
    """

    encoder: Encoder
    weights: Callable[[Sequence[str]], Mapping[str, float]]

    def read(
        self,
        question: str,
        passages: Sequence[Passage],
        before: Sequence[str] = (),  # noqa: ARG002 (nothing is read for what stands around it)
    ) -> list[Reading]:
        """One reading per passage, in the order of `passages`."""
        if not passages:
            return []
        asked = analyse(question)
        weights = self.weights(asked.words)
        sentences = self._shortlist(asked, passages, weights)
        if not sentences:
            return [Reading(passage, -1.0, 0.0) for passage in passages]
        vectors = self.encoder.encode_passages([text for _, _, text in sentences])
        cosines = vectors @ self.encoder.encode_query(question)
        spans: list[list[AnswerSpan]] = [[] for _ in passages]
        for (number, span, text), cosine in zip(sentences, cosines, strict=True):
            passage = passages[number]
            title = set(content_words(f"{passage.title} {passage.heading}"))
            own = set(content_words(text))
            near = own | set(content_words(passage.text)) | title
            shared = (coverage(asked.words, own, weights) + coverage(asked.words, near, weights)) / 2
            score = MEANING * float(cosine) + WORDS * shared + TITLE * coverage(asked.words, title, weights)
            spans[number].append(AnswerSpan(span, text, score - MIDPOINT))
        return [_make_reading(passage, found) for passage, found in zip(passages, spans, strict=True)]

    def _shortlist(
        self, asked: Question, passages: Sequence[Passage], weights: Mapping[str, float]
    ) -> list[tuple[int, Span, str]]:
        """The sentences worth encoding: (number of the passage, span, text), at most `_MOST_SENTENCES`."""
        rows = []
        seen: set[str] = set()
        for number, passage in enumerate(passages):
            for span in passage.sentences:
                text = passage.quote(span)
                if text in seen:
                    continue
                seen.add(text)
                shared = coverage(asked.words, set(content_words(text)), weights)
                rows.append((shared - 0.02 * number, number, span, text))
        rows.sort(key=lambda row: (-row[0], row[1], row[2].start))
        return [(number, span, text) for _, number, span, text in rows[:_MOST_SENTENCES]]


def _make_reading(passage: Passage, spans: Sequence[AnswerSpan]) -> Reading:
    ordered = tuple(sorted(spans, key=lambda found: (-found.score, found.span.start)))
    score = ordered[0].score if ordered else -1.0
    return Reading(passage, score, probability(score), ordered[:5])


def probability(score: float) -> float:
    """The calibrated probability that a sentence of this score answers."""
    return float(1.0 / (1.0 + math.exp(-SLOPE * float(np.clip(score, -5.0, 5.0)))))
