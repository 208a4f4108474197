"""What there is on a topic: the newest sentences about it, each of another story, with its day."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date

from newsqa.answers.selection import Candidate, story_of
from newsqa.text.stems import content_words
from newsqa.types import AnswerSpan, Passage, ScoredPassage, Span

MOST = 3
"""Sentences of an overview, and of what is told when more is wanted."""


def newest(
    topic: Collection[str], passages: Sequence[ScoredPassage], stories: Mapping[str, Sequence[str]]
) -> list[Candidate]:
    """The newest stories about a topic, each by the first of its sentences that names most of it.

    `stories` has for each article that has copies all articles of its story. What has no word of the topic is
    left out, and so is what has fewer than the best.
    """
    best: dict[str, tuple[int, Candidate]] = {}
    for passage in (scored.passage for scored in passages):
        story = story_of(passage, stories)
        titled = set(content_words(passage.title))
        for sentence in passage.sentences:
            named = set(content_words(passage.quote(sentence)))
            own, all_in = len(named & set(topic)), len((named | titled) & set(topic))
            if own and all_in > best.get(story, (0,))[0]:
                best[story] = all_in, _candidate(passage, sentence)
    most = max((count for count, _ in best.values()), default=0)
    found = [item for count, item in best.values() if count == most]
    return sorted(found, key=lambda item: item.passage.published or date.min, reverse=True)[:MOST]


def following(article_id: str, end: int, passages: Sequence[ScoredPassage], shown: str) -> list[Candidate]:
    """The next sentences of an article after `end`, as far as they were found and not `shown` yet."""
    told = " ".join(shown.split())
    found: dict[int, Candidate] = {}
    for passage in (scored.passage for scored in passages):
        if passage.article_id == article_id:
            for sentence in passage.sentences:
                if sentence.start >= end and " ".join(passage.quote(sentence).split()) not in told:
                    found.setdefault(sentence.start, _candidate(passage, sentence))
    return [found[start] for start in sorted(found)][:MOST]


def _candidate(passage: Passage, sentence: Span) -> Candidate:
    return Candidate(passage, sentence, AnswerSpan(sentence, passage.quote(sentence), 0.0), 0.0)
