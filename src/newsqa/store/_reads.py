"""Reads of the catalogue that tell of articles."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Any

from newsqa.store._schema import Connection
from newsqa.store._stories import find_groups
from newsqa.store._undoing import Former
from newsqa.types import Article, ArticleSummary, Block, Copy, Filter, Span

_MANY = 500
_ALL = 2**62
_ARTICLE = (
    "id, title, text, content_hash, blocks, source, published, published_text, url, path, language, author,"
    " updated, ingested, claimed"
)


NEWEST = "published, descending"
ORDERS = {
    NEWEST: "published IS NULL, published DESC, title",
    "published": "published IS NULL, published, title",
    "title": "lower(title)",
    "title, descending": "lower(title) DESC",
    "source": "source = '', lower(source), published DESC",
    "source, descending": "source = '', lower(source) DESC, published DESC",
    "author": "author = '', lower(author), published DESC",
    "author, descending": "author = '', lower(author) DESC, published DESC",
    "words": "words",
    "words, descending": "words DESC",
}
"""How a list of articles can be sorted."""
_ROW = (
    "number", "id", "published", "source", "language", "content_hash", "words", "published_text", "url", "path",
    "ingested", "title", "blocks", "updated", "author", "claimed", "checksum", "text",
)  # fmt: skip
_VERSION = ("replaced_at", "content_hash", "title", "text", "checksum")


class ArticleReads:
    """The queries that tell of articles, over an open connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

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

    def content_hashes(self, article_ids: Sequence[str]) -> dict[str, tuple[str, str]]:
        """The content hash and the path of each of these articles that is known."""
        rows = self._select("SELECT id, content_hash, path FROM articles WHERE id IN ({keys})", article_ids)
        return {row[0]: (row[1], _path(row[2])) for row in rows}

    def all_content_hashes(self) -> Iterator[tuple[str, str]]:
        """Id and content hash of every article."""
        yield from self._connection.execute("SELECT id, content_hash FROM articles")

    def all_paths(self) -> Iterator[tuple[str, str]]:
        """Id and path of every article that came from a file."""
        rows = self._connection.execute("SELECT id, path FROM articles WHERE length(path) > 0")
        return ((key, _path(raw)) for key, raw in rows)

    def list_waiting(self) -> list[str]:
        """The ids of the articles that are not yet in all parts of the index."""
        return [row[0] for row in self._connection.execute("SELECT id FROM articles WHERE ready = 0 ORDER BY id")]

    def ready_articles(self) -> list[str]:
        """The ids of the articles that stand in all parts of the index."""
        return [row[0] for row in self._connection.execute("SELECT id FROM articles WHERE ready = 1 ORDER BY id")]

    def seals(self, after: int, limit: int) -> list[tuple[int, str, str | None]]:
        """Number, id and checksum (None: not made yet) of the articles after a number."""
        rows = self._connection.execute(
            "SELECT number, id, checksum FROM articles WHERE number > ? ORDER BY number LIMIT ?", (after, limit)
        )
        return list(rows)

    def version_seals(
        self, after: int, limit: int
    ) -> list[tuple[int, str, str | None, tuple[str, str, str, str]]]:
        """Row, title, checksum and all that it is made of, of the earlier versions after a row."""
        rows = self._connection.execute(
            "SELECT rowid, checksum, article_id, content_hash, title, text FROM versions WHERE rowid > ?"
            " ORDER BY rowid LIMIT ?",
            (after, limit),
        )
        return [(row[0], row[4], row[1], tuple(row[2:])) for row in rows]

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
            published=read_day(row[6]),
            published_text=row[7],
            url=row[8],
            path=_path(row[9]),
            language=row[10],
            author=row[11],
            updated=read_day(row[12]),
            ingested=find_local_day(row[13]),
            claimed=bool(row[14]),
        )

    def versions(self, article_id: str) -> list[tuple[str, str, str]]:
        """The earlier versions of an article, oldest first: when replaced, title, text."""
        rows = self._connection.execute(
            "SELECT replaced_at, title, text FROM versions WHERE article_id = ? ORDER BY replaced_at, rowid",
            (article_id,),
        )
        return list(rows)

    def read_former(self, article_id: str) -> Former | None:
        """All that the catalogue has of an article, as it is written back if it is replaced."""
        rows = self._connection.execute(
            f"SELECT {', '.join(_ROW)} FROM articles WHERE id = ?",  # noqa: S608 - own names
            (article_id,),
        ).fetchall()
        versions = self._connection.execute(
            f"SELECT {', '.join(_VERSION)} FROM versions WHERE article_id = ? ORDER BY replaced_at, rowid",  # noqa: S608
            (article_id,),
        ).fetchall()
        earlier = tuple(dict(zip(_VERSION, version, strict=True)) for version in versions)
        return Former(dict(zip(_ROW, rows[0], strict=True)), earlier) if rows else None

    def count_where(self, where: Filter) -> int:
        """How many articles pass the filter."""
        fits, values = build_condition(where)
        return int(self._one(f"SELECT count(*) FROM articles a WHERE {fits}", values))  # noqa: S608 - own names

    def summaries(
        self,
        where: Filter,
        limit: int | None,
        offset: int,
        order: str = NEWEST,
        among: Sequence[str] | None = None,
    ) -> list[ArticleSummary]:
        """The articles that pass the filter (and are `among` these) in one of `ORDERS`: `limit` after `offset`."""
        fits, values = build_condition(where)
        if among is not None:
            fits += f" AND a.id IN ({', '.join('?' * len(among)) or 'NULL'})"
            values += among
        rows = self._connection.execute(
            "SELECT id, title, source, published, url, path, language, words,"  # noqa: S608 - own names
            " (SELECT count(*) FROM passages p WHERE p.article_id = a.id), updated, ingested, claimed, author"
            f" FROM articles a WHERE {fits} ORDER BY {ORDERS[order]}, id"
            " LIMIT ? OFFSET ?",
            [*values, _ALL if limit is None else limit, offset],
        )
        return [
            ArticleSummary(
                id=row[0],
                title=row[1],
                source=row[2],
                published=read_day(row[3]),
                url=row[4],
                path=_path(row[5]),
                language=row[6],
                words=row[7],
                passages=row[8],
                updated=read_day(row[9]),
                ingested=find_local_day(row[10]),
                claimed=bool(row[11]),
                author=row[12],
            )
            for row in rows
        ]

    def sources(self) -> list[str]:
        """The names of all sources, in alphabetical order."""
        rows = self._connection.execute("SELECT DISTINCT source FROM articles WHERE source != ''")
        return sorted((row[0] for row in rows), key=lambda name: (name.casefold(), name))

    def bylines(self) -> dict[str, int]:
        """How many articles there are of each line of authors."""
        rows = self._connection.execute(
            "SELECT author, count(*) FROM articles WHERE author != '' GROUP BY author ORDER BY 2 DESC, author"
        )
        return dict(rows.fetchall())

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
        return find_groups(self._connection, [row[0] for row in copied])

    def copies(self, article_ids: Sequence[str]) -> dict[str, Copy]:
        """These articles as what is told of a copy, by id."""
        rows = self._select(
            "SELECT id, title, source, published, url, claimed FROM articles WHERE id IN ({keys})", article_ids
        )
        return {row[0]: Copy(row[0], row[1], row[2], read_day(row[3]), row[4], bool(row[5])) for row in rows}

    def articles_of(self, passage_ids: Sequence[str]) -> dict[str, str]:
        """The article of each of these passages that is there."""
        return dict(self._select("SELECT id, article_id FROM passages WHERE id IN ({keys})", passage_ids))

    def ids_where(self, where: Filter, limit: int) -> list[str]:
        """The ids of the newest `limit` articles that pass a filter."""
        fits, values = build_condition(where)
        rows = self._connection.execute(
            f"SELECT a.id FROM articles a WHERE {fits} ORDER BY published DESC LIMIT ?",  # noqa: S608 - own names
            [*values, limit],
        )
        return [row[0] for row in rows]

    def order(self, article_ids: Sequence[str]) -> dict[str, int]:
        """The numbers of these articles, in the order in which they first came."""
        return dict(self._select("SELECT id, number FROM articles WHERE id IN ({keys})", list(set(article_ids))))

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

    def list_numbered(self, after: int, limit: int) -> list[tuple[int, str]]:
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


def build_condition(where: Filter) -> tuple[str, list[object]]:
    """The filter as a condition on articles `a`; a comparison with an unknown day is never true."""
    parts: list[str] = []
    values: list[object] = []
    if where.since:
        parts.append("a.published >= ?")
        values.append(where.since.toordinal())
    if where.until:
        parts.append("a.published <= ?")
        values.append(where.until.toordinal())
    named = (("language", where.languages), ("source", where.sources), ("author", where.authors))
    for column, names in named:
        if names:
            parts.append(f"a.{column} IN ({', '.join('?' * len(names))})")
            values.extend(names)
    return " AND ".join(parts) or "1 = 1", values


def read_day(ordinal: int | None) -> date | None:
    """A day as the catalogue keeps it, its proleptic Gregorian ordinal."""
    return None if ordinal is None else date.fromordinal(ordinal)


def find_local_day(moment: str) -> date:
    """The day of a point in time, where this machine stands."""
    return datetime.fromisoformat(moment).astimezone().date()


def _path(raw: bytes) -> str:
    return raw.decode("utf-8", "surrogatepass")
