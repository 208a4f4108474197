"""Keeps a Python process on its own machine: any connection but to the loopback interface raises.

Python imports a module of this name at start-up, so putting this folder on PYTHONPATH guards every Python
process that a test starts; conftest.py imports it for the test process itself.
"""

from __future__ import annotations

import re
import sys
from typing import Any

_INWARD = re.compile(r"(?:10|169\.254)\.[0-9.]+|[0-9]+|0x[0-9a-f]+|64:ff9b:[0-9a-f:]+", re.IGNORECASE)
_LOCAL_NAMES = frozenset({"", "localhost", "ip6-localhost", "::", "::1", "0.0.0.0"})  # noqa: S104 - names, not binds


class OutsideConnectionError(RuntimeError):
    """Something tried to leave the machine; deliberately no OSError, which callers retry or swallow."""


def is_local(host: object) -> bool:
    """Whether a host name or address stays on this machine; other names are not looked up to find out."""
    if host is None:
        return True
    name = host.decode("ascii", "replace") if isinstance(host, bytes) else str(host)
    name = name.lower().removeprefix("::ffff:")
    return name in _LOCAL_NAMES or name.startswith("127.")


def _refuse_outside(event: str, arguments: tuple[Any, ...]) -> None:
    if event in {"socket.connect", "socket.sendto"}:
        address = arguments[1]
        host = address[0] if isinstance(address, tuple) else None  # a string is a Unix socket's path
    elif event in {"socket.getaddrinfo", "socket.gethostbyname"}:
        host = arguments[0]
        if isinstance(host, str) and _INWARD.fullmatch(host):
            return  # an inward address, oddly spelt: reading it sends nothing, and newsqa has to refuse it
    else:
        return
    if not is_local(host):
        raise OutsideConnectionError(
            f"{event}: newsqa and its tests use no network, but this reached for {host!r}"
        )


sys.addaudithook(_refuse_outside)
