"""Copies of one report, found as articles are written: pairs in the catalogue, groups when they are asked for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date

from newsqa.store._schema import Connection
from newsqa.text.copies import MAX_DAYS, Fingerprint, are_copies, days_between
from newsqa.types import Article

_CANDIDATES = 40
"""Articles that are compared with a new one word by word, those with the most keys in common."""

_GROUP = 500
"""Articles of one group that are ever told."""


class Stories:
    """The pairs of copies among the articles of a catalogue, over a connection that is writing."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def link(self, article: Article) -> None:
        """Notes the keys of an article that has just been written, and the articles that it is a copy of."""
        number = self._number(article.id)
        mine = Fingerprint.of(article.text)
        keys = mine.keys()
        if number is None or not keys:
            return
        shared: Counter[int] = Counter()
        day = article.published.toordinal() if article.published else None
        for key in keys:
            shared.update(row[0] for row in self._connection.execute(_SHARING, (key, number, day, day)))
        pairs: list[tuple[int, int]] = []
        for other, _ in shared.most_common(_CANDIDATES):
            text, published = self._connection.execute(
                "SELECT text, published FROM articles WHERE number = ?", (other,)
            ).fetchone() or ("", None)
            apart = days_between(article.published, None if published is None else date.fromordinal(published))
            if are_copies(mine, Fingerprint.of(text), apart):
                pairs += [(number, other), (other, number)]
        self._connection.executemany("INSERT INTO copies VALUES (?, ?) ON CONFLICT DO NOTHING", pairs)
        self._connection.executemany(
            "INSERT INTO story_keys VALUES (?, ?) ON CONFLICT DO NOTHING", [(k, number) for k in keys]
        )

    def unlink(self, article_id: str) -> None:
        """Forgets the keys and copies of an article whose text still stands there."""
        row = self._connection.execute("SELECT number, text FROM articles WHERE id = ?", (article_id,)).fetchone()
        if row is None:
            return
        number, keys = row[0], Fingerprint.of(row[1]).keys()
        self._connection.executemany(
            "DELETE FROM story_keys WHERE key = ? AND number = ?", [(key, number) for key in keys]
        )
        others = self._connection.execute("SELECT other FROM copies WHERE number = ?", (number,)).fetchall()
        self._connection.executemany(
            "DELETE FROM copies WHERE number = ? AND other = ?",
            [pair for (other,) in others for pair in ((number, other), (other, number))],
        )

    def clear(self) -> None:
        """Forgets all keys and copies."""
        self._connection.execute("DELETE FROM story_keys")
        self._connection.execute("DELETE FROM copies")

    def _number(self, article_id: str) -> int | None:
        row = self._connection.execute("SELECT number FROM articles WHERE id = ?", (article_id,)).fetchone()
        return None if row is None else int(row[0])


_SHARING = f"""
SELECT k.number FROM story_keys k JOIN articles a ON a.number = k.number
WHERE k.key = ? AND k.number != ?
    AND (CAST(? AS INTEGER) IS NULL OR a.published IS NULL OR abs(a.published - ?) <= {MAX_DAYS})
ORDER BY k.number DESC LIMIT 200
"""  # noqa: S608 - an own number


def find_groups(connection: Connection, article_ids: Iterable[str]) -> dict[str, list[str]]:
    """For each of the articles that has copies: the ids of its whole group, itself included, in a fixed order."""
    found: dict[str, list[str]] = {}
    for article_id in dict.fromkeys(article_ids):
        if article_id in found:
            continue
        rows: Sequence[tuple[str]] = connection.execute(_GROUPED, (article_id, _GROUP)).fetchall()
        if len(rows) > 1:
            group = sorted(row[0] for row in rows)
            found |= dict.fromkeys(group, group)
    return found


_GROUPED = """
WITH RECURSIVE story (number) AS (
    SELECT number FROM articles WHERE id = ?
    UNION SELECT c.other FROM copies c JOIN story s ON c.number = s.number
)
SELECT a.id FROM (SELECT number FROM story LIMIT ?) s JOIN articles a ON a.number = s.number WHERE a.ready = 1
"""
