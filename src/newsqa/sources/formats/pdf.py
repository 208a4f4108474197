"""PDF files: their text in reading order, without what every page repeats, and words and sentences made whole."""

from __future__ import annotations

import io
import logging
import re
import statistics
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from newsqa.errors import ArticleError
from newsqa.sources.formats.build import build_article
from newsqa.sources.formats.frontmatter import FrontMatter
from newsqa.sources.formats.layout import terminated
from newsqa.sources.formats.markup import clean
from newsqa.sources.formats.origin import Origin
from newsqa.sources.formats.tables import rows_as_text
from newsqa.types import Article

MAX_PAGES = 500
MAX_CHARACTERS = 5_000_000
SECONDS = 60.0

_PAGE_NUMBER = re.compile(r"(?i)(?:page |seite |p\. ?)?\d{1,4}(?:\s?(?:/|of|von)\s?\d{1,4})?")
_NUMBERED = re.compile(r"(?i)^\d{1,4}\W+|\W+(?:page\s)?\d{1,4}(?:\s?(?:/|of|von)\s?\d{1,4})?$")
"""The number of its page in a running head or foot."""
_EDGE = 2
"""So many lines at the top and at the foot of a page may be a running head or foot."""
_BROKEN = re.compile(r"(\w+)[-\u00ad\u2010]\Z")
_COMPOUND = frozenset(
    "well self half ex non long short high low part full all one two three four five ten".split()
)
"""Words that a hyphen follows wherever it stands in a line."""
_LARGER = 1.15
_SENTENCE = 40
_PARAGRAPH = 5_000
"""A paragraph of so many characters goes on in no other column or page."""
_CELL, _COLUMNS = 40, 20
"""Most characters of a cell of a table, and most of its columns."""


@dataclass(frozen=True, slots=True)
class Box:
    """Lines that stand together on a page, the size of their letters, and the height at which each stands."""

    lines: tuple[str, ...]
    size: float
    heights: tuple[float, ...]

    @property
    def text(self) -> str:
        """Its words on one line, those that a line end has broken made whole."""
        parts: list[str] = []
        for line in self.lines:
            joined = _joined(parts.pop(), line) if parts else line
            head, _, tail = joined.rpartition(" ")
            parts += [f"{head} ", tail] if head else [tail]
        return "".join(parts)


def read_pdf(data: bytes, origin: Origin) -> Article:
    """The article that a PDF holds; raises `ArticleError` for a scan, and what is damaged, locked or endless."""
    said, pages = _read(data)
    pages = list(_without_running_lines(pages))
    title, pages = headline(pages)
    text = "\n\n".join(paragraphs(pages))
    if not any(one.isalpha() for one in f"{title}{text}"):
        raise ArticleError(
            "The PDF has no text: its pages are pictures, as of a scan. Run a text recognition over it, or leave "
            "it out."
        )
    given = FrontMatter(title=title or said.title, author=said.author)
    if not given.title:
        return build_article(text, origin.path, markdown=False, key=origin.key, url=origin.url)
    return build_article(text or title, origin.path, markdown=False, key=origin.key, url=origin.url, given=given)


def _read(data: bytes) -> tuple[FrontMatter, list[list[Box]]]:
    """What the file says of itself, and the boxes of each page in reading order; raises `ArticleError`."""
    from pdfminer.pdfdocument import PDFDocument, PDFPasswordIncorrect
    from pdfminer.pdfpage import PDFPage
    from pdfminer.pdfparser import PDFParser

    logging.getLogger("pdfminer").setLevel(logging.CRITICAL)
    end, characters = time.monotonic() + SECONDS, 0
    pages: list[list[Box]] = []
    try:
        document = PDFDocument(PDFParser(io.BytesIO(data)))
        said = _said(document.info[0] if document.info else {})
        for number, page in enumerate(PDFPage.create_pages(document), 1):
            if number > MAX_PAGES:
                raise ArticleError(f"The PDF has more than {MAX_PAGES} pages. Split it.")
            pages.append(_boxes(page))
            characters += sum(len(line) for box in pages[-1] for line in box.lines)
            if characters > MAX_CHARACTERS or time.monotonic() > end:
                raise ArticleError(f"The PDF is too much to read: it was left at page {number}. Split it.")
    except ArticleError:
        raise
    except PDFPasswordIncorrect as error:
        raise ArticleError("The PDF is locked with a password. Save it without one, or leave it out.") from error
    except Exception as error:  # a parser of hostile files: whatever it stumbles over, the file is unreadable
        raise ArticleError(
            f"The PDF is damaged ({type(error).__name__}). Save it anew, or leave it out."
        ) from error
    if not pages:
        raise ArticleError("The PDF is damaged (it has no pages). Save it anew, or leave it out.")
    return said, pages


