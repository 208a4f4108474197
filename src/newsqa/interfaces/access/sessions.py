"""Who is logged in to the page: random session ids in memory, each tied to a token that must still hold."""

from __future__ import annotations

import hashlib
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable
from http.cookies import CookieError, SimpleCookie

from newsqa.interfaces.access.tokens import Token, TokenStore

COOKIE = "newsqa_session"
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
        """The token of the session that a `Cookie` header names, if both still hold."""
        key = _hash(session_id(cookies))
        token_id, until = self._open.get(key, ("", 0.0))
        if not token_id:
            return None
        token = self._tokens.holding(token_id) if self._clock() < until else None
        if token is None:
            self._open.pop(key, None)
        return token

    def end(self, cookies: str) -> None:
        """Forget a session."""
        self._open.pop(_hash(session_id(cookies)), None)


def session_id(cookies: str) -> str:
    """The session's id in a `Cookie` header, or an empty string."""
    try:
        found = SimpleCookie(cookies).get(COOKIE)
    except CookieError:
        return ""
    return found.value if found else ""


def cookie(key: str, *, https: bool) -> str:
    """The `Set-Cookie` header of a session; an empty key removes it."""
    age = SECONDS if key else 0
    return f"{COOKIE}={key}; Path=/; Max-Age={age}; HttpOnly; SameSite=Lax" + ("; Secure" if https else "")


def _hash(key: str) -> str:
    """Sessions are looked up by their hash, so that the time of a lookup tells nothing of an id."""
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()
