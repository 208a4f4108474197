"""From a question to an answer without a language model: search, read, quote, or abstain."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from newsqa.answers.confidence import Confidence, features
from newsqa.answers.selection import Candidate, agreement, candidates, quote_span, select
from newsqa.search.followups import standalone
from newsqa.search.hybrid import HybridSearch
from newsqa.search.questions import Question, analyse
from newsqa.text.citations import as_text, marker
from newsqa.text.stems import forms
from newsqa.types import Answer, Citation, Filter, Reader, Reading, ScoredPassage, Span, Step, Turn

if TYPE_CHECKING:
    from newsqa.store import Index

_RELATED = 3
_ENCODED = 6
"""Sentences whose meaning is compared with the question's, each time."""
_FIRST = 4
"""Passages that are read first."""
_CLEAR = 0.5
"""Confidence from which no further passages are read."""
_SENTENCE_LOSS = 0.15
"""How much nearer a passage is to its question than its sentences are, on average, in cosine."""


@dataclass(frozen=True, slots=True)
class Answerer:
    """Answers with verbatim sentences. `threshold` is the confidence below which it abstains."""

    search: HybridSearch
    reader: Reader
    index: Index
    threshold: float
    rarity: Callable[[Sequence[str]], Mapping[str, float]]
    confidence: Confidence | None = None
    read: int = 8

    def prepare(self) -> None:
        """Begin to load the models in the background, both at once, as far as they can be."""
        for model in (self.search.encoder, self.reader):
            begin = getattr(model, "prepare", None)
            if begin is not None:
                begin()

    def stream(
        self, question: str, history: Sequence[Turn], where: Filter, k: int | None = None
    ) -> Iterator[Step | Answer]:
        """The steps of the work as they begin, then the answer."""
        searched = standalone(question, history)
        yield Step("searching", searched if searched != question else "")
        passages = self.search.search(searched, k or self.read, where)
        yield Step("reading", f"{len(passages)} passages")
        yield self.judge(question, searched, passages, where)[0]

    def candidates(self, asked: Question, passages: Sequence[ScoredPassage]) -> list[Candidate]:
        """The sentences that may answer, most likely first.

        The nearest passages are read first, the others only when none of their sentences is clearly the answer.
        """
        readings: list[Reading] = []
        found: list[Candidate] = []
        known: dict[str, float] = {}
        for part in (passages[:_FIRST], passages[_FIRST:]):
            if not part:
                break
            readings += self.reader.read(asked.text, [scored.passage for scored in part])
            found = candidates(readings)
            if self.confidence is not None and found:
                found = self.confidence.weigh(found, self.features(asked, passages, found, known))
                if found[0].probability >= _CLEAR:
                    break
        return found

    def features(
        self,
        asked: Question,
        passages: Sequence[ScoredPassage],
        found: Sequence[Candidate],
        known: dict[str, float] | None = None,
    ) -> list[dict[str, float]]:
        """What speaks for each candidate; only the first ones' sentences are encoded, for the sake of time.

        `known` keeps the cosines of sentences with the question from one call to the next.
        """
        encoder = self.search.encoder
        known = {} if known is None else known
        first = [item.text for item in found[:_ENCODED]]
        due = [text for text in dict.fromkeys(first) if text not in known]
        known.update(
            zip(due, map(float, encoder.encode_passages(due) @ encoder.encode_query(asked.text)), strict=True)
        )
        near = {scored.passage.id: scored.parts.get("vector", 0.0) for scored in passages}
        cosines = [known[text] for text in first]
        cosines += [near[item.passage.id] - _SENTENCE_LOSS for item in found[_ENCODED:]]
        weights = self.rarity([asked.surface[word] for word in asked.words])
        rarity = {word: weights[asked.surface[word]] for word in asked.words}
        return features(asked, rarity, found, passages, cosines)

    def judge(
        self, question: str, searched: str, passages: Sequence[ScoredPassage], where: Filter
    ) -> tuple[Answer, list[Candidate]]:
        """The answer in quotes, and every sentence that was weighed for it, most likely first."""
        asked = analyse(searched)
        absent = self._absent(asked)
        found = self.candidates(asked, passages)
        found = agreement(found, self.index.groups([item.passage.article_id for item in found]))
        names = {word for name in asked.names for word in analyse(name).words}
        chosen = [] if names & set(absent) else select(found, asked.kind, self.threshold)
        confidence = max((item.probability for item in found), default=0.0)
        if not chosen:
            missing = self._missing(asked, absent, where, passages)
            text = "The articles do not answer this."
            return Answer(question, searched, text, True, confidence, (), missing, one_each(passages)), found
        citations = tuple(_cite(number, item) for number, item in enumerate(chosen, start=1))
        text = " ".join(f"{as_text(' '.join(cited.quote.split()))} {marker(cited.number)}" for cited in citations)
        return Answer(question, searched, text, False, confidence, citations), found

    def _absent(self, asked: Question) -> list[str]:
        """The question's words that no article has, stemmed."""
        counts = article_counts(self.index, [asked.surface[word] for word in asked.words])
        return [word for word in asked.words if not counts[asked.surface[word]]]

    def _missing(
        self, asked: Question, absent: Sequence[str], where: Filter, passages: Sequence[ScoredPassage]
    ) -> tuple[str, ...]:
        """What is not covered, each in a sentence."""
        told = []
        unknown = [source for source in where.sources if source not in self.index.sources()]
        if unknown:
            told.append(f"No article is from {', '.join(unknown)}.")
        period = self.index.period()
        if period and ((where.since and where.since > period[1]) or (where.until and where.until < period[0])):
            told.append(f"The articles cover {period[0]} to {period[1]}; none is from the days asked for.")
        elif where and not passages and not unknown:
            told.append("No article fits the chosen sources and days.")
        if absent:
            words = ", ".join(f"“{asked.surface[word]}”" for word in absent)
            told.append(f"No article mentions {words}.")
        if not told:
            told.append("Articles touch on this, but no passage in them says it.")
        return tuple(told)


def article_counts(index: Index, words: Sequence[str]) -> dict[str, int]:
    """In how many articles each word stands, at least: of irregular forms the most frequent one counts."""
    known = {word: forms(word) for word in dict.fromkeys(words)}
    counts = index.article_counts([form for found in known.values() for form in found])
    return {word: max(counts.get(form, 0) for form in found) for word, found in known.items()}


def one_each(passages: Sequence[ScoredPassage]) -> tuple[ScoredPassage, ...]:
    """The best passage of each of the nearest articles."""
    nearest: dict[str, ScoredPassage] = {}
    for scored in passages:
        nearest.setdefault(scored.passage.article_id, scored)
    return tuple(nearest.values())[:_RELATED]


def _cite(number: int, item: Candidate) -> Citation:
    span = quote_span(item)
    passage = item.passage
    quote = passage.text[span.start - passage.start : span.end - passage.start]
    answer = item.answer.span
    whole = answer.start <= item.sentence.start and answer.end >= item.sentence.end
    highlights = () if whole else (Span(max(answer.start, span.start), min(answer.end, span.end)),)
    return Citation(number, quote, span.start, span.end, passage, highlights)
