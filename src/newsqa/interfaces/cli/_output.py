"""What the commands print. Text from articles is stripped of control characters and never read as markup.

Results go to stdout, everything else to stderr. To a terminal: wrapped, with tables and the key words in
bold; into a pipe: one thing per line, nothing wrapped.
"""

from __future__ import annotations

import json
import re
import string
import sys
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from textwrap import TextWrapper
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import typer

from newsqa.interfaces.cli._progress import waiting

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

    from newsqa.types import Answer, ArticleSummary, Citation, Draft, Passage, ScoredPassage, Step

# Left alone by JSON, but acted upon by a terminal, or not encodable.
_LEFT_IN_JSON = re.compile("[\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")
_MARKER = re.compile(r"\[(\d{1,4})\]")
_INDENT = "    "


def say(text: str) -> None:
    """Prints a line to stdout."""
    _write(text, stderr=False)


def note(text: str) -> None:
    """Prints a line to stderr."""
    _write(text, stderr=True)


def _write(text: str, *, stderr: bool) -> None:
    """Prints a line, to a terminal between words; a longer word, such as an address, stays whole."""
    text = plain(text)
    if (sys.stderr if stderr else sys.stdout).isatty():
        wrapper = TextWrapper(console(stderr=stderr).width, break_long_words=False, break_on_hyphens=False)
        text = "\n".join(wrapper.fill(line) for line in text.split("\n"))
    typer.echo(text, err=stderr)


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
    from rich.text import Text

    _draw_table(columns, (map(Text, cells) for cells in lines))


def say_articles(found: Sequence[ArticleSummary]) -> None:
    """Prints articles, to a terminal with everything else beneath their titles, so that these have the room."""
    from newsqa.interfaces import render

    rows = [
        (
            one.published.isoformat() if one.published else "",
            one.source,
            one.title or one.path or one.url,
            str(one.words),
            one.id,
            one.author,
        )
        for one in found
    ]
    if not sys.stdout.isatty():
        say_table((), rows)
        return
    from rich.text import Text

    def lines() -> Iterator[tuple[Text, Text]]:
        for row in rows:
            day, source, title, words, number, author = (" ".join(plain(cell).split()) for cell in row)
            below = filter(None, (source, render.author_words(author), count(int(words), "word"), number))
            yield Text(day, no_wrap=True), Text.assemble(title, "\n", (", ".join(below), "dim"))

    _draw_table(("published", "article"), lines())


def _draw_table(columns: Sequence[str], rows: Iterable[Iterable[Text]]) -> None:
    from rich import box
    from rich.table import Table

    table = Table(*columns, box=box.SIMPLE_HEAD, pad_edge=False)
    for cells in rows:
        table.add_row(*cells)
    console().print(table)


def watch_answer(items: Iterator[Step | Draft | Answer]) -> Answer:
    """The answer at the end of a stream; a terminal shows on stderr what is done and what a model writes."""
    from newsqa.types import Answer, Draft

    answer: Answer | None = None
    with waiting("Searching …") as show:
        for item in items:
            if isinstance(item, Answer):
                answer = item
            elif isinstance(item, Draft):
                show(_draft(item))
            else:
                show(plain(" ".join(filter(None, (item.name.capitalize(), item.detail, "…")))))
    assert answer is not None  # noqa: S101 (a stream always ends with the answer)
    if answer.notice:
        note(f"newsqa: {answer.notice}")
    if answer.model and not answer.abstained:
        note(f"Written by {answer.model}, each sentence checked against the passage it cites.")
    return answer


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
    links = {cited.number: _link(cited.passage, paths) for cited in answer.citations}
    for line in render.flagged_text(answer).split("\n"):
        _paragraph(line, bold=_key_words(answer.citations), links=links)
    standing = "; ".join(filter(None, (answer.support, render.outlets_words(answer))))
    _paragraph(f"{standing[0].upper()}{standing[1:]}.", style="dim")
    say("")
    for citation in answer.citations:
        passage = citation.passage
        _paragraph(f"[{citation.number}] {render.cite(passage)}", links={citation.number: links[citation.number]})
        url = render.safe_url(passage.url)
        where = url or " ".join(plain(paths.get(passage.article_id, "")).split())
        if where:  # whole, so that it can be clicked or copied
            typer.echo(_INDENT + where + render.claimed_words(bool(url) and passage.claimed))
        _paragraph(f"“{' '.join(citation.quote.split())}”", indent=_INDENT)
        if citation.also:
            _paragraph(f"Also in: {render.also_in(citation.also)}", indent=_INDENT)
        if citation.otherwise:
            _paragraph(f"A copy says otherwise: {render.otherwise_words(citation.otherwise)}", indent=_INDENT)
    differing = render.differing_words(answer)
    if differing:
        say(f"\n{differing[0].upper()}{differing[1:]}.")


