"""Questions to suggest: made of sentences of articles, and kept if they are answered well with these."""

from __future__ import annotations

import threading
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from itertools import islice
from typing import TYPE_CHECKING

from newsqa.errors import ArticleError, IndexMissingError
from newsqa.text.question_generation import generate_questions
from newsqa.text.sentences import sentence_spans
from newsqa.text.stems import content_words
from newsqa.types import Answer, Article, ScoredPassage
from newsqa.types.answers import SUPPORT

if TYPE_CHECKING:
    from newsqa.store import Index

_NEWEST = 60
"""Articles that the first suggestions may come from."""
_NEAREST = 3
"""Stories that further ones come from."""
_TRIED, _TRIED_FURTHER = 24, 12
"""Questions that are asked for one list, at most: of the newest, and under an answer."""
_FRONT = 6
"""Questions on the newest articles, some of which fill up a list that is too short."""
_CHARACTERS = 6_000
"""Of an article, where the news is."""
_ALIKE = 2
"""So many questions of a list begin with the same two words; and so many of one article come together."""
_REMEMBERED = 5_000
"""Verdicts on questions that are kept."""


class Suggester:
    """Suggests questions, and remembers what it suggested until the index changes. Threads may share it."""

    def __init__(
        self, index: Index, nearest: Callable[[str], Sequence[ScoredPassage]], ask: Callable[[str], Answer]
    ) -> None:
        self._index, self._nearest, self._ask = index, nearest, ask
        self._verdicts: OrderedDict[tuple[int, str, str], bool] = OrderedDict()
        self._one_at_a_time = threading.Lock()

    def suggest(self, about: str, most: int) -> list[str]:
        """Up to `most` questions on the stories nearest to the question `about`, then on the newest ones."""
        near = self._suggest_from(about, most, about)
        if not about or len(near) == most:
            return near
        return list(dict.fromkeys([*near, *self._suggest_from("", _FRONT, about)]))[:most]

    def _suggest_from(self, about: str, most: int, known: str) -> list[str]:
        with self._one_at_a_time:
            generation = self._index.generation
            left = _TRIED_FURTHER if about else _TRIED

            def answers(question: str, sentence: str) -> bool:
                nonlocal left
                key = (generation, question, sentence)
                if key not in self._verdicts:
                    if not left:
                        return False
                    left -= 1
                    self._verdicts[key] = answers_well(self._ask(question), sentence)
                self._verdicts.move_to_end(key)
                while len(self._verdicts) > _REMEMBERED:
                    self._verdicts.popitem(last=False)
                return self._verdicts[key]

            return choose(self._find(about), answers, most, known, _ALIKE if about else 1)

    def _find(self, about: str) -> Iterator[Article]:
        """The articles to make questions of, the best first, one of each story."""
        with suppress(IndexMissingError):
            found = [one.passage.article_id for one in self._nearest(about)] if about else self._newest()
            groups = self._index.groups(list(dict.fromkeys(found)))
            stories = dict.fromkeys(min(groups.get(article_id, [article_id])) for article_id in found)
            for article_id in islice(stories, _NEAREST if about else _TRIED):
                with suppress(ArticleError):  # removed meanwhile
                    yield self._index.article(article_id)

    def _newest(self) -> list[str]:
        return [summary.id for summary in self._index.articles(limit=_NEWEST)]


def choose(
    articles: Iterable[Article], answers: Callable[[str, str], bool], most: int, known: str = "", each: int = 1
) -> list[str]:
    """Up to `most` questions, `each` of one article, and then more of the first again.

    `answers` tells whether a question is answered well with a sentence. What asks for nothing but the words of
    the question that is `known` is left out.
    """
    good = _Good(answers, known)
    several = [_make_questions(article) for article in articles]
    while several:
        left = []
        for questions in several:
            found = list(islice(filter(good, questions), min(each, most - len(good.chosen))))
            if len(good.chosen) == most:
                return good.chosen
            if len(found) == each:
                left.append(questions)
        several = left
    return good.chosen


class _Good:
    """Tells and collects the questions that are answered well."""

    def __init__(self, answers: Callable[[str, str], bool], known: str) -> None:
        self.chosen: list[str] = []
        self._answers = answers
        self._known = set(content_words(known))
        self._tried: set[str] = set()
        self._openings: Counter[str] = Counter()

    def __call__(self, made: tuple[str, str]) -> bool:
        question, sentence = made
        opening = " ".join(question.split()[:2])
        if question in self._tried or self._openings[opening] == _ALIKE:
            return False
        if set(content_words(question)) <= self._known:
            return False
        self._tried.add(question)
        if not self._answers(question, sentence):
            return False
        self._openings[opening] += 1
        self.chosen.append(question)
        return True


def _make_questions(article: Article) -> Iterator[tuple[str, str]]:
    """The questions that an article may answer, each with its sentence."""
    if article.language == "en":
        for span in sentence_spans(article.text[:_CHARACTERS]):
            sentence = span.of(article.text)
            for question in generate_questions(sentence, article.text):
                yield question, sentence


def answers_well(answer: Answer, sentence: str) -> bool:
    """Whether an answer is likely at least, and quotes a sentence."""
    if answer.abstained or answer.kind != "answer" or answer.confidence < SUPPORT["likely"]:
        return False
    said = " ".join(sentence.split())
    return any(
        said in quote or quote in said for quote in (" ".join(one.quote.split()) for one in answer.citations)
    )
