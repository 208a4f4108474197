"""Web archives: which of their records are articles, what an article takes from its record, and what harm does."""

from __future__ import annotations

import gzip
import os
import zlib
from datetime import date
from pathlib import Path

import pytest

from newsqa.sources.apart import Limits, open_apart
from newsqa.sources.formats import read_articles
from newsqa.types import Article, IngestEvent

TEXT = (
    "The weir at Tolk was opened on Tuesday because the river had risen by two metres overnight, the water board "
    "said. Its engineer Ines Calder expects the level to fall again by Friday, once the lower sluices are open."
)
PAGE = (
    "<html><head><title>Weir at Tolk opened</title>{head}</head><body><nav>Home</nav><article>"
    "<h1>Weir at Tolk opened</h1><p>" + TEXT + "</p></article></body></html>"
)
DATED = '<meta property="article:published_time" content="2021-03-02"><meta name="author" content="Ana Ruiz">'
URL = "https://www.fen-herald.example/weir"


def response(body: bytes, *headers: str, status: str = "200 OK") -> bytes:
    """What a server answered."""
    lines = [f"HTTP/1.1 {status}", *(headers or ("Content-Type: text/html; charset=utf-8",)), "", ""]
    return "\r\n".join(lines).encode("latin-1") + body


def record(block: bytes, url: str = URL, kind: str = "response", day: str = "2021-03-05T06:07:08Z") -> bytes:
    """A record of an archive."""
    lines = ["WARC/1.0", f"WARC-Type: {kind}", f"WARC-Target-URI: {url}", f"WARC-Date: {day}"]
    head = "\r\n".join([*lines, f"Content-Length: {len(block)}", "", ""])
    return head.encode() + block + b"\r\n\r\n"


def page(head: str = "") -> bytes:
    return PAGE.format(head=head).encode()


def read(path: Path, data: bytes, max_bytes: int = 1_000_000) -> list[Article | IngestEvent]:
    path.write_bytes(data)
    return list(read_articles([path], max_bytes=max_bytes))  # type: ignore[arg-type]


def test_a_page_is_read_with_its_address_and_day(tmp_path: Path) -> None:
    """The outlet is the host, the day the page's own, else that of the fetch; the address is a claim."""
    data = record(response(page(DATED))) + record(response(page()), URL + "/later")
    dated, undated = read(tmp_path / "news.warc", data)
    assert isinstance(dated, Article)
    assert isinstance(undated, Article)
    assert (dated.title, dated.text, dated.author) == ("Weir at Tolk opened", TEXT, "Ana Ruiz")
    assert (dated.url, dated.source, dated.claimed) == (URL, "fen-herald.example", True)
    assert (dated.published, undated.published) == (date(2021, 3, 2), date(2021, 3, 5))
    assert dated.id != undated.id


def test_only_pages_that_were_answered_are_articles(tmp_path: Path) -> None:
    """Requests, errors, redirects, pictures and names that were looked up are passed over without a word."""
    picture = response(b"\x89PNG" * 9, "Content-Type: image/png")
    data = b"".join(
        [
            record(b"software: crawler", kind="warcinfo"),
            record(b"GET / HTTP/1.1\r\n\r\n", kind="request"),
            record(response(page(), status="404 Not Found"), URL + "/gone"),
            record(response(page(), status="301 Moved"), URL + "/moved"),
            record(picture, URL + "/a.png"),
            record(b"20210305 1.2.3.4", "dns:fen-herald.example"),
            record(page(), kind="resource"),
            record(response(page()), f"<{URL}>"),
        ]
    )
    (article,) = read(tmp_path / "news.warc", data)
    assert isinstance(article, Article)
    assert article.url == URL


def test_a_body_is_unpacked(tmp_path: Path) -> None:
    """In chunks, with gzip or deflate, or unpacked by the archive already, whatever the headers say."""
    whole, kind = page(), "content-type: TEXT/HTML"
    chunks = b"".join(b"%x;x=1\r\n%s\r\n" % (len(p), p) for p in (whole[:50], whole[50:])) + b"0\r\n\r\n"
    bare = zlib.compressobj(wbits=-15)
    bodies = [
        (chunks, ["Transfer-Encoding: chunked"]),
        (gzip.compress(whole), ["Content-Encoding: gzip"]),
        (zlib.compress(whole), ["Content-Encoding: deflate"]),
        (bare.compress(whole) + bare.flush(), ["Content-Encoding: deflate"]),
        (whole, ["Transfer-Encoding: chunked", "Content-Encoding: gzip", "Content-Length: 7"]),
        (whole, ["Content-Encoding: br"]),
    ]
    data = [record(response(body, kind, *more), f"{URL}/{n}") for n, (body, more) in enumerate(bodies)]
    found = read(tmp_path / "news.warc.gz", b"".join(map(gzip.compress, data)))
    assert [one.text if isinstance(one, Article) else one.reason for one in found] == [TEXT] * len(bodies)


