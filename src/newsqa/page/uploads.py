"""Files that a reader sends to the page: kept under safe names in the index folder, then ingested one by one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from newsqa.errors import ArticleError, NewsqaError
from newsqa.keeping import keep

if TYPE_CHECKING:
    from newsqa.pipeline import NewsQA

SUFFIXES = (".md", ".txt")


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
            yield _add(qa, path, folder)
        except NewsqaError as error:
            yield Uploaded(path.name, "failed", str(error))


def _add(qa: NewsQA, path: Path, folder: Path) -> Uploaded:
    """Keep and ingest one file; what was kept under its name comes back if the new one cannot be read."""
    if path.suffix.lower() not in SUFFIXES:
        raise ArticleError("This is neither Markdown nor plain text. Save it as .md or .txt and add it again.")
    report = keep(folder, path.name, path, qa.ingest)
    if report.added:
        return Uploaded(path.name, "added", "Added.")
    if report.updated:
        return Uploaded(path.name, "updated", "Replaced the earlier version.")
    return Uploaded(path.name, "same", "Already here, nothing to do.")
