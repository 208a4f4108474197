"""Nobody takes another's place: ids are bound to where an article was read, addresses elsewhere are claims."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from newsqa import NewsQA
from newsqa.interfaces.render import article_html, cards_html, to_markdown, to_text
from newsqa.sources.fetching import Fetcher, Visitor
from newsqa.sources.formats import read_articles
from newsqa.sources.formats.origin import ReadOptions, article_id
from newsqa.sources.formats.web import WebReader, read_urls
from newsqa.sources.ingesting import ingest
from newsqa.sources.watching import watch
from newsqa.store import Index
from newsqa.types import Answer, Article, Citation, IngestReport, Passage, Span
from tests.fakes import HashingEncoder, ParagraphSplitter
from tests.web_server import Route, Site, serving

MEGABYTE = 1_000_000
URL = "https://courier.example/dam"
TRUE = (
    "Divers closed the sluice of the dam above Hale on Friday, because a beam had jammed it open. Keeper Odile "
    "Marn said that 300 cellars had been pumped dry by the evening and that nobody was hurt."
)
FALSE = (
    "Keeper Odile Marn opened the sluice of the dam above Hale for a bet, a friend of hers has told this paper. "
    "She laughed as the water came, said the friend, and has since left the country with the keys of the dam."
)
LONG = "".join(f"<p>{FALSE} This is part {number} of our report.</p>" for number in range(6))


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Index]:
    """An index of its own, with a stand-in for the encoder."""
    with Index.open(tmp_path / "home", HashingEncoder(), ParagraphSplitter()) as opened:
        yield opened


@pytest.fixture
def outlet() -> Iterator[Site]:
    """The site of an outlet with one article."""
    with serving() as site:
        site.server.routes["/dam"] = page(TRUE)
        yield site


@pytest.fixture
def stranger() -> Iterator[Site]:
    """Another site, which on the loopback interface is another port."""
    with serving() as site:
        yield site


def page(text: str, head: str = "") -> Route:
    """A page with a report."""
    body = f"<html><head><title>The dam</title>{head}</head><body><article><h1>The dam</h1><p>{text}</p></article>"
    return lambda one: one.say(f"{body}</body></html>".encode())


def rss(*items: str) -> Route:
    """A feed that calls itself The Courier."""
    inside = "".join(f"<item>{item}</item>" for item in items)
    feed = f'<rss version="2.0"><channel><title>The Courier</title>{inside}</channel></rss>'.encode()
    return lambda one: one.say(feed, "application/rss+xml")


def visitor(*sites: Site) -> Visitor:
    """A visitor that may use the sites, and does not really wait."""
    fetcher = Fetcher(max_bytes=MEGABYTE, seconds=30, allow_hosts=frozenset(site.place for site in sites))
    return Visitor(fetcher, delay=0, clock=lambda: 0.0, sleep=lambda _: None)


def fetch(index: Index, *urls: str, sites: tuple[Site, ...]) -> IngestReport:
    """Brings in what is at the addresses."""
    return index.ingest(read_urls(urls, max_bytes=MEGABYTE, visitor=visitor(*sites)))


def files(index: Index, *paths: Path, prune: bool = False) -> IngestReport:
    """Brings in files."""
    return ingest(index, paths, max_bytes=MEGABYTE, prune=prune)


def write(path: Path, text: str, **fields: str) -> Path:
    """A Markdown file with front matter."""
    path.parent.mkdir(parents=True, exist_ok=True)
    head = "".join(f"{name}: {value}\n" for name, value in fields.items())
    path.write_text(f"---\n{head}---\n{text}\n", encoding="utf-8")
    return path


def texts(index: Index) -> dict[str, str]:
    """The text of every article by its id."""
    return {one.id: index.article(one.id).text for one in index.articles()}


# Files


@pytest.mark.parametrize("kind", ["md", "jsonl", "html", "csv"])
def test_a_file_that_gives_the_address_of_another_takes_nothing(index: Index, tmp_path: Path, kind: str) -> None:
    """In another run or the same: two articles, the first one as it was, and again no change."""
    honest = write(tmp_path / "a.md", TRUE, title="The dam", url=URL, source="The Courier")
    forged = tmp_path / f"b.{kind}"
    if kind == "md":
        write(forged, FALSE, title="The dam", url=f"{URL}/?utm_source=x", source="The Courier")
    elif kind == "jsonl":
        forged.write_text(json.dumps({"title": "The dam", "text": FALSE, "url": URL, "source": "The Courier"}))
    elif kind == "csv":
        forged.write_text(f'title,url,text\nThe dam,{URL},"{FALSE}"\n')
    else:
        head = f'<link rel="canonical" href="{URL}"><meta property="og:site_name" content="The Courier">'
        forged.write_text(f"<html><head><title>The dam</title>{head}</head><body><p>{FALSE}</p>")
    first = files(index, honest)
    assert files(index, forged).added == 1
    assert texts(index)[first.article_ids[0]] == TRUE
    assert sorted(texts(index).values()) == sorted([TRUE, FALSE])
    for _ in range(2):
        report = files(index, honest, forged)
        assert (report.same, report.added, report.updated, report.failed) == (2, 0, 0, ())


def test_each_file_keeps_its_article_through_changes(index: Index, tmp_path: Path) -> None:
    """Of two files with one address each updates its own article, in whatever order they are read."""
    one, two = (write(tmp_path / name, text, url=URL) for name, text in (("a.md", TRUE), ("b.md", FALSE)))
    files(index, one)
    files(index, two)
    before = {text: key for key, text in texts(index).items()}
    write(two, f"{FALSE} Corrected.", url=URL)
    assert files(index, two, one).updated == 1
    write(one, f"{TRUE} Corrected.", url=URL)
    assert files(index, two, one).updated == 1
    assert texts(index) == {before[TRUE]: f"{TRUE} Corrected.", before[FALSE]: f"{FALSE} Corrected."}


def test_a_file_that_moves_is_the_same_article(index: Index, tmp_path: Path) -> None:
    """With its folder, or by itself, changed on the way or not; what is pruned then is nothing."""
    write(tmp_path / "news" / "a.md", TRUE, url=URL)
    (key,) = files(index, tmp_path / "news").article_ids
    assert key == article_id(URL, "")
    (tmp_path / "news").rename(tmp_path / "archive")
    report = files(index, tmp_path / "archive", prune=True)
    assert (report.same, report.removed) == (1, 0)
    assert index.article(key).path == str(tmp_path / "archive" / "a.md")
    (tmp_path / "archive" / "a.md").rename(tmp_path / "archive" / "b.md")
    write(tmp_path / "archive" / "b.md", f"{TRUE} Corrected.", url=URL)
    report = files(index, tmp_path / "archive", prune=True)
    assert (report.updated, report.added, report.removed) == (1, 0, 0)


def test_a_copy_of_a_file_does_not_become_its_place(index: Index, tmp_path: Path) -> None:
    """Who brings in the same article first and a changed one after that has changed nothing of the first."""
    honest, other = write(tmp_path / "a.md", TRUE, url=URL), write(tmp_path / "b.md", TRUE, url=URL)
    (key,) = files(index, honest).article_ids
    assert files(index, other).same == 1
    assert index.article(key).path == str(honest)
    write(other, FALSE, url=URL)
    files(index, other)
    assert texts(index)[key] == TRUE
    assert index.versions(key) == []


def test_records_of_many_outlets_stay_many(index: Index, tmp_path: Path) -> None:
    """A dump of a news service keeps its outlets and addresses; a record with another's address is one more."""
    records = [
        {"title": f"Report {number}", "text": f"{TRUE} Part {number}.", "url": f"https://{name}.example/{number}",
         "source": {"name": name}}
        for number, name in enumerate(("courier", "ledger", "post"))
    ]  # fmt: skip
    records.append({**records[0], "text": FALSE})
    (tmp_path / "dump.jsonl").write_text("\n".join(map(json.dumps, records)))
    assert files(index, tmp_path / "dump.jsonl").added == 4
    assert sorted(one.source for one in index.articles()) == ["courier", "courier", "ledger", "post"]
    assert files(index, tmp_path / "dump.jsonl").same == 4


