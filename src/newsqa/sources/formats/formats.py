"""The formats of files, by their names."""

from __future__ import annotations

from pathlib import PurePosixPath

from newsqa.errors import SettingsError

FORMATS: dict[str, str] = {
    ".md": "markdown",
    ".markdown": "markdown",
    ".txt": "text",
    ".text": "text",
    ".html": "html",
    ".htm": "html",
    ".xhtml": "html",
    ".pdf": "pdf",
    ".docx": "docx",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "json",
    ".csv": "csv",
    ".tsv": "csv",
}
"""The formats by the suffix of a file."""

NAMES = tuple(dict.fromkeys(FORMATS.values()))
"""The formats that can be given by name."""

PACKED = frozenset((".gz", ".xz"))
"""Suffixes of files that hold one other file."""

RECORDS = frozenset(("jsonl", "json", "csv"))
"""The formats that hold many articles in one file."""


def check_format(name: str) -> None:
    """Raises `SettingsError` for a format that there is not."""
    if name and name not in NAMES:
        raise SettingsError(f"There is no format {name[:40]!r}. Use one of: {', '.join(NAMES)}.")


def format_of(name: str) -> str:
    """The format of a file by its name, looking through `.gz` and `.xz`; empty if it is none of those known."""
    path = PurePosixPath(name.lower())
    return FORMATS.get((PurePosixPath(path.stem) if path.suffix in PACKED else path).suffix, "")


def is_known(name: str) -> bool:
    """Whether a file of this name is one that is read: `a.md`, `b.jsonl.xz`, `c.zip`."""
    return bool(format_of(name)) or name.lower().endswith(".zip")


def known() -> str:
    """The suffixes that are read, for a message."""
    return f"{', '.join(FORMATS)}; each also packed as .gz or .xz, and many in a .zip"
