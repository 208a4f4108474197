"""What each change of the index took the place of, kept beside it for a while so that the change can be undone.

A change is a file of JSON lines in the folder `changes`, an article a line: its id, the content hash that it has
since (empty: it is gone), and what stood there before (null: nothing). Beside it a small file tells of the change
as a whole. Both are written before the index is, so that a change that was cut short can be undone, too.
"""

from __future__ import annotations

import json
import os
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from secrets import token_hex
from typing import Any

from newsqa.errors import ArticleError
from newsqa.files import write_whole
from newsqa.store._faults import unwritable_error
from newsqa.types import Change

KEPT_CHANGES = 50
KEPT_DAYS = 30
_MOST_BYTES = 50_000_000
"""A change of which there is more to keep cannot be undone."""
_ID = re.compile(r"[0-9]{8}T[0-9]{6}-[0-9a-f]{8}")


@dataclass(frozen=True, slots=True)
class Former:
    """An article's row in the catalogue and those of its earlier versions, as they stood."""

    row: dict[str, Any]
    versions: tuple[dict[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class Replaced:
    """What a change did to an article: the content hash that it has since, and what stood there before."""

    article_id: str
    now: str
    before: Former | None


class ChangeLog:
    """The changes of an index that can be undone, in a folder; the oldest are forgotten."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._folder = home / "changes"

    def begin(self, name: str) -> ChangeRecord:
        """A new change, of which nothing is kept until it does something; ids sort by when they were made."""
        self._forget_old()
        now = datetime.now(UTC)
        identity = f"{now:%Y%m%dT%H%M%S}-{now.microsecond:05x}{token_hex(2)[:3]}"
        change = Change(identity, now.replace(microsecond=0), name[:300])
        return ChangeRecord(self._home, self._folder, change)

    def all(self) -> list[Change]:
        """The changes that can be undone, newest first."""
        return [change for path in sorted(self._heads(), reverse=True) if (change := _read_head(path)) is not None]

    def read(self, change_id: str) -> list[Replaced]:
        """What a change did, each article once; raises `ArticleError` if it cannot be undone any more."""
        path = self._folder / f"{change_id}.jsonl"
        found: dict[str, Replaced] = {}
        try:
            if not _ID.fullmatch(change_id):
                raise ValueError(change_id)
            with path.open(encoding="utf-8") as file:
                for one in _read_lines(file):
                    first = found.get(one.article_id, one)
                    found[one.article_id] = Replaced(one.article_id, one.now, first.before)
        except (OSError, ValueError) as error:
            raise ArticleError("This change cannot be undone any more. Nothing was changed.") from error
        return list(found.values())

    def forget(self, change_id: str) -> None:
        """Deletes what is kept of a change."""
        for path in self._folder.glob(f"{change_id}.json*"):  # what a kill left half written, too
            with suppress(OSError):
                path.unlink()

    def _forget_old(self) -> None:
        oldest = f"{datetime.now(UTC) - timedelta(KEPT_DAYS):%Y%m%dT%H%M%S}"
        known = {path.name.partition(".")[0] for path in self._folder.glob("*.json*")}
        for place, change_id in enumerate(sorted(filter(_ID.fullmatch, known), reverse=True)):
            if place >= KEPT_CHANGES - 1 or change_id < oldest:
                self.forget(change_id)

    def _heads(self) -> list[Path]:
        return [path for path in self._folder.glob("*.json") if _ID.fullmatch(path.stem)]


class ChangeRecord:
    """One change while it is made."""

    def __init__(self, home: Path, folder: Path, change: Change) -> None:
        self._home, self._folder, self._change = home, folder, change
        self._counts: Counter[str] = Counter()
        self._whole = True

    def note(self, replaced: Sequence[Replaced]) -> None:
        """Keeps what is about to be replaced; raises `StorageError`."""
        if not replaced or not self._whole:
            return
        for one in replaced:
            self._counts["removed" if not one.now else "updated" if one.before else "added"] += 1
        path = self._folder / f"{self._change.id}.jsonl"
        try:
            self._folder.mkdir(0o700, parents=True, exist_ok=True)
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "a") as file:
                file.writelines(map(_write_line, replaced))
            self._whole = path.stat().st_size <= _MOST_BYTES
            _write_head(path.with_suffix(".json"), self._change, self._counts)
        except OSError as error:
            raise unwritable_error(error, self._home) from error
        if not self._whole:
            ChangeLog(self._home).forget(self._change.id)


def _write_line(one: Replaced) -> str:
    before = one.before and {"row": one.before.row, "versions": one.before.versions}
    return json.dumps([one.article_id, one.now, before], default=_write_bytes) + "\n"


def _read_lines(lines: Iterator[str]) -> Iterator[Replaced]:
    """What the lines say; a last one that was cut short is left out, since nothing was changed then."""
    for line in lines:
        if not line.endswith("\n"):
            return
        article_id, now, before = json.loads(line)
        former = before and Former(_read_bytes(before["row"]), tuple(before["versions"]))
        yield Replaced(article_id, now, former)


def _write_bytes(value: object) -> str:
    """A path, the one thing of a row that is bytes."""
    if not isinstance(value, bytes):
        raise TypeError(type(value))
    return value.decode("utf-8", "surrogatepass")


def _read_bytes(row: dict[str, Any]) -> dict[str, Any]:
    return row | {"path": row["path"].encode("utf-8", "surrogatepass")}


def _write_head(path: Path, change: Change, counts: Counter[str]) -> None:
    told = {"name": change.name, "when": change.when.isoformat(), **counts}
    write_whole(path, json.dumps(told))


def _read_head(path: Path) -> Change | None:
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        when = datetime.fromisoformat(told["when"]).astimezone()
        counts = {name: int(told.get(name, 0)) for name in ("added", "updated", "removed")}
        return Change(path.stem, when, str(told["name"]), **counts)
    except (OSError, ValueError, KeyError, TypeError):
        return None
