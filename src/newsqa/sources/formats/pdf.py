"""PDF files: their text in reading order, without what every page repeats, and words and sentences made whole."""

from __future__ import annotations

import logging
import re
import statistics
import time
from collections import Counter
from collections.abc import Iterator, Sequence, Set
from dataclasses import replace
from typing import Any

from newsqa.errors import ArticleError
from newsqa.sources.formats.build import build_article
from newsqa.sources.formats.frontmatter import FrontMatter
from newsqa.sources.formats.layout import ends_sentence
from newsqa.sources.formats.markup import clean
from newsqa.sources.formats.origin import Origin
from newsqa.sources.formats.pdflines import open_document
from newsqa.sources.formats.pdfpages import CELL, COLUMNS, LARGER, Box, boxes_of, has_figures
from newsqa.sources.formats.tables import rows_as_text
from newsqa.text.numbers import TENS
from newsqa.types import Article

MAX_PAGES = 500
MAX_CHARACTERS = 5_000_000
SECONDS = 60.0

_PAGE_NUMBER = re.compile(r"(?i)(?:page |seite |p\. ?)?\d{1,4}(?:\s?(?:/|of|von)\s?\d{1,4})?")
_NUMBERED = re.compile(r"(?i)^\d{1,4}\W+|\W+(?:page\s)?\d{1,4}(?:\s?(?:/|of|von)\s?\d{1,4})?$")
"""The number of its page in a running head or foot."""
_EDGE = 2
"""So many lines at the top and at the foot of a page may be a running head or foot."""
_NEAR = 4.0
"""Lines of two pages whose heights differ by less stand at the same place."""
_WORD = re.compile(r"\w+(?:-\w+)*")
_BROKEN = re.compile(r"(\w+)[-\u00ad\u2010]\Z")
_COMPOUND = frozenset("well self half non long low full all one two three four five".split()) | TENS.keys()
"""What a hyphen at a line's end follows more often as a word of its own than as the beginning of a broken one."""
_MADE = re.compile(r"D:(\d{4})(\d{2})(\d{2})")
_SENTENCE = 40
_PARAGRAPH = 5_000
"""A paragraph of so many characters goes on in no other column or page."""


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
    article = _build(text or title, given, origin)
    if article.published or not said.published:
        return article
    return _build(text or title, replace(given, title=article.title, published=said.published), origin)


def _build(text: str, given: FrontMatter, origin: Origin) -> Article:
    """The article of a text; without a title, the text is one that begins with its own."""
    known = given if given.title else None
    return build_article(text, origin.path, markdown=False, key=origin.key, url=origin.url, given=known)


def _read(data: bytes) -> tuple[FrontMatter, list[list[Box]]]:
    """What the file says of itself, and the boxes of each page in reading order; raises `ArticleError`."""
    from pdfminer.pdfdocument import PDFPasswordIncorrect
    from pdfminer.pdfpage import PDFPage

    logging.getLogger("pdfminer").setLevel(logging.CRITICAL)
    end, characters = time.monotonic() + SECONDS, 0
    pages: list[list[Box]] = []
    try:
        document = open_document(data)
        said = _read_properties(document.info[0] if document.info else {})
        for number, page in enumerate(PDFPage.create_pages(document), 1):
            if number > MAX_PAGES:
                raise ArticleError(f"The PDF has more than {MAX_PAGES} pages. Split it.")
            pages.append(boxes_of(page))
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


def _read_properties(info: Any) -> FrontMatter:
    """Title, author and day of making from the properties; a title that is the name of a file is none."""
    from pdfminer.utils import decode_text

    def read(name: str) -> str:
        value = info.get(name)
        text = decode_text(value) if isinstance(value, bytes) else ""
        return " ".join(clean(text).split())[:200]

    title = read("Title")
    is_name = re.search(
        r"(?i)\.(?:docx?|odt|pdf|indd|tex|dvi|html?)\Z|^(?:microsoft word|untitled|\(anonymous\))", title
    )
    author = read("Author")
    made = _MADE.match(read("CreationDate"))
    return FrontMatter(
        title="" if is_name else title,
        author="" if author.lower() in ("anonymous", "(anonymous)") else author,
        published="-".join(made.groups()) if made else "",
    )


