"""A socket that listens, and uvicorn on it."""

from __future__ import annotations

import signal
import socket
import sys
import threading
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

from newsqa.errors import SettingsError

_CONNECTIONS = 1_000
_GOODBYE_SECONDS = 3


def open_listener(host: str, port: int) -> socket.socket:
    """A socket that listens; raises `SettingsError` if it cannot."""
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        return socket.create_server((host, port), family=family, backlog=512)
    except (OSError, UnicodeError) as error:
        raise SettingsError(
            f"The server cannot listen on {host}, port {port}: it may be in use. Choose another with --port."
        ) from error


def run(
    app: Any,
    listener: socket.socket,
    on_ready: Callable[[str], None] | None = None,
    drain: Callable[[], Awaitable[None]] | None = None,
) -> None:
    """Run an ASGI application on a socket until told to end; `drain` is awaited before connections are closed.

    Raises KeyboardInterrupt for Ctrl-C, SystemExit for SIGTERM.
    """
    import uvicorn

    from newsqa.interfaces.access._connections import BoundedProtocol

    class Announcing(uvicorn.Server):
        """Says when it answers."""

        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            """Starts, then tells where."""
            await super().startup(sockets)
            if self.started and on_ready is not None:
                host, port = listener.getsockname()[:2]
                shown = f"[{host}]" if ":" in host else host
                on_ready(f"http://{shown}:{port}/")

        async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
            """Ends, when what is in hand has ended."""
            if drain is not None:
                await drain()
            await super().shutdown(sockets)

    config = uvicorn.Config(
        app,
        http=BoundedProtocol,  # h11, which is strict about what it parses
        ws="none",
        lifespan="on",
        access_log=False,
        log_config=None,
        server_header=False,
        proxy_headers=False,
        limit_concurrency=_CONNECTIONS,
        timeout_keep_alive=10,
        timeout_graceful_shutdown=_GOODBYE_SECONDS,
    )
    _allow_files(4 * _CONNECTIONS)
    if threading.current_thread() is threading.main_thread():  # uvicorn, too, minds signals only there
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))  # which uvicorn raises again when it has ended
    Announcing(config).run(sockets=[listener])


def _allow_files(number: int) -> None:
    """Let the process open so many files, if the system lets it: each connection is one."""
    with suppress(ImportError, OSError, ValueError):  # not every system has such limits
        import resource

        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        if soft != resource.RLIM_INFINITY and soft < number:
            most = number if hard == resource.RLIM_INFINITY else min(number, hard)
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