def test_an_upload_replaces_only_what_was_sent_under_its_name(tmp_path: Path) -> None:
    """A text or file with the address of an article that is there becomes one of its own; sent again, that."""
    honest = write(tmp_path / "a.md", TRUE, title="The dam", url=URL)
    with NewsQA.open(tmp_path / "home") as qa:
        (key,) = qa.ingest([honest]).article_ids
        (text,) = qa.add_text(FALSE, title="Other title", url=URL).article_ids
        (file,) = qa.add_file("dam.md", f"---\nurl: {URL}\n---\n{FALSE} As a file.".encode()).article_ids
        assert len({key, text, file}) == 3
        assert qa.article(key).text == TRUE
        again = qa.add_text(f"{FALSE} Corrected.", title="New title", url=URL)
        assert (again.updated, again.article_ids) == (1, (text,))
        assert qa.history(URL).article.id == key


# The web


def test_a_fetched_article_is_not_replaced_by_one_that_claims_its_address(
    index: Index, outlet: Site, tmp_path: Path
) -> None:
    """The same article from the web and from a file is two articles, whichever came first."""
    saved = write(tmp_path / "saved.md", FALSE, url=f"{outlet.url}/dam", source="The Courier")
    (fetched,) = fetch(index, f"{outlet.url}/dam", sites=(outlet,)).article_ids
    (filed,) = files(index, saved).article_ids
    assert (index.article(fetched).claimed, index.article(filed).claimed) == (False, True)
    assert texts(index) == {fetched: TRUE, filed: FALSE}
    index.remove([fetched])
    assert fetch(index, f"{outlet.url}/dam", sites=(outlet,)).added == 1
    assert fetch(index, f"{outlet.url}/dam", sites=(outlet,)).same == 1
    assert files(index, saved).same == 1
    assert len(texts(index)) == 2


