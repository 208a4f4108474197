"""Documents that are packages of XML: OpenDocument texts (.odt) and books (.epub)."""

from __future__ import annotations

import io
import posixpath
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import unquote
from xml.etree.ElementTree import Element

from newsqa.errors import ArticleError
from newsqa.sources.formats.archives import member_bytes, open_zip
from newsqa.sources.formats.build import assemble
from newsqa.sources.formats.files import too_large
from newsqa.sources.formats.flow import Flow
from newsqa.sources.formats.frontmatter import FrontMatter
from newsqa.sources.formats.html import article_of, parse_page
from newsqa.sources.formats.markup import parse_xml
from newsqa.sources.formats.origin import Origin, ReadOptions
from newsqa.sources.formats.tables import rows_as_text
from newsqa.types import Article, IngestEvent

_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_DELETED = f"{_TEXT}tracked-changes"
_SPACES = {f"{_TEXT}tab": " ", f"{_TEXT}s": " ", f"{_TEXT}line-break": " "}
_ASIDE = frozenset((f"{_TEXT}note", "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}annotation"))
_DUBLIN = "{http://purl.org/dc/elements/1.1/}"
_PACKAGE = "{http://www.idpf.org/2007/opf}"
_MAX_XML = 50_000_000


def read_odt(data: bytes, origin: Origin) -> Article:
    """The article of an OpenDocument text; raises `ArticleError` if it is none or has no text."""
    archive = open_zip(io.BytesIO(data))
    root = read_part(archive, "content.xml")
    if root is None:
        raise ArticleError("It is not an OpenDocument text (.odt). Save it as one, or as text.")
    flow, title = Flow(), ""
    for text, kind in _blocks(root):
        if kind == "title" and not title:
            title = " ".join(text.split())
        else:
            flow.add(text, "heading" if kind in ("title", "heading") else "bullet" if kind else "")
    meta = read_part(archive, "meta.xml")
    body, units = flow.finish(title)
    if not title and units and units[0].mark == "heading":
        title = units[0].text
        body, units = flow.finish(title)
    given = FrontMatter(title=title or _read_dublin(meta, "title"), author=_read_dublin(meta, "creator"))
    return assemble(given, body, units, origin)


def read_epub(file: io.BufferedReader, origin: Origin, how: ReadOptions) -> Iterator[Article | IngestEvent]:
    """The articles of a book, one for each of its pages that holds one, in their order."""
    data = file.read(how.max_bytes + 1)
    if len(data) > how.max_bytes:
        raise too_large(len(data), how.max_bytes)
    archive = open_zip(io.BytesIO(data))
    container = read_part(archive, "META-INF/container.xml")
    place = (
        next((one.get("full-path", "") for one in container.iter() if one.get("full-path")), "")
        if container
        else ""
    )
    package = read_part(archive, place) if place else None
    if package is None:
        raise ArticleError("It is not a book (.epub). Save its text.")
    pages = {one.get("id"): one.get("href", "") for one in package.iter(f"{_PACKAGE}item")}
    for reference in package.iter(f"{_PACKAGE}itemref"):
        href = unquote(pages.get(reference.get("idref"), "").partition("#")[0])
        name = posixpath.normpath(posixpath.join(posixpath.dirname(place), href))
        inside = f"{origin.name}, {name}"
        try:
            member = archive.getinfo(name)
            data = member_bytes(archive, member, how.max_bytes)
            place_of_page = Origin(inside, origin.path, f"{origin.key or origin.path}#{name}")
            page = parse_page(data, place_of_page)
            said = replace(page.data, source=page.data.source or _read_dublin(package, "publisher"))
            given = FrontMatter(published=_read_dublin(package, "date"))
            yield article_of(replace(page, data=said), place_of_page, given)
        except KeyError:
            yield IngestEvent("failed", inside, reason="The book names this page, but does not hold it.")
        except ArticleError as error:
            yield IngestEvent("failed", inside, reason=str(error))


def _blocks(element: Element) -> Iterator[tuple[str, str]]:
    """The text of each paragraph and row, and whether it is a `title`, a `heading` or a `bullet`."""
    for child in element:
        if child.tag == f"{_TEXT}h":
            yield _text(child), "heading"
        elif child.tag == f"{_TEXT}p":
            style = child.get(f"{_TEXT}style-name", "")
            yield _text(child), "title" if style.lower() == "title" else ""
        elif child.tag == f"{_TEXT}list-item":
            yield " ".join(text for text, _ in _blocks(child)), "bullet"
        elif child.tag == f"{_TABLE}table":
            rows = [
                [_text(cell) for cell in row.iter(f"{_TABLE}table-cell")]
                for row in child.iter(f"{_TABLE}table-row")
            ]
            for line in rows_as_text(rows):
                yield line, "bullet"
        elif child.tag != _DELETED:
            yield from _blocks(child)


def _text(element: Element) -> str:
    """The text of an element and what is in it, without notes."""
    if element.tag in _ASIDE:
        return ""
    inner = "".join(_text(child) + (child.tail or "") for child in element)
    return _SPACES.get(element.tag, "") + (element.text or "") + inner


def _read_dublin(root: Element | None, name: str) -> str:
    return " ".join((root.findtext(f".//{_DUBLIN}{name}") or "").split())[:200] if root is not None else ""


def read_part(archive: zipfile.ZipFile, name: str) -> Element | None:
    """The XML of a part of a package; None if it has none of that name. Raises `ArticleError` for broken XML."""
    try:
        member = archive.getinfo(name)
    except KeyError:
        return None
    return parse_xml(member_bytes(archive, member, _MAX_XML))
