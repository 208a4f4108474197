"""Every error that newsqa raises on purpose. Each message ends in what to do next.

NewsqaError
├── SettingsError        a setting is unknown or has no valid value
├── QuestionError        an empty or oversized question, a filter that makes no sense
├── ArticleError         an article cannot be read (unreadable, empty, binary, too large, broken front matter)
├── FetchError           a page cannot be fetched (refused address, too large, too slow, not there)
├── ModelError           a model cannot be loaded or run
├── ClusterError         the Ray cluster cannot be reached, or does not do its work
└── NewsIndexError       the index cannot be used as it is
    ├── IndexMissingError    nothing has been ingested yet
    ├── IndexMismatchError   the index was made with another encoder or splitter
    ├── IndexLockedError     another process is writing
    │   └── IndexRebuildingError  what a question needs is being rebuilt, or was until it was interrupted
    ├── IndexDamagedError    the stores disagree or cannot be opened
    ├── IndexUnreachableError  a server that holds a part of the index does not answer
    └── StorageError         the disk is full or not writable
"""

from __future__ import annotations


class NewsqaError(Exception):
    """The root of all errors that a user of newsqa can cause; its message says what to do next."""


class SettingsError(NewsqaError):
    """A setting is unknown or has no valid value."""


class QuestionError(NewsqaError):
    """The question or its filters cannot be used."""


class ArticleError(NewsqaError):
    """An article cannot be read."""


class FetchError(NewsqaError):
    """A page cannot be fetched; `status` is the server's, 0 if it gave none, `retry_after` its wish in seconds."""

    def __init__(self, message: str, *, status: int = 0, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.retry_after = retry_after


class ModelError(NewsqaError):
    """A model cannot be loaded or run."""


class ClusterError(NewsqaError):
    """The Ray cluster cannot be reached, or does not do its work."""


class NewsIndexError(NewsqaError):
    """The index cannot be used as it is."""


class IndexMissingError(NewsIndexError):
    """Nothing has been ingested yet."""


class IndexMismatchError(NewsIndexError):
    """The index was made with another encoder, splitter or space."""


class IndexLockedError(NewsIndexError):
    """Another process is writing to the index."""


class IndexRebuildingError(IndexLockedError):
    """What a question needs of the index is being rebuilt, or was until that was interrupted."""


class IndexDamagedError(NewsIndexError):
    """The parts of the index disagree or cannot be opened."""


class IndexUnreachableError(NewsIndexError):
    """A server that holds a part of the index does not answer, or refuses to."""


class StorageError(NewsIndexError):
    """The disk is full, or the index folder cannot be written."""
