"""One writer at a time: an exclusive file lock on the index folder."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path

from newsqa.errors import IndexLockedError
from newsqa.store.faults import unwritable_error

_LOCK = "write.lock"
_HOLDER = "writer.json"


@contextmanager
def write_lock(home: Path) -> Iterator[None]:
    """Holds the writer's lock on `home`, which must exist.

    The operating system gives the lock back when its process ends, however it ends.
    Raises `IndexLockedError` at once if another process or thread writes, `StorageError` if the
    folder cannot be written.
    """
    from filelock import FileLock, Timeout

    lock = FileLock(home / _LOCK, timeout=0)
    try:
        lock.acquire()
    except Timeout as error:
        raise IndexLockedError(
            f"{_holder(home)} is writing to the index at {home}. Wait until it is done, or stop it, and try "
            "again; searching works meanwhile."
        ) from error
    except OSError as error:
        raise unwritable_error(error, home) from error
    try:
        _say_who(home)
        yield
    finally:
        with suppress(OSError):
            (home / _HOLDER).unlink(missing_ok=True)
        lock.release()


def _say_who(home: Path) -> None:
    since = datetime.now().astimezone().isoformat(timespec="seconds")
    try:
        (home / _HOLDER).write_text(json.dumps({"pid": os.getpid(), "since": since}), encoding="utf-8")
    except OSError as error:
        raise unwritable_error(error, home) from error


def _holder(home: Path) -> str:
    """Who holds the lock, as far as its note can be read."""
    try:
        note = json.loads((home / _HOLDER).read_text(encoding="utf-8"))
        pid, since = int(note["pid"]), str(note["since"])
    except (OSError, ValueError, KeyError, TypeError):
        return "Another process"
    if pid == os.getpid():
        return f"This process (since {since})"
    return f"Another process (pid {pid}, since {since})"
