"""Draws training windows: random crops of whole sentences with the answer, and windows without one."""

from __future__ import annotations

import bisect
import random
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from training.reader_data import CLS, MAX_TOKENS, SEP, Context, Data, Question
from training.reader_text import normalise

# Kind of window: share at the start and at the end of the run. The shares move from general to news.
MIX: dict[str, tuple[float, float]] = {
    "newsqa": (0.06, 0.20),
    "newsqa same": (0.03, 0.09),
    "newsqa other": (0.02, 0.04),
    "squad": (0.18, 0.18),
    "squad same": (0.03, 0.03),
    "squad other": (0.06, 0.06),
    "squad swap": (0.04, 0.04),
    "squad2": (0.08, 0.16),
    "wiki": (0.11, 0.08),
    "wiki other": (0.03, 0.03),
    "wiki swap": (0.02, 0.02),
    "informal": (0.11, 0.01),
    "tweetqa": (0.08, 0.04),
    "qamr": (0.12, 0.01),
    "nq_swap": (0.02, 0.01),
}


@dataclass(slots=True)
class Window:
    """Token ids of `[CLS] question [SEP] passage [SEP]`, where the passage begins, and the answer (0, 0: none)."""

    ids: list[int]
    passage: int
    start: int
    end: int


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
        self.makers: dict[str, Callable[[Question], Window | None]] = {
            "": self.positive,
            "same": self.same,
            "other": self.other,
            "swap": self.swapped,
        }
        for kind in MIX:
            group, _, how = kind.partition(" ")
            items = data.train[group]
            if how == "other":
                items = [question for question in items if question.negatives]
            elif how == "swap":
                items = [question for question in items if question.swapped]
            elif how == "same":
                items = [question for question in items if question.span]
            self.decks[kind] = _Deck(items, self.chooser)

    def draw(self, count: int, progress: float) -> list[Window]:
        """`count` windows for a run that is at `progress` (0-1)."""
        weights = [start + (end - start) * progress for start, end in MIX.values()]
        kinds = self.chooser.choices(list(MIX), weights, k=count)
        drawn = (self.makers[kind.partition(" ")[2]](self.decks[kind].draw()) for kind in kinds)
        return [window for window in drawn if window]

    def _budget(self, question: Question) -> int:
        low, high = (70, 135) if question.group == "newsqa" else (50, 135)
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
            begin, end = self.crop(context, (place, place), self._budget(question))
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


def batches(windows: list[Window], tokens: int, chooser: random.Random) -> list[list[Window]]:
    """Windows of nearly equal length, at most `tokens` tokens with padding each, in random order."""
    ordered = sorted(windows, key=lambda window: len(window.ids))
    groups: list[list[Window]] = [[]]
    for window in ordered:
        if groups[-1] and (len(groups[-1]) + 1) * len(window.ids) > tokens:
            groups.append([])
        groups[-1].append(window)
    chooser.shuffle(groups)
    return groups
