"""An answer with its key words in bold and its markers tied to citations: text, Markdown, HTML, and files."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from newsqa.interfaces.render.safe import (
    also_in,
    cite,
    claimed_words,
    differing_words,
    escape,
    escape_markdown,
    otherwise_words,
    outlets_words,
    plain,
    safe_url,
)
from newsqa.interfaces.render.written import flagged_text, written_html
from newsqa.text.citations import as_text, strip
from newsqa.types import Answer, Citation, ScoredPassage

_MARKERS = re.compile(r"(\[\d{1,4}\](?:\s*\[\d{1,4}\])*)")
_NUMBER = re.compile(r"\[(\d{1,4})\]")
_FORMULA = re.compile(r"[=+\-@\t\r|%＝＋－＠]")
_COLUMNS = ("number", "quote", "title", "author", "source", "published", "updated", "url", "claimed", "also in")


def without_markers(answer: Answer) -> str:
    """The answer's text alone."""
    return strip(answer.text)


def to_text(answer: Answer) -> str:
    """The answer as plain text for a terminal or the clipboard: prose, what is missing, and the sources."""
    lines = [plain(line) for line in (flagged_text(answer), answer.notice) if line]
    lines += [f"- {plain(part)}" for part in answer.missing]
    if answer.citations:
        lines.append("")
    for citation in answer.citations:
        url = safe_url(citation.passage.url)
        lines.append(f"[{citation.number}] {cite(citation.passage)}")
        lines += [f"    {url}{claimed_words(citation.passage.claimed)}"] if url else []
        if citation.also:
            lines.append(f"    Also in: {also_in(citation.also)}")
        if citation.otherwise:
            lines.append(f"    A copy says otherwise: {otherwise_words(citation.otherwise)}")
    for words in filter(None, (outlets_words(answer), differing_words(answer))):
        lines.append(f"{words[0].upper()}{words[1:]}.")
    if answer.related:
        lines += ["", "Closest articles:"]
        lines += [f"- {cite(hit.passage)}" for hit in one_per_article(answer.related)]
    return "\n".join(lines)


def to_markdown(answer: Answer) -> str:
    """The answer as Markdown: prose with the key words in bold, then quotes and sources as a list."""
    lines = mark_up_lines(answer, _number_markdown)
    for citation in answer.citations:
        url = safe_url(citation.passage.url)
        title = escape_markdown(cite(citation.passage))
        link = f"[{title}](<{url}>){claimed_words(citation.passage.claimed)}" if url else title
        also = f" (also in: {escape_markdown(also_in(citation.also))})" if citation.also else ""
        otherwise = f" — a copy says otherwise: {escape_markdown(otherwise_words(citation.otherwise))}"
        also += otherwise if citation.otherwise else ""
        lines.append(f"{_number_markdown(citation)} “{escape_markdown(citation.quote)}” {link}{also}")
    if answer.related:
        lines.append("Closest articles:")
        lines += [f"- {escape_markdown(cite(hit.passage))}" for hit in one_per_article(answer.related)]
    return "\n\n".join(lines)


def mark_up_lines(answer: Answer, number: Callable[[Citation], str]) -> list[str]:
    """The paragraphs of an answer's prose as Markdown, and what is said beside it; `number` makes the markers."""
    lines = [
        "".join(_mark_up(replace(answer, text=text), _inline_markdown, _bold_markdown, number))
        for text in flagged_text(answer).split("\n")
        if text.strip()
    ]
    lines += [escape_markdown(answer.notice)] if answer.notice else []
    return lines + [f"- {escape_markdown(part)}" for part in answer.missing]


def _inline_markdown(text: str) -> str:
    """Like `escape_markdown`, with the white space at both ends kept as one space."""
    left, right = " " * text[:1].isspace(), " " * text[-1:].isspace()
    return f"{left}{escape_markdown(text)}{right}" if text.strip() else left


def answer_html(answer: Answer, prefix: str = "") -> str:
    """The answer's prose: key words in bold, every known `[n]` a link to the card `#{prefix}src-n`."""

    def link(citation: Citation) -> str:
        label = f"Source {citation.number}: {cite(citation.passage)}"
        return (
            f'<a class="nq-ref" href="#{escape(prefix)}src-{citation.number}" aria-label="{escape(label)}">'
            f"[{citation.number}]</a>"
        )

    def inline(text: str) -> str:
        part = replace(answer, text=text)
        return "".join(_mark_up(part, escape, lambda words: f"<strong>{escape(words)}</strong>", link))

    if answer.sentences:
        return written_html(answer.text, answer.sentences, inline)
    prose = inline(answer.text)
    return f'<p class="nq-prose" dir="auto">{prose}</p>'


