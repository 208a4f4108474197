"""The REST API under `/v1/`, and the server for it and the page: `build_server` makes it, `serve` runs it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

from newsqa.interfaces.access import Guard, Policy, TokenStore, check_exposure
from newsqa.interfaces.access.guard import App, HandledRequest, Receive, Scope, Send
from newsqa.interfaces.access.listening import open_listener, run
from newsqa.interfaces.access.sessions import Sessions
from newsqa.interfaces.api._telemetry import log_request, start_logging
from newsqa.pipeline import NewsQA

if TYPE_CHECKING:
    from fastapi import FastAPI

    from newsqa.interfaces.api._context import Context
    from newsqa.settings import Settings

__all__ = ["build_server", "serve"]
Watch = Callable[[Callable[[], Iterator[Any]]], Iterator[Any]]
"""Starts a question and passes its items on, and counts it."""
Mount = Callable[["FastAPI", NewsQA, Watch], Callable[[], None]]
"""Puts the page over an index into an application, at `/`; what it returns ends the streams of open pages."""


class Server:
    """One ASGI application for everything; `drain` before it stops, `close` when it has stopped."""

    def __init__(self, app: App, context: Context, end_streams: Callable[[], None]) -> None:
        self._app = app
        self._context, self._end_streams = context, end_streams
        self.close = context.close

    async def drain(self) -> None:
        """Returns when what runs is done, or its time is over; pages that are open are let go then."""
        await self._context.drain()
        self._end_streams()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handles one connection."""
        await self._app(scope, receive, send)


def build_server(
    qa: NewsQA, page: Mount | None = None, *, host: str = "127.0.0.1", tokens: TokenStore | None = None
) -> Server:
    """The server over an open index, as if it listened on `host`; nothing is started."""
    from fastapi import FastAPI

    from newsqa.interfaces.api._app import build_api
    from newsqa.interfaces.api._context import Context
    from newsqa.interfaces.api._login import Login

    policy, tokens = Policy.of(qa.settings, host), tokens or TokenStore.of(qa.settings)
    sessions, context = Sessions(tokens), Context.of(qa)
    api = build_api(context)
    site = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    login = Login(tokens, sessions, policy)
    site.add_route("/login", login.handle, methods=["GET", "POST"])
    site.add_route("/logout", login.handle, methods=["GET", "POST"])
    end_streams = page(site, qa, lambda start: context.metrics.count(start, "page")) if page else lambda: None

    async def dispatch(scope: Scope, receive: Receive, send: Send) -> None:
        await (api if scope.get("path", "").startswith("/v1/") else site)(scope, receive, send)

    seers = [context.metrics.count_request, *_loggers(qa.settings)]

    def see_all(request: HandledRequest) -> None:
        for see in seers:
            see(request)

    guard: App = Guard(dispatch, policy, tokens, sessions, on_request=see_all)
    return Server(_cross_origin(guard, policy.origins), context, end_streams)


def _loggers(settings: Settings) -> list[Callable[[HandledRequest], None]]:
    return [] if settings.log == "off" else [partial(log_request, questions=settings.log == "questions")]


def _cross_origin(guard: App, origins: tuple[str, ...]) -> App:
    """Answers the questions of browsers on behalf of pages of other sites, where some are allowed."""
    if not origins:
        return guard
    from starlette.middleware.cors import CORSMiddleware

    asked = ["authorization", "content-type"]
    return CORSMiddleware(
        guard, allow_origins=origins, allow_methods=["GET", "POST", "DELETE"], allow_headers=asked, max_age=600
    )


def serve(
    qa: NewsQA,
    page: Mount | None = None,
    host: str | None = None,
    port: int | None = None,
    *,
    on_ready: Callable[[str], None] | None = None,
) -> None:
    """Serve the page and the API until interrupted; `on_ready` gets the address once it answers.

    A language model that is set is opened first. Raises `SettingsError` if the port is taken, or if nothing would
    keep strangers out, and `ModelError` if the model cannot be opened.
    """
    start_logging()
    host, port = host or qa.settings.host, port or qa.settings.port
    tokens = TokenStore.of(qa.settings)
    check_exposure(host, tokens)
    qa.prepare()
    if qa.model:
        qa.open_model()
    with open_listener(host, port) as listener:
        server = build_server(qa, page, host=host, tokens=tokens)
        try:
            run(server, listener, on_ready, server.drain)
        finally:
            server.close()
            tokens.close()
