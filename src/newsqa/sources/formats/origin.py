"""Where the bytes of an article come from, and what the caller said about how to read them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Origin:
    """A file, a member of an archive, or a page.

    `name` is for messages, `path` the file that holds it (empty for a page), `key` what an id comes from that
    has no URL, `url` the address that the bytes came from, `charset` what the server said that they are.
    """

    name: str
    path: str = ""
    key: str = ""
    url: str = ""
    charset: str = ""


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """Bounds and wishes: the largest file or record, a format that is given by name, and the columns.

    `columns` says for a field of an article (`title`, `text`, ...) under which name a record holds it.
    """

    max_bytes: int
    format: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)
