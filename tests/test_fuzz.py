"""Broken input of every kind: whatever the bytes, a reader soon gives sound articles or failed events.

`python -m tests.test_fuzz 600` goes on for so many seconds and says what it did.
"""

from __future__ import annotations

import gzip
import io
import json
import lzma
import random
import sys
import tempfile
import time
import traceback
import zipfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from newsqa.errors import ArticleError
from newsqa.sources.formats import read_articles, read_stream
from newsqa.sources.formats.feeds import is_listing, parse_listing
from newsqa.sources.formats.frontmatter import FrontMatter
from newsqa.sources.formats.html import read_fragment
from newsqa.sources.formats.origin import Origin, ReadOptions
from newsqa.text.passages import SentenceSplitter
from newsqa.types import Article, IngestEvent
from tests.formats import REPORT, archive, docx, msg, paragraph, pdf
from tests.web_server import BOMB

WEBPAGES = [path.read_bytes() for path in sorted((Path(__file__).parent / "webpages").glob("*.html"))]
LINE = json.dumps(
    {"title": "Lenn rises", "text": REPORT, "date": "2024-09-21", "url": "https://ledger.example/lenn"}
).encode()
FRONT = (
    b"---\ntitle: Lenn rises\ndate: 2024-09-21\nurl: https://ledger.example/a\n---\n\n# Lenn rises\n\n"
    + REPORT.encode()
)
RSS = b"""<?xml version="1.0" encoding="utf-8"?>
<rss version="2.0"><channel><title>The Ledger</title><language>en</language>
<item><title>One &amp; two</title><link>/one</link><guid>x</guid><pubDate>Tue, 24 Sep 2024 03:41:27 GMT</pubDate>
<description><![CDATA[<p>Short</p>]]></description></item></channel></rss>"""
ATOM = b"""<feed xmlns="http://www.w3.org/2005/Atom"><title type="html">L</title>
<entry><title>A</title><link href="/a"/><updated>2024-09-21T10:00:00Z</updated>
<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">x</div></content></entry></feed>"""
OPML = (
    b'<opml version="2.0"><body><outline text="L"><outline xmlUrl="https://l.example/f"/></outline></body></opml>'
)
NEWS = b"""<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"
xmlns:n="http://www.google.com/schemas/sitemap-news/0.9"><url><loc>https://l.example/a</loc>
<n:news><n:publication><n:name>L</n:name></n:publication><n:title>T</n:title></n:news></url></urlset>"""
INDEX = b"<sitemapindex><sitemap><loc>/news.xml</loc></sitemap></sitemapindex>"
LETTER = b"Subject: Lenn\nFrom: A B <a@b.example>\nContent-Type: text/plain\n\n" + REPORT.encode()
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked\r\n\r\n" + WEBPAGES[0]
WARC = (
    b"WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: https://a.example/\r\nContent-Length: %d\r\n\r\n%s"
    % (
        len(ANSWER),
        ANSWER,
    )
)
RICH = b"{\\rtf1{\\info{\\title Lenn}}" + REPORT.replace("\n", "\\par ").encode() + b"\\u8220?\\'e9}"
ODT = (
    b'<a xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><text:h>Lenn</text:h><text:p>'
    + REPORT.encode()
    + b"</text:p></a>"
)
CSV = b'title,text,date\n"Lenn rises","' + REPORT.encode() + b'",2024-09-21\n'

CORPUS = [path.read_bytes() for path in sorted((Path(__file__).parents[1] / "corpus").glob("2019-04-2*.md"))]
TABLE = (
    f"<w:tbl><w:tr><w:tc>{paragraph('a')}</w:tc><w:tc>{paragraph(REPORT)}</w:tc></w:tr></w:tbl>"
    '<mc:Fallback xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"><w:p/></mc:Fallback>'
)
WORD = zipfile.ZipFile(io.BytesIO(docx(paragraph("Lenn rises", "Title"), paragraph(REPORT), TABLE))).read(
    "word/document.xml"
)

