"""What a request needs, and whether it may write: one table and one question for page, API and MCP server."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import Enum
from typing import TYPE_CHECKING, Any

from newsqa.interfaces.access.requests import Refusal

if TYPE_CHECKING:
    from newsqa.interfaces.access.policy import Policy
    from newsqa.interfaces.access.tokens import Token

POLICY, TOKEN = "newsqa.policy", "newsqa.token"
"""The keys of a request's scope that hold what the server allows, and the `Token` of who asks (None: no token)."""


class Need(Enum):
    """What a request needs where there are tokens: none, one that may read, or one that may write."""

    NOTHING = "nothing"
    READING = "reading"
    WRITING = "writing"


ROUTES = (
    ("GET", "/v1/health|/v1/ready|/favicon.ico|/robots.txt", Need.NOTHING),
    ("GET POST", "/login", Need.NOTHING),
    ("GET POST", "/logout", Need.READING),
    ("GET", "/v1/.*", Need.READING),
    ("POST", "/v1/(?:ask|search|chat/completions)", Need.READING),
    ("GET POST DELETE", "/mcp/?", Need.READING),
    ("GET", "/|/config/?|/theme.css|/manifest.json|/pwa_icon", Need.READING),
    ("GET", r"/a/[0-9a-f]{24}(?:\.(?:md|txt|csv))?|/c/[0-9a-f]{24}|/articles/[0-9a-f]{16}", Need.READING),
    ("GET", "/(?:assets|static|svelte)/.*", Need.READING),
    ("GET", "/gradio_api/(?:info/?|app_id/?|queue/data|upload_progress)", Need.READING),
    ("GET", "/gradio_api/heartbeat/[A-Za-z0-9-]{1,64}", Need.READING),
    ("POST", "/gradio_api/(?:queue/join/?|cancel)", Need.READING),  # the page's door asks again for an event
    ("POST", "/gradio_api/upload", Need.WRITING),
)
"""Methods, path and need of every route there is, but for those of the API that write: their default."""
_ROUTES = [(frozenset(methods.split()), re.compile(path), need) for methods, path, need in ROUTES]


def find_need(method: str, path: str) -> Need | None:
    """What a request needs; None if there is nothing there. What is not listed below /v1/ writes."""
    asked = "GET" if method == "HEAD" else method
    for methods, pattern, need in _ROUTES:
        if asked in methods and pattern.fullmatch(path):
            return need
    if not path.startswith("/v1/"):
        return None
    return Need.READING if method == "OPTIONS" else Need.WRITING


def refuse_writing(scope: Mapping[str, Any]) -> Refusal | None:
    """Why this request may not change the articles; None if it may. One that no guard has seen may not."""
    policy: Policy | None = scope.get(POLICY)
    token: Token | None = scope.get(TOKEN)
    if policy is not None and not policy.read_only and (token is None or token.write):
        return None
    why = "This token may only read." if token and not token.write else "This server is read-only."
    return Refusal(403, "read_only", f"{why} Articles can be added with `newsqa ingest` where it runs.")
