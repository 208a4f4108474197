"""What robots.txt allows, read from bytes that were fetched with the same checks as any page."""

from __future__ import annotations

from urllib.parse import urlsplit
from urllib.robotparser import RobotFileParser

from newsqa.errors import FetchError
from newsqa.sources.fetching.fetcher import Fetcher

_KINDS = frozenset(("text/plain", "text/html", "text/x-robots", "application/octet-stream"))
_LONGEST_DELAY = 60.0
_LINES = 20_000


class Robots:
    """The rules of one site for newsqa. No robots.txt (404 and the like) allows everything."""

    def __init__(self, text: str, user_agent: str) -> None:
        self._agent = user_agent
        self._parser = RobotFileParser()
        try:
            self._parser.parse(text.splitlines()[:_LINES])
        except ValueError:  # a number that int() does not take: rules that cannot be read are none
            self._parser = RobotFileParser()
            self._parser.parse([])

    @classmethod
    def of(cls, url: str, fetcher: Fetcher) -> Robots:
        """The rules of the site of `url`; raises `FetchError` when the site cannot say what they are."""
        parts = urlsplit(url)
        try:
            page = fetcher.fetch(f"{parts.scheme}://{parts.netloc}/robots.txt", kinds=_KINDS)
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
