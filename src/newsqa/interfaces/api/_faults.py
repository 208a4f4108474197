"""Errors as the API tells them: a status, and a code for programs, words for people."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from newsqa.errors import (
    ArticleError,
    FetchError,
    IndexLockedError,
    IndexMissingError,
    NewsqaError,
    QuestionError,
)
from newsqa.interfaces.access.responses import describe_publicly
from newsqa.interfaces.api._work import GoneError, OverloadedError, StoppingError


class RefusedError(NewsqaError):
    """Something that this server does not do; `status` and `code` as in the answer."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.code = status, code


def error_response(error: Exception) -> tuple[int, str, str, dict[str, str]]:
    """Status, code, words and headers for an error."""
    words = (
        str(error) if isinstance(error, RefusedError | OverloadedError | GoneError) else describe_publicly(error)
    )
    match error:
        case RefusedError():
            return error.status, error.code, words, {}
        case GoneError():
            return 499, "gone", words, {}
        case OverloadedError():
            return (
                503,
                "stopping" if isinstance(error, StoppingError) else "overloaded",
                words,
                {"retry-after": str(error.seconds)},
            )
        case QuestionError():
            return 422, "bad_question", words, {}
        case FetchError():
            return 422, "not_fetched", words, {}
        case ArticleError():
            return 422, "bad_article", words, {}
        case IndexMissingError():
            return 409, "no_articles", words, {}
        case IndexLockedError():
            return 503, "locked", words, {"retry-after": "5"}
        case NewsqaError():
            return 503, "unavailable", words, {}
        case _:
            return 500, "internal", words, {}


def describe_problems(errors: Sequence[Any]) -> str:
    """What is wrong with a body or a parameter, in words that repeat nothing of it."""
    faults = []
    for fault in errors[:5]:
        place = ".".join(str(part)[:40] for part in fault["loc"] if part not in ("body", "query", "path"))
        faults.append(f"{place or 'the body'}: {fault['msg']}")
    return f"{'; '.join(faults)}. Correct it, and send it again."
