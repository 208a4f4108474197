"""From readings to sentences: which verbatim quotes make the answer, or what is new on a topic. Pure functions."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from itertools import takewhile
from math import exp, prod

from newsqa.search.questions import Kind
from newsqa.text.particulars import near_copy
from newsqa.text.stems import STOP, content_words, tokens
from newsqa.types import AnswerSpan, Passage, Reading, ScoredPassage, Span

MOST_SENTENCES: dict[Kind, int] = {"why": 3, "how": 3}
"""How many sentences an answer may have; a kind that is not named has two, which give different answers."""
NEARLY = 0.9
"""How likely a further sentence must be, as a share of the best one's probability or of its odds to the reader."""
_POINTING = frozenset("he she it they his her its their this that these those both such".split())
_LONGEST_PAIR = 420
_LONGEST_ANSWER = 8
"""Words of an answer that others can be found to give, too."""
_COPY = 0.6
"""Two sentences as alike as this are one report's."""

_MOST_TOLD = 3
"""Sentences of an overview, and of what is told when more is wanted."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sentence that may be the answer, the span in it that answers, and how likely that is.

    `second` is the logit of the reader's second look, where that of "none of these sentences" is 0. `covers` is
    the share of the question's words, rare ones weighing more, in its passage with the titles.
    """

    passage: Passage
    sentence: Span
    answer: AnswerSpan
    probability: float
    second: float = 0.0
    covers: float = 0.0

    @property
    def text(self) -> str:
        """The sentence, verbatim."""
        return self.passage.quote(self.sentence)


def candidates(readings: Sequence[Reading]) -> list[Candidate]:
    """Every sentence that holds a reader's span, once, the best score first.

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
            if known is None or found.answer.score > known.answer.score:
                best[key] = found
            if known is not None and best[key].passage.start == sentence.start:
                other = known if best[key] is found else found
                best[key] = replace(best[key], passage=other.passage)
    return sorted(best.values(), key=lambda item: -item.answer.score)


def _share(score: float, best: float) -> float:
    """How likely a passage's further span is against its best one, by their scores."""
    return float(2.0 ** min(0.0, score - best))


def _sentence_of(passage: Passage, span: Span) -> Span | None:
    return next((s for s in passage.sentences if s.start <= span.start < s.end), None)


def agreement(
    item: Candidate,
    found: Sequence[Candidate],
    passages: Sequence[ScoredPassage],
    words: Sequence[str],
    stories: Mapping[str, Sequence[str]],
) -> float:
    """How surely others say what a candidate says (0-1): other stories, each with one vote, and titles.

    What speaks for a story is the best of its sentences that were looked at again and give the same answer, or
    the share of the question's stemmed `words` in a sentence or title that has the answer's. Of independent
    stories any one may be right. `stories` has for each article that has copies all articles of its story.
    """
    answer = _answer_words(item) - set(words)
    if not answer or len(answer) > _LONGEST_ANSWER:
        return 0.0
    own = _story_of(item.passage, stories)
    said: dict[str, float] = {}
    for other in found:
        key = _story_of(other.passage, stories)
        if key != own and _is_same_answer(item, other) and not near_copy(other.text, item.text, _COPY):
            said[key] = max(said.get(key, 0.0), 1.0 / (1.0 + exp(-other.second)))
    for passage in (scored.passage for scored in passages):
        key = _story_of(passage, stories)
        texts = [passage.quote(sentence) for sentence in passage.sentences]
        others = [text for text in texts if key != own and not near_copy(text, item.text, _COPY)]
        for held in map(_stem_words, (passage.title, *others)):
            if answer <= held:
                said[key] = max(said.get(key, 0.0), sum(word in held for word in words) / max(1, len(words)))
    return 1.0 - prod(1.0 - value for value in said.values())


def _story_of(passage: Passage, stories: Mapping[str, Sequence[str]]) -> str:
    """What names the story of a passage: the first of the ids of its article and of the copies of that."""
    return min(stories.get(passage.article_id, (passage.article_id,)))


@lru_cache(maxsize=2048)
def _stem_words(text: str) -> frozenset[str]:
    """The stemmed words of a text, which is compared with several candidates."""
    return frozenset(content_words(text))


def _is_same_answer(first: Candidate, second: Candidate) -> bool:
    """Whether two short answers are the same words, or one is part of the other ("Kim", "Kim Jong Un")."""
    one, two = _answer_words(first), _answer_words(second)
    return bool(one and two) and len(one) <= _LONGEST_ANSWER and (one <= two or two <= one)


def _answer_words(item: Candidate) -> set[str]:
    return set(content_words(item.answer.text)) or set(tokens(item.answer.text))


