"""What the routes share: the open index, the threads that work, and what is counted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Request

from newsqa.interfaces.api.metrics import Metrics
from newsqa.interfaces.api.schemas import Problem
from newsqa.interfaces.api.work import Workers
from newsqa.pipeline import NewsQA


@dataclass(frozen=True, slots=True)
class Context:
    """`asking` answers and searches, `changing` brings articles in one after the other, `looking` reads."""

    qa: NewsQA
    metrics: Metrics
    asking: Workers
    changing: Workers
    looking: Workers

    @classmethod
    def of(cls, qa: NewsQA) -> Context:
        """The context of a server over `qa`, as its settings want it."""
        asking = Workers(qa.settings.concurrency, qa.settings.waiting, "newsqa-ask")
        return cls(qa, Metrics(qa, asking), asking, Workers(1, 8, "newsqa-change"), Workers(4, 256, "newsqa-look"))

    def close(self) -> None:
        """Let the threads finish what they are at."""
        for workers in (self.asking, self.changing, self.looking):
            workers.close()


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


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The errors that a route may answer with, besides those that every route has, for OpenAPI."""
    return {
        status: {"model": Problem, "description": _MEANING[status]}
        for status in sorted({400, 401, 403, 414, 421, 422, 429, 431, 500, 503, *statuses})
    }
