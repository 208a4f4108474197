"""From a question to an answer without a language model: search, read, quote, or abstain."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import TYPE_CHECKING

from newsqa.answers.confidence import Confidence, features
from newsqa.answers.selection import Candidate, candidates, choose_following, choose_newest, quote_span, select
from newsqa.search.conversation import topic_of
from newsqa.search.filters import tell_unknown
from newsqa.search.followups import LastQuestion
from newsqa.search.hybrid import HybridSearch
from newsqa.search.periods import SearchRequest, names_days
from newsqa.search.questions import Question, analyse
from newsqa.search.spelling import Rank, correct, find_spellings, respell
from newsqa.text.citations import as_text, marker
from newsqa.text.languages import question_note
from newsqa.text.numbers import count
from newsqa.text.stems import forms
from newsqa.types import (
    Answer,
    Citation,
    Filter,
    Judge,
    Marked,
    Period,
    Reader,
    Resolver,
    ScoredPassage,
    Span,
    Step,
    day_words,
)
from newsqa.types.answers import SUPPORT

if TYPE_CHECKING:
    from newsqa.store import Index

_RELATED = 3
_MOST_ABSENT = 3
NO_MORE = "The articles that were found say no more on this."
_WIDELY = 50
"""Passages among which the newest are looked for."""
_LOOKED_AT_AGAIN, _FAR_BEHIND = 8, 6.0
"""How many sentences the reader compares with each other in its second look, at most, and how far (in logits) the
score of the first look may lie below the best one's."""
_AROUND = 1500
"""Characters of an article given with a passage, or a sentence, on either side; as many are read as fit."""


@dataclass(frozen=True, slots=True)
class SecondLook:
    """What compares the best sentences, and what was fitted to say how sure it is."""

    judge: Judge
    confidence: Confidence