SEEDS: dict[str, list[bytes]] = {
    ".md": [FRONT, REPORT.encode(), *CORPUS],
    ".txt": [REPORT.encode(), REPORT.encode("utf-16"), REPORT.encode("cp1252"), *CORPUS],
    ".html": WEBPAGES,
    ".pdf": [pdf([["Lenn rises", *REPORT.split(". ")]] * 2)],
    ".docx": [docx(paragraph("T", "Title"), paragraph(REPORT)), docx("<w:tbl><w:tr><w:tc/></w:tr></w:tbl>")],
    ".eml": [LETTER, LETTER.replace(b"plain", b"html")],
    ".mbox": [b"From a@b.example Tue Sep 24 03:41:27 2024\n" + LETTER + b"\n\nFrom x\n\n" + LETTER],
    ".warc": [WARC],
    ".msg": [msg("Lenn", REPORT), msg("Lenn", "", html=f"<p>{REPORT}</p>")],
    ".rtf": [RICH],
    ".odt": [archive({"content.xml": ODT})],
    ".jsonl": [LINE + b"\n" + LINE, LINE.decode().encode("utf-16")],
    ".json": [b"[" + LINE + b"]", b'{"items": [' + LINE + b"]}"],
    ".csv": [CSV, CSV.replace(b",", b";"), b'Crop,2023,2024\nOats,"11,050",9200\nRye,870,1020\n'],
    ".tsv": [CSV.replace(b",", b"\t")],
    ".zip": [archive({"a.txt": REPORT, "b.jsonl": LINE, "c.html": WEBPAGES[0]})],
    ".jsonl.gz": [gzip.compress(LINE)],
    ".md.xz": [lzma.compress(FRONT)],
    "feed": [RSS, ATOM, BOMB],
    "opml": [OPML],
    "sitemap": [NEWS, INDEX],
    "page": WEBPAGES,
    "fragment": [b"<p>One</p><p>Two<br>three</p><table><tr><td>x</table>", WEBPAGES[0]],
}
"""Good input by the suffix of its file, or what reads it, from which broken input is made."""

PACKED: dict[str, tuple[list[bytes], Callable[[bytes], bytes]]] = {
    "in .docx": ([WORD], lambda data: archive({"word/document.xml": data, "docProps/core.xml": data})),
    "in .zip": ([FRONT, LINE, WEBPAGES[0], CSV], lambda data: archive({f"a{end}": data for end in MEMBERS})),
    "in .jsonl.gz": ([LINE + b"\n" + LINE], gzip.compress),
    "in .csv.gz": ([CSV], gzip.compress),
    "in .html.xz": (WEBPAGES, lzma.compress),
    "in .md.xz": ([FRONT, *CORPUS], lzma.compress),
}
"""The same for what is sound outside and broken within, and what packs it."""

KINDS = SEEDS | {kind: seeds for kind, (seeds, _) in PACKED.items()}
MEMBERS = (".md", ".html", ".jsonl", ".json", ".csv", ".docx", ".pdf")
CHARSETS = ("", "utf-8", "utf-16", "utf-7", "cp1252", "idna", "punycode", "hex", "undefined")
"""What a server may say of its pages and feeds."""

PIECES = [
    *(bytes([one]) for one in b"<>&\"'{}[]\0\n\r,;#|"),
    *(b"---\n", b"\xff\xfe", b"\xef\xbb\xbf", b"\xed\xa0\x80", b"\x80" * 50, "\u2028\u202e\x85".encode()),
    *(b"<!ENTITY a 'b'>", b"&#xD800;", b"<![CDATA[", b"<!--", b"<p>", b"</p>", b"<table>", b"<script>"),
    *(b"<div>" * 300, b"[" * 300, b"9" * 5_000, b"\\ud800", b"2024-13-45", b"<time datetime='\xb2'>"),
    *(b"PK\x03\x04", b"PK\x01\x02", b"\x1f\x8b\x08", b"/Kids", b"endobj", b"stream\n", b"%PDF-"),
    *(b"<meta charset=utf-7>", b"<meta http-equiv=refresh content='0;url=//'>"),
    *(b"<base href='http://['>", b"href='http://['", b'<script type="application/ld+json">[[[{"@type":"Report"'),
]
"""What is put into good files: the marks of their formats, and what parsers have stumbled over."""

SECONDS = 10.0
WAYS = 7
SPLITTER = SentenceSplitter()


def broken(seed: bytes, changes: list[tuple[float, float, int, bytes]]) -> bytes:
    """A seed with pieces cut out, repeated, overwritten, put in, flipped, moved; places are shares of it."""
    data = seed
    for begin, length, way, piece in changes:
        start = int(begin * len(data))
        end = start + int(length * (len(data) - start) * 0.3)
        old = data[start:end]
        flipped = bytes(one ^ (piece[0] or 1) for one in old)
        inside = (b"", old * 2, piece, old + piece, flipped, old * 20, seed[len(seed) - start :])[way]
        data = (data[:start] + inside + data[end:])[:200_000]
    return data


