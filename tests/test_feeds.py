"""Feeds, OPML lists and sitemaps; reading them from a real site; and watching, round after round."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from newsqa.errors import ArticleError, IndexLockedError, StorageError
from newsqa.sources.fetching import Fetcher, Visitor
from newsqa.sources.formats.feeds import MAX_ENTRIES, is_listing, parse_listing
from newsqa.sources.formats.origin import Origin
from newsqa.sources.formats.web import WebReader, is_url, read_urls
from newsqa.sources.watched import MEMORY, read_watched
from newsqa.sources.watching import watch
from newsqa.types import Article, IngestEvent, IngestReport, Watched
from tests.formats import REPORT, pdf
from tests.web_server import BOMB, PAGES, Handler, Route, Site, failing, serving

AT = Origin("feed", url="https://ledger.example/news/feed.xml")
LONG = "<p>" + "The harbour bridge was closed on Monday after divers had found cracks. " * 20 + "</p>"
Item = Article | IngestEvent


def rss(*items: str, title: str = "The Arlen Ledger") -> bytes:
    """A feed with these items."""
    inside = "".join(f"<item>{item}</item>" for item in items)
    return (
        f'<?xml version="1.0"?><rss version="2.0"><channel><title>{title}</title>{inside}</channel></rss>'.encode()
    )


def served(body: bytes, kind: str = "application/rss+xml", **headers: str) -> Route:
    """A route that gives this body."""
    return lambda one: one.say(body, kind, **headers)


# Lists


def test_an_rss_feed() -> None:
    """Links become absolute, tags go, the day stands as it is written; a short text is no whole article."""
    item = (
        "<title>Bridge &amp;amp; &lt;b&gt;ferry&lt;/b&gt;</title><link>../a?utm_source=rss</link>"
        "<pubDate>Sat, 21 Sep 2024 06:00:00 GMT</pubDate><author>Mira Holt</author>"
        "<description>Short.</description>"
    )
    (entry,) = parse_listing(rss(item), AT).entries
    assert (entry.url, entry.title, entry.author, entry.feed) == (
        "https://ledger.example/a?utm_source=rss", "Bridge & ferry", "Mira Holt", AT.url,
    )  # fmt: skip
    assert (entry.published, entry.html) == ("Sat, 21 Sep 2024 06:00:00 GMT", "")


def test_an_entry_with_its_whole_text() -> None:
    """150 words and more are the article itself."""
    (entry,) = parse_listing(rss(f"<link>/a</link><description><![CDATA[{LONG}]]></description>"), AT).entries
    assert "divers had found cracks" in entry.html


def test_an_atom_feed() -> None:
    """The day of publication counts, not that of the update; the update is what tells a new version."""
    feed = """<feed xmlns="http://www.w3.org/2005/Atom"><title>Sund Courier</title><entry><title>A</title>
    <link rel="alternate" href="/a"/><published>2024-09-20T08:00:00Z</published>
    <updated>2024-09-22T08:00:00Z</updated>
    <author><name>Ole</name></author></entry></feed>"""
    (entry,) = parse_listing(feed.encode("utf-16"), AT).entries
    assert (entry.url, entry.published, entry.stamp, entry.author) == (
        "https://ledger.example/a", "2024-09-20T08:00:00Z", "2024-09-22T08:00:00Z", "Ole",
    )  # fmt: skip


def test_opml_and_sitemap_indexes_name_lists() -> None:
    """Each list once, absolute, web addresses only."""
    opml = '<opml><body><outline><outline xmlUrl="/f"/><outline xmlUrl="/f"/><outline xmlUrl="file:///x"/></outline></body></opml>'
    assert parse_listing(opml.encode(), AT).lists == ("https://ledger.example/f",)
    index = "<sitemapindex xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'><sitemap><loc>/s.xml</loc></sitemap></sitemapindex>"
    assert parse_listing(index.encode(), AT).lists == ("https://ledger.example/s.xml",)


def test_a_news_sitemap() -> None:
    """Pages with a news section are articles, the others are not."""
    news = "<n:news><n:publication><n:name>Post</n:name><n:language>en</n:language></n:publication>"
    text = (
        '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:n="http://www.google.com/schemas/sitemap-news/0.9">'
        f"<url><loc>/a</loc>{news}<n:publication_date>2024-09-21</n:publication_date><n:title>A</n:title></n:news></url>"
        "<url><loc>/about</loc></url></urlset>"
    )
    (entry,) = parse_listing(text.encode(), AT).entries
    assert (entry.url, entry.title, entry.published, entry.language) == (
        "https://ledger.example/a", "A", "2024-09-21", "en",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (BOMB, "defines XML entities"),
        (BOMB.decode().encode("utf-16"), "defines XML entities"),
        (b"<opml><body>", "not well-formed"),
        (b"<urlset><url><loc>https://a.example/</loc></url></urlset>", "no news section"),
        (b"<html></html>", "not a feed"),
        (b"", "not a feed"),
        (b"<rss", "damaged and has no entries"),
    ],
)
def test_lists_that_are_refused(data: bytes, said: str) -> None:
    """Bombs, damage, and what is no list of articles."""
    with pytest.raises(ArticleError, match=said):
        parse_listing(data, AT)


def test_a_list_is_told_from_a_page() -> None:
    """By its outermost element, behind comments and declarations."""
    assert is_listing(b"<?xml version='1.0'?><!-- <html> --><rss/>")
    assert is_listing(b"\xef\xbb\xbf<rdf:RDF xmlns:rdf='x'/>")
    assert not is_listing(b"<!doctype html><html><body>rss</body></html>")
    assert not is_listing(b"")


def test_entries_are_bounded() -> None:
    """Of an endless feed the first entries count."""
    feed = rss(*(f"<link>/{number}</link>" for number in range(MAX_ENTRIES + 100)))
    assert len(parse_listing(feed, AT).entries) == MAX_ENTRIES


# A site


@pytest.fixture
def site() -> Iterator[Site]:
    """A site of its own."""
    with serving() as running:
        yield running


def visitor_of(site: Site) -> Visitor:
    """A visitor that may use the site, and does not really wait."""
    fetcher = Fetcher(max_bytes=1_000_000, seconds=30, allow_hosts=frozenset((site.place,)))
    return Visitor(fetcher, delay=0, clock=lambda: 0.0, sleep=lambda _: None)


def read(site: Site, *paths: str) -> list[Item]:
    """What the addresses give."""
    return list(read_urls([site.url + path for path in paths], max_bytes=1_000_000, visitor=visitor_of(site)))


def test_a_feed_is_followed_to_its_pages(site: Site) -> None:
    """Pages are fetched for entries without text, not for whole ones; what the page lacks, the feed gives."""
    whole = f"<title>Whole</title><link>/whole</link><description><![CDATA[{LONG}]]></description>"
    dated = "<title>x</title><link>/no_date</link><pubDate>Sun, 22 Sep 2024 06:00:00 GMT</pubDate>"
    site.server.routes["/feed"] = served(rss(whole, dated, "<link>/missing</link>", "<link>/lead_image</link>"))
    whole_one, dated_one, missing, crane = read(site, "/feed")
    assert isinstance(whole_one, Article)
    assert isinstance(dated_one, Article)
    assert isinstance(crane, Article)
    assert (whole_one.title, whole_one.source, site.asked("/whole")) == ("Whole", "127.0.0.1", 0)
    assert (dated_one.title, str(dated_one.published)) == ("Beavers settle in the park", "2024-09-22")
    assert isinstance(missing, IngestEvent)
    assert "404" in missing.reason
    assert str(crane.published) == "2024-03-02"


def test_lists_of_lists_are_followed_and_end(site: Site) -> None:
    """OPML to feeds, an index to sitemaps packed with gzip; a list that names itself does not go on for ever."""
    site.server.routes["/feeds"] = served(b'<opml><body><outline xmlUrl="/feed"/></body></opml>', "text/x-opml")
    site.server.routes["/feed"] = served(rss("<link>/article</link>"))
    news = b"<urlset><url><loc>/lead_image</loc><news><title>x</title></news></url></urlset>"
    site.server.routes["/map.gz"] = served(gzip.compress(news), "application/gzip")
    site.server.routes["/index"] = served(
        b"<sitemapindex><sitemap><loc>/map.gz</loc></sitemap></sitemapindex>", "text/xml"
    )
    found = read(site, "/feeds", "/index", "/feed")
    assert [getattr(item, "title", item) for item in found] == [
        "School bus route returns",
        "Harbour crane falls into the Lenn",
    ]
    site.server.routes["/self"] = served(b'<opml><body><outline xmlUrl="/self"/></body></opml>', "text/x-opml")
    (event,) = read(site, "/self")
    assert isinstance(event, IngestEvent)
    assert site.asked("/self") == 3


def test_pages_of_an_entry_obey_robots_txt(site: Site) -> None:
    """A page that a feed leads to is left out where robots.txt closes it; one that was named is fetched."""
    site.server.routes["/robots.txt"] = served(b"User-agent: *\nDisallow: /article\n", "text/plain")
    site.server.routes["/feed"] = served(rss("<link>/article</link>"))
    (event,) = read(site, "/feed")
    assert isinstance(event, IngestEvent)
    assert "robots.txt" in event.reason
    assert isinstance(read(site, "/article")[0], Article)


@pytest.mark.parametrize(
    ("body", "kind", "title"),
    [
        (f"# Lenn rises\n\n{REPORT}".encode(), "text/markdown", "Lenn rises"),
        (REPORT.encode(), "text/plain; charset=utf-8", REPORT[:50]),
        (json.dumps({"title": "Lenn rises", "text": REPORT}).encode(), "application/json", "Lenn rises"),
        (f"title,text\nLenn rises,\"{REPORT}\"\n".encode(), "text/csv", "Lenn rises"),
        (pdf([["Lenn rises", "", *REPORT.split(". ")]]), "application/pdf", "Lenn rises"),
    ],
)  # fmt: skip
def test_other_kinds_of_pages(site: Site, body: bytes, kind: str, title: str) -> None:
    """Text, records and PDF from the web are read as from files."""
    site.server.routes["/other"] = served(body, kind)
    (article,) = read(site, "/other")
    assert isinstance(article, Article), article
    assert article.title.startswith(title[:60])


@pytest.mark.parametrize(
    ("target", "is_one"),
    [
        ("https://a.example", True),
        (" HTTP://a", True),
        ("a/b.html", False),
        (Path("https://a"), False),
        ("ftp://a", True),
        ("C:/a.txt", False),
        ("c://a.txt", False),
        ("C:\\a.txt", False),
    ],
)
def test_addresses_are_told_from_paths(target: object, is_one: bool) -> None:
    """By their first characters."""
    assert is_url(target) is is_one


# Watching


class Desk:
    """Takes in articles as an index does, and remembers the rounds."""

    def __init__(self) -> None:
        self.rounds: list[list[str]] = []
        self.known: dict[str, str] = {}
        self.before: Callable[[], None] = lambda: None

    def __call__(self, items: Iterable[Item]) -> IngestReport:
        self.before()
        found = list(items)
        self.rounds.append([item.title if isinstance(item, Article) else item.reason for item in found])
        new = [one for one in found if isinstance(one, Article) and self.known.get(one.id) != one.content_hash]
        self.known.update((one.id, one.content_hash) for one in new)
        return IngestReport(added=len(new), failed=tuple(one for one in found if isinstance(one, IngestEvent)))


def watched(
    site: Site, home: Path, targets: list[Path | str], rounds: int, desk: Desk | None = None, **how: object
) -> Desk:
    """A desk after so many rounds."""
    desk = desk or Desk()
    made = watch(
        lambda: desk,
        targets,
        home=home,
        max_bytes=1_000_000,
        rounds=rounds,
        visitor=visitor_of(site),
        sleep=lambda _: None,
        **how,  # type: ignore[arg-type]
    )
    assert made == rounds
    return desk


def conditional(body: Callable[[], bytes]) -> Route:
    """A feed with an ETag made from its body."""

    def answer(one: Handler) -> None:
        now = body()
        tag = f'"{hash(now)}"'
        if one.headers.get("If-None-Match") == tag:
            one.say(b"", "", status=304)
        else:
            one.say(now, "application/rss+xml", ETag=tag)

    return answer


def test_only_what_is_new_is_brought_in(site: Site, tmp_path: Path) -> None:
    """Unchanged feeds are asked with their ETag; of a changed one only the new entry's page is fetched."""
    entries = ["<link>/article</link>"]
    site.server.routes["/feed"] = conditional(lambda: rss(*entries))
    desk = watched(site, tmp_path, [f"{site.url}/feed"], 2)
    assert desk.rounds == [["School bus route returns"], []]
    entries.insert(0, "<link>/lead_image</link>")
    watched(site, tmp_path, [f"{site.url}/feed"], 2, desk)
    assert desk.rounds[2:] == [["Harbour crane falls into the Lenn"], []]
    assert (site.asked("/article"), site.asked("/lead_image"), site.asked("/feed")) == (1, 1, 4)
    assert "If-None-Match" in site.server.asked[-1][1]


