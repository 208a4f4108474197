"""What is kept beside the articles: texts under ids made from them, and what readers said of answers.

Of the texts the newest are kept, up to a number; the same text again is the newest. Any thread, and any process,
may keep one.
"""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Self

from newsqa.errors import StorageError
from newsqa.store._faults import unwritable_error
from newsqa.store._schema import Connection, connect
from newsqa.types import Judgement, Turn

if TYPE_CHECKING:
    from newsqa.settings import Settings
    from newsqa.store.postgres import Database

ID_LENGTH = 24
_FILE = "answers.sqlite"
_TABLE = """CREATE TABLE IF NOT EXISTS {name} (
    number {number}, id TEXT NOT NULL UNIQUE, kind TEXT NOT NULL, text TEXT NOT NULL
)"""
_SQLITE = _TABLE.format(name="kept", number="INTEGER PRIMARY KEY AUTOINCREMENT")
_POSTGRES = "CREATE SCHEMA IF NOT EXISTS newsqa; " + _TABLE.format(
    name="newsqa.kept", number="BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY"
)

_FEEDBACK = "feedback.jsonl"
_MOST_BYTES = 20_000_000
_ONE_AT_A_TIME = threading.Lock()


class KeptTexts:
    """The texts of one index, at most `most` of each kind; its `database` holds them, where it has one."""

    def __init__(self, home: Path, most: int, database: Database | None = None) -> None:
        self.path = home.expanduser() / _FILE
        self.most = most
        self._database = database
        self._lock = threading.Lock()
        self._made = False

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """Those of the index that the settings name."""
        if settings.database_url is None:
            return cls(settings.home, settings.kept_answers)
        from newsqa.store.postgres import Database
        from newsqa.store.servers import database_url

        return cls(settings.home, settings.kept_answers, Database(database_url(settings)))

    def close(self) -> None:
        """Lets go of the database."""
        if self._database is not None:
            self._database.close()

    def keep(self, kind: str, text: str) -> str:
        """Keep a text and return its id; raises `StorageError` or `IndexUnreachableError`."""
        key = _make_id(kind, text)
        with self._lock, self._connection(write=True) as connection:
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("DELETE FROM kept WHERE id = ?", (key,))
            connection.execute(
                "INSERT INTO kept (id, kind, text) VALUES (?, ?, ?) ON CONFLICT (id) DO NOTHING", (key, kind, text)
            )
            connection.execute(
                "DELETE FROM kept WHERE kind = ? AND number <= "
                "(SELECT number FROM kept WHERE kind = ? ORDER BY number DESC LIMIT 1 OFFSET ?)",
                (kind, kind, self.most),
            )
            connection.execute("COMMIT")
        return key

    def find(self, kind: str, key: str) -> str | None:
        """The text of an id, if it is kept; raises `StorageError` or `IndexUnreachableError`."""
        if self._database is None and not self.path.exists():
            return None
        with self._connection(write=False) as connection:
            row = connection.execute("SELECT text FROM kept WHERE kind = ? AND id = ?", (kind, key)).fetchone()
        return str(row[0]) if row else None

    @contextmanager
    def _connection(self, *, write: bool) -> Iterator[Connection]:
        """A connection to where the table is, which is made before the first text."""
        if self._database is not None:
            with self._database.session() as session:
                if not self._made:
                    session.make(_POSTGRES)
                    self._made = True
                yield session
            return
        try:
            if write and not self._made:
                os.close(os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600))
            with closing(connect(self.path.resolve().as_uri() + f"?mode={'rw' if write else 'ro'}")) as connection:
                if write and not self._made:
                    connection.execute(_SQLITE)
                    self._made = True
                yield connection
        except (OSError, sqlite3.Error) as error:
            self._made = False
            raise StorageError(
                f"The answers in {self.path} cannot be kept or read ({error}). Make the file and its folder "
                "writable, or delete it: then the addresses of earlier answers lead nowhere."
            ) from error


def _make_id(kind: str, text: str) -> str:
    """The id of a text: the beginning of its SHA-256."""
    return hashlib.sha256(f"{kind}\0{text}".encode("utf-8", "surrogatepass")).hexdigest()[:ID_LENGTH]


def keep_judgement(home: Path, judgement: Judgement) -> None:
    """Writes one down; raises `StorageError`."""
    path = home / _FEEDBACK
    line = json.dumps({**asdict(judgement), "when": judgement.when.isoformat()}) + "\n"
    try:
        with _ONE_AT_A_TIME:
            home.mkdir(0o700, parents=True, exist_ok=True)
            if path.exists() and path.stat().st_size + len(line) > _MOST_BYTES:
                raise StorageError(
                    f"{_FEEDBACK} in the index folder is full. Export what it holds, then delete it."
                )
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "a") as file:
                file.write(line)
    except OSError as error:
        raise unwritable_error(error, home) from error


def read_judgements(home: Path) -> Iterator[Judgement]:
    """All of them, oldest first; a line that cannot be read is left out."""
    try:
        with (home / _FEEDBACK).open(encoding="utf-8", errors="replace") as lines:
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
