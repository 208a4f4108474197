"""The page's layout: ask on the left, evidence on the right, the articles and the history in tabs of their own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import gradio as gr
from gradio.events import api as gradio_api

from newsqa.interfaces.access.guard import CLIENT
from newsqa.interfaces.page import views
from newsqa.interfaces.page.addresses import Addresses
from newsqa.interfaces.page.documents import add_routes
from newsqa.interfaces.page.door import Door
from newsqa.interfaces.page.handlers import FIELDS, Handlers, Watch, start
from newsqa.interfaces.page.narrowing import CHOSEN, make_fields
from newsqa.interfaces.page.shelf import TableView
from newsqa.interfaces.page.uploads import KINDS
from newsqa.pipeline import NewsQA

_STATIC = Path(__file__).parent / "static"
_FIRST = ("queue.js", "memory.js", "address.js", "keys.js", "preview.js", "suggestions.js")
"""The scripts that run once, with the page's first part."""
_IN_TURN = ["ask", "again", "any_date", "between", "undo", "fresh", "restore", "arrive"]
"""The events that change the conversation, one after the other; Gradio wants their names in a panel's script."""
_DONE, _FAILED = "() => window.newsqa.done()", "() => window.newsqa.done(true)"
_LOOK = "() => window.newsqa.table.ask()"
_NARROWED = "() => window.newsqa.narrow(false)"
_OFFERED = (
    "() => document.querySelectorAll('[data-undo], [data-remove]').forEach((one) => { one.disabled = false; })"
)
"""What could not be undone or removed just now may be tried again."""
_LISTED = "() => [window.newsqa.memory.list()]"
"""What the browser remembers goes to the server as a list, in the place of a panel's value."""
_EARLIER = ("newsqa-conversations", "newsqa")
"""How an earlier newsqa had the browser keep conversations; it is no secret. They are taken over once."""
_MOST_VISITS = 1_000
"""Visits that Gradio keeps, 0.14 MB each, closed ones too: the latest. A page it forgets loads itself anew."""


