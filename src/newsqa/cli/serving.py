"""The command that serves the page: the only place where one interface starts another."""

from __future__ import annotations

from contextlib import suppress
from typing import Annotated

import typer

from newsqa.cli import output
from newsqa.cli.options import Home, opened


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
    """Serve the page for the browser until Ctrl-C."""
    with opened(context, home) as qa, suppress(KeyboardInterrupt):  # the usual way to end it, so no failure
        from newsqa import ui

        output.note("Starting the page …")
        ui.serve(
            qa,
            host,
            port,
            on_ready=lambda url: output.say(f"newsqa is at {url}  (Ctrl-C ends it)"),
            open_browser=open_browser,
        )
