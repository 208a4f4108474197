"""The line in front of the page's answers: so many at once, in order, and everybody knows their place."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from threading import Condition
from typing import Any

from newsqa.interfaces.render import count
from newsqa.types import Step

_SECONDS = 5.0
"""After so long a place is told again, so that it can be given up when nobody waits there any more."""


class WaitingLine:
    """Lets so many be at work at once; for several threads."""

    def __init__(self, places: int) -> None:
        self._places = places
        self._moved = Condition()
        self._order: list[object] = []

    def stream(self, begin: Callable[[], Iterator[Any]]) -> Iterator[Any]:
        """What `begin` yields once it is its turn; before that, how many are to be done first."""
        me = object()
        with self._moved:
            self._order.append(me)
        try:
            told = 0
            while told := self._wait(me, told):
                yield Step("waiting", f"for {count(told, 'question')} before this one")
            yield from begin()
        finally:
            with self._moved:
                self._order.remove(me)
                self._moved.notify_all()

    def _wait(self, me: object, told: int) -> int:
        """How many are to be done before this one, as soon as it is another number than was told."""

        def ahead() -> int:
            return max(0, self._order.index(me) + 1 - self._places)

        with self._moved:
            self._moved.wait_for(lambda: ahead() != told or not told, _SECONDS)
            return ahead()
