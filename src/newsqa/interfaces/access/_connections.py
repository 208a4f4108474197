"""Connections that end: each has so long to send a request, and a full server drops the one idle for longest.

Answers may take as long as they need, streams as long as somebody reads them, uploads as long as they go on.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol


@dataclass(frozen=True, slots=True)
class ClientPatience:
    """Seconds that a client has: for a request's headers, for each `body_bytes` of its body, to read on."""

    head: float = 15.0
    body: float = 20.0
    body_bytes: int = 20_000
    reading: float = 60.0


class BoundedProtocol(H11Protocol):
    """uvicorn's HTTP/1.1, for clients that may be slow, or hold connections for nothing."""

    patience = ClientPatience()

    def connection_made(self, transport: Any) -> None:
        """A new connection: the server makes room for it, and waits for its request."""
        self._timer: asyncio.TimerHandle | None = None
        self._stuck: asyncio.TimerHandle | None = None
        self._waits_for = ""
        self._taken = self._wanted = 0
        self._since = self.loop.time()
        super().connection_made(transport)
        self._make_room()
        self._wait()

    def data_received(self, data: bytes) -> None:
        """More of a request."""
        self._taken += len(data)
        super().data_received(data)
        self._wait()

    def on_response_complete(self) -> None:
        """An answer is sent; the next request may be waiting already."""
        super().on_response_complete()
        self._since = self.loop.time()
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is gone."""
        for timer in (self._timer, self._stuck):
            if timer is not None:
                timer.cancel()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """The client reads more slowly than it is written to."""
        super().pause_writing()
        self._expect_reading()

    def resume_writing(self) -> None:
        """The client reads again."""
        if self._stuck is not None:
            self._stuck.cancel()
        super().resume_writing()

    @property
    def idle(self) -> bool:
        """Whether no request is being answered or sent."""
        return self._state() == "head"

    def _state(self) -> str:
        """What the server waits for: a `head`, a `body`, or nothing."""
        if self.conn.their_state is h11.SEND_BODY:
            return "body"
        return "head" if self.conn.their_state is h11.IDLE else ""

    def _wait(self) -> None:
        """Set the time for what is waited for, once for each head and for each part of a body."""
        state = self._state()
        if state == self._waits_for:
            return
        self._waits_for = state
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if state == "head":
            self._timer = self.loop.call_later(self.patience.head, self._check_head)
        elif state == "body":
            self._expect_more()

    def _check_head(self) -> None:
        """End a connection that sends no request, unless it is still reading the last answer."""
        if self.transport.get_write_buffer_size():
            self._timer = self.loop.call_later(self.patience.head, self._check_head)
        else:
            self.transport.close()

    def _expect_more(self) -> None:
        self._wanted = self._taken + self.patience.body_bytes
        self._timer = self.loop.call_later(self.patience.body, self._check_body)

    def _check_body(self) -> None:
        """End a connection whose body does not go on; one that the server itself holds up goes on."""
        ours = self.flow.read_paused or (self.cycle is not None and self.cycle.waiting_for_100_continue)
        answered = self.cycle is not None and self.cycle.response_complete
        if (self._taken < self._wanted and not ours) or answered:
            self._drop()
        else:
            self._expect_more()

    def _expect_reading(self) -> None:
        left = self.transport.get_write_buffer_size()
        self._stuck = self.loop.call_later(self.patience.reading, self._check_reading, left)

    def _check_reading(self, left: int) -> None:
        """End a connection whose client has read nothing meanwhile."""
        if self.transport.get_write_buffer_size() < left:
            self._expect_reading()
        else:
            self._drop()

    def _drop(self) -> None:
        """Close; what a client does not read is not waited for."""
        if self.transport.get_write_buffer_size():
            self.transport.abort()
        else:
            self.transport.close()

    def _make_room(self) -> None:
        """Drop the connection that has been idle for longest if there are too many."""
        most = self.limit_concurrency
        if most is None or len(self.connections) < most:
            return
        idle = [
            one for one in self.connections if isinstance(one, BoundedProtocol) and one.idle and one is not self
        ]
        if idle:
            longest = min(idle, key=lambda one: one._since)
            self.connections.discard(longest)
            longest._drop()
