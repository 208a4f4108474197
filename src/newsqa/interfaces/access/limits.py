"""How many requests a client may make: a bucket of tokens for each, refilled evenly, in bounded memory."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable

_CLIENTS = 10_000


class RateLimit:
    """Allows each client `per_minute` requests a minute, all at once after a quiet minute; 0: any number.

    The clients that were quiet for longest are forgotten first. Not for several threads.
    """

    def __init__(self, per_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._size = float(per_minute)
        self._clock = clock
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def wait(self, client: str, cost: float = 1.0) -> float:
        """0 if the client may go on, which is counted; else the seconds after which it may."""
        if not self._size:
            return 0.0
        now = self._clock()
        left, then = self._left.pop(client, (self._size, now))
        left = min(self._size, left + (now - then) * self._size / 60.0)
        short = cost - left
        self._left[client] = (left if short > 0 else left - cost, now)
        if len(self._left) > _CLIENTS:
            self._left.popitem(last=False)
        return max(0.0, short * 60.0 / self._size)

    def is_spent(self, client: str) -> bool:
        """Whether the client has none left, without counting anything."""
        if not self._size or client not in self._left:
            return False
        left, then = self._left[client]
        return left + (self._clock() - then) * self._size / 60.0 < 1.0
