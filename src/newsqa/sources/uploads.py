"""Files and texts that are sent to newsqa: kept under safe names in the index folder, then ingested."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import threading
import unicodedata
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

import yaml

from newsqa.errors import ArticleError, NewsqaError, StorageError
from newsqa.sources.formats.registry import PACKED
from newsqa.types import IngestReport

_BINARY = getattr(os, "O_BINARY", 0)
_ONE_AT_A_TIME = threading.Lock()  # two uploads of the same name would write the same file


def make_safe_name(name: str) -> str:
    """A file name of letters, digits and hyphens that stands for `name` alone, with its suffix.

    The same name gives the same file, so that a corrected article replaces its earlier version.
    """
    path = Path(name.replace("\0", ""))
    packed = path.suffix.lower() if path.suffix.lower() in PACKED else ""
    path = Path(path.stem) if packed else path
    suffix = "".join(re.findall(r"[.a-z0-9]", path.suffix.lower()))[:12] + packed
    ascii_stem = unicodedata.normalize("NFKD", path.stem).encode("ascii", "ignore").decode()
    stem = re.sub(r"[^a-z0-9]+", "-", ascii_stem.lower())[:60].strip("-") or "article"
    digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return f"{stem}-{digest}{suffix}"


def keep(
    folder: Path, name: str, content: Path | bytes, ingest: Callable[[Iterable[Path]], IngestReport]
) -> IngestReport:
    """Keep a file in `folder` under a name that stands for `name`, and ingest it: `ingest` is given its path.

    What was kept under that name comes back if the new file cannot be read. Raises `ArticleError` with the reason,
    in which the file has the name that its sender knows, and `StorageError` if there is no room.
    """
    kept = folder / make_safe_name(name)
    with _ONE_AT_A_TIME:
        earlier = _replace(kept, content)
        try:
            report = ingest([kept])
            if report.failed and not (report.added or report.updated or report.same):
                raise ArticleError(report.failed[0].reason)
        except NewsqaError as error:
            if earlier.exists():
                earlier.replace(kept)
            else:
                kept.unlink(missing_ok=True)
            kind = type(error) if type(error).__init__ is Exception.__init__ else ArticleError
            raise kind(_rename_inside(str(error), kept, name)) from error
        finally:
            earlier.unlink(missing_ok=True)
    failed = (
        replace(event, name=name, reason=_rename_inside(event.reason, kept, name)) for event in report.failed
    )
    return replace(report, failed=tuple(failed))


def write_markdown(text: str, **fields: str) -> bytes:
    """A text as a Markdown file whose front matter has `fields`, those that are empty left out."""
    given = {name: value for name, value in fields.items() if value}
    matter = yaml.safe_dump(given, allow_unicode=True, sort_keys=False) if given else ""
    return f"---\n{matter}---\n\n{text}\n".encode("utf-8", "replace")


def _rename_inside(words: str, kept: Path, name: str) -> str:
    """Words about a kept file, which its sender knows by another name."""
    return words.replace(str(kept), name).replace(kept.name, name)


def _open_private(path: Path) -> BinaryIO:
    """A new file, which only its owner may read; what an interrupted upload left there is replaced."""
    path.unlink(missing_ok=True)
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _BINARY, 0o600), "wb")


def _copy(path: Path, to: Path) -> None:
    with path.open("rb") as source, _open_private(to) as target:
        shutil.copyfileobj(source, target)


def _replace(kept: Path, content: Path | bytes) -> Path:
    """Put a file in its place; returns where the earlier one now is, if there was one."""
    earlier, incoming = kept.with_name(kept.name + ".earlier"), kept.with_name(kept.name + ".incoming")
    try:
        kept.parent.parent.mkdir(0o700, parents=True, exist_ok=True)
        kept.parent.mkdir(0o700, exist_ok=True)
        if isinstance(content, bytes):
            with _open_private(incoming) as file:
                file.write(content)
        else:
            _copy(content, incoming)
        if kept.exists():
            _copy(kept, earlier)
        incoming.replace(kept)
    except OSError as error:
        for unfinished in (incoming, earlier):
            with suppress(OSError):
                unfinished.unlink(missing_ok=True)
        raise StorageError(
            f"The file cannot be kept in {kept.parent} ({error.strerror}). Free some space there, then add it "
            "again."
        ) from error
    return earlier
