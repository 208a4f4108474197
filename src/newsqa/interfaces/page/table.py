"""The table of articles: found by words in title, source or author, sorted, one page at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from newsqa.interfaces.render import escape, open_button
from newsqa.types import ArticleSummary

ROWS = 50
_COLUMNS = {"published": "Date", "title": "Title", "source": "Source", "author": "Author", "words": "Words"}


@dataclass(frozen=True, slots=True)
class TableView:
    """What of the table is shown: the words looked for, the column sorted by, the page (from 0)."""

    find: str = ""
    column: str = "published"
    descending: bool = True
    page: int = 0

    def sort_by(self, column: str) -> TableView:
        """The view after a click on a column's head: the other direction, or the new column."""
        if column not in _COLUMNS:
            return self
        down = not self.descending if column == self.column else column in ("published", "words")
        return replace(self, column=column, descending=down, page=0)


def table_html(summaries: Sequence[ArticleSummary], view: TableView) -> str:
    """The rows of one page, with sortable heads and a pager."""
    words = view.find.casefold().split()
    found = [s for s in summaries if all(word in f"{s.title} {s.source} {s.author}".casefold() for word in words)]
    if not found:
        what = "No article has these words in its title, source or author." if summaries else "No articles yet."
        return f'<p class="nq-quiet" role="status">{what}</p>'
    found.sort(key=lambda summary: _key(summary, view.column), reverse=view.descending)
    pages = -(-len(found) // ROWS)
    page = min(max(view.page, 0), pages - 1)
    heads = "".join(_head(column, label, view) for column, label in _COLUMNS.items())
    rows = "".join(_row(summary) for summary in found[page * ROWS : (page + 1) * ROWS])
    return (
        f'<table class="nq-table"><caption class="nq-hidden">Articles</caption><thead><tr>{heads}</tr></thead>'
        f"<tbody>{rows}</tbody></table>{_pager(page, pages)}"
    )


def _key(summary: ArticleSummary, column: str) -> tuple[object, ...]:
    """What a row is sorted by; articles without a date count as the oldest."""
    if column == "published":
        return (summary.published or date.min, summary.title.casefold())
    if column == "words":
        return (summary.words, summary.title.casefold())
    return (getattr(summary, column).casefold(), summary.published or date.min)


def _head(column: str, label: str, view: TableView) -> str:
    """A column's head, which sorts by it."""
    here = column == view.column
    order = ("descending" if view.descending else "ascending") if here else "none"
    arrow = ("▾" if view.descending else "▴") if here else ""
    return (
        f'<th scope="col" class="nq-col-{column}" aria-sort="{order}"><button type="button" data-sort="{column}">'
        f'{label} <span aria-hidden="true">{arrow}</span></button></th>'
    )


def _row(summary: ArticleSummary) -> str:
    """One article."""
    day = summary.published.isoformat() if summary.published else "–"
    title = open_button(summary.id, escape(summary.title) or "Untitled")
    return (
        f'<tr><td class="nq-col-published">{day}</td><td class="nq-col-title" dir="auto">{title}</td>'
        f'<td class="nq-col-source" dir="auto">{escape(summary.source) or "–"}</td>'
        f'<td class="nq-col-author" dir="auto">{escape(summary.author) or "–"}</td>'
        f'<td class="nq-col-words">{summary.words:,}</td></tr>'
    )


def _pager(page: int, pages: int) -> str:
    """The way to the other pages, if there are any."""
    if pages == 1:
        return ""

    def button(target: int, label: str, shown: bool) -> str:
        disabled = "" if shown else " disabled"
        return f'<button type="button" class="nq-act" data-page="{target}"{disabled}>{label}</button>'

    return (
        f'<p class="nq-pager">{button(page - 1, "Back", page > 0)}'
        f"<span>Page {page + 1} of {pages}</span>{button(page + 1, 'Next', page < pages - 1)}</p>"
    )
