"""What the headers of a response say. They are as hostile as its body."""

from __future__ import annotations

import re
import time
from contextlib import suppress
from email.message import Message
from email.utils import parsedate_to_datetime
from urllib.parse import urljoin

from newsqa.errors import FetchError
from newsqa.sources.fetching.messages import show_url


def parse_retry_after(value: str) -> float | None:
    """The seconds that a Retry-After header asks for, given as seconds or as a date; None if it is neither."""
    value = value.strip()
    if value.isascii() and value.isdigit() and len(value) <= 9:
        return float(value)
    with suppress(ValueError, TypeError, OverflowError):
        return max(0.0, parsedate_to_datetime(value).timestamp() - time.time())
    return None


def join_location(base: str, location: str) -> str:
    """Where a Location header leads; its bytes may be UTF-8 that was read as Latin-1."""
    with suppress(UnicodeError):
        location = location.encode("latin-1").decode("utf-8")
    try:
        return urljoin(base, location.strip())
    except ValueError as error:
        raise FetchError(f"{show_url(base)} redirects to what is not a web address. Check the address.") from error


def parse_media_type(headers: Message) -> tuple[str, str]:
    """Media type and charset of a Content-Type header, in lower case."""
    value = str(headers.get("Content-Type") or "")[:500]
    media = value.partition(";")[0].strip().lower()
    charset = re.search(r"(?i);\s*charset\s*=\s*[\"']?([A-Za-z0-9._:-]{1,40})", value)
    return media, charset[1].lower() if charset else ""


def read_line(headers: Message, name: str) -> str:
    """A header's value on one line, printable, bounded."""
    value = str(headers.get(name) or "")[:500]
    return value if value.isprintable() else ""
