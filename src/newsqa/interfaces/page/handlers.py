"""What the page does on each event. All state of a user comes in and goes out as values; nothing is kept here."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import fields
from functools import partial
from typing import Any

import gradio as gr

from newsqa.errors import ArticleError, NewsqaError, QuestionError
from newsqa.interfaces.page import conversation as talk
from newsqa.interfaces.page import views
from newsqa.interfaces.page.addresses import Addresses
from newsqa.interfaces.page.articles import ArticleHandlers, may_write
from newsqa.interfaces.page.events import read_detail
from newsqa.interfaces.page.exchange import Exchange, conversations, recall, remember, turns
from newsqa.interfaces.page.feedback import FeedbackHandlers
from newsqa.interfaces.page.line import WaitingLine
from newsqa.interfaces.page.links import LONGEST_WORDS, link_article, offer, read_query, read_span, write_query
from newsqa.interfaces.page.narrowing import FilterHandlers, days_words, write_days
from newsqa.interfaces.page.shelf import TableView
from newsqa.interfaces.render import article_html, escape, find_quote, history_html
from newsqa.pipeline import NewsQA, last_answer
from newsqa.types import Answer, AskArguments, AskOptions, Draft, Step
from newsqa.types.options import MOST_PASSAGES

Watch = Callable[[Callable[[], Iterator[Any]]], Iterator[Any]]
"""Starts a question and passes its items on; it may look at them."""
_AT_ONCE = 4
"""So many questions are answered at once; the others see their place in the line."""
_QUOTES = 100
"""So many quotes are marked in an article that is opened."""
FIELDS = ("days", *(field.name for field in fields(AskOptions) if field.name not in ("since", "until")))
"""What a question is asked with, in the order in which the page gives it: its options, their two days in words."""


def start(question: Callable[[], Iterator[Any]]) -> Iterator[Any]:
    """Start a question, and look at nothing."""
    return question()


class Handlers:
    """What the page does on each event; all state of a user comes in and goes out as values."""

    def __init__(self, qa: NewsQA, watch: Watch = start) -> None:
        self.qa, self.watch, self.addresses = qa, watch, Addresses(qa)
        self.articles, self.filters, self.line = ArticleHandlers(qa), FilterHandlers(qa), WaitingLine(_AT_ONCE)
        self.feedback = FeedbackHandlers(qa)

    def load(self, listed: Any, _: Any, request: gr.Request) -> tuple[Any, ...]:
        """The page's content for a new visitor; who may not add articles is not offered it."""
        offer = gr.update(visible=may_write(request))
        return (
            uuid.uuid4().hex,
            *self.articles.library(request),
            self.articles.table(TableView(), request)[0],
            views.saved_html(conversations(listed)),
            offer,
        )

    def answer(self, event: gr.EventData, exchanges: list[Exchange], *given: Any) -> Iterator[tuple[Any, ...]]:
        """The answer to the question that the browser sends, alone or as one of a conversation."""
        alone = read_detail(event, "alone") == "yes"
        yield from self._answer(read_detail(event, "question"), exchanges, *given, alone=alone)

    def any_date(self, exchanges: list[Exchange], *given: Any) -> Iterator[tuple[Any, ...]]:
        """The last question asked once more, of all days whatever it says."""
        yield from self.again(exchanges, *given, any_date=True)

    def between(self, event: gr.EventData, exchanges: list[Exchange], *given: Any) -> Iterator[tuple[Any, ...]]:
        """The last question asked once more, of the days that the browser sends with the event."""
        since, until = read_detail(event, "since"), read_detail(event, "until")
        yield from self.again(exchanges, *given, days=write_days(since, until))

    def again(self, exchanges: list[Exchange], *given: Any, **more: Any) -> Iterator[tuple[Any, ...]]:
        """The last question asked once more, in place of its answer; `more` options go before the given ones."""
        if exchanges:
            yield from self._answer(exchanges[-1].question, exchanges[:-1], *given, **more)
        else:
            yield (gr.skip(),) * 6

    def _answer(
        self,
        question: str,
        exchanges: list[Exchange],
        conversation: str,
        *given: Any,
        alone: bool = False,
        **more: Any,
    ) -> Iterator[tuple[Any, ...]]:
        """Steps and drafts, then the answer with its evidence, or a notice.

        `given` are the options in the order of `FIELDS`, before which `more` go; a question that stands `alone`
        takes nothing from earlier ones.
        Yields (current, front, earlier, notice, announcement, exchanges).
        """
        keep = gr.skip()
        if not conversation:  # this server knows nothing of the page: it was started anew, or has waited for long
            yield *(keep,) * 3, views.lost_html(uuid.uuid4().hex), keep, keep
            return
        options: dict[str, Any] = dict(zip(FIELDS, given, strict=True)) | more
        days, between = options.pop("days") or "", bool(more.get("days"))
        options["any_date"] = bool(options["any_date"])
        steps: list[Step] = []
        try:
            options["since"], options["until"] = self.qa.read_days(days, options["as_of"] or "")
            options["k"] = _number(options["k"])
            scope = _scope(options)
            ask = partial(self.qa.stream, question, history=() if alone else turns(exchanges), **options)
            for item in self.line.stream(partial(self.watch, ask)):
                if isinstance(item, Step):
                    steps = [*(step for step in steps if step.name != "waiting"), item]
                    working = talk.working_html(question, steps)
                    said = escape(talk.step_words(item))
                    yield working, gr.update(visible=False), talk.earlier_html(exchanges), "", said, keep
                elif isinstance(item, Draft):
                    yield talk.draft_html(question, steps, item), *(keep,) * 5
                elif isinstance(item, Answer):
                    link = write_query(question, options)
                    exchange = self.addresses.keep(Exchange(question, item, scope, link, between=between))
                    exchanges = [*exchanges, exchange]
                    yield *self._show(exchanges), "", talk.announcement(exchange), exchanges
        except Exception as error:
            words = views.describe(error)
            notice = views.unanswered_html(words, question, uuid.uuid4().hex)
            yield *self._show(exchanges), notice, escape(words), keep

    def undo(self, exchanges: list[Exchange]) -> tuple[Any, ...]:
        """The conversation without its last exchange."""
        left = exchanges[:-1]
        return *self._show(left), "", "Undone.", left

    def fresh(self) -> tuple[Any, ...]:
        """An empty conversation."""
        return *self._show([]), "", "New conversation.", [], uuid.uuid4().hex

    def remember(self, exchanges: list[Exchange], conversation: str) -> str:
        """The conversation as it is now, for the browser to keep."""
        return views.keep_html(remember(conversation, exchanges, self.addresses.keep_conversation(exchanges)))

    def arrive(self, event: gr.EventData) -> tuple[Any, ...]:
        """What the page's address asks for: what is asked with, and an answer or a conversation to go on with.

        Returns (source, author, language, days, as_of, k, any_date, llm, current, front, earlier, notice,
        exchanges, conversation).
        """
        asked = read_query(read_detail(event, "search"))
        shown: tuple[Any, ...] = (gr.skip(),) * 6
        try:
            known = {"source": self.qa.sources(), "language": list(self.qa.languages())}
            exchanges, fault = self.addresses.recall(asked.answer, asked.conversation)
        except NewsqaError as error:
            return *(gr.skip(),) * 11, views.notice_html(views.describe(error)), gr.skip(), gr.skip()
        if exchanges:
            shown = *self._show(exchanges), "", exchanges, uuid.uuid4().hex
        elif fault:
            shown = *shown[:3], views.notice_html(fault), *shown[4:]
        source, language = (
            gr.update(value=list(wanted), choices=offer(known[name], wanted))
            for name, wanted in (("source", asked.source), ("language", asked.language))
        )
        days, llm = write_days(asked.since, asked.until), asked.llm if self.qa.model else gr.skip()
        return source, list(asked.author), language, days, asked.as_of, asked.k, asked.any_date, llm, *shown

    def restore(self, event: gr.EventData) -> tuple[Any, ...]:
        """A kept conversation, which the browser sends, as the current one; it may ask for its tab, too."""
        exchanges = recall(read_detail(event, "exchanges"))
        tab = gr.Tabs(selected="ask") if read_detail(event, "tab") == "ask" else gr.skip()
        return *self._show(exchanges), exchanges, read_detail(event, "conversation"), tab

    def list_kept(self, listed: Any) -> str:
        """The conversations that the browser keeps, as it lists them now."""
        return views.saved_html(conversations(listed))

    def open_article(self, event: gr.EventData) -> str:
        """The article view, filled; the browser opens it when it arrives."""
        address = ""
        try:
            history = self.qa.history(read_detail(event, "article"))
            passage, quote = (read_span(read_detail(event, name)) for name in ("passage", "quote"))
            quote = quote or find_quote(history.article.text, read_detail(event, "find")[:LONGEST_WORDS])
            quotes = filter(None, map(read_span, read_detail(event, "quotes").split(" ")[:_QUOTES]))
            others = [span for span in quotes if span != quote]
            body = article_html(history.article, passage, quote, others) + history_html(history)
            address = link_article(history.article.id, passage, quote, history.article.content_hash)
        except NewsqaError as error:
            words = views.GONE if isinstance(error, ArticleError) else views.describe(error)
            body = f'<h2 id="reader-title">Article</h2>{views.notice_html(words)}'
        return views.reader_html(body, uuid.uuid4().hex, address)

    def api_ask(
        self,
        message: str,
        k: int | None = None,
        since: str | None = None,
        until: str | None = None,
        source: list[str] | None = None,
        author: list[str] | None = None,
        language: list[str] | None = None,
        as_of: str | None = None,
        any_date: bool = False,
        llm: bool | None = None,
    ) -> dict[str, Any]:
        """Answer one question; returns what `newsqa ask --json` prints, or `{"error": words}`."""
        try:
            options = AskArguments(
                k=_number(k),
                since=since,
                until=until,
                source=source,
                author=author,
                language=language,
                as_of=as_of,
                any_date=any_date,
                llm=llm,
            )
            return last_answer(self.watch(lambda: self.qa.stream(message, **options))).to_dict()
        except NewsqaError as error:
            return {"error": str(error)}

    def _show(self, exchanges: Sequence[Exchange]) -> tuple[Any, Any, str]:
        """Current exchange, front page (shown when there is none), earlier exchanges."""
        current = talk.exchange_html(exchanges[-1]) if exchanges else ""
        return current, gr.update(visible=not exchanges), talk.earlier_html(exchanges[:-1])


def _number(written: str | int | None) -> int | None:
    """The number of passages in a field, or None for an empty one; raises `QuestionError`."""
    text = str(written or "").strip()
    if text and not (re.fullmatch(r"[0-9]{1,3}", text) and 1 <= int(text) <= MOST_PASSAGES):
        raise QuestionError(
            f"“{text[:40]}” is no number of passages. Write one up to {MOST_PASSAGES}, or leave the field empty."
        )
    return int(text) if text else None


def _scope(options: Mapping[str, Any]) -> str:
    """The chosen days, sources, authors and languages in words."""
    parts = {
        "only ": ", ".join(options["source"] or ()),
        "by ": ", ".join(options["author"] or ()),
        "in ": ", ".join(options["language"] or ()),
        "": days_words(options["since"], options["until"]),
        "counted from ": (options["as_of"] or "").strip(),
    }
    words = ", ".join(f"{preposition}{chosen}" for preposition, chosen in parts.items() if chosen)
    return words[:1].upper() + words[1:]