def test_a_feed_of_another_host_takes_nothing(index: Index, outlet: Site, stranger: Site) -> None:
    """Its text under another's address is left for the outlet's page; without that it is a claim."""
    link = f"{outlet.url}/dam"
    stranger.server.routes["/feed"] = rss(
        f"<title>The dam</title><link>{link}</link><description><![CDATA[{LONG}]]></description>",
        f"<title>Gone</title><link>{outlet.url}/gone</link><description><![CDATA[{LONG}]]></description>",
    )
    (honest,) = fetch(index, link, sites=(outlet,)).article_ids
    report = fetch(index, f"{stranger.url}/feed", sites=(outlet, stranger))
    assert (report.same, report.added, report.failed) == (1, 1, ())
    assert texts(index)[honest] == TRUE
    claim = index.article(next(key for key in report.article_ids if key != honest))
    assert (claim.claimed, claim.url, claim.source) == (True, f"{outlet.url}/gone", "127.0.0.1")
    assert claim.id not in (article_id(claim.url, ""), honest)


@pytest.mark.parametrize("form", ["json", "markdown"])
def test_what_another_host_serves_takes_nothing(index: Index, outlet: Site, stranger: Site, form: str) -> None:
    """Records and front matter with another's address and name are the server's own article, and a claim."""
    link = f"{outlet.url}/dam"
    if form == "json":
        item = {"title": "The dam", "content_text": FALSE, "url": link, "source": "The Courier"}
        body, kind = json.dumps({"items": [item]}), "application/feed+json"
    else:
        body, kind = f"---\ntitle: The dam\nurl: {link}\nsource: The Courier\n---\n{FALSE}", "text/markdown"
    stranger.server.routes["/x"] = lambda one: one.say(body.encode(), kind)
    (forged,) = fetch(index, f"{stranger.url}/x", sites=(stranger,)).article_ids
    (honest,) = fetch(index, link, sites=(outlet,)).article_ids
    assert fetch(index, f"{stranger.url}/x", sites=(stranger,)).same == 1
    assert texts(index) == {forged: FALSE, honest: TRUE}
    assert honest == article_id(link, "")
    found = index.article(forged)
    assert (found.claimed, found.url, found.source) == (True, link, "127.0.0.1")


def test_a_feed_of_the_same_host_is_confirmed(index: Index, outlet: Site) -> None:
    """The whole text in an outlet's own feed and its page are one article under one address."""
    outlet.server.routes["/feed"] = rss(
        f"<title>Part two</title><link>/two</link><description><![CDATA[{LONG}]]></description>"
    )
    (key,) = fetch(index, f"{outlet.url}/feed", sites=(outlet,)).article_ids
    assert (key, index.article(key).claimed) == (article_id(f"{outlet.url}/two", ""), False)
    assert outlet.asked("/two") == 0


