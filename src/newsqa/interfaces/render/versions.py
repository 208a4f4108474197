"""The earlier versions of an article as safe HTML: what was taken out and what was put in, word by word."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Sequence
from itertools import groupby

from newsqa.interfaces.render.safe import escape, moment_html
from newsqa.types import History, Version

_WORDS = re.compile(r"\s+|\S+\s*")
_MOST_WORDS = 2_000
"""Longer passages that changed are shown whole, as taken out and put in."""


def history_html(history: History) -> str:
    """What changed from each version of an article to the next, newest first; nothing without earlier ones."""
    if not history.versions:
        return ""
    items = "".join(map(_version, reversed(history.versions)))
    many = len(history.versions)
    words = "An earlier version" if many == 1 else f"{many} earlier versions"
    return f'<details class="nq-versions"><summary>{words}</summary><ol>{items}</ol></details>'


def _version(version: Version) -> str:
    parts = "".join(_difference(version.diff.splitlines()[3:]))
    said = parts or '<p class="nq-quiet">The words are the same; what the article says about itself changed.</p>'
    return f'<li><p class="nq-kicker">Changed {moment_html(version.replaced)}</p>{said}</li>'


def _difference(lines: Sequence[str]) -> Iterator[str]:
    """The lines of a unified diff as paragraphs; what stands between them is left out."""
    removed: list[str] = []
    for mark, group in groupby(lines, lambda line: line[:1]):
        text = " ".join(line[1:] for line in group)
        if mark == "-":
            removed.append(text)
            continue
        before, removed = " ".join(removed), []
        if mark == "+":
            yield f'<p dir="auto">{_mark(before, text)}</p>'
            continue
        if before:
            yield f'<p dir="auto">{_mark(before, "")}</p>'
        if mark == " ":
            yield f'<p class="nq-quiet" dir="auto">{escape(text)}</p>'
        elif mark == "@":
            yield '<p class="nq-quiet" aria-hidden="true">…</p>'
    if removed:
        yield f'<p dir="auto">{_mark(" ".join(removed), "")}</p>'


def _mark(before: str, after: str) -> str:
    """A text with the words of an earlier one that are gone, and its own that are new, marked."""
    old, new = _WORDS.findall(before), _WORDS.findall(after)
    if max(len(old), len(new)) > _MOST_WORDS:
        return _tag("del", before) + " " + _tag("ins", after)
    matcher = difflib.SequenceMatcher(None, old, new)
    pieces = []
    for kind, a, b, c, d in matcher.get_opcodes():
        gone, come = "".join(old[a:b]), "".join(new[c:d])
        pieces.append(escape(come) if kind == "equal" else _tag("del", gone) + _tag("ins", come))
    return "".join(pieces)


def _tag(name: str, text: str) -> str:
    said = {"del": "removed", "ins": "added"}[name]
    if not text:
        return ""
    before, after = (f'<span class="nq-hidden">{words}</span>' for words in (f"[{said}: ", "]"))
    return f"<{name}>{before}{escape(text)}{after}</{name}>"