def test_an_entry_with_a_new_stamp_is_read_again(site: Site, tmp_path: Path) -> None:
    """A feed that says that an article was updated leads to its page once more."""
    stamp = ["2024-09-21T08:00:00Z"]
    site.server.routes["/feed"] = lambda one: one.say(
        rss(f"<link>/article</link><pubDate>{stamp[0]}</pubDate>"), "application/rss+xml"
    )
    desk = watched(site, tmp_path, [f"{site.url}/feed"], 2)
    stamp[0] = "2024-09-22T08:00:00Z"
    watched(site, tmp_path, [f"{site.url}/feed"], 1, desk)
    assert [len(one) for one in desk.rounds] == [1, 0, 1]


def test_an_entry_that_cannot_be_read_is_tried_three_times(site: Site, tmp_path: Path) -> None:
    """Then it is left alone, although the feed itself says that it has not changed."""
    site.server.routes["/feed"] = conditional(lambda: rss("<link>/missing</link>", "<link>/article</link>"))
    desk = watched(site, tmp_path, [f"{site.url}/feed"], 5)
    assert [len(one) for one in desk.rounds] == [2, 1, 1, 0, 0]
    assert site.asked("/article") == 1


def test_a_page_is_watched(site: Site, tmp_path: Path) -> None:
    """With its ETag; what fails is told and tried again in the next round."""
    site.server.routes["/flaky"] = failing(404)
    desk = watched(site, tmp_path, [f"{site.url}/conditional", f"{site.url}/flaky"], 2)
    assert [len(one) for one in desk.rounds] == [1, 1, 0, 1]


