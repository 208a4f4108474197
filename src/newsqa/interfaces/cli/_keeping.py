"""The commands that keep the index: `ingest`, `articles`, `history`, `remove`, `check` and `repair`."""

from __future__ import annotations

import sys
from contextlib import redirect_stdout
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from newsqa.errors import ArticleError
from newsqa.interfaces.cli import _output as output
from newsqa.interfaces.cli._options import Filters, Home, Json, open_index, taking
from newsqa.interfaces.cli._progress import bar, waiting, watch_for_stop

if TYPE_CHECKING:
    from newsqa.pipeline import NewsQA
    from newsqa.types import CheckReport, IngestReport


class Engine(StrEnum):
    """Where files are read and encoded."""

    LOCAL = "local"
    RAY = "ray"


def ingest(
    context: typer.Context,
    paths: Annotated[
        list[str],
        typer.Argument(
            metavar="PATH|URL",
            help="Files, folders with everything in them; pages, feeds, OPML lists and sitemaps.",
        ),
    ],
    prune: Annotated[
        bool, typer.Option("--prune", help="Also remove articles whose file is no longer in these folders.")
    ] = False,
    file_format: Annotated[
        str,
        typer.Option(
            "--format", metavar="NAME", help="What the files are, whatever they are called: jsonl, csv, html ..."
        ),
    ] = "",
    columns: Annotated[
        str,
        typer.Option(
            "--map", metavar="FIELD=COLUMN,...", help="Which columns hold what, as in title=headline,text=body."
        ),
    ] = "",
    engine: Annotated[
        Engine, typer.Option("--engine", help="ray: read and encode files on a Ray cluster (RAY_ADDRESS).")
    ] = Engine.LOCAL,
    json: Json = False,
    home: Home = None,
) -> None:
    """Bring articles in. What is already there unchanged is left as it is."""
    with open_index(context, home) as qa, bar("Ingesting", "article") as advance, watch_for_stop() as stop:
        read = [0.0]
        try:
            with redirect_stdout(sys.stderr):  # Ray prints what befalls its machines
                report = qa.ingest(
                    paths,
                    prune=prune,
                    file_format=file_format.lower(),
                    columns=columns,
                    engine=engine.value,
                    on_event=lambda event: advance(Path(event.name).name, share=read[0]),
                    on_progress=lambda share: read.__setitem__(0, share),
                    stop=stop,
                )
        except KeyboardInterrupt:
            output.note("Interrupted. What is in stays in; the same command goes on from there.")
            raise
    for failure in report.failed:
        output.note(f"newsqa: {failure.name}: {failure.reason}")
    if json:
        output.say_json(report.to_dict())
    else:
        output.say(_summarise(report))
    for note in report.notes:
        output.note(f"newsqa: {note}")
    if report.interrupted:
        output.note("Interrupted. What is in stays in; the same command goes on from there.")
        raise typer.Exit(130)
    if report.failed:
        raise typer.Exit(1)


@taking(Filters)
def articles(context: typer.Context, json: Json = False, home: Home = None, **given: Any) -> None:
    """List the articles, newest first."""
    with open_index(context, home) as qa, waiting("Looking …"):
        found = qa.articles(**given)
        filtered = not found and qa.article_count() > 0
        unknown = qa.tell_unknown(**given) if filtered else []
    if json:
        output.say_json([article.to_dict() for article in found])
        return
    output.say_articles(found)
    if filtered:
        output.note(" ".join(["None of the articles fits.", *unknown, "Use fewer filters."]))
    elif not found:
        output.note("No articles. Bring some in with: newsqa ingest PATH")


def history(
    context: typer.Context,
    article: Annotated[
        str, typer.Argument(metavar="ARTICLE", help="Its id or the beginning of it, its path, or its address.")
    ],
    json: Json = False,
    home: Home = None,
) -> None:
    """Show what changed in an article from version to version."""
    with open_index(context, home) as qa:
        found = qa.history(article)
    if json:
        output.say_json(found.to_dict())
        return
    one = found.article
    days = (("published", one.published), ("updated", one.updated), ("ingested", one.ingested))
    output.say(one.label)
    output.say("; ".join(f"{name} {day.isoformat() if day else 'unknown'}" for name, day in days))
    for version in found.versions:
        output.say(f"\nReplaced {version.replaced:%Y-%m-%d %H:%M}:")
        output.say(version.diff or "The words are the same; what the article says about itself changed.")
    if not found.versions:
        output.note("There is no earlier version.")


def remove(
    context: typer.Context,
    article: Annotated[list[str], typer.Argument(metavar="ARTICLE", help="Ids, as `newsqa articles` lists them.")],
    home: Home = None,
) -> None:
    """Remove articles from the index; their files stay. All of them, or none if one is not there."""
    wanted = list(dict.fromkeys(article))
    with open_index(context, home) as qa, waiting("Removing …"):
        unknown = [one for one in wanted if not _has(qa, one)]
        if unknown:
            names = ", ".join(repr(one[:60]) for one in unknown)
            told = f"is no article {names}" if len(unknown) == 1 else f"are no articles {names}"
            raise ArticleError(f"There {told}, so nothing was removed; `newsqa articles` lists those there are.")
        removed = qa.remove(wanted)
    output.say(f"{output.count(removed, 'article')} removed.")


def _has(qa: NewsQA, article_id: str) -> bool:
    try:
        qa.article(article_id)
    except ArticleError:
        return False
    return True


def check(context: typer.Context, json: Json = False, home: Home = None) -> None:
    """Look whether the index is sound. Changes nothing."""
    with open_index(context, home) as qa, bar("Checking", ""):
        report = qa.check()
    _say_check(report, json)


def repair(
    context: typer.Context,
    rebuild: Annotated[
        bool, typer.Option("--rebuild", help="Make all of them anew, as after a change of the encoder.")
    ] = False,
    json: Json = False,
    home: Home = None,
) -> None:
    """Mend the index. Vectors and words are made anew from the articles where they disagree with them."""
    with open_index(context, home, rebuild=rebuild) as qa, bar("Repairing", ""):
        report = qa.repair(rebuild=rebuild)
    _say_check(report, json)


def _say_check(report: CheckReport, json: bool) -> None:
    """Prints what was found; exits with 1 if it is not sound."""
    if json:
        output.say_json(report.to_dict())
    else:
        output.say(
            f"{output.count(report.articles, 'article')}, {output.count(report.passages, 'passage')}, "
            f"{output.count(report.vectors, 'vector')}, {output.count(report.words, 'passage')} in the word index."
        )
        for fault in report.faults:
            output.say(f"- {fault}")
        output.say("The index is sound." if report.sound else "Mend it with: newsqa repair")
    for note in report.notes:
        output.note(f"newsqa: {note}")
    if not report.sound:
        raise typer.Exit(1)


def _summarise(report: IngestReport) -> str:
    """What an ingest did, in one line."""
    parts = [f"{report.added:,} added", f"{report.updated:,} updated", f"{report.same:,} unchanged"]
    if report.removed:
        parts.append(f"{report.removed:,} removed")
    if report.failed:
        parts.append(f"{len(report.failed):,} failed")
    return f"{', '.join(parts)}; {output.count(report.passages, 'passage')} written."
