"""Draws training windows: random crops of whole sentences with the answer, and windows without one."""

from __future__ import annotations

import bisect
import random
from dataclasses import dataclass

import numpy as np

from training.reader_data import CLS, MAX_TOKENS, SEP, Context, Data, Question
from training.reader_text import normalise

# Kind of question: share at the start and at the end of the run. The shares move from general to news.
MIX: dict[str, tuple[float, float]] = {
    "newsqa": (0.12, 0.26),
    "squad": (0.22, 0.22),
    "squad swap": (0.02, 0.02),
    "squad2": (0.10, 0.20),
    "wiki": (0.14, 0.14),
    "wiki swap": (0.01, 0.01),
    "informal": (0.11, 0.02),
    "tweetqa": (0.09, 0.07),
    "qamr": (0.16, 0.05),
    "nq_swap": (0.03, 0.01),
}
SAME_TEXT = {"newsqa": 0.7, "squad": 0.4, "wiki": 0.4}
"""How often the passage without the answer comes from the same text; else, and for other groups, from another."""


@dataclass(slots=True)
class Window:
    """Token ids of `[CLS] question [SEP] passage [SEP]`, where the passage begins, and the answer (0, 0: none)."""

    ids: list[int]
    passage: int
    start: int
    end: int


Group = list[Window]
"""The windows of one question: the one with its answer first, if there is one."""


class _Deck:
    """Draws without repeats until all were drawn, then shuffles again."""

    def __init__(self, items: list[Question], chooser: random.Random) -> None:
        self.items, self.chooser, self.left = items, chooser, list[Question]()

    def draw(self) -> Question:
        if not self.left:
            self.left = self.items[:]
            self.chooser.shuffle(self.left)
        return self.left.pop()


class Windows:
    """An endless supply of windows in the proportions of `MIX`."""

    def __init__(self, data: Data, seed: int) -> None:
        self.contexts = data.contexts
        self.chooser = random.Random(seed)  # noqa: S311
        self.decks: dict[str, _Deck] = {}
        for kind in MIX:
            group, _, how = kind.partition(" ")
            items = [question for question in data.train[group] if question.swapped or not how]
            self.decks[kind] = _Deck(items, self.chooser)

    def draw(self, count: int, progress: float) -> list[Group]:
        """The windows of `count` questions for a run that is at `progress` (0-1)."""
        weights = [start + (end - start) * progress for start, end in MIX.values()]
        kinds = self.chooser.choices(list(MIX), weights, k=count)
        return [group for kind in kinds if (group := self._group(self.decks[kind].draw(), kind.endswith(" swap")))]

    def _group(self, question: Question, swap: bool) -> Group:
        """A question's windows; one that has an answer comes with a passage that does not hold it."""
        if swap or question.span is None:
            return [window for window in [self.swapped(question) if swap else self.positive(question)] if window]
        near = self.chooser.random() < SAME_TEXT.get(question.group, 0.0)
        without = self.same(question) if near else self.other(question) if question.negatives else None
        return [window for window in (self.positive(question), without) if window]

    def _budget(self, question: Question) -> int:
        low, high = (80, 190) if question.group == "newsqa" else (50, 140)
        return min(self.chooser.randint(low, high), MAX_TOKENS - 3 - len(question.ids))

    def _window(self, ids: list[int], passage: np.ndarray, span: tuple[int, int] | None) -> Window:
        room = MAX_TOKENS - 3 - len(ids)
        tokens = [CLS, *ids, SEP, *passage[:room].tolist(), SEP]
        begin = len(ids) + 2
        return Window(tokens, begin, *((span[0] + begin, span[1] + begin) if span else (0, 0)))

    def crop(self, context: Context, span: tuple[int, int], budget: int) -> tuple[int, int]:
        """A random range of whole sentences around the answer, about `budget` tokens long."""
        bounds = [*context.sentences, len(context.ids)]
        first = bisect.bisect_right(bounds, span[0]) - 1
        last = bisect.bisect_left(bounds, span[1] + 1)
        while True:
            grow = []
            if first > 0 and bounds[last] - bounds[first - 1] <= budget:
                grow.append(-1)
            if last < len(bounds) - 1 and bounds[last + 1] - bounds[first] <= budget:
                grow.append(1)
            if not grow:
                break
            if self.chooser.choice(grow) < 0:
                first -= 1
            else:
                last += 1
        begin, end = bounds[first], bounds[last]
        if end - begin > budget:  # one very long sentence
            slack = max(budget - (span[1] - span[0] + 1), 0)
            begin = max(begin, span[0] - self.chooser.randint(0, slack))
            end = min(end, begin + budget)
        return begin, max(end, span[1] + 1)

    def positive(self, question: Question) -> Window | None:
        """The question with a crop that holds its answer, or, if it has none, with a crop of its context."""
        context = self.contexts[question.context]
        anchor = question.span
        if anchor is None:
            place = self.chooser.randrange(len(context.ids))
            budget = MAX_TOKENS - 3 - len(question.ids)
            begin, end = self.crop(context, (place, place), budget)
            return self._window(question.ids, context.ids[begin:end], None)
        begin, end = self.crop(context, anchor, self._budget(question))
        return self._window(question.ids, context.ids[begin:end], (anchor[0] - begin, anchor[1] - begin))

    def same(self, question: Question) -> Window | None:
        """The question with another part of its own text, in which no answer stands."""
        context = self.contexts[question.context]
        assert question.span
        bounds = [*context.sentences, len(context.ids)]
        first = bounds[bisect.bisect_right(bounds, question.span[0]) - 1]
        last = bounds[bisect.bisect_left(bounds, question.span[1] + 1)]
        budget = self._budget(question)
        for _ in range(4):
            before = self.chooser.random() < first / (first + len(context.ids) - last + 1)
            begin, end = (0, first) if before else (last, len(context.ids))
            if end - begin < 25:
                continue
            inside = [bound for bound in context.sentences if begin <= bound < end]
            left = self.chooser.choice(inside)
            most = min(end, left + budget)
            right = max((bound for bound in bounds if left < bound <= most), default=most)
            if right - left < 25:
                continue
            text = normalise(context.text[context.offsets[left, 0] : context.offsets[right - 1, 1]])
            if not any(f" {normalise(answer)} " in f" {text} " for answer in question.answers):
                return self._window(question.ids, context.ids[left:right], None)
        return None

    def other(self, question: Question) -> Window | None:
        """The question with a similar passage of another text."""
        context = self.contexts[self.chooser.choice(question.negatives)]
        place = self.chooser.randrange(len(context.ids))
        begin, end = self.crop(context, (place, place), self._budget(question))
        return self._window(question.ids, context.ids[begin:end], None)

    def swapped(self, question: Question) -> Window | None:
        """The question about something else that its context names."""
        context = self.contexts[question.context]
        assert question.span
        begin, end = self.crop(context, question.span, self._budget(question))
        return self._window(self.chooser.choice(question.swapped), context.ids[begin:end], None)


def batches(groups: list[Group], tokens: int, chooser: random.Random) -> list[list[Group]]:
    """Groups of nearly equal length, at most `tokens` tokens with padding each, in random order."""
    parts: list[list[Group]] = [[]]
    rows = 0
    for group in sorted(groups, key=_longest):
        if parts[-1] and (rows + len(group)) * _longest(group) > tokens:
            parts.append([])
            rows = 0
        parts[-1].append(group)
        rows += len(group)
    chooser.shuffle(parts)
    return parts


def _longest(group: Group) -> int:
    return max(len(window.ids) for window in group)
