"""Articles in other files than text: what comes out of each kind, and what is refused with which words."""

from __future__ import annotations

import bz2
import csv
import gzip
import io
import json
import lzma
import stat
import tracemalloc
import warnings
from datetime import date
from pathlib import Path

import pytest

from newsqa.errors import SettingsError
from newsqa.sources.formats import read_articles
from newsqa.sources.formats.columns import parse_columns
from newsqa.sources.formats.pdf import Box, headline, paragraphs
from newsqa.sources.formats.records import MAX_FAULTS
from newsqa.types import Article, IngestEvent
from tests.formats import REPORT, archive, docx, member, paragraph, pdf

WEBPAGE = (Path(__file__).parent / "webpages" / "lead_image.html").read_bytes()
RECORD = {
    "title": "Lenn rises",
    "text": REPORT,
    "date": "2024-09-21",
    "url": "https://ledger.example/lenn",
    "source": "Ledger",
}
MAX_BYTES = 1_000_000


def read(path: Path, **how: object) -> list[Article | IngestEvent]:
    """Everything that a file or folder gives."""
    return list(read_articles([path], max_bytes=MAX_BYTES, **how))  # type: ignore[arg-type]


def articles(path: Path, **how: object) -> list[Article]:
    """The articles of a file or folder that has no faults."""
    found = read(path, **how)
    assert [one for one in found if isinstance(one, IngestEvent)] == []
    return [one for one in found if isinstance(one, Article)]


def one(tmp_path: Path, name: str, data: bytes | str, **how: object) -> Article:
    """The single article of a file with this name and content."""
    (tmp_path / name).write_bytes(data.encode() if isinstance(data, str) else data)
    (article,) = articles(tmp_path / name, **how)
    return article


def reasons(tmp_path: Path, name: str, data: bytes | str, **how: object) -> list[str]:
    """Why nothing of a file could be read."""
    (tmp_path / name).write_bytes(data.encode() if isinstance(data, str) else data)
    found = read(tmp_path / name, **how)
    events = [event for event in found if isinstance(event, IngestEvent)]
    assert events == found
    assert all(event.status == "failed" and event.reason.endswith((".", ")", "'")) for event in events)
    return [event.reason for event in events]


def kinds(article: Article) -> list[tuple[str, str]]:
    """The blocks of an article with their text."""
    return [(block.kind, block.span.of(article.text)) for block in article.blocks]


# One article in a file


def test_a_page_on_disk_is_read_without_what_surrounds_it(tmp_path: Path) -> None:
    """Blocks cover the text; headings are told from paragraphs; the id comes from the path without a URL."""
    article = one(tmp_path, "page.html", WEBPAGE)
    assert (article.title, article.source, str(article.published)) == (
        "Harbour crane falls into the Lenn",
        "The Arlen Ledger",
        "2024-03-02",
    )
    assert ("heading", "A storm at midnight") in kinds(article)
    assert sum(kind == "paragraph" for kind, _ in kinds(article)) == 4
    assert article.path == str((tmp_path / "page.html").resolve())
    assert one(tmp_path, "other.htm", WEBPAGE).id != article.id


def test_a_pdf_is_read_without_its_running_lines(tmp_path: Path) -> None:
    """Heads and page numbers that stand on every page are left out, the pages run on."""
    pages = [
        [
            "The Arlen Ledger",
            f"The river rose by {number} metres on Tuesday.",
            f"It fell by {number} on Friday.",
            str(number),
        ]
        for number in range(1, 5)
    ]
    article = one(tmp_path, "paper.pdf", pdf([["Lenn rises"], *pages]))
    assert "The Arlen Ledger" not in article.text
    assert article.text.count("metres on Tuesday.") == article.text.count("on Friday.") == 4
    assert not any(line.strip().isdigit() for line in article.text.split("\n"))


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"%PDF-1.4\nnothing", "damaged"),
        (b"", "damaged"),
        (b"no pdf at all", "damaged"),
        (pdf([[]]), "has no text"),
        (pdf([["x"]] * 501), "more than 500 pages"),
    ],
    ids=["cut", "empty", "text", "pictures", "long"],
)
def test_pdfs_that_are_refused(tmp_path: Path, data: bytes, said: str) -> None:
    """Damaged ones, pictures, and ones with more pages than an article."""
    (reason,) = reasons(tmp_path, "paper.pdf", data)
    assert said in reason


