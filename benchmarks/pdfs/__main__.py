"""What is read of PDFs that hold one report: newsqa, and other readers' text read as newsqa reads text.

    python -m benchmarks.pdfs FOLDER

FOLDER is what `benchmarks.pdfs.make` made. pypdfium2 is measured where it is installed.
"""

from __future__ import annotations

import argparse
import io
import json
import logging
import time
from collections import Counter
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

from benchmarks.pdfs.story import AUTHOR, DAY, PARAGRAPHS, ROWS, TITLE
from newsqa.errors import ArticleError
from newsqa.sources.formats.build import build_article
from newsqa.sources.formats.origin import Origin
from newsqa.sources.formats.pdf import read_pdf
from newsqa.text.sentences import sentence_spans
from newsqa.types import Article

Reader = Callable[[bytes], Article]


def as_text(extract: Callable[[bytes], str]) -> Reader:
    """A reader that gives text, which is read on as a text file is."""
    return lambda data: build_article(extract(data), "report.txt", markdown=False)


def pypdf(data: bytes) -> str:
    """The text of pypdf."""
    from pypdf import PdfReader

    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(data)).pages)


def pypdfium2(data: bytes) -> str:
    """The text of PDFium."""
    from pypdfium2 import PdfDocument

    text = "\n".join(page.get_textpage().get_text_range() for page in PdfDocument(data))
    return text.replace("\r\n", "\n")


def pdfminer(data: bytes) -> str:
    """The text of pdfminer.six, as it gives it."""
    from pdfminer.high_level import extract_text

    return extract_text(io.BytesIO(data))


READERS: dict[str, Reader] = {
    "newsqa": lambda data: read_pdf(data, Origin("report.pdf")),
    "pypdf": as_text(pypdf),
    "pypdfium2": as_text(pypdfium2),
    "pdfminer.six": as_text(pdfminer),
}


def squeezed(text: str) -> str:
    """A text with its white space made single spaces."""
    return " ".join(text.split())


def shingles(text: str) -> Counter[tuple[str, ...]]:
    """How often each run of four words is in a text."""
    words = text.split()
    return Counter(tuple(words[at : at + 4]) for at in range(len(words) - 3))


def scored(article: Article, *, table: bool) -> dict[str, float]:
    """F1 of runs of four words, the shares of sentences read as such and of neighbours in order, and the rest."""
    right, found = shingles(" ".join(PARAGRAPHS)), shingles(prose(article))
    sentences = [squeezed(span.of(text)) for text in PARAGRAPHS for span in sentence_spans(text)]
    read = {
        squeezed(span.of(article.text))
        for block in article.blocks
        if block.kind == "paragraph"
        for span in sentence_spans(article.text, block.span.start, block.span.end)
    }
    places = [squeezed(article.text).find(one[:60]) for one in sentences]
    pairs = [(one, two) for one, two in pairwise(places) if one >= 0 and two >= 0]
    result = {
        "f1": 2 * (right & found).total() / (right.total() + found.total()),
        "sentences": sum(one in read for one in sentences) / len(sentences),
        "order": sum(one < two for one, two in pairs) / max(1, len(pairs)),
        "title": float(article.title == TITLE),
        "author": float(article.author == AUTHOR),
        "day": float(str(article.published) == DAY),
    }
    if table:
        result["rows"] = sum(is_told(row, article.text) for row in ROWS[1:]) / len(ROWS[1:])
    return result


def prose(article: Article) -> str:
    """The paragraphs of an article, without the sentences that its table became."""
    told = (block.span.of(article.text) for block in article.blocks if block.kind == "paragraph")
    return " ".join(text for text in told if not any(is_told(row, text) for row in ROWS))


def is_told(row: tuple[str, ...], text: str) -> bool:
    """Whether one line of a text has all cells of a row, and no other row's."""
    lines = (line for line in text.split("\n") if all(cell in line for cell in row))
    others = [other[0] for other in ROWS if other != row]
    return any(not any(other in line for other in others[1:]) for line in lines)


def main() -> None:
    """Print one JSON object: figures by file and reader; seconds are the processor's."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folder", type=Path)
    logging.disable(logging.CRITICAL)
    table: dict[str, dict[str, object]] = {}
    for path in sorted(parser.parse_args().folder.glob("*.pdf")):
        row: dict[str, object] = {}
        for name, read in READERS.items():
            started = time.process_time()
            try:
                article = read(path.read_bytes())
            except ArticleError as error:
                row[name] = str(error)
                continue
            except ImportError:
                continue
            figures = scored(article, table="table" in path.stem)
            figures["seconds"] = time.process_time() - started
            row[name] = {field: round(value, 3) for field, value in figures.items()}
        table[path.stem] = row
    print(json.dumps(table, indent=1))


if __name__ == "__main__":
    main()
