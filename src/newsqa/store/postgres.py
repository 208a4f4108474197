"""PostgreSQL, for an index that many machines share: pooled connections, and errors in newsqa's words."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from newsqa.errors import IndexUnreachableError, SettingsError

SCHEMA_NAME = "newsqa"
"""The PostgreSQL schema that holds the tables; a database has one index."""
_MAKING = 0x6E657773_71610002
"""The lock of who makes tables: PostgreSQL fails when two make a schema at once, even with IF NOT EXISTS."""
_CONNECTIONS = 8  # that a process keeps open; as many again in a rush


class Session:
    """A connection that takes the catalogue's SQL as SQLite does: outside of a transaction unless one is begun."""

    def __init__(self, pooled: Any) -> None:
        self._pooled = pooled
        self._connection = pooled.dbapi_connection

    def execute(self, sql: str, values: Sequence[object] = (), /) -> Any:
        """The cursor of one statement."""
        return self._connection.execute(_to_native(sql), values or None)

    def executemany(self, sql: str, rows: Iterable[Sequence[object]], /) -> Any:
        """One statement for many rows of values."""
        cursor = self._connection.cursor()
        cursor.executemany(_to_native(sql), rows)
        return cursor

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction was begun and is not at its end."""
        return str(self._connection.info.transaction_status.name) != "IDLE"

    def copy(self, sql: str, rows: Iterable[Sequence[object]]) -> None:
        """Writes many rows at once."""
        with self._connection.cursor().copy(sql) as copy:
            for row in rows:
                copy.write_row(row)

    def make(self, script: str) -> None:
        """Runs a script that makes what is not there yet, when nobody else does."""
        self.execute("BEGIN")
        self.make_in_turn(script)
        self.execute("COMMIT")

    def make_in_turn(self, script: str) -> None:
        """The same, in a transaction that was begun."""
        self.execute("SELECT pg_advisory_xact_lock(?)", (_MAKING,))
        self.execute(script)

    def close(self) -> None:
        """Gives the connection back; a transaction that is open is rolled back."""
        with suppress(Exception):
            if self.in_transaction:
                self.execute("ROLLBACK")
            self._pooled.close()
            return
        self.end()

    def end(self) -> None:
        """Ends the connection, and with it the locks that it holds."""
        with suppress(Exception):  # the server notices only later that a connection has ended
            self._connection.execute("SELECT pg_advisory_unlock_all()")
        self._pooled.invalidate()


class Database:
    """A PostgreSQL database by its URL. SQLAlchemy and psycopg are imported at the first connection."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._engine: Any = None

    def __str__(self) -> str:
        url = urlsplit(self._url)
        return f"PostgreSQL at {url.hostname or 'this machine'}, database {url.path.strip('/') or url.username}"

    def connect(self) -> Session:
        """A session, to close; raises `IndexUnreachableError`, or `SettingsError` without the driver."""
        with self.map_errors():
            if self._engine is None:
                self._engine = _engine(self._url)
            return Session(self._engine.raw_connection())

    @contextmanager
    def session(self, *, locking: bool = False) -> Iterator[Session]:
        """A session for as long as the context lasts; one that is `locking` ends then, with its locks."""
        session = self.connect()
        try:
            with self.map_errors():
                yield session
        finally:
            if locking:
                session.end()
            else:
                session.close()

    @contextmanager
    def map_errors(self) -> Iterator[None]:
        """Raises what the driver and the pool raise as the matching newsqa error."""
        try:
            import psycopg
            from sqlalchemy.exc import SQLAlchemyError
        except ImportError as error:
            raise SettingsError(
                "NEWSQA_DATABASE_URL needs PostgreSQL's driver. Install it: pip install 'newsqa[postgresql]'."
            ) from error
        try:
            yield
        except (psycopg.Error, SQLAlchemyError) as error:
            reason = " ".join(str(error).split())[:300] or type(error).__name__
            raise IndexUnreachableError(
                f"{self} does not answer as it should ({reason}). Start it, or set NEWSQA_DATABASE_URL to where "
                "it is, and try again; what was ingested before is safe."
            ) from error

    def close(self) -> None:
        """Closes the connections that are not in use."""
        if self._engine is not None:
            self._engine.dispose()


def _engine(url: str) -> Any:
    from sqlalchemy import create_engine, make_url

    name = f"newsqa on {socket.gethostname()[:30]}, pid {os.getpid()}"
    return create_engine(
        make_url(url).set(drivername="postgresql+psycopg"),
        pool_size=_CONNECTIONS,
        max_overflow=_CONNECTIONS,
        pool_pre_ping=True,
        pool_reset_on_return=None,  # a session does so itself
        connect_args={
            "autocommit": True,
            "connect_timeout": 10,
            "application_name": name,
            "options": f"-c search_path={SCHEMA_NAME}",
        },
    )


@cache
def _to_native(sql: str) -> str:
    """The statement with PostgreSQL's marks for values."""
    return sql.replace("BEGIN IMMEDIATE", "BEGIN").replace("?", "%s")
