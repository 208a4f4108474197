"""Letters, boxes of letters, rich text, OpenDocument texts and books; and files that are not read are told."""

from __future__ import annotations

from datetime import date
from email.message import EmailMessage
from pathlib import Path

import pytest

from newsqa.sources.formats import read_articles
from newsqa.types import Article, IngestEvent
from tests.formats import REPORT, archive, docx, msg, paragraph

FIRST, SECOND = REPORT.split("\n\n")
OFFICE = "urn:oasis:names:tc:opendocument:xmlns"


def read(path: Path) -> list[Article | IngestEvent]:
    found = read_articles([path], max_bytes=1_000_000)
    return [one.article if hasattr(one, "article") else one for one in found]


def letter(text: str, markup: str = "") -> bytes:
    made = EmailMessage()
    made["Subject"] = "Lenn rises – über 3 m"
    made["From"] = "Jörg Holt <holt@post.example>"
    made["Date"] = "Tue, 24 Sep 2024 03:41:27 +0000"
    made.set_content(text)
    if markup:
        made.add_alternative(markup, subtype="html")
        made.add_attachment(b"\x89PNG", maintype="image", subtype="png", filename="a.png")
    return made.as_bytes()


def odt() -> bytes:
    ns = f'xmlns:office="{OFFICE}:office:1.0" xmlns:text="{OFFICE}:text:1.0" xmlns:table="{OFFICE}:table:1.0"'
    cell = "<table:table-cell><text:p>{}</text:p></table:table-cell>".format
    row = "<table:table-row>{}</table:table-row>".format
    table = f"<table:table>{row(cell('') + cell('Depth'))}{row(cell('Lenn') + cell('3 m'))}</table:table>"
    content = (
        f"<office:document-content {ns}><office:body><office:text>"
        f"<text:tracked-changes><text:p>Deleted words.</text:p></text:tracked-changes>"
        f'<text:h text:outline-level="1">Lenn rises</text:h><text:p>{FIRST.replace(" ", "<text:s/>", 1)}'
        f"<text:note><text:p>A note.</text:p></text:note></text:p><text:p>{SECOND}</text:p>{table}"
        "</office:text></office:body></office:document-content>"
    )
    meta = '<m xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:creator>Mira Holt</dc:creator></m>'
    return archive({"content.xml": content, "meta.xml": meta})


RTF = (
    r"{\rtf1\ansi{\info{\title Lenn rises}{\author Mira Holt}}{\fonttbl{\f0 Arial;}}\f0 "
    + REPORT.replace("\n\n", "\\par\\par ")
    + r"\par Caf\'e9 \u8220?open\u8221? again on Friday, said {\b Ola} Brandt of the town.\par}"
).encode("ascii")


def test_a_letter_is_read(tmp_path: Path) -> None:
    """Subject, sender and day; the HTML part where there is one, without what is attached."""
    for name, data in (("a.eml", letter(REPORT)), ("b.eml", letter("x", f"<p>{FIRST}</p><p>{SECOND}</p>"))):
        path = tmp_path / name
        path.write_bytes(data)
        (article,) = read(path)
        assert isinstance(article, Article), article
        assert (article.title, article.author) == ("Lenn rises – über 3 m", "Jörg Holt")
        assert article.published == date(2024, 9, 24)
        assert article.text == REPORT


def test_a_letter_of_outlook_is_read(tmp_path: Path) -> None:
    """As one in a file of mail; without HTML its text, without a name the address."""
    path = tmp_path / "a.msg"
    path.write_bytes(msg("Lenn rises – über 3 m", REPORT, html=f"<p>{FIRST}</p><p>{SECOND}</p>"))
    (article,) = read(path)
    assert isinstance(article, Article)
    assert (article.title, article.author, article.text) == ("Lenn rises – über 3 m", "Jörg Holt", REPORT)
    assert article.published == date(2024, 9, 24)
    path.write_bytes(msg("Lenn rises", REPORT, sender=""))
    (article,) = read(path)
    assert isinstance(article, Article)
    assert (article.text, article.author) == (REPORT, "holt@post.example")


def test_a_box_of_letters_is_read_one_by_one(tmp_path: Path) -> None:
    """A letter without text does not stop the others."""
    path = tmp_path / "a.mbox"
    start = b"From holt@post.example Tue Sep 24 03:41:27 2024\n"
    path.write_bytes(b"\n".join([start + letter(REPORT), start + b"Subject: x\n\n\n", start + letter(SECOND)]))
    found = read(path)
    assert [type(one) for one in found] == [Article, IngestEvent, Article]
    assert len({one.id for one in found if isinstance(one, Article)}) == 2


def test_an_opendocument_text_is_read(tmp_path: Path) -> None:
    """Headings, paragraphs and rows; no notes, and nothing that was deleted."""
    path = tmp_path / "a.odt"
    path.write_bytes(odt())
    (article,) = read(path)
    assert isinstance(article, Article), article
    assert (article.title, article.author) == ("Lenn rises", "Mira Holt")
    assert article.text == f"{REPORT}\n\nLenn, Depth: 3 m."


