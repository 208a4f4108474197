"""From readings to sentences: which verbatim quotes make the answer. Pure functions."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from newsqa.search.questions import Kind
from newsqa.text.ranking import near_copy
from newsqa.text.stems import content_words, tokens
from newsqa.types import AnswerSpan, Passage, Reading, Span

MOST_SENTENCES: dict[Kind, int] = {"why": 3, "how": 3}
"""How many sentences an answer may have; a kind that is not named has one."""
SUPPORT = 0.6
"""A further sentence must be at least this likely, as a share of the best one's probability."""
_PRONOUN = re.compile(
    r"^[\"“‘'(]*(?:(?:But|And|However|Still|Yet|Then|Instead|Also|Meanwhile)\b,?\s+)?"
    r"(?:He|She|It|They|His|Her|Its|Their|This|That|These|Those|Both|Such)\b"
)
_LONGEST_PAIR = 420


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sentence that may be the answer, the span in it that answers, and how likely that is."""

    passage: Passage
    sentence: Span
    answer: AnswerSpan
    probability: float

    @property
    def text(self) -> str:
        """The sentence, verbatim."""
        return self.passage.text[self.sentence.start - self.passage.start : self.sentence.end - self.passage.start]


def candidates(readings: Sequence[Reading]) -> list[Candidate]:
    """Every sentence that holds a reader's span, once, most likely first.

    Neighbouring passages share a sentence: the reading with the better score counts, and the passage in
    which the sentence is not the first is kept, since the sentence before it may be needed.
    """
    best: dict[tuple[str, int], Candidate] = {}
    for reading in readings:
        for span in reading.spans:
            sentence = _sentence_of(reading.passage, span.span)
            if sentence is None:
                continue
            share = 1.0 if span is reading.spans[0] else _share(span.score, reading.spans[0].score)
            found = Candidate(reading.passage, sentence, span, reading.probability * share)
            key = (reading.passage.article_id, sentence.start)
            known = best.get(key)
            if known is None or found.probability > known.probability:
                best[key] = found
            if known is not None and best[key].passage.start == sentence.start:
                other = known if best[key] is found else found
                best[key] = replace(best[key], passage=other.passage)
    return sorted(best.values(), key=lambda item: -item.probability)


def _share(score: float, best: float) -> float:
    """How likely a passage's further span is against its best one, by their scores."""
    return float(2.0 ** min(0.0, score - best))


def _sentence_of(passage: Passage, span: Span) -> Span | None:
    return next((s for s in passage.sentences if s.start <= span.start < s.end), None)


def agreement(found: Sequence[Candidate], stories: Mapping[str, Sequence[str]]) -> list[Candidate]:
    """Raise the probability of answers that other stories give too; a story has one vote, however many copies.

    `stories` has for each article that has copies all articles of its story.
    """
    raised = []
    for item in found:
        probability = item.probability
        witnesses = [item]
        for other in found:
            story = stories.get(other.passage.article_id, (other.passage.article_id,))
            independent = all(
                seen.passage.article_id not in story and not near_copy(other.text, seen.text, 0.6)
                for seen in witnesses
            )
            if independent and _same_answer(item, other):
                witnesses.append(other)
                probability += 0.5 * other.probability * (1.0 - probability)
        raised.append(replace(item, probability=probability))
    return sorted(raised, key=lambda item: -item.probability)


def _same_answer(first: Candidate, second: Candidate) -> bool:
    """Whether two short answers are the same words, or one is part of the other ("Kim", "Kim Jong Un")."""
    one, two = set(tokens(first.answer.text)), set(tokens(second.answer.text))
    one, two = one - _ARTICLES, two - _ARTICLES
    return bool(one and two) and len(one) <= 8 and (one <= two or two <= one)


_ARTICLES = frozenset({"the", "a", "an", "in", "on", "at", "to", "of"})


def select(found: Sequence[Candidate], kind: Kind, threshold: float) -> list[Candidate]:
    """The sentences of the answer: the best one, and for why and how further ones that add something.

    Sentences of one article stand together and in its order; articles come in the order of their best sentence.
    """
    if not found or found[0].probability < threshold:
        return []
    chosen = [found[0]]
    for item in found[1:]:
        if len(chosen) == MOST_SENTENCES.get(kind, 1) or item.probability < SUPPORT * found[0].probability:
            break
        if item.probability >= threshold and all(_adds(item, other) for other in chosen):
            chosen.append(item)
    articles = list(dict.fromkeys(item.passage.article_id for item in chosen))
    return sorted(chosen, key=lambda item: (articles.index(item.passage.article_id), item.sentence.start))


def _adds(item: Candidate, other: Candidate) -> bool:
    """Whether a sentence says something that another does not."""
    own, told = set(content_words(item.text)), set(content_words(other.text))
    return bool(own) and len(own & told) / min(len(own), len(told) or 1) < 0.65


def quote_span(item: Candidate) -> Span:
    """What to quote: the sentence, and the one before it when it opens with a pronoun."""
    position = item.passage.sentences.index(item.sentence)
    if position and _PRONOUN.match(item.text):
        before = item.passage.sentences[position - 1]
        gap = item.passage.text[before.end - item.passage.start : item.sentence.start - item.passage.start]
        if "\n\n" not in gap.strip(" ") and item.sentence.end - before.start <= _LONGEST_PAIR:
            return Span(before.start, item.sentence.end)
    return item.sentence
