"""Articles from the web: pages, and the feeds, OPML lists and sitemaps that lead to them."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from newsqa.errors import ArticleError, FetchError, NewsqaError
from newsqa.sources.fetching import Fetcher, Page, Visitor
from newsqa.sources.fetching.fetcher import PAGES
from newsqa.sources.fetching.messages import shown
from newsqa.sources.formats.archives import Unpacked
from newsqa.sources.formats.columns import check_columns
from newsqa.sources.formats.feeds import Entry, Listing, is_listing, parse_listing
from newsqa.sources.formats.formats import MEDIA_TYPES
from newsqa.sources.formats.frontmatter import FrontMatter
from newsqa.sources.formats.html import article_of, parse_page, read_fragment
from newsqa.sources.formats.origin import Origin, Reading
from newsqa.sources.formats.readers import Item, read_stream
from newsqa.sources.formats.urls import host_of, join
from newsqa.types import Article, IngestEvent

MAX_LISTS = 100
"""So many feeds or sitemaps that a list names are followed, and lists in lists two levels deep."""

_DEPTH = 2
_GZIP = frozenset(("application/gzip", "application/x-gzip"))
_KINDS = PAGES | _GZIP


@dataclass(frozen=True, slots=True)
class Found:
    """What is at an address: the list that it is, or else the page; and what to ask with the next time."""

    page: Page
    listing: Listing | None = None


class WebReader:
    """Reads articles from the web through a `Visitor`; what cannot be read is a failed event, no exception."""

    def __init__(self, visitor: Visitor, how: Reading | None = None) -> None:
        self._visitor = visitor
        self._how = how or Reading(visitor.fetcher.max_bytes)

    def read(self, urls: Iterable[str]) -> Iterator[Item]:
        """The articles at the addresses, and in the lists that are there; each article once."""
        seen: set[str] = set()
        for url in urls:
            for item in self._read(url, _DEPTH, named=True):
                if isinstance(item, Article):
                    if item.own_id in seen:
                        continue
                    seen.add(item.own_id)
                yield item

    def find(self, url: str, *, named: bool = True, etag: str = "", last_modified: str = "") -> Found:
        """What is at an address; raises `FetchError`, or `ArticleError` for a list that cannot be read.

        A page that a person `named` is fetched whatever robots.txt says of programs that find their own way.
        """
        page = self._visitor.fetch(url, robots=not named, kinds=_KINDS, etag=etag, last_modified=last_modified)
        page = _unpacked(page, self._how.max_bytes)
        if (
            not page.not_modified
            and page.content_type != "application/pdf"
            and is_listing(page.body, page.charset)
        ):
            return Found(page, parse_listing(page.body, Origin(url, url=page.url, charset=page.charset)))
        return Found(page)

    def entry(self, entry: Entry) -> Item:
        """The article of a list's entry: from its page, unless the list has the whole text and is of its host.

        The text that a list of another host has is taken, as a claim, where the page cannot be read.
        """
        given = FrontMatter(
            title=entry.title,
            published=entry.published,
            url=entry.url,
            language=entry.language,
            author=entry.author,
            updated=entry.updated,
        )
        listed = Origin(entry.url, key=f"{entry.url}#{entry.guid}", url=entry.feed)
        try:
            if entry.html and host_of(entry.feed) == host_of(entry.url):
                return read_fragment(entry.html, listed, given)
            try:
                return next(self._page(self._visitor.fetch(entry.url), entry.url, given))
            except NewsqaError:
                if not entry.html:
                    raise
                return read_fragment(entry.html, listed, given)
        except NewsqaError as error:
            return IngestEvent("failed", shown(entry.url), reason=str(error))

    def page(self, page: Page, name: str) -> Iterator[Item]:
        """The articles of a page that has been fetched."""
        try:
            yield from self._page(page, name, None)
        except NewsqaError as error:
            yield IngestEvent("failed", shown(name), reason=str(error))

    def _read(self, url: str, depth: int, *, named: bool) -> Iterator[Item]:
        try:
            found = self.find(url, named=named)
        except NewsqaError as error:
            yield IngestEvent("failed", shown(url), reason=str(error))
            return
        if found.listing is None:
            yield from self.page(found.page, url)
            return
        for entry in found.listing.entries:
            yield self.entry(entry)
        if found.listing.lists and not depth:
            yield IngestEvent(
                "failed", shown(url), reason="Lists of lists go too deep here. Name this one directly."
            )
            return
        for place in found.listing.lists[:MAX_LISTS]:
            yield from self._read(place, depth - 1, named=False)

    def _page(self, page: Page, name: str, given: FrontMatter | None) -> Iterator[Item]:
        origin = Origin(shown(name), key=page.url, url=page.url, charset=page.charset)
        form = MEDIA_TYPES.get(page.content_type, "html")
        if form != "html":
            yield from read_stream(io.BufferedReader(io.BytesIO(page.body)), form, origin, self._how)
            return
        if not page.body.strip():
            raise ArticleError("The page is empty. Check the address.")
        parsed = parse_page(page.body, origin)
        try:
            yield article_of(parsed, origin, given)
        except ArticleError:
            onward = join(page.url, parsed.data.refresh) if parsed.data.refresh else ""
            if not onward or onward == page.url:
                raise
            further = self._visitor.fetch(onward)
            origin = Origin(shown(name), key=further.url, url=further.url, charset=further.charset)
            yield article_of(parse_page(further.body, origin), origin, given)


def read_urls(
    urls: Iterable[str],
    *,
    max_bytes: int,
    columns: Mapping[str, str] | None = None,
    visitor: Visitor | None = None,
) -> Iterator[Article | IngestEvent]:
    """The articles at web addresses: of pages, feeds, OPML lists and news sitemaps; failed events for the rest."""
    check_columns(columns or {})
    visitor = visitor or Visitor(Fetcher(max_bytes=max_bytes))
    return WebReader(visitor, Reading(max_bytes, columns=columns or {})).read(urls)


def is_url(target: object) -> bool:
    """Whether a target of an ingest is a web address and not a path."""
    return isinstance(target, str) and target.strip().lower().startswith(("http://", "https://"))


def _unpacked(page: Page, max_bytes: int) -> Page:
    """A page that is itself a gzip file, as sitemaps are, unpacked."""
    if page.content_type not in _GZIP and not page.body.startswith(b"\x1f\x8b"):
        return page
    with io.BufferedReader(Unpacked(io.BytesIO(page.body), ".gz")) as file:
        body = file.read(max_bytes + 1)
    if len(body) > max_bytes:
        raise FetchError(f"{shown(page.url)} unpacks to more than {max_bytes / 1_000_000:g} MB. Leave it out.")
    return Page(page.url, "text/xml", "", body, page.etag, page.last_modified)
