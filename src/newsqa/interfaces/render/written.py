"""What a model wrote, sentence by sentence with its verdicts: as text with flags, and as safe HTML."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from newsqa.interfaces.render.safe import escape
from newsqa.types import Answer, Draft, JudgedSentence

FLAGS = {
    "supported": "",
    "partly": "only partly supported by its source",
    "unsupported": "not supported by its source",
}
"""What is said of a sentence beside it."""
_ITEM = "- "
_LINE = re.compile(r"[^\n]+")


def flagged_text(answer: Answer | Draft) -> str:
    """An answer's or a draft's text with a flag in brackets behind each sentence that is not wholly supported."""
    pieces = []
    for piece, sentence in _pieces(answer.text, answer.sentences, 0, len(answer.text)):
        flag = FLAGS[sentence.verdict] if sentence else ""
        pieces.append(f"{piece} [{flag}]" if flag else piece)
    return "".join(pieces)


def written_html(
    text: str, sentences: Sequence[JudgedSentence], inline: Callable[[str], str], *, draft: bool = False
) -> str:
    """Paragraphs and lists, each sentence with its verdict; `inline` makes safe HTML of text with markers.

    In a draft, what stands outside the judged sentences is shown as not yet checked.
    """
    blocks: list[str] = []
    items: list[str] = []
    for line in _LINE.finditer(text):
        is_item = line[0].startswith(_ITEM)
        start = line.start() + len(_ITEM) * is_item
        body = "".join(_inline(text, sentences, (start, line.end()), inline, draft=draft))
        if is_item:
            items.append(f'<li dir="auto">{body}</li>')
            continue
        blocks += _list(items)
        items = []
        blocks.append(f'<p class="nq-prose" dir="auto">{body}</p>')
    return "".join(blocks + _list(items))


def _list(items: Sequence[str]) -> list[str]:
    return [f'<ul class="nq-prose">{"".join(items)}</ul>'] if items else []


def _inline(
    text: str,
    sentences: Sequence[JudgedSentence],
    line: tuple[int, int],
    inline: Callable[[str], str],
    *,
    draft: bool,
) -> Iterator[str]:
    """The pieces of a line as HTML."""
    for piece, sentence in _pieces(text, sentences, *line):
        if sentence is None:
            yield (
                f'<span class="nq-unchecked">{inline(piece)}</span>' if draft and piece.strip() else inline(piece)
            )
        elif sentence.verdict == "supported":
            yield inline(piece)
        else:
            reason = f": {sentence.reasons[0]}" if sentence.reasons else ""
            flag = escape(f"{FLAGS[sentence.verdict]}{reason}")
            yield f'<span class="nq-{sentence.verdict}">{inline(piece)}</span> '
            yield f'<small class="nq-flag">{flag}</small>'


def _pieces(
    text: str, sentences: Sequence[JudgedSentence], start: int, end: int
) -> Iterator[tuple[str, JudgedSentence | None]]:
    """The text between two offsets, cut at its sentences; what is in none of them comes with None."""
    position = start
    for sentence in sentences:
        if sentence.start < start or sentence.end > end or sentence.start < position:
            continue
        if sentence.start > position:
            yield text[position : sentence.start], None
        yield text[sentence.start : sentence.end], sentence
        position = sentence.end
    if position < end:
        yield text[position:end], None
