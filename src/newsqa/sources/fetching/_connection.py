"""A connection to one of a host's addresses, all public ones, on which nothing lasts longer than its deadline."""

from __future__ import annotations

import http.client
import io
import socket
import ssl
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any, Self

from newsqa.errors import FetchError

_NAT64 = ip_network("64:ff9b::/96")
_RELAYS = ip_network("192.88.99.0/24")

Resolve = Callable[[str, int], list[str]]
"""Host and port to the addresses that the host has, in the order in which to try them."""

Connect = Callable[[tuple[str, int], float], socket.socket]
"""An address with its port, and a timeout in seconds, to a connected socket."""

_TRY_AT_MOST = 4
_ONE_TRY_S = 10.0


def is_public(address: str) -> bool:
    """Whether an IP address is one of the public internet; an embedded IPv4 address decides for its IPv6 one.

    Not public: private, loopback, link-local, multicast, reserved, documentation and carrier-grade NAT ranges,
    and whatever is no address.
    """
    try:
        return _is_public(ip_address(address))
    except ValueError:
        return False


def _is_public(address: IPv4Address | IPv6Address) -> bool:
    if isinstance(address, IPv6Address):
        if address.scope_id or address.is_site_local:
            return False
        embedded = address.ipv4_mapped or address.sixtofour
        if embedded is None and address in _NAT64:
            embedded = IPv4Address(int(address) & 0xFFFF_FFFF)
        if embedded is not None:
            return _is_public(embedded)
    if address in _RELAYS:
        return False
    inward = address.is_private or address.is_loopback or address.is_link_local or address.is_unspecified
    return address.is_global and not (inward or address.is_multicast or address.is_reserved)


def resolve(host: str, port: int) -> list[str]:
    """The addresses that the system's resolver gives for a host; raises `OSError`."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def resolve_within(lookup: Resolve, host: str, port: int, seconds: float) -> list[str]:
    """What `lookup` gives, if it answers in time; raises `FetchError`. A late lookup is left to end by itself."""
    found: list[str] = []
    failed: list[BaseException] = []

    def look() -> None:
        try:
            found.extend(lookup(host, port))
        except BaseException as error:  # raised in the caller's thread
            failed.append(error)

    thread = threading.Thread(target=look, name="newsqa-resolve", daemon=True)
    thread.start()
    thread.join(seconds)
    if thread.is_alive():
        raise FetchError(f"Looking up {host} took too long. Check the network, and try again.")
    if failed and not isinstance(failed[0], OSError | UnicodeError):
        raise failed[0]
    if failed or not found:
        raise FetchError(f"There is no host {host}. Check the address, and the network.") from (
            failed[0] if failed else None
        )
    return found


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
        connect: Connect,
    ) -> None:
        self._deadline = deadline
        self._socket = _open(host, port, addresses, deadline, connect)
        try:
            if tls is not None:
                self._socket.settimeout(_measure_rest(deadline))
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
            return connect((address, port), min(_ONE_TRY_S, _measure_rest(deadline)))
        except OSError as error:
            last = error
    said = describe_error(last) if last else "it has no address"
    raise FetchError(f"No connection to {host} ({said}). Check the address, or try again later.") from last


def _measure_rest(deadline: float) -> float:
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
        self._inner.settimeout(_measure_rest(self._deadline))
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
        self._inner.settimeout(_measure_rest(self._deadline))
        return self._inner.recv_into(buffer)