def test_a_locked_pdf_is_refused(tmp_path: Path) -> None:
    """One that needs a password."""
    import pypdf

    writer = pypdf.PdfWriter(clone_from=io.BytesIO(pdf([["secret"]])))
    writer.encrypt("word", algorithm="RC4-128")
    out = io.BytesIO()
    writer.write(out)
    (reason,) = reasons(tmp_path, "paper.pdf", out.getvalue())
    assert "locked with a password" in reason


def test_a_pdf_is_read_as_it_is_printed() -> None:
    """Broken words, sentences over columns and pages, a table by its rows, the largest letters as title."""

    def box(*lines: str, at: float = 700.0, size: float = 10.0) -> Box:
        return Box(lines, size, tuple(at - 12 * number for number in range(len(lines))))

    pages = [
        [
            box("Ferry to", "Skerry ends", size=20),
            box("The coun-", "cil of Lund ended the well-", "known line on the"),
            box("island of", at=500),
        ],
        [
            box("Skerry. Ann Roe-", "Lee wept."),
            *(box(*lines, at=300) for lines in (("Year", "2023", "2024"), ("Boats", "12", "9"))),
        ],
    ]
    title, rest = headline(pages)
    assert title == "Ferry to Skerry ends"
    assert paragraphs(rest) == [
        "The council of Lund ended the well-known line on the island of Skerry. Ann Roe-Lee wept.",
        "Year 2023, Boats: 12.",
        "Year 2024, Boats: 9.",
    ]


def test_tables_and_boxes_in_a_word_file_are_read_once(tmp_path: Path) -> None:
    """A table in a cell follows its row, a text box its paragraph; a headline without a style is the title."""
    row = "<w:tr>{}</w:tr>".format
    cell = "<w:tc>{}</w:tc>".format
    inner = f"<w:tbl>{row(cell(paragraph('rebuilt')) + cell(paragraph('1988')))}</w:tbl>"
    table = row(cell(paragraph("")) + cell(paragraph("Height")) + cell(paragraph("Built")))
    table += row(cell(paragraph("Ull")) + cell(paragraph("31 m")) + cell(paragraph("1955") + inner))
    drawing = "<w:p><w:r><w:t>It broke.</w:t></w:r><w:r><w:txbxContent>{}</w:txbxContent></w:r></w:p>"
    words = [
        paragraph("Dam passes test"),
        paragraph("By Ola Nord, Post, 9 May 2024"),
        paragraph(REPORT.split("\n")[0]),
    ]
    data = docx(*words, f"<w:tbl>{table}</w:tbl>", drawing.format(paragraph("The lake is full.")))
    article = one(tmp_path, "dam.docx", data)
    assert (article.title, article.author, str(article.published)) == ("Dam passes test", "Ola Nord", "2024-05-09")
    told = [text for kind, text in kinds(article) if kind == "paragraph"][1:]
    assert told == ["Ull, Height: 31 m; Built: 1955.", "rebuilt: 1988", "It broke.", "The lake is full."]


