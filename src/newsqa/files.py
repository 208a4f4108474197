"""Files: their paths as they are shown, and newsqa's own, which are written whole or not at all."""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from pathlib import Path

CATALOGUE = "catalogue.sqlite"
"""The file that tells the folder of an index."""


def write_whole(path: Path, text: str) -> None:
    """Writes a file beside its place and puts it there in one step; only its owner may read it.

    Raises `OSError`; what stood in its place is then as before.
    """
    path.parent.mkdir(0o700, parents=True, exist_ok=True)
    beside = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    try:
        with os.fdopen(
            os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8"
        ) as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except OSError:
        beside.unlink(missing_ok=True)
        raise


def expand(path: Path | str) -> Path:
    """A path with the home folder for its `~`; that of a user there is not stays as it is."""
    try:
        return Path(path).expanduser()
    except RuntimeError:
        return Path(path)


def show_path(path: Path | str) -> str:
    """A path for people and for JSON: bytes that are no text, and control characters, are spelled out."""
    text = os.fsencode(path).decode("utf-8", "backslashreplace")
    return "".join(one if one.isprintable() else repr(one)[1:-1] for one in text)


def is_there(shown: str) -> bool:
    """Whether there is a file or folder that `show_path` shows so; where that cannot be told, too."""
    try:
        return _find_shown(Path(shown)) is not None
    except OSError:
        return True


def _find_shown(shown: Path) -> Path | None:
    with suppress(OSError):  # a name that is spelled out may be too long for one
        if shown.exists():
            return shown
    if "\\" not in str(shown) or shown.parent == shown:
        return None
    folder = _find_shown(shown.parent)
    if folder is None or not folder.is_dir():
        return None
    return next((one for one in folder.iterdir() if show_path(one.name) == shown.name), None)
