"""Reading in a process of its own: what is hostile ends that process alone, and is named with a reason."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from newsqa import NewsQA
from newsqa.errors import ArticleError
from newsqa.interfaces.access import TokenStore
from newsqa.sources.apart import Limits, read_apart
from newsqa.sources.fetching import Fetcher, Visitor
from newsqa.sources.formats import read_bytes
from newsqa.sources.formats.feeds import listing_of, parse_listing
from newsqa.sources.formats.html import read_html
from newsqa.sources.formats.origin import Origin, ReadOptions
from newsqa.sources.formats.web import read_urls
from newsqa.sources.formats.word import read_docx
from newsqa.types import Article, IngestEvent
from tests.formats import docx, paragraph
from tests.newsroom import write_articles
from tests.served import serving
from tests.web_server import PAGES, Handler, Site
from tests.web_server import serving as site_serving

AT = Origin("page", "/page", "/page", "https://news.example/page")
SHORT = Limits(seconds=2.0)
PROSE = b"<p>" + b"The harbour crane fell into the river on Monday, and nobody was hurt by it. " * 20 + b"</p>"


def feed(inside: bytes) -> bytes:
    """A feed with one entry."""
    entry = b"<item><link>https://news.example/a</link>" + inside + b"</item>"
    return b"<rss version='2.0'><channel><title>News</title>" + entry + b"</channel></rss>"


FREEZING = {
    "a feed's long author": (listing_of, feed(b"<author>" + b"a" * 45_000 + b"</author>")),
    "comments that do not end": (
        listing_of,
        feed(b"<description>" + b"&lt;!--" * 60_000 + b"</description>"),
    ),
    "a row of many cells": (read_html, PROSE + b"<table><tr>" + b"<td>x" * 59_000),
}
"""What takes the libraries that read it longer than anyone waits, and holds the interpreter's lock meanwhile."""


@pytest.mark.parametrize("name", FREEZING)
def test_what_takes_too_long_is_stopped(name: str) -> None:
    """It ends at the limit, in words that say what to do, and what is asked for next is read as ever."""
    function, data = FREEZING[name]
    began = time.monotonic()
    with pytest.raises(ArticleError, match=r"took longer than 2 seconds, so it was stopped\. Leave it out"):
        list(read_apart(SHORT, function, data, AT))
    assert time.monotonic() - began < 10
    (article,) = read_apart(Limits(), read_html, PROSE, AT)
    assert isinstance(article, Article)


def test_other_threads_go_on_meanwhile() -> None:
    """A parser that holds the interpreter's lock holds that of its own process."""
    beats: list[float] = []
    done = threading.Event()

    def beat() -> None:
        while not done.wait(0.02):
            beats.append(time.monotonic())

    thread = threading.Thread(target=beat)
    thread.start()
    with pytest.raises(ArticleError):
        list(read_apart(SHORT, *FREEZING["a feed's long author"], AT))
    done.set()
    thread.join()
    assert max(after - before for before, after in pairwise(beats)) < 1.0


def test_memory_and_output_are_bounded() -> None:
    """A text that parses to more memory, or to more text, than a limit allows is refused with that reason."""
    nested = b"[" + b"[]," * 6_000_000 + b"[]]"
    with pytest.raises(ArticleError, match="more than 200 MB of memory, so it was stopped"):
        list(read_apart(Limits(memory=200_000_000), read_bytes, nested, "json", AT, ReadOptions(20_000_000)))
    lines = (b'{"title": "a", "text": "' + b"word " * 20_000 + b'"}\n') * 20
    found = read_apart(Limits(output=1_000_000), read_bytes, lines, "jsonl", AT, ReadOptions(20_000_000))
    with pytest.raises(ArticleError, match="unfolds to more than 1 MB"):
        list(found)


