"""What has been read of the catalogue, kept for as long as its state stands: read once, whoever asks."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from newsqa.store.snapshot import Snapshot, State

T = TypeVar("T")
_MOST_COUNTED = 20_000


class StateCache:
    """What has been read of the catalogue in its present state; it may be shared by threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._state: State | None = None
        self._known: dict[object, Any] = {}
        self._counts: dict[str, int] = {}

    def of(self, now: Snapshot, state: State, read: Callable[[Snapshot], T]) -> T:
        """What `read` says of the snapshot, which is in this state; it is not to be changed."""
        with self._lock:
            known = self._known_in(state)
            if read in known:
                found: T = known[read]
                return found
        value = read(now)
        with self._lock:
            self._known_in(state)[read] = value
        return value

    def counts(
        self, state: State, words: Sequence[str], count: Callable[[Sequence[str]], Mapping[str, int]]
    ) -> dict[str, int]:
        """In how many articles each word occurs; `count` is asked for those that are not known in this state."""
        with self._lock:
            self._known_in(state)
            found = {word: self._counts[word] for word in words if word in self._counts}
        new = [word for word in words if word not in found]
        if new:
            counted = count(new)
            found |= counted
            with self._lock:
                self._known_in(state)
                if len(self._counts) < _MOST_COUNTED:
                    self._counts.update(counted)
        return found

    def _known_in(self, state: State) -> dict[object, Any]:
        """What is known in a state; what was known in another is forgotten."""
        if self._state != state:
            self._state, self._known, self._counts = state, {}, {}
        return self._known
