"""What a page says about itself: JSON-LD, meta tags, links, times. Untrusted, so bounded."""

from __future__ import annotations

import json
import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from newsqa.sources.formats.dates import changed_day, shown_day, stated_day
from newsqa.sources.formats.frontmatter import language_code
from newsqa.sources.formats.markup import clean

_ARTICLES = re.compile(
    r"(?:News|Reportage|Analysis|Opinion|Background|Review)?Article|BlogPosting|LiveBlogPosting|Report"
)
_REFRESH = re.compile(r"(?i)^\s*(\d{1,2})(?:\.\d*)?\s*[;,]\s*(?:url\s*=\s*)?['\"]?\s*([^'\"\s]{1,2000})")
_FEEDS = frozenset(("application/rss+xml", "application/atom+xml"))
_LONGEST, _DAY = 300, 100
_CONTENT = 2_100
_SCRIPT = 500_000
_DEEP = 8
_REFRESH_WITHIN_S = 5


@dataclass(frozen=True, slots=True)
class PageData:
    """What the page says, as it stands; empty where it says nothing.

    `refresh` is where it sends a browser on, `shown` the day that readers see where it states none to programs.
    """

    title: str = ""
    author: str = ""
    source: str = ""
    published: str = ""
    url: str = ""
    language: str = ""
    refresh: str = ""
    feed: str = ""
    updated: str = ""
    shown: str = ""


def page_data(tree: Any) -> PageData:
    """What the tree of a page says about it."""
    metas = _metas(tree)
    linked = next(_find_json_ld(tree), {})
    base = _document(tree)
    published = line(stated_day(tree, metas, _text(linked, "datePublished"))[:_DAY])
    return PageData(
        title=line(_text(linked, "headline") or metas.get("og:title") or base.title or _title(tree)),
        author=line(_names(linked.get("author")) or base.author),
        source=line(_names(linked.get("publisher")) or metas.get("og:site_name") or base.source),
        published=published,
        shown="" if published else shown_day(tree),
        updated=line(changed_day(tree, metas, _text(linked, "dateModified"))[:_DAY]),
        url=_link(tree, "canonical") or metas.get("og:url", ""),
        language=_language(tree),
        refresh=_refresh(metas),
        feed=next((one.get("href", "") for one in tree.iter("link") if one.get("type", "").lower() in _FEEDS), ""),
    )


def line(text: str) -> str:
    """Text on one line, of characters that may be shown, not longer than a headline can be."""
    text = " ".join(clean(text).split())
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1].rstrip() + "…"


def _document(tree: Any) -> PageData:
    """Title, author and source as trafilatura finds them in what is shown."""
    from trafilatura.metadata import extract_metadata

    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "tzname ")  # of a time zone that it does not know; the day is ours
            found = extract_metadata(tree, date_config={"extensive_search": False, "original_date": True})
    except Exception:  # a parser of hostile pages: what it stumbles over is unknown
        return PageData()
    return PageData(title=found.title or "", author=found.author or "", source=found.sitename or "")


def _metas(tree: Any) -> dict[str, str]:
    """The first content of each meta tag, by its name in lower case; what is too long is cut in the tree, too."""
    found: dict[str, str] = {}
    for tag in tree.iter("meta"):
        content = tag.get("content")
        if not content:
            continue
        content = content.strip()[:_CONTENT]
        tag.set("content", content)  # trafilatura's patterns, which read it next, take long for a long one
        for attribute in ("property", "name", "itemprop", "http-equiv"):
            name = tag.get(attribute)
            if name:
                found.setdefault(name.strip().lower(), content)
    return found


def _find_json_ld(tree: Any) -> Iterator[dict[str, Any]]:
    """The JSON-LD objects of the page that are articles."""
    for tag in tree.iter("script"):
        if tag.get("type", "").partition(";")[0].strip().lower() != "application/ld+json":
            continue
        try:
            values = json.loads((tag.text or "")[:_SCRIPT], strict=False)
        except (ValueError, RecursionError):
            continue
        yield from _articles(values, _DEEP)


def _articles(value: Any, depth: int) -> Iterator[dict[str, Any]]:
    if depth and isinstance(value, list):
        for one in value[:100]:
            yield from _articles(one, depth - 1)
    elif depth and isinstance(value, dict):
        kinds = value.get("@type")
        if any(isinstance(kind, str) and _ARTICLES.fullmatch(kind) for kind in _as_list(kinds)):
            yield value
        for name in ("@graph", "mainEntity", "mainEntityOfPage"):
            yield from _articles(value.get(name), depth - 1)


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _text(values: dict[str, Any], name: str) -> str:
    value = values.get(name)
    return value if isinstance(value, str) else ""


def _names(value: Any) -> str:
    """The names of persons or organisations, which may be given as objects or as text."""
    names = [one.get("name") if isinstance(one, dict) else one for one in _as_list(value)[:10]]
    return ", ".join(name for name in names if isinstance(name, str) and "://" not in name)


def _title(tree: Any) -> str:
    title = tree.find(".//title")
    return "" if title is None else str(title.text or "")


def _link(tree: Any, rel: str) -> str:
    found = (tag.get("href", "") for tag in tree.iter("link") if rel in tag.get("rel", "").lower().split())
    return next((href.strip()[:_CONTENT] for href in found if href.strip()), "")


def _language(tree: Any) -> str:
    return language_code(str(tree.get("lang") or tree.get("xml:lang") or "").strip())


def _refresh(metas: dict[str, str]) -> str:
    found = _REFRESH.match(metas.get("refresh", ""))
    return found[2] if found and int(found[1]) <= _REFRESH_WITHIN_S else ""
