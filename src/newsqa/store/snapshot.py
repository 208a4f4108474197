"""Reads of the catalogue within one transaction: what they return belongs to one and the same state."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from newsqa.store.schema import Connection
from newsqa.store.sketches import VERSION as SKETCHES
from newsqa.store.stories import groups_of
from newsqa.types import Article, ArticleSummary, Block, Copy, Filter, Passage, Span

_MANY = 500
_ARTICLE = (
    "id, title, text, content_hash, blocks, source, published, published_text, url, path, language, author,"
    " updated, ingested"
)


@dataclass(frozen=True, slots=True)
class State:
    """What the catalogue says about the index as a whole.

    `stale` names the parts to be filled again; `deleted` counts the vectors deleted since Chroma was last probed;
    `sketched` says that every row of the matrix has its sketch.
    """

    fingerprint: str = ""
    generation: int = 0
    epoch: int = 0
    next_row: int = 0
    stale: tuple[str, ...] = ()
    deleted: int = 0
    sketched: bool = False


class Snapshot:
    """The queries on the catalogue, over an open connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def state(self) -> State:
        """The facts about the index as a whole."""
        meta = dict(self._connection.execute("SELECT key, value FROM meta"))
        return State(
            fingerprint=meta.get("fingerprint", ""),
            generation=int(meta.get("generation", 0)),
            epoch=int(meta.get("epoch", 0)),
            next_row=int(meta.get("next_row", 0)),
            stale=tuple(part for part in ("vectors", "words") if f"stale_{part}" in meta),
            deleted=int(meta.get("deleted", 0)),
            sketched=meta.get("sketches") == SKETCHES,
        )

    def meta(self, key: str) -> str:
        """One fact about the index; empty if it is not known."""
        return str(self._one("SELECT value FROM meta WHERE key = ?", (key,)) or "")

    def _one(self, sql: str, values: Sequence[object] = ()) -> Any:
        row = self._connection.execute(sql, values).fetchone()
        return row[0] if row else None

    def _select(self, sql: str, keys: Sequence[object]) -> Iterator[tuple[Any, ...]]:
        """The rows of `sql` for all keys, a few hundred at a time; `{keys}` marks their place."""
        for start in range(0, len(keys), _MANY):
            part = keys[start : start + _MANY]
            yield from self._connection.execute(sql.replace("{keys}", ", ".join("?" * len(part))), list(part))

    def article_count(self) -> int:
        """How many articles there are, waiting ones included."""
        return int(self._one("SELECT count(*) FROM articles"))

    def has_articles(self) -> bool:
        """Whether there is any article."""
        return self._one("SELECT 1 FROM articles LIMIT 1") is not None

    def passage_count(self) -> int:
        """How many passages can be found: all but those of the few articles that wait."""
        waiting = self._select("SELECT count(*) FROM passages WHERE article_id IN ({keys})", self.waiting())
        return int(self._one("SELECT count(*) FROM passages")) - sum(int(row[0]) for row in waiting)

    def content_hashes(self, article_ids: Sequence[str]) -> dict[str, tuple[str, str]]:
        """The content hash and the path of each of these articles that is known."""
        rows = self._select("SELECT id, content_hash, path FROM articles WHERE id IN ({keys})", article_ids)
        return {row[0]: (row[1], _path(row[2])) for row in rows}

    def all_content_hashes(self) -> Iterator[tuple[str, str]]:
        """Id and content hash of every article."""
        yield from self._connection.execute("SELECT id, content_hash FROM articles")

    def waiting(self) -> list[str]:
        """The ids of the articles that are not yet in all parts of the index."""
        return [row[0] for row in self._connection.execute("SELECT id FROM articles WHERE ready = 0 ORDER BY id")]

    def tombstones(self) -> list[str]:
        """The ids of deleted passages that vectors and words may still hold."""
        return [row[0] for row in self._connection.execute("SELECT id FROM tombstones ORDER BY id")]

    def article(self, article_id: str) -> Article | None:
        """An article with its text; None if there is none of that id."""
        row = self._connection.execute(
            f"SELECT {_ARTICLE} FROM articles WHERE id = ?",  # noqa: S608 - own names
            (article_id,),
        ).fetchone()
        if row is None:
            return None
        return Article(
            id=row[0],
            title=row[1],
            text=row[2],
            content_hash=row[3],
            blocks=tuple(Block(Span(start, end), kind) for start, end, kind in json.loads(row[4])),
            source=row[5],
            published=_day(row[6]),
            published_text=row[7],
            url=row[8],
            path=_path(row[9]),
            language=row[10],
            author=row[11],
            updated=_day(row[12]),
            ingested=_local_day(row[13]),
        )

    def versions(self, article_id: str) -> list[tuple[str, str, str]]:
        """The earlier versions of an article, oldest first: when replaced, title, text."""
        rows = self._connection.execute(
            "SELECT replaced_at, title, text FROM versions WHERE article_id = ? ORDER BY replaced_at, rowid",
            (article_id,),
        )
        return list(rows)

    def summaries(self, where: Filter) -> list[ArticleSummary]:
        """The articles that pass the filter, newest first, undated ones last."""
        condition, values = _condition(where)
        rows = self._connection.execute(
            "SELECT id, title, source, published, url, path, language, words,"  # noqa: S608 - own names
            " (SELECT count(*) FROM passages p WHERE p.article_id = a.id), updated, ingested"
            f" FROM articles a WHERE {condition} ORDER BY published IS NULL, published DESC, title, id",
            values,
        )
        return [
            ArticleSummary(
                id=row[0],
                title=row[1],
                source=row[2],
                published=_day(row[3]),
                url=row[4],
                path=_path(row[5]),
                language=row[6],
                words=row[7],
                passages=row[8],
                updated=_day(row[9]),
                ingested=_local_day(row[10]),
            )
            for row in rows
        ]

    def sources(self) -> list[str]:
        """The names of all sources, in alphabetical order."""
        rows = self._connection.execute("SELECT DISTINCT source FROM articles WHERE source != ''")
        return sorted((row[0] for row in rows), key=lambda name: (name.casefold(), name))

    def languages(self) -> dict[str, int]:
        """How many articles there are of each language code, most first."""
        rows = self._connection.execute(
            "SELECT language, count(*) FROM articles GROUP BY language ORDER BY 2 DESC"
        )
        return dict(rows.fetchall())

    def without_language(self, limit: int) -> list[str]:
        """The ids of the first articles whose language has not been told."""
        rows = self._connection.execute(
            "SELECT id FROM articles WHERE language = '' ORDER BY number LIMIT ?", (limit,)
        )
        return [row[0] for row in rows]

    def groups(self, article_ids: Sequence[str]) -> dict[str, list[str]]:
        """For each of these articles that has copies: the ids of its whole group, itself included."""
        copied = self._select(
            "SELECT a.id FROM articles a WHERE a.id IN ({keys})"
            " AND EXISTS (SELECT 1 FROM copies c WHERE c.number = a.number)",
            list(dict.fromkeys(article_ids)),
        )
        return groups_of(self._connection, [row[0] for row in copied])

    def copies(self, article_ids: Sequence[str]) -> dict[str, Copy]:
        """These articles as what is told of a copy, by id."""
        rows = self._select(
            "SELECT id, title, source, published, url FROM articles WHERE id IN ({keys})", article_ids
        )
        return {row[0]: Copy(row[0], row[1], row[2], _day(row[3]), row[4]) for row in rows}

    def find(self, name: str) -> list[str]:
        """The ids of the articles that a user may mean: by id, beginning of an id, path, or canonical address."""
        exact = self._connection.execute(
            "SELECT id FROM articles WHERE id = ? OR path = ?", (name, name.encode("utf-8", "surrogatepass"))
        ).fetchall()
        if not exact and name.isalnum():
            low = name.lower()
            exact = self._connection.execute(
                "SELECT id FROM articles WHERE id >= ? AND id < ? LIMIT 10", (low, low + "\uffff")
            ).fetchall()
        return [row[0] for row in exact]

    def numbered(self, after: int, limit: int) -> list[tuple[int, str]]:
        """Number and id of the articles after a number, in the order in which they came."""
        rows = self._connection.execute(
            "SELECT number, id FROM articles WHERE number > ? ORDER BY number LIMIT ?", (after, limit)
        )
        return list(rows)

    def period(self) -> tuple[date, date] | None:
        """The first and the last day of publication; None if no article has a date."""
        first = self._one("SELECT min(published) FROM articles")
        last = self._one("SELECT max(published) FROM articles")
        return None if first is None else (date.fromordinal(first), date.fromordinal(last))

    def passages(self, ids: Sequence[str]) -> dict[str, Passage]:
        """These passages by id, as far as they can be found."""
        rows = list(
            self._select(
                'SELECT p.id, p.article_id, p.ordinal, p.start, p."end", p.sentences, p.heading FROM passages p'
                " JOIN articles a ON a.id = p.article_id WHERE a.ready = 1 AND p.id IN ({keys})",
                ids,
            )
        )
        articles = {
            row[0]: row
            for row in self._select(
                "SELECT id, title, source, published, url, language, text, updated,"
                " (SELECT max(replaced_at) FROM versions v WHERE v.article_id = a.id)"
                " FROM articles a WHERE id IN ({keys})",
                sorted({row[1] for row in rows}),
            )
        }
        found = {}
        for key, article_id, ordinal, start, end, sentences, heading in rows:
            _, title, source, published, url, language, text, updated, replaced = articles[article_id]
            found[key] = Passage(
                id=key,
                article_id=article_id,
                text=text[start:end],
                start=start,
                end=end,
                sentences=tuple(Span(*span) for span in json.loads(sentences)),
                ordinal=ordinal,
                heading=heading,
                title=title,
                source=source,
                published=_day(published),
                url=url,
                language=language,
                updated=_changed(published, updated, replaced),
            )
        return found

    def live(self, ids: Sequence[str]) -> set[str]:
        """Those of the ids that are passages which can be found."""
        rows = self._select(
            "SELECT p.id FROM passages p JOIN articles a ON a.id = p.article_id"
            " WHERE a.ready = 1 AND p.id IN ({keys})",
            ids,
        )
        return {row[0] for row in rows}

    def ids_of_rows(self, rows: Sequence[int], where: Filter) -> dict[int, str]:
        """The passage of each matrix row, as far as it can be found and its article passes the filter.

        The filter is held against the few rows here: in the query, SQLite may go through all of a source instead.
        """
        found = self._select(
            "SELECT p.row, p.id, a.source, a.published, a.language FROM passages p"
            " JOIN articles a ON a.id = p.article_id WHERE a.ready = 1 AND p.row IN ({keys})",
            rows,
        )
        return {
            row: key
            for row, key, source, published, language in found
            if where.admits(source, _day(published), language)
        }

    def rows_where(self, where: Filter) -> list[int]:
        """The matrix rows of the passages whose article passes the filter, in order."""
        condition, values = _condition(where)
        rows = self._connection.execute(
            "SELECT p.row FROM articles a JOIN passages p ON p.article_id = a.id"  # noqa: S608 - own names
            f" WHERE a.ready = 1 AND {condition}",
            values,
        )
        return sorted(row[0] for row in rows)

    def passage_rows(self) -> Iterator[tuple[str, int, int]]:
        """Id, matrix row and checksum of every passage that can be found, by row."""
        return iter(
            self._connection.execute(
                "SELECT p.id, p.row, p.checksum FROM passages p JOIN articles a ON a.id = p.article_id"
                " WHERE a.ready = 1 ORDER BY p.row"
            ).fetchall()
        )

    def facts(self, ids: Sequence[str]) -> list[dict[str, str | int]]:
        """Source, language and (where it is known) day of each of these passages, all of which are there."""
        rows = self._select(
            "SELECT p.id, a.source, a.language, a.published FROM passages p"
            " JOIN articles a ON a.id = p.article_id WHERE p.id IN ({keys})",
            ids,
        )
        found: dict[str, dict[str, str | int]] = {
            key: {"source": source, "language": language} | ({} if day is None else {"published": day})
            for key, source, language, day in rows
        }
        return [found[key] for key in ids]

    def ready_articles(self) -> list[str]:
        """The ids of the articles that stand in all parts of the index."""
        return [row[0] for row in self._connection.execute("SELECT id FROM articles WHERE ready = 1 ORDER BY id")]

    def passage_ids(self, article_id: str) -> list[str]:
        """The ids of an article's passages, in order."""
        rows = self._connection.execute(
            "SELECT id FROM passages WHERE article_id = ? ORDER BY ordinal, start", (article_id,)
        )
        return [row[0] for row in rows]

    def faults(self) -> list[str]:
        """What SQLite itself finds wrong; PostgreSQL does not say."""
        if not isinstance(self._connection, sqlite3.Connection):
            return []
        faults = [str(row[0]) for row in self._connection.execute("PRAGMA integrity_check(20)") if row[0] != "ok"]
        faults += [
            f"a row of {row[0]} belongs to nothing in {row[2]}"
            for row in self._connection.execute("PRAGMA foreign_key_check")
        ]
        return faults


