"""Files and web addresses that a reader gives to the page: files are kept under safe names, then ingested."""

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
from newsqa.types import IngestEvent

if TYPE_CHECKING:
    from newsqa.pipeline import NewsQA

SUFFIXES = (".md", ".txt")
_WORDS = {
    "added": "Added.",
    "updated": "Replaced the earlier version.",
    "same": "Already here, nothing to do.",
    "failed": "It could not be read.",
}
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


def add_address(qa: NewsQA, address: str) -> list[Uploaded]:
    """Fetch and ingest what is at a web address: a page, or the articles of a feed. Nothing else is opened."""
    address = address.strip()
    if not address.lower().startswith(("http://", "https://")):
        return [Uploaded(address[:200], "failed", "Give an address that begins with http:// or https://.")]
    found: list[Uploaded] = []

    def note(event: IngestEvent) -> None:
        if event.status != "removed":
            found.append(Uploaded(event.name, event.status, event.reason or _WORDS[event.status]))

    try:
        qa.ingest([address], on_event=note)
    except NewsqaError as error:
        found.append(Uploaded(address, "failed", str(error)))
    return found


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
    status: Literal["added", "updated", "same"] = (
        "added" if report.added else "updated" if report.updated else "same"
    )
    return Uploaded(path.name, status, _WORDS[status])
