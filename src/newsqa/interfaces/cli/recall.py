"""The lines of earlier chats, brought back by the arrow keys. They are kept for their owner's eyes alone."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_KEPT = 1_000
"""Lines that are kept, the newest."""
_MODE = 0o600


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
