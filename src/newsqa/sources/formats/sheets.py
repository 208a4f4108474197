"""Tables in files of their own: CSV without the columns of articles is one article, a sentence for each row."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Sequence
from pathlib import PurePosixPath

from newsqa.errors import ArticleError
from newsqa.sources.formats.build import assemble
from newsqa.sources.formats.columns import SUMMARIES, USUAL, no_text
from newsqa.sources.formats.files import too_large
from newsqa.sources.formats.flow import Flow
from newsqa.sources.formats.frontmatter import FrontMatter
from newsqa.sources.formats.origin import Origin, ReadOptions
from newsqa.sources.formats.tables import LONGEST_CELL, may_head, rows_as_text
from newsqa.types import Article

_OF_ARTICLES = frozenset((*USUAL["title"], *USUAL["text"], *USUAL["url"], *SUMMARIES))


def is_table(names: Sequence[str]) -> bool:
    """Whether these columns are those of a table, and not of records of articles."""
    return len(names) > 1 and _OF_ARTICLES.isdisjoint(name.strip().lower() for name in names)


def read_table(lines: Iterable[str], mark: str, names: Sequence[str], origin: Origin, how: ReadOptions) -> Article:
    """The article of a table's lines; raises `ArticleError`, also for one whose cells hold whole texts."""
    rows: list[list[str]] = []
    size = 0
    try:
        for row in csv.reader(lines, delimiter=mark):
            size += sum(map(len, row)) + len(row)
            if size > how.max_bytes:
                raise too_large(size, how.max_bytes)
            rows.append(row)
    except csv.Error as error:
        raise ArticleError(f"It is not CSV ({error}). Correct it.") from error
    if any(len(cell) > LONGEST_CELL for row in rows for cell in row):
        raise no_text(names)
    flow = Flow()
    for text in rows_as_text(rows, headed=may_head(rows[0])):
        flow.add(text, "bullet")
    body, units = flow.finish()
    return assemble(FrontMatter(title=_title(origin)), body, units, origin)


def _title(origin: Origin) -> str:
    """What the file is called, in words."""
    name = PurePosixPath((origin.key.partition("#")[2] or origin.path or origin.key).replace("\\", "/")).name
    return re.sub(r"[\W_]+", " ", name.partition(".")[0]).strip()
