"""What messages about web pages have in common."""

from __future__ import annotations

import re

from newsqa.errors import FetchError


def size_error(url: str, max_bytes: int) -> FetchError:
    """The error for a page of more than `max_bytes`."""
    return FetchError(
        f"{show_url(url)} is larger than {max_bytes / 1_000_000:g} MB, the most that is fetched. "
        "Save it as a file, and ingest that."
    )


def show_url(url: str) -> str:
    """A URL for a message: printable, without what may be secret in it, and not too long."""
    text = "".join(one if one.isprintable() else "�" for one in url.strip())
    text = re.sub(r"(?<=//)[^/?#@]*@", "", text)
    return text if len(text) <= 200 else text[:199] + "…"
