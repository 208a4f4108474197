"""What is known of the folders and addresses that are watched: for the next round, and for whoever looks."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from newsqa.errors import StorageError
from newsqa.files import write_whole
from newsqa.types import IngestReport, Watched

MEMORY = "watch.json"
"""The file in the index folder that remembers what was seen."""
_MEMORY_BYTES = 50_000_000

_BOOK = "watched.json"
"""The file in the index folder that says what came of the last look."""
_FORGOTTEN = timedelta(30)
"""A target that nobody has looked at for so long is no longer listed."""


@dataclass(frozen=True, slots=True)
class SeenAddress:
    """What is remembered of an address: what to ask with, and its entries with their stamps.

    `failed` counts the rounds in which an entry could not be read.
    """

    etag: str = ""
    last_modified: str = ""
    stamps: tuple[tuple[str, str], ...] = ()
    failed: tuple[tuple[str, int], ...] = ()


class Memory:
    """What was seen, by address, kept in a JSON file. A file that cannot be read is as good as none."""

    def __init__(self, home: Path) -> None:
        self._path = home / MEMORY
        self._seen = _load_seen(self._path)

    def __getitem__(self, url: str) -> SeenAddress:
        return self._seen.get(url, SeenAddress())

    def __setitem__(self, url: str, seen: SeenAddress) -> None:
        self._seen[url] = seen

    def save(self) -> None:
        """Writes the file, whole or not at all; raises `StorageError`."""
        values = {
            url: [one.etag, one.last_modified, dict(one.stamps), dict(one.failed)]
            for url, one in self._seen.items()
        }
        try:
            write_whole(self._path, json.dumps(values))
        except OSError as error:
            said = error.strerror or type(error).__name__
            raise StorageError(
                f"{self._path} cannot be written ({said}). Free space, or check its folder."
            ) from error


def _load_seen(path: Path) -> dict[str, SeenAddress]:
    try:
        if path.stat().st_size > _MEMORY_BYTES:
            return {}
        values: Any = json.loads(path.read_text(encoding="utf-8"))
        return {
            str(url): SeenAddress(
                str(etag),
                str(modified),
                tuple((str(name), str(stamp)) for name, stamp in stamps.items()),
                tuple((str(name), int(count)) for name, count in failed.items()),
            )
            for url, (etag, modified, stamps, failed) in values.items()
        }
    except (OSError, ValueError, TypeError, AttributeError, RecursionError):
        return {}


class WatchBook:
    """Writes down what became of each look at a target; several watchers may share the file."""

    def __init__(self, home: Path, every: float) -> None:
        self._path = home / _BOOK
        self._every = every

    def note(self, target: str, report: IngestReport) -> None:
        """One look at a target, and what came of it."""
        now = datetime.now(UTC).isoformat(timespec="seconds")
        changed = {"changed": now} if report.added or report.updated else {}
        said = report.failed[0].reason if report.failed else ""
        self._write(
            target,
            {
                "looked": now,
                "every": self._every,
                "added": report.added,
                "updated": report.updated,
                "failed": len(report.failed),
                "said": said[:500],
                "ended": False,
                **changed,
            },
        )

    def end(self, targets: Iterable[str]) -> None:
        """That these targets are not looked at any more."""
        for target in targets:
            self._write(target, {"ended": True})

    def _write(self, target: str, told: Mapping[str, object]) -> None:
        """Not worth ending the watch for: a book that cannot be written is left as it is."""
        book = _load(self._path)
        if "looked" not in told and target not in book:
            return
        book[target] = {**book.get(target, {}), **told}
        with suppress(OSError):
            write_whole(self._path, json.dumps(book))


def read_watched(home: Path) -> list[Watched]:
    """The targets that are or were lately watched, by name."""
    oldest = datetime.now(UTC) - _FORGOTTEN
    found = (_read(target, told) for target, told in _load(home / _BOOK).items())
    return sorted((one for one in found if one and one.looked > oldest), key=lambda one: one.target)


def _load(path: Path) -> dict[str, Any]:
    try:
        book: Any = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return book if isinstance(book, dict) else {}


def _read(target: str, told: Any) -> Watched | None:
    try:
        looked, changed = (_moment(told.get(name)) for name in ("looked", "changed"))
        if looked is None:
            return None
        counts = {name: int(told.get(name, 0)) for name in ("added", "updated", "failed")}
        return Watched(
            target,
            looked,
            float(told["every"]),
            changed,
            said=str(told["said"]),
            ended=bool(told["ended"]),
            **counts,
        )
    except (AttributeError, KeyError, ValueError, TypeError):
        return None


def _moment(text: Any) -> datetime | None:
    return datetime.fromisoformat(text).astimezone() if isinstance(text, str) else None