def _link(passage: Passage, paths: Mapping[str, str]) -> str:
    """Where a terminal finds the article of a passage: its web address, else its file; without either, nothing."""
    from newsqa.interfaces import render

    url = render.safe_url(passage.url)
    file = Path(paths.get(passage.article_id, ""))
    if url:
        return quote(url, safe=string.punctuation)
    return file.as_uri() if file.is_absolute() and file.is_file() else ""


def say_passages(hits: Sequence[ScoredPassage], query: str) -> None:
    """Prints passages with their rank, score and article, best first; what matches the query is marked."""
    from newsqa.interfaces import render

    for rank, hit in enumerate(hits, start=1):
        title = f"{rank}. {render.cite(hit.passage)}  ({hit.score:.4f})"
        text = " ".join(plain(hit.passage.text).split())
        _paragraph(title, bold=render.find_words(title, query))
        _paragraph(text, bold=render.find_words(text, query), indent=_INDENT)
        if hit.also:
            _paragraph(f"Same report in: {render.also_in(hit.also)}", indent=_INDENT)


def count(number: int, noun: str) -> str:
    """A number of things, such as 1 article and 2 articles."""
    from newsqa.interfaces import render

    return render.count(number, noun)


def plain(text: str) -> str:
    """The text without control characters, which a terminal would act upon."""
    from newsqa.interfaces import render

    return render.plain(text)


def console(*, stderr: bool = False) -> Console:
    """A rich console that takes text as it is; it draws without colours if NO_COLOR says so."""
    from rich.console import Console

    return Console(stderr=stderr, markup=False, emoji=False, highlight=False)


def _paragraph(
    text: str,
    *,
    bold: Collection[str] = (),
    links: Mapping[int, str] | None = None,
    style: str = "",
    indent: str = "",
) -> None:
    """Prints a paragraph: wrapped to a terminal's width, with `links` behind its markers; else on one line."""
    text = plain(text)
    if not sys.stdout.isatty():
        typer.echo(indent + text)
        return
    from rich.padding import Padding
    from rich.style import Style
    from rich.text import Text

    styled: Text = Text(text, style=style)
    if bold:
        longest_first = sorted(map(re.escape, bold), key=len, reverse=True)
        styled.highlight_regex(rf"(?<!\w)(?:{'|'.join(longest_first)})(?!\w)", "bold")
    for marker in _MARKER.finditer(text):
        link = (links or {}).get(int(marker[1]), "")
        styled.stylize(Style(color="cyan", link=link or None), *marker.span())
    console().print(Padding(styled, (0, 0, 0, len(indent))) if indent else styled)


def _key_words(citations: Sequence[Citation]) -> set[str]:
    """The words of the quotes that answer."""
    spans = ((citation, span) for citation in citations for span in citation.highlights)
    found = (citation.quote[span.start - citation.start : span.end - citation.start] for citation, span in spans)
    return {plain(words) for words in found if words.strip()}
