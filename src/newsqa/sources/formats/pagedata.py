"""What a page says about itself: JSON-LD, meta tags, links, times. Untrusted, so bounded."""

from __future__ import annotations

import json
import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

from newsqa.sources.formats.dates import parse_date
from newsqa.sources.formats.frontmatter import language_code
from newsqa.sources.formats.markup import clean

_PUBLISHED = (
    "article:published_time article.published og:published_time og:article:published_time datepublished "
    "date.published parsely-pub-date sailthru.date cxenseparse:recs:publishtime dc.date.issued dcterms.issued "
    "dcterms.created dc.date.created publication_date publish-date publish_date publishdate publisheddate pubdate "
    "citation_publication_date bt:pubdate article_date_original originalpublicationdate date dc.date"
).split()
_CHANGED = (
    "article:modified_time article:modified og:updated_time og:article:modified_time datemodified date.modified "
    "dcterms.modified dc.date.modified last-modified lastmod revised"
).split()
_ARTICLES = re.compile(
    r"(?:News|Reportage|Analysis|Opinion|Background|Review)?Article|BlogPosting|LiveBlogPosting|Report"
)
_UPDATED = re.compile(r"(?i)updat|modif|edited|revis|correct")
_REFRESH = re.compile(r"(?i)^\s*(\d{1,2})(?:\.\d*)?\s*[;,]\s*(?:url\s*=\s*)?['\"]?\s*([^'\"\s]{1,2000})")
_OTHERS = re.compile(r"(?i)\b(?:related|event|teaser|promo|recommended|more-)")
_LABEL, _MOST_TIMES = 60, 50
"""A paragraph with so much more text than the time in it is not a line that says when it was published."""
_FEEDS = frozenset(("application/rss+xml", "application/atom+xml"))
_LONGEST = 300
_CONTENT = 2_100
_SCRIPT = 500_000
_DEEP = 8
_REFRESH_WITHIN_S = 5


@dataclass(frozen=True, slots=True)
class PageData:
    """What the page says, as it stands; empty where it says nothing. `refresh` is where it sends a browser on."""

    title: str = ""
    author: str = ""
    source: str = ""
    published: str = ""
    url: str = ""
    language: str = ""
    refresh: str = ""
    feed: str = ""
    updated: str = ""


def page_data(tree: Any) -> PageData:
    """What the tree of a page says about it."""
    metas = _metas(tree)
    linked = next(_linked(tree), {})
    base = _document(tree)
    return PageData(
        title=line(_text(linked, "headline") or metas.get("og:title") or base.title or _title(tree)),
        author=line(_names(linked.get("author")) or base.author),
        source=line(_names(linked.get("publisher")) or metas.get("og:site_name") or base.source),
        published=_published(tree, metas, linked),
        updated=_updated(tree, metas, linked),
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


def _linked(tree: Any) -> Iterator[dict[str, Any]]:
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
        if any(isinstance(kind, str) and _ARTICLES.fullmatch(kind) for kind in _listed(kinds)):
            yield value
        for name in ("@graph", "mainEntity", "mainEntityOfPage"):
            yield from _articles(value.get(name), depth - 1)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _text(values: dict[str, Any], name: str) -> str:
    value = values.get(name)
    return value if isinstance(value, str) else ""


def _names(value: Any) -> str:
    """The names of persons or organisations, which may be given as objects or as text."""
    names = [one.get("name") if isinstance(one, dict) else one for one in _listed(value)[:10]]
    return ", ".join(name for name in names if isinstance(name, str) and "://" not in name)


def _published(tree: Any, metas: dict[str, str], linked: dict[str, Any]) -> str:
    """The first statement of the day of publication that names a day; not that of an update."""
    stated = [_text(linked, "datePublished"), *(metas.get(name, "") for name in _PUBLISHED)]
    stated += [time.get("datetime", "") or time.get("content", "") for time in _times(tree)]
    latest = datetime.now(UTC).date() + timedelta(days=1)
    days = ((text, parse_date(text)) for text in stated)
    return next((line(text[:100]) for text, day in days if day and day <= latest), "")


def _updated(tree: Any, metas: dict[str, str], linked: dict[str, Any]) -> str:
    """The first statement of the day of the latest change that names a day."""
    stated = [_text(linked, "dateModified"), *(metas.get(name, "") for name in _CHANGED)]
    stated += [
        tag.get("datetime", "") or tag.get("content", "")
        for tag in tree.iter()
        if tag.get("itemprop") == "dateModified"
    ]
    return next((line(text[:100]) for text in stated if parse_date(text)), "")


def _times(tree: Any) -> Iterator[Any]:
    """Elements that state when the article was published, the surest first."""
    for tag in tree.iter():
        if tag.get("itemprop") == "datePublished" or (tag.tag == "time" and tag.get("pubdate") is not None):
            yield tag
    for article in list(tree.iter("article", "main"))[:1]:
        for tag in islice(article.iter("time"), _MOST_TIMES):
            around = " ".join((tag.get("class", ""), tag.get("itemprop", ""), tag.text or "", _before(tag)))
            if not _UPDATED.search(around) and not _in_passing(tag):
                yield tag


def _in_passing(tag: Any) -> bool:
    """Whether a time belongs to a sentence, an event or another story, and not to the article."""
    for above in tag.iterancestors():
        if above.tag in ("article", "main"):
            return False
        if above.tag in ("aside", "nav", "footer", "li", "table") or _OTHERS.search(above.get("class", "")):
            return True
        if above.tag == "p" and len(above.text_content()) > len(tag.text_content()) + _LABEL:
            return True
    return False


def _before(tag: Any) -> str:
    """The text that stands directly before an element."""
    before = tag.getprevious()
    text = before.tail if before is not None else tag.getparent().text if tag.getparent() is not None else ""
    return str(text or "")[-40:]


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
