"""Lists that lead to articles: RSS and Atom feeds, OPML lists of feeds, news sitemaps and their indexes."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from itertools import islice
from typing import Any, Literal
from xml.etree.ElementTree import Element

from newsqa.errors import ArticleError
from newsqa.sources.formats.dates import parse_date
from newsqa.sources.formats.frontmatter import is_web_address, language_code
from newsqa.sources.formats.markup import decode_markup, parse_xml, refuse_entities
from newsqa.sources.formats.origin import Origin, join
from newsqa.sources.formats.pagedata import line as line_of

Kind = Literal["feed", "lists", "sitemap"]

MAX_ENTRIES = 1_000
"""So many entries of a list are looked at, in its order."""

_FULL_WORDS = 150
"""An entry whose content has so many words is the whole article, and its page is not fetched."""

_ROOT = re.compile(r"<(?![?!])(?:[A-Za-z_][\w.-]*:)?([A-Za-z_][\w.-]*)")
_FEEDS = frozenset(("rss", "feed", "rdf"))
_MAPS = frozenset(("urlset", "sitemapindex"))
_TAGS = re.compile(r"<[^<>]{0,2000}>")


@dataclass(frozen=True, slots=True)
class Entry:
    """An article in a list: where it is, what the list says about it, and its text if the list has it (`html`).

    `stamp` changes when the list says that the article has changed. `feed` is the address of the list, and `guid`
    what tells entries of one address apart.
    """

    url: str
    title: str = ""
    published: str = ""
    updated: str = ""
    language: str = ""
    author: str = ""
    html: str = ""
    stamp: str = ""
    feed: str = ""
    guid: str = ""


@dataclass(frozen=True, slots=True)
class Listing:
    """The entries of a feed or sitemap, or the lists that a list names (`lists`)."""

    kind: Kind
    entries: tuple[Entry, ...] = ()
    lists: tuple[str, ...] = ()


def is_listing(data: bytes, charset: str = "") -> bool:
    """Whether the bytes are a feed, an OPML list or a sitemap, by their outermost element."""
    return _root(decode_markup(data[:20_000], charset)) in _FEEDS | _MAPS | {"opml"}


def listing_of(data: bytes, origin: Origin) -> Listing | None:
    """The list that the bytes are, None if they are none; raises `ArticleError` for one made to do harm."""
    return parse_listing(data, origin) if is_listing(data, origin.charset) else None


def parse_listing(data: bytes, origin: Origin) -> Listing:
    """The entries of a list; raises `ArticleError` for what is none, or is made to do harm."""
    text = decode_markup(data, origin.charset)
    refuse_entities(text)
    root = _root(text[:20_000])
    if root in _FEEDS:
        return _feed(text, origin.url)
    if root == "opml":
        outlines = parse_xml(text.encode()).iter("outline")
        urls = (join(origin.url, one.get("xmlUrl", "").strip()) for one in outlines if one.get("xmlUrl"))
        return Listing("lists", lists=_addresses(urls))
    if root in _MAPS:
        return _sitemap(parse_xml(text.encode()), origin.url)
    raise ArticleError("It is not a feed, an OPML list or a sitemap. Check the address.")


def _root(text: str) -> str:
    """The name of the first element in lower case, without its prefix."""
    found = _ROOT.search(re.sub(r"(?s)<!--.{0,5000}?-->", "", text))
    return found[1].lower() if found else ""


def _addresses(urls: Iterator[str]) -> tuple[str, ...]:
    return tuple(islice(dict.fromkeys(url for url in urls if is_web_address(url)), MAX_ENTRIES))


def _feed(text: str, url: str) -> Listing:
    """The entries of a feed. feedparser is given bytes that were decoded here, as a file, so it opens nothing."""
    import feedparser

    body = re.sub(r"^\s*<\?xml[^>]{0,300}\?>", "", text).encode()
    headers = {"content-type": "application/xml; charset=utf-8", "content-location": url}
    try:
        parsed = feedparser.parse(io.BytesIO(body), response_headers=headers)
        entries = tuple(islice(_entries(parsed, url), MAX_ENTRIES))
    except Exception as error:  # a parser of hostile feeds: whatever it stumbles over, the feed is unreadable
        raise ArticleError(f"The feed cannot be read ({type(error).__name__}). Check its address.") from error
    if not entries and parsed.bozo:
        said = " ".join(str(parsed.get("bozo_exception", "")).split())[:120]
        raise ArticleError(f"The feed is damaged and has no entries ({said}). Check its address.")
    return Listing("feed", entries)


def _entries(parsed: Any, url: str) -> Iterator[Entry]:
    feed = parsed.feed
    for item in parsed.entries:
        link = join(url, _read_field(item, "link") or _read_field(item, "id"))
        if not is_web_address(link):
            continue
        contents = [
            str(one.get("value") or "") for one in dict.get(item, "content") or [] if isinstance(one, dict)
        ]
        html = max([*contents, _read_field(item, "summary")], key=len)
        yield Entry(
            url=link,
            title=_plain(_read_field(item, "title")),
            published=line_of(_date(item, "published") or _date(item, "updated")),
            updated=line_of(_date(item, "updated")),
            language=language_code(_read_field(feed, "language")),
            author=line_of(_read_field(item, "author")),
            html=html if len(_TAGS.sub(" ", html).split()) >= _FULL_WORDS else "",
            stamp=line_of(_read_field(item, "updated") or _read_field(item, "published")),
            feed=url,
            guid=line_of(_read_field(item, "id")),
        )


def _plain(markup: str) -> str:
    """A title, which may be written as HTML, as text."""
    return line_of(unescape(_TAGS.sub("", markup)))


def _date(item: Any, name: str) -> str:
    """A date of an entry as it stands, if it names a day."""
    stated = _read_field(item, name)
    return stated if parse_date(stated) else ""


def _read_field(item: Any, name: str) -> str:
    value = dict.get(item, name) if item else ""  # item.get() would guess `updated` from `published`, and warn
    return value.strip() if isinstance(value, str) else ""


def _sitemap(root: Element, url: str) -> Listing:
    """The articles of a sitemap's news section, or the sitemaps that an index names."""
    if _local(root.tag) == "sitemapindex":
        places = (join(url, _child(one, "loc")) for one in root if _local(one.tag) == "sitemap")
        return Listing("lists", lists=_addresses(places))
    entries = []
    for item in root:
        news = next((one for one in item if _local(one.tag) == "news"), None)
        place = join(url, _child(item, "loc"))
        if news is None or not is_web_address(place):
            continue
        outlet = next((one for one in news if _local(one.tag) == "publication"), None)
        entries.append(
            Entry(
                url=place,
                title=line_of(_child(news, "title")),
                published=line_of(_child(news, "publication_date")),
                language=language_code(_child(outlet, "language")) if outlet is not None else "",
                stamp=line_of(_child(item, "lastmod") or _child(news, "publication_date")),
            )
        )
        if len(entries) >= MAX_ENTRIES:
            break
    if not entries:
        raise ArticleError("The sitemap has no news section, so it does not say which pages are articles.")
    return Listing("sitemap", tuple(entries))


def _local(tag: Any) -> str:
    return str(tag).rpartition("}")[2].lower()


def _child(element: Element, name: str) -> str:
    """The text of the first child of that name, in whatever namespace."""
    return next(((one.text or "").strip() for one in element if _local(one.tag) == name), "")
