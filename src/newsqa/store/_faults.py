"""Turns what SQLite, Chroma, tantivy and the operating system raise into newsqa's errors."""

from __future__ import annotations

import errno
import re
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from newsqa.errors import (
    IndexDamagedError,
    IndexLockedError,
    IndexMissingError,
    NewsIndexError,
    NewsqaError,
    StorageError,
)

Part = Literal["catalogue", "vectors", "words"]

_FULL_ERRNOS = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_STORAGE_ERRNOS = _FULL_ERRNOS | {errno.EROFS, errno.EACCES, errno.EPERM, errno.EIO}
_STORAGE_TEXT = re.compile(
    r"disk is full|no space left|disk i/o error|file too large|quota exceeded|read-?only|permission denied"
    r"|unable to open database|os error (?:5|13|27|28|30|122)\b|\(code: (?:8|10|13|14|\d*10)\)",
    re.IGNORECASE,
)
_SCARCE = 2_000_000
_LOCKED_TEXT = re.compile(r"database (?:table )?is locked|lockbusy|failed to acquire .*lock", re.IGNORECASE)


def missing_error(home: object) -> IndexMissingError:
    """The error for a place without articles."""
    return IndexMissingError(f"Nothing has been ingested yet at {home}; run `newsqa ingest PATH`.")


def translate(error: BaseException, part: Part, home: Path) -> NewsIndexError:
    """The newsqa error that says what `error`, raised by a part of the index, means for the user."""
    reason = str(error).strip() or type(error).__name__
    reason = reason if len(reason) <= 300 else reason[:300] + "…"
    if isinstance(error, OSError):
        if error.errno in _STORAGE_ERRNOS:
            return unwritable_error(reason, home)
    elif _STORAGE_TEXT.search(str(error)) or _is_full(home):
        return unwritable_error(reason, home)
    elif _LOCKED_TEXT.search(str(error)):
        return IndexLockedError(f"Another process is using the index at {home}. Try again when it is done.")
    if part == "catalogue":
        return IndexDamagedError(
            f"The catalogue of the index at {home} is damaged ({reason}). It cannot be rebuilt from the other "
            "parts: set NEWSQA_HOME to a new folder and run `newsqa ingest PATH` with your articles."
        )
    return IndexDamagedError(
        f"The {part} of the index at {home} cannot be used ({reason}). Run `newsqa repair` to rebuild them "
        "from the catalogue; no article is lost."
    )


def _is_full(home: Path) -> bool:
    """Whether there is no space to speak of, or no file may grow: Chroma does not say that this is why."""
    try:
        if shutil.disk_usage(home).free < _SCARCE:
            return True
        largest = max((path.stat().st_size for path in home.rglob("*") if path.is_file()), default=0)
    except OSError:
        return False
    try:
        with tempfile.TemporaryFile(dir=home) as file:
            file.truncate(largest + _SCARCE)  # takes no space
    except OSError as error:
        return error.errno in _FULL_ERRNOS
    return False


def unwritable_error(reason: object, home: Path) -> StorageError:
    """The error for an index folder that cannot be written."""
    return StorageError(
        f"The index folder {home} cannot be written ({reason}). Free some disk space, make the folder writable, "
        "or set NEWSQA_HOME to another, then run the same command again; what was ingested before is safe."
    )


@contextmanager
def map_errors(part: Part, home: Path) -> Iterator[None]:
    """Raises whatever a part of the index raises as the matching newsqa error.

    A Rust panic in tantivy or Chroma arrives as `PanicException`, which is not an `Exception`.
    """
    try:
        yield
    except NewsqaError:
        raise
    except Exception as error:
        raise translate(error, part, home) from error
    except BaseException as error:
        if type(error).__name__ == "PanicException":
            raise translate(error, part, home) from error
        raise


def catalogue_error(error: sqlite3.Error, home: Path) -> NewsIndexError:
    """The newsqa error for what SQLite raised on the catalogue."""
    return translate(error, "catalogue", home)
