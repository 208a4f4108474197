"""What leaves a server: every response with security headers, and what strangers may be told of an error."""

from __future__ import annotations

import base64
import gzip
import hashlib
import logging
import re
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any

from newsqa.errors import (
    ArticleError,
    FetchError,
    IndexLockedError,
    IndexMissingError,
    IndexRebuildingError,
    NewsqaError,
    QuestionError,
)
from newsqa.interfaces.access.requests import Refusal

Headers = list[tuple[bytes, bytes]]

_ALWAYS = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",  # with less, forms of our own would come from the origin “null”
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
}
_HSTS = "max-age=31536000"
NOTHING = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'; sandbox"
_INLINE = re.compile(rb"<script(?![^>]*\ssrc\s*=)[^>]*>(.*?)</script", re.DOTALL | re.IGNORECASE)
LOGIN = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src 'self'; form-action 'self'; frame-ancestors 'none'; "
    "base-uri 'none'"
)
Message = MutableMapping[str, Any]
DRAINED = 16_000_000
TOO_LARGE = Refusal(413, "too_large", "The body is too large. Send less at once.")
PAGE, FORM, DATA = "page", "form", "data"
"""What a response may be: Gradio's page, a plain form without scripts, or no document at all."""

_log = logging.getLogger(__name__)

INSIDE = "Something went wrong inside newsqa; the server's log says what."


def _build_page_policy(html: bytes) -> str:
    """The policy for Gradio's page: its own files, the inline scripts that it was sent with, and no other origin.

    Gradio runs a component's script by `new Function`, and styles components inline, so both are allowed; markup
    that came into the page later cannot run a script all the same, because no inline script but those is.
    """
    hashes = " ".join(
        f"'sha256-{base64.b64encode(hashlib.sha256(script).digest()).decode()}'"
        for script in dict.fromkeys(_INLINE.findall(html))
    )
    return (
        f"default-src 'none'; script-src 'self' 'unsafe-eval' {hashes}; style-src 'self' 'unsafe-inline'; "
        "img-src 'self' data: blob:; font-src 'self' data:; media-src 'self' blob:; connect-src 'self'; "
        "manifest-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'self'"
    )


def _secure_headers(headers: Iterable[tuple[bytes, bytes]], *, https: bool, policy: str) -> Headers:
    """The headers of a response with the security headers; what an app says of them itself is replaced.

    Cross-origin headers of the app are dropped: those are for the server's own settings to give.
    """
    ours = {**_ALWAYS, "content-security-policy": policy}
    if https:
        ours["strict-transport-security"] = _HSTS
    kept = [
        (name, value)
        for name, value in headers
        if name.lower().decode("latin-1") not in {*ours, "server"}
        and not name.lower().startswith(b"access-control-")
    ]
    if not any(name.lower() == b"cache-control" for name, _ in kept):
        kept.append((b"cache-control", b"no-store"))
    return kept + [(name.encode(), value.encode()) for name, value in ours.items()]


async def drain(receive: Callable[[], Awaitable[Message]]) -> None:
    """Take in the rest of a refused body, up to a bound: most clients read no answer before they have sent."""
    left = DRAINED
    while left > 0:
        message = await receive()
        left -= len(message.get("body", b""))
        if message["type"] != "http.request" or not message.get("more_body"):
            return


class BodyRefusedError(Exception):
    """The body is larger than allowed; raised into the app that reads it, whose answer is then replaced."""


class Response:
    """What is sent for one request; `kind` says which content security policy it gets.

    A page is `packed` where its browser can unpack it.
    """

    def __init__(
        self, send: Callable[[Message], Awaitable[None]], *, https: bool, kind: str = DATA, packed: bool = False
    ) -> None:
        self._send = send
        self._packed = packed
        self._https = https
        self._kind = kind
        self._refusal: Refusal | None = None
        self._start: Message | None = None
        self._held: list[bytes] = []
        self.status = 0
        self.code = ""

    def limit_body(
        self, receive: Callable[[], Awaitable[Message]], limit: int
    ) -> Callable[[], Awaitable[Message]]:
        """`receive`, which stops at `limit` bytes; the answer is then a refusal, whatever the app says."""
        taken = 0

        async def receive_bounded() -> Message:
            nonlocal taken
            message = await receive()
            if message["type"] == "http.request":
                taken += len(message.get("body", b""))
                if taken > limit:
                    self._refusal = TOO_LARGE
                    raise BodyRefusedError
            return message

        return receive_bounded

    async def send(self, message: Message) -> None:
        """What the app sends, with its headers; a page is held back until it is whole."""
        if self._refusal is not None and not self.status:
            return
        if message["type"] == "http.response.start":
            kind = next((v for n, v in message["headers"] if n.lower() == b"content-type"), b"")
            if self._kind == PAGE and kind.startswith(b"text/html"):
                self._start = message
            else:
                await self._begin(message["status"], message["headers"], LOGIN if self._kind == FORM else NOTHING)
        elif self._start is not None:
            self._held.append(message.get("body", b""))
            if not message.get("more_body"):
                await self._send_page(self._start, b"".join(self._held))
        else:
            await self._send(message)

    async def _send_page(self, start: Message, body: bytes) -> None:
        """The whole page, under a policy that lets the inline scripts run that it was sent with."""
        self._start = None
        policy, headers = _build_page_policy(body), start["headers"]
        if self._packed:  # nothing of an answer is in it, nor of the request
            body = gzip.compress(body)
            headers = [(name, value) for name, value in headers if name.lower() != b"content-length"]
            headers += [
                (b"content-length", str(len(body)).encode()),
                (b"content-encoding", b"gzip"),
                (b"vary", b"accept-encoding"),
            ]
        await self._begin(start["status"], headers, policy)
        await self._send({"type": "http.response.body", "body": body})

    async def _begin(self, status: int, headers: list[tuple[bytes, bytes]], policy: str) -> None:
        self.status = status
        headers = _secure_headers(headers, https=self._https, policy=policy)
        await self._send({"type": "http.response.start", "status": status, "headers": headers})

    async def finish(self) -> None:
        """What is left to say when the app is done."""
        if self._refusal is not None:
            await self.refuse(self._refusal)

    async def refuse(self, refusal: Refusal) -> None:
        """A refusal in place of the app's answer, if none has begun."""
        refusal = self._refusal or refusal
        if self.status:
            return
        self._refusal, self._start, self.code = refusal, None, refusal.code
        body = refusal.body()
        length = str(len(body)).encode()
        headers = [(b"content-type", b"application/json"), (b"content-length", length), *refusal.headers]
        await self._begin(refusal.status, headers, NOTHING)
        await self._send({"type": "http.response.body", "body": body})


def describe_publicly(error: Exception) -> str:
    """An error in words for whoever asked; what only the owner of the server may know goes to its log."""
    match error:
        case QuestionError() | ArticleError() | FetchError():
            return str(error)
        case IndexMissingError():
            return "There are no articles yet. Add some with `newsqa ingest` where the server runs."
        case IndexRebuildingError():
            return "The index is being rebuilt. Try again in some minutes."
        case IndexLockedError():
            return "Another process is writing to the index. Try again in some seconds."
        case NewsqaError():
            _log.error("%s", error)
            return "The index or a model cannot be used; the server's log says why."
        case _:
            _log.error("A request failed", exc_info=error)
            return INSIDE