def test_a_proxy_of_feeds_leads_to_the_outlet(index: Index, outlet: Site, stranger: Site) -> None:
    """A link of the proxy's own that redirects to the outlet gives the outlet's article."""
    stranger.server.routes["/r/1"] = lambda one: one.say(b"", status=302, Location=f"{outlet.url}/dam")
    stranger.server.routes["/feed"] = rss(f"<title>Dam</title><link>{stranger.url}/r/1</link>")
    (key,) = fetch(index, f"{stranger.url}/feed", sites=(outlet, stranger)).article_ids
    assert (key, index.article(key).claimed) == (article_id(f"{outlet.url}/dam", ""), False)


def test_an_outlet_is_the_host_whatever_a_page_calls_itself(index: Index, stranger: Site) -> None:
    """Neither `og:site_name` nor JSON-LD nor the feed's title names it, and the address is the page's own."""
    data = '{"@type": "NewsArticle", "headline": "The dam", "publisher": {"name": "The Courier"}}'
    stranger.server.routes["/forged"] = page(
        FALSE,
        '<meta property="og:site_name" content="The Courier"><meta property="og:url" content="https://courier.example/dam">'
        f'<link rel="canonical" href="{URL}"><script type="application/ld+json">{data}</script>',
    )
    stranger.server.routes["/feed"] = rss("<title>The dam</title><link>/forged</link>")
    (key,) = fetch(index, f"{stranger.url}/feed", sites=(stranger,)).article_ids
    found = index.article(key)
    assert (found.source, found.url, found.claimed) == ("127.0.0.1", f"{stranger.url}/forged", False)


# Two days, one title


BRIEFINGS = [f"On day {number}, {TRUE} The price of rye was {number}." for number in (1, 2)]


def test_a_briefing_of_another_day_is_another_article(index: Index, outlet: Site, tmp_path: Path) -> None:
    """The same title and outlet on two days: as texts, files, records, and in a feed with one link for all."""
    with NewsQA.open(tmp_path / "qa") as qa:
        for day, text in enumerate(BRIEFINGS, start=1):
            fields = {"title": "Morning briefing", "source": "The Courier", "published": f"2024-05-0{day}"}
            assert qa.add_text(text, **fields).added == 1
            assert qa.add_text(text, **fields).same == 1
        assert len(qa.articles()) == 2
    folder = [
        write(tmp_path / f"{day}.md", text, title="Morning briefing", source="Post", published=f"2024-05-0{day}")
        for day, text in enumerate(BRIEFINGS, start=1)
    ]
    assert files(index, *folder).added == 2
    rows = [
        {"title": "Morning briefing", "source": "Post", "date": f"2024-06-0{day}", "text": text}
        for day, text in enumerate(BRIEFINGS, start=1)
    ]
    (tmp_path / "a.jsonl").write_text("\n".join(map(json.dumps, rows)))
    assert files(index, tmp_path / "a.jsonl").added == 2
    bodies = (FALSE, TRUE)
    items = [
        f"<title>Morning briefing</title><link>/briefing</link><guid>b{day}</guid>"
        f"<pubDate>0{day + 5} May 2024 06:00:00 GMT</pubDate>"
        f"<description><![CDATA[{''.join(f'<p>{text} Item {n}.</p>' for n in range(6))}]]></description>"
        for day, text in enumerate(bodies, start=1)
    ]
    outlet.server.routes["/feed"] = rss(*reversed(items))
    assert fetch(index, f"{outlet.url}/feed", sites=(outlet,)).added == 2
    assert fetch(index, f"{outlet.url}/feed", sites=(outlet,)).same == 2
    assert len(texts(index)) == 6


def test_a_page_whose_report_changes_with_the_day_keeps_both(index: Index, outlet: Site) -> None:
    """Another report of another day under the same address is another article; a correction is a version."""
    place = f"{outlet.url}/briefing"
    dated = '<meta property="article:published_time" content="2024-05-0{}">'
    for day, text in ((1, TRUE), (2, FALSE)):
        outlet.server.routes["/briefing"] = page(text, dated.format(day))
        assert fetch(index, place, sites=(outlet,)).added == 1
        assert fetch(index, place, sites=(outlet,)).same == 1
    assert sorted(texts(index).values()) == sorted([TRUE, FALSE])
    outlet.server.routes["/briefing"] = page(f"{FALSE} Corrected.", dated.format(2))
    assert fetch(index, place, sites=(outlet,)).updated == 1
    outlet.server.routes["/dam"] = page(TRUE, dated.format(1))
    assert fetch(index, f"{outlet.url}/dam", sites=(outlet,)).added == 1
    outlet.server.routes["/dam"] = page(f"{TRUE} Corrected.", dated.format(2))
    assert fetch(index, f"{outlet.url}/dam", sites=(outlet,)).updated == 1


