"""Who is logged in to the page: random session ids in memory, each tied to a token that must still hold."""

from __future__ import annotations

import hashlib
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable

from newsqa.interfaces.access.tokens import Token, TokenStore

SESSION_COOKIE = "newsqa_session"
SECONDS = 12 * 3600
_MOST = 10_000


class Sessions:
    """Sessions end after twelve hours, with their token, with the process, or at the logout. One thread only."""

    def __init__(self, tokens: TokenStore, clock: Callable[[], float] = time.monotonic) -> None:
        self._tokens = tokens
        self._clock = clock
        self._open: OrderedDict[str, tuple[str, float]] = OrderedDict()

    def start(self, token: Token) -> str:
        """A new session's id, to be kept in a cookie."""
        key = secrets.token_urlsafe(32)
        self._open[_hash(key)] = (token.id, self._clock() + SECONDS)
        if len(self._open) > _MOST:
            self._open.popitem(last=False)
        return key

    def token(self, cookies: str) -> Token | None:
        """The token of a session that a `Cookie` header names, if both still hold."""
        return next(filter(None, map(self._find, read_cookies(cookies, SESSION_COOKIE))), None)

    def _find(self, key: str) -> Token | None:
        token_id, until = self._open.get(_hash(key), ("", 0.0))
        token = self._tokens.find_by_id(token_id) if self._clock() < until else None
        if token is None:
            self._open.pop(_hash(key), None)
        return token

    def end(self, cookies: str) -> None:
        """Forget a session."""
        for key in read_cookies(cookies, SESSION_COOKIE):
            self._open.pop(_hash(key), None)


def read_cookies(cookies: str, name: str) -> list[str]:
    """The values of a name in a `Cookie` header; cookies of other applications may look like anything."""
    pairs = (part.partition("=") for part in cookies.split(";"))
    return [value.strip() for found, _, value in pairs if found.strip() == name]


def write_cookie(key: str, *, https: bool, root: str = "") -> str:
    """The `Set-Cookie` header of a session for what is below `root`; an empty key removes it."""
    age = SECONDS if key else 0
    return f"{SESSION_COOKIE}={key}; Path={root}/; Max-Age={age}; HttpOnly; SameSite=Lax" + (
        "; Secure" if https else ""
    )


def _hash(key: str) -> str:
    """Sessions are looked up by their hash, so that the time of a lookup tells nothing of an id."""
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()
