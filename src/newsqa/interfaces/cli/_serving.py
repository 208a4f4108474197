"""The commands that go on until Ctrl-C: `serve`, `mcp` and `watch`. Here alone one interface starts others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from newsqa.interfaces.cli import _output as output
from newsqa.interfaces.cli._options import Home, Json, open_index
from newsqa.interfaces.cli._progress import watch_for_stop

if TYPE_CHECKING:
    from fastapi import FastAPI

    from newsqa.interfaces.api import Watch
    from newsqa.pipeline import NewsQA
    from newsqa.types import IngestReport


_MCP_PORT = 7861


def serve(
    context: typer.Context,
    host: Annotated[
        str | None, typer.Option("--host", help="Address to listen on; default: NEWSQA_HOST, else 127.0.0.1.")
    ] = None,
    port: Annotated[
        int | None,
        typer.Option("--port", min=1, max=65535, help="Port to listen on; default: NEWSQA_PORT, else 7860."),
    ] = None,
    open_browser: Annotated[bool, typer.Option("--open", help="Open the page in the browser.")] = False,
    home: Home = None,
) -> None:
    """Serve the page and the API until Ctrl-C.

    The API is below /v1/. Listening on more than this machine's own address needs a token: see `newsqa token`.
    """

    def ready(url: str) -> None:
        output.say(f"newsqa is at {url}  (Ctrl-C ends it)")
        if open_browser:
            import webbrowser

            webbrowser.open(url)

    def page(site: FastAPI, qa: NewsQA, watch: Watch) -> Callable[[], None]:
        from newsqa.interfaces import (
            page as ui,  # takes seconds, so not before it is clear that the server may listen
        )

        return ui.mount_page(site, qa, watch)

    with open_index(context, home) as qa, suppress(KeyboardInterrupt):  # the usual way to end it, so no failure
        from newsqa.interfaces import api

        output.note("Starting the page …")
        api.serve(qa, page, host, port, on_ready=ready)


def mcp(
    context: typer.Context,
    http: Annotated[bool, typer.Option("--http", help="Serve streamable HTTP at /mcp instead of stdio.")] = False,
    host: Annotated[
        str | None, typer.Option("--host", help="With --http: address to listen on; default: NEWSQA_HOST.")
    ] = None,
    port: Annotated[
        int | None, typer.Option("--port", min=1, max=65535, help="With --http: port to listen on; default: 7861.")
    ] = None,
    write: Annotated[bool, typer.Option("--write", help="Let clients add and remove articles.")] = False,
    home: Home = None,
) -> None:
    """Serve assistants by the Model Context Protocol.

    One client on stdin and stdout, until it goes; with --http any number, until Ctrl-C.
    """
    with open_index(context, home) as qa, suppress(KeyboardInterrupt):
        from newsqa.interfaces import mcp as server

        if http:
            output.note("Starting the MCP server …")
            server.serve_http(
                qa,
                host or qa.settings.host,
                port or _MCP_PORT,
                write=write,
                on_ready=lambda url: output.say(f"newsqa's MCP server is at {url}mcp  (Ctrl-C ends it)"),
            )
        else:
            server.serve_stdio(qa, write=write)


def watch(
    context: typer.Context,
    targets: Annotated[
        list[str],
        typer.Argument(metavar="FOLDER|URL", help="Folders and files; feeds, OPML lists, sitemaps and pages."),
    ],
    every: Annotated[
        float, typer.Option("--every", min=1, metavar="MINUTES", help="How often each of them is looked at.")
    ] = 15,
    rounds: Annotated[
        int | None, typer.Option("--rounds", min=1, help="End after so many rounds; default: with Ctrl-C.")
    ] = None,
    json: Json = False,
    home: Home = None,
) -> None:
    """Bring in what is new, again and again, until Ctrl-C. Sites are asked slowly, by their robots.txt.

    With --json, each round's report is a line of JSON. Rounds in which nothing could be read are an error.
    """
    total = Counter[str]()

    def say(report: IngestReport) -> None:
        total.update(added=report.added, updated=report.updated, failed=len(report.failed))
        total["right"] += not report.failed or bool(report.added or report.updated or report.same)
        if json:
            output.say_json(report.to_dict(), indent=None)
        else:
            _say_round(report)

    with open_index(context, home) as qa, watch_for_stop() as stop:
        output.note("Watching. Ctrl-C ends it.")
        made = qa.watch(targets, every=every * 60, rounds=rounds, on_round=say, stop=stop)
    output.note(
        f"Ended after {output.count(made, 'round')}: "
        f"{total['added']:,} added, {total['updated']:,} updated, {total['failed']:,} failed."
    )
    if made and not total["right"]:
        raise typer.Exit(1)


def _say_round(report: IngestReport) -> None:
    for failure in report.failed:
        output.note(f"newsqa: {failure.name}: {failure.reason}")
    if report.added or report.updated or report.failed:
        when = datetime.now().astimezone().strftime("%H:%M")
        failed = f", {len(report.failed):,} failed" if report.failed else ""
        output.say(f"{when}  {report.added:,} added, {report.updated:,} updated{failed}.")
