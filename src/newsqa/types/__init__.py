"""The values that travel through newsqa, and the protocols at its seams.

Offsets are always character offsets into `Article.text`. Scores are always higher-is-better.
"""

from __future__ import annotations

from newsqa.types.answers import Answer, AnswerSpan, Citation, Draft, JudgedSentence, Period, Reading, Step, Turn
from newsqa.types.articles import (
    Article,
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
from newsqa.types.protocols import ArticleStore, Encoder, Reader, Splitter
from newsqa.types.reports import CheckReport, History, IngestEvent, IngestReport, Version

__all__ = [
    "Answer",
    "AnswerSpan",
    "Article",
    "ArticleStore",
    "ArticleSummary",
    "Block",
    "BlockKind",
    "CheckReport",
    "Citation",
    "Copy",
    "Draft",
    "EncodedArticle",
    "Encoder",
    "Filter",
    "History",
    "IngestEvent",
    "IngestReport",
    "JudgedSentence",
    "Passage",
    "Period",
    "Reader",
    "Reading",
    "ScoredPassage",
    "Span",
    "Splitter",
    "Step",
    "Turn",
    "Variant",
    "Version",
]
