"""The SQLite catalogue, the truth of the index: opened for reading by many, for writing by one, under a lock."""

from __future__ import annotations

import json
import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager, suppress
from datetime import datetime
from functools import partial
from pathlib import Path

from newsqa.errors import IndexLockedError, IndexMismatchError
from newsqa.files import CATALOGUE
from newsqa.store._changes import CatalogueWriter
from newsqa.store._faults import map_errors, missing_error, unwritable_error
from newsqa.store._schema import SCHEMA, SCHEMA_VERSION, connect, map_sqlite_errors, migrate, read_version
from newsqa.store._snapshot import Snapshot

_LOCK = "write.lock"
_HOLDER = "writer.json"


class Catalogue:
    """Opens `catalogue.sqlite` for reading (snapshots, many threads) and for writing (one transaction)."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.path = home / CATALOGUE
        self._idle: list[sqlite3.Connection] = []
        self._lock = threading.Lock()
        self._closed = False

    def exists(self) -> bool:
        """Whether there is a catalogue file."""
        return self.path.is_file()

    @contextmanager
    def reading(self) -> Iterator[Snapshot]:
        """One consistent state of the catalogue; a writer neither blocks it nor changes it.

        Raises `IndexMissingError` if there is no catalogue, `IndexDamagedError` if it cannot be read.
        """
        with self._lock:
            connection = self._idle.pop() if self._idle else None
        if connection is None:
            with map_errors("catalogue", self.home):
                connection = self._open_to_read()
        try:
            with map_sqlite_errors(self.home):
                connection.execute("BEGIN")
                yield Snapshot(connection)
                connection.execute("ROLLBACK")
        except BaseException:
            connection.close()
            raise
        with self._lock:
            if not self._closed:
                self._idle.append(connection)
                return
        connection.close()

    def _open_to_read(self) -> sqlite3.Connection:
        if not self.exists():
            raise missing_error(self.home)
        uri = self.path.resolve().as_uri() + "?mode=ro"
        connection = connect(uri)
        try:
            version = read_version(connection)
        except sqlite3.OperationalError:
            # A read-only folder or a full disk. Without a write-ahead log the file alone is the whole state.
            connection.close()
            log = self.path.with_name(self.path.name + "-wal")
            if log.exists() and log.stat().st_size:
                raise
            connection = connect(uri + "&immutable=1")
            version = read_version(connection)
        try:
            self._check_version(version)
            if version < SCHEMA_VERSION:
                self._migrate()
        except BaseException:
            connection.close()
            raise
        return connection

    def _migrate(self) -> None:
        """Brings the catalogue of an earlier newsqa up to date; raises `IndexLockedError` while one writes."""
        with write_lock(self.home), closing(connect(self.path.resolve().as_uri() + "?mode=rw")) as connection:
            migrate(connection, read_version(connection))

    def _check_version(self, version: int) -> None:
        if version == 0:  # a writer is just making it
            raise missing_error(self.home)
        if version > SCHEMA_VERSION:
            raise IndexMismatchError(
                f"The index at {self.home} has format {version}, and this newsqa knows format {SCHEMA_VERSION}. "
                "Install the newsqa that made it, or set NEWSQA_HOME to a new folder and ingest again."
            )

    def lock(self) -> AbstractContextManager[None]:
        """Keeps writers out; raises `IndexLockedError` if there is one, `StorageError` in a read-only folder."""
        return write_lock(self.home)

    @contextmanager
    def writing(self) -> Iterator[CatalogueWriter]:
        """The catalogue for its one writer, made first if there is none; raises `IndexLockedError`."""
        with write_lock(self.home):
            writer = self._open_to_write()
            try:
                yield writer
            finally:
                writer.close()

    def _open_to_write(self) -> CatalogueWriter:
        with map_errors("catalogue", self.home):
            connection = connect(self.path.resolve().as_uri() + "?mode=rwc")
            try:
                connection.execute("PRAGMA journal_mode = WAL")
                connection.execute("PRAGMA synchronous = FULL")
                connection.execute("PRAGMA foreign_keys = ON")
                version = read_version(connection)
                if version == 0:
                    connection.executescript(
                        f"BEGIN IMMEDIATE;{SCHEMA}PRAGMA user_version = {SCHEMA_VERSION};COMMIT;"
                    )
                else:
                    self._check_version(version)
                    migrate(connection, version)
            except BaseException:
                connection.close()
                raise
        return CatalogueWriter(connection, partial(map_sqlite_errors, self.home))

    def close(self) -> None:
        """Closes the idle connections; one in use closes when its snapshot ends."""
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()


@contextmanager
def write_lock(home: Path) -> Iterator[None]:
    """Holds the writer's lock on `home`, which must exist.

    The operating system gives the lock back when its process ends, however it ends.
    Raises `IndexLockedError` at once if another process or thread writes, `StorageError` if the
    folder cannot be written.
    """
    from filelock import FileLock, Timeout

    lock = FileLock(home / _LOCK, timeout=0)
    try:
        lock.acquire()
    except Timeout as error:
        raise IndexLockedError(
            f"{_holder(home)} is writing to the index at {home}. Wait until it is done, or stop it, and try "
            "again; searching works meanwhile."
        ) from error
    except OSError as error:
        raise unwritable_error(error, home) from error
    try:
        _say_who(home)
        yield
    finally:
        with suppress(OSError):
            (home / _HOLDER).unlink(missing_ok=True)
        lock.release()


def _say_who(home: Path) -> None:
    since = datetime.now().astimezone().isoformat(timespec="seconds")
    try:
        (home / _HOLDER).write_text(json.dumps({"pid": os.getpid(), "since": since}), encoding="utf-8")
    except OSError as error:
        raise unwritable_error(error, home) from error


def _holder(home: Path) -> str:
    """Who holds the lock, as far as its note can be read."""
    try:
        note = json.loads((home / _HOLDER).read_text(encoding="utf-8"))
        pid, since = int(note["pid"]), str(note["since"])
    except (OSError, ValueError, KeyError, TypeError):
        return "Another process"
    if pid == os.getpid():
        return f"This process (since {since})"
    return f"Another process (pid {pid}, since {since})"
