"""The values that travel through newsqa, and the protocols at its seams.

Offsets are always character offsets into `Article.text`. Scores are always higher-is-better.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Literal, Protocol

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

BlockKind = Literal["paragraph", "heading", "subtitle", "caption", "boilerplate"]
"""What a line or paragraph of an article is. Only a paragraph can be quoted in an answer."""


@dataclass(frozen=True, slots=True)
class Span:
    """A half-open range of characters `[start, end)` in an article's text."""

    start: int
    end: int

    def of(self, text: str) -> str:
        """The characters that the span covers in `text`."""
        return text[self.start : self.end]

    def __len__(self) -> int:
        return self.end - self.start


@dataclass(frozen=True, slots=True)
class Block:
    """A part of an article's text and what it is; blocks are in order and do not overlap."""

    span: Span
    kind: BlockKind


@dataclass(frozen=True, slots=True)
class Article:
    """One news article as read from its source.

    `text` is the body without the title; `blocks` covers everything in it but white space.
    `id` comes from the canonical URL or the path, `content_hash` from everything the reader sees.
    `updated` is the day of the latest change that the article itself states, `ingested` the day on which this
    version came into the index (None before that).
    """

    id: str
    title: str
    text: str
    content_hash: str
    blocks: tuple[Block, ...] = ()
    source: str = ""
    published: date | None = None
    published_text: str = ""
    url: str = ""
    path: str = ""
    language: str = ""
    author: str = ""
    updated: date | None = None
    ingested: date | None = field(default=None, compare=False)

    @property
    def label(self) -> str:
        """Title, source and date in one line, as a reader would cite it."""
        day = self.published.isoformat() if self.published else ""
        return ", ".join(part for part in (self.title or self.path or self.url, self.source, day) if part)


@dataclass(frozen=True, slots=True)
class ArticleSummary:
    """An article in a list: everything but its text, with the counts of its words and passages."""

    id: str
    title: str
    source: str = ""
    published: date | None = None
    url: str = ""
    path: str = ""
    language: str = ""
    words: int = 0
    passages: int = 0
    updated: date | None = None
    ingested: date | None = None

    def to_dict(self) -> dict[str, Any]:
        """The summary as plain JSON values."""
        return {
            "id": self.id,
            "title": self.title,
            "source": self.source,
            "published": self.published.isoformat() if self.published else None,
            "url": self.url,
            "path": self.path,
            "language": self.language,
            "updated": _iso(self.updated),
            "ingested": _iso(self.ingested),
            "words": self.words,
            "passages": self.passages,
        }


@dataclass(frozen=True, slots=True)
class Passage:
    """Whole consecutive sentences of one article: `article.text[start:end] == text`.

    `sentences` are the spans (offsets into the article's text) of the prose sentences inside.
    The title, source and date of its article travel with it, so that it can be shown alone. `updated` is the day
    on which the article was last changed, as far as is known.
    """

    id: str
    article_id: str
    text: str
    start: int
    end: int
    sentences: tuple[Span, ...]
    ordinal: int = 0
    heading: str = ""
    title: str = ""
    source: str = ""
    published: date | None = None
    url: str = ""
    language: str = ""
    updated: date | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Copy:
    """Another article with the same report, such as another outlet's copy of an agency story."""

    article_id: str
    title: str = ""
    source: str = ""
    published: date | None = None
    url: str = ""

    def to_dict(self) -> dict[str, Any]:
        """The copy as plain JSON values."""
        return {
            "article_id": self.article_id,
            "title": self.title,
            "source": self.source,
            "published": _iso(self.published),
            "url": self.url,
        }


@dataclass(frozen=True, slots=True)
class ScoredPassage:
    """A passage with its retrieval score; `parts` says where the score comes from (`bm25`, `vector`).

    `also` are the other articles of the same report.
    """

    passage: Passage
    score: float
    parts: Mapping[str, float] = field(default_factory=dict)
    also: tuple[Copy, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """The passage and its score as plain JSON values."""
        passage = self.passage
        return {
            "score": round(self.score, 6),
            "passage_id": passage.id,
            "article_id": passage.article_id,
            "title": passage.title,
            "source": passage.source,
            "published": passage.published.isoformat() if passage.published else None,
            "updated": _iso(passage.updated),
            "language": passage.language,
            "url": passage.url,
            "text": passage.text,
            "start": passage.start,
            "end": passage.end,
            "also": [copy.to_dict() for copy in self.also],
        }


@dataclass(frozen=True, slots=True)
class Filter:
    """Which articles may answer: source names and languages (any of), and a range of days, both ends included.

    An article without a date is left out as soon as a day is asked for. A language is a code such as `en`, which
    `en-GB` is, too.
    """

    since: date | None = None
    until: date | None = None
    sources: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.since or self.until or self.sources or self.languages)


@dataclass(frozen=True, slots=True)
class Period:
    """The days that a question's own words narrow the search to, both ends included; `words` are these words."""

    words: str
    since: date | None = None
    until: date | None = None

    @property
    def label(self) -> str:
        """The period for people: “last week”, 22 April 2019 to 1 May 2019."""
        first, last = (f"{day.day} {day:%B %Y}" if day else "" for day in (self.since, self.until))
        if first and last:
            return f"“{self.words}”, {first}" + (f" to {last}" if first != last else "")
        return f"“{self.words}”, from {first} on" if first else f"“{self.words}”, until {last}"

    def to_dict(self) -> dict[str, Any]:
        """The period as plain JSON values."""
        return {"words": self.words, "since": _iso(self.since), "until": _iso(self.until)}