def test_a_word_file_is_read(tmp_path: Path) -> None:
    """Title, headings, paragraphs, lists and rows of tables; not what was deleted, nor a text box twice."""
    cell = "<w:tc><w:p><w:r><w:t>{}</w:t></w:r></w:p></w:tc>"
    core = (
        '<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:creator>Mira Holt</dc:creator></cp:coreProperties>'
    )
    first, second = REPORT.split("\n\n")
    article = one(
        tmp_path,
        "report.docx",
        docx(
            paragraph("Lenn rises", "Title"),
            paragraph("By the water", "Heading1"),
            paragraph(first),
            "<w:p><w:del><w:r><w:delText>This was deleted.</w:delText></w:r></w:del></w:p>",
            paragraph(second),
            f"<w:tbl><w:tr>{cell.format('Arlen')}{cell.format('6.2 m')}</w:tr></w:tbl>",
            core=core,
        ),
    )
    assert (article.title, article.author) == ("Lenn rises", "Mira Holt")
    assert kinds(article) == [
        ("heading", "By the water"),
        ("paragraph", first),
        ("paragraph", second),
        ("paragraph", "Arlen: 6.2 m"),
    ]


ENTITIES = '<?xml version="1.0"?><!DOCTYPE w [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]>'


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"no zip", "not a zip file"),
        (archive({"other.xml": "<a/>"}), "not a Word file"),
        (docx(paragraph("&b;"), head=ENTITIES), "defines XML entities"),
        (archive({"word/document.xml": (ENTITIES + "<a/>").encode("utf-16")}), "defines XML entities"),
        (archive({"word/document.xml": "<a>" * 300}), "levels deep"),
        (archive({"word/document.xml": "<a><b></a>"}), "not well-formed XML"),
        (archive({"word/document.xml": b" " * 60_000_000}), "more than 200 times its size"),
        (docx(), "no text"),
    ],
    ids=["no-zip", "no-word", "entities", "entities-utf-16", "deep", "broken", "bomb", "empty"],
)
def test_word_files_that_are_refused(tmp_path: Path, data: bytes, said: str) -> None:
    """Bombs of both kinds, and what is no Word file."""
    (reason,) = reasons(tmp_path, "report.docx", data)
    assert said in reason


# Many articles in a file


def expected() -> tuple[str, str, str, str]:
    """What every way of writing down `RECORD` gives."""
    return ("Lenn rises", "2024-09-21", "https://ledger.example/lenn", "Ledger")


def csv_of(mark: str) -> str:
    """`RECORD` as CSV."""
    out = io.StringIO()
    writer = csv.DictWriter(out, list(RECORD), delimiter=mark)
    writer.writeheader()
    writer.writerow(RECORD)
    return out.getvalue()


LINE = json.dumps(RECORD)
GUARDIAN = json.dumps({"headline": "Lenn rises", "body": REPORT, "published_at": "2024-09-21T10:00:00Z",
                       "link": "https://ledger.example/lenn", "publisher": {"name": "Ledger"}})  # fmt: skip
HTML = "<p>" + REPORT.replace("\n\n", "</p><p>") + "</p>"


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.jsonl", LINE),
        ("a.ndjson", f"\n{LINE}\n\n"),
        ("a.jsonl", b"\xef\xbb\xbf" + LINE.encode()),
        ("a.jsonl", LINE.encode("utf-16")),
        ("a.jsonl", GUARDIAN),
        ("a.jsonl", json.dumps({**RECORD, "text": REPORT.split("\n\n")})),
        ("a.jsonl", json.dumps({**RECORD, "text": HTML})),
        ("a.jsonl", json.dumps({**RECORD, "text": f"Lenn rises\n\n{REPORT}"})),
        ("a.jsonl", json.dumps({**RECORD, "date": 20240921})),
        ("a.jsonl", json.dumps({**RECORD, "date": 1726912800})),
        ("a.jsonl", json.dumps({**RECORD, "date": 1726912800000})),
        ("a.json", LINE),
        ("a.json", f"[{LINE}]"),
        ("a.json", json.dumps({"articles": [RECORD]}, indent=1)),
        ("a.json", f"{LINE}\n"),
        ("a.csv", csv_of(",")),
        ("a.csv", csv_of(";")),
        ("a.tsv", csv_of("\t")),
        ("a.csv", csv_of(",").encode("utf-16")),
        ("a.csv", b"\xef\xbb\xbf" + csv_of(",").encode()),
        ("a.jsonl.gz", gzip.compress(LINE.encode())),
        ("a.jsonl.xz", lzma.compress(LINE.encode())),
        ("a.csv.gz", gzip.compress(csv_of(",").encode())),
        (
            "a.zip",
            archive(
                {"deep/in/a.jsonl": LINE, "readme.rst": "not read", ".hidden.txt": "x", "__MACOSX/a.txt": "x"}
            ),
        ),
    ],
)
def test_one_record_in_many_ways(tmp_path: Path, name: str, data: bytes | str) -> None:
    """The usual names are guessed, packing and encodings are looked through, a repeated title is left out."""
    article = one(tmp_path, name, data)
    assert (article.title, str(article.published), article.url, article.source) == expected()
    assert article.text == REPORT


