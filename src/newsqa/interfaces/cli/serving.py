"""The commands that serve: `serve` and `mcp`. The only place where one interface starts others."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Annotated

import typer

from newsqa.interfaces.cli import output
from newsqa.interfaces.cli.options import Home, open_index

if TYPE_CHECKING:
    from fastapi import FastAPI

    from newsqa.interfaces.api.server import Watch
    from newsqa.pipeline import NewsQA

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

    def page(site: FastAPI, qa: NewsQA, watch: Watch) -> None:
        from newsqa.interfaces import (
            page as ui,  # takes seconds, so not before it is clear that the server may listen
        )

        ui.mount_page(site, qa, watch)

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
