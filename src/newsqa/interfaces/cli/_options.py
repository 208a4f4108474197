"""The options that several commands share, and how they lead to an open `NewsQA`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from inspect import Parameter, signature
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from newsqa.interfaces.cli._progress import waiting

if TYPE_CHECKING:
    from newsqa.pipeline import NewsQA

Command = TypeVar("Command", bound=Callable[..., None])

HOME_OPTION = typer.Option(
    "--home", metavar="FOLDER", help="Folder of the index; default: NEWSQA_HOME, else the user data folder."
)

Home = Annotated[Path | None, HOME_OPTION]
Json = Annotated[bool, typer.Option("--json", help="Print JSON, for a program to read.")]


def _day(name: str, what: str) -> Any:
    return typer.Option(name, metavar="DAY", help=what)


@dataclass(frozen=True)
class Filters:
    """Which articles a command is about, as typer reads it; see `taking`."""

    since: Annotated[
        str | None,
        _day("--since", "Only articles published on this day or later: 2019-04-25, “April 2019”, “last week”."),
    ] = None
    until: Annotated[str | None, _day("--until", "Only articles published on this day or earlier.")] = None
    source: Annotated[
        list[str] | None,
        typer.Option("--source", metavar="NAME", help="Only articles of this source; may be repeated."),
    ] = None
    author: Annotated[
        list[str] | None,
        typer.Option(
            "--author", metavar="NAME", help="Only articles by this author, alone or with others; may be repeated."
        ),
    ] = None
    language: Annotated[
        list[str] | None,
        typer.Option("--language", metavar="CODE", help="Only articles in this language, such as en."),
    ] = None


@dataclass(frozen=True)
class Asking(Filters):
    """What a question is asked with, as typer reads it."""

    as_of: Annotated[str | None, _day("--as-of", "Day that “last week” is counted from; default: today.")] = None
    any_date: Annotated[
        bool, typer.Option("--any-date", help="Days in the question do not narrow the search.")
    ] = False
    k: Annotated[
        int | None, typer.Option("-k", min=1, max=1000, help="How many passages are read for the answer.")
    ] = None
    llm: Annotated[
        bool | None,
        typer.Option(
            "--llm/--no-llm", help="Let the model of NEWSQA_LLM write, or show quotes only; default: the model."
        ),
    ] = None


def taking(options: type[Filters]) -> Callable[[Command], Command]:
    """Has a command take the fields of `options` as its `given`; they are listed before its last option."""

    def extend(command: Command) -> Command:
        own = signature(command, eval_str=True)
        *first, last, _given = own.parameters.values()
        shared = signature(options, eval_str=True).parameters.values()
        named = [one.replace(kind=Parameter.KEYWORD_ONLY) for one in (*first, *shared, last)]
        command.__signature__ = own.replace(parameters=named)  # type: ignore[attr-defined] # what typer reads
        return command

    return extend


@contextmanager
def open_index(context: typer.Context, home: Path | None, *, rebuild: bool = False) -> Iterator[NewsQA]:
    """The index that the command line names, else the one of the settings; closed at the end."""
    with waiting("Opening the index …"):
        from newsqa.pipeline import NewsQA

        opened = NewsQA.open(home or context.find_root().obj, rebuild=rebuild)
    with opened as qa:
        yield qa
