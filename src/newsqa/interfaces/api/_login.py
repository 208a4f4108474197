"""The page's login: a form without scripts that takes a token, and the way out."""

from __future__ import annotations

import html
from typing import Any
from urllib.parse import parse_qs, urlsplit

from newsqa.interfaces.access.guard import ADDRESS
from newsqa.interfaces.access.policy import Policy, RateLimit
from newsqa.interfaces.access.sessions import Sessions, write_cookie
from newsqa.interfaces.access.tokens import TokenStore

_TRIES = 10
_LONGEST = 4_096
_FIELDS_MOST = 4
_FORM = """<!doctype html><html lang="en"><meta charset="utf-8"><title>newsqa</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>
:root {{ color-scheme: light dark; font: 1.05rem/1.5 Charter, Georgia, serif }}
body {{ max-width: 26rem; margin: 12vh auto 0; padding: 0 1rem }}
input, button {{ font: inherit; width: 100%; box-sizing: border-box; padding: .6rem; margin: .4rem 0 }}
p[role=alert] {{ border-left: 4px solid #b3261e; padding-left: .6rem }}
</style>
<h1>newsqa</h1>{said}
<form method="post" action="{action}">{fields}<button>{button}</button></form></html>
"""
_FIELDS = """<input type="hidden" name="next" value="{next}"><label for="token">Your token</label>
<input id="token" name="token" type="password" autocomplete="current-password" required autofocus>"""
WRONG = "That token does not hold. Check it, or ask for a new one."
_OFTEN = "Too many tries. Wait a minute."
_MISSHAPEN = "That is not what this form sends. Fill it in again."


class Login:
    """`/login` and `/logout`; a token that holds opens a session, which the browser keeps as a cookie."""

    def __init__(self, tokens: TokenStore, sessions: Sessions, policy: Policy) -> None:
        self._tokens = tokens
        self._sessions = sessions
        self._policy = policy
        self._tries = RateLimit(_TRIES)

    async def handle(self, request: Any) -> Any:
        """Answers a request for either path."""
        if request.url.path == "/logout":
            if request.method == "POST":
                self._sessions.end(request.headers.get("cookie", ""))
                return self._redirect("/login", "")
            return _render_page("<p>Log out of this browser?</p>", f"{self._policy.root}/logout", "", "Log out")
        following = keep_local(request.query_params.get("next", "/"))
        if request.method != "POST":
            return self._render(following)
        body = b"".join([part async for part in request.stream()])
        try:
            fields = parse_qs(body[:_LONGEST].decode("utf-8", "replace"), max_num_fields=_FIELDS_MOST)
        except ValueError:
            return self._render(following, _MISSHAPEN, 400)
        following = keep_local(fields.get("next", ["/"])[0])
        token = self._tokens.find(fields.get("token", [""])[0].strip())
        if token is None:  # what holds is let in however often others were wrong
            often = self._tries.wait(request.scope[ADDRESS])
            return self._render(following, _OFTEN, 429) if often else self._render(following, WRONG, 401)
        return self._redirect(following, self._sessions.start(token))

    def _redirect(self, to: str, key: str) -> Any:
        from starlette.responses import RedirectResponse

        root = self._policy.root
        headers = {"set-cookie": write_cookie(key, https=self._policy.https, root=root)}
        return RedirectResponse(root + to, status_code=303, headers=headers)

    def _render(self, following: str, fault: str = "", status: int = 200) -> Any:
        said = f'<p role="alert">{html.escape(fault)}</p>' if fault else ""
        fields = _FIELDS.format(next=html.escape(following, quote=True))
        return _render_page(said, f"{self._policy.root}/login", fields, "Log in", status)


def keep_local(target: str) -> str:
    """The target if it is a path of this server, else `/`: a login sends nobody to another site."""
    try:
        parts = urlsplit(target)
    except ValueError:
        return "/"
    plain = target.startswith("/") and not target.startswith("//") and target.isprintable() and "\\" not in target
    return target if plain and not parts.scheme and not parts.netloc else "/"


def _render_page(said: str, action: str, fields: str, button: str, status: int = 200) -> Any:
    from starlette.responses import HTMLResponse

    headers = {"retry-after": "60"} if status == 429 else {}
    body = _FORM.format(said=said, action=action, fields=fields, button=button)
    return HTMLResponse(body, status_code=status, headers=headers)
