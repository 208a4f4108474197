"""Texts that are kept beside the articles, under ids made from them: in the index folder, or in the database.

The newest are kept, up to a number; the same text again is the newest. Any thread, and any process, may keep one.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Self

from newsqa.errors import StorageError
from newsqa.store._schema import Connection, connect

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
        key = find_id(kind, text)
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


def find_id(kind: str, text: str) -> str:
    """The id of a text: the beginning of its SHA-256."""
    return hashlib.sha256(f"{kind}\0{text}".encode("utf-8", "surrogatepass")).hexdigest()[:ID_LENGTH]
