"""What readers said of answers: a file of JSON lines in the index folder."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

from newsqa.errors import StorageError
from newsqa.store._faults import unwritable_error
from newsqa.types import Judgement, Turn

_FILE = "feedback.jsonl"
_MOST_BYTES = 20_000_000
_ONE_AT_A_TIME = threading.Lock()


def keep_judgement(home: Path, judgement: Judgement) -> None:
    """Writes one down; raises `StorageError`."""
    path = home / _FILE
    line = json.dumps({**asdict(judgement), "when": judgement.when.isoformat()}) + "\n"
    try:
        with _ONE_AT_A_TIME:
            home.mkdir(0o700, parents=True, exist_ok=True)
            if path.exists() and path.stat().st_size + len(line) > _MOST_BYTES:
                raise StorageError(f"{_FILE} in the index folder is full. Export what it holds, then delete it.")
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "a") as file:
                file.write(line)
    except OSError as error:
        raise unwritable_error(error, home) from error


def read_judgements(home: Path) -> Iterator[Judgement]:
    """All of them, oldest first; a line that cannot be read is left out."""
    try:
        with (home / _FILE).open(encoding="utf-8", errors="replace") as lines:
            yield from (one for line in lines if (one := _read(line)) is not None)
    except FileNotFoundError:
        return
    except OSError as error:
        raise unwritable_error(error, home) from error


def _read(line: str) -> Judgement | None:
    try:
        told = json.loads(line)
        return Judgement(
            question=str(told["question"]),
            right=bool(told["right"]),
            when=datetime.fromisoformat(told["when"]),
            history=tuple(Turn(str(turn["question"]), str(turn["answer"])) for turn in told["history"]),
            answer=str(told["answer"]),
            quotes=tuple(map(str, told["quotes"])),
            articles=tuple(map(str, told["articles"])),
            correct=str(told["correct"]),
            why=str(told["why"]),
            unanswerable=bool(told["unanswerable"]),
        )
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
