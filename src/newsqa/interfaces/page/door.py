"""The way in to Gradio: only the events that the page has get through, with what they may carry. Pure ASGI."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Collection, MutableMapping
from typing import Any

import gradio as gr

from newsqa.interfaces.access.policy import Policy
from newsqa.interfaces.access.requests import Refusal, first_value, read_headers
from newsqa.interfaces.access.rights import POLICY, TOKEN, find_need, refuse_writing
from newsqa.interfaces.access.sessions import read_cookies
from newsqa.interfaces.page.assets import KEPT, find_asset, send_asset, show_card
from newsqa.interfaces.page.events import EventRefusedError, Events, read_cancellation

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[MutableMapping[str, Any], Receive, Send], Awaitable[None]]

_COOKIE = "newsqa_page"
_YEAR = 365 * 24 * 3600
_MOST_UPLOADS = 10_000
_JOIN, _CANCEL, _UPLOAD = "/gradio_api/queue/join", "/gradio_api/cancel", "/gradio_api/upload"
_STREAMS = ("/gradio_api/heartbeat/", "/gradio_api/queue/data")
_NOTHING = Refusal(404, "not_found", "There is nothing here. The page is at /.")


class Uploads:
    """Which files came from which browser; the oldest are forgotten first. One thread only."""

    def __init__(self) -> None:
        self._known: OrderedDict[tuple[str, str], None] = OrderedDict()

    def add(self, visitor: str, paths: Collection[str]) -> None:
        """Remember what a browser has uploaded."""
        self._known |= dict.fromkeys((visitor, path) for path in paths)
        while len(self._known) > _MOST_UPLOADS:
            self._known.popitem(last=False)

    def of(self, visitor: str) -> set[str]:
        """The files of one browser; those that tell us no name have none."""
        return {path for owner, path in self._known if owner == visitor} if visitor else set()


class Door:
    """Stands in front of a page's Gradio, behind the guard: everything that Gradio would act on passes here.

    A browser is known by a random cookie; its uploads are the only files that its events may name.
    """

    def __init__(self, app: App, page: gr.Blocks) -> None:
        self._app = app
        self._events = Events.of(page)
        self._takes_files = any(isinstance(block, gr.File) for block in page.blocks.values())
        self._uploads = Uploads()
        self._ending = asyncio.Event()

    def end_streams(self) -> None:
        """End what Gradio keeps open for each page, as if their browsers had left; the server is ending."""
        self._ending.set()

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """Handles one connection of the page."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        asset = find_asset(scope["path"]) if scope["method"] in {"GET", "HEAD"} else None
        if asset is not None:
            await send_asset(asset, first_value(read_headers(scope), "accept-encoding"), scope["method"], send)
            return
        try:
            await self._handle(scope, receive, send)
        except EventRefusedError as error:
            await _refuse(send, error.refusal)

    async def _handle(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        path, visitor = scope["path"].rstrip("/"), _visitor(scope)
        if find_need(scope["method"], scope["path"]) is None or (path == _UPLOAD and not self._takes_files):
            raise EventRefusedError(_NOTHING)
        if scope["method"] == "POST" and path in {_JOIN, _CANCEL}:
            body = await _read_body(receive)
            if path == _JOIN:
                event, body = self._events.read(body, self._uploads.of(visitor))
                _check(refuse_writing(scope) if event.writes else None)
            else:
                body = read_cancellation(body)
            scope, receive = _replace_body(scope, receive, body)
        elif path == _UPLOAD:
            _check(refuse_writing(scope))
            send = self._note_uploads(visitor, send)
        elif path == "/theme.css" and scope.get("query_string", b"").startswith(b"v="):
            send = _keep(send)
        elif path in {"", "/config"}:
            scope = {**scope, "query_string": b""}  # what it says is for the page's own scripts
            send = send if path else show_card(send)
            send = send if visitor or path else _name_visitor(scope, send)
        elif path.startswith(_STREAMS):
            await self._stream(scope, receive, send)
            return
        await self._app(scope, receive, send)

    async def _stream(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """A stream, which goes on until its browser leaves or the server ends."""
        goes_on = False

        async def until_the_end() -> Message:
            waits: list[asyncio.Future[Any]] = [
                asyncio.ensure_future(receive()),
                asyncio.ensure_future(self._ending.wait()),
            ]
            try:
                await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
                return {"type": "http.disconnect"} if self._ending.is_set() else waits[0].result()
            finally:
                for wait in waits:
                    wait.cancel()

        async def noting(message: Message) -> None:
            nonlocal goes_on
            goes_on = message["type"] == "http.response.start" or bool(message.get("more_body"))
            await send(message)

        await self._app(scope, until_the_end, noting)
        if goes_on:
            await send({"type": "http.response.body", "body": b""})

    def _note_uploads(self, visitor: str, send: Send) -> Send:
        """`send`, which remembers the files that Gradio says it has kept."""
        said: list[bytes] = []

        async def noting(message: Message) -> None:
            said.append(message.get("body", b""))
            if message["type"] == "http.response.body" and not message.get("more_body"):
                self._uploads.add(visitor, _paths(b"".join(said)))
            await send(message)

        return noting


def _visitor(scope: MutableMapping[str, Any]) -> str:
    """Who a browser is: its cookie, and the token that it came with; empty without a cookie."""
    values = read_cookies("; ".join(read_headers(scope).get("cookie", [])), _COOKIE)
    token = scope.get(TOKEN)
    return f"{token.id if token else ''} {values[0]}" if values and values[0] else ""


def _name_visitor(scope: MutableMapping[str, Any], send: Send) -> Send:
    """`send`, which gives the browser a name."""
    policy: Policy | None = scope.get(POLICY)
    root, secure = (policy.root, "; Secure" * policy.https) if policy else ("", "")
    name = f"{_COOKIE}={secrets.token_urlsafe(32)}; Path={root}/; Max-Age={_YEAR}; HttpOnly; SameSite=Lax{secure}"

    async def naming(message: Message) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message["headers"], (b"set-cookie", name.encode())]}
        await send(message)

    return naming


def _keep(send: Send) -> Send:
    """`send`, which lets a browser keep what it gets."""

    async def keeping(message: Message) -> None:
        if message["type"] == "http.response.start" and message["status"] == 200:
            message = {**message, "headers": [*message["headers"], (b"cache-control", KEPT.encode())]}
        await send(message)

    return keeping


def _check(refusal: Refusal | None) -> None:
    if refusal is not None:
        raise EventRefusedError(refusal)


async def _read_body(receive: Receive) -> bytes:
    """The body; the guard bounds it."""
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message["type"] == "http.request" and bool(message.get("more_body"))
    return body


def _replace_body(
    scope: MutableMapping[str, Any], receive: Receive, body: bytes
) -> tuple[MutableMapping[str, Any], Receive]:
    """The request with another body, as JSON."""
    headers = [(n, v) for n, v in scope["headers"] if n not in {b"content-type", b"content-length"}]
    headers += [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    left = [{"type": "http.request", "body": body, "more_body": False}]

    async def again() -> Message:
        return left.pop() if left else await receive()

    return {**scope, "headers": headers}, again


def _paths(answer: bytes) -> list[str]:
    """The paths in what Gradio answers to an upload."""
    try:
        said = json.loads(answer)
    except ValueError:
        return []
    return [path for path in said if isinstance(path, str)] if isinstance(said, list) else []


async def _refuse(send: Send, refusal: Refusal) -> None:
    """A refusal as JSON, with the words where Gradio's own clients look for them, too."""
    body = json.dumps({**json.loads(refusal.body()), "detail": refusal.message}).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": refusal.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
