"""The guard in front of a server: every request passes it, and every response leaves through it. Pure ASGI."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Awaitable, Callable, MutableMapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from newsqa.errors import SettingsError
from newsqa.interfaces.access import requests
from newsqa.interfaces.access.policy import Policy, RateLimit
from newsqa.interfaces.access.requests import Refusal, first_value
from newsqa.interfaces.access.responses import (
    DATA,
    DRAINED,
    FORM,
    INSIDE,
    PAGE,
    TOO_LARGE,
    BodyRefusedError,
    Response,
    drain,
)
from newsqa.interfaces.access.rights import POLICY, TOKEN, Need, find_need, refuse_writing
from newsqa.interfaces.access.sessions import Sessions
from newsqa.interfaces.access.tokens import Token, TokenStore

_log = logging.getLogger(__name__)

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

ADDRESS, CLIENT = "newsqa.address", "newsqa.client"
"""The keys of a request's scope that say who asks: by address, for limits, and by name or address, for logs."""
_FAILURES = 20


@dataclass(frozen=True, slots=True)
class HandledRequest:
    """A request that is done: for logs and metrics. `route` is its pattern, so that there are few of them."""

    method: str
    path: str
    route: str
    status: int
    seconds: float
    client: str
    code: str = ""
    question: str = ""


class Guard:
    """Lets in what `policy` allows, and sends nothing out without security headers. Runs on one event loop.

    With `writers_only`, a token has to allow changes for every request.
    """

    def __init__(
        self,
        app: App,
        policy: Policy,
        tokens: TokenStore,
        sessions: Sessions | None = None,
        *,
        writers_only: bool = False,
        on_request: Callable[[HandledRequest], None] | None = None,
    ) -> None:
        self._app = app
        self._policy = policy
        self._tokens = tokens
        self._sessions = sessions or Sessions(tokens)
        self._writers_only = writers_only
        self._on_request = on_request
        self._rate = RateLimit(policy.rate)
        self._failures = RateLimit(_FAILURES)
        self._closed = not policy.loopback

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handles one connection of the server."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
        elif scope["type"] == "http":
            await self._handle(dict(scope), receive, send)
        else:
            await send({"type": "websocket.close", "code": 1008})

    async def _handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        began = time.perf_counter()
        scope[POLICY], scope[TOKEN] = self._policy, None
        scope[ADDRESS] = scope[CLIENT] = requests.find_client(scope, self._policy.proxies)
        scope["path"] = requests.strip_root(scope["path"], self._policy.root)
        path: str = scope["path"]
        form = path in {"/login", "/logout"} or requests.is_document(path)
        kind = PAGE if path == "/" else FORM if form else DATA
        encodings = first_value(requests.read_headers(scope), "accept-encoding")
        response = Response(send, https=self._policy.https, kind=kind, packed="gzip" in encodings)
        if kind == PAGE:  # its inline scripts are to be read
            scope["headers"] = [(name, value) for name, value in scope["headers"] if name != b"accept-encoding"]
        try:
            refusal = self._find_refusal(scope)
            if refusal is None:
                limit = requests.find_body_limit(path, self._policy)
                await self._app(scope, response.limit_body(receive, limit), response.send)
                await response.finish()
            else:
                if (
                    refusal is TOO_LARGE
                    and int(first_value(requests.read_headers(scope), "content-length")) <= DRAINED
                ):
                    await drain(receive)
                await response.refuse(refusal)
        except BodyRefusedError:
            await drain(receive)
            await response.finish()
        except Exception:
            _log.exception("A request to %s failed", path)
            failed = Refusal(500, "internal", INSIDE)
            with suppress(Exception):
                await response.refuse(failed)
        finally:
            if self._on_request is not None:
                route = getattr(scope.get("route"), "path", "page" if response.status < 400 else "none")
                seconds = time.perf_counter() - began
                question = str(scope.get("newsqa.question", ""))
                self._on_request(
                    HandledRequest(
                        scope["method"],
                        path,
                        route,
                        response.status,
                        seconds,
                        scope[CLIENT],
                        response.code,
                        question,
                    )
                )

    def _find_refusal(self, scope: Scope) -> Refusal | None:
        """Why the request goes no further; None lets it in."""
        headers, path, method = requests.read_headers(scope), scope["path"], scope["method"]
        policy, need = self._policy, find_need(method, path)
        wrong = requests.refuse_misdirected(scope, headers, policy) or requests.refuse_foreign(
            scope, headers, policy
        )
        if wrong is None and policy.root == path:
            wrong = Refusal(308, "moved", "The page is below this.", ((b"location", f"{path}/".encode()),))
        if wrong is None and need is None:
            wrong = Refusal(404, "not_found", "There is nothing here. The API is below /v1/, the page at /.")
        length = first_value(headers, "content-length")
        if wrong is None and length.isdigit() and int(length[:20]) > requests.find_body_limit(path, policy):
            wrong = TOO_LARGE
        wrong = wrong or self._refuse_unidentified(scope, headers, need)
        if wrong is not None:
            return wrong
        token: Token | None = scope[TOKEN]
        wait = self._rate.wait(token.id if token else scope[ADDRESS]) if requests.is_counted(method, path) else 0.0
        if token:
            scope[CLIENT] = token.name
        if wait:
            return _refuse_for_now("That were too many requests. Wait a little.", wait)
        return refuse_writing(scope) if self._writers_only or need is Need.WRITING else None

    def _refuse_unidentified(
        self, scope: Scope, headers: dict[str, list[str]], need: Need | None
    ) -> Refusal | None:
        """Finds out who asks; a refusal if that has to be known and is not."""
        client, path = scope[ADDRESS], scope["path"]
        try:
            self._closed = self._closed or bool(self._tokens.all())
            if not self._closed:
                return None
            scheme, _, given = first_value(headers, "authorization").partition(" ")
            if scheme.lower() == "bearer":
                scope[TOKEN] = self._tokens.find(given.strip())
            elif not scheme:
                scope[TOKEN] = self._sessions.token("; ".join(headers.get("cookie", [])))
        except SettingsError as error:
            _log.error("%s", error)
            return Refusal(503, "unavailable", "The server cannot read its tokens; its log says more.")
        if scope[TOKEN] is not None or need is Need.NOTHING:
            return None
        if scheme:
            if self._failures.is_spent(client):
                return _refuse_for_now("Too many wrong tokens came from there. Wait a minute.", 60.0)
            self._failures.wait(client)
        if (path == "/" or requests.is_document(path)) and requests.wants_html(headers) and not scheme:
            query = scope.get("query_string", b"").decode("latin-1")
            following = quote(f"{path}?{query}" if query else path, safe="")
            target = f"{self._policy.root}/login?next={following}"
            return Refusal(303, "login", "Log in first.", ((b"location", target.encode()),))
        return Refusal(
            401,
            "unauthorized",
            "A token is needed: send it as “Authorization: Bearer …”. `newsqa token new NAME` makes one.",
            ((b"www-authenticate", b'Bearer realm="newsqa"'),),
        )


def _refuse_for_now(message: str, seconds: float) -> Refusal:
    return Refusal(429, "rate_limited", message, ((b"retry-after", str(max(1, math.ceil(seconds))).encode()),))
