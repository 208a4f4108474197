"""The HTML of a conversation: a question, what is being done about it, its answer and the evidence beside it."""

from __future__ import annotations

from collections.abc import Sequence

from newsqa.interfaces.page.exchange import Exchange
from newsqa.interfaces.page.feedback import form_html
from newsqa.interfaces.page.links import Arrival, read_query
from newsqa.interfaces.render import (
    answer_html,
    cards_html,
    differing_words,
    escape,
    flagged_text,
    outlets_words,
    plain,
    related_html,
    to_text,
    written_html,
)
from newsqa.types import Answer, Draft, Period, Step
from newsqa.types.answers import SUPPORT

FORMATS = {"md": "Markdown", "txt": "Plain text", "csv": "Evidence as a table (CSV)"}
"""The files that an answer can be had as, by the ends of their names."""
_SUGGESTED = 3
"""Questions under an answer."""
_METER = '<span class="nq-meter" aria-hidden="true"><i></i><i></i><i></i></span>'


def working_html(question: str, steps: Sequence[Step]) -> str:
    """The question and what is being done about it."""
    lines = "".join(f"<li>{escape(step_words(step))}</li>" for step in steps)
    return (
        f'<article class="nq-turn nq-working"><h2 dir="auto">{escape(question)}</h2>'
        f'<ol class="nq-steps">{lines}</ol></article>'
    )


def draft_html(question: str, steps: Sequence[Step], draft: Draft) -> str:
    """The question and what a model has written so far, under what it was searched for."""
    asked = [step.detail for step in steps if step.name == "searching" and step.detail]
    note = f'<p class="nq-note" dir="auto">{escape(f"Searched for: {asked[0]}")}</p>' if asked else ""
    prose = written_html(draft.text, draft.sentences, escape, draft=True)
    return (
        f'<article class="nq-turn nq-working nq-draft"><h2 dir="auto">{escape(question)}</h2>{note}'
        f'<div class="nq-grid"><section class="nq-answer" aria-label="Draft" aria-busy="true">{prose}'
        '<p class="nq-quiet nq-byline">Being written, and checked sentence by sentence…</p></section></div>'
        "</article>"
    )


def step_words(step: Step) -> str:
    """A step in words, ending in an ellipsis."""
    if step.name == "searching":
        return f"Searching for “{step.detail}”…" if step.detail else "Searching the articles…"
    return f"{step.name.capitalize()} {step.detail}".strip() + "…"


def exchange_html(exchange: Exchange, prefix: str = "", *, current: bool = True) -> str:
    """A question, its answer, and the evidence beside it; only the current one can be asked again or undone.

    The cards' anchors begin with `prefix`, so that each exchange of a conversation has its own.
    """
    actions = _actions(exchange, current)
    body = _abstention(exchange, actions) if exchange.answer.abstained else _answer(exchange, prefix, actions)
    return (
        f'<article class="nq-turn{"" if current else " nq-earlier"}">'
        f'<h2 dir="auto" tabindex="-1">{escape(exchange.question)}</h2>{notes_html(exchange, current=current)}'
        f'<div class="nq-grid">{body}</div>{_suggestions(exchange) if current else ""}</article>'
    )


def _suggestions(exchange: Exchange) -> str:
    """Where the browser puts questions on the same articles; none where only some articles were to answer."""
    if exchange.scope or exchange.answer.kind == "courtesy":
        return ""
    about = escape(exchange.answer.searched_for)
    rows = f'<ul class="nq-examples" data-suggest="{about}" data-style="nq-next">{"<li></li>" * _SUGGESTED}</ul>'
    return (
        f'<section class="nq-further" aria-label="Further questions"><h3>You might ask next</h3>{rows}</section>'
    )


def notes_html(exchange: Exchange, *, current: bool = False) -> str:
    """What stands between a question and its answer: what was searched, and what went another way."""
    answer = exchange.answer
    chosen = current and exchange.between  # then the scope is in the chip
    notes = [escape(exchange.scope)] if exchange.scope and not chosen else []
    if answer.searched_for != answer.question:
        told = escape(answer.searched_for)
        edit = f' <button type="button" class="nq-act" data-edit="{told}">Edit</button>' if current else ""
        notes.insert(0, f"Searched for: {told}{edit}")
    note = f'<p class="nq-note" dir="auto">{"<br>".join(notes)}</p>' if notes else ""
    notice = f'<p class="nq-notice" role="status">{escape(answer.notice)}</p>' if answer.notice else ""
    return note + _chip(exchange, current) + notice


def earlier_html(exchanges: Sequence[Exchange]) -> str:
    """The conversation before the current exchange, newest first."""
    if not exchanges:
        return ""
    numbered = list(enumerate(exchanges, 1))[::-1]
    items = "".join(exchange_html(exchange, f"t{number}-", current=False) for number, exchange in numbered)
    rule = '<p class="nq-rule"><span>Earlier</span></p>'
    return f'<section aria-label="Earlier in this conversation">{rule}{items}</section>'