def test_a_whole_file_has_its_time() -> None:
    """Many articles that are each quick enough may not go on for ever."""
    pages = (b'{"title": "a", "text": "<p>' + b"<td>x" * 7_000 + b'"}\n') * 400
    limits = Limits(seconds=20.0, file_seconds=1.0)
    items = read_apart(limits, read_bytes, pages, "jsonl", AT, ReadOptions(20_000_000))
    began = time.monotonic()
    with pytest.raises(ArticleError, match="longer than 1 seconds"):
        list(items)
    assert time.monotonic() - began < 10


def test_a_process_that_breaks_down_is_no_end() -> None:
    """Nor one that sends back what is no article: it is not read. The next request has a new process."""
    for function, arguments in ((os.abort, ()), (Path, ("/",)), (os._exit, (0,))):
        with pytest.raises(ArticleError, match=r"The process that read it broke down\. Leave it out"):
            list(read_apart(Limits(), function, *arguments))
    with pytest.raises(ArticleError, match=r"It cannot be read \(ZeroDivisionError"):
        list(read_apart(Limits(), divmod, 1, 0))


def test_it_is_kept_for_the_next_request() -> None:
    """One process serves request after request, and an abandoned one is not taken up again."""
    (first,) = read_apart(Limits(), os.getpid)
    (second,) = read_apart(Limits(), os.getpid)
    assert first == second != os.getpid()
    abandoned = read_apart(Limits(), range(10).__iter__)
    assert next(abandoned) == 0
    del abandoned
    (third,) = read_apart(Limits(), os.getpid)
    assert third != first