def test_what_came_of_each_look_is_kept(site: Site, tmp_path: Path) -> None:
    """By target: what came in, why it failed, when there was news; without what may be secret in an address."""
    site.server.routes["/feed"] = conditional(lambda: rss("<link>/article</link>"))
    site.server.routes["/flaky"] = failing(404)
    targets: list[Path | str] = [f"{site.url}/feed?key=secret", f"{site.url}/flaky", tmp_path / "nothing"]
    looked: list[list[Watched]] = []
    watched(site, tmp_path, targets, 2, on_round=lambda _: looked.append(read_watched(tmp_path)))
    first, second = ({one.target.rpartition("/")[2]: one for one in found} for found in looked)
    assert set(first) == {"feed", "flaky", "nothing"}
    assert [first["feed"].added, second["feed"].added, first["feed"].stopped] == [1, 0, False]
    assert first["feed"].changed == second["feed"].changed is not None
    assert (first["flaky"].failed, first["flaky"].changed, "404" in first["flaky"].said) == (1, None, True)
    assert [one.stopped for one in read_watched(tmp_path)] == [True] * 3
    late = replace(first["feed"], looked=first["feed"].looked - timedelta(hours=2))
    assert late.stopped


@pytest.mark.parametrize("text", ["", "[]", "{", '{"a": 1}', '{"a": {"looked": "x"}}', '{"a": {"looked": null}}'])
def test_a_damaged_book_of_watches_tells_of_none(tmp_path: Path, text: str) -> None:
    """Whatever stands in the file."""
    (tmp_path / "watched.json").write_text(text)
    assert read_watched(tmp_path) == []