@dataclass(frozen=True, slots=True)
class Looked:
    """The passages that were read, the answer in quotes, and every sentence that was weighed for it."""

    passages: list[ScoredPassage]
    answer: Answer
    found: list[Candidate]


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
    resolver: Resolver = field(default_factory=LastQuestion)
    rank: Rank | None = None
    """How frequent a word is at large; what is no word and in no article is taken for a slip of the finger."""

    def prepare(self) -> None:
        """Begin to load the models in the background, both at once, as far as they can be."""
        for model in (self.search.encoder, self.reader):
            begin = getattr(model, "prepare", None)
            if begin is not None:
                begin()

    def stream(self, asked: SearchRequest, k: int | None = None) -> Iterator[Step | Answer]:
        """The steps of the work as they begin, then the answer."""
        yield (yield from self.look(asked, k)).answer

    def look(self, asked: SearchRequest, k: int | None = None) -> Generator[Step, None, Looked]:
        """What is found, and the steps on the way. A sentence that names the days asked for itself comes first."""
        yield Step("searching", asked.searched if asked.searched != asked.question else "")
        if asked.period and asked.dated and (looked := self._look_for_days(asked, asked.period, k)):
            yield Step("reading", count(len(looked.passages), "passage"))
            return looked
        passages = self.search.search(asked.searched, k or self.read, asked.where)
        searched = self._respell(asked.searched, passages)
        if searched != asked.searched:
            yield Step("searching", searched)
            passages = self.search.search(searched, k or self.read, asked.where)
        yield Step("reading", count(len(passages), "passage"))
        return Looked(passages, *self.judge(asked.question, searched, passages, asked.when_news))

    def _respell(self, searched: str, passages: Sequence[ScoredPassage]) -> str:
        """The question with what is no word, and in no article, as it was meant."""
        if self.rank is None:
            return searched
        asked = analyse(searched)
        rare = [word for word in asked.surface.values() if word.isalpha() and self.rank(word) is None]
        absent = self._absent(rare) if rare else []
        if not absent or self._language_note(asked, absent):
            return searched
        return respell(searched, correct(absent, [one.passage for one in passages], self.rank))

    def _look_for_days(self, asked: SearchRequest, period: Period, k: int | None) -> Looked | None:
        """What passages that name the days of a period say of them, whenever they were published since."""
        where = replace(asked.where, until=None)
        widely = self.search.search(asked.dated, _WIDELY, where)
        naming = (one for one in widely if names_days(one.passage.text, one.passage.published, period))
        named = list(islice(naming, k or self.read))
        if not named:
            return None
        answer, found = self.judge(asked.question, asked.dated, named, where)
        first = answer.citations[0] if answer.kind == "answer" and answer.citations else None
        told = first is not None and names_days(first.quote, first.passage.published, period)
        return Looked(named, answer, found) if told else None

    def more(self, asked: SearchRequest, shown: str, k: int | None = None) -> Iterator[Step | Answer]:
        """As `stream`, but what follows in the article that is quoted first, without what was `shown`."""
        looked = yield from self.look(asked, k)
        answer, passages = looked.answer, looked.passages
        if answer.citations:
            first = answer.citations[0]
            told = choose_following(first.passage.article_id, first.end, passages, shown)
            answer = replace(
                answer, text=NO_MORE, abstained=True, citations=(), related=one_each(passages), kind="answer"
            )
            if told:
                answer = _fill_quotes(replace(answer, abstained=False, related=(), kind="more"), told)
        yield answer

    def sentences(self, question: str, k: int | None = None) -> list[Citation]:
        """The sentences that are weighed for an answer, most likely first."""
        passages = self.search.search(question, k or self.read)
        found = self.candidates(analyse(question), passages)
        return [_cite(number, item) for number, item in enumerate(found, start=1)]

    def candidates(self, asked: Question, passages: Sequence[ScoredPassage]) -> list[Candidate]:
        """The sentences that may answer, most likely first."""
        found = self.look_at(asked, passages)
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

    def look_at(self, asked: Question, passages: Sequence[ScoredPassage]) -> list[Candidate]:
        """The reader's sentences, the best first; of one that looks twice its few best, each with its logit."""
        texts = {key: self.index.article(key).text for key in {scored.passage.article_id for scored in passages}}
        before = [texts[scored.passage.article_id][: scored.passage.start][-_AROUND:] for scored in passages]
        found = candidates(self.reader.read(asked.text, [scored.passage for scored in passages], before))
        if self.second is None:
            return found
        found = [
            item for item in found[:_LOOKED_AT_AGAIN] if item.answer.score > found[0].answer.score - _FAR_BEHIND
        ]
        marked = [_mark(texts[item.passage.article_id], item) for item in found]
        logits = self.second.judge.judge(asked.text, marked)
        return [replace(item, second=logit) for item, logit in zip(found, logits, strict=True)]

    def judge(
        self, question: str, searched: str, passages: Sequence[ScoredPassage], where: Filter
    ) -> tuple[Answer, list[Candidate]]:
        """The answer in quotes, and every sentence that was weighed for it, most likely first."""
        asked = analyse(searched)
        found = self.candidates(asked, passages)
        confidence = max((item.probability for item in found), default=0.0)
        unsure = confidence < max(SUPPORT["likely"], self.threshold)
        absent = self._absent(list(asked.surface.values())) if unsure else []
        note = self._language_note(asked, absent)
        topic = topic_of(asked) if unsure else ()
        if topic and not any(asked.surface[word] in absent for word in topic):
            widely = self.search.search(searched, _WIDELY, where)
            stories = self.index.groups([scored.passage.article_id for scored in widely])
            if told := choose_newest(topic, widely, stories):
                return _fill_quotes(
                    Answer(question, searched, "", False, confidence, kind="overview"), told
                ), found
        if not note and (chosen := select(found, asked.kind, self.threshold)):
            return _fill_quotes(Answer(question, searched, "", False, confidence), chosen), found
        missing = self._missing(absent, note, where, passages)
        text = "The articles do not answer this."
        return Answer(question, searched, text, True, confidence, (), missing, one_each(passages)), found

    def _absent(self, words: Sequence[str]) -> list[str]:
        """Those of the words that no article has."""
        return [word for word, articles in article_counts(self.index, words).items() if not articles]

    def _language_note(self, asked: Question, absent: Sequence[str]) -> str:
        """What the user should know of a question in another language, of whose words many are in no article."""
        if 3 * len(absent) < max(1, len(asked.words)):
            return ""  # without loading a model
        return question_note(asked.text, list(self.index.languages()))

    def _missing(
        self, absent: Sequence[str], note: str, where: Filter, passages: Sequence[ScoredPassage]
    ) -> tuple[str, ...]:
        """What is not covered, each in a sentence; `note` is of the language of the question."""
        unknown = self.index.find_unknown(where)
        told = tell_unknown(unknown)
        period = self.index.period()
        if period and ((where.since and where.since > period[1]) or (where.until and where.until < period[0])):
            told.append(f"The articles cover {period[0]} to {period[1]}; none is from the days asked for.")
        elif where and not passages and not unknown:
            told.append("No article fits the chosen sources, authors and days.")
        absent = absent[:_MOST_ABSENT]
        if note:
            told.append(note)
        elif absent:
            told.append(f"No article mentions {', '.join(f'“{word}”' for word in absent)}.")
            doubtful = [word for word in absent if not (self.rank and word.islower() and self.rank(word))]
            near = find_spellings(doubtful, [scored.passage for scored in passages])
            told += [f"Did you mean “{word}”?" for word in dict.fromkeys(near.values())]
        if not told:
            told.append("Articles touch on this, but in none of them a sentence was found that surely answers it.")
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


def _fill_quotes(answer: Answer, chosen: Sequence[Candidate]) -> Answer:
    """The answer with the quotes that it consists of; those of an overview with their days."""
    citations = tuple(_cite(number, item) for number, item in enumerate(chosen, start=1))
    said = [f"{as_text(' '.join(cited.quote.split()))} {marker(cited.number)}" for cited in citations]
    if answer.kind == "overview":
        days = [cited.passage.published for cited in citations]
        said = [f"{day_words(day)}: {text}" if day else text for day, text in zip(days, said, strict=True)]
    return replace(answer, text=("\n" if answer.kind == "overview" else " ").join(said), citations=citations)


def _mark(text: str, item: Candidate) -> Marked:
    """A sentence of an article with what stands around it, and the title."""
    start, end = max(0, item.sentence.start - _AROUND), item.sentence.end
    return Marked(text[start : end + _AROUND], item.sentence.start - start, end - start, item.passage.title)


def _cite(number: int, item: Candidate) -> Citation:
    span = quote_span(item)
    passage = item.passage
    quote = passage.quote(span)
    answer = item.answer.span
    whole = answer.start <= item.sentence.start and answer.end >= item.sentence.end
    highlights = () if whole else (Span(max(answer.start, span.start), min(answer.end, span.end)),)
    return Citation(number, quote, span.start, span.end, passage, highlights)
