"""Changes of the catalogue: articles, their earlier versions, their passages.

An article is `ready` once its passages stand in all parts of the index; until then it waits to be
done again. The ids of deleted passages stay as tombstones until vectors and words have dropped them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from newsqa.store.schema import Connection
from newsqa.store.snapshot import Snapshot
from newsqa.store.stories import Stories
from newsqa.types import Article, Passage


@dataclass(frozen=True, slots=True)
class PassageRow:
    """A passage with the checksum of its vector, ready to be written."""

    passage: Passage
    checksum: int


class CatalogueWriter:
    """The writing side. Every change goes through `transaction`, which is all or nothing."""

    def __init__(self, connection: Connection, mapped: Callable[[], AbstractContextManager[None]]) -> None:
        self._connection = connection
        self._mapped = mapped
        self.stories = Stories(connection)

    def snapshot(self) -> Snapshot:
        """The present state, the open transaction's changes included."""
        return Snapshot(self._connection)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Commits on success, rolls back on any error, an interrupt included."""
        with self._mapped():
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

    def put_article(self, article: Article, passages: Sequence[PassageRow], first_row: int) -> None:
        """Writes an article as waiting, with its passages at consecutive rows of the matrix.

        The passages it had become tombstones. If its content differs from what stood there, that
        becomes an earlier version.
        """
        now = datetime.now(UTC).isoformat(timespec="seconds")
        self._connection.execute(
            "INSERT INTO versions (article_id, replaced_at, content_hash, title, text)"
            " SELECT id, ?, content_hash, title, text FROM articles"
            " WHERE id = ? AND content_hash != ?",
            (now, article.id, article.content_hash),
        )
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
            "ingested": now,
            "title": article.title,
            "blocks": json.dumps([[b.span.start, b.span.end, b.kind] for b in article.blocks]),
            "text": article.text,
            "updated": article.updated.toordinal() if article.updated else None,
            "author": article.author,
            "claimed": int(article.claimed),
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
            "INSERT INTO passages VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                (
                    item.passage.id,
                    article.id,
                    item.passage.ordinal,
                    item.passage.start,
                    item.passage.end,
                    json.dumps([[span.start, span.end] for span in item.passage.sentences]),
                    item.passage.heading,
                    first_row + offset,
                    item.checksum,
                )
                for offset, item in enumerate(passages)
            ],
        )

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

    def set_path(self, article_id: str, path: str) -> None:
        """Notes that an unchanged article now comes from another file."""
        self._connection.execute(
            "UPDATE articles SET path = ? WHERE id = ?",
            (path.encode("utf-8", "surrogatepass"), article_id),
        )

    def set_languages(self, languages: Mapping[str, str]) -> None:
        """Notes the languages of articles that did not say."""
        self._connection.executemany(
            "UPDATE articles SET language = ? WHERE id = ?", [(code, key) for key, code in languages.items()]
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
            self.put_meta({"deleted": str(state.deleted + len(buried))})

    def wait_all(self) -> None:
        """Deletes every passage, and makes every article wait to be split and encoded again."""
        self._connection.execute("DELETE FROM passages")
        self._connection.execute("DELETE FROM tombstones")
        self._connection.execute("UPDATE articles SET ready = 0")

    def move_rows(self, rows: Mapping[str, int]) -> None:
        """Gives every named passage its new row; the rows must be those of a new epoch."""
        # Two steps, because rows are unique at every moment.
        self._connection.execute("UPDATE passages SET row = -1 - row")
        self._connection.executemany(
            "UPDATE passages SET row = ? WHERE id = ?", [(row, key) for key, row in rows.items()]
        )

    def set_checksum(self, passage_id: str, checksum: int) -> None:
        """Notes the checksum of a vector that was written anew."""
        self._connection.execute("UPDATE passages SET checksum = ? WHERE id = ?", (checksum, passage_id))

    def close(self) -> None:
        """Closes the connection; an open transaction is rolled back."""
        self._connection.close()
