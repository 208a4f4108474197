"""Which article a text is: its id is bound to where it was read; an address of another host is a claim."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from newsqa.sources.formats.origin import Origin
from newsqa.sources.formats.urls import canonical_url, host_of


@dataclass(frozen=True, slots=True)
class Identity:
    """The ids of an article (see `Article`), and whether its address is only what it says itself."""

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