def test_columns_and_format_can_be_named(tmp_path: Path) -> None:
    """`--format jsonl --map ...` reads a file of any name with columns of any name, also inside objects."""
    record = {
        "h": "Lenn rises",
        "b": {"long": REPORT},
        "d": "21 September 2024",
        "u": "https://ledger.example/lenn",
        "s": "Ledger",
    }
    columns = parse_columns("title=h, text=b.long,published=d,url=u,source=S")
    article = one(tmp_path, "dump.data", json.dumps(record), file_format="jsonl", columns=columns)
    assert (article.title, str(article.published), article.url, article.source) == expected()


@pytest.mark.parametrize("text", ["headline=title", "title", "title=", "=x", "title=a;text=b,c"])
def test_a_mapping_that_makes_no_sense_is_an_error(text: str) -> None:
    """The message lists the fields of an article."""
    with pytest.raises(SettingsError, match="title, text, published, updated, url, source, id, language, author"):
        parse_columns(text)


def test_an_unknown_format_or_field_is_an_error(tmp_path: Path) -> None:
    """Before anything is read."""
    with pytest.raises(
        SettingsError,
        match="markdown, text, html, pdf, docx, odt, epub, rtf, eml, msg, mbox, warc, jsonl, json, csv",
    ):
        read(tmp_path, file_format="yaml")
    with pytest.raises(SettingsError, match="headline"):
        read(tmp_path, columns={"headline": "x"})


def test_ids_of_records_without_a_url(tmp_path: Path) -> None:
    """They come from the file and the record's id, else from its line, and so stay the same."""
    lines = [json.dumps({"id": number, "title": "T", "text": REPORT}) for number in (7, 8)]
    (tmp_path / "a.jsonl").write_text("\n".join(lines))
    first = {article.id for article in articles(tmp_path / "a.jsonl")}
    (tmp_path / "a.jsonl").write_text("\n".join(reversed(lines)))
    assert {article.id for article in articles(tmp_path / "a.jsonl")} == first
    assert len(first) == 2


def test_faulty_records_do_not_stop_the_others(tmp_path: Path) -> None:
    """Each is told with its line, up to a hundred; the rest are counted."""
    faults = ['{"title": "no text"}', "[1, 2]", "{broken", '"x"', "[" * 100_000, '{"text": ' + "9" * 5_000 + "}"]
    (tmp_path / "a.jsonl").write_text("\n".join([*faults, LINE]))
    found = read(tmp_path / "a.jsonl")
    assert [isinstance(one, Article) for one in found] == [False] * len(faults) + [True]
    places = [one.name.rpartition(", ")[2] for one in found if isinstance(one, IngestEvent)]
    assert places == [f"line {number}" for number in range(1, len(faults) + 1)]
    (tmp_path / "a.jsonl").write_text("{broken\n" * 1_000 + LINE)
    events = [one for one in read(tmp_path / "a.jsonl") if isinstance(one, IngestEvent)]
    assert len(events) == MAX_FAULTS + 1
    assert events[-1].reason.startswith("900 further records")


