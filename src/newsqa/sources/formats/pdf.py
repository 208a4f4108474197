"""PDF files: the text of their pages, without lines that every page repeats."""

from __future__ import annotations

import io
import logging
import re
import time
from collections import Counter
from collections.abc import Iterator
from typing import Any

from newsqa.errors import ArticleError
from newsqa.sources.formats.build import build_article
from newsqa.sources.formats.markup import clean
from newsqa.sources.formats.origin import Origin
from newsqa.types import Article

MAX_PAGES = 500
MAX_CHARACTERS = 5_000_000
SECONDS = 60.0

_PAGE_NUMBER = re.compile(r"(?i)(?:page |seite |p\. ?)?\d{1,4}(?:\s?(?:/|of|von)\s?\d{1,4})?")
_EDGE = 2
"""So many lines at the top and at the foot of a page may be a running head or foot."""


def read_pdf(data: bytes, origin: Origin) -> Article:
    """The article that a PDF holds; raises `ArticleError`, also when the package that reads PDF is missing."""
    text = "\n\n".join(_without_running_lines(list(_pages(data))))
    if not any(one.isalpha() for one in text):
        raise ArticleError(
            "The PDF has no text: its pages may be pictures. Run a text recognition over it, or leave it out."
        )
    return build_article(text, origin.path, markdown=False, key=origin.key, url=origin.url)


def _pages(data: bytes) -> Iterator[str]:
    """The text of each page; raises `ArticleError` for what is damaged, locked or endless."""
    try:
        import pypdf
    except ImportError as error:
        raise ArticleError("PDF files need a further package: pip install 'newsqa[pdf]'") from error
    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    try:
        reader = pypdf.PdfReader(io.BytesIO(data), strict=False)
        locked = reader.is_encrypted and not reader.decrypt("")
        count = 0 if locked else len(reader.pages)
    except Exception as error:  # a parser of hostile files: whatever it stumbles over, the file is unreadable
        raise _damaged(error) from error
    if locked:
        raise ArticleError("The PDF is locked with a password. Save it without one, or leave it out.")
    if count > MAX_PAGES:
        raise ArticleError(f"The PDF has {count:,} pages; up to {MAX_PAGES} are read. Split it.")
    end, characters = time.monotonic() + SECONDS, 0
    for number in range(count):
        text = _page(reader, number)
        characters += len(text)
        if characters > MAX_CHARACTERS or time.monotonic() > end:
            raise ArticleError(f"The PDF is too much to read: page {number + 1} was not reached. Split it.")
        yield text


def _page(reader: Any, number: int) -> str:
    try:
        return clean(reader.pages[number].extract_text() or "").strip()
    except Exception as error:  # as above
        raise _damaged(error) from error


def _damaged(error: Exception) -> ArticleError:
    return ArticleError(f"The PDF is damaged ({type(error).__name__}). Save it anew, or leave it out.")


def _without_running_lines(pages: list[str]) -> Iterator[str]:
    """The pages without page numbers, and without what stands at the edge of more than half of them."""
    lines = [page.split("\n") for page in pages]
    seen = Counter(line.strip() for page in lines for line in {*page[:_EDGE], *page[-_EDGE:]} if line.strip())
    running = {line for line, count in seen.items() if count > 2 and count * 2 > len(pages)}
    for page in lines:
        kept = [
            line
            for index, line in enumerate(page)
            if not (
                (index < _EDGE or index >= len(page) - _EDGE)
                and (line.strip() in running or _PAGE_NUMBER.fullmatch(line.strip()))
            )
        ]
        yield "\n".join(kept)
