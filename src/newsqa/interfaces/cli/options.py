"""The options that several commands share, and how they lead to an open `NewsQA`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from newsqa.pipeline import NewsQA

HOME_OPTION = typer.Option(
    "--home", metavar="FOLDER", help="Folder of the index; default: NEWSQA_HOME, else the user data folder."
)

Home = Annotated[Path | None, HOME_OPTION]
Json = Annotated[bool, typer.Option("--json", help="Print JSON, for a program to read.")]
Since = Annotated[
    str | None, typer.Option("--since", metavar="YYYY-MM-DD", help="Only articles published on this day or later.")
]
Until = Annotated[
    str | None,
    typer.Option("--until", metavar="YYYY-MM-DD", help="Only articles published on this day or earlier."),
]
AsOf = Annotated[
    str | None,
    typer.Option("--as-of", metavar="YYYY-MM-DD", help="Day that “last week” is counted from; default: today."),
]
AnyDate = Annotated[bool, typer.Option("--any-date", help="Days in the question do not narrow the search.")]
Language = Annotated[
    list[str] | None,
    typer.Option("--language", metavar="CODE", help="Only articles in this language, such as en."),
]
Source = Annotated[
    list[str] | None,
    typer.Option("--source", metavar="NAME", help="Only articles of this source; may be repeated."),
]
Author = Annotated[
    list[str] | None,
    typer.Option(
        "--author", metavar="NAME", help="Only articles by this author, alone or with others; may be repeated."
    ),
]

Llm = Annotated[
    bool | None,
    typer.Option(
        "--llm/--no-llm", help="Let the model of NEWSQA_LLM write, or show quotes only; default: the model."
    ),
]


@contextmanager
def open_index(context: typer.Context, home: Path | None, *, rebuild: bool = False) -> Iterator[NewsQA]:
    """The index that the command line names, else the one of the settings; closed at the end."""
    from newsqa.pipeline import NewsQA

    with NewsQA.open(home or context.find_root().obj, rebuild=rebuild) as qa:
        yield qa
