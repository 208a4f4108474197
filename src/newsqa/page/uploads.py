"""Files that a reader sends to the page: kept under safe names in the index folder, then ingested one by one."""

from __future__ import annotations

import hashlib
import re
import shutil
import threading
import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from newsqa.errors import ArticleError, NewsqaError, StorageError

if TYPE_CHECKING:
    from newsqa.pipeline import NewsQA

SUFFIXES = (".md", ".txt")
_ONE_AT_A_TIME = threading.Lock()  # two uploads of the same name would write the same file


@dataclass(frozen=True, slots=True)
class Uploaded:
    """What became of one uploaded file, in words."""

    name: str
    status: Literal["added", "updated", "same", "failed"]
    words: str


def add_files(qa: NewsQA, files: Sequence[str]) -> Iterator[Uploaded]:
    """Keep and ingest each file, one result per file in order; a file that fails does not stop the others."""
    folder = qa.settings.home.expanduser() / "uploads"
    for file in files:
        path = Path(file)
        try:
            with _ONE_AT_A_TIME:
                result = _add(qa, path, folder)
            yield result
        except NewsqaError as error:
            yield Uploaded(path.name, "failed", str(error))


def safe_name(name: str) -> str:
    """A file name of letters, digits and hyphens that stands for `name` alone, with its suffix.

    The same name gives the same file, so that a corrected article replaces its earlier version.
    """
    suffix = Path(name).suffix.lower()
    ascii_stem = unicodedata.normalize("NFKD", Path(name).stem).encode("ascii", "ignore").decode()
    stem = re.sub(r"[^a-z0-9]+", "-", ascii_stem.lower())[:60].strip("-") or "article"
    digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return f"{stem}-{digest}{suffix}"


def _add(qa: NewsQA, path: Path, folder: Path) -> Uploaded:
    """Keep and ingest one file; what was kept under its name comes back if the new one cannot be read."""
    if path.suffix.lower() not in SUFFIXES:
        raise ArticleError("This is neither Markdown nor plain text. Save it as .md or .txt and add it again.")
    kept = folder / safe_name(path.name)
    earlier = kept.with_name(kept.name + ".earlier")
    incoming = kept.with_name(kept.name + ".incoming")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, incoming)
        if kept.exists():
            shutil.copyfile(kept, earlier)
        incoming.replace(kept)
    except OSError as error:
        for unfinished in (incoming, earlier):
            with suppress(OSError):
                unfinished.unlink(missing_ok=True)
        raise StorageError(
            f"The file cannot be kept in {folder} ({error.strerror}). Free some space there, then add it again."
        ) from error
    try:
        report = qa.ingest([kept])
        if report.failed:
            raise ArticleError(report.failed[0].reason)
    except NewsqaError as error:
        if earlier.exists():
            earlier.replace(kept)
        else:
            kept.unlink(missing_ok=True)
        # The reader knows the file by the name it had, not by the one it was kept under.
        words = str(error).replace(str(kept), path.name).replace(kept.name, path.name)
        raise ArticleError(words) from error
    finally:
        earlier.unlink(missing_ok=True)
    if report.added:
        return Uploaded(path.name, "added", "Added.")
    if report.updated:
        return Uploaded(path.name, "updated", "Replaced the earlier version.")
    return Uploaded(path.name, "same", "Already here, nothing to do.")
