"""Changes of the catalogue: articles, their earlier versions, their passages.

An article is `ready` once its passages stand in all parts of the index; until then it waits to be
done again. The ids of deleted passages stay as tombstones until vectors and words have dropped them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime

from newsqa.store._records import seal_article, seal_version
from newsqa.store._schema import Connection
from newsqa.store._snapshot import Snapshot
from newsqa.store._stories import Stories
from newsqa.store._undoing import Former
from newsqa.types import Article, Passage


class CatalogueWriter:
    """The writing side. Every change goes through `transaction`, which is all or nothing."""

    def __init__(self, connection: Connection, map_errors: Callable[[], AbstractContextManager[None]]) -> None:
        self._connection = connection
        self._map_errors = map_errors
        self.stories = Stories(connection)

    def snapshot(self) -> Snapshot:
        """The present state, the open transaction's changes included."""
        return Snapshot(self._connection)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Commits on success, rolls back on any error, an interrupt included."""
        with self._map_errors():
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise

    def put_meta(self, values: Mapping[str, str]) -> None:
        """Sets the named facts about the index."""
        self._connection.executemany(
            "INSERT INTO meta VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
            list(values.items()),
        )

    def drop_meta(self, key: str) -> None:
        """Forgets one fact about the index."""
        self._connection.execute("DELETE FROM meta WHERE key = ?", (key,))

    def put_article(self, article: Article, passages: Sequence[tuple[Passage, int]], keep: int) -> None:
        """Writes an article as waiting, with its passages and their checksums.

        The passages it had become tombstones. If its content differs from what stood there, that
        becomes an earlier version, of which the `keep` newest are kept.
        """
        now = datetime.now(UTC).isoformat(timespec="seconds")
        before = self._connection.execute(
            "SELECT content_hash, title, text, ingested FROM articles WHERE id = ?", (article.id,)
        ).fetchone()
        same = before is not None and before[0] == article.content_hash
        if before is not None and before[0] != "" and not same:
            self._connection.execute(
                "INSERT INTO versions (article_id, replaced_at, content_hash, title, text, checksum)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                (article.id, now, *before[:3], seal_version(article.id, *before[:3])),
            )
            self.prune(keep, article.id)
        self.drop_passages(article.id)
        self.stories.unlink(article.id)
        values = {
            "id": article.id,
            "ready": 0,
            "published": article.published.toordinal() if article.published else None,
            "source": article.source,
            "language": article.language,
            "content_hash": article.content_hash,
            "words": len(article.text.split()),
            "published_text": article.published_text,
            "url": article.url,
            "path": article.path.encode("utf-8", "surrogatepass"),
            "ingested": before[3] if same else now,
            "title": article.title,
            "blocks": json.dumps([[b.span.start, b.span.end, b.kind] for b in article.blocks]),
            "text": article.text,
            "updated": article.updated.toordinal() if article.updated else None,
            "author": article.author,
            "claimed": int(article.claimed),
            "checksum": seal_article(article),
        }
        names = ", ".join(values)
        changes = ", ".join(f"{name} = excluded.{name}" for name in values if name != "id")
        self._connection.execute(
            f"INSERT INTO articles ({names}) VALUES ({', '.join('?' * len(values))})"  # noqa: S608 - own names
            f" ON CONFLICT (id) DO UPDATE SET {changes}",
            list(values.values()),
        )
        self.stories.link(article)
        self._connection.executemany(
            "INSERT INTO passages VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            [
                (
                    passage.id,
                    article.id,
                    passage.ordinal,
                    passage.start,
                    passage.end,
                    json.dumps([[span.start, span.end] for span in passage.sentences]),
                    passage.heading,
                    checksum,
                )
                for passage, checksum in passages
            ],
        )

    def prune(self, keep: int, article_id: str | None = None) -> int:
        """Deletes all but the `keep` newest earlier versions of an article, or of each; returns how many."""
        which, values = ("", ()) if article_id is None else (" WHERE article_id = ?", (article_id,))
        many = self._connection.execute(
            f"SELECT article_id, count(*) FROM versions{which} GROUP BY article_id HAVING count(*) > ?",  # noqa: S608
            (*values, keep),
        ).fetchall()
        for key, count in many:
            self._connection.execute(
                "DELETE FROM versions WHERE rowid IN (SELECT rowid FROM versions WHERE article_id = ?"
                " ORDER BY replaced_at, rowid LIMIT ?)",
                (key, count - keep),
            )
        return sum(count - keep for _, count in many)

    def drop_passages(self, article_id: str) -> None:
        """Deletes an article's passages and leaves their ids as tombstones."""
        self._connection.execute(
            "INSERT INTO tombstones SELECT id FROM passages WHERE article_id = ? ON CONFLICT DO NOTHING",
            (article_id,),
        )
        self._connection.execute("DELETE FROM passages WHERE article_id = ?", (article_id,))

    def drop_article(self, article_id: str) -> None:
        """Deletes an article with its versions and passages, and leaves tombstones."""
        self.drop_passages(article_id)
        self.stories.unlink(article_id)
        self._connection.execute("DELETE FROM articles WHERE id = ?", (article_id,))

    def put_back(self, former: Former) -> None:
        """Writes an article and its earlier versions as they stood, in place of what is there, as waiting."""
        row = {**former.row, "ready": 0}
        self.drop_article(row["id"])
        taken = self._connection.execute("SELECT 1 FROM articles WHERE number = ?", (row["number"],)).fetchone()
        if taken:
            del row["number"]
        self._insert("articles", row)
        for version in former.versions:
            self._insert("versions", {"article_id": row["id"], **version})

    def _insert(self, table: str, row: Mapping[str, object]) -> None:
        marks = ", ".join("?" * len(row))
        self._connection.execute(
            f"INSERT INTO {table} ({', '.join(row)}) VALUES ({marks})",  # noqa: S608 - own names
            list(row.values()),
        )

    def set_path(self, article_id: str, path: str) -> None:
        """Notes that an unchanged article now comes from another file."""
        self._connection.execute(
            "UPDATE articles SET path = ? WHERE id = ?",
            (path.encode("utf-8", "surrogatepass"), article_id),
        )

    def set_languages(self, languages: Mapping[str, str]) -> None:
        """Notes the languages of articles that did not say."""
        self._connection.executemany(
            "UPDATE articles SET language = ?, checksum = NULL WHERE id = ?",
            [(code, key) for key, code in languages.items()],
        )

    def set_ready(self, article_ids: Sequence[str]) -> None:
        """Marks articles as standing in all parts of the index."""
        self._connection.executemany(
            "UPDATE articles SET ready = 1 WHERE id = ?", [(article_id,) for article_id in article_ids]
        )

    def settle(self, buried: Sequence[str] = ()) -> None:
        """There is a new state for readers to see; vectors and words have dropped the `buried` passages."""
        self._connection.executemany("DELETE FROM tombstones WHERE id = ?", [(key,) for key in buried])
        state = self.snapshot().state()
        self.put_meta({"generation": str(state.generation + 1)})
        if buried:
            gone = {"deleted": state.deleted + len(buried), "buried": state.buried + len(buried)}
            self.put_meta({key: str(count) for key, count in gone.items()})

    def wait_all(self) -> None:
        """Deletes every passage, and makes every article wait to be split and encoded again."""
        self._connection.execute("DELETE FROM passages")
        self._connection.execute("DELETE FROM tombstones")
        self._connection.execute("UPDATE articles SET ready = 0")

    def seal(self, article: Article, passages: Mapping[str, int]) -> None:
        """Notes the checksums of an article that had none, and of its passages."""
        self._connection.execute(
            "UPDATE articles SET checksum = ? WHERE id = ?", (seal_article(article), article.id)
        )
        self._connection.executemany(
            "UPDATE passages SET checksum = ? WHERE id = ?",
            [(checksum, key) for key, checksum in passages.items()],
        )

    def seal_version(self, number: int, checksum: str) -> None:
        """Notes the checksum of an earlier version that had none."""
        self._connection.execute("UPDATE versions SET checksum = ? WHERE rowid = ?", (checksum, number))

    def drop_version(self, number: int) -> None:
        """Deletes an earlier version by its row."""
        self._connection.execute("DELETE FROM versions WHERE rowid = ?", (number,))

    def withdraw(self, article_id: str) -> None:
        """Takes a damaged article out of every search; whatever comes in under its id takes its place."""
        self.drop_passages(article_id)
        self._connection.execute("UPDATE articles SET content_hash = '' WHERE id = ?", (article_id,))

    def wait(self, article_ids: Sequence[str]) -> None:
        """Makes articles wait to be split and encoded again."""
        self._connection.executemany("UPDATE articles SET ready = 0 WHERE id = ?", [(key,) for key in article_ids])

    def set_checksum(self, passage_id: str, checksum: int) -> None:
        """Notes the checksum of a passage whose vector was made anew."""
        self._connection.execute("UPDATE passages SET checksum = ? WHERE id = ?", (checksum, passage_id))

    def close(self) -> None:
        """Closes the connection; an open transaction is rolled back."""
        self._connection.close()
