"""The HTML of the library's own affairs: its latest changes, which can be undone, and what is watched."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePath

from newsqa.interfaces.render import count, escape, moment_html
from newsqa.types import Change, Watched

_SHOWN = 3
_MOST = 20


def said_html(words: str) -> str:
    """That something was done."""
    return f'<div class="nq-uploads" role="status"><p>{escape(words)}</p></div>'


def changes_html(changes: Sequence[Change]) -> str:
    """The latest changes, newest first, each with a button that undoes it."""
    if not changes:
        return ""
    items = [_change(change) for change in changes[:_MOST]]
    more = "".join(items[_SHOWN:])
    older = f'<details><summary>Older</summary><ul class="nq-shelf">{more}</ul></details>' if more else ""
    return (
        '<section class="nq-changes" aria-labelledby="nq-changed"><h2 id="nq-changed">Latest changes</h2>'
        f'<ul class="nq-shelf">{"".join(items[:_SHOWN])}</ul>{older}</section>'
    )


def watched_html(watched: Sequence[Watched]) -> str:
    """The folders and feeds that are watched, when each was last looked at, and what came of it."""
    if not watched:
        return ""
    items = "".join(map(_watched, watched))
    return (
        '<section class="nq-watched" aria-labelledby="nq-watching"><h2 id="nq-watching">Watched</h2>'
        f'<ul class="nq-shelf">{items}</ul></section>'
    )


def _change(change: Change) -> str:
    """One change in words."""
    counts = {"added": change.added, "replaced": change.updated, "removed": change.removed}
    told = ", ".join(f"{number:,} {what}" for what, number in counts.items() if number)
    name = escape(change.name) or "Untitled"
    undo = f'class="nq-act" data-undo="{escape(change.id)}" aria-label="Undo: {name}"'
    return (
        f'<li><span class="nq-file" dir="auto">{name}</span> <span>{told}, {moment_html(change.when)}</span> '
        f'<button type="button" {undo}>Undo</button></li>'
    )


def _watched(one: Watched) -> str:
    """One target: a folder by its name alone, since where it lies is nobody's business."""
    address = one.target.startswith(("http://", "https://"))
    name = escape(one.target if address else PurePath(one.target).name) or "A folder"
    looked = f"last looked at {moment_html(one.looked)}"
    if one.stopped:
        state, words = "stopped", f"No longer watched, {looked}"
    elif one.failed:
        reason = escape(one.said) if address else f"{count(one.failed, 'file')} could not be read"
        state, words = "failed", f"{looked[0].upper()}{looked[1:]}: {reason}"
    else:
        counts = f"{one.added:,} added, {one.updated:,} replaced" if one.added or one.updated else "nothing new"
        state, words = "well", f"{looked[0].upper()}{looked[1:]}: {counts}"
    if one.changed and not (one.added or one.updated):
        words += f"; last news {moment_html(one.changed)}"
    return f'<li class="nq-{state}"><span class="nq-file" dir="auto">{name}</span> <span>{words}</span></li>'
