"""Gradio's scripts and styles as files that browsers keep: compressed once, and not asked for again for a year."""

from __future__ import annotations

import gzip
import mimetypes
import re
from collections.abc import Awaitable, Callable, MutableMapping
from functools import cache
from pathlib import Path
from typing import Any

import gradio as gr

_FOLDER = Path(gr.__file__).parent / "templates" / "frontend" / "assets"
_HASHED = re.compile(r"/assets/([A-Za-z0-9_.]+-[A-Za-z0-9_-]{8,}\.[a-z0-9]+)")
"""A name that changes with what is in the file, as a bundler gives it."""
_TEXTS = {".js", ".css", ".svg", ".json", ".wasm", ".ttf"}
KEPT = "private, max-age=31536000, immutable"

Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


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