@dataclass(frozen=True, slots=True)
class AnswerSpan:
    """A candidate answer inside a passage: offsets into the article's text, its text, and a score."""

    span: Span
    text: str
    score: float


@dataclass(frozen=True, slots=True)
class Reading:
    """What a reader makes of one passage: its best spans, and whether the passage answers at all.

    `score` is the best span's score against "not here" (above 0: more likely here than not);
    `probability` (0-1) is that score calibrated. `spans` are best first and do not overlap.
    """

    passage: Passage
    score: float
    probability: float
    spans: tuple[AnswerSpan, ...] = ()


@dataclass(frozen=True, slots=True)
class Citation:
    """A number in an answer, tied to a verbatim quote: `article.text[start:end] == quote`.

    `highlights` are the parts of the quote that answer (offsets into the article's text). `also` are other
    articles of the same report in which the quote stands.
    """

    number: int
    quote: str
    start: int
    end: int
    passage: Passage
    highlights: tuple[Span, ...] = ()
    also: tuple[Copy, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """The citation as plain JSON values."""
        published = self.passage.published
        return {
            "number": self.number,
            "article_id": self.passage.article_id,
            "passage_id": self.passage.id,
            "title": self.passage.title,
            "source": self.passage.source,
            "published": published.isoformat() if published else None,
            "updated": _iso(self.passage.updated),
            "url": self.passage.url,
            "quote": self.quote,
            "start": self.start,
            "end": self.end,
            "also": [copy.to_dict() for copy in self.also],
        }


@dataclass(frozen=True, slots=True)
class JudgedSentence:
    """The verdict on one sentence that a model wrote: `answer.text[start:end]`, its markers included.

    `reasons` say in plain words what the cited passages do not carry; they are empty where it is supported.
    """

    start: int
    end: int
    verdict: Literal["supported", "partly", "unsupported"]
    reasons: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """The verdict as plain JSON values."""
        return {
            "start": self.start,
            "end": self.end,
            "verdict": self.verdict,
            "reasons": list(self.reasons),
        }


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to a question, or the fact that the articles do not give one (`abstained`).

    `text` is Markdown-free prose with `[n]` markers; an abstention's text says so in a sentence.
    `missing` says, when abstaining, what is not covered (words, a period, a source), each ready to be shown.
    `confidence` is the probability (0-1) that the cited sentences answer the question.
    `related` are the closest passages of an abstention, for the reader to look at.
    `model` names the language model that wrote the text, and is empty where the text is quotes alone; `notice`
    says what went another way than asked for. `sentences` are the verdicts on what a model wrote, in order.
    `period` is what the question's own words narrowed the search to. `outlets` counts the cited outlets that
    report independently: those with copies of one story count as one. `language` is that of the question, where
    the articles are of several.
    """

    question: str
    searched_for: str
    text: str
    abstained: bool
    confidence: float
    citations: tuple[Citation, ...] = ()
    missing: tuple[str, ...] = ()
    related: tuple[ScoredPassage, ...] = ()
    model: str = ""
    notice: str = ""
    sentences: tuple[JudgedSentence, ...] = ()
    period: Period | None = None
    outlets: int = 0
    language: str = ""

    def to_dict(self) -> dict[str, Any]:
        """The answer as plain JSON values, as `newsqa ask --json` prints it."""
        return {
            "question": self.question,
            "searched_for": self.searched_for,
            "text": self.text,
            "abstained": self.abstained,
            "missing": list(self.missing),
            "confidence": round(self.confidence, 4),
            "citations": [citation.to_dict() for citation in self.citations],
            "model": self.model,
            "notice": self.notice,
            "sentences": [sentence.to_dict() for sentence in self.sentences],
            "outlets": self.outlets,
            "period": self.period.to_dict() if self.period else None,
            "language": self.language,
        }


@dataclass(frozen=True, slots=True)
class Draft:
    """What a model has written so far, with checked citations only; each draft takes the place of the one before.

    `sentences` are the verdicts on the sentences that are finished; what stands behind them is not yet checked.
    """

    text: str
    sentences: tuple[JudgedSentence, ...] = ()


@dataclass(frozen=True, slots=True)
class Turn:
    """An earlier question of the conversation and the text of its answer."""

    question: str
    answer: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """What the pipeline is doing now (`searching`, `reading`), in words a reader understands."""

    name: str
    detail: str = ""


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
            "published": _iso(article.published),
            "updated": _iso(article.updated),
            "ingested": _iso(article.ingested),
            "versions": [version.to_dict() for version in self.versions],
        }


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


class Encoder(Protocol):
    """Turns text into unit vectors; the same signatures as LangChain's `Embeddings`, plus arrays."""

    @property
    def name(self) -> str:
        """Identifies the model and its weights; part of the index's fingerprint."""

    @property
    def dimension(self) -> int:
        """Length of a vector."""

    def encode_passages(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """Vectors of shape (len(texts), dimension), each of length 1."""

    def encode_query(self, text: str) -> npt.NDArray[np.float32]:
        """One vector of shape (dimension,), of length 1."""


class Reader(Protocol):
    """Reads passages for a question and says where, and whether, they answer it."""

    def read(self, question: str, passages: Sequence[Passage]) -> list[Reading]:
        """One reading per passage, in the order of `passages`."""


class Splitter(Protocol):
    """Cuts an article into passages."""

    @property
    def version(self) -> str:
        """Changes whenever the same article would be cut differently; part of the index's fingerprint."""

    def split(self, article: Article) -> list[Passage]:
        """The article's passages in order; every prose sentence is in at least one of them."""
