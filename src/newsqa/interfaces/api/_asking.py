"""Routes that ask: `/v1/ask`, `/v1/search`; answers as JSON, or as server-sent events while they are made."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse, Response, StreamingResponse

from newsqa.interfaces.api._context import Shared, describe_errors, error_response, show_error, wait_until_gone
from newsqa.interfaces.api._schemas import Answered, Ask, Hits, Search, Suggestions
from newsqa.pipeline import MAX_QUESTION, last_answer
from newsqa.types import Plain

router = APIRouter(tags=["questions"])
STREAM = "text/event-stream"
EVENTS: dict[str, Any] = {
    "content": {
        STREAM: {
            "schema": {
                "type": "object",
                "description": "Each event.",
                "properties": {"event": {"type": "string"}, "data": {"type": "string"}},
                "required": ["data"],
            }
        }
    }
}


def _encode_event(name: str, data: Any) -> bytes:
    """One event; JSON has no line breaks, so that nothing in the data can end it early."""
    return f"event: {name}\ndata: {json.dumps(data, ensure_ascii=True)}\n\n".encode()


async def encode_events(items: AsyncIterator[Plain]) -> AsyncIterator[bytes]:
    """Each item under the name of its type (`step`, `draft`, `answer`), or at last an `error`."""
    try:
        async for item in items:
            yield _encode_event(type(item).__name__.lower(), item.to_dict())
    except Exception as error:
        status, code, words, _ = error_response(error)
        yield _encode_event("error", show_error(status, code, words))


@router.post(
    "/v1/ask", response_model=Answered, responses={200: EVENTS, **describe_errors(409, 413)}, operation_id="ask"
)
async def ask(body: Ask, request: Request, shared: Shared) -> Response:
    """Answer a question from the articles, or abstain.

    With `stream`, or where only `text/event-stream` is accepted, as server-sent events: `step` while the work goes
    on, `draft` for text that is not yet checked (each takes the place of the one before), and `answer` at the end.
    """
    request.scope["newsqa.question"] = body.question

    def stream() -> Iterator[Any]:
        start = partial(shared.qa.stream, body.question, history=body.history, options=body)
        return shared.metrics.count(start, "api")

    if body.stream or request.headers.get("accept", "").split(";")[0].strip() == STREAM:
        return await stream_response(encode_events, shared, stream)
    answer = await shared.asking.run(lambda: last_answer(stream()), gone=partial(wait_until_gone, request))
    return JSONResponse(answer.to_dict())


async def stream_response(encode: Any, shared: Shared, stream: Any) -> StreamingResponse:
    """A response that `encode` makes of what `stream` yields; refused before it begins if there is no place."""
    shared.asking.admit()
    headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
    return StreamingResponse(encode(shared.asking.stream(stream)), media_type=STREAM, headers=headers)


@router.post("/v1/search", response_model=Hits, responses=describe_errors(409, 413), operation_id="search")
async def search(body: Search, request: Request, shared: Shared) -> Response:
    """The passages nearest to a query in words and in meaning, best first."""
    request.scope["newsqa.question"] = body.query
    hits = await shared.asking.run(
        lambda: shared.qa.search(body.query, options=body), gone=partial(wait_until_gone, request)
    )
    return JSONResponse({"passages": [hit.to_dict() for hit in hits]})


@router.get(
    "/v1/suggestions", response_model=Suggestions, responses=describe_errors(), operation_id="suggestQuestions"
)
async def suggest(
    request: Request,
    shared: Shared,
    about: Annotated[str, Query(max_length=MAX_QUESTION, description="A question; empty: of the newest.")] = "",
    limit: Annotated[int, Query(ge=1, le=10)] = 3,
) -> Response:
    """Questions that are answered well: on the newest articles, or on those nearest to another question."""
    found = await shared.suggesting.run(
        lambda: shared.qa.suggest(about, most=limit), gone=partial(wait_until_gone, request)
    )
    return JSONResponse({"suggestions": found})
