"""Documents of word processors: Word files (.docx), read from the XML inside, and rich text (.rtf)."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from xml.etree.ElementTree import Element

from newsqa.errors import ArticleError
from newsqa.sources.formats.archives import open_zip
from newsqa.sources.formats.build import assemble, build_article, is_headline
from newsqa.sources.formats.flow import Flow
from newsqa.sources.formats.frontmatter import FrontMatter
from newsqa.sources.formats.layout import Mark
from newsqa.sources.formats.markup import clean
from newsqa.sources.formats.origin import Origin
from newsqa.sources.formats.packages import read_part
from newsqa.sources.formats.tables import LONGEST_CELL, rows_as_text
from newsqa.types import Article

_WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_STRICT = "{http://purl.oclc.org/ooxml/wordprocessingml/main}"
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_CORE = "{http://purl.org/dc/elements/1.1/}"
_HEADING = re.compile(r"(?i)(?:heading|berschrift|titre|titolo|encabezado|kop)\s?-?\d")
_MARKS: dict[str, Mark] = {"title": "heading", "heading": "heading", "bullet": "bullet", "strong": "strong"}
_SAID = re.compile(r"\{\\(title|author)[ \r\n]([^{}\\]{1,300})\}")


def read_docx(data: bytes, origin: Origin) -> Article:
    """The article of a Word file; raises `ArticleError` if it is none or has no text.

    Its title is the paragraph in the style of titles, else a heading or headline at the top, else what its
    properties say.
    """
    archive = open_zip(io.BytesIO(data))
    root = read_part(archive, "word/document.xml")
    if root is None:
        raise ArticleError("It is not a Word file (.docx). Save it as one, or as text.")
    flow, title = Flow(), ""
    for tag in (_WORD, _STRICT):
        for text, style in _blocks(root, tag):
            if style == "title" and not title:
                title = " ".join(text.split())
            else:
                flow.add(text, _MARKS.get(style, ""))
    said = _core(archive)
    _, units = flow.finish()
    if not title and len(units) > 1:
        first = units[0]
        headline = first.mark == "heading" or (first.mark in ("", "strong") and is_headline(first.text))
        title = first.text if headline else said.title
    body, units = flow.finish(title or said.title)
    return assemble(FrontMatter(title=title or said.title, author=said.author), body, units, origin)


def _blocks(element: Element, tag: str) -> Iterator[tuple[str, str]]:
    """The text of each paragraph and row, and whether it is a `title`, a `heading`, a `bullet` or `strong`.

    What stands in a text box follows the paragraph that holds it, a table in a table follows that one.
    """
    for child in element:
        if child.tag == f"{tag}p":
            yield _text(child, tag), _style(child, tag)
            for box in _outermost(child, f"{tag}txbxContent"):
                yield from _blocks(box, tag)
        elif child.tag == f"{tag}tbl":
            yield from _table(child, tag)
        elif child.tag != _FALLBACK:
            yield from _blocks(child, tag)


def _table(table: Element, tag: str) -> Iterator[tuple[str, str]]:
    """A table of figures by its rows; one that only puts text side by side by its paragraphs."""
    rows = [list(_outermost(row, f"{tag}tc")) for row in _outermost(table, f"{tag}tr")]
    texts = [[" ".join(_text(one, tag) for one in _outermost(cell, f"{tag}p")) for cell in row] for row in rows]
    if max(map(len, rows), default=0) < 2 or any(len(text) > LONGEST_CELL for row in texts for text in row):
        for cell in (cell for row in rows for cell in row):
            yield from _blocks(cell, tag)
        return
    for text in rows_as_text(texts):
        yield text, "bullet"
    for inner in (inner for row in rows for cell in row for inner in _outermost(cell, f"{tag}tbl")):
        yield from _table(inner, tag)


def _outermost(element: Element, wanted: str) -> Iterator[Element]:
    """The elements of a kind in another that stand in no other of that kind, nor in a table within."""
    for child in element:
        if child.tag == wanted:
            yield child
        elif child.tag != _FALLBACK and not (child.tag.endswith("}tbl") and not wanted.endswith("}tbl")):
            yield from _outermost(child, wanted)


def _style(paragraph: Element, tag: str) -> str:
    style = next((one.get(f"{tag}val", "") for one in paragraph.iter(f"{tag}pStyle")), "")
    if style.lower() in ("title", "titel"):
        return "title"
    if _HEADING.match(style):
        return "heading"
    if next(paragraph.iter(f"{tag}numPr"), None) is not None:
        return "bullet"
    runs = [run for run in paragraph.iter(f"{tag}r") if run.find(f"{tag}t") is not None]
    return "strong" if runs and all(run.find(f"{tag}rPr/{tag}b") is not None for run in runs) else ""


def _text(element: Element, tag: str) -> str:
    """The text of a paragraph without its text boxes; what was deleted has another tag, and is left out."""
    parts = {f"{tag}tab": " ", f"{tag}br": " ", f"{tag}cr": " ", f"{tag}noBreakHyphen": "-"}
    found: list[str] = []
    waiting = [element]
    while waiting:
        one = waiting.pop()
        if one.tag not in (f"{tag}txbxContent", _FALLBACK):
            found.append((one.text or "") if one.tag == f"{tag}t" else parts.get(one.tag, ""))
            waiting.extend(reversed(one))
    return clean("".join(found))


def _core(archive: zipfile.ZipFile) -> FrontMatter:
    """The title and the author that the file's properties name."""
    try:
        root = read_part(archive, "docProps/core.xml")
    except ArticleError:
        root = None
    if root is None:
        return FrontMatter()
    title, author = (
        " ".join((root.findtext(f".//{_CORE}{name}") or "").split())[:200] for name in ("title", "creator")
    )
    return FrontMatter(title=title, author="" if author == "python-docx" else author)


def read_rtf(data: bytes, origin: Origin) -> Article:
    """The article of a rich text file; raises `ArticleError` if it is none or has no text."""
    from striprtf.striprtf import rtf_to_text

    if not data.lstrip()[:5].startswith(b"{\\rtf"):
        raise ArticleError("It is not a rich text file (.rtf). Save it as one, or as text.")
    source = data.decode("latin-1")
    try:
        text = clean(rtf_to_text(source, errors="replace"))  # type: ignore[no-untyped-call]
    except Exception as error:  # a parser of hostile files: whatever it stumbles over, the file is unreadable
        raise ArticleError(f"The file is damaged ({type(error).__name__}). Save it anew, or as text.") from error
    said = {name: " ".join(clean(value).split()) for name, value in _SAID.findall(source[:20_000])}
    given = FrontMatter(title=said.get("title", ""), author=said.get("author", ""))
    return build_article(_space_paragraphs(text), origin.path, markdown=False, key=origin.key, given=given)


def _space_paragraphs(text: str) -> str:
    """The text with a blank line between paragraphs, each of which is one line of a rich text file."""
    return "\n\n".join(line.strip() for line in text.split("\n") if line.strip())
