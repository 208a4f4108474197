"""The API as a FastAPI application: its routes, its errors, its description."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException

import newsqa
from newsqa.errors import NewsqaError
from newsqa.interfaces.api import _articles, _asking, _chat
from newsqa.interfaces.api._context import (
    Context,
    RefusedError,
    Shared,
    describe_errors,
    describe_problems,
    error_response,
    show_error,
)
from newsqa.interfaces.api._schemas import Health
from newsqa.interfaces.api._telemetry import CONTENT_TYPE

_ABOUT = """Question answering over news articles: every sentence of an answer is tied to a verbatim quote.

Where the server wants a token, send it as `Authorization: Bearer …`. Every error is `{"error": {...}}`."""
_WORDS = {
    400: "The body cannot be read. Send JSON in UTF-8.",
    404: "There is nothing here. /v1/openapi.json lists what there is.",
    405: "This cannot be done here with that method. The Allow header says with which it can.",
}


def build_api(context: Context) -> FastAPI:
    """The API over `context`; it expects the guard in front of it."""
    api = FastAPI(
        title="newsqa",
        version=newsqa.__version__,
        description=_ABOUT,
        openapi_url="/v1/openapi.json",
        docs_url=None,  # they would fetch scripts from another host
        redoc_url=None,
        redirect_slashes=False,
        servers=[{"url": context.qa.settings.root_path}] if context.qa.settings.root_path else None,
        generate_unique_id_function=lambda route: route.name,
    )
    api.state.context = context
    api.add_exception_handler(RequestValidationError, _answer_misshapen)
    api.add_exception_handler(HTTPException, _answer_refused)
    api.add_exception_handler(NewsqaError, _answer_failed)
    api.add_exception_handler(Exception, _answer_failed)
    for routes in (_asking, _articles, _chat):
        api.include_router(routes.router)
    _add_own(api)
    described = api.openapi

    def openapi() -> dict[str, Any]:
        """The description, in which tokens are an option: a server may want none."""
        schema = described()
        schema.setdefault("components", {})["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
        schema["security"] = [{}, {"token": []}]
        return schema

    api.openapi = openapi  # type: ignore[method-assign]
    return api


def _add_own(api: FastAPI) -> None:
    """The routes about the server itself."""

    @api.get(
        "/v1/health", response_model=Health, responses=describe_errors(), tags=["server"], operation_id="health"
    )
    async def health(shared: Shared) -> Response:
        """What works. The server lives, whatever this says. Needs no token."""
        return JSONResponse((await shared.health.look()).model_dump())

    @api.get(
        "/v1/ready", response_model=Health, responses=describe_errors(), tags=["server"], operation_id="ready"
    )
    async def ready(shared: Shared) -> Response:
        """Whether questions can be answered: 503, and what is wrong, if not. Needs no token."""
        found = await shared.health.look()
        if found.status in ("failing", "stopping"):
            wrong = " ".join(words for words in found.parts.values() if words != "ok")
            raise RefusedError(503, "not_ready", wrong or "This server is being stopped.")
        return JSONResponse(found.model_dump())

    text: dict[int | str, dict[str, Any]] = {200: {"content": {"text/plain": {"schema": {"type": "string"}}}}}

    @api.get(
        "/v1/metrics", response_class=Response, responses={**text, **describe_errors()}, tags=["server"],
        operation_id="metrics",
    )  # fmt: skip
    async def metrics(shared: Shared) -> Response:
        """Counts for Prometheus."""
        return Response(await shared.looking.run(shared.metrics.text), media_type=CONTENT_TYPE)


async def _answer_misshapen(_: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 (what it is registered for)
    faults = error.errors()
    unread = any(fault["type"] == "json_invalid" for fault in faults)
    return (
        _answer_problem(400, "bad_json", _WORDS[400])
        if unread
        else _answer_problem(422, "bad_value", describe_problems(faults))
    )


async def _answer_refused(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 (what it is registered for)
    words = _WORDS.get(error.status_code, "This request cannot be answered. /v1/openapi.json says which can.")
    code = {400: "bad_json", 404: "not_found", 405: "bad_method"}.get(error.status_code, "refused")
    return _answer_problem(error.status_code, code, words, dict(error.headers or {}))


async def _answer_failed(_: Request, error: Exception) -> Response:
    status, code, words, headers = error_response(error)
    return _answer_problem(status, code, words, headers)


def _answer_problem(status: int, code: str, words: str, headers: dict[str, str] | None = None) -> Response:
    return JSONResponse(show_error(status, code, words), status_code=status, headers=headers)
