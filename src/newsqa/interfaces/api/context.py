"""What the routes share: the open index, the threads that work, and what is counted."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from time import monotonic
from typing import Annotated, Any

from fastapi import Depends, Request

from newsqa.interfaces.api.health import HealthProbe
from newsqa.interfaces.api.metrics import Metrics
from newsqa.interfaces.api.schemas import Problem
from newsqa.interfaces.api.work import Workers
from newsqa.pipeline import NewsQA


@dataclass(frozen=True, slots=True)
class Context:
    """`asking` answers and searches, `changing` and `fetching` bring in what is sent and what is on the web.

    `looking` reads.
    """

    qa: NewsQA
    metrics: Metrics
    asking: Workers
    changing: Workers
    fetching: Workers
    looking: Workers
    health: HealthProbe

    @classmethod
    def of(cls, qa: NewsQA) -> Context:
        """The context of a server over `qa`, as its settings want it."""
        asking = Workers(qa.settings.concurrency, qa.settings.waiting, "newsqa-ask")
        return cls(
            qa,
            Metrics(qa, asking),
            asking,
            changing=Workers(1, 8, "newsqa-change"),
            fetching=Workers(4, 8, "newsqa-fetch"),
            looking=Workers(4, 256, "newsqa-look"),
            health=HealthProbe(qa),
        )

    @property
    def _all(self) -> tuple[Workers, ...]:
        return self.asking, self.changing, self.fetching, self.looking

    async def drain(self) -> None:
        """Takes no more work and gives up what waits; returns when what runs is done, or its time is over."""
        self.health.stopping = True
        self.metrics.stopping = True
        for workers in self._all:
            workers.refuse()
        end = monotonic() + self.qa.settings.grace
        while (self.metrics.in_hand or any(workers.busy for workers in self._all)) and monotonic() < end:
            await asyncio.sleep(0.05)
        for workers in self._all:
            workers.abandon()

    def close(self) -> None:
        """Let the threads finish what they are at."""
        for workers in self._all:
            workers.close()
        self.health.close()


async def wait_until_gone(request: Request) -> None:
    """Returns when the client of a request has gone; the body must have been read."""
    while (await request.receive())["type"] != "http.disconnect":
        pass


def _context(request: Request) -> Context:
    context: Context = request.app.state.context
    return context


Shared = Annotated[Context, Depends(_context)]

_MEANING = {
    400: "The body is no JSON, or the path has characters that none here has.",
    401: "A token is needed.",
    403: "The token may only read, the server is read-only, or a page of another site asks.",
    404: "There is nothing of that id.",
    409: "There are no articles yet.",
    413: "The body is too large.",
    414: "The address is too long.",
    415: "The body is neither JSON nor a form with a file.",
    421: "The server does not go by the name in the Host header.",
    422: "A value cannot be used.",
    431: "The headers are too long.",
    429: "Too many requests; Retry-After says when to come back.",
    500: "Something went wrong inside newsqa.",
    503: "Too many questions are waiting, or another process writes; Retry-After says when to come back.",
}


def describe_errors(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The errors that a route may answer with, besides those that every route has, for OpenAPI."""
    return {
        status: {"model": Problem, "description": _MEANING[status]}
        for status in sorted({400, 401, 403, 414, 421, 422, 429, 431, 500, 503, *statuses})
    }
