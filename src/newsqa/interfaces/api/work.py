"""Work in threads of its own: so many at once, so many waiting, and the rest told to come back."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from newsqa.errors import NewsqaError

T = TypeVar("T")
_DONE = object()


class OverloadedError(NewsqaError):
    """More questions are waiting than may wait; `seconds` is when to come back."""

    def __init__(self, seconds: int) -> None:
        super().__init__("Too many questions are waiting here. Ask again in some seconds.")
        self.seconds = seconds


class Workers:
    """Runs work in `threads` threads while at most `waiting` more wait; used from one event loop."""

    def __init__(self, threads: int, waiting: int, name: str) -> None:
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix=name)
        self._most = threads + waiting
        self._threads = threads
        self.busy = 0

    def admit(self) -> None:
        """Raises `OverloadedError` if there is no place left."""
        if self.busy >= self._most:
            raise OverloadedError(max(1, min(60, self.busy // self._threads)))

    async def run(self, function: Callable[[], T]) -> T:
        """The result of `function`, or its error."""
        self.admit()
        self.busy += 1
        future = asyncio.get_running_loop().run_in_executor(self._pool, function)
        future.add_done_callback(self._done)
        return await asyncio.shield(future)

    async def stream(self, function: Callable[[], Iterator[T]]) -> AsyncIterator[T]:
        """What the iterator of `function` yields, as it comes; if nobody listens any more, it is closed."""
        self.admit()
        self.busy += 1
        loop = asyncio.get_running_loop()
        items: asyncio.Queue[Any] = asyncio.Queue()
        gone = threading.Event()

        def put(item: object) -> None:
            loop.call_soon_threadsafe(items.put_nowait, item)

        def work() -> None:
            if gone.is_set():
                return
            try:
                iterator = function()
                for item in iterator:
                    put(item)
                    if gone.is_set():
                        getattr(iterator, "close", lambda: None)()
                        return
                put(_DONE)
            except BaseException as error:  # raised where the items are awaited
                put(error)

        future = loop.run_in_executor(self._pool, work)
        future.add_done_callback(self._done)
        try:
            while (item := await items.get()) is not _DONE:
                if isinstance(item, BaseException):
                    raise item
                yield item
        finally:
            gone.set()

    def _done(self, future: asyncio.Future[Any]) -> None:
        self.busy -= 1
        if not future.cancelled():
            future.exception()  # the one who waited for it may be gone

    def close(self) -> None:
        """Wait for what runs, drop what waits."""
        self._pool.shutdown(wait=True, cancel_futures=True)
