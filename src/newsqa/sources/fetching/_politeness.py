"""Politeness to sites: what robots.txt allows, one page at a time from a host, and pauses after errors."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit
from urllib.robotparser import RobotFileParser

from newsqa.errors import FetchError
from newsqa.sources.fetching._fetcher import FetchedPage, Fetcher
from newsqa.sources.fetching.responses import show_url

_ROBOTS_KINDS = frozenset(("text/plain", "text/html", "text/x-robots", "application/octet-stream"))
_LONGEST_DELAY = 60.0
_ROBOTS_LINES = 20_000
_ROBOTS_FOR_S = 3_600.0
_LONGEST_PAUSE_S = 3_600.0
_HOSTS = 10_000


class Robots:
    """The rules of one site for newsqa. No robots.txt (404 and the like) allows everything."""

    def __init__(self, text: str, user_agent: str) -> None:
        self._agent = user_agent
        self._parser = RobotFileParser()
        try:
            self._parser.parse(text.splitlines()[:_ROBOTS_LINES])
        except ValueError:  # a number that int() does not take: rules that cannot be read are none
            self._parser = RobotFileParser()
            self._parser.parse([])

    @classmethod
    def of(cls, url: str, fetcher: Fetcher) -> Robots:
        """The rules of the site of `url`; raises `FetchError` when the site cannot say what they are."""
        parts = urlsplit(url)
        try:
            page = fetcher.fetch(f"{parts.scheme}://{parts.netloc}/robots.txt", kinds=_ROBOTS_KINDS)
        except FetchError as error:
            if 400 <= error.status < 500 and error.status != 429:
                return cls("", fetcher.user_agent)
            raise
        text = "" if page.content_type == "text/html" else page.body.decode("utf-8-sig", "replace")
        return cls(text, fetcher.user_agent)

    def allows(self, url: str) -> bool:
        """Whether newsqa may fetch a URL of this site."""
        return self._parser.can_fetch(self._agent, url)

    @property
    def delay(self) -> float:
        """The seconds between two requests that the site asks for, at most a minute."""
        asked = self._parser.crawl_delay(self._agent)
        return min(_LONGEST_DELAY, float(asked or 0))


@dataclass(slots=True)
class _Host:
    """What is known of a host: its rules, when it may be asked again, and how often it failed in a row."""

    robots: Robots | None = None
    robots_until: float = 0.0
    not_before: float = 0.0
    resting: bool = False
    failures: int = 0


class Visitor:
    """Fetches through `fetcher`, at most one page in `delay` seconds from a host, and honours robots.txt.

    After 429 or a server error a host is left alone for the time it asks for (Retry-After), else for 2, 4, 8 ...
    seconds. A pause of up to `patience` seconds is waited for and the page asked for again, at most twice; with
    a longer one, `fetch` raises `FetchError` until it is over. Once `stop` is true, nothing is waited for.
    """

    def __init__(
        self,
        fetcher: Fetcher,
        *,
        delay: float = 1.0,
        patience: float = 30.0,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        stop: Callable[[], bool] | None = None,
    ) -> None:
        self.fetcher = fetcher
        self._delay = delay
        self._patience = patience
        self._clock = clock
        self._sleep = sleep
        self._stop = stop
        self._until = self._most = math.inf
        self._hosts: dict[str, _Host] = {}

    def begin(self, seconds: float, received: int) -> None:
        """From now on, all pages together may take so many seconds and bytes."""
        self._until, self._most = self._clock() + seconds, self.fetcher.received + received

    @property
    def spent(self) -> bool:
        """Whether that is over."""
        return self._clock() >= self._until or self.fetcher.received >= self._most

    def fetch(self, url: str, *, robots: bool = True, **conditions: Any) -> FetchedPage:
        """The page at `url`, as `Fetcher.fetch` gives it; raises `FetchError`.

        `robots` is left out for a page that a person named, which is not what robots.txt is about.
        """
        host = self._host(url)
        if robots and not self._robots(url, host).allows(url):
            raise FetchError(f"{show_url(url)} is closed to programs by the site's robots.txt. Leave it out.")
        for left in (2, 1, 0):
            self._wait(url, host)
            try:
                page = self.fetcher.fetch(url, **conditions)
            except FetchError as error:
                if error.status != 429 and error.status < 500:
                    raise
                self._rest(host, error)
                if not left or host.not_before - self._clock() > self._patience:
                    raise
            else:
                host.failures = 0
                return page
        raise AssertionError("the last try returns or raises")

    def _host(self, url: str) -> _Host:
        try:
            name = urlsplit(url).netloc.lower()
        except ValueError:
            name = ""
        if len(self._hosts) >= _HOSTS:
            self._hosts.clear()
        return self._hosts.setdefault(name, _Host())

    def _robots(self, url: str, host: _Host) -> Robots:
        if host.robots is None or self._clock() >= host.robots_until:
            self._wait(url, host)
            try:
                host.robots = Robots.of(url, self.fetcher)
            except FetchError as error:
                self._rest(host, error)
                raise
            host.robots_until = self._clock() + _ROBOTS_FOR_S
        return host.robots

    def _wait(self, url: str, host: _Host) -> None:
        """Waits for the host's turn, and takes it; raises `FetchError` when that is too far off."""
        wait = host.not_before - self._clock()
        if host.resting and wait > self._patience:
            raise FetchError(
                f"{show_url(url)} is left alone for {wait:.0f} seconds more, after an error of its server. "
                "Try again later.",
                status=429,
                retry_after=wait,
            )
        if self._clock() + max(0.0, wait) >= self._until:
            self._until = self._clock()
            raise FetchError(f"{show_url(url)} was not fetched: the time for all pages is over. Try again later.")
        while self._stop is not None and wait > 1.0 and not self._stop():
            self._sleep(1.0)
            wait -= 1.0
        if wait > 0:
            self._sleep(min(wait, 1.0) if self._stop is not None else wait)
        host.resting = False
        own = host.robots.delay if host.robots else 0.0
        host.not_before = self._clock() + max(self._delay, own)

    def _rest(self, host: _Host, error: FetchError) -> None:
        host.failures += 1
        asked = 2.0 ** min(host.failures, 12) if error.retry_after is None else error.retry_after
        host.not_before = max(host.not_before, self._clock() + min(_LONGEST_PAUSE_S, asked))
        host.resting = True
