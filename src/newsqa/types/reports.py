"""What ingesting, checking and looking back tell."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar, Literal

from newsqa.types.answers import Turn
from newsqa.types.articles import Article
from newsqa.types.plain import Plain


@dataclass(frozen=True, slots=True)
class IngestEvent(Plain):
    """What became of one article or file; `reason` says why one failed."""

    JSON: ClassVar = ("name", "reason")

    status: Literal["added", "updated", "same", "removed", "failed"]
    name: str
    article_id: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class IngestReport(Plain):
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


@dataclass(frozen=True, slots=True)
class Change(Plain):
    """A change of the index that can be undone; `name` says in short what came in or was removed."""

    id: str
    when: datetime
    name: str
    added: int = 0
    updated: int = 0
    removed: int = 0


@dataclass(frozen=True, slots=True)
class Watched(Plain):
    """A folder or address that is watched: when it was last looked at, and what came of it.

    `every` is in seconds; `changed` is when something last came in; `said` is why the last look failed, if it did;
    `ended` is whether its watch was ended.
    """

    target: str
    looked: datetime
    every: float
    changed: datetime | None = None
    added: int = 0
    updated: int = 0
    failed: int = 0
    said: str = ""
    ended: bool = False

    @property
    def stopped(self) -> bool:
        """Whether nothing looks at it any more: it was ended, or is long overdue."""
        return self.ended or datetime.now(UTC) > self.looked + timedelta(seconds=2 * self.every + 600)


@dataclass(frozen=True, slots=True)
class Judgement(Plain):
    """What a reader said of an answer: right or wrong, and why.

    `quotes` and `articles` are what the answer cited; `correct` is what would be right, in the articles' words;
    `unanswerable` is whether the articles do not say.
    """

    question: str
    right: bool
    when: datetime
    history: tuple[Turn, ...] = ()
    answer: str = ""
    quotes: tuple[str, ...] = ()
    articles: tuple[str, ...] = ()
    correct: str = ""
    why: str = ""
    unanswerable: bool = False

    def to_question(self) -> dict[str, Any] | None:
        """A line of a file of questions; None where it is only known what is wrong, which measures nothing."""
        answerable = not self.unanswerable and not (self.right and not self.quotes)
        if answerable and not self.right and not self.correct:
            return None
        question: dict[str, Any] = {"question": self.question, "answerable": answerable, "kind": "feedback"}
        if self.history:
            question["history"] = [{"question": turn.question, "answer": turn.answer} for turn in self.history]
        if answerable and self.correct:
            question["answers"] = [self.correct]
        elif answerable:
            question |= {"evidence": list(self.quotes), "articles": list(self.articles)}
        return question | ({"why": self.why} if self.why else {})


@dataclass(frozen=True, slots=True)
class CheckReport(Plain):
    """What `check` found: counts, and each fault in words. An index without faults is sound."""

    JSON: ClassVar = ("articles", "passages", "vectors", "words", "sound", "faults", "notes")

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


@dataclass(frozen=True, slots=True)
class Version(Plain):
    """An earlier version of an article: when it was replaced, its title and text, and what changed then.

    `diff` is a unified diff, sentence by sentence, to the version that came after.
    """

    replaced: datetime
    title: str
    text: str
    diff: str = ""


@dataclass(frozen=True, slots=True)
class History(Plain):
    """An article with its earlier versions, oldest first."""

    JSON: ClassVar = (
        "article.id", "article.title", "article.source", "article.published", "article.updated",
        "article.ingested", "versions",
    )  # fmt: skip

    article: Article
    versions: tuple[Version, ...] = ()
