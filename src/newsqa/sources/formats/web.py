"""Articles from the web: pages, and the feeds, OPML lists and sitemaps that lead to them."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from newsqa.errors import ArticleError, FetchError, NewsqaError
from newsqa.sources.apart import Limits, read_apart
from newsqa.sources.fetching import PAGES, FetchedPage, Fetcher, Visitor
from newsqa.sources.fetching.responses import show_url
from newsqa.sources.formats import Item, read_bytes
from newsqa.sources.formats.archives import Unpacked
from newsqa.sources.formats.columns import check_columns
from newsqa.sources.formats.feeds import Entry, Listing, listing_of
from newsqa.sources.formats.frontmatter import FrontMatter
from newsqa.sources.formats.html import article_or_onward, read_fragment, read_html
from newsqa.sources.formats.origin import Origin, ReadOptions, host_of
from newsqa.sources.formats.registry import MEDIA_TYPES
from newsqa.types import Article, IngestEvent

MAX_LISTS = 100
"""So many feeds or sitemaps that a list names are followed, and lists in lists two levels deep."""

_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]+://", re.IGNORECASE)
"""How an address begins; one letter alone would be a drive of Windows."""
_DEPTH = 2
_GZIP = frozenset(("application/gzip", "application/x-gzip"))
_KINDS = PAGES | _GZIP


@dataclass(frozen=True, slots=True)
class Found:
    """What is at an address: the list that it is, or else the page; and what to ask with the next time."""

    page: FetchedPage
    listing: Listing | None = None


class WebReader:
    """Reads articles from the web through a `Visitor`; what cannot be read is a failed event, no exception.

    What comes is read apart, within `limits`. Once `stop` is true nothing more is fetched.
    """

    def __init__(
        self,
        visitor: Visitor,
        how: ReadOptions | None = None,
        limits: Limits | None = None,
        stop: Callable[[], bool] | None = None,
    ) -> None:
        self._visitor = visitor
        self._how = how or ReadOptions(visitor.fetcher.max_bytes)
        self._limits = limits or Limits()
        self._stop = stop or _never

    def read(self, urls: Iterable[str]) -> Iterator[Item]:
        """The articles at the addresses, and in the lists that are there; each article once."""
        seen: set[str] = set()
        for url in urls:
            self.begin()
            for item in self._read(url, _DEPTH, named=True):
                if isinstance(item, Article):
                    if item.own_id in seen:
                        continue
                    seen.add(item.own_id)
                yield item

    def begin(self) -> None:
        """Begins to count anew what an address may cost with all that it leads to."""
        self._visitor.begin(self._limits.list_seconds, self._limits.list_bytes)

    def all_of(self, entries: Sequence[Entry], url: str) -> Iterator[tuple[Entry | None, Item]]:
        """The entries of the list at `url`, each with its article; without an entry, that no more can be read."""
        for number, entry in enumerate(entries):
            if self._stop():
                return
            if self._visitor.spent:
                yield None, self._tell_spent(url, f"{len(entries) - number:,} of its entries")
                return
            yield entry, self.entry(entry)

    def _tell_spent(self, url: str, left: str) -> IngestEvent:
        limits = self._limits
        return IngestEvent(
            "failed",
            show_url(url),
            reason=f"What it leads to takes more than {limits.list_seconds:g} seconds or "
            f"{limits.list_bytes / 1_000_000:,.0f} MB, so {left} were not read. Name them directly, or raise "
            "NEWSQA_LIST_SECONDS.",
        )

    def find(self, url: str, *, named: bool = True, etag: str = "", last_modified: str = "") -> Found:
        """What is at an address; raises `FetchError`, or `ArticleError` for a list that cannot be read.

        A page that a person `named` is fetched whatever robots.txt says of programs that find their own way.
        """
        page = self._visitor.fetch(url, robots=not named, kinds=_KINDS, etag=etag, last_modified=last_modified)
        page = _unpack(page, self._how.max_bytes)
        if page.not_modified or page.content_type == "application/pdf":
            return Found(page)
        origin = Origin(url, url=page.url, charset=page.charset)
        (listing,) = read_apart(self._limits, listing_of, page.body, origin)
        return Found(page, listing)

    def _read_listed(self, entry: Entry, origin: Origin, given: FrontMatter) -> Item:
        """The text that the list itself has."""
        (item,) = read_apart(self._limits, read_fragment, entry.html, origin, given)
        return item  # type: ignore[no-any-return]

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
                return self._read_listed(entry, listed, given)
            try:
                (article,) = self._page(self._visitor.fetch(entry.url), entry.url, given)
                return article
            except NewsqaError:
                if not entry.html:
                    raise
                return self._read_listed(entry, listed, given)
        except NewsqaError as error:
            return IngestEvent("failed", show_url(entry.url), reason=str(error))

    def page(self, page: FetchedPage, name: str) -> Iterator[Item]:
        """The articles of a page that has been fetched."""
        try:
            yield from self._page(page, name, None)
        except NewsqaError as error:
            yield IngestEvent("failed", show_url(name), reason=str(error))

    def _read(self, url: str, depth: int, *, named: bool) -> Iterator[Item]:
        try:
            found = self.find(url, named=named)
        except NewsqaError as error:
            yield IngestEvent("failed", show_url(url), reason=str(error))
            return
        if found.listing is None:
            yield from self.page(found.page, url)
            return
        for _, item in self.all_of(found.listing.entries, url):
            yield item
        if found.listing.lists and not depth:
            yield IngestEvent(
                "failed", show_url(url), reason="Lists of lists go too deep here. Name this one directly."
            )
            return
        lists = found.listing.lists[:MAX_LISTS]
        for number, place in enumerate(lists):
            if self._stop():
                return
            if self._visitor.spent:
                yield self._tell_spent(url, f"{len(lists) - number:,} of its lists")
                return
            yield from self._read(place, depth - 1, named=False)

    def _page(self, page: FetchedPage, name: str, given: FrontMatter | None) -> Iterator[Item]:
        origin = Origin(show_url(name), key=page.url, url=page.url, charset=page.charset)
        form = MEDIA_TYPES.get(page.content_type, "html")
        if form != "html":
            yield from read_apart(self._limits, read_bytes, page.body, form, origin, self._how)
            return
        if not page.body.strip():
            raise ArticleError("The page is empty. Check the address.")
        (found,) = read_apart(self._limits, article_or_onward, page.body, origin, given)
        if isinstance(found, str):
            further = self._visitor.fetch(found)
            origin = Origin(show_url(name), key=further.url, url=further.url, charset=further.charset)
            (found,) = read_apart(self._limits, read_html, further.body, origin, given)
        yield found


def read_urls(
    urls: Iterable[str],
    *,
    max_bytes: int,
    columns: Mapping[str, str] | None = None,
    visitor: Visitor | None = None,
    limits: Limits | None = None,
    stop: Callable[[], bool] | None = None,
) -> Iterator[Article | IngestEvent]:
    """The articles at web addresses: of pages, feeds, OPML lists and news sitemaps; failed events for the rest."""
    check_columns(columns or {})
    visitor = visitor or Visitor(Fetcher(max_bytes=max_bytes), stop=stop)
    return WebReader(visitor, ReadOptions(max_bytes, columns=columns or {}), limits, stop).read(urls)


def is_url(target: object) -> bool:
    """Whether a target of an ingest is an address and not a path; only those of http and https are fetched."""
    return isinstance(target, str) and bool(_ADDRESS.match(target.strip()))


def _never() -> bool:
    return False


def _unpack(page: FetchedPage, max_bytes: int) -> FetchedPage:
    """A page that is itself a gzip file, as sitemaps are, unpacked."""
    if page.content_type not in _GZIP and not page.body.startswith(b"\x1f\x8b"):
        return page
    with io.BufferedReader(Unpacked(io.BytesIO(page.body), ".gz")) as file:
        body = file.read(max_bytes + 1)
    if len(body) > max_bytes:
        raise FetchError(f"{show_url(page.url)} unpacks to more than {max_bytes / 1_000_000:g} MB. Leave it out.")
    return FetchedPage(page.url, "text/xml", "", body, page.etag, page.last_modified)
