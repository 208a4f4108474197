"""Which articles may answer, as the page has it: its fields, and the chips of what is chosen."""

from __future__ import annotations

from datetime import date
from typing import Any

import gradio as gr

from newsqa.errors import QuestionError
from newsqa.interfaces.page.events import read_detail
from newsqa.interfaces.page.links import write_choice
from newsqa.interfaces.render import day_words, escape
from newsqa.pipeline import NewsQA

CHOSEN = ("source", "author", "language", "days", "as_of", "k", "any_date")
"""The fields that have chips, in the order in which the functions here take and give them."""
_LABELS = {"source": "Source", "author": "Author", "language": "Language"}
_AS_OF, _READ, _ANY_DATE = "“Last week” is before", "Passages read", "All days, whatever the question says"


class FilterHandlers:
    """What the page does when the fields that choose articles change."""

    def __init__(self, qa: NewsQA) -> None:
        self.qa = qa

    def show_filters(self, *given: Any) -> str:
        """The chips of what is chosen, with the query that chooses it again, for the tab to keep.

        Takes the fields of `CHOSEN`, and whether the language model writes.
        """
        chosen = dict(zip((*CHOSEN, "llm"), given, strict=True))
        days, as_of, k = ((chosen[name] or "").strip() for name in ("days", "as_of", "k"))
        chips = [
            _chip(f"{label}: {name}", kind, name) for kind, label in _LABELS.items() for name in chosen[kind] or ()
        ]
        try:
            (since, until), fault = self.qa.read_days(days, as_of if days else ""), ""
        except QuestionError as error:
            since, until, fault = None, None, f'<p class="nq-notice" role="alert">{escape(str(error))}</p>'
        more = {
            "as_of": as_of and f"{_AS_OF} {as_of}",
            "k": k and f"{_READ}: {k}",
            "any_date": chosen["any_date"] and _ANY_DATE,
        }
        others = "".join(_chip(words, kind, "") for kind, words in more.items() if words)
        query = write_choice(chosen | {"since": since, "until": until})
        shown = "".join(chips) + (fault or _days_chip(since, until)) + others
        return f'<div class="nq-chips" data-chosen="{escape(query)}">{shown}</div>'

    def drop_filter(self, event: gr.EventData, *given: Any) -> tuple[Any, ...]:
        """The fields of `CHOSEN`: the one that a chip stands for without it, the others as they are by then."""
        kind, name = read_detail(event, "kind"), read_detail(event, "name")
        left: dict[str, Any] = dict.fromkeys(CHOSEN, gr.skip())
        if kind in _LABELS:
            left[kind] = [one for one in given[CHOSEN.index(kind)] or () if one != name]
        elif kind in left:
            left[kind] = False if kind == "any_date" else ""
        return tuple(left.values())


def _days_chip(since: date | None, until: date | None) -> str:
    """The chip of the days, which carries their ends for the calendars."""
    if not (since or until):
        return ""
    ends = {"since": since, "until": until}
    data = "".join(f' data-{name}="{day.isoformat() if day else ""}"' for name, day in ends.items())
    return f"<span data-days{data}>{_chip(days_words(since, until), 'days', '')}</span>"


def days_words(since: date | None, until: date | None) -> str:
    """A period for people."""
    if since and until:
        return day_words(since) if since == until else f"{day_words(since)} – {day_words(until)}"
    return f"from {day_words(since)} on" if since else f"until {day_words(until)}" if until else ""


def write_days(since: str, until: str) -> str:
    """A period in words that `read_days` takes; its ends may be empty."""
    if since and until:
        return f"{since} to {until}"
    return f"since {since}" if since else f"until {until}" if until else ""


def _picker_html() -> str:
    """A calendar for either end of the days; what is picked is written as words."""
    fields = "".join(
        f'<label>{label} <input type="date" name="{name}"></label>'
        for label, name in (("First day", "since"), ("Last day", "until"))
    )
    return f'<p class="nq-days">{fields}</p>'


def make_fields() -> dict[str, Any]:
    """The fields that choose which articles may answer, by the names of their options."""
    made: dict[str, Any] = {}
    with gr.Accordion("Narrow the search", open=False, elem_id="nq-narrow"):
        with gr.Row():
            made["source"] = gr.Dropdown([], multiselect=True, label="Sources", scale=2, elem_id="nq-sources")
            made["author"] = gr.Dropdown(
                [], multiselect=True, allow_custom_value=True, label="Authors", scale=2, elem_id="nq-authors"
            )
            made["language"] = gr.Dropdown([], multiselect=True, label="Languages", elem_id="nq-languages")
        with gr.Row():
            made["days"] = gr.Textbox(
                label="Days", placeholder="April 2019, 25.4.2019, since March", elem_id="nq-days"
            )
            fill = "window.newsqa.fillDays();"
            gr.HTML(_picker_html(), elem_id="nq-picker", js_on_load=fill, apply_default_css=False)
        with gr.Row():
            made["as_of"] = gr.Textbox(label=_AS_OF, placeholder="today", elem_id="nq-as-of")
            made["k"] = gr.Textbox(label=_READ, placeholder="8", elem_id="nq-k")
            made["any_date"] = gr.Checkbox(label=_ANY_DATE, elem_id="nq-any-date")
    return made


def _chip(words: str, kind: str, name: str) -> str:
    """What is chosen, with a button that takes it back."""
    drop = f'data-drop="{kind}" data-name="{escape(name)}"'
    button = f'<button type="button" class="nq-act" {drop} aria-label="{escape(f"Remove: {words}")}">×</button>'
    return f'<span class="nq-chip"><span dir="auto">{escape(words)}</span>{button}</span>'
