"""Work in threads of its own: so many at once, so many waiting, the rest told to come back; and how it ends."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from typing import Any, TypeVar

from newsqa.errors import NewsqaError
from newsqa.interfaces.render import count
from newsqa.types import Step

T = TypeVar("T")
_DONE = object()


class OverloadedError(NewsqaError):
    """More is waiting than may wait; `seconds` is when to come back."""

    def __init__(self, seconds: int, waiting: int) -> None:
        super().__init__(f"{waiting} are waiting here already, and no more may. Come back in {seconds} s.")
        self.seconds = seconds


class StoppingError(OverloadedError):
    """The server is being stopped."""

    def __init__(self) -> None:
        NewsqaError.__init__(self, "This server is being stopped. Ask again in some seconds.")
        self.seconds = 10


class GoneError(NewsqaError):
    """Who asked has gone, so that nobody reads this."""


class Workers:
    """Runs work in `threads` threads while at most `waiting` more wait; used from one event loop."""

    def __init__(self, threads: int, waiting: int, name: str) -> None:
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix=name)
        self._most = threads + waiting
        self._threads = threads
        self._jobs: dict[Future[Any], threading.Event | None] = {}
        self._moves: list[Callable[[], None]] = []
        self._refusing = False
        self._over: asyncio.Event | None = None

    @property
    def busy(self) -> int:
        """How much is worked on or waits."""
        return len(self._jobs)

    def admit(self) -> None:
        """Raises `OverloadedError` if there is no place left, or no more is taken."""
        if self._refusing:
            raise StoppingError
        if self.busy >= self._most:
            raise OverloadedError(max(1, min(60, self.busy // self._threads)), self.busy)

    def _begin(self, function: Callable[[], T], stop: threading.Event | None) -> Future[T]:
        self.admit()
        job = self._pool.submit(function)
        self._jobs[job] = stop
        loop = asyncio.get_running_loop()
        job.add_done_callback(lambda job: _tell(loop, self._end, job))
        return job

    def _end(self, job: Future[Any]) -> None:
        """Everybody behind a job that has ended moves up."""
        self._jobs.pop(job, None)
        for move in list(self._moves):
            move()

    def _before(self, job: Future[Any]) -> int:
        """How many have to be done before a job begins."""
        return max(0, list(self._jobs).index(job) + 1 - self._threads) if job in self._jobs else 0

    async def run(
        self,
        function: Callable[[], T],
        *,
        gone: Callable[[], Awaitable[object]] | None = None,
        stop: threading.Event | None = None,
    ) -> T:
        """The result of `function`, or its error.

        When `gone` returns first, or the server's time is over, the work is not begun any more, `stop` is set for
        it to end, and `GoneError` or `StoppingError` raised.
        """
        job = self._begin(function, stop)
        loop, done = asyncio.get_running_loop(), asyncio.Event()
        job.add_done_callback(lambda _: _tell(loop, done.set))
        self._over = self._over or asyncio.Event()
        ends = [
            asyncio.ensure_future(end) for end in (done.wait(), self._over.wait(), *([gone()] if gone else []))
        ]
        try:
            await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
            if job.done() and not job.cancelled():
                return job.result()
            raise GoneError("Nobody waits for this.") if gone and ends[-1].done() else StoppingError
        finally:
            for end in ends:
                end.cancel()
            job.cancel()
            if not job.done() and stop is not None:
                stop.set()

    async def stream(self, function: Callable[[], Iterator[T]]) -> AsyncIterator[T | Step]:
        """What the iterator of `function` yields, as it comes; if nobody listens any more, it is closed.

        As long as it waits, a step says how many are to be done before it, whenever that has changed.
        """
        loop = asyncio.get_running_loop()
        items: asyncio.Queue[Any] = asyncio.Queue()
        gone = threading.Event()

        def put(item: object) -> None:
            _tell(loop, items.put_nowait, item)

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

        job = self._begin(work, None)
        job.add_done_callback(lambda job: put(StoppingError()) if job.cancelled() else None)

        def move() -> None:
            if before := self._before(job):
                items.put_nowait(Step("waiting", f"for {count(before, 'question')} before this one"))

        self._moves.append(move)
        move()
        self._over = self._over or asyncio.Event()
        over = asyncio.ensure_future(self._over.wait())
        over.add_done_callback(lambda task: None if task.cancelled() else items.put_nowait(StoppingError()))
        try:
            while (item := await items.get()) is not _DONE:
                if isinstance(item, BaseException):
                    raise item
                yield item
        finally:
            self._moves.remove(move)
            over.cancel()
            gone.set()
            job.cancel()

    def refuse(self) -> None:
        """Takes no more work and gives up what waits; what runs may come to its end, an ingest after its batch."""
        self._refusing = True
        for job, stop in list(self._jobs.items()):
            if not job.cancel() and stop is not None:
                stop.set()

    def abandon(self) -> None:
        """Waits for nothing any more: whoever still waits is told so."""
        if self._over is not None:
            self._over.set()

    def close(self) -> None:
        """Wait for what runs, drop what waits."""
        self._pool.shutdown(wait=True, cancel_futures=True)


def _tell(loop: asyncio.AbstractEventLoop, function: Callable[..., object], *arguments: object) -> None:
    """Calls a function in the event loop, unless that has ended."""
    with suppress(RuntimeError):
        loop.call_soon_threadsafe(function, *arguments)
