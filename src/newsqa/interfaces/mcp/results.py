"""What the tools return: their fields become the output schemas that assistants see."""

from __future__ import annotations

from datetime import date
from pathlib import PurePath

from pydantic import BaseModel, Field

from newsqa.types import Answer, Article, ArticleSummary, Citation, IngestReport, ScoredPassage

_CLAIMED = "The article names this address itself; it was not fetched from there."


class Passage(BaseModel):
    """A passage that was found, and where it stands."""

    score: float = Field(description="Higher is better.")
    article_id: str
    title: str
    source: str
    published: date | None
    url: str
    claimed: bool = Field(description=_CLAIMED)
    text: str
    start: int
    end: int

    @classmethod
    def of(cls, hit: ScoredPassage) -> Passage:
        """The passage of a search."""
        return cls(**hit.to_dict())


class Passages(BaseModel):
    """Passages, best first."""

    passages: list[Passage]


class Source(BaseModel):
    """What a number in the answer stands for: a verbatim quote and where it stands."""

    number: int
    quote: str
    article_id: str
    title: str
    source: str
    published: date | None
    url: str
    claimed: bool = Field(description=_CLAIMED)

    @classmethod
    def of(cls, citation: Citation) -> Source:
        """A citation of an answer."""
        return cls(**citation.to_dict())


class AskedFor(BaseModel):
    """The answer, whose `[n]` are the numbers of `citations`; or an abstention, with what the articles lack."""

    answer: str
    abstained: bool
    confidence: float
    missing: list[str]
    citations: list[Source]

    @classmethod
    def of(cls, answer: Answer) -> AskedFor:
        """An answer of newsqa."""
        return cls(
            answer=answer.text,
            abstained=answer.abstained,
            confidence=round(answer.confidence, 4),
            missing=list(answer.missing),
            citations=[Source.of(citation) for citation in answer.citations],
        )


class WholeArticle(BaseModel):
    """A whole article."""

    id: str
    title: str
    source: str
    published: date | None
    url: str
    claimed: bool = Field(description=_CLAIMED)
    text: str

    @classmethod
    def of(cls, article: Article) -> WholeArticle:
        """An article of the index; where its file lies is nobody's business."""
        return cls(
            id=article.id,
            title=article.title or PurePath(article.path).name,
            source=article.source,
            published=article.published,
            url=article.url,
            claimed=article.claimed,
            text=article.text,
        )


class Entry(BaseModel):
    """An article in a list."""

    id: str
    title: str
    source: str
    published: date | None
    url: str
    claimed: bool = Field(description=_CLAIMED)
    words: int

    @classmethod
    def of(cls, article: ArticleSummary) -> Entry:
        """An article of the index."""
        fields = article.to_dict()
        return cls(**{**fields, "title": article.title or PurePath(article.path).name})


class Entries(BaseModel):
    """Articles, newest first; `total` counts all that fit."""

    total: int
    articles: list[Entry]


class Changed(BaseModel):
    """How many articles were added, updated, left as they were, or removed."""

    added: int = 0
    updated: int = 0
    same: int = 0
    removed: int = 0
    article_ids: list[str] = []

    @classmethod
    def of(cls, report: IngestReport) -> Changed:
        """The report of an ingest."""
        return cls(
            added=report.added, updated=report.updated, same=report.same, article_ids=list(report.article_ids)
        )
