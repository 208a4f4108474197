"""What the page does in its tab of articles: bring in, look up, remove, undo. It keeps nothing of a reader."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import gradio as gr

from newsqa.errors import ArticleError, NewsqaError
from newsqa.interfaces.access.rights import refuse_writing
from newsqa.interfaces.page import shelf, views
from newsqa.interfaces.page.events import read_detail
from newsqa.interfaces.page.links import offer
from newsqa.interfaces.page.shelf import ROWS, TableView, table_html
from newsqa.interfaces.page.uploads import Underway, Uploaded, add_address, add_files
from newsqa.interfaces.render import count
from newsqa.pipeline import NewsQA

LIBRARY = 7
"""How many parts of the page `library` fills."""
_AUTHORS = 500
"""So many authors, those with most articles, are offered; any other may be typed."""
_HEADLINES = 6

_Chosen = Sequence[str] | None
"""What is chosen in a field; Gradio has None for nothing."""


class ArticleHandlers:
    """What the page does in its tab of articles; all state of a user comes in and goes out as values."""

    def __init__(self, qa: NewsQA) -> None:
        self.qa = qa

    def library(self, request: gr.Request, source: _Chosen = (), language: _Chosen = ()) -> tuple[Any, ...]:
        """Masthead, front page, choices of sources, authors and languages, changes, what is watched.

        A chosen `source` or `language` is offered even if its last article is gone.
        """
        writes, settings = may_write(request), self.qa.settings
        ways = {"files": writes and settings.uploads, "addresses": writes and settings.fetch}
        try:
            sources, authors = self.qa.sources(), list(self.qa.authors())[:_AUTHORS]
            return (
                views.masthead_html(
                    views.extent_words(self.qa.article_count(), len(sources), self.qa.period()), writes=writes
                ),
                views.front_html(self.qa.articles(limit=_HEADLINES), **ways),
                gr.update(choices=offer(sources, source or ())),
                gr.update(choices=sorted(authors, key=str.casefold)),
                gr.update(choices=offer(list(self.qa.languages()), language or ())),
                self._changes(writes=writes),
                shelf.watched_html(self.qa.watched()),
            )
        except NewsqaError as error:
            notice = views.notice_html(views.describe(error))
            return views.masthead_html(), notice, *(gr.skip(),) * 3, "", ""

    def upload(
        self, files: list[str] | None, source: _Chosen, language: _Chosen, request: gr.Request
    ) -> Iterator[tuple[Any, ...]]:
        """Progress and results of an upload, then the page with the new articles."""
        results: list[Uploaded] = []
        for item in add_files(self.qa, files or ()):
            reading = item if isinstance(item, Underway) else None
            begins = bool(reading and not reading.articles and not results)
            results += [item] if isinstance(item, Uploaded) else []
            progress = views.uploads_html(results, len(files or ()), reading)
            box = None if begins else gr.skip()  # empty at once, so that more can be chosen meanwhile
            yield box, progress, *(gr.skip(),) * LIBRARY
        if files:
            yield gr.skip(), views.uploads_html(results, len(files)), *self.library(request, source, language)

    def fetch(
        self, address: str, source: _Chosen, language: _Chosen, request: gr.Request
    ) -> Iterator[tuple[Any, ...]]:
        """What becomes of the articles at a web address, then the page with the new ones."""
        results: list[Uploaded] = []
        for item in add_address(self.qa, address) if address.strip() else ():
            if isinstance(item, Uploaded):
                results.append(item)
            else:
                yield views.fetching_html(item), *(gr.skip(),) * LIBRARY
        if results:
            done = any(result.status != "failed" for result in results)
            yield (
                views.uploads_html(results, len(results), fetched=address if done else ""),
                *self.library(request, source, language),
            )

    def remove(
        self, event: gr.EventData, source: _Chosen, language: _Chosen, request: gr.Request
    ) -> tuple[Any, ...]:
        """The page without an article, and that it is gone; the latest changes have the way back."""
        try:
            article = self.qa.article(read_detail(event, "article"))
            self.qa.remove([article.id])
            report = shelf.said_html(f"Removed: {article.title or 'Untitled'}. “Undo” below brings it back.")
        except ArticleError:
            report = views.notice_html(views.GONE)
        except NewsqaError as error:
            report = views.notice_html(views.describe(error))
        return report, *self.library(request, source, language)

    def undo_change(
        self, event: gr.EventData, source: _Chosen, language: _Chosen, request: gr.Request
    ) -> tuple[Any, ...]:
        """The page with what a change had taken away, and without what it had brought."""
        try:
            done = self.qa.undo(read_detail(event, "change"))
            report = shelf.said_html(f"Undone: {count(done, 'article')} as before.")
        except NewsqaError as error:
            report = views.notice_html(views.describe(error))
        return report, *self.library(request, source, language)

    def show_table(
        self, event: gr.EventData, words: str, view: TableView, request: gr.Request
    ) -> tuple[str, TableView]:
        """The table with the words that are looked for, after a click on a column or another page; its view.

        Articles with words are sorted by how well they fit, until a column is clicked.
        """
        sought = view.look_for(words)
        view = sought if sought.find != view.find else view
        if column := read_detail(event, "column"):
            view = view.sort_by(column)
        if page := read_detail(event, "page"):
            view = replace(view, page=int(page) if page.isascii() and page.isdigit() and len(page) < 8 else 0)
        return self.table(view, request)

    def table(self, view: TableView, request: gr.Request) -> tuple[str, TableView]:
        """The articles of a view, or why they cannot be shown, and the view with the last page at most."""
        try:
            found = self.qa.find_articles(view.find, order=view.order, limit=ROWS, offset=view.page * ROWS)
            if found.total and not found.articles:
                view = replace(view, page=(found.total - 1) // ROWS)
                found = self.qa.find_articles(view.find, order=view.order, limit=ROWS, offset=view.page * ROWS)
        except NewsqaError as error:
            return views.notice_html(views.describe(error)), view
        return table_html(found, view, removable=may_write(request)), view

    def _changes(self, *, writes: bool) -> str:
        return shelf.changes_html(self.qa.changes()) if writes else ""


def may_write(request: gr.Request) -> bool:
    """Whether who asks may change the articles."""
    return request.request is not None and refuse_writing(request.request.scope) is None
