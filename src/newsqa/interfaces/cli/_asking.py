"""The commands that ask: `ask`, `chat`, `search` and `evaluate`."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from newsqa.errors import QuestionError
from newsqa.interfaces.cli import _output as output
from newsqa.interfaces.cli._options import Asking, Filters, Home, Json, open_index, taking
from newsqa.interfaces.cli._progress import bar, waiting

if TYPE_CHECKING:
    from newsqa.pipeline import NewsQA
    from newsqa.types import Answer


ABSTAINED = 3
"""Exit code of `newsqa ask` when the articles do not answer."""

_CHAT_HELP = (
    "Follow-up questions may refer to earlier ones. /new forgets them, /help shows this, /quit (or Ctrl-D) ends, "
    "with or without the slash. The arrow keys bring back what was typed before, in earlier chats, too."
)
_RECALLED = "chat-history"
"""File in the index folder with the lines that were typed into chats."""

_KEPT = 1_000
"""Lines that are kept, the newest."""
_MODE = 0o600


@taking(Asking)
def ask(
    context: typer.Context,
    question: Annotated[list[str], typer.Argument(help="The question, best in quotes.")],
    json: Json = False,
    home: Home = None,
    **given: Any,
) -> None:
    """Answer a question from the articles. Every sentence is quoted, or checked if a model wrote it."""
    with open_index(context, home) as qa:
        asked = qa.stream(" ".join(question), **given)
        answer = output.watch_answer(asked)
        _note_period(answer)
        if json:
            output.say_json(answer.to_dict())
        else:
            output.say_answer(answer, _paths(qa, answer))
    if answer.abstained:
        raise typer.Exit(ABSTAINED)


@taking(Asking)
def chat(context: typer.Context, home: Home = None, **given: Any) -> None:
    """Ask one question after the other. A follow-up may refer to earlier ones."""
    from newsqa.types import Turn

    interactive = sys.stdin.isatty()
    with open_index(context, home) as qa, ExitStack() as stack:
        if interactive:
            stack.enter_context(recall(qa.settings.home.expanduser() / _RECALLED))
            output.note(_CHAT_HELP)
        history: list[Turn] = []
        while True:
            try:
                line = input("\n> " if interactive else "").strip()
            except EOFError:
                break
            command = line.lower().removeprefix("/")
            if command in {"quit", "exit"}:
                break
            if command == "new":
                history.clear()
                output.note("The conversation starts anew.")
                continue
            if command == "help" or line.startswith("/"):
                output.note(_CHAT_HELP)
                continue
            if not line:
                continue
            try:
                answer = output.watch_answer(qa.stream(line, history=history, **given))
            except QuestionError as error:
                output.note(f"newsqa: {error}")
                continue
            if answer.searched_for != answer.question:
                output.note(f"Searched for: {answer.searched_for}")
            _note_period(answer)
            output.say_answer(answer, _paths(qa, answer))
            history.append(Turn(line, answer.text))


@taking(Filters)
def search(
    context: typer.Context,
    query: Annotated[list[str], typer.Argument(help="What to look for.")],
    json: Json = False,
    k: Annotated[int, typer.Option("-k", min=1, max=1000, help="How many passages.")] = 10,
    home: Home = None,
    **given: Any,
) -> None:
    """List the passages that fit a query best."""
    with open_index(context, home) as qa, waiting("Searching …"):
        hits = qa.search(words := " ".join(query), k=k, **given)
        unknown = [] if hits else qa.tell_unknown(**given)
    if json:
        output.say_json([hit.to_dict() for hit in hits])
    elif hits:
        output.say_passages(hits, words)
    else:
        output.note(" ".join(["No passage fits.", *unknown, "Use other words, or fewer filters."]))


def evaluate(
    context: typer.Context,
    file: Annotated[
        Path,
        typer.Argument(metavar="FILE", exists=True, dir_okay=False, readable=True, help="Questions, JSON Lines."),
    ],
    json: Json = False,
    plot: Annotated[
        Path | None,
        typer.Option("--plot", dir_okay=False, help="SVG file for a plot of refusal against accuracy."),
    ] = None,
    home: Home = None,
) -> None:
    """Measure newsqa on questions with known answers. Prints recall, right citations, refusals and times."""
    from newsqa import evaluate as evaluation

    with open_index(context, home) as qa, bar("Asking", "question") as advance:
        report = evaluation.run(qa, file, on_outcome=lambda _, total: advance(total=total))
    if plot is not None:
        evaluation.save_plot(report, plot)
    if json:
        output.say_json(report.to_dict())
    else:
        output.say(report.table())


def _note_period(answer: Answer) -> None:
    """Says on stderr that the question's own words narrowed the search."""
    if answer.period:
        output.note(f"Searched for what is told of {answer.period.label}. All days: --any-date")


def _paths(qa: NewsQA, answer: Answer) -> dict[str, str]:
    """Where the cited articles lie that have no URL, by article id."""
    ids = {citation.passage.article_id for citation in answer.citations if not citation.passage.url}
    return {article_id: qa.article(article_id).path for article_id in ids}


@contextmanager
def recall(file: Path) -> Iterator[None]:
    """Gives `input` its line editing, with the lines in `file`; those that are typed are written there at the end.

    Where the file cannot be written, as in an index of somebody else, the lines last as long as the chat.
    """
    try:
        import readline
    except ImportError:  # Windows edits lines by itself
        yield
        return
    readline.clear_history()
    readline.set_history_length(_KEPT)
    try:
        _make_private(file)
        readline.read_history_file(file)
    except OSError:
        yield
        return
    try:
        yield
    finally:
        with suppress(OSError):
            readline.write_history_file(file)
            _make_private(file)


def _make_private(file: Path) -> None:
    """Makes the file where it is missing, and keeps all but its owner out; a link is not followed."""
    opened = os.open(file, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, _MODE)
    try:
        os.fchmod(opened, _MODE)
    finally:
        os.close(opened)
