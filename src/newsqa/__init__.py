"""Question answering over news articles: every sentence of an answer is a quote from an article.

>>> from newsqa import NewsQA
>>> qa = NewsQA.open()                                  # doctest: +SKIP
>>> qa.ingest(["corpus"])                               # doctest: +SKIP
>>> print(qa.ask("why did Kim meet Putin?").text)       # doctest: +SKIP
"""

from __future__ import annotations

import os
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from newsqa.errors import NewsqaError
    from newsqa.models import embeddings
    from newsqa.pipeline import NewsQA
    from newsqa.search.retriever import NewsRetriever
    from newsqa.settings import Settings
    from newsqa.types import (
        Answer,
        Article,
        AskOptions,
        Citation,
        Draft,
        IngestReport,
        Passage,
        ScoredPassage,
        Turn,
    )

__version__ = "0.1.0"

os.environ.setdefault(
    "ORT_DISABLE_TELEMETRY", "1"
)  # before onnxruntime is imported: no request leaves the machine

_HOME = {
    "Answer": "types",
    "Article": "types",
    "AskOptions": "types",
    "Citation": "types",
    "Draft": "types",
    "IngestReport": "types",
    "NewsQA": "pipeline",
    "NewsRetriever": "search.retriever",
    "NewsqaError": "errors",
    "Passage": "types",
    "ScoredPassage": "types",
    "Settings": "settings",
    "Turn": "types",
    "embeddings": "models",
}

__all__ = [
    "Answer",
    "Article",
    "AskOptions",
    "Citation",
    "Draft",
    "IngestReport",
    "NewsQA",
    "NewsRetriever",
    "NewsqaError",
    "Passage",
    "ScoredPassage",
    "Settings",
    "Turn",
    "embeddings",
]


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used, so that `import newsqa` costs nothing."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
    globals()[name] = value
    return value
