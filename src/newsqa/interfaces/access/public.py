"""What strangers may be told of an error: never where a file lies, nor what happened inside."""

from __future__ import annotations

import logging

from newsqa.errors import (
    ArticleError,
    FetchError,
    IndexLockedError,
    IndexMissingError,
    IndexRebuildingError,
    NewsqaError,
    QuestionError,
)

_log = logging.getLogger(__name__)

INSIDE = "Something went wrong inside newsqa; the server's log says what."


def describe_publicly(error: Exception) -> str:
    """An error in words for whoever asked; what only the owner of the server may know goes to its log."""
    match error:
        case QuestionError() | ArticleError() | FetchError():
            return str(error)
        case IndexMissingError():
            return "There are no articles yet. Add some with `newsqa ingest` where the server runs."
        case IndexRebuildingError():
            return "The index is being rebuilt. Try again in some minutes."
        case IndexLockedError():
            return "Another process is writing to the index. Try again in some seconds."
        case NewsqaError():
            _log.error("%s", error)
            return "The index or a model cannot be used; the server's log says why."
        case _:
            _log.error("A request failed", exc_info=error)
            return INSIDE
