"""Between a chat and newsqa: messages to a question with turns, an answer to Markdown with annotations."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from newsqa.errors import QuestionError
from newsqa.interfaces.render import safe_url, to_markdown
from newsqa.types import Answer, Turn

MODEL = "newsqa"
MAX_TURNS = 20
_SOURCES = re.compile(r"\n\n(?:\\\[\d{1,4}\\?\] “|Closest articles:)")
_ESCAPED = re.compile(r"\\([\\`*_{}\[\]<>()#+\-.!|~&@=:])")
_PIECE = re.compile(r"\S+\s*|\s+")


def read_messages(messages: Sequence[tuple[str, str]]) -> tuple[str, list[Turn]]:
    """The last user message, and the turns before it, oldest first; raises `QuestionError` if there is none."""
    asked = [number for number, (role, _) in enumerate(messages) if role == "user"]
    if not asked:
        raise QuestionError("There is no message of the user. Add one: it is the question.")
    turns: list[Turn] = []
    for role, words in messages[: asked[-1]]:
        if role == "user":
            turns.append(Turn(words[:2_000]))
        elif role == "assistant" and turns:
            turns[-1] = Turn(turns[-1].question, strip_markup(words)[:20_000])
    return messages[asked[-1]][1], turns[-MAX_TURNS:]


def strip_markup(content: str) -> str:
    """An answer's own words out of the Markdown that `write_content` made of it."""
    text = _SOURCES.split(content, maxsplit=1)[0]
    return _ESCAPED.sub(r"\1", text.replace("**", ""))


def write_content(answer: Answer, base: str) -> tuple[str, list[dict[str, Any]]]:
    """An answer as Markdown, and its citations as annotations of the places where they are cited.

    An article without an address of its own is cited by its address here, below `base`.
    """
    content = to_markdown(answer)
    end = _SOURCES.search(content)
    body = content[: end.start()] if end else content
    annotations = []
    for citation in answer.citations:
        url = safe_url(citation.passage.url) or f"{base}v1/articles/{citation.passage.article_id}"
        for match in re.finditer(rf"\\\[{citation.number}\\?\]", body):
            cited = {
                "url": url,
                "title": citation.passage.title or citation.passage.source or "Untitled",
                "start_index": match.start(),
                "end_index": match.end(),
            }
            annotations.append({"type": "url_citation", "url_citation": cited})
    return content, annotations


def split_content(content: str) -> Iterator[str]:
    """The content in words, as chat clients show it."""
    yield from _PIECE.findall(content)
