"""The command that keeps going: `watch`."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from newsqa.cli import output
from newsqa.cli.options import Home, opened

if TYPE_CHECKING:
    from newsqa.types import IngestReport


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
    home: Home = None,
) -> None:
    """Bring in what is new, again and again, until Ctrl-C. Sites are asked slowly, by their robots.txt."""
    with opened(context, home) as qa:
        output.note("Watching. Ctrl-C ends it.")
        made = qa.watch(targets, every=every * 60, rounds=rounds, on_round=_say_round)
    output.note(f"Ended after {made:,} round{'' if made == 1 else 's'}.")


def _say_round(report: IngestReport) -> None:
    for failure in report.failed:
        output.note(f"newsqa: {failure.name}: {failure.reason}")
    if report.added or report.updated or report.failed:
        when = datetime.now().astimezone().strftime("%H:%M")
        failed = f", {len(report.failed):,} failed" if report.failed else ""
        output.say(f"{when}  {report.added:,} added, {report.updated:,} updated{failed}.")