def test_records_with_one_url_have_ids_of_their_own(tmp_path: Path) -> None:
    """They give the same id, also by a variant of the address, and each one that is its own."""
    again = json.dumps({**RECORD, "url": "http://www.ledger.example/lenn/?utm_source=x"})
    (tmp_path / "a.jsonl").write_text(f"{LINE}\n{again}\n")
    found = [one for one in read(tmp_path / "a.jsonl") if isinstance(one, Article)]
    assert len({one.id for one in found}) == 1
    assert len({one.own_id for one in found}) == 2


def test_halves_of_characters_and_controls_are_left_out(tmp_path: Path) -> None:
    """What JSON can hold and no text should: lone surrogates, control characters, noncharacters."""
    article = one(
        tmp_path,
        "a.jsonl",
        '{"title": "A\\ud800B\\u0000", "text": "' + "Water \\u0007rose\\udfff again. " * 5 + '"}',
    )
    assert article.title == "AB"
    assert article.text.startswith("Water rose again.")
    article.text.encode("utf-8")


def test_front_matter_leaves_halves_of_characters_out(tmp_path: Path) -> None:
    """YAML writes in quotes what a file cannot hold; a lone surrogate in a title would stop the ingest."""
    article = one(tmp_path, "a.md", f'---\ntitle: "A\\ud800B\\a"\nsource: "L\\udfff"\n---\n\n{REPORT}')
    assert (article.title, article.source) == ("AB", "L")


def test_a_time_zone_that_nobody_knows_is_no_warning(tmp_path: Path) -> None:
    """A page's day is read, and nothing is written on the terminal, whatever letters stand after its time."""
    head = '<meta property="article:published_time" content="2024-09-21 10:00 EDT">'
    page = f"<html><head>{head}</head><body><article><h1>Lenn rises</h1><p>{REPORT}</p></article></body></html>"
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        article = one(tmp_path, "a.html", page)
    assert (article.title, article.published) == ("Lenn rises", date(2024, 9, 21))
    assert [str(warning.message) for warning in told] == []


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("a.jsonl", "x" * (MAX_BYTES + 1), "longer than 1 MB"),
        ("a.json", "[" + "1," * MAX_BYTES + "1]", "Save it as JSON Lines"),
        ("a.json", "{broken", "not JSON"),
        ("a.json", "[" * 100_000, "nested too deeply"),
        ("a.csv", "", "is empty"),
        ("a.csv", "one,two\n1," + "x" * 200, "--map text=COLUMN (it has: one, two)"),
        ("a.csv", "one\n1", "--map text=COLUMN (it has: one)"),
        ("a.csv", 'title,text\n"' + "x" * 200_000, "not CSV"),
        ("a.txt", "x" * (MAX_BYTES + 1), "files up to 1 MB are read"),
        ("a.html", "<p>" + "x" * MAX_BYTES, "files up to 1 MB are read"),
        ("a.html", "<p>x</p>" * 70_000, "larger than one with an article"),
        ("a.html", "", "empty"),
        ("a.jsonl.gz", gzip.compress((b" " * 99_999 + b"\n") * 500), "more than 200 times"),
        ("a.jsonl.xz", lzma.compress((b" " * 99_999 + b"\n") * 500), "more than 200 times"),
        ("a.txt.gz", gzip.compress(LINE.encode())[:-20], "damaged, breaks off"),
        ("a.txt.xz", lzma.compress(LINE.encode())[:-20], "damaged, breaks off"),
        ("a.txt.gz", b"no gzip", "damaged, breaks off"),
        ("a.txt.gz", b"", "damaged, breaks off"),
        ("a.txt.gz", bz2.compress(b"x"), "damaged, breaks off"),
        ("a.zip", b"no zip", "not a zip file"),
        ("a.zip", archive({"a.txt": b" " * 50_000_000}), "more than 200 times"),
        ("a.zip", archive({"../a.txt": REPORT}), "leads out"),
        ("a.zip", archive({"/etc/a.txt": REPORT}), "leads out"),
        ("a.zip", archive({"x/../../a.txt": REPORT}), "leads out"),
        ("a.zip", archive({"x\\..\\a.txt": REPORT}), "leads out"),
        ("a.zip", archive({"C:a.txt": REPORT}), "leads out"),
        ("a.zip", archive({"b.zip": b"x", }), "archive within an archive"),
        ("a.zip", member("a.txt", mode=stat.S_IFLNK | 0o777), "is a link"),
        ("a.zip", member("a.txt", flags=1), "locked with a password"),
        ("a.zip", member("a.txt", method=14), "packed in a way"),
        ("a.zip", archive({"a.txt": b"y" * (MAX_BYTES - 1) + b"\xff\x00" * 99}), "files up to 1 MB are read"),
    ],
)  # fmt: skip
def test_files_that_are_refused(tmp_path: Path, name: str, data: bytes | str, said: str) -> None:
    """Bombs, members that lead elsewhere, damage, and sizes: one event each, and nothing is written anywhere."""
    (reason,) = reasons(tmp_path, name, data)
    assert said in reason
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_a_refused_member_does_not_stop_the_others(tmp_path: Path) -> None:
    """Of an archive with good and bad members the good ones are read."""
    (tmp_path / "a.zip").write_bytes(
        archive({"../b.txt": REPORT, "c.txt": REPORT, "d.html": WEBPAGE, "e.jsonl": "{x"})
    )
    found = read(tmp_path / "a.zip")
    assert [type(one).__name__ for one in found] == ["IngestEvent", "Article", "Article", "IngestEvent"]
    assert all(isinstance(one, IngestEvent) or one.path == str(tmp_path / "a.zip") for one in found)


