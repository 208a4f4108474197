"""The security headers of a response, and the content security policy of the page."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable

Headers = list[tuple[bytes, bytes]]

_ALWAYS = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",  # with less, forms of our own would come from the origin “null”
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
}
_HSTS = "max-age=31536000"
NOTHING = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'; sandbox"
_INLINE = re.compile(rb"<script(?![^>]*\ssrc\s*=)[^>]*>(.*?)</script", re.DOTALL | re.IGNORECASE)
LOGIN = (
    "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)


def page_policy(html: bytes) -> str:
    """The policy for Gradio's page: its own files, the inline scripts that it was sent with, and no other origin.

    Gradio runs a component's script by `new Function`, and styles components inline, so both are allowed; markup
    that came into the page later cannot run a script all the same, because no inline script but those is.
    """
    hashes = " ".join(
        f"'sha256-{base64.b64encode(hashlib.sha256(script).digest()).decode()}'"
        for script in dict.fromkeys(_INLINE.findall(html))
    )
    return (
        f"default-src 'none'; script-src 'self' 'unsafe-eval' {hashes}; style-src 'self' 'unsafe-inline'; "
        "img-src 'self' data: blob:; font-src 'self' data:; media-src 'self' blob:; connect-src 'self'; "
        "manifest-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'self'"
    )


def secure_headers(headers: Iterable[tuple[bytes, bytes]], *, https: bool, policy: str) -> Headers:
    """The headers of a response with the security headers; what an app says of them itself is replaced.

    Cross-origin headers of the app are dropped: those are for the server's own settings to give.
    """
    ours = {**_ALWAYS, "content-security-policy": policy}
    if https:
        ours["strict-transport-security"] = _HSTS
    kept = [
        (name, value)
        for name, value in headers
        if name.lower().decode("latin-1") not in {*ours, "server"}
        and not name.lower().startswith(b"access-control-")
    ]
    if not any(name.lower() == b"cache-control" for name, _ in kept):
        kept.append((b"cache-control", b"no-store"))
    return kept + [(name.encode(), value.encode()) for name, value in ours.items()]