def _without_running_lines(pages: Sequence[list[Box]]) -> Iterator[list[Box]]:
    """The pages without page numbers, and without lines at the edges of most pages, whatever page they name."""

    def alike(line: str, height: float) -> tuple[str, int]:
        return _NUMBERED.sub("", line) or line, round(height / _NEAR)

    edges = [_edges(page) for page in pages]
    seen = Counter(
        name
        for page, edge in zip(pages, edges, strict=True)
        for name in {alike(line, height) for line, height in _lines(page) if height in edge}
    )
    running = {name for name, count in seen.items() if count > 1 and count * 2 > len(pages)}
    for page, edge in zip(pages, edges, strict=True):
        kept = []
        for box in page:
            left = []
            for line, height in _lines([box]):
                numbered = len(pages) > 1 and _PAGE_NUMBER.fullmatch(line)
                if not (height in edge and (alike(line, height) in running or numbered)):
                    left.append((line, height))
            if left:
                kept.append(Box(tuple(line for line, _ in left), box.size, tuple(height for _, height in left)))
        yield kept


def _lines(page: Sequence[Box]) -> Iterator[tuple[str, float]]:
    """The lines of boxes, each with its height."""
    for box in page:
        yield from zip(box.lines, box.heights, strict=True)


def _edges(page: Sequence[Box]) -> set[float]:
    """The heights of the lines at the top and at the foot of a page."""
    heights = sorted({height for _, height in _lines(page)})
    return {*heights[:_EDGE], *heights[-_EDGE:]}


def headline(pages: list[list[Box]]) -> tuple[str, list[list[Box]]]:
    """The text in the largest letters at the top of the first page, if they are larger than the others."""
    sizes = [box.size for page in pages for box in page for _ in box.lines]
    top = pages[0][:4] if pages else []
    if not top or len(sizes) < 2:
        return "", pages
    largest = max(top, key=lambda box: box.size)
    if largest.size < LARGER * statistics.median(sizes) or len(_text(largest)) > 220:
        return "", pages
    return _text(largest), [[box for box in pages[0] if box is not largest], *pages[1:]]


def paragraphs(pages: Sequence[Sequence[Box]]) -> list[str]:
    """The boxes as paragraphs; one whose sentence goes on in the next column or page is joined with that."""
    found: list[str] = []
    words = _words(pages)
    for page in pages:
        place = 0
        while place < len(page):
            columns = _columns(page, place)
            if len(columns) > 1:
                found += rows_as_text(list(zip(*(box.lines for box in columns), strict=True)))
                place += len(columns)
                continue
            text = _text(page[place], words)
            open_before = bool(found) and not ends_sentence(found[-1]) and len(found[-1]) < _PARAGRAPH
            over_page = place == 0 and page is not pages[0] and open_before and len(found[-1]) > _SENTENCE
            if open_before and (over_page or text[:1].islower()):
                found[-1] = _join_line(found[-1], text, words)
            else:
                found.append(text)
            place += 1
    return found


def _columns(page: Sequence[Box], place: int) -> list[Box]:
    """The boxes from `place` on that are columns of one table: short lines at the same heights, with figures."""
    first = page[place]
    columns = [first]
    for box in page[place + 1 : place + COLUMNS] if len(first.lines) > 1 else ():
        if len(box.lines) != len(first.lines) or any(
            abs(a - b) > 2 for a, b in zip(box.heights, first.heights, strict=True)
        ):
            break
        columns.append(box)
    short = all(len(line) <= CELL for box in columns for line in box.lines)
    rows = zip(*(box.lines for box in columns), strict=True)
    return columns if short and len(columns) > 1 and has_figures(rows) else [first]


def _words(pages: Sequence[Sequence[Box]]) -> set[str]:
    """The words that stand within the lines, in lower case, those with hyphens among them."""
    return {
        word.lower() for page in pages for box in page for line in box.lines for word in _WORD.findall(line)[:-1]
    }


def _text(box: Box, words: Set[str] = frozenset()) -> str:
    """The words of a box on one line, those that a line end has broken made whole."""
    parts: list[str] = []
    for line in box.lines:
        joined = _join_line(parts.pop(), line, words) if parts else line
        head, _, tail = joined.rpartition(" ")
        parts += [f"{head} ", tail] if head else [tail]
    return "".join(parts)


def _join_line(text: str, line: str, words: Set[str]) -> str:
    """A text with the next line, whose first word may be the rest of a word that was broken.

    It is broken as it stands elsewhere among the words; else a hyphen at a line's end is one of a broken word.
    """
    broken = _BROKEN.search(text[-CELL:])
    rest = _WORD.match(line)
    if not broken or not rest or not line[0].isalpha():
        return f"{text} {line}" if text else line
    if f"{broken[1]}-{rest[0]}".lower() in words:
        return text + line
    if (broken[1] + rest[0]).lower() in words:
        return text[:-1] + line
    return text + line if line[0].isupper() or broken[1].lower() in _COMPOUND else text[:-1] + line
