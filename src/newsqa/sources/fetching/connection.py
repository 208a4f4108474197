"""A connection to an address that has been checked, on which nothing lasts longer than its deadline."""

from __future__ import annotations

import http.client
import io
import socket
import ssl
import time
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any, Self

from newsqa.errors import FetchError

Connect = Callable[[tuple[str, int], float], socket.socket]
"""An address with its port, and a timeout in seconds, to a connected socket."""

_TRY_AT_MOST = 4
_ONE_TRY_S = 10.0


def connect(address: tuple[str, int], timeout: float) -> socket.socket:
    """A TCP connection to a numeric address; raises `OSError`."""
    return socket.create_connection(address, timeout=timeout)


@lru_cache(maxsize=1)
def make_ssl_context() -> ssl.SSLContext:
    """Verifies certificates and host names, against the system's authorities and those of certifi."""
    import certifi

    context = ssl.create_default_context()
    context.load_verify_locations(certifi.where())
    return context


class FetchConnection:
    """One request on one connection to one of `addresses`; the name `host` is only told to the server.

    Nothing here looks the name up again. TLS verifies the certificate for `host`. Raises `FetchError`.
    """

    def __init__(
        self,
        host: str,
        port: int,
        addresses: Sequence[str],
        deadline: float,
        *,
        tls: ssl.SSLContext | None,
        connect: Connect = connect,
    ) -> None:
        self._deadline = deadline
        self._socket = _open(host, port, addresses, deadline, connect)
        try:
            if tls is not None:
                self._socket.settimeout(_left(deadline))
                self._socket = tls.wrap_socket(self._socket, server_hostname=host)
        except ssl.SSLCertVerificationError as error:
            self._socket.close()
            said = error.verify_message or str(error)
            raise FetchError(
                f"The certificate of {host} is not valid ({said}). Do not trust this page."
            ) from error
        except (OSError, ValueError) as error:
            self._socket.close()
            raise FetchError(
                f"No encrypted connection to {host} ({describe_error(error)}). Try again later."
            ) from error

    def get(self, target: str, headers: Mapping[str, str]) -> http.client.HTTPResponse:
        """The response to a GET, its headers read and its body not; raises `OSError` or `HTTPException`."""
        channel = http.client.HTTPConnection("unused.invalid")
        channel.sock = _Timed(self._socket, self._deadline)
        channel.request("GET", target, headers=dict(headers))
        return channel.getresponse()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()


def describe_error(error: Exception) -> str:
    """What went wrong on a connection, in a few words."""
    if isinstance(error, TimeoutError):
        return "it took too long"
    text = (error.strerror if isinstance(error, OSError) else None) or str(error) or type(error).__name__
    return " ".join("".join(one if one.isprintable() else " " for one in text).split())[:120]


def _open(host: str, port: int, addresses: Sequence[str], deadline: float, connect: Connect) -> socket.socket:
    last: OSError | None = None
    for address in addresses[:_TRY_AT_MOST]:
        try:
            return connect((address, port), min(_ONE_TRY_S, _left(deadline)))
        except OSError as error:
            last = error
    said = describe_error(last) if last else "it has no address"
    raise FetchError(f"No connection to {host} ({said}). Check the address, or try again later.") from last


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


class _Timed:
    """What `http.client` uses of a socket, with one deadline over all of it."""

    def __init__(self, inner: socket.socket, deadline: float) -> None:
        self._inner = inner
        self._deadline = deadline

    def sendall(self, data: Any) -> None:
        self._inner.settimeout(_left(self._deadline))
        self._inner.sendall(data)

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(_Raw(self._inner, self._deadline))

    def close(self) -> None:
        """The connection closes its socket itself, when the body has been read."""


class _Raw(io.RawIOBase):
    def __init__(self, inner: socket.socket, deadline: float) -> None:
        self._inner = inner
        self._deadline = deadline

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self._inner.settimeout(_left(self._deadline))
        return self._inner.recv_into(buffer)
