"""Lists of articles in the catalogue: filtered, sorted, found by name; and what there is to filter them by."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Any

from newsqa.store._schema import Connection
from newsqa.text.normal import storable
from newsqa.types import ArticleSummary, Filter

_MANY = 500
_ALL = 2**62
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


class ArticleLists:
    """The queries that list articles, over an open connection."""

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
                path=read_path(row[5]),
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

    def ids_where(self, where: Filter, limit: int) -> list[str]:
        """The ids of the newest `limit` articles that pass a filter."""
        fits, values = build_condition(where)
        rows = self._connection.execute(
            f"SELECT a.id FROM articles a WHERE {fits} ORDER BY published DESC LIMIT ?",  # noqa: S608 - own names
            [*values, limit],
        )
        return [row[0] for row in rows]

    def find(self, name: str) -> list[str]:
        """The ids of the articles that a user may mean: by id, beginning of an id, path, or canonical address."""
        exact = self._connection.execute(
            "SELECT id FROM articles WHERE id = ? OR path = ?",
            (storable(name), name.encode("utf-8", "surrogatepass")),
        ).fetchall()
        if not exact and name.isalnum():
            low = name.lower()
            exact = self._connection.execute(
                "SELECT id FROM articles WHERE id >= ? AND id < ? LIMIT 10", (low, low + "\uffff")
            ).fetchall()
        return [row[0] for row in exact]

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


def read_path(raw: bytes) -> str:
    return raw.decode("utf-8", "surrogatepass")
