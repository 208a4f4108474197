"""What a server allows, read from the settings before it listens, and how often each client may ask."""

from __future__ import annotations

import re
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import TYPE_CHECKING

from newsqa.errors import SettingsError
from newsqa.interfaces.access.tokens import TokenStore

if TYPE_CHECKING:
    from newsqa.settings import Settings

_CLIENTS = 10_000
_LOCAL_NAMES = {"localhost", "ip6-localhost"}
_ORIGIN = re.compile(r"https?://[A-Za-z0-9.-]+(:\d{1,5})?")
MEGABYTE = 1_000_000
Network = IPv4Network | IPv6Network


@dataclass(frozen=True, slots=True)
class Policy:
    """What a server allows. `hosts` are the names under which it may be asked for, besides IP addresses.

    `rate` is requests a minute for each client (0: any number); the `*_bytes` are the largest bodies; `proxies`
    are believed in whom they ask for; `root` is the path below which users reach the server.
    """

    loopback: bool = True
    hosts: frozenset[str] = frozenset(_LOCAL_NAMES)
    origins: tuple[str, ...] = ()
    rate: int = 0
    body_bytes: int = MEGABYTE
    article_bytes: int = 21 * MEGABYTE
    upload_bytes: int = 101 * MEGABYTE
    read_only: bool = False
    https: bool = False
    proxies: tuple[Network, ...] = ()
    root: str = ""

    @classmethod
    def of(cls, settings: Settings, host: str) -> Policy:
        """The policy that the settings describe, for a server that listens on `host`."""
        names = {name.lower() for name in _split_list(settings.allowed_hosts)} | _LOCAL_NAMES
        if not _is_address(host):
            names.add(host.lower())
        origins = tuple(origin.rstrip("/") for origin in _split_list(settings.cors_origins))
        wrong = [origin for origin in origins if not _ORIGIN.fullmatch(origin)]
        if wrong:
            raise SettingsError(
                f"NEWSQA_CORS_ORIGINS: “{wrong[0][:80]}” is no origin. Write it as https://host or https://host:port."
            )
        largest = settings.max_file_mb * MEGABYTE
        return cls(
            loopback=is_loopback(host),
            hosts=frozenset(names),
            origins=origins,
            rate=settings.rate_limit,
            article_bytes=largest + MEGABYTE,
            upload_bytes=max(5 * largest, 100 * MEGABYTE) + MEGABYTE,
            read_only=settings.read_only,
            https=settings.https,
            proxies=tuple(map(_parse_network, _split_list(settings.trusted_proxies))),
            root=settings.root_path.rstrip("/"),
        )

    def knows(self, host: str) -> bool:
        """Whether a `Host` header names this server: an IP address, or one of its names.

        A page of another site can make its own name point here (DNS rebinding), but then the header has that name.
        On the loopback interface only loopback addresses count.
        """
        name = _strip_port(host)
        if name is None:
            return False
        if _is_address(name):
            return is_loopback(name) or not self.loopback
        return name.lower().rstrip(".") in self.hosts


def check_exposure(host: str, tokens: TokenStore) -> None:
    """Refuse to listen on other than loopback addresses while nobody has a token; raises `SettingsError`."""
    if is_loopback(host) or any(not token.expired for token in tokens.all()):
        return
    raise SettingsError(
        f"Listening on {host} would let everyone who can reach this machine read the articles, and there is no "
        "token to keep them out. Make one with `newsqa token new NAME`, or listen on 127.0.0.1."
    )


def is_loopback(host: str) -> bool:
    """Whether a host is this machine's loopback interface, by address or by the usual name."""
    if host.lower() in _LOCAL_NAMES:
        return True
    try:
        address = ip_address(host.strip("[]"))
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback


def _is_address(host: str) -> bool:
    try:
        ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True


def _parse_network(text: str) -> Network:
    try:
        return ip_network(text, strict=False)
    except ValueError as error:
        raise SettingsError(
            f"NEWSQA_TRUSTED_PROXIES: “{text[:80]}” is no address. Write 10.0.0.7, or a network as 10.0.0.0/24."
        ) from error


def _strip_port(host: str) -> str | None:
    """The name or address of a `Host` header; None if it is not well formed."""
    match = re.fullmatch(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?::\d{1,5})?", host)
    return match[1] if match else None


def _split_list(text: str | None) -> list[str]:
    return [part.strip() for part in (text or "").split(",") if part.strip()]


class RateLimit:
    """Allows each client `per_minute` requests a minute, all at once after a quiet minute; 0: any number.

    The clients that were quiet for longest are forgotten first. Not for several threads.
    """

    def __init__(self, per_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._size = float(per_minute)
        self._clock = clock
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def wait(self, client: str) -> float:
        """0 if the client may go on, which is counted; else the seconds after which it may."""
        if not self._size:
            return 0.0
        now = self._clock()
        left, then = self._left.pop(client, (self._size, now))
        left = min(self._size, left + (now - then) * self._size / 60.0)
        short = 1.0 - left
        self._left[client] = (left if short > 0 else left - 1.0, now)
        if len(self._left) > _CLIENTS:
            self._left.popitem(last=False)
        return max(0.0, short * 60.0 / self._size)

    def is_spent(self, client: str) -> bool:
        """Whether the client has none left, without counting anything."""
        if not self._size or client not in self._left:
            return False
        left, then = self._left[client]
        return left + (self._clock() - then) * self._size / 60.0 < 1.0