def _boxes(page: Any) -> list[Box]:
    from pdfminer.converter import PDFPageAggregator
    from pdfminer.layout import LAParams, LTTextBox, LTTextLine
    from pdfminer.pdfinterp import PDFPageInterpreter, PDFResourceManager

    resources = PDFResourceManager()
    device = PDFPageAggregator(resources, laparams=LAParams())
    PDFPageInterpreter(resources, device).process_page(page)
    found = []
    for box in device.get_result():
        if isinstance(box, LTTextBox):
            rows = [
                (line, " ".join(clean(line.get_text()).split())) for line in box if isinstance(line, LTTextLine)
            ]
            rows = [(line, text) for line, text in rows if text]
            if rows:
                heights = tuple(round(line.y0, 1) for line, _ in rows)
                found.append(Box(tuple(text for _, text in rows), max(line.height for line, _ in rows), heights))
    return found


def _said(info: Any) -> FrontMatter:
    """Title and author from the properties; a title that is the name of a file is none."""
    from pdfminer.utils import decode_text

    def told(name: str) -> str:
        value = info.get(name)
        text = decode_text(value) if isinstance(value, bytes) else ""
        return " ".join(clean(text).split())[:200]

    title = told("Title")
    is_name = re.search(
        r"(?i)\.(?:docx?|odt|pdf|indd|tex|dvi|html?)\Z|^(?:microsoft word|untitled|\(anonymous\))", title
    )
    author = told("Author")
    return FrontMatter(
        title="" if is_name else title, author="" if author.lower() in ("anonymous", "(anonymous)") else author
    )


def _without_running_lines(pages: Sequence[list[Box]]) -> Iterator[list[Box]]:
    """The pages without page numbers, and without lines at the edges of most pages, whatever page they name."""

    def alike(line: str) -> str:
        return _NUMBERED.sub("", line) or line

    lines = [[line for box in page for line in box.lines] for page in pages]
    seen = Counter(name for page in lines for name in {alike(line) for line in [*page[:_EDGE], *page[-_EDGE:]]})
    running = {name for name, count in seen.items() if count > 2 and count * 2 > len(pages)}
    for page, its_lines in zip(pages, lines, strict=True):
        place, kept = 0, []
        for box in page:
            left = []
            for line, height in zip(box.lines, box.heights, strict=True):
                at_edge = place < _EDGE or place >= len(its_lines) - _EDGE
                numbered = len(pages) > 1 and _PAGE_NUMBER.fullmatch(line)
                if not (at_edge and (alike(line) in running or numbered)):
                    left.append((line, height))
                place += 1
            if left:
                kept.append(Box(tuple(line for line, _ in left), box.size, tuple(height for _, height in left)))
        yield kept


def headline(pages: list[list[Box]]) -> tuple[str, list[list[Box]]]:
    """The text in the largest letters at the top of the first page, if they are larger than the others."""
    sizes = [box.size for page in pages for box in page for _ in box.lines]
    top = pages[0][:4] if pages else []
    if not top or len(sizes) < 2:
        return "", pages
    largest = max(top, key=lambda box: box.size)
    if largest.size < _LARGER * statistics.median(sizes) or len(largest.text) > 220:
        return "", pages
    return largest.text, [[box for box in pages[0] if box is not largest], *pages[1:]]


def paragraphs(pages: Sequence[Sequence[Box]]) -> list[str]:
    """The boxes as paragraphs; one whose sentence goes on in the next column or page is joined with that."""
    found: list[str] = []
    for page in pages:
        place = 0
        while place < len(page):
            columns = _columns(page, place)
            if len(columns) > 1:
                found += rows_as_text(list(zip(*(box.lines for box in columns), strict=True)))
                place += len(columns)
                continue
            text = page[place].text
            open_before = bool(found) and not terminated(found[-1]) and len(found[-1]) < _PARAGRAPH
            over_page = place == 0 and page is not pages[0] and open_before and len(found[-1]) > _SENTENCE
            if open_before and (over_page or text[:1].islower()):
                found[-1] = _joined(found[-1], text)
            else:
                found.append(text)
            place += 1
    return found


def _columns(page: Sequence[Box], place: int) -> list[Box]:
    """The boxes from `place` on that are columns of one table: short lines at the same heights, with figures."""
    first = page[place]
    columns = [first]
    for box in page[place + 1 : place + _COLUMNS] if len(first.lines) > 1 else ():
        if len(box.lines) != len(first.lines) or any(
            abs(a - b) > 2 for a, b in zip(box.heights, first.heights, strict=True)
        ):
            break
        columns.append(box)
    short = all(len(line) <= _CELL for box in columns for line in box.lines)
    figures = sum(line[:1].isdigit() for box in columns[1:] for line in box.lines)
    return columns if short and figures >= len(first.lines) - 1 else [first]


def _joined(text: str, line: str) -> str:
    """A text with the next line, whose first word may be the rest of a word that was broken."""
    broken = _BROKEN.search(text[-_CELL:])
    if not broken or not line[:1].isalpha():
        return f"{text} {line}" if text else line
    if line[0].isupper() or broken[1].lower() in _COMPOUND:
        return text + line
    return text[:-1] + line
