"""The articles and what is cut from them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, ClassVar, Literal

from newsqa.types.plain import Plain

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
class Article(Plain):
    """One news article as read from its source.

    `text` is the body without the title; `blocks` covers everything in it but white space.
    `id` comes from the canonical URL or the path, `content_hash` from everything the reader sees. `claimed` says
    that it was not fetched from the host of `url`, which is then what the article says itself. `own_id` is the id
    that it has where another origin's article is known by `id`.
    `updated` is the day of the latest change that the article itself states, `ingested` the day on which this
    version came into the index (None before that).
    """

    JSON: ClassVar = (
        "id", "title", "source", "author", "published", "updated", "ingested", "url", "claimed", "language",
        "text",
    )  # fmt: skip

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
    claimed: bool = False
    own_id: str = field(default="", compare=False)

    @property
    def label(self) -> str:
        """Title, source and date in one line, as a reader would cite it."""
        day = self.published.isoformat() if self.published else ""
        return ", ".join(part for part in (self.title or self.path or self.url, self.source, day) if part)


@dataclass(frozen=True, slots=True)
class ArticleSummary(Plain):
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
    claimed: bool = False
    author: str = ""


@dataclass(frozen=True, slots=True)
class Passage:
    """Whole consecutive sentences of one article: `article.text[start:end] == text`.

    `sentences` are the spans (offsets into the article's text) of the prose sentences inside.
    The title, source, author and date of its article travel with it, so that it can be shown alone. `updated` is
    the day on which the article was last changed, as far as is known; `claimed` is said of its `url`.
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
    claimed: bool = False
    author: str = ""

    def quote(self, span: Span) -> str:
        """What stands at a span (offsets into the article's text) that lies in this passage, verbatim."""
        return self.text[span.start - self.start : span.end - self.start]


@dataclass(frozen=True, slots=True)
class EncodedArticle:
    """An article that was split and encoded elsewhere; `vectors` has the shape (len(passages), dimension)."""

    article: Article
    passages: tuple[Passage, ...]
    vectors: npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Copy(Plain):
    """Another article with the same report, such as another outlet's copy of an agency story."""

    article_id: str
    title: str = ""
    source: str = ""
    published: date | None = None
    url: str = ""
    claimed: bool = False


@dataclass(frozen=True, slots=True)
class Variant(Plain):
    """What stands in a copy of a report in place of a quote: other in a figure, a name or a negation."""

    JSON: ClassVar = (
        "copy.article_id", "copy.title", "copy.source", "copy.published", "copy.url", "copy.claimed", "quote",
    )  # fmt: skip

    copy: Copy
    quote: str


@dataclass(frozen=True, slots=True)
class ScoredPassage(Plain):
    """A passage with its retrieval score; `parts` says where the score comes from (`bm25`, `vector`).

    `also` are the other articles of the same report.
    """

    JSON: ClassVar = (
        "score", "passage_id=passage.id", "passage.article_id", "passage.title", "passage.source",
        "passage.author", "passage.published", "passage.updated", "passage.language", "passage.url",
        "passage.claimed", "passage.text", "passage.start", "passage.end", "also",
    )  # fmt: skip
    DIGITS: ClassVar = 6

    passage: Passage
    score: float
    parts: Mapping[str, float] = field(default_factory=dict)
    also: tuple[Copy, ...] = ()


@dataclass(frozen=True, slots=True)
class ArticlePage:
    """Some of the `total` articles that were looked for, with the passage of each that fits the words best, by id.

    `whole` is whether these passages have all of the words; where none has, they have some.
    """

    total: int
    articles: tuple[ArticleSummary, ...] = ()
    passages: Mapping[str, Passage] = field(default_factory=dict)
    whole: bool = True


@dataclass(frozen=True, slots=True)
class Filter:
    """Which articles may answer: sources, languages and authors (any of), and a range of days, both ends included.

    An article without a date is left out as soon as a day is asked for. A language is a code such as `en`, which
    `en-GB` is, too. An author may be one of several of an article.
    """

    since: date | None = None
    until: date | None = None
    sources: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.since or self.until or self.sources or self.languages or self.authors)

    def admits(self, source: str, published: date | None, language: str, author: str) -> bool:
        """Whether an article of these facts passes; names have to be spelt as the article's."""
        if self.since or self.until:
            if published is None:
                return False
            if (self.since and published < self.since) or (self.until and published > self.until):
                return False
        named = ((self.sources, source), (self.languages, language), (self.authors, author))
        return all(not wanted or name in wanted for wanted, name in named)
