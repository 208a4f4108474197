"""What Gradio sends, as newsqa sends it: scripts and styles compressed and kept for a year, its card newsqa's."""

from __future__ import annotations

import gzip
import mimetypes
import re
from collections.abc import Awaitable, Callable, MutableMapping
from functools import cache
from pathlib import Path
from typing import Any

import gradio as gr

from newsqa.interfaces.render import escape

_FOLDER = Path(gr.__file__).parent / "templates" / "frontend" / "assets"
_HASHED = re.compile(r"/assets/([A-Za-z0-9_.]+-[A-Za-z0-9_-]{8,}\.[a-z0-9]+)")
"""A name that changes with what is in the file, as a bundler gives it."""
_TEXTS = {".js", ".css", ".svg", ".json", ".wasm", ".ttf"}
KEPT = "private, max-age=31536000, immutable"

Message = MutableMapping[str, Any]
Send = Callable[[Message], Awaitable[None]]
_FRAMEWORKS = re.compile(rb'<meta\s+(?:property="og:|name="twitter:)[^>]*>\s*')
_HEAD = b'<meta charset="utf-8" />'
_LONGEST = 200
ABOUT = "Ask what is in the articles: every sentence of an answer is a quote, its article one click away."


def find_asset(path: str) -> Path | None:
    """The file behind a path of the page whose content never changes; None if there is none."""
    match = _HASHED.fullmatch(path)
    file = _FOLDER / match[1] if match else None
    return file if file and file.is_file() else None


async def send_asset(file: Path, encodings: str, method: str, send: Send) -> None:
    """Send a file in the best way that the browser's `Accept-Encoding` allows."""
    import anyio

    known = {one.partition(";")[0].strip() for one in encodings.split(",") if "q=0" not in one.replace("q=0.", "")}
    encoding = next((one for one in ("br", "gzip") if one in known and file.suffix in _TEXTS), "")
    body = await anyio.to_thread.run_sync(_encode, file, encoding)
    kind = "text/javascript" if file.suffix == ".js" else mimetypes.guess_type(file.name)[0]
    headers = {"content-type": kind or "application/octet-stream", "content-length": str(len(body))}
    headers |= {"cache-control": KEPT, "vary": "accept-encoding"}
    headers |= {"content-encoding": encoding} if encoding else {}
    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": 200, "headers": raw})
    await send({"type": "http.response.body", "body": b"" if method == "HEAD" else body})


@cache
def _encode(file: Path, encoding: str) -> bytes:
    """What is sent of a file; Gradio has less than a thousand, which take some megabytes."""
    body = file.read_bytes()
    if encoding == "br":
        import brotli

        return bytes(brotli.compress(body, quality=9))
    return gzip.compress(body) if encoding == "gzip" else body


def card_html(title: str, description: str) -> str:
    """The meta elements of a card."""
    title, description = (_shorten(text) for text in (title, description))
    facts = {"og:site_name": "newsqa", "og:type": "website", "og:title": title, "og:description": description}
    card = "".join(f'<meta property="{name}" content="{escape(value)}">' for name, value in facts.items())
    card += f'<meta name="description" content="{escape(description)}">'
    return f'{card}<meta name="twitter:card" content="summary">'


def show_card(send: Send) -> Send:
    """`send`, in whose page newsqa's card stands in place of Gradio's."""
    held: list[Message] = []

    async def send_shown(message: Message) -> None:
        held.append(message)
        if message["type"] == "http.response.start" or message.get("more_body"):
            return
        body = b"".join(part.get("body", b"") for part in held[1:])
        card = card_html("newsqa", ABOUT).encode()
        body = _FRAMEWORKS.sub(b"", body).replace(_HEAD, _HEAD + card, 1)
        headers = [(name, value) for name, value in held[0]["headers"] if name.lower() != b"content-length"]
        headers.append((b"content-length", str(len(body)).encode()))
        await send({**held[0], "headers": headers})
        await send({"type": "http.response.body", "body": body})

    return send_shown


def _shorten(text: str) -> str:
    """The text on one line, cut at a word where it is long."""
    words = " ".join(text.split())
    return words if len(words) <= _LONGEST else words[:_LONGEST].rsplit(" ", 1)[0] + "…"
