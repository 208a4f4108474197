"""What is known of the folders and addresses that are watched: kept in the index folder for whoever looks."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from newsqa.files import write_whole
from newsqa.types import IngestReport, Watched

_FILE = "watched.json"
_FORGOTTEN = timedelta(30)
"""A target that nobody has looked at for so long is no longer listed."""


class WatchBook:
    """Writes down what became of each look at a target; several watchers may share the file."""

    def __init__(self, home: Path, every: float) -> None:
        self._path = home / _FILE
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
    found = (_read(target, told) for target, told in _load(home / _FILE).items())
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
