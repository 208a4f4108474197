"""What is seen while one waits, on a terminal's stderr: a line or a bar; nothing is drawn elsewhere."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Timer
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.text import Text

Advance = Callable[..., None]
"""Called as `advance(name="", total=None, share=None)` after each thing that is done; share (0-1) of all work."""

Show = Callable[["str | Text"], None]
"""Called with what is shown from now on."""

_NAME_WIDTH = 24
_PATIENCE = 0.5
"""Seconds that pass before a line is shown; what is quicker leaves the terminal alone."""


@contextmanager
def waiting(what: str) -> Iterator[Show]:
    """A line that says what is waited for, and leaves nothing behind."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.live import Live
    from rich.spinner import Spinner

    from newsqa.interfaces.cli._output import console

    spinner = Spinner("dots", what)
    live = Live(spinner, console=console(stderr=True), transient=True, redirect_stdout=False)
    timer = Timer(_PATIENCE, live.start)
    timer.daemon = True
    timer.start()
    try:
        yield lambda now: spinner.update(text=now)
    finally:
        timer.cancel()
        timer.join()
        live.stop()


@contextmanager
def bar(what: str, unit: str) -> Iterator[Advance]:
    """A bar with the count, the rate and the latest name; without a total it only shows that work goes on."""
    if not sys.stderr.isatty():
        yield _draw_nothing
        return
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    from newsqa.interfaces.cli._output import console, plain

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

        done = 0

        def advance(name: str = "", total: int | None = None, share: float | None = None) -> None:
            nonlocal done
            done += 1
            words = progress_words(done, unit, task.elapsed or 0.0, total, share)
            fields: dict[str, Any] = {"count": words, "name": _short(plain(name))}
            part, whole = (done, total) if share is None else (round(share * 1000), 1000)
            progress.update(number, completed=part, total=whole, **fields)

        yield advance


def progress_words(done: int, unit: str, elapsed: float, total: int | None, share: float | None) -> str:
    """The count, the rate, and the time left where the total, or the share (0-1) that is done, is known."""
    from newsqa.interfaces.cli._output import count

    if share is None and total:
        share = done / total
    words = f"{done:,} of {count(total, unit)}" if total is not None else count(done, unit)
    if elapsed <= 0.5:
        return words
    words += f", {done / elapsed:,.1f}/s"
    if not share or share >= 1.0 or elapsed < 2.0:
        return words
    minutes, seconds = divmod(round(elapsed / share * (1.0 - share)), 60)
    hours, minutes = divmod(minutes, 60)
    left = (
        f"{hours} h {minutes:02} min" if hours else f"{minutes} min" if minutes > 9 else f"{minutes}:{seconds:02}"
    )
    return f"{words}, {left} left"


@contextmanager
def watch_for_stop() -> Iterator[Callable[[], bool]]:
    """A function that says whether Ctrl-C was pressed or the end asked for; asked again, it comes at once."""
    asked = False
    before: dict[signal.Signals, Any] = {}

    def stop(*_: Any) -> None:
        nonlocal asked
        asked = True
        restore()
        print("Finishing what is begun. Ctrl-C again stops at once.", file=sys.stderr)  # noqa: T201

    def restore() -> None:
        for number, handler in before.items():
            signal.signal(number, handler)

    try:
        before |= {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    except ValueError:  # not in the main thread, where no signal comes
        yield lambda: False
        return
    try:
        yield lambda: asked
    finally:
        restore()


def _draw_nothing(name: str = "", total: int | None = None, share: float | None = None) -> None:
    """What `bar` gives where nobody would see one."""


def _short(name: str) -> str:
    name = " ".join(name.split())
    return name if len(name) <= _NAME_WIDTH else f"…{name[1 - _NAME_WIDTH :]}"
