"""A bar for long work, on a terminal's stderr; nothing is drawn elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

Advance = Callable[..., None]
"""Called as `advance(name="", total=None)` after each thing that is done."""

_NAME_WIDTH = 24


@contextmanager
def bar(what: str, unit: str) -> Iterator[Advance]:
    """A bar with the count, the rate and the latest name; without a total it only shows that work goes on."""
    if not sys.stderr.isatty():
        yield _draw_nothing
        return
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    from newsqa.cli.output import console, plain

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=20),
        TextColumn("{task.fields[count]}", markup=False),
        TimeElapsedColumn(),
        TextColumn("{task.fields[name]}", markup=False),
    )
    with Progress(*columns, console=console(stderr=True), transient=True) as progress:
        number = progress.add_task(what, total=None, count="", name="")
        task = progress.tasks[0]

        def advance(name: str = "", total: int | None = None) -> None:
            done, elapsed = int(task.completed) + 1, task.elapsed or 0.0
            rate = f", {done / elapsed:,.1f}/s" if elapsed > 0.5 else ""
            of = f" of {total:,}" if total is not None else ""
            fields: dict[str, Any] = {"count": f"{done:,}{of} {unit}{rate}", "name": _short(plain(name))}
            progress.update(number, completed=done, total=total, **fields)

        yield advance


def _draw_nothing(name: str = "", total: int | None = None) -> None:
    """What `bar` gives where nobody would see one."""


def _short(name: str) -> str:
    name = " ".join(name.split())
    return name if len(name) <= _NAME_WIDTH else f"…{name[1 - _NAME_WIDTH :]}"
