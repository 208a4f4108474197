"""The tables of the catalogue, and connections to its file."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

from newsqa.store._faults import catalogue_error

SCHEMA_VERSION = 5
SCHEMA = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE articles (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    ready INTEGER NOT NULL DEFAULT 0,
    published INTEGER,
    source TEXT NOT NULL,
    language TEXT NOT NULL,
    content_hash TEXT NOT NULL,
    words INTEGER NOT NULL,
    published_text TEXT NOT NULL,
    url TEXT NOT NULL,
    path BLOB NOT NULL,
    ingested TEXT NOT NULL,
    title TEXT NOT NULL,
    blocks TEXT NOT NULL,
    updated INTEGER,
    author TEXT NOT NULL DEFAULT '',
    claimed INTEGER NOT NULL DEFAULT 0,
    checksum TEXT,
    text TEXT NOT NULL
);
CREATE INDEX articles_by_day ON articles (published, source, ready, id);
CREATE INDEX articles_by_source ON articles (source, published, ready, id);
CREATE INDEX articles_by_language ON articles (language);
CREATE INDEX articles_by_author ON articles (author, published, ready, id);
CREATE INDEX articles_waiting ON articles (id) WHERE ready = 0;
CREATE TABLE versions (
    article_id TEXT NOT NULL REFERENCES articles (id) ON DELETE CASCADE,
    replaced_at TEXT NOT NULL,
    content_hash TEXT NOT NULL,
    title TEXT NOT NULL,
    text TEXT NOT NULL,
    checksum TEXT
);
CREATE INDEX versions_by_article ON versions (article_id, replaced_at);
CREATE TABLE tombstones (id TEXT PRIMARY KEY) WITHOUT ROWID;
"""
PASSAGES = """
CREATE TABLE passages (
    id TEXT PRIMARY KEY,
    article_id TEXT NOT NULL REFERENCES articles (id) ON DELETE CASCADE,
    ordinal INTEGER NOT NULL,
    start INTEGER NOT NULL,
    "end" INTEGER NOT NULL,
    sentences TEXT NOT NULL,
    heading TEXT NOT NULL,
    checksum INTEGER NOT NULL
);
CREATE INDEX passages_by_article ON passages (article_id, ordinal);
"""
COPIES = """
CREATE TABLE story_keys (key INTEGER, number INTEGER, PRIMARY KEY (key, number)) WITHOUT ROWID;
CREATE TABLE copies (number INTEGER, other INTEGER, PRIMARY KEY (number, other)) WITHOUT ROWID;
"""
"""Keys by which copies of an article are found, and pairs of copies, each pair twice; by articles.number."""

_TO_2 = """
ALTER TABLE articles ADD COLUMN updated INTEGER;
ALTER TABLE articles ADD COLUMN author TEXT NOT NULL DEFAULT '';
INSERT OR REPLACE INTO meta VALUES ('stale_words', '1'), ('stale_vectors', '1');
"""
_TO_3 = """
ALTER TABLE articles ADD COLUMN claimed INTEGER NOT NULL DEFAULT 0;
UPDATE articles SET claimed = 1 WHERE url != '' AND length(path) > 0;
"""
_TO_4 = f"""
ALTER TABLE passages RENAME TO passages_3;
DROP INDEX passages_by_article;
{PASSAGES}
INSERT INTO passages
    SELECT id, article_id, ordinal, start, "end", sentences, heading, checksum FROM passages_3 ORDER BY row;
DROP TABLE passages_3;
ALTER TABLE articles ADD COLUMN checksum TEXT;
ALTER TABLE versions ADD COLUMN checksum TEXT;
CREATE INDEX IF NOT EXISTS articles_by_language ON articles (language);
DELETE FROM meta WHERE key IN ('epoch', 'next_row', 'sketches');
"""  # noqa: S608 - own tables
_TO_5 = "CREATE INDEX articles_by_author ON articles (author, published, ready, id);"
MIGRATIONS = {1: _TO_2 + COPIES, 2: _TO_3, 3: _TO_4, 4: _TO_5}
"""What makes a catalogue of a version one of the next. To 2: vectors and words are filled anew by the next writer,
because they now know the language; until then the old ones are searched. To 4: passages have no row in a matrix,
texts have checksums (which the next writer makes), and there is an index by language, which some of 2 lack. To 5:
there is an index by author."""

SCHEMA += PASSAGES + COPIES


class Connection(Protocol):
    """What the catalogue's SQL needs of a connection: SQLite's, or a `Session` of PostgreSQL."""

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction is open."""

    def execute(self, sql: str, values: Sequence[Any] = ..., /) -> Any:
        """The cursor of one statement; question marks stand for the values."""

    def executemany(self, sql: str, rows: Iterable[Sequence[Any]], /) -> Any:
        """One statement for many rows of values."""

    def close(self) -> None:
        """Ends the connection; an open transaction is rolled back."""


@contextmanager
def map_sqlite_errors(home: Path) -> Iterator[None]:
    """Raises what SQLite raises as the matching newsqa error."""
    try:
        yield
    except sqlite3.Error as error:
        raise catalogue_error(error, home) from error


def connect(uri: str) -> sqlite3.Connection:
    """A connection in autocommit mode, which several threads may use in turn."""
    connection = sqlite3.connect(
        uri, uri=True, timeout=10, isolation_level=None, check_same_thread=False, cached_statements=64
    )
    connection.text_factory = str
    return connection


def migrate(connection: sqlite3.Connection, version: int) -> None:
    """Makes a catalogue of an earlier version one of the present; hold the write lock."""
    for earlier in range(version, SCHEMA_VERSION):
        connection.executescript(
            f"BEGIN IMMEDIATE;{MIGRATIONS[earlier]}PRAGMA user_version = {earlier + 1};COMMIT;"
        )


def read_version(connection: sqlite3.Connection) -> int:
    """The version of the schema; 0 for a file without tables."""
    connection.execute("SELECT count(*) FROM sqlite_master").fetchone()  # reads the file, so that damage shows
    return int(connection.execute("PRAGMA user_version").fetchone()[0])
