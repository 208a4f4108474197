"""A response on its way out: bounded request body, security headers, and the page's own policy. Pure ASGI."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from newsqa.interfaces.access.headers import LOGIN, NOTHING, page_policy, secure_headers
from newsqa.interfaces.access.requests import Refusal

Message = MutableMapping[str, Any]
DRAINED = 16_000_000
TOO_LARGE = Refusal(413, "too_large", "The body is too large. Send less at once.")
PAGE, FORM, DATA = "page", "form", "data"
"""What a response may be: Gradio's page, a plain form without scripts, or no document at all."""


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
    """What is sent for one request; `kind` says which content security policy it gets."""

    def __init__(self, send: Callable[[Message], Awaitable[None]], *, https: bool, kind: str = DATA) -> None:
        self._send = send
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

        async def bounded() -> Message:
            nonlocal taken
            message = await receive()
            if message["type"] == "http.request":
                taken += len(message.get("body", b""))
                if taken > limit:
                    self._refusal = TOO_LARGE
                    raise BodyRefusedError
            return message

        return bounded

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
        await self._begin(start["status"], start["headers"], page_policy(body))
        await self._send({"type": "http.response.body", "body": body})

    async def _begin(self, status: int, headers: list[tuple[bytes, bytes]], policy: str) -> None:
        self.status = status
        headers = secure_headers(headers, https=self._https, policy=policy)
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