def test_it_knows_no_secrets_and_writes_no_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings and keys are not in its environment, and a file that it opens for writing stays empty."""
    for name in ("NEWSQA_LLM_API_KEY", "OPENAI_API_KEY"):
        monkeypatch.setenv(name, "secret")
    environment = dict(_environment())
    assert "secret" not in environment.values()
    with pytest.raises(ArticleError, match=r"cannot be read \(OSError"):
        list(read_apart(Limits(), (tmp_path / "made").write_text, "text"))
    assert (tmp_path / "made").read_text() == ""


def _environment() -> Iterator[tuple[str, str]]:
    """The environment of a process that was started just now."""
    with pytest.raises(ArticleError):  # so that the next one is new
        list(read_apart(Limits(), os.abort))
    (pid,) = read_apart(Limits(), os.getpid)
    for line in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0"):
        name, _, value = line.decode().partition("=")
        yield name, value


def seconds(work: Callable[[], Any]) -> float:
    """The time of the processor that some work takes."""
    began = time.process_time()
    work()
    return time.process_time() - began


def test_tables_in_tables_are_read_once() -> None:
    """The text of 49 tables, each in a cell of the one before, is given once and not once for each level."""
    inner = paragraph("Arlen has a new bridge.")
    nested = docx("<w:tbl><w:tr><w:tc>" * 49 + inner + "</w:tc></w:tr></w:tbl>" * 49)
    assert read_docx(nested, AT).text == "Arlen has a new bridge."


def test_markup_of_ours_takes_linear_time() -> None:
    """Of the cells of a row and the brackets in a title, four times as many take not sixteen times as long."""

    def cells(count: int) -> Callable[[], Any]:
        record = b'{"title": "a", "text": "<p>A row.</p><table><tr>' + b"<td>x" * count + b'"}'
        return lambda: list(read_bytes(record, "jsonl", AT, ReadOptions(20_000_000)))

    def brackets(count: int) -> Callable[[], Any]:
        return lambda: parse_listing(feed(b"<title>" + b"&lt;" * count + b"</title>"), AT)

    for make in (cells, brackets):
        seconds(make(100))
        assert seconds(make(40_000)) < 0.3 + 10 * seconds(make(10_000))


def test_an_article_has_an_end(tmp_path: Path) -> None:
    """A text of more characters than an article can have is refused, whoever reads it."""
    (tmp_path / "long.txt").write_text("The harbour. " * 400_000, encoding="utf-8")
    with NewsQA.open(tmp_path / "home") as qa:
        (failed,) = qa.ingest([tmp_path / "long.txt"]).failed
    assert "more than 5,000,000 characters" in failed.reason


def test_a_hostile_feed_does_not_stop_the_next_one() -> None:
    """It is named with its address and the reason, and the page after it is read."""
    with site_serving() as site:
        site.server.routes["/feed"] = lambda one: one.say(
            FREEZING["a feed's long author"][1], "application/rss+xml"
        )
        visitor = Visitor(Fetcher(allow_hosts=frozenset((site.place,))), delay=0)
        urls = [f"{site.url}/feed", f"{site.url}/article"]
        failed, article = read_urls(urls, max_bytes=1_000_000, visitor=visitor, limits=SHORT)
    assert isinstance(failed, IngestEvent)
    assert (failed.name, "took longer than 2 seconds" in failed.reason) == (f"{site.url}/feed", True)
    assert isinstance(article, Article)


@pytest.mark.slow
def test_a_hostile_upload_is_refused_while_a_server_answers(newsroom: Path, tmp_path: Path) -> None:
    """A real server stops reading it, says so, keeps nothing of it, and answers in the meantime."""
    body = FREEZING["a row of many cells"][1]
    form = (
        b'--x\r\nContent-Disposition: form-data; name="file"; filename="row.html"\r\n\r\n'
        + body
        + b"\r\n--x--\r\n"
    )
    home = tmp_path / "home"
    with NewsQA.open(home) as qa:
        qa.ingest([newsroom])
    with serving(home, read_seconds="2") as served:
        replies: list[Any] = []
        kind = {"content-type": "multipart/form-data; boundary=x"}
        upload = threading.Thread(
            target=lambda: replies.append(served.request("POST", "/v1/articles", form, kind))
        )
        upload.start()
        answered = 0
        while upload.is_alive():
            began = time.monotonic()
            assert served.request("POST", "/v1/search", {"query": "bridge"}).status == 200
            assert time.monotonic() - began < 2.0
            answered += 1
        upload.join()
        (reply,) = replies
        assert (reply.status, reply.json["error"]["code"]) == (422, "bad_article")
        assert "took longer than 2 seconds" in reply.json["error"]["message"]
        assert answered
    assert list((home / "uploads").iterdir()) == []


# What is fetched, and what waits for it


@pytest.fixture
def slow() -> Iterator[tuple[Site, threading.Event]]:
    """A site whose feed names pages that come only when the event is set."""
    go = threading.Event()

    def page(one: Handler) -> None:
        go.wait(60)
        one.say((PAGES / "article.html").read_bytes())

    with site_serving() as site:
        links = "".join(f"<item><link>{site.url}/slow{number}</link></item>" for number in range(3))
        site.server.routes["/feed"] = lambda one: one.say(
            f"<rss version='2.0'><channel><title>News</title>{links}</channel></rss>".encode(),
            "application/rss+xml",
        )
        site.server.routes |= {f"/slow{number}": page for number in range(3)}
        try:
            yield site, go
        finally:
            go.set()


def visiting(site: Site, monkeypatch: pytest.MonkeyPatch, **how: Any) -> None:
    """Lets newsqa fetch from a site on this machine."""

    def visitor(_: Fetcher, **named: Any) -> Visitor:
        return Visitor(Fetcher(allow_hosts=frozenset((site.place,))), delay=0, **how, **named)

    monkeypatch.setattr("newsqa.sources.formats.web.Visitor", visitor)


def asked(site: Site, path: str) -> None:
    """Returns when a page has been asked for."""
    deadline = time.monotonic() + 30
    while all(one != path for one, _ in site.server.asked):
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_slow_feed_keeps_no_writer_waiting(
    slow: tuple[Site, threading.Event], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While its pages are fetched, another process may write to the index."""
    site, go = slow
    visiting(site, monkeypatch)
    reports = []
    with NewsQA.open(tmp_path / "home") as qa, NewsQA.open(tmp_path / "home") as other:
        feeding = threading.Thread(target=lambda: reports.append(qa.ingest([f"{site.url}/feed"])))
        feeding.start()
        asked(site, "/slow0")
        assert other.ingest([write_articles(tmp_path / "news")]).added == 3
        go.set()
        feeding.join()
    assert [report.added for report in reports] == [1]


