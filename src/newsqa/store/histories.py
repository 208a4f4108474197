"""The history of an article: its earlier versions, and what changed from each to the next."""

from __future__ import annotations

import difflib
import itertools
from collections.abc import Sequence
from datetime import datetime

from newsqa.types import Article, History, Version


def build_history(article: Article, earlier: Sequence[tuple[str, str, str]]) -> History:
    """The history from the earlier versions as the catalogue keeps them: when replaced (UTC), title, text."""
    told = [(title, text) for _, title, text in earlier] + [(article.title, article.text)]
    versions = tuple(
        Version(datetime.fromisoformat(replaced).astimezone(), *before, diff(before, after))
        for (replaced, _, _), (before, after) in zip(earlier, itertools.pairwise(told), strict=True)
    )
    return History(article, versions)


def diff(before: tuple[str, str], after: tuple[str, str]) -> str:
    """A unified diff of two versions, each a title and a text, by sentences; empty if they say the same."""
    lines = difflib.unified_diff(_lines(*before), _lines(*after), "before", "after", lineterm="", n=1)
    return "\n".join(lines)


def _lines(title: str, text: str) -> list[str]:
    from newsqa.text.sentences import sentence_spans

    found = [" ".join(span.of(text).split()) for span in sentence_spans(text, 0, len(text))]
    return [title, *(line for line in found if line)]