def check(kind: str, data: bytes, folder: Path) -> Counter[str]:
    """Reads the data, and holds what comes out of it to what every article promises."""
    if kind in ("feed", "opml", "sitemap"):
        return _check_listing(data)
    origin = Origin("x", key="x", url="https://ledger.example/a", charset=_charset(data))
    if kind in ("page", "fragment"):
        try:
            items: list[Article | IngestEvent] = (
                [read_fragment(data.decode("utf-8", "replace"), origin, FrontMatter())]
                if kind == "fragment"
                else list(read_stream(io.BufferedReader(io.BytesIO(data)), "html", origin, ReadOptions(1_000_000)))
            )
        except ArticleError:
            return Counter(failed=1)
    else:
        if kind in PACKED:
            data = PACKED[kind][1](data)
        path = folder / f"a{kind.removeprefix('in ')}"
        path.write_bytes(data)
        items = list(read_articles([path], max_bytes=1_000_000))
    for item in items:
        if isinstance(item, IngestEvent):
            assert item.status == "failed"
            assert item.reason
            item.reason.encode("utf-8")
            continue
        for text in (item.title, item.text, item.source, item.url, item.author, item.published_text):
            text.encode("utf-8")
        end = 0
        for block in item.blocks:
            assert end <= block.span.start < block.span.end <= len(item.text)
            end = block.span.end
        for passage in SPLITTER.split(item):
            assert item.text[passage.start : passage.end] == passage.text
    return Counter("failed" if isinstance(item, IngestEvent) else "articles" for item in items)


def _check_listing(data: bytes) -> Counter[str]:
    is_listing(data, _charset(data))
    try:
        listing = parse_listing(data, Origin("feed", url="https://ledger.example/feed", charset=_charset(data)))
    except ArticleError:
        return Counter(failed=1)
    assert all(entry.url.startswith(("http://", "https://")) for entry in listing.entries)
    return Counter(articles=len(listing.entries))


def _charset(data: bytes) -> str:
    """Some charset or none, the same for the same data."""
    return CHARSETS[len(data) % len(CHARSETS)]


changes = st.lists(
    st.tuples(st.floats(0, 1), st.floats(0, 1), st.integers(0, WAYS - 1), st.sampled_from(PIECES)), max_size=6
)


@pytest.mark.parametrize("kind", KINDS)
def test_broken_input_is_read_or_refused(kind: str, tmp_path: Path) -> None:
    """Good files with pieces cut out, doubled, overwritten and put in."""

    @settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    @given(st.sampled_from(KINDS[kind]), changes)
    def hold(seed: bytes, made: list[tuple[float, float, int, bytes]]) -> None:
        begun = time.process_time()
        check(kind, broken(seed, made), tmp_path)
        assert time.process_time() - begun < SECONDS

    hold()


@pytest.mark.parametrize("kind", KINDS)
def test_any_bytes_are_read_or_refused(kind: str, tmp_path: Path) -> None:
    """Bytes without any sense."""

    @settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    @given(st.binary(max_size=400))
    def hold(data: bytes) -> None:
        check(kind, data, tmp_path)

    hold()


def main(seconds: float, seed: int) -> None:
    """Goes on for so many seconds, and prints how much was read, and what took longest."""
    chance = random.Random(seed)  # noqa: S311 (no secret)
    counts: Counter[str] = Counter()
    slowest: dict[str, float] = {}
    faults = 0
    end = time.monotonic() + seconds
    with tempfile.TemporaryDirectory() as folder:
        while time.monotonic() < end:
            kind = chance.choice(list(KINDS))
            made = [
                (chance.random(), chance.random() ** 3, chance.randrange(WAYS), chance.choice(PIECES))
                for _ in range(chance.randrange(12))
            ]
            data = (
                chance.randbytes(chance.randrange(400))
                if chance.random() < 0.05
                else broken(chance.choice(KINDS[kind]), made)
            )
            begun = time.process_time()
            try:
                found = check(kind, data, Path(folder))
                assert time.process_time() - begun < SECONDS
            except Exception:
                faults += 1
                kept = Path(tempfile.gettempdir()) / f"fuzz-{seed}-{faults}-{kind.replace(' ', '-')}"
                kept.write_bytes(data)
                print(f"{kind}: {kept}\n{traceback.format_exc(limit=-4)}", file=sys.stderr)  # noqa: T201
                found = Counter()
            counts.update({kind: 1, **{f"{kind} {name}": count for name, count in found.items()}})
            slowest[kind] = max(slowest.get(kind, 0.0), time.process_time() - begun)
    for kind in KINDS:
        read, failed = counts[f"{kind} articles"], counts[f"{kind} failed"]
        longest = slowest.get(kind, 0.0)
        said = f"{kind:12} {counts[kind]:7,} inputs  {read:7,} articles  {failed:7,} refused  {longest:.2f} s"
        print(said)  # noqa: T201
    sys.exit(f"{faults} faults" if faults else 0)


if __name__ == "__main__":
    main(float(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 1)