def test_a_page_cannot_take_the_place_of_another_outlet(tmp_path: Path) -> None:
    """A canonical address of another host, and another's name, count for nothing."""
    forged = page('<link rel="canonical" href="https://big.example/x"><meta property="og:site_name" content="T">')
    (article,) = read(tmp_path / "news.warc", record(response(forged)))
    assert isinstance(article, Article)
    assert (article.url, article.source) == (URL, "fen-herald.example")


def test_a_faulty_page_is_told_by_its_address(tmp_path: Path) -> None:
    """And does not stop the others: one without a report, one too large, one that is packed to do harm."""
    bomb = gzip.compress(b"<p>" + b" " * 3_000_000)
    data = [
        record(response(b"<html><title>Front</title><p>Sections</p></html>"), URL + "/front"),
        record(response(page() + b" " * 1_000_000), URL + "/large"),
        record(response(bomb, "Content-Type: text/html", "Content-Encoding: gzip"), URL + "/bomb"),
        record(response(b"~~", "Content-Type: text/html", "Content-Encoding: br"), URL + "/brotli"),
        record(response(page()), URL + "/good"),
    ]
    *faults, good = read(tmp_path / "news.warc", b"".join(data))
    assert isinstance(good, Article)
    assert [one.name.rpartition("/")[2] for one in faults if isinstance(one, IngestEvent)] == [
        "front",
        "large",
        "bomb",
        "brotli",
    ]
    assert "no article text" in faults[0].reason  # type: ignore[union-attr]
    assert "1.0 MB" in faults[1].reason  # type: ignore[union-attr]
    assert "Brotli" in faults[3].reason  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "holds no page"),
        (b"Once upon a time\r\n\r\n", "damaged at record 1"),
        (b"WARC/1.0\r\nWARC-Type: response\r\n\r\n", "damaged at record 1"),
        (b"WARC/1.0\r\nContent-Length: -5\r\n\r\n", "damaged at record 1"),
        (b"WARC/1.0\r\nContent-Length: 99999999999999999999\r\n\r\n", "damaged at record 1"),
        (b"WARC/1.0\r\nX: " + b"x" * 200_000, "damaged at record 1"),
        (b"WARC/1.0\r\n" + b"X: x\r\n" * 5_000 + b"\r\n", "damaged at record 1"),
        (record(response(page(), status="500 No"))[:-4], "holds no page"),
        (record(b"GET / HTTP/1.1", kind="request"), "holds no page"),
    ],
)
def test_what_is_no_archive_is_told(tmp_path: Path, data: bytes, told: str) -> None:
    """Text, headers without a length or without an end, an archive of other things."""
    (event,) = read(tmp_path / "news.warc", data)
    assert isinstance(event, IngestEvent)
    assert told in event.reason


def test_what_was_read_before_a_break_is_kept(tmp_path: Path) -> None:
    """An archive that breaks off in its second record gives the first, and says where it broke."""
    article, event = read(tmp_path / "news.warc", record(response(page())) + record(response(page()))[:400])
    assert isinstance(article, Article)
    assert isinstance(event, IngestEvent)
    assert "record 2" in event.reason


def test_an_archive_of_any_size_is_read_in_little_memory(tmp_path: Path) -> None:
    """30 MB of records of up to half a megabyte, in the process of its own that has 400 MB for all."""
    noise = os.urandom(400_000).hex().encode()
    path = tmp_path / "news.warc"
    with path.open("wb") as file:
        for number in range(36):
            file.write(record(response(page(f"<!-- {number} -->") + b"<!--" + noise + b"-->"), f"{URL}/{number}"))
    assert path.stat().st_size > 28_000_000
    reader = open_apart(Limits(memory=400_000_000))
    found = list(read_articles([path], max_bytes=1_000_000, reader=reader))
    assert [one.text for one in found if isinstance(one, Article)] == [TEXT] * 36
