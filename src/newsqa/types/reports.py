"""What ingesting, checking and looking back tell."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from newsqa.types.articles import Article, iso


@dataclass(frozen=True, slots=True)
class IngestEvent:
    """What became of one article or file; `reason` says why one failed."""

    status: Literal["added", "updated", "same", "removed", "failed"]
    name: str
    article_id: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class IngestReport:
    """The sum of an ingest: counts by status, the passages written, and every failure with its reason.

    `interrupted` is whether it was asked to stop before the end; `notes` are what a user should know of the index.
    """

    added: int = 0
    updated: int = 0
    same: int = 0
    removed: int = 0
    passages: int = 0
    failed: tuple[IngestEvent, ...] = ()
    article_ids: tuple[str, ...] = ()
    interrupted: bool = False
    notes: tuple[str, ...] = ()

    def __add__(self, other: IngestReport) -> IngestReport:
        """The report of both together."""
        return IngestReport(
            self.added + other.added,
            self.updated + other.updated,
            self.same + other.same,
            self.removed + other.removed,
            self.passages + other.passages,
            self.failed + other.failed,
            self.article_ids + other.article_ids,
            self.interrupted or other.interrupted,
            self.notes + other.notes,
        )

    def to_dict(self) -> dict[str, Any]:
        """The report as plain JSON values."""
        return {
            "added": self.added,
            "updated": self.updated,
            "same": self.same,
            "removed": self.removed,
            "passages": self.passages,
            "failed": [{"name": event.name, "reason": event.reason} for event in self.failed],
            "interrupted": self.interrupted,
            "notes": list(self.notes),
        }


@dataclass(frozen=True, slots=True)
class CheckReport:
    """What `check` found: counts, and each fault in words. An index without faults is sound."""

    articles: int
    passages: int
    vectors: int
    words: int
    faults: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def sound(self) -> bool:
        """Whether catalogue, vectors and words agree."""
        return not self.faults

    def to_dict(self) -> dict[str, Any]:
        """The report as plain JSON values."""
        return {
            "articles": self.articles,
            "passages": self.passages,
            "vectors": self.vectors,
            "words": self.words,
            "sound": self.sound,
            "faults": list(self.faults),
            "notes": list(self.notes),
        }


@dataclass(frozen=True, slots=True)
class Version:
    """An earlier version of an article: when it was replaced, its title and text, and what changed then.

    `diff` is a unified diff, sentence by sentence, to the version that came after.
    """

    replaced: datetime
    title: str
    text: str
    diff: str = ""

    def to_dict(self) -> dict[str, Any]:
        """The version as plain JSON values."""
        return {
            "replaced": self.replaced.isoformat(),
            "title": self.title,
            "text": self.text,
            "diff": self.diff,
        }


@dataclass(frozen=True, slots=True)
class History:
    """An article with its earlier versions, oldest first."""

    article: Article
    versions: tuple[Version, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """The history as plain JSON values."""
        article = self.article
        return {
            "id": article.id,
            "title": article.title,
            "source": article.source,
            "published": iso(article.published),
            "updated": iso(article.updated),
            "ingested": iso(article.ingested),
            "versions": [version.to_dict() for version in self.versions],
        }