def announcement(exchange: Exchange) -> str:
    """What a screen reader says when the answer is there."""
    answer = exchange.answer
    words = " ".join(part for part in (answer.notice, flagged_text(answer), *answer.missing) if part)
    return escape(f"{answer.support.capitalize()}. {words}")


def _answer(exchange: Exchange, prefix: str, actions: str) -> str:
    """The two columns of an answer."""
    answer = exchange.answer
    prose = answer_html(answer, prefix)
    said = f"{prose}{confidence_html(answer)}{byline_html(answer)}{actions}"
    return (
        f'<section class="nq-answer" aria-label="Answer">{said}</section>'
        f'<aside class="nq-evidence" aria-label="Evidence">{cards_html(answer.citations, prefix)}</aside>'
    )


def confidence_html(answer: Answer) -> str:
    """How sure an answer is, and on how much it stands."""
    words = answer.support
    said = " · ".join(filter(None, (words.capitalize(), outlets_words(answer), differing_words(answer))))
    sure = _METER if answer.kind == "answer" else ""
    return f'<p class="nq-confidence nq-{words.split()[0]}">{sure}{said}</p>'


def byline_html(answer: Answer) -> str:
    """Whose words an answer is made of, and what its confidence means."""
    if answer.abstained:
        return ""
    by = "In the articles’ own words."
    if answer.model:
        by = f"Written by {answer.model}, checked against the articles."
    elif answer.kind == "answer":
        by += f" About {100 * SUPPORT[answer.support]:.0f} in 100 answers as sure as this are right."
    return f'<p class="nq-quiet nq-byline">{escape(by)}</p>'


def _chip(exchange: Exchange, current: bool) -> str:
    """The days of the question's words, or those chosen instead; the current question can be asked of others."""
    period, chosen = exchange.answer.period, current and exchange.between
    if not (period or chosen):
        return ""
    words = "Search all days instead"
    more = f'data-act="any_date" aria-label="{words}" title="{words}"'
    button = f'<button type="button" class="nq-act" {more}>×</button>' if current else ""
    label = f"Only {period.label}" if period else exchange.scope
    chip = f'<p class="nq-note"><span class="nq-chip">{escape(label)}{button}</span></p>'
    return chip + (_days(period or read_query(exchange.link)) if current else "")


def _days(ends: Period | Arrival) -> str:
    """The two ends of a period, to be changed and asked for."""
    fields = "".join(
        f'<label>{words} <input type="date" name="{name}" value="{escape(str(day or ""))}"></label>'
        for words, name, day in (("From", "since", ends.since), ("to", "until", ends.until))
    )
    button = '<button type="button" class="nq-act" data-act="between">Search these days</button>'
    return f'<details class="nq-days"><summary>Change the days</summary>{fields}{button}</details>'


def _abstention(exchange: Exchange, actions: str) -> str:
    """The two columns of an abstention: what is missing, and the closest articles."""
    answer = exchange.answer
    missing = "".join(f'<li dir="auto">{escape(part)}</li>' for part in answer.missing)
    missing = f"<ul>{missing}</ul>" if missing else ""
    prose = f'<p class="nq-prose" dir="auto">{escape(answer.text)}</p>'
    aside = related_html(answer.related, answer.searched_for)
    if aside:
        aside = (
            f'<aside class="nq-evidence" aria-label="Closest articles"><h3>Closest articles</h3>{aside}</aside>'
        )
    label = answer.support.capitalize()
    heading = f'<h3><span aria-hidden="true">∅</span> {label}</h3>'
    heading = "" if answer.kind == "courtesy" else heading
    section = f'<section class="nq-abstained" aria-label="{label}">'
    return f"{section}{heading}{prose}{missing}{actions}</section>{aside}"


def _actions(exchange: Exchange, current: bool) -> str:
    """The buttons under an answer."""
    text = escape(plain(f"{exchange.question}\n\n{to_text(exchange.answer)}"))
    question = escape(exchange.question)
    more = (
        '<button type="button" class="nq-act" data-act="again">Ask again</button>'
        f'<button type="button" class="nq-act" data-act="undo" data-back="{question}">Take back</button>'
        '<button type="button" class="nq-act" data-act="fresh">New conversation</button>'
    )
    return (
        f'<p class="nq-actions"><button type="button" class="nq-act" data-copy="{text}">Copy</button>'
        f"{_link(exchange)}{more if current else ''}</p>{_save(exchange)}{form_html(exchange) if current else ''}"
    )


def _link(exchange: Exchange) -> str:
    """The button that copies the address of an answer."""
    address = f'data-link="a/{exchange.address}"'
    return f'<button type="button" class="nq-act" {address}>Copy link</button>' if exchange.address else ""


def _save(exchange: Exchange) -> str:
    """The ways to take an answer along."""
    if not exchange.address:
        return ""
    ways = "".join(
        f'<a class="nq-act" href="a/{exchange.address}.{form}" download>{words}</a>'
        for form, words in FORMATS.items()
    )
    ways += '<button type="button" class="nq-act" data-print>Print, or save as PDF</button>'
    return f'<details class="nq-save"><summary>Save or print</summary><p class="nq-actions">{ways}</p></details>'
