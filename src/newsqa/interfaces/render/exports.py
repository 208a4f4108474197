"""An answer with its question as a file to take away: Markdown with footnotes, plain text, its evidence as CSV."""

from __future__ import annotations

import csv
import io
import re

from newsqa.interfaces.render.prose import mark_up_lines, to_text
from newsqa.interfaces.render.safe import (
    also_in,
    cite,
    claimed_words,
    escape_markdown,
    otherwise_words,
    plain,
    safe_url,
)
from newsqa.types import Answer

_FORMULA = re.compile(r"[=+\-@\t\r|%＝＋－＠]")
_COLUMNS = ("number", "quote", "title", "author", "source", "published", "updated", "url", "claimed", "also in")


def to_plain(question: str, answer: Answer, note: str = "") -> str:
    """Question, answer and sources as plain text; `note` says what else is known of them."""
    return "\n\n".join(part for part in (plain(question), to_text(answer), plain(note)) if part) + "\n"


def to_footnotes(question: str, answer: Answer, note: str = "") -> str:
    """Question and answer as Markdown, with a footnote for each quote."""
    lines = [f"# {escape_markdown(question)}", *mark_up_lines(answer, lambda cited: f"[^{cited.number}]")]
    lines += [escape_markdown(note)] if note else []
    for citation in answer.citations:
        url = safe_url(citation.passage.url)
        source = escape_markdown(cite(citation.passage))
        source += f". <{url}>{claimed_words(citation.passage.claimed)}" if url else ""
        source += f". Also in: {escape_markdown(also_in(citation.also))}" if citation.also else ""
        if citation.otherwise:
            source += f". A copy says otherwise: {escape_markdown(otherwise_words(citation.otherwise))}"
        lines.append(f"[^{citation.number}]: “{escape_markdown(citation.quote)}” {source}")
    return "\n\n".join(lines) + "\n"


def to_csv(answer: Answer) -> str:
    """The evidence as a table, a quote a row. A cell that a spreadsheet would take for a formula begins with '."""
    table = io.StringIO()
    rows = csv.writer(table)
    rows.writerow(_COLUMNS)
    for citation in answer.citations:
        passage = citation.passage
        days = (day.isoformat() if day else "" for day in (passage.published, passage.updated))
        cells = (
            citation.quote, passage.title, passage.author, passage.source, *days, safe_url(passage.url),
            "yes" if passage.claimed else "no", also_in(citation.also),
        )  # fmt: skip
        rows.writerow([citation.number, *map(_defuse, cells)])
    return table.getvalue()


def _defuse(cell: str) -> str:
    """The cell as text, whatever program opens the table."""
    text = plain(cell)
    return f"'{text}" if _FORMULA.match(text.lstrip()) or _FORMULA.match(text) else text