def test_a_folder_is_read_when_something_in_it_changes(site: Site, tmp_path: Path) -> None:
    """Not again as long as names, sizes and times are the same."""
    folder = tmp_path / "news"
    folder.mkdir()
    (folder / "a.html").write_bytes((PAGES / "article.html").read_bytes())
    desk = Desk()

    def before() -> None:
        if len(desk.rounds) == 1:
            (folder / "b.txt").write_text(REPORT)

    desk.before = before
    watched(site, tmp_path / "home", [folder], 4, desk)
    assert [len(one) for one in desk.rounds] == [1, 0, 2, 0]


def test_ctrl_c_ends_it_without_a_trace(site: Site, tmp_path: Path) -> None:
    """While it sleeps and while it brings in: nothing is raised, and what was not brought in is not seen."""
    site.server.routes["/feed"] = conditional(lambda: rss("<link>/article</link>"))

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    desk = Desk()
    desk.before = interrupt  # type: ignore[assignment]
    kept = {"home": tmp_path, "max_bytes": 1_000_000, "visitor": visitor_of(site)}
    assert watch(lambda: desk, [f"{site.url}/feed"], sleep=lambda _: None, **kept) == 0  # type: ignore[arg-type]
    assert not (tmp_path / MEMORY).exists()
    desk.before = lambda: None
    assert watch(lambda: desk, [f"{site.url}/feed"], sleep=interrupt, **kept) == 1  # type: ignore[arg-type]
    assert desk.rounds == [["School bus route returns"]]