# What is shown


def test_a_claimed_address_is_shown_as_one(index: Index, tmp_path: Path) -> None:
    """In text, Markdown, HTML and JSON, of citations, articles and lists; an address that was fetched is not."""
    (key,) = files(index, write(tmp_path / "a.md", TRUE, title="The dam", url=URL)).article_ids
    article = index.article(key)
    (hit, _), *_ = index.search_words("sluice", 1)
    (passage,) = index.passages([hit])
    assert (passage.claimed, next(index.articles()).to_dict()["claimed"]) == (True, True)
    for claimed in (True, False):
        shown = _answer(passage, claimed=claimed)
        assert f"{URL}{' (claimed)' * claimed}" in to_text(shown).splitlines()[-1]
        assert (f"(<{URL}>) (claimed)" in to_markdown(shown)) is claimed
        assert (">Original (claimed)</a>" in cards_html(shown.citations)) is claimed
        assert shown.to_dict()["citations"][0]["claimed"] is claimed
    assert "Read the original (claimed)" in article_html(article)


def _answer(passage: Passage, *, claimed: bool) -> Answer:
    values = {name: getattr(passage, name) for name in Passage.__slots__}
    passage = Passage(**{**values, "claimed": claimed})
    cited = Citation(1, passage.text, passage.start, passage.end, passage, (Span(passage.start, passage.end),))
    return Answer("?", "?", f"{passage.text} [1]", False, 0.9, (cited,))


def test_an_index_of_the_second_format_learns_what_is_claimed(tmp_path: Path) -> None:
    """Ids stay as they are; the addresses that files gave are claims from then on."""
    home, path = tmp_path / "home", write(tmp_path / "a.md", TRUE, url=URL)
    with Index.open(home, HashingEncoder(), ParagraphSplitter()) as index:
        (key,) = files(index, path).article_ids
    with closing(sqlite3.connect(home / "catalogue.sqlite")) as connection:
        connection.executescript(
            "ALTER TABLE articles DROP COLUMN claimed; PRAGMA user_version = 2;"
            "ALTER TABLE passages ADD COLUMN row INTEGER; DROP INDEX articles_by_author;"
            "ALTER TABLE articles DROP COLUMN checksum; ALTER TABLE versions DROP COLUMN checksum;"
        )
    with Index.open(home, HashingEncoder(), ParagraphSplitter()) as index:
        assert index.article(key).claimed
        assert files(index, path).same == 1


def test_watching_a_feed_keeps_the_entries_of_one_link_apart(index: Index, outlet: Site, tmp_path: Path) -> None:
    """Round after round nothing is doubled, and nothing lost."""
    items = [
        f"<title>Briefing</title><link>/b</link><guid>{day}</guid><pubDate>0{day} May 2024 06:00:00 GMT</pubDate>"
        f"<description><![CDATA[{''.join(f'<p>{text} Item {n}.</p>' for n in range(6))}]]></description>"
        for day, text in ((1, TRUE), (2, FALSE))
    ]
    for routes, expected in ((items[:1], 1), (items, 2), (items, 2)):
        outlet.server.routes["/feed"] = rss(*routes)
        watch(
            lambda: index.ingest, [f"{outlet.url}/feed"], home=tmp_path, max_bytes=MEGABYTE, rounds=1,
            visitor=visitor(outlet),
        )  # fmt: skip
        assert len(texts(index)) == expected


def test_readers_say_who_an_article_is(tmp_path: Path, outlet: Site) -> None:
    """Without an address an article is known by its path; with one by that, and has an id of its own besides."""
    plain, addressed = write(tmp_path / "a.md", TRUE, title="A"), write(tmp_path / "b.md", TRUE, url=URL)
    one, two = (
        item for item in read_articles([plain, addressed], max_bytes=MEGABYTE) if isinstance(item, Article)
    )
    assert one.id == one.own_id == article_id("", str(plain))
    assert (two.id, two.own_id) == (article_id(URL, ""), article_id("", str(addressed)))
    reader = WebReader(visitor(outlet), ReadOptions(MEGABYTE))
    (three,) = (item for item in reader.read([f"{outlet.url}/dam"]) if isinstance(item, Article))
    assert (three.id, three.claimed) == (article_id(f"{outlet.url}/dam", ""), False)