def test_who_asks_to_stop_waits_for_one_page_at_most(
    slow: tuple[Site, threading.Event], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was fetched by then goes in, nothing more is asked for, and the report says that it was interrupted."""
    site, go = slow
    visiting(site, monkeypatch)
    go.set()
    with NewsQA.open(tmp_path / "home") as qa:
        report = qa.ingest([f"{site.url}/feed"], stop=lambda: any(one == "/slow0" for one, _ in site.server.asked))
    assert (report.added, report.interrupted) == (1, True)
    assert [path for path, _ in site.server.asked if path.startswith("/slow")] == ["/slow0"]


@pytest.mark.parametrize("limits", [Limits(list_seconds=2.5), Limits(list_bytes=2_000)], ids=["time", "bytes"])
def test_a_whole_feed_has_an_end(slow: tuple[Site, threading.Event], limits: Limits) -> None:
    """When its seconds or bytes are spent, the report says what is left, and the next address is read."""
    site, go = slow
    go.set()
    now = [0.0]

    def clock() -> float:
        now[0] += 0.5
        return now[0]

    visitor = Visitor(Fetcher(allow_hosts=frozenset((site.place,))), delay=0, clock=clock, sleep=lambda _: None)
    urls = [f"{site.url}/feed", f"{site.url}/lead_image"]
    *_, failed, last = read_urls(urls, max_bytes=1_000_000, visitor=visitor, limits=limits)
    assert isinstance(failed, IngestEvent)
    assert "of its entries were not read" in failed.reason
    assert isinstance(last, Article)


def test_a_long_pause_does_not_outlast_the_time(slow: tuple[Site, threading.Event]) -> None:
    """A site that asks for a minute between two pages is not waited for longer than the feed's time."""
    site, go = slow
    go.set()
    robots = b"User-agent: *\nCrawl-delay: 60\n"
    site.server.routes["/robots.txt"] = lambda one: one.say(robots, "text/plain")
    slept: list[float] = []
    visitor = Visitor(Fetcher(allow_hosts=frozenset((site.place,))), sleep=slept.append)
    found = list(
        read_urls([f"{site.url}/feed"], max_bytes=1_000_000, visitor=visitor, limits=Limits(list_seconds=30))
    )
    assert max(slept, default=0.0) <= 30
    assert all(isinstance(one, IngestEvent) for one in found[1:])


@pytest.mark.skipif(os.name != "posix", reason="files have no such modes here")
def test_what_is_kept_is_for_its_owner_alone(tmp_path: Path) -> None:
    """Index folder and uploads are 0700, each upload and the tokens 0600, whatever the umask says."""
    before = os.umask(0)
    try:
        home = tmp_path / "made" / "home"
        with NewsQA.open(home) as qa:
            for text in ("The bridge is open.", "The bridge is open again."):
                qa.add_text(text, title="Bridge", url="https://news.example/bridge")
            (tmp_path / "sent.txt").write_text("The ferry stops in September.", encoding="utf-8")
            qa.add_file("sent.txt", tmp_path / "sent.txt")
        TokenStore(home).new("desk")
    finally:
        os.umask(before)
    uploads = list((home / "uploads").iterdir())
    assert len(uploads) == 2
    folders = [home, home / "uploads"]
    files = [*uploads, home / "tokens.json"]
    assert [path.stat().st_mode & 0o777 for path in folders] == [0o700, 0o700]
    assert [path.stat().st_mode & 0o777 for path in files] == [0o600] * 3
