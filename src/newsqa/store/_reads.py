"""Reads of the catalogue that tell of articles one by one: their texts, their versions, how far each has come."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from newsqa.store._lists import ArticleLists, find_local_day, read_day, read_path
from newsqa.store._stories import find_groups
from newsqa.store._undoing import Former
from newsqa.text.normal import storable
from newsqa.types import Article, Block, Copy, Span

_ARTICLE = (
    "id, title, text, content_hash, blocks, source, published, published_text, url, path, language, author,"
    " updated, ingested, claimed"
)
_ROW = (
    "number", "id", "published", "source", "language", "content_hash", "words", "published_text", "url", "path",
    "ingested", "title", "blocks", "updated", "author", "claimed", "checksum", "text",
)  # fmt: skip
_VERSION = ("replaced_at", "content_hash", "title", "text", "checksum")


class ArticleReads(ArticleLists):
    """The queries that tell of single articles, and of how far each has come."""

    def article_count(self) -> int:
        """How many articles there are, waiting ones included."""
        return int(self._one("SELECT count(*) FROM articles"))

    def has_articles(self) -> bool:
        """Whether there is any article."""
        return self._one("SELECT 1 FROM articles LIMIT 1") is not None

    def content_hashes(self, article_ids: Sequence[str]) -> dict[str, tuple[str, str]]:
        """The content hash and the path of each of these articles that is known."""
        rows = self._select("SELECT id, content_hash, path FROM articles WHERE id IN ({keys})", article_ids)
        return {row[0]: (row[1], read_path(row[2])) for row in rows}

    def all_content_hashes(self) -> Iterator[tuple[str, str]]:
        """Id and content hash of every article."""
        yield from self._connection.execute("SELECT id, content_hash FROM articles")

    def all_paths(self) -> Iterator[tuple[str, str]]:
        """Id and path of every article that came from a file."""
        rows = self._connection.execute("SELECT id, path FROM articles WHERE length(path) > 0")
        return ((key, read_path(raw)) for key, raw in rows)

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
            (storable(article_id),),
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
            path=read_path(row[9]),
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

    def order(self, article_ids: Sequence[str]) -> dict[str, int]:
        """The numbers of these articles, in the order in which they first came."""
        return dict(self._select("SELECT id, number FROM articles WHERE id IN ({keys})", list(set(article_ids))))

    def without_language(self, limit: int) -> list[str]:
        """The ids of the first articles whose language has not been told."""
        rows = self._connection.execute(
            "SELECT id FROM articles WHERE language = '' ORDER BY number LIMIT ?", (limit,)
        )
        return [row[0] for row in rows]

    def list_numbered(self, after: int, limit: int) -> list[tuple[int, str]]:
        """Number and id of the articles after a number, in the order in which they came."""
        rows = self._connection.execute(
            "SELECT number, id FROM articles WHERE number > ? ORDER BY number LIMIT ?", (after, limit)
        )
        return list(rows)
