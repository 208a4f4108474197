"""Word files (.docx): paragraphs, headings, lists and tables, read from the XML inside."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from xml.etree.ElementTree import Element

from newsqa.errors import ArticleError
from newsqa.sources.formats.archives import member_bytes, open_zip
from newsqa.sources.formats.build import assemble
from newsqa.sources.formats.flow import Flow
from newsqa.sources.formats.frontmatter import FrontMatter
from newsqa.sources.formats.markup import clean, parse_xml
from newsqa.sources.formats.origin import Origin
from newsqa.types import Article

_WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_STRICT = "{http://purl.oclc.org/ooxml/wordprocessingml/main}"
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_CREATOR = "{http://purl.org/dc/elements/1.1/}creator"
_HEADING = re.compile(r"(?i)(?:heading|berschrift|titre|titolo|encabezado|kop)\s?-?\d")
_MAX_XML = 50_000_000


def read_docx(data: bytes, origin: Origin) -> Article:
    """The article of a Word file; raises `ArticleError` if it is none or has no text."""
    archive = open_zip(io.BytesIO(data))
    root = _part(archive, "word/document.xml")
    if root is None:
        raise ArticleError("It is not a Word file (.docx). Save it as one, or as text.")
    flow, title = Flow(), ""
    for tag in (_WORD, _STRICT):
        for text, style in _paragraphs(root, tag):
            if style == "title" and not title:
                title = " ".join(text.split())
            else:
                flow.add(text, "heading" if style in ("title", "heading") else "bullet" if style else "")
    said = _core(archive)
    body, units = flow.finish(title)
    if not title and units and units[0].mark == "heading":
        title = units[0].text
        body, units = flow.finish(title)
    return assemble(FrontMatter(title=title, author=said), body, units, origin)


def _paragraphs(root: Element, tag: str) -> Iterator[tuple[str, str]]:
    """The text of each paragraph, and whether it is a `title`, a `heading` or a `bullet`."""
    silent = {id(one) for fallback in root.iter(_FALLBACK) for one in fallback.iter()}
    in_rows = {id(one) for row in root.iter(f"{tag}tr") for one in row.iter(f"{tag}p")}
    for element in root.iter():
        if element.tag not in (f"{tag}p", f"{tag}tr") or id(element) in silent or id(element) in in_rows:
            continue
        if element.tag == f"{tag}tr":
            cells = (" ".join(_text(cell, tag).split()) for cell in element.iter(f"{tag}tc"))
            yield " | ".join(filter(None, cells)), "bullet"
            continue
        style = next((one.get(f"{tag}val", "") for one in element.iter(f"{tag}pStyle")), "")
        listed = next(element.iter(f"{tag}numPr"), None) is not None
        if style.lower() in ("title", "titel"):
            yield _text(element, tag), "title"
        elif _HEADING.match(style):
            yield _text(element, tag), "heading"
        else:
            yield _text(element, tag), "bullet" if listed else ""


def _text(element: Element, tag: str) -> str:
    """The text of a paragraph; what is marked as deleted has another tag, and so is left out."""
    parts = {f"{tag}tab": " ", f"{tag}br": " ", f"{tag}cr": " ", f"{tag}noBreakHyphen": "-", f"{tag}p": " "}
    return clean(
        "".join((one.text or "") if one.tag == f"{tag}t" else parts.get(one.tag, "") for one in element.iter())
    )


def _core(archive: zipfile.ZipFile) -> str:
    """The author that the file's properties name."""
    try:
        root = _part(archive, "docProps/core.xml")
    except ArticleError:
        return ""
    return " ".join((root.findtext(f".//{_CREATOR}") or "").split())[:200] if root is not None else ""


def _part(archive: zipfile.ZipFile, name: str) -> Element | None:
    try:
        member = archive.getinfo(name)
    except KeyError:
        return None
    return parse_xml(member_bytes(archive, member, _MAX_XML))