def _condition(where: Filter) -> tuple[str, list[object]]:
    """The filter as a condition on articles `a`; a comparison with an unknown day is never true."""
    parts: list[str] = []
    values: list[object] = []
    if where.since:
        parts.append("a.published >= ?")
        values.append(where.since.toordinal())
    if where.until:
        parts.append("a.published <= ?")
        values.append(where.until.toordinal())
    if where.languages:
        parts.append(f"a.language IN ({', '.join('?' * len(where.languages))})")
        values.extend(where.languages)
    if where.sources:
        parts.append(f"a.source IN ({', '.join('?' * len(where.sources))})")
        values.extend(where.sources)
    return " AND ".join(parts) or "1 = 1", values


def _day(ordinal: int | None) -> date | None:
    return None if ordinal is None else date.fromordinal(ordinal)


def _local_day(moment: str) -> date:
    """The day of a point in time, where this machine stands."""
    return datetime.fromisoformat(moment).astimezone().date()


def _changed(published: int | None, updated: int | None, replaced: str | None) -> date | None:
    """The day on which an article was last changed: the one it states, or when another version took its place."""
    days = [updated] if updated is not None and updated != published else []
    if replaced is not None:
        days.append(_local_day(replaced).toordinal())
    return _day(max(days, default=None))


def _path(raw: bytes) -> str:
    return raw.decode("utf-8", "surrogatepass")
