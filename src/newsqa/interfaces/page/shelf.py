"""The HTML of the tab of articles: its table, searched and sorted; the latest changes; and what is watched."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import PurePath

from newsqa.interfaces.render import Way, count, escape, find_words, moment_html, nearest_sentence, open_button
from newsqa.types import ArticlePage, ArticleSummary, Change, Passage, Watched

ROWS = 50
_COLUMNS = {"published": "Date", "title": "Title", "source": "Source", "author": "Author", "words": "Words"}
_DOWN_FIRST = ("published", "words")
_MOST_WORDS = 200

_SHOWN = 3
_MOST = 20


@dataclass(frozen=True, slots=True)
class TableView:
    """What of the table is shown: the words looked for, the column sorted by (none: best first), and the page."""

    find: str = ""
    column: str = "published"
    descending: bool = True
    page: int = 0

    @property
    def order(self) -> str:
        """As the library takes it."""
        return f"{self.column}, descending" if self.column and self.descending else self.column

    def look_for(self, words: str) -> TableView:
        """The view of the articles with these words, best first; of all, newest first, without words."""
        return TableView(words[:_MOST_WORDS], "") if words.strip() else TableView()

    def sort_by(self, column: str) -> TableView:
        """The view after a click on a column's head: the other direction, or the new column."""
        if column not in _COLUMNS:
            return self
        down = not self.descending if column == self.column else column in _DOWN_FIRST
        return replace(self, column=column, descending=down, page=0)


def table_html(found: ArticlePage, view: TableView, *, removable: bool = False) -> str:
    """The rows of one page, with sortable heads and a pager; `removable` ones have a button for it."""
    if not found.articles:
        if view.find.strip():
            return '<p class="nq-quiet" role="status">No article has these words.</p>'
        return '<p class="nq-quiet nq-none" role="status">No articles yet.</p>'
    heads = "".join(_head(column, label, view) for column, label in _COLUMNS.items())
    heads += (
        '<th scope="col" class="nq-col-remove"><span class="nq-hidden">Remove</span></th>' if removable else ""
    )
    rows = "".join(_row(one, found.passages.get(one.id), view.find, removable) for one in found.articles)
    return (
        f'{_describe_found(found, view)}<table class="nq-table"><caption class="nq-hidden">Articles</caption>'
        f"<thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"
        f"{_pager(view.page, -(-found.total // ROWS))}"
    )


def _describe_found(found: ArticlePage, view: TableView) -> str:
    """How many articles were found, and whether they have all of the words."""
    if not view.find.strip():
        return ""
    words = count(found.total, "article")
    words += "" if found.whole else " with some of these words; none has all of them in one place"
    return f'<p class="nq-quiet" role="status">{words}</p>'


def _head(column: str, label: str, view: TableView) -> str:
    """A column's head, which sorts by it."""
    here = column == view.column
    order = ("descending" if view.descending else "ascending") if here else "none"
    arrow = ("▾" if view.descending else "▴") if here else ""
    return (
        f'<th scope="col" class="nq-col-{column}" aria-sort="{order}"><button type="button" data-sort="{column}">'
        f'{label} <span aria-hidden="true">{arrow}</span></button></th>'
    )


def _row(summary: ArticleSummary, passage: Passage | None, query: str, removable: bool) -> str:
    """One article, with the place where the words stand."""
    day = summary.published.isoformat() if summary.published else ""
    name = escape(summary.title) or "Untitled"
    title = open_button(Way(summary.id, passage), name)
    place = f'<p class="nq-snippet" dir="auto">{_snippet(passage, query)}</p>' if passage else ""
    remove = (
        f'<td class="nq-col-remove"><button type="button" class="nq-act" data-remove="{escape(summary.id)}"'
        f' aria-label="Remove: {name}">Remove</button></td>'
    )
    return (
        f'<tr><td class="nq-col-published">{day}</td><td class="nq-col-title" dir="auto">{title}{place}</td>'
        f'<td class="nq-col-source" dir="auto">{escape(summary.source)}</td>'
        f'<td class="nq-col-author" dir="auto">{escape(summary.author)}</td>'
        f'<td class="nq-col-words">{summary.words:,}</td>{remove if removable else ""}</tr>'
    )


def _snippet(passage: Passage, query: str) -> str:
    """The sentence of a passage with most of the words, which are marked."""
    best = nearest_sentence(passage, query)
    words = find_words(best, query)
    if not words:
        return escape(best)
    pieces = re.split(rf"\b({'|'.join(map(re.escape, sorted(words, key=len, reverse=True)))})\b", best)
    return "".join(f"<mark>{escape(one)}</mark>" if at % 2 else escape(one) for at, one in enumerate(pieces))


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


def said_html(words: str) -> str:
    """That something was done."""
    return f'<div class="nq-uploads" role="status"><p>{escape(words)}</p></div>'


def changes_html(changes: Sequence[Change]) -> str:
    """The latest changes, newest first, each with a button that undoes it."""
    if not changes:
        return ""
    items = [_change(change) for change in changes[:_MOST]]
    more = "".join(items[_SHOWN:])
    older = f'<details><summary>Older</summary><ul class="nq-shelf">{more}</ul></details>' if more else ""
    return (
        '<section class="nq-changes" aria-labelledby="nq-changed"><h2 id="nq-changed">Latest changes</h2>'
        f'<ul class="nq-shelf">{"".join(items[:_SHOWN])}</ul>{older}</section>'
    )


def watched_html(watched: Sequence[Watched]) -> str:
    """The folders and feeds that are watched, when each was last looked at, and what came of it."""
    if not watched:
        return ""
    items = "".join(map(_show_watched, watched))
    return (
        '<section class="nq-watched" aria-labelledby="nq-watching"><h2 id="nq-watching">Watched</h2>'
        f'<ul class="nq-shelf">{items}</ul></section>'
    )


def _change(change: Change) -> str:
    """One change in words."""
    counts = {"added": change.added, "replaced": change.updated, "removed": change.removed}
    told = ", ".join(f"{number:,} {what}" for what, number in counts.items() if number)
    name = escape(change.name) or "Untitled"
    undo = f'class="nq-act" data-undo="{escape(change.id)}" aria-label="Undo: {name}"'
    return (
        f'<li><span class="nq-file" dir="auto">{name}</span> <span>{told}, {moment_html(change.when)}</span> '
        f'<button type="button" {undo}>Undo</button></li>'
    )


def _show_watched(one: Watched) -> str:
    """One target: a folder by its name alone, since where it lies is nobody's business."""
    address = one.target.startswith(("http://", "https://"))
    name = escape(one.target if address else PurePath(one.target).name) or "A folder"
    looked = f"last looked at {moment_html(one.looked)}"
    if one.stopped:
        state, words = "stopped", f"No longer watched, {looked}"
    elif one.failed:
        reason = escape(one.said) if address else f"{count(one.failed, 'file')} could not be read"
        state, words = "failed", f"{looked[0].upper()}{looked[1:]}: {reason}"
    else:
        counts = f"{one.added:,} added, {one.updated:,} replaced" if one.added or one.updated else "nothing new"
        state, words = "well", f"{looked[0].upper()}{looked[1:]}: {counts}"
    if one.changed and not (one.added or one.updated):
        words += f"; last news {moment_html(one.changed)}"
    return f'<li class="nq-{state}"><span class="nq-file" dir="auto">{name}</span> <span>{words}</span></li>'
