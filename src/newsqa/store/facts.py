"""Facts about the index that only a writer changes, read once for each state of the catalogue."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, TypeVar

from newsqa.store.snapshot import Snapshot, State

T = TypeVar("T")


class Facts:
    """What has been read of the catalogue in its present state; it may be shared by threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._state: State | None = None
        self._known: dict[object, Any] = {}

    def of(self, now: Snapshot, state: State, read: Callable[[Snapshot], T]) -> T:
        """What `read` says of the snapshot, which is in this state; it is not to be changed."""
        with self._lock:
            if self._state != state:
                self._state, self._known = state, {}
            known = self._known
        if read not in known:
            known[read] = read(now)
        value: T = known[read]
        return value