def _mark_up(
    answer: Answer,
    escaped: Callable[[str], str],
    bold: Callable[[str], str],
    number: Callable[[Citation], str],
) -> Iterator[str]:
    """The answer's text in pieces: plain, key words, and markers of known citations."""
    known = {citation.number: citation for citation in answer.citations}
    pieces = _MARKERS.split(answer.text)
    for prose, markers in zip(pieces[::2], [*pieces[1::2], ""], strict=True):
        cited = [known[int(n)] for n in _NUMBER.findall(markers) if int(n) in known]
        position = 0
        for start, end in _bold_ranges(prose, cited):
            yield escaped(prose[position:start])
            yield bold(prose[start:end])
            position = end
        yield escaped(prose[position:])
        position = 0
        for match in _NUMBER.finditer(markers):
            citation = known.get(int(match[1]))
            yield escaped(markers[position : match.start()])
            yield number(citation) if citation else escaped(match[0])
            position = match.end()


def _bold_ranges(prose: str, cited: Sequence[Citation]) -> list[tuple[int, int]]:
    """Where in the prose the citations' highlights stand: sorted, merged, inside the prose."""
    found: list[tuple[int, int]] = []
    for citation in cited:
        at = max(prose.rfind(_fold(citation.quote)), 0)
        for span in citation.highlights:
            first, last = (max(edge - citation.start, 0) for edge in (span.start, span.end))
            words = _fold(citation.quote[first:last])
            start = prose.find(words, at + len(_fold(citation.quote[:first]))) if words else -1
            if start >= 0:
                found.append((start, start + len(words)))
    merged: list[tuple[int, int]] = []
    for start, end in sorted(found):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _fold(text: str) -> str:
    """The text with its white space folded and its own `[2]` in round brackets, as an answer's prose has it."""
    return as_text(" ".join(text.split()))


def one_per_article(hits: Sequence[ScoredPassage]) -> list[ScoredPassage]:
    """The best hit of each article, in order."""
    return list({hit.passage.article_id: hit for hit in reversed(hits)}.values())[::-1]


def _bold_markdown(text: str) -> str:
    """Bold Markdown, with the white space outside the marks."""
    return f"**{escape_markdown(text)}**" if text.strip() else text


def _number_markdown(citation: Citation) -> str:
    """A citation's marker as Markdown that shows `[n]`."""
    return rf"\[{citation.number}\]"


def to_plain(question: str, answer: Answer, note: str) -> str:
    """Question, answer and sources as plain text; `note` says what else is known of them."""
    return "\n\n".join(part for part in (plain(question), to_text(answer), plain(note)) if part) + "\n"


def to_footnotes(question: str, answer: Answer, note: str) -> str:
    """Question and answer as Markdown, with a footnote for each quote."""
    lines = [f"# {escape_markdown(question)}", *mark_up_lines(answer, lambda cited: f"[^{cited.number}]")]
    lines += [escape_markdown(note)] if note else []
    for citation in answer.citations:
        url = safe_url(citation.passage.url)
        source = escape_markdown(cite(citation.passage))
        source += f". <{url}>{claimed_words(citation.passage.claimed)}" if url else ""
        source += f". Also in: {escape_markdown(also_in(citation.also))}" if citation.also else ""
        if citation.otherwise:
            source += f". A copy says otherwise: {escape_markdown(otherwise_words(citation.otherwise))}"
        lines.append(f"[^{citation.number}]: “{escape_markdown(citation.quote)}” {source}")
    return "\n\n".join(lines) + "\n"


def to_csv(answer: Answer) -> str:
    """The evidence as a table, a quote a row. A cell that a spreadsheet would take for a formula begins with '."""
    table = io.StringIO()
    rows = csv.writer(table)
    rows.writerow(_COLUMNS)
    for citation in answer.citations:
        passage = citation.passage
        days = (day.isoformat() if day else "" for day in (passage.published, passage.updated))
        cells = (
            citation.quote, passage.title, passage.author, passage.source, *days, safe_url(passage.url),
            "yes" if passage.claimed else "no", also_in(citation.also),
        )  # fmt: skip
        rows.writerow([citation.number, *map(_defuse, cells)])
    return table.getvalue()


def _defuse(cell: str) -> str:
    """The cell as text, whatever program opens the table."""
    text = plain(cell)
    return f"'{text}" if _FORMULA.match(text.lstrip()) or _FORMULA.match(text) else text
