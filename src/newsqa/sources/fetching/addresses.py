"""Which addresses may be connected to: public ones, whatever name led to them."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from newsqa.errors import FetchError

_NAT64 = ip_network("64:ff9b::/96")
_RELAYS = ip_network("192.88.99.0/24")

Resolve = Callable[[str, int], list[str]]
"""Host and port to the addresses that the host has, in the order in which to try them."""


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
