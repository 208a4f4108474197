"""Feedback on answers: the form under an answer, what becomes of it, and its export as questions."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import gradio as gr

from newsqa.errors import NewsqaError
from newsqa.interfaces.page import views
from newsqa.interfaces.page.articles import may_write
from newsqa.interfaces.page.events import read_detail
from newsqa.interfaces.page.exchange import Exchange, turns
from newsqa.interfaces.render import count, escape
from newsqa.pipeline import NewsQA
from newsqa.types import Judgement

_MOST = 1_000
_FORM = (
    '<div class="nq-judge" role="group" aria-label="Feedback" data-of="{}"><span>Is this right?</span>'
    '<button type="button" class="nq-act" data-judge="right">Right</button>'
    "<details><summary>Wrong</summary>"
    f'<label>What would be right, in the articles’ words <input name="correct" maxlength="{_MOST}"></label>'
    f'<label>Why it is wrong <input name="why" maxlength="{_MOST}"></label>'
    '<label><input type="checkbox" name="unanswerable"> The articles do not say</label>'
    '<button type="button" class="nq-act" data-judge="wrong">Send</button></details></div>'
)


def form_html(exchange: Exchange) -> str:
    """The form under an answer; it is shown to those who may write."""
    return "" if exchange.answer.kind == "courtesy" else _FORM.format(exchange.key)


class FeedbackHandlers:
    """What the page does with feedback. Only who may write gives it, and gets it."""

    def __init__(self, qa: NewsQA) -> None:
        self.qa = qa

    def judge(self, event: gr.EventData, exchanges: list[Exchange]) -> Any:
        """Keep what was said of an answer, which may not be the last one by now; gives a notice."""
        keys = [exchange.key for exchange in exchanges]
        judged = read_detail(event, "exchange")
        if judged not in keys:
            return views.notice_html(
                "That answer is no longer part of the conversation, so nothing is kept of it."
            )
        place = len(keys) - 1 - keys[::-1].index(judged)
        exchange, answer = exchanges[place], exchanges[place].answer
        judgement = Judgement(
            question=exchange.question,
            right=read_detail(event, "verdict") == "right",
            when=datetime.now(UTC),
            history=turns(exchanges[:place]),
            answer=answer.text,
            quotes=tuple(citation.quote for citation in answer.citations),
            articles=tuple(dict.fromkeys(citation.passage.article_id for citation in answer.citations)),
            correct=read_detail(event, "correct").strip()[:_MOST],
            why=read_detail(event, "why").strip()[:_MOST],
            unanswerable=read_detail(event, "unanswerable") == "yes",
        )
        try:
            self.qa.keep_judgement(judgement)
        except NewsqaError as error:
            return views.notice_html(views.describe(error))
        return ""

    def list_judged(self, request: gr.Request) -> str:
        """How many answers were judged, for who may have them."""
        return _judged_html(self._questions()) if may_write(request) else ""

    def export_judged(self) -> str:
        """The same, with the questions as a file, which the browser saves."""
        questions = self._questions()
        lines = "".join(json.dumps(question, ensure_ascii=False) + "\n" for question in questions if question)
        return _judged_html(questions, f' data-file="questions.jsonl" data-text="{escape(lines)}"')

    def _questions(self) -> list[dict[str, Any] | None]:
        """Of each answer that was judged the question to evaluate with, if it makes one."""
        return [one.to_question() for one in self.qa.judgements()]


def _judged_html(questions: Sequence[dict[str, Any] | None], more: str = "") -> str:
    if not questions:
        return ""
    known = sum(question is not None for question in questions)
    words = f"{count(len(questions), 'answer')} judged, {count(known, 'question')} to evaluate with."
    if known < len(questions):
        words += " Of an answer that is wrong it takes the right one, or that there is none."
    button = '<button type="button" class="nq-act" data-export="judged">Export the questions</button>'
    return f'<p class="nq-quiet nq-judged"{more}>{words} {button if known else ""}</p>'