def build_page(qa: NewsQA, watch: Watch = start) -> gr.Blocks:
    """The page over an open index; nothing is launched. `watch` sees what becomes of each question."""
    do = Handlers(qa, watch)
    actions = _script("actions.js")
    suggesting = f"{actions}\nwindow.newsqa.suggest(element, watch);"
    private: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
    in_turn: dict[str, Any] = {**private, "trigger_mode": "multiple"}  # one after the other by queue.js
    uploads, fetches = (on and not qa.settings.read_only for on in (qa.settings.uploads, qa.settings.fetch))

    def panel(elem_id: str, value: str = "", script: str = actions) -> Any:
        return gr.HTML(value, elem_id=elem_id, js_on_load=script, apply_default_css=False)

    page = gr.Blocks(title="newsqa", analytics_enabled=False, delete_cache=(3600, 3600))
    page.state_session_capacity = _MOST_VISITS
    with page:
        exchanges, conversation, view = gr.State([]), gr.State(""), gr.State(TableView())
        earlier_memory = gr.BrowserState([], storage_key=_EARLIER[0], secret=_EARLIER[1])
        masthead = panel("nq-masthead", views.masthead_html(), script="\n".join(map(_script, _FIRST)))
        with gr.Tabs(elem_id="nq-tabs") as tabs:
            with gr.Tab("Ask", id="ask"):
                gr.Textbox(
                    label="Your question",
                    placeholder="Ask about the articles…",
                    lines=1,
                    max_lines=5,
                    submit_btn="Ask",
                    autofocus=True,
                    elem_id="nq-question",
                    html_attributes=gr.InputHTMLAttributes(autocomplete="off", enterkeyhint="search"),
                )
                options: dict[str, Any] = {"llm": gr.State(None)}
                if qa.model:
                    options["llm"] = gr.Radio(
                        [("Quotes only", False), (qa.model, True)],
                        value=True,
                        label="Answer with",
                        elem_id="nq-writer",
                    )
                options |= make_fields()
                chips = panel("nq-chips", script=_script("filters.js"))
                panel("nq-waiting", script="window.newsqa.showWaiting(element);")
                notice = panel("nq-notice", script=_script("notice.js"))
                said = panel("nq-said", script=_script("announce.js"))
                current = panel("nq-current", script=f"{suggesting}\nwindow.newsqa.begin(trigger, {_IN_TURN});")
                front, earlier = panel("nq-front", script=suggesting), panel("nq-earlier")
                keeping = panel("nq-keeping", script=_script("keep.js"))
            with gr.Tab("Articles", id="articles"):
                with gr.Column(elem_id="nq-adding") as adding:
                    if uploads:
                        files = gr.File(
                            label=f"Add articles: {KINDS}",
                            file_count="multiple",
                            elem_id="nq-upload",
                            height=150,
                        )
                    if fetches:
                        address = gr.Textbox(
                            label="Add by web address: of an article, or of a feed",
                            placeholder="https://…",
                            submit_btn="Fetch",
                            max_lines=1,
                            elem_id="nq-address",
                        )
                report = panel("nq-report", script=_script("report.js"))
                changes = panel("nq-changes", script=f"{actions}\n{_script('library.js')}")
                watched = panel("nq-watched")
                find = gr.Textbox(
                    label="Search in the articles",
                    placeholder="Words, a source or an author",
                    elem_id="nq-find",
                    max_lines=1,
                )
                table = panel("nq-table", script=f"{actions}\n{_script('table.js')}")
            with gr.Tab("History", id="history") as history:
                panel("nq-kept-tools", views.tools_html(), _script("conversations.js"))
                kept = panel("nq-kept")
                judged = panel("nq-judged", script=_script("judged.js"))
        reader = panel("nq-reader", script=f"{actions}\n{_script('reader.js')}\n{_script('marks.js')}")
        panel("nq-footer", views.footer_html(qa.model), script=_script("look.js"))

        names = [options[name] for name in ("source", "author", "language")]
        offered = [options[name] for name in ("source", "language")]
        library = [masthead, front, *names, changes, watched]
        shown = [current, front, earlier]
        answered = [*shown, notice, said, exchanges]
        asked = [exchanges, conversation, *(options[name] for name in FIELDS)]
        chosen = [options[name] for name in CHOSEN]
        asking_with = [*chosen, options["llm"]]
        gr.on(
            [one.change for one in asking_with],
            None,
            js="() => window.newsqa.filters.ask()",
            trigger_mode="multiple",
            show_progress="hidden",
        )
        dropped = chips.drop_filter(do.filters.drop_filter, chosen, chosen, **in_turn)
        opened = "(_, earlier) => [window.newsqa.memory.begin(earlier), null]"
        remembered = [keeping, earlier_memory]
        first_shown = [conversation, *library, table, kept, adding]
        loaded = page.load(do.load, remembered, first_shown, js=opened, **private)
        arrived = [*asking_with, *shown, notice, exchanges, conversation]
        asking: dict[str, Any] = {"concurrency_limit": 24, "concurrency_id": "ask", **in_turn}
        changed = [
            current.ask(do.answer, asked, answered, **asking),
            current.again(do.again, asked, answered, **asking),
            current.any_date(do.any_date, asked, answered, **asking),
            current.between(do.between, asked, answered, **asking),
            current.undo(do.undo, [exchanges], answered, **in_turn),
        ]
        replaced = [
            current.fresh(do.fresh, None, [*answered, conversation], **in_turn),
            current.restore(do.restore, None, [*shown, exchanges, conversation, tabs], **in_turn),
            current.arrive(do.arrive, None, arrived, **in_turn),
        ]
        for event in changed:
            event.failure(None, js=_FAILED)
            kept_now = event.success(do.remember, [exchanges, conversation], keeping, **in_turn)
            _run_after(kept_now, _DONE)
        _run_after(dropped, _NARROWED)
        for event in (loaded, *replaced):
            _run_after(event, _DONE, _FAILED)
        articles = do.articles
        find.change(None, js=_LOOK, trigger_mode="multiple", show_progress="hidden")
        alone: dict[str, Any] = {"concurrency_limit": 1, **in_turn}
        altered = []
        if not qa.settings.read_only:
            altered += [
                table.remove(articles.remove, offered, [report, *library], **alone),
                changes.undo_change(articles.undo_change, offered, [report, *library], **alone),
            ]
            current.judge(do.feedback.judge, [exchanges], notice, **in_turn)
            history.select(do.feedback.list_judged, None, judged, **private)
            judged.export_judged(do.feedback.export_judged, None, judged, **private)
        if uploads:
            altered.append(files.upload(articles.upload, [files, *offered], [files, report, *library], **alone))
        if fetches:
            altered.append(address.submit(articles.fetch, [address, *offered], [report, *library], **alone))
        for event in altered:
            event.success(None, js=_LOOK)
            _run_after(event, _OFFERED)
        one_by_one = {
            "filters": chips.show_filters(do.filters.show_filters, asking_with, chips, **in_turn),
            "list": keeping.list_kept(do.list_kept, keeping, kept, js=_LISTED, **in_turn),
            "table": table.show_table(articles.show_table, [find, view], [table, view], **in_turn),
            "reader": reader.open_article(do.open_article, None, reader, **in_turn),
        }
        for name, event in one_by_one.items():
            _run_after(event, f"() => window.newsqa.{name}.answered()")
        gradio_api(do.api_ask, api_name="ask", concurrency_id="ask")
    page.queue(max_size=64, default_concurrency_limit=8)
    return page


def _run_after(event: Any, script: str, failed: str = "") -> None:
    """A script for when an event is over, with another if it `failed`: `then` does not run after a failure."""
    event.success(None, js=script)
    event.failure(None, js=failed or script)


def page_options(qa: NewsQA) -> dict[str, Any]:
    """What `launch` and `mount_gradio_app` need to show the page as it is meant to be."""
    serif = ("Source Serif 4", "Charter", "Iowan Old Style", "Palatino", "Georgia", "Liberation Serif", "serif")
    return {
        "theme": gr.themes.Base(font=serif, font_mono=("ui-monospace", "monospace")),
        "css_paths": [_STATIC / "page.css"],
        "footer_links": [],
        "favicon_path": _STATIC / "favicon.svg",
        "max_file_size": max(5 * qa.settings.max_file_mb, 100)
        * 1_000_000,  # up to here a file is refused in our words
    }


def mount_page(app: Any, qa: NewsQA, watch: Watch = start) -> Callable[[], None]:
    """Put the page over an open index into a FastAPI application, at `/`; who asks is known to its guard.

    What comes back ends the streams of open pages, so that a server can end.
    """
    page = build_page(qa, watch)
    add_routes(app, qa, Addresses(qa))
    gr.mount_gradio_app(
        app,
        page,
        path="/",
        server_name=qa.settings.host,
        server_port=qa.settings.port,
        auth_dependency=lambda request: str(request.scope.get(CLIENT, "someone")),
        root_path=qa.settings.root_path.rstrip("/") or None,
        show_error=False,
        ssr_mode=False,
        enable_monitoring=False,
        run_history=False,
        **page_options(qa),
    )
    mounted: Any = app.router.routes[-1]
    door = mounted.app = Door(mounted.app, page)
    return door.end_streams


def _script(name: str) -> str:
    """One of the page's scripts."""
    return (_STATIC / name).read_text(encoding="utf-8")
