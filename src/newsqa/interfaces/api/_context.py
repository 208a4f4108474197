"""What the routes share: the open index, the threads that work, what works, and how errors are told."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Annotated, Any

from fastapi import Depends, Request

from newsqa.errors import (
    ArticleError,
    FetchError,
    IndexLockedError,
    IndexMissingError,
    IndexUnreachableError,
    NewsqaError,
    QuestionError,
)
from newsqa.interfaces.access.requests import encode_error
from newsqa.interfaces.access.responses import describe_publicly
from newsqa.interfaces.api._schemas import Health, Problem
from newsqa.interfaces.api._telemetry import Metrics
from newsqa.interfaces.api._work import GoneError, OverloadedError, StoppingError, Workers
from newsqa.pipeline import NewsQA

_log = logging.getLogger(__name__)

_FRESH_S = 2.0
_WAIT_S = 3.0
_PARTS = ("articles", "words", "vectors")


class HealthProbe:
    """Looks at the index when somebody asks; one look at a time serves all who ask meanwhile."""

    def __init__(self, qa: NewsQA) -> None:
        self.stopping = False
        self._qa = qa
        self._worker = Workers(1, 0, "newsqa-health")
        self._look: asyncio.Task[Health] | None = None
        self._at = 0.0
        shared = qa.settings.database_url is not None
        self._servers = dict.fromkeys(_PARTS[:2], "PostgreSQL" if shared else "The index")
        self._servers["vectors"] = "Chroma" if qa.settings.chroma_url else "The index"

    async def look(self) -> Health:
        """What works, as of two seconds ago at most; what does not say so within three seconds does not."""
        if self.stopping:
            return Health(status="stopping", parts={})
        if self._look is None or (self._look.done() and monotonic() - self._at > _FRESH_S):
            self._look, self._at = asyncio.ensure_future(self._worker.run(self._find_failing)), monotonic()
        await asyncio.wait({self._look}, timeout=max(0.1, self._at + _WAIT_S - monotonic()))
        if self._look.done():
            return self._look.result()
        return Health(status="failing", parts={"index": "The index does not answer in time."})

    def _find_failing(self) -> Health:
        failing = self._qa.failing()
        parts = {part: self._words(part, failing[part]) if part in failing else "ok" for part in _PARTS}
        if failing:
            return Health(status="failing", parts=parts)
        return Health(status="ok" if self._qa.size()[0] else "empty", parts=parts)

    def _words(self, part: str, error: Exception) -> str:
        """What is wrong, without names and addresses: those are in the log."""
        _log.error("The %s do not answer: %s", part, error)
        server = self._servers[part]
        if isinstance(error, IndexUnreachableError):
            return f"{server} does not answer, so the {part} cannot be read."
        return f"The {part} cannot be read. `newsqa check` says what is broken."

    def close(self) -> None:
        """Waits for a look that is under way."""
        self._worker.close()


@dataclass(frozen=True, slots=True)
class Context:
    """`asking` answers and searches, `changing` and `fetching` bring in what is sent and what is on the web.

    `looking` reads, `suggesting` asks what might be asked.
    """

    qa: NewsQA
    metrics: Metrics
    asking: Workers
    changing: Workers
    fetching: Workers
    looking: Workers
    suggesting: Workers
    health: HealthProbe

    @classmethod
    def of(cls, qa: NewsQA) -> Context:
        """The context of a server over `qa`, as its settings want it."""
        asking = Workers(qa.settings.concurrency, qa.settings.waiting, "newsqa-ask")
        return cls(
            qa,
            Metrics(qa, asking),
            asking,
            changing=Workers(1, 32, "newsqa-change"),
            fetching=Workers(4, 32, "newsqa-fetch"),
            looking=Workers(4, 256, "newsqa-look"),
            suggesting=Workers(1, 16, "newsqa-suggest"),
            health=HealthProbe(qa),
        )

    @property
    def _all(self) -> tuple[Workers, ...]:
        return self.asking, self.changing, self.fetching, self.looking, self.suggesting

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
    400: "The body is no JSON and no form with one file, or the path has characters that none here has.",
    401: "A token is needed.",
    403: "The token may only read, the server is read-only, or a page of another site asks.",
    404: "There is nothing of that id.",
    405: "Nothing can be done here with that method; Allow names one with which it can.",
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
        for status in sorted({400, 401, 403, 405, 414, 421, 422, 429, 431, 500, 503, *statuses})
    }


class RefusedError(NewsqaError):
    """Something that this server does not do; `status` and `code` as in the answer."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.code = status, code


def error_response(error: Exception) -> tuple[int, str, str, dict[str, str]]:
    """Status, code, words and headers for an error."""
    words = (
        str(error) if isinstance(error, RefusedError | OverloadedError | GoneError) else describe_publicly(error)
    )
    match error:
        case RefusedError():
            return error.status, error.code, words, {}
        case GoneError():
            return 499, "gone", words, {}
        case OverloadedError():
            return (
                503,
                "stopping" if isinstance(error, StoppingError) else "overloaded",
                words,
                {"retry-after": str(error.seconds)},
            )
        case QuestionError():
            return 422, "bad_question", words, {}
        case FetchError():
            return 422, "not_fetched", words, {}
        case ArticleError():
            return 422, "bad_article", words, {}
        case IndexMissingError():
            return 409, "no_articles", words, {}
        case IndexLockedError():
            return 503, "locked", words, {"retry-after": "5"}
        case NewsqaError():
            return 503, "unavailable", words, {}
        case _:
            return 500, "internal", words, {}


def show_error(status: int, code: str, words: str) -> dict[str, Any]:
    """An error as every answer and every stream tells it."""
    shown: dict[str, Any] = json.loads(encode_error(status, code, words))
    return shown


def describe_problems(errors: Sequence[Any]) -> str:
    """What is wrong with a body or a parameter, in words that repeat nothing of it."""
    faults = []
    for fault in errors[:5]:
        place = ".".join(str(part)[:40] for part in fault["loc"] if part not in ("body", "query", "path"))
        faults.append(f"{place or 'the body'}: {fault['msg']}")
    return f"{'; '.join(faults)}. Correct it, and send it again."
