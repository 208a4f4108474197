"""What the commands print. Text from articles is stripped of control characters and never read as markup.

Results go to stdout, everything else to stderr. To a terminal: wrapped, with tables and the key words in
bold; into a pipe: one thing per line, nothing wrapped.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from rich.console import Console
    from rich.live import Live
    from rich.text import Text

    from newsqa.types import Answer, Citation, Draft, ScoredPassage, Step

# Left alone by JSON, but acted upon by a terminal, or not encodable.
_LEFT_IN_JSON = re.compile("[\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")
_MARKER = re.compile(r"\[\d+\]")
_INDENT = "    "


def say(text: str) -> None:
    """Prints a line to stdout."""
    typer.echo(plain(text))


def note(text: str) -> None:
    """Prints a line to stderr."""
    typer.echo(plain(text), err=True)


def say_json(value: Any, *, indent: int | None = 2) -> None:
    """Prints a JSON value (`indent` None: on one line); what a terminal would act upon is written as an escape."""
    text = json.dumps(value, ensure_ascii=False, indent=indent)
    typer.echo(_LEFT_IN_JSON.sub(lambda match: f"\\u{ord(match[0]):04x}", text))


def say_table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Prints rows as a table to a terminal, else as tab-separated lines without a heading."""
    lines = ([" ".join(plain(cell).split()) for cell in row] for row in rows)
    if not sys.stdout.isatty():
        for cells in lines:
            typer.echo("\t".join(cells))
        return
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(*columns, box=box.SIMPLE_HEAD, pad_edge=False)
    for cells in lines:
        table.add_row(*map(Text, cells))
    console().print(table)


def watch_answer(items: Iterator[Step | Draft | Answer]) -> Answer:
    """The answer at the end of a stream; a terminal shows on stderr what a model writes until it is checked."""
    from newsqa.types import Answer, Draft

    answer: Answer | None = None
    live: Live | None = None
    try:
        for item in items:
            if isinstance(item, Answer):
                answer = item
            elif isinstance(item, Draft) and sys.stderr.isatty():
                live = live or _live()
                live.update(_draft(item))
    finally:
        if live is not None:
            live.stop()
    assert answer is not None  # noqa: S101 (a stream always ends with the answer)
    if answer.notice:
        note(f"newsqa: {answer.notice}")
    if answer.model and not answer.abstained:
        note(f"Written by {answer.model}, each sentence checked against the passage it cites.")
    return answer


def _live() -> Live:
    """A place on the terminal that is drawn anew and leaves nothing behind."""
    from rich.live import Live

    live = Live(console=console(stderr=True), transient=True, refresh_per_second=12)
    live.start()
    return live


def _draft(draft: Draft) -> Text:
    """A draft in grey, as nothing in it is final."""
    from rich.text import Text

    from newsqa.interfaces import render

    return Text(plain(render.flagged_text(draft)), style="dim")


def say_answer(answer: Answer, paths: Mapping[str, str]) -> None:
    """Prints an answer and its sources with their quotes; `paths` are those of articles without a URL, by id."""
    from newsqa.interfaces import render

    if answer.abstained:
        _paragraph(answer.text)
        for missing in answer.missing:
            _paragraph(f"- {missing}")
        titles = dict.fromkeys(render.cite(hit.passage) for hit in answer.related)
        if titles:
            say("\nThe closest articles:")
            for title in titles:
                _paragraph(title, indent="  ")
        return
    for line in render.flagged_text(answer).split("\n"):
        _paragraph(line, bold=_key_words(answer.citations))
    say("")
    for citation in answer.citations:
        passage = citation.passage
        _paragraph(f"[{citation.number}] {render.cite(passage)}")
        url = render.safe_url(passage.url)
        where = url or " ".join(paths.get(passage.article_id, "").split())
        if where:  # whole, so that it can be clicked or copied
            say(_INDENT + where + render.claimed_words(bool(url) and passage.claimed))
        _paragraph(f"“{' '.join(citation.quote.split())}”", indent=_INDENT)
        if citation.also:
            _paragraph(f"Also in: {render.also_in(citation.also)}", indent=_INDENT)
        if citation.otherwise:
            _paragraph(f"A copy says otherwise: {render.otherwise_words(citation.otherwise)}", indent=_INDENT)
    words = [*filter(None, (render.outlets_words(answer), render.differing_words(answer)))]
    if words:
        say(f"\n{'; '.join(words)}.")


def say_passages(hits: Sequence[ScoredPassage]) -> None:
    """Prints passages with their rank, score and article, best first."""
    from newsqa.interfaces import render

    for rank, hit in enumerate(hits, start=1):
        _paragraph(f"{rank}. {render.cite(hit.passage)}  ({hit.score:.4f})")
        _paragraph(" ".join(hit.passage.text.split()), indent=_INDENT)
        if hit.also:
            _paragraph(f"Same report in: {render.also_in(hit.also)}", indent=_INDENT)


def plain(text: str) -> str:
    """The text without control characters, which a terminal would act upon."""
    from newsqa.interfaces import render

    return render.plain(text)


def console(*, stderr: bool = False) -> Console:
    """A rich console that takes text as it is; it draws without colours if NO_COLOR says so."""
    from rich.console import Console

    return Console(stderr=stderr, markup=False, emoji=False, highlight=False)


def _paragraph(text: str, *, bold: Sequence[str] = (), indent: str = "") -> None:
    """Prints a paragraph: wrapped to a terminal's width, else on one line."""
    text = plain(text)
    if not sys.stdout.isatty():
        typer.echo(indent + text)
        return
    from rich.padding import Padding
    from rich.text import Text

    styled: Text = Text(text)
    for words in bold:
        styled.highlight_words([plain(words)], "bold")
    styled.highlight_regex(_MARKER, "cyan")
    console().print(Padding(styled, (0, 0, 0, len(indent))) if indent else styled)


def _key_words(citations: Sequence[Citation]) -> list[str]:
    """The words of the quotes that answer."""
    spans = ((citation, span) for citation in citations for span in citation.highlights)
    found = (citation.quote[span.start - citation.start : span.end - citation.start] for citation, span in spans)
    return [words for words in found if words.strip()]