def test_several_streams_in_one_packed_file(tmp_path: Path) -> None:
    """gzip and xz files that were appended to each other are read to the end."""
    two = [json.dumps({"title": title, "text": REPORT}).encode() + b"\n" for title in ("A", "B")]
    for name, pack in (("a.jsonl.gz", gzip.compress), ("a.jsonl.xz", lzma.compress)):
        (tmp_path / name).write_bytes(b"".join(map(pack, two)))
        assert [article.title for article in articles(tmp_path / name)] == ["A", "B"]


def test_a_folder_is_read_whatever_its_files_are(tmp_path: Path) -> None:
    """Known kinds in the order of their names; others are passed over."""
    for name, data in {
        "1.md": f"# One\n\n{REPORT}", "2.html": WEBPAGE, "3.jsonl.xz": lzma.compress(LINE.encode()),
        "4.docx": docx(paragraph("Four", "Title"), paragraph(REPORT)), "5.tar.gz": b"x", "6.png": b"x",
    }.items():  # fmt: skip
        (tmp_path / name).write_bytes(data.encode() if isinstance(data, str) else data)
    assert [article.title for article in articles(tmp_path)] == [
        "One", "Harbour crane falls into the Lenn", "Lenn rises", "Four",
    ]  # fmt: skip


@pytest.mark.slow
def test_memory_stays_flat_over_many_records(tmp_path: Path) -> None:
    """Reading 6,000 records takes hardly more memory than reading 2,000."""
    with lzma.open(tmp_path / "a.jsonl.xz", "wt") as file:
        for number in range(6_000):
            file.write(json.dumps({"id": number, "title": f"T{number}", "text": f"{number}: {REPORT}"}) + "\n")
    peaks = {}
    tracemalloc.start()
    try:
        for number, item in enumerate(read_articles([tmp_path / "a.jsonl.xz"], max_bytes=MAX_BYTES), 1):
            assert isinstance(item, Article)
            if number in (2_000, 6_000):
                peaks[number] = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peaks[6_000] - peaks[2_000] < 2_000_000
