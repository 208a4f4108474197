"""The command that keeps going: `watch`."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from newsqa.interfaces.cli import output
from newsqa.interfaces.cli.options import Home, Json, open_index
from newsqa.interfaces.cli.progress import asked_to_stop

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
    json: Json = False,
    home: Home = None,
) -> None:
    """Bring in what is new, again and again, until Ctrl-C. Sites are asked slowly, by their robots.txt.

    With --json, each round's report is a line of JSON.
    """
    total = Counter[str]()

    def say(report: IngestReport) -> None:
        total.update(added=report.added, updated=report.updated, failed=len(report.failed))
        if json:
            output.say_json(report.to_dict(), indent=None)
        else:
            _say_round(report)

    with open_index(context, home) as qa, asked_to_stop() as stop:
        output.note("Watching. Ctrl-C ends it.")
        made = qa.watch(targets, every=every * 60, rounds=rounds, on_round=say, stop=stop)
    output.note(
        f"Ended after {output.count(made, 'round')}: "
        f"{total['added']:,} added, {total['updated']:,} updated, {total['failed']:,} failed."
    )


def _say_round(report: IngestReport) -> None:
    for failure in report.failed:
        output.note(f"newsqa: {failure.name}: {failure.reason}")
    if report.added or report.updated or report.failed:
        when = datetime.now().astimezone().strftime("%H:%M")
        failed = f", {len(report.failed):,} failed" if report.failed else ""
        output.say(f"{when}  {report.added:,} added, {report.updated:,} updated{failed}.")
