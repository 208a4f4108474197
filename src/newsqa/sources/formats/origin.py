"""Where the bytes of an article come from, how they are to be read, and which article that makes them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from newsqa.sources.formats.urls import canonical_url, host_of


@dataclass(frozen=True, slots=True)
class Origin:
    """A file, a member of an archive, or a page.

    `name` is for messages, `path` the file that holds it (empty for a page), `key` what an id comes from that
    has no URL, `url` the address that the bytes came from, `charset` what the server said that they are.
    """

    name: str
    path: str = ""
    key: str = ""
    url: str = ""
    charset: str = ""


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """Bounds and wishes: the largest file or record, a format that is given by name, and the columns.

    `columns` says for a field of an article (`title`, `text`, ...) under which name a record holds it.
    """

    max_bytes: int
    format: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Identity:
    """Which article a text is: its ids (see `Article`), and whether its address is only what it says itself.

    The ids are bound to where it was read; an address of another host is a claim.
    """

    id: str
    own_id: str
    claimed: bool


def identify(url: str, origin: Origin, day: str) -> Identity:
    """The identity of what was read at `origin` and gives `url` as its address, published on `day`.

    An address of the host that it was fetched from is confirmed, and every article known by it. One that a page of
    another host gives is a claim, known by both hosts. One that a file gives is a claim, too; the article is known
    by it, so that the file may move, unless something else is (`own_id`).
    """
    host, place = host_of(origin.url), origin.key or origin.path
    if not host:
        own = article_id("", place)
        return Identity(article_id(url, place), own, bool(url))
    at = canonical_url(place) if place == origin.url else place
    own = article_id("", "\0".join((host, at, day)))
    if not url:
        return Identity(article_id("", place), own, claimed=False)
    if host == host_of(canonical_url(url)):
        return Identity(article_id(url, ""), own, claimed=False)
    return Identity(article_id("", "\0".join((host, canonical_url(url)))), own, claimed=True)


def article_id(url: str, path: str) -> str:
    """16 hexadecimal digits from the canonical URL, or from the resolved path if there is no URL."""
    key = f"url:{canonical_url(url)}" if url else f"path:{path}"
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()[:16]
