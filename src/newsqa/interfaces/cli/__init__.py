"""The `newsqa` command, from its arguments to its exit code.

0: done or answered. 1: an error. 2: the command was not understood. 3: abstained. 130: interrupted.
"""

from __future__ import annotations

import contextlib
import errno
import os
import sys
from collections.abc import Sequence
from io import TextIOWrapper
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

import newsqa
from newsqa.errors import NewsqaError
from newsqa.interfaces.cli import _asking as asking
from newsqa.interfaces.cli import _keeping as keeping
from newsqa.interfaces.cli import _output as output
from newsqa.interfaces.cli import _serving as serving
from newsqa.interfaces.cli import _tokens as tokens
from newsqa.interfaces.cli._options import HOME_OPTION

_DISK_FAULTS = {errno.ENOSPC, errno.EDQUOT, errno.EIO}

_MEANT = {
    "add": "ingest", "delete": "remove", "diff": "history", "find": "search", "fix": "repair", "import": "ingest",
    "list": "articles", "ls": "articles", "rm": "remove", "start": "serve",
}  # fmt: skip
"""Commands of other programs, and what they are called here."""


class _Commands(TyperGroup):
    """The commands; one that is not there is met with the one that was meant."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The command of the arguments; a question without one is told of `ask`."""
        name = args[0]
        meant = _MEANT.get(name.lower()) or ("ask" if args[-1].endswith("?") else "")
        if meant and name not in self.commands:
            ctx.fail(f"No such command {name!r}. Did you mean {meant!r}?")
        return super().resolve_command(ctx, args)


app = typer.Typer(
    name="newsqa",
    cls=_Commands,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"newsqa {newsqa.__version__}")
        raise typer.Exit


@app.callback(
    help="Ask your news articles: every sentence of an answer is a quote with a link to its article.",
    epilog=(
        "Exit codes: 0 done or answered, 1 an error (it is on stderr), 2 the command was not understood, "
        "3 the articles do not answer the question, 130 interrupted."
    ),
)
def _globals(
    context: typer.Context,
    home: Annotated[Path | None, HOME_OPTION] = None,
    _version: Annotated[
        bool,
        typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and stop."),
    ] = False,
) -> None:
    context.obj = home


app.command("ingest")(keeping.ingest)
app.command("watch")(serving.watch)
app.command("ask")(asking.ask)
app.command("chat")(asking.chat)
app.command("search")(asking.search)
app.command("articles")(keeping.articles)
app.command("history")(keeping.history)
app.command("serve")(serving.serve)
app.command("mcp")(serving.mcp)
app.add_typer(tokens.app, name="token")
app.command("remove")(keeping.remove)
app.command("check")(keeping.check)
app.command("repair")(keeping.repair)
app.command("evaluate")(asking.evaluate)


def _note_unwritten(error: OSError) -> None:
    output.note(f"newsqa: The output cannot be written: {error.strerror}. Make room, or write it elsewhere.")


def _replace_closed_streams() -> None:
    """A stream that was closed before the start (`newsqa articles >&-`) is empty, or takes what comes nowhere."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open(mode, encoding="utf-8"))  # noqa: SIM115 (open to the end)


def main(arguments: Sequence[str] | None = None) -> None:
    """Runs a command and exits; every `NewsqaError` ends here, as its message on stderr."""
    _replace_closed_streams()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")  # an article may hold what the terminal cannot show
    code: str | int | None = 1
    noted = False
    try:
        app(arguments, prog_name="newsqa")
    except SystemExit as exit_:
        code = exit_.code
    except NewsqaError as error:
        output.note(f"newsqa: {error}")
    except OSError as error:
        if error.errno not in _DISK_FAULTS:
            raise
        _note_unwritten(error)
        noted = True
    try:
        sys.stdout.flush()
    except OSError as error:
        # The reader has gone (`newsqa articles | head`) or the disk is full; Python would try again at its end.
        if not noted and not isinstance(error, BrokenPipeError):
            _note_unwritten(error)
        with contextlib.suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 1
    sys.exit(code)