def select(found: Sequence[Candidate], kind: Kind, threshold: float) -> list[Candidate]:
    """The sentences of the answer: the best one, and further ones that are nearly as good or have a newer figure.

    For why and how they complete each other, else they give another answer. Sentences of one article stand
    together and in its order; articles come in the order of their best sentence, the newest first where figures
    differ.
    """
    if not found or found[0].probability < threshold:
        return []
    chosen = [found[0]]
    several = kind in MOST_SENTENCES
    for item in found[1:]:
        if len(chosen) == MOST_SENTENCES.get(kind, 2):
            break
        new = all(_adds(item, other) and (several or not _is_same_answer(item, other)) for other in chosen)
        near = _nearly(item, found[0]) or _moves_on(item, found[0])
        if new and near and item.probability >= threshold and _is_as_near(item, found[0]):
            chosen.append(item)
    articles = list(dict.fromkeys(item.passage.article_id for item in chosen))
    if all(map(_has_figure, chosen)):
        days = {item.passage.article_id: item.passage.published or date.min for item in chosen}
        articles.sort(key=lambda key: days[key], reverse=True)
    return sorted(chosen, key=lambda item: (articles.index(item.passage.article_id), item.sentence.start))


def _is_as_near(item: Candidate, best: Candidate) -> bool:
    """Whether a sentence of another article stands among as many of the question's words as the best one."""
    return item.passage.article_id == best.passage.article_id or item.covers >= best.covers


def _nearly(item: Candidate, best: Candidate) -> bool:
    """Whether a sentence is nearly as good as the best one, all in all or by the reader's second look."""
    seen = item.second > 0.0 and exp(item.second - best.second) >= NEARLY
    return seen or item.probability >= NEARLY * best.probability


def _moves_on(item: Candidate, best: Candidate) -> bool:
    """Whether a sentence has a figure, too, and is newer: the story may have moved on."""
    newer = (item.passage.published or date.min) > (best.passage.published or date.max)
    return newer and _has_figure(item) and _has_figure(best)


def _has_figure(item: Candidate) -> bool:
    """Whether the answer has a figure."""
    return any(map(str.isdigit, item.answer.text))


def _adds(item: Candidate, other: Candidate) -> bool:
    """Whether a sentence says something that another does not."""
    own, told = set(content_words(item.text)), set(content_words(other.text))
    return bool(own) and len(own & told) / min(len(own), len(told) or 1) < 0.65


def quote_span(item: Candidate) -> Span:
    """What to quote: the sentence, with the one before if it points back to it, and quotations as a whole."""
    sentences = item.passage.sentences
    first = last = sentences.index(item.sentence)
    if _points_back(item.text) or _marks(item.text) < 0:
        first -= 1
    elif _marks(item.text) > 0:
        last += 1
    if first < 0 or last == len(sentences):
        return item.sentence
    whole = Span(sentences[first].start, sentences[last].end)
    gap = item.passage.quote(Span(sentences[first].end, sentences[last].start))
    return item.sentence if "\n\n" in gap.strip(" ") or len(whole) > _LONGEST_PAIR else whole


def _points_back(text: str) -> bool:
    """Whether a pronoun comes before any word that says something: "It was ...", "Since then she has ..."."""
    said = takewhile(lambda word: word in STOP, tokens(text))
    return any(word in _POINTING for word in said)


def _marks(text: str) -> int:
    """1 for a sentence whose last quotation goes on, -1 for one that begins inside a quotation, else 0."""
    opened = text.count("“") - text.count("”")
    return max(-1, min(1, opened))


def choose_newest(
    topic: Collection[str], passages: Sequence[ScoredPassage], stories: Mapping[str, Sequence[str]]
) -> list[Candidate]:
    """The newest stories about a topic, each by the first of its sentences that name most of it.

    `stories` has for each article that has copies all articles of its story. What has no word of the topic is
    left out, and so is what has fewer than the best.
    """
    best: dict[str, tuple[int, int, Candidate]] = {}
    for passage in (scored.passage for scored in passages):
        story = _story_of(passage, stories)
        titled = set(content_words(passage.title))
        for sentence in passage.sentences:
            named = set(content_words(passage.quote(sentence)))
            own, all_in = len(named & set(topic)), len((named | titled) & set(topic))
            if own and (all_in, -sentence.start) > best.get(story, (0, 0))[:2]:
                best[story] = all_in, -sentence.start, _candidate(passage, sentence)
    most = max((count for count, *_ in best.values()), default=0)
    found = [item for count, _, item in best.values() if count == most]
    return sorted(found, key=lambda item: item.passage.published or date.min, reverse=True)[:_MOST_TOLD]


def choose_following(article_id: str, end: int, passages: Sequence[ScoredPassage], shown: str) -> list[Candidate]:
    """The next sentences of an article after `end`, as far as they were found and not `shown` yet."""
    told = " ".join(shown.split())
    found: dict[int, Candidate] = {}
    for passage in (scored.passage for scored in passages):
        if passage.article_id == article_id:
            for sentence in passage.sentences:
                if sentence.start >= end and " ".join(passage.quote(sentence).split()) not in told:
                    found.setdefault(sentence.start, _candidate(passage, sentence))
    return [found[start] for start in sorted(found)][:_MOST_TOLD]


def _candidate(passage: Passage, sentence: Span) -> Candidate:
    return Candidate(passage, sentence, AnswerSpan(sentence, passage.quote(sentence), 0.0), 0.0)