def test_it_sleeps_for_what_is_left_of_the_time(site: Site, tmp_path: Path) -> None:
    """The time of a round counts; never less than a minute between two of them is asked for."""
    slept: list[float] = []
    now = iter([0.0, 100.0, 1_000.0, 1_010.0, 2_000.0])
    made = watch(
        Desk, [tmp_path], home=tmp_path, max_bytes=1, every=900, rounds=3, visitor=visitor_of(site),
        sleep=slept.append, clock=lambda: next(now),
    )  # fmt: skip
    assert (made, slept) == (3, [800.0, 890.0])


def test_it_ends_when_asked_to(site: Site, tmp_path: Path) -> None:
    """Within a second of the time between two rounds, and after the round at hand, which is reported."""
    slept: list[float] = []
    reports: list[IngestReport] = []
    kept: dict[str, Any] = {
        "home": tmp_path, "max_bytes": 1, "every": 900, "visitor": visitor_of(site), "sleep": slept.append,
    }  # fmt: skip
    made = watch(
        Desk, [tmp_path], stop=lambda: len(slept) >= 3, on_round=reports.append, clock=lambda: 0.0, **kept
    )
    assert (made, len(reports), slept) == (1, 1, [1.0, 1.0, 1.0])
    assert watch(Desk, [tmp_path], stop=lambda: True, **kept) == 0


@pytest.mark.parametrize("text", ["", "{broken", "[]", '{"a": 1}', '{"a": [1, 2, 3, 4]}', "[" * 100_000, '"x"'])
def test_a_memory_that_cannot_be_read_is_none(site: Site, tmp_path: Path, text: str) -> None:
    """The next round begins anew, and writes a good one."""
    (tmp_path / MEMORY).write_text(text)
    site.server.routes["/feed"] = served(rss("<link>/article</link>"))
    assert watched(site, tmp_path, [f"{site.url}/feed"], 1).rounds == [["School bus route returns"]]
    assert list(json.loads((tmp_path / MEMORY).read_text())) == [f"{site.url}/feed"]


def test_a_memory_that_cannot_be_written_is_an_error(site: Site, tmp_path: Path) -> None:
    """With what to do about it."""
    (tmp_path / "home").write_text("a file where a folder should be")
    site.server.routes["/feed"] = served(rss("<link>/article</link>"))
    with pytest.raises(StorageError, match="cannot be written"):
        watched(site, tmp_path / "home", [f"{site.url}/feed"], 1)


def test_another_writer_costs_a_round(site: Site, tmp_path: Path) -> None:
    """While someone else writes to the index the round fails, and the next one makes up for it."""
    site.server.routes["/feed"] = conditional(lambda: rss("<link>/article</link>"))
    desk = Desk()
    reports: list[IngestReport] = []

    def before() -> None:
        if not reports:
            raise IndexLockedError("Another process writes.")

    desk.before = before
    watched(site, tmp_path, [f"{site.url}/feed"], 2, desk, on_round=reports.append)
    assert [(report.added, len(report.failed)) for report in reports] == [(0, 1), (1, 0)]


def test_a_reader_is_a_guest(site: Site) -> None:
    """One `WebReader` reads each article once, under whichever address it is found."""
    reader = WebReader(visitor_of(site))
    found = list(
        reader.read([f"{site.url}/article", f"{site.url}/article/amp", f"{site.url}/article?utm_source=x"])
    )
    assert [getattr(item, "title", item) for item in found] == ["School bus route returns"]
