"""From a question to an answer without a language model: search, read, quote, or abstain."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from newsqa.answers.confidence import Confidence, features
from newsqa.answers.selection import Candidate, candidates, quote_span, select
from newsqa.search.followups import standalone
from newsqa.search.hybrid import HybridSearch
from newsqa.search.questions import Question, analyse
from newsqa.text.citations import as_text, marker
from newsqa.text.stems import forms
from newsqa.types import Answer, Citation, Filter, Judge, Marked, Reader, ScoredPassage, Span, Step, Turn

if TYPE_CHECKING:
    from newsqa.store import Index

_RELATED = 3
_LOOKED_AT_AGAIN = 5
"""Sentences that the reader compares with each other in its second look."""
_AROUND = 1500
"""Characters of an article given with a passage, or a sentence, on either side; as many are read as fit."""


@dataclass(frozen=True, slots=True)
class SecondLook:
    """What compares the best sentences, and what was fitted to say how sure it is."""

    judge: Judge
    confidence: Confidence


@dataclass(frozen=True, slots=True)
class Answerer:
    """Answers with verbatim sentences. `threshold` is the confidence below which it abstains."""

    search: HybridSearch
    reader: Reader
    index: Index
    threshold: float
    rarity: Callable[[Sequence[str]], Mapping[str, float]]
    second: SecondLook | None = None
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

    def sentences(self, question: str, k: int | None = None) -> list[Citation]:
        """The sentences that are weighed for an answer, most likely first."""
        passages = self.search.search(question, k or self.read)
        found = self.candidates(analyse(question), passages)
        return [_cite(number, item) for number, item in enumerate(found, start=1)]

    def candidates(self, asked: Question, passages: Sequence[ScoredPassage]) -> list[Candidate]:
        """The sentences that may answer, most likely first."""
        found = self.looked_at(asked, passages)
        if self.second is None:
            return found
        return self.second.confidence.weigh(found, self.evidence(asked, passages, found))

    def evidence(
        self, asked: Question, passages: Sequence[ScoredPassage], found: Sequence[Candidate]
    ) -> list[dict[str, float]]:
        """What speaks for each of the sentences that were looked at again."""
        weights = self.rarity([asked.surface[word] for word in asked.words])
        rarity = {word: weights[asked.surface[word]] for word in asked.words}
        stories = self.index.groups([scored.passage.article_id for scored in passages])
        return features(asked, rarity, found, passages, stories)

    def looked_at(self, asked: Question, passages: Sequence[ScoredPassage]) -> list[Candidate]:
        """The reader's sentences, the best first; of one that looks twice its few best, each with its logit."""
        texts = {key: self.index.article(key).text for key in {scored.passage.article_id for scored in passages}}
        before = [texts[scored.passage.article_id][: scored.passage.start][-_AROUND:] for scored in passages]
        found = candidates(self.reader.read(asked.text, [scored.passage for scored in passages], before))
        if self.second is None:
            return found
        found = found[:_LOOKED_AT_AGAIN]
        marked = [_marked(texts[item.passage.article_id], item.sentence) for item in found]
        logits = self.second.judge.judge(asked.text, marked)
        return [replace(item, second=logit) for item, logit in zip(found, logits, strict=True)]

    def judge(
        self, question: str, searched: str, passages: Sequence[ScoredPassage], where: Filter
    ) -> tuple[Answer, list[Candidate]]:
        """The answer in quotes, and every sentence that was weighed for it, most likely first."""
        asked = analyse(searched)
        found = self.candidates(asked, passages)
        chosen = select(found, asked.kind, self.threshold)
        confidence = max((item.probability for item in found), default=0.0)
        if not chosen:
            missing = self._missing(asked, where, passages)
            text = "The articles do not answer this."
            return Answer(question, searched, text, True, confidence, (), missing, one_each(passages)), found
        citations = tuple(_cite(number, item) for number, item in enumerate(chosen, start=1))
        text = " ".join(f"{as_text(' '.join(cited.quote.split()))} {marker(cited.number)}" for cited in citations)
        return Answer(question, searched, text, False, confidence, citations), found

    def _absent(self, asked: Question) -> list[str]:
        """The question's words that no article has, stemmed."""
        counts = article_counts(self.index, [asked.surface[word] for word in asked.words])
        return [word for word in asked.words if not counts[asked.surface[word]]]

    def _missing(self, asked: Question, where: Filter, passages: Sequence[ScoredPassage]) -> tuple[str, ...]:
        """What is not covered, each in a sentence."""
        told = []
        unknown = self.index.unknown(where)
        if unknown.sources:
            told.append(f"No article is from {', '.join(unknown.sources)}.")
        if unknown.authors:
            told.append(f"No article is by {', '.join(unknown.authors)}.")
        period = self.index.period()
        if period and ((where.since and where.since > period[1]) or (where.until and where.until < period[0])):
            told.append(f"The articles cover {period[0]} to {period[1]}; none is from the days asked for.")
        elif where and not passages and not unknown:
            told.append("No article fits the chosen sources, authors and days.")
        if absent := self._absent(asked):
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


def _marked(text: str, sentence: Span) -> Marked:
    """A sentence of an article with what stands around it."""
    start = max(0, sentence.start - _AROUND)
    return Marked(text[start : sentence.end + _AROUND], sentence.start - start, sentence.end - start)


def _cite(number: int, item: Candidate) -> Citation:
    span = quote_span(item)
    passage = item.passage
    quote = passage.quote(span)
    answer = item.answer.span
    whole = answer.start <= item.sentence.start and answer.end >= item.sentence.end
    highlights = () if whole else (Span(max(answer.start, span.start), min(answer.end, span.end)),)
    return Citation(number, quote, span.start, span.end, passage, highlights)
