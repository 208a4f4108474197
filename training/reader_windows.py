"""Draws training windows: random crops of whole sentences with the answer, and windows without one."""

from __future__ import annotations

import bisect
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from training.reader_data import CLS, MAX_TOKENS, SEP, Context, Data, Question, Region
from training.reader_text import holds

WINDOW = (50, 230)
"""Fewest and most tokens of a window's passage."""
LEAD_SHARE = 0.5
"""How often what may stand in front of a window does."""
_SHORT = 20
"""A window of fewer tokens says too little to learn from that it answers nothing."""
_WHOLE_SHARE = 0.6
"""How often the whole text of an unanswerable question is read, where it fits."""


@dataclass(slots=True)
class Window:
    """Token ids of `[CLS] question [SEP] passage [SEP]`, where the passage begins, and where it answers."""

    ids: list[int]
    passage: int
    regions: list[Region]


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
    """An endless supply of windows in the proportions of a mix (see `reader_mixes`).

    `typed` gives the tokens of a question as someone may type them (see `reader_typing`).
    """

    def __init__(
        self,
        data: Data,
        mix: Mapping[str, tuple[float, float]],
        seed: int,
        typed: Callable[[Sequence[int]], list[int]] = list,
    ) -> None:
        self.contexts, self.typed = data.contexts, typed
        self.chooser = random.Random(seed)  # noqa: S311
        self.makers: dict[str, Callable[[Question], Window | None]] = {
            "": self.positive,
            "same": self.same,
            "other": self.other,
            "changed": self.changed,
        }
        wanted: dict[str, Callable[[Question], object]] = {
            "": lambda _: True,
            "same": lambda question: question.regions,
            "other": lambda question: question.negatives,
            "changed": lambda question: question.changed,
        }
        self.decks: dict[str, _Deck] = {}
        self.mix: dict[str, tuple[float, float]] = {}
        for kind, shares in mix.items():
            group, _, how = kind.partition(" ")
            items = [question for question in data.train.get(group, ()) if wanted[how](question)]
            if items:
                self.decks[kind], self.mix[kind] = _Deck(items, self.chooser), shares

    def draw(self, count: int, progress: float) -> list[Window]:
        """About `count` windows for a run that is at `progress` (0-1)."""
        weights = [start + (end - start) * progress for start, end in self.mix.values()]
        kinds = self.chooser.choices(list(self.mix), weights, k=count)
        drawn = (self.makers[kind.partition(" ")[2]](self._retyped(self.decks[kind].draw())) for kind in kinds)
        return [window for window in drawn if window]

    def _retyped(self, question: Question) -> Question:
        changed = [self.typed(self.chooser.choice(question.changed))] if question.changed else []
        return replace(question, ids=self.typed(question.ids), changed=changed)

    def _budget(self, ids: list[int]) -> int:
        return min(self.chooser.randint(*WINDOW), MAX_TOKENS - 3 - len(ids))

    def _window(self, ids: list[int], context: Context, ends: tuple[int, int], found: Sequence[Region]) -> Window:
        """The window over the tokens [first, last) of a context; regions in tokens of the context."""
        first, last = ends
        room = MAX_TOKENS - 3 - len(ids)
        lead = context.lead if (first or context.titled) and self.chooser.random() < LEAD_SHARE else []
        lead = lead if len(lead) + last - first <= room else []
        last = min(last, first + room)
        begin = len(ids) + 2 + len(lead)
        tokens = [CLS, *ids, SEP, *lead, *context.ids[first:last].tolist(), SEP]
        return Window(tokens, len(ids) + 2, inside(found, first, last, begin))

    def crop(
        self, context: Context, span: tuple[int, int], budget: int, hidden: tuple[int, int] | None = None
    ) -> tuple[int, int]:
        """A random range of whole sentences around a span, about `budget` tokens long, without what is hidden."""
        bounds = context.bounds
        first = bisect.bisect_right(bounds, span[0]) - 1
        last = bisect.bisect_left(bounds, span[1] + 1)
        least, most = 0, len(bounds) - 1
        if hidden and hidden[1] < span[0]:
            least = min(first, bisect.bisect_left(bounds, hidden[1] + 1))
        elif hidden:
            most = max(last, bisect.bisect_right(bounds, hidden[0]) - 1)
        while True:
            grow = []
            if first > least and bounds[last] - bounds[first - 1] <= budget:
                grow.append(-1)
            if last < most and bounds[last + 1] - bounds[first] <= budget:
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
        return begin, max(end, min(span[1] + 1, begin + budget))

    def positive(self, question: Question) -> Window | None:
        """The question with a crop that holds its answer or what seems to be one, or else with any of its text."""
        context, budget = self.contexts[question.context], self._budget(question.ids)
        if not question.regions:
            fits = len(context.ids) <= MAX_TOKENS - 3 - len(question.ids)
            if fits and self.chooser.random() < _WHOLE_SHARE:
                return self._window(question.ids, context, (0, len(context.ids)), [])
            near, place = question.near, self.chooser.randrange(len(context.ids))
            span = (near.first, min(near.last, near.first + budget - 1)) if near else (place, place)
            return self._window(question.ids, context, self.crop(context, span, budget), [])
        region = self.chooser.choice(question.regions)
        span = region.first, min(region.last, region.first + budget - 1)
        ends = self.crop(context, span, budget, question.hidden)
        return self._window(question.ids, context, ends, question.regions)

    def same(self, question: Question) -> Window | None:
        """The question with another part of its own text, in which no answer stands."""
        context, bounds = self.contexts[question.context], self.contexts[question.context].bounds
        first = bounds[bisect.bisect_right(bounds, min(region.first for region in question.regions)) - 1]
        last = bounds[bisect.bisect_left(bounds, max(region.last for region in question.regions) + 1)]
        for _ in range(4):
            place = self.chooser.randrange(len(context.ids))
            if first <= place < last:
                continue
            begin, end = self.crop(context, (place, place), self._budget(question.ids), (first, last - 1))
            if question.hidden and begin <= question.hidden[1] and question.hidden[0] < end:
                continue
            if end - begin >= _SHORT and not holds(context.words(begin, end), question.answers):
                return self._window(question.ids, context, (begin, end), [])
        return None

    def other(self, question: Question) -> Window | None:
        """The question with a similar passage of another text."""
        context = self.contexts[self.chooser.choice(question.negatives)]
        place = self.chooser.randrange(len(context.ids))
        ends = self.crop(context, (place, place), self._budget(question.ids))
        return self._window(question.ids, context, ends, [])

    def changed(self, question: Question) -> Window | None:
        """The question changed so that nothing answers it, with the passage that answers the question."""
        context, ids = self.contexts[question.context], self.chooser.choice(question.changed)
        region, budget = self.chooser.choice(question.regions), self._budget(ids)
        span = region.first, min(region.last, region.first + budget - 1)
        return self._window(ids, context, self.crop(context, span, budget), [])


def inside(found: Sequence[Region], first: int, last: int, begin: int) -> list[Region]:
    """The regions that touch the tokens [first, last), which stand at `begin` now; a cut one becomes wide."""
    return [
        Region(
            max(region.first, first) - first + begin,
            min(region.last, last - 1) - first + begin,
            region.wide or region.first < first or region.last >= last,
        )
        for region in found
        if region.first < last and region.last >= first
    ]


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


def targets(windows: Sequence[Window], length: int) -> np.ndarray:
    """Where a span may begin and end, (windows, length, 2); [CLS] alone where nothing answers."""
    right = np.zeros((len(windows), length, 2), dtype=bool)
    for row, window in enumerate(windows):
        if not window.regions:
            right[row, 0] = True
        for region in window.regions:
            if region.wide:
                right[row, region.first : region.last + 1] = True
            else:
                right[row, region.first, 0] = right[row, region.last, 1] = True
    return right
