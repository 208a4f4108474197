"""Tokens in the database of an index that several servers share: made or revoked on one, they hold for all.

A running server has them at hand and looks for changes every second, in a thread, so that no request waits for the
database. When the database does not answer for some seconds, nobody is let in.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, fields
from time import monotonic
from typing import TYPE_CHECKING, Any

from newsqa.errors import NewsqaError, SettingsError
from newsqa.interfaces.access.tokens import Token, TokenStore

if TYPE_CHECKING:
    from pathlib import Path

    from newsqa.store.postgres import Database, Session

_EVERY_S = 1.0
_TRUSTED_S = 10.0
_COLUMNS = ", ".join(field.name for field in fields(Token))
_TABLE = """
CREATE SCHEMA IF NOT EXISTS newsqa;
CREATE TABLE IF NOT EXISTS newsqa.tokens (
    place BIGINT GENERATED ALWAYS AS IDENTITY, id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE,
    sha256 TEXT NOT NULL, write BOOLEAN NOT NULL, created TEXT NOT NULL, expires TEXT NOT NULL
)
"""


class SharedTokenStore(TokenStore):
    """The tokens of an index in PostgreSQL; those that a file in `home` still has are moved there."""

    def __init__(self, database: Database, home: Path) -> None:
        super().__init__(home)
        self._database = database
        self._known: tuple[Token, ...] = ()
        self._seen = 0.0
        self._watched = False
        self._closed = threading.Event()

    def all(self) -> tuple[Token, ...]:
        """The tokens, oldest first, as of a second ago; raises `SettingsError` when they cannot be had."""
        with self._lock:
            if not self._watched:
                try:
                    self._move()
                    self._look()
                except NewsqaError as error:
                    raise SettingsError(str(error)) from error
                threading.Thread(target=self._watch, name="newsqa-tokens", daemon=True).start()
                self._watched = True
        if monotonic() - self._seen > _TRUSTED_S:
            raise SettingsError(f"The tokens in {self._database} cannot be read, so nobody is let in. Start it.")
        return self._known

    def _look(self) -> None:
        with self._database.session() as session:
            self._known, self._seen = _read(session), monotonic()

    def _watch(self) -> None:
        """Looks again and again, until it is closed."""
        while not self._closed.wait(_EVERY_S):
            with suppress(NewsqaError):  # it shows in the age of what is known
                self._look()

    def _move(self) -> None:
        """Brings in what a file of this server still has, and puts the file aside."""
        if not self.path.exists():
            return
        mine = self._read()
        with self._edit() as tokens:
            ids, names = {token.id for token in tokens}, {token.name for token in tokens}
            for token in mine:
                if token.id not in ids:
                    name = token.name if token.name not in names else f"{token.name[:50]} {token.id}"
                    tokens.append(Token(**{**asdict(token), "name": name}))
        self.path.replace(self.path.with_suffix(".moved"))

    def _edit(self) -> Any:
        return _DatabaseEdit(self, self._database)

    def close(self) -> None:
        """Ends the looking, and the connections."""
        self._closed.set()
        self._database.close()

    def refresh(self, tokens: Sequence[Token]) -> None:
        """Takes what was written just now as known."""
        self._known, self._seen = tuple(tokens), monotonic()


class _DatabaseEdit:
    """The tokens as a list to be changed, by one server at a time; written when the block ends well."""

    def __init__(self, store: SharedTokenStore, database: Database) -> None:
        self._store = store
        self._context = database.session()

    def __enter__(self) -> list[Token]:
        self._session = self._context.__enter__()
        if not _is_there(self._session):
            self._session.make(_TABLE)
        self._session.execute("BEGIN")
        self._session.execute("LOCK TABLE newsqa.tokens IN EXCLUSIVE MODE")
        self._tokens = list(_read(self._session))
        return self._tokens

    def __exit__(self, kind: type[BaseException] | None, *error: Any) -> None:
        try:
            if kind is None:
                marks = ", ".join("?" for _ in fields(Token))
                self._session.execute("DELETE FROM newsqa.tokens")
                rows = [tuple(asdict(token).values()) for token in self._tokens]
                insert = f"INSERT INTO newsqa.tokens ({_COLUMNS}) VALUES ({marks})"  # noqa: S608 (our own names)
                self._session.executemany(insert, rows)
                self._session.execute("COMMIT")
                self._store.refresh(self._tokens)
        finally:
            self._context.__exit__(kind, *(error or (None, None)))


def _is_there(session: Session) -> bool:
    return session.execute("SELECT to_regclass('newsqa.tokens')").fetchone()[0] is not None


def _read(session: Session) -> tuple[Token, ...]:
    if not _is_there(session):
        return ()
    rows = session.execute(f"SELECT {_COLUMNS} FROM newsqa.tokens ORDER BY place").fetchall()  # noqa: S608 (as above)
    return tuple(Token(*row) for row in rows)