def test_a_rich_text_file_is_read(tmp_path: Path) -> None:
    """Title and author from its properties, letters of other alphabets from their codes."""
    path = tmp_path / "a.rtf"
    path.write_bytes(RTF)
    (article,) = read(path)
    assert isinstance(article, Article), article
    assert (article.title, article.author) == ("Lenn rises", "Mira Holt")
    assert article.text == f"{REPORT}\n\nCafé “open” again on Friday, said Ola Brandt of the town."


def test_each_page_of_a_book_is_an_article(tmp_path: Path) -> None:
    """In the order of the book; a page that is missing or has no article is told."""
    page = "<html><head><title>{0}</title></head><body><h1>{0}</h1><p>{1}</p><p>{2}</p></body></html>".format
    items = "".join(f'<item id="{n}" href="{n}.xhtml"/>' for n in "abc")
    package = (
        '<package xmlns="http://www.idpf.org/2007/opf" xmlns:dc="http://purl.org/dc/elements/1.1/"><metadata>'
        f"<dc:publisher>Post</dc:publisher><dc:date>2024-09-24</dc:date></metadata><manifest>{items}</manifest>"
        '<spine><itemref idref="b"/><itemref idref="a"/><itemref idref="c"/></spine></package>'
    )
    members = {
        "META-INF/container.xml": '<container><rootfile full-path="in/book.opf"/></container>',
        "in/book.opf": package,
        "in/a.xhtml": page("Lenn falls", SECOND, FIRST),
        "in/b.xhtml": page("Lenn rises", FIRST, SECOND),
    }
    path = tmp_path / "a.epub"
    path.write_bytes(archive(members))
    first, second, missing = read(path)
    assert isinstance(first, Article)
    assert isinstance(second, Article)
    assert [first.title, second.title] == ["Lenn rises", "Lenn falls"]
    assert (first.source, first.published, first.text) == ("Post", date(2024, 9, 24), REPORT)
    assert isinstance(missing, IngestEvent)


@pytest.mark.parametrize("suffix", [".eml", ".msg", ".mbox", ".odt", ".rtf", ".epub"])
@pytest.mark.parametrize(
    "data", [b"", b"{\\rtf1", b"\x00\xff" * 50, archive({"content.xml": "<a/>"}), docx(paragraph("x"))]
)
def test_what_is_no_such_document_is_told(tmp_path: Path, suffix: str, data: bytes) -> None:
    """Whatever the bytes, the file is named with a reason; nothing raises."""
    path = tmp_path / f"a{suffix}"
    path.write_bytes(data)
    for one in read(path):
        assert isinstance(one, Article) or one.reason


def test_documents_that_are_not_read_are_named(tmp_path: Path) -> None:
    """Each document of another kind in a folder or an archive is told with the reason; pictures are not."""
    (tmp_path / "a.md").write_text(REPORT)
    for name in ("b.doc", "c.xml", "d.jpg"):
        (tmp_path / name).write_bytes(b"x")
    (tmp_path / "e.zip").write_bytes(archive({"f.srt": "x", "g.png": "x", "h.md": REPORT}))
    told = {Path(one.name).name: one.reason for one in read(tmp_path) if isinstance(one, IngestEvent)}
    assert sorted(told) == ["b.doc", "c.xml", "e.zip, f.srt"]
    assert all("not read" in reason for reason in told.values())


def test_a_folder_or_archive_in_which_nothing_is_read_says_so(tmp_path: Path) -> None:
    """Pictures only, or nothing at all, is not "0 added, all well"."""
    folder = tmp_path / "pictures"
    folder.mkdir()
    assert read(folder) == []
    for name in ("a.jpg", "b.jpg", "c.png"):
        (folder / name).write_bytes(b"x")
    (said,) = read(folder)
    assert isinstance(said, IngestEvent)
    assert "2 with .jpg, 1 with .png" in said.reason
    for members, words in (
        ({}, "no files"),
        ({"a.jpg": "x"}, "1 with .jpg"),
        ({"__MACOSX/._a.md": "x"}, "no files"),
    ):
        path = tmp_path / "a.zip"
        path.write_bytes(archive(members))
        (said,) = read(path)
        assert isinstance(said, IngestEvent)
        assert words in said.reason


def test_names_with_backslashes_lead_into_folders(tmp_path: Path) -> None:
    """As Windows programs pack them; one that leads out is refused as before."""
    path = tmp_path / "a.zip"
    path.write_bytes(
        archive({"news\\a.md": f"# Lenn rises\n\n{REPORT}", "__MACOSX\\b.md": REPORT, "..\\c.md": REPORT})
    )
    article, refused = read(path)
    assert isinstance(article, Article)
    assert article.title == "Lenn rises"
    assert isinstance(refused, IngestEvent)
    assert "leads out" in refused.reason
