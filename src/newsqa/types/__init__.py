"""The values that travel through newsqa, and the protocols at its seams.

Offsets are always character offsets into `Article.text`. Scores are always higher-is-better.
"""

from __future__ import annotations

from newsqa.types.answers import (
    Answer,
    AnswerSpan,
    Citation,
    Draft,
    JudgedSentence,
    Marked,
    Period,
    Reading,
    Step,
    Turn,
)
from newsqa.types.articles import (
    Article,
    ArticlePage,
    ArticleSummary,
    Block,
    BlockKind,
    Copy,
    EncodedArticle,
    Filter,
    Passage,
    ScoredPassage,
    Span,
    Variant,
)
from newsqa.types.options import (
    AskArguments,
    AskOptions,
    Day,
    FilterArguments,
    FilterOptions,
    SearchArguments,
    SearchOptions,
)
from newsqa.types.plain import Plain, day_words, json_fields
from newsqa.types.protocols import ArticleStore, Encoder, Judge, Reader, Resolver, Splitter
from newsqa.types.reports import (
    Change,
    CheckReport,
    History,
    IngestEvent,
    IngestReport,
    Judgement,
    Version,
    Watched,
)

__all__ = [
    "Answer",
    "AnswerSpan",
    "Article",
    "ArticlePage",
    "ArticleStore",
    "ArticleSummary",
    "AskArguments",
    "AskOptions",
    "Block",
    "BlockKind",
    "Change",
    "CheckReport",
    "Citation",
    "Copy",
    "Day",
    "Draft",
    "EncodedArticle",
    "Encoder",
    "Filter",
    "FilterArguments",
    "FilterOptions",
    "History",
    "IngestEvent",
    "IngestReport",
    "Judge",
    "JudgedSentence",
    "Judgement",
    "Marked",
    "Passage",
    "Period",
    "Plain",
    "Reader",
    "Reading",
    "Resolver",
    "ScoredPassage",
    "SearchArguments",
    "SearchOptions",
    "Span",
    "Splitter",
    "Step",
    "Turn",
    "Variant",
    "Version",
    "Watched",
    "day_words",
    "json_fields",
]
