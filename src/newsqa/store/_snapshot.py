"""Reads of the catalogue within one state of it, and what has been read, kept for as long as that state stands."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar

from newsqa.store._lists import build_condition, find_local_day, read_day
from newsqa.store._reads import ArticleReads
from newsqa.types import Filter, Passage, Span

T = TypeVar("T")
_MOST_COUNTED = 20_000


@dataclass(frozen=True, slots=True)
class State:
    """What the catalogue says about the index as a whole.

    `owner` is its own id; `epoch` names the folder of its vectors; `stale` names the parts to be filled again, and
    `rebuilding` what is being filled, so that it cannot be searched; `dirty` says that a writer is at work, or did
    not come to its end; `deleted` counts the vectors deleted since Chroma was last probed, `buried` those that its
    graph still holds.
    """

    fingerprint: str = ""
    owner: str = ""
    generation: int = 0
    epoch: int = 0
    stale: tuple[str, ...] = ()
    rebuilding: str = ""
    dirty: bool = False
    deleted: int = 0
    buried: int = 0


class Snapshot(ArticleReads):
    """All queries on the catalogue, over an open connection."""

    def state(self) -> State:
        """The facts about the index as a whole."""
        meta = dict(self._connection.execute("SELECT key, value FROM meta"))
        return State(
            fingerprint=meta.get("fingerprint", ""),
            owner=meta.get("owner", ""),
            generation=int(meta.get("generation", 0)),
            epoch=int(meta.get("epoch", 0)),
            stale=tuple(part for part in ("vectors", "words") if f"stale_{part}" in meta),
            rebuilding=meta.get("rebuilding", ""),
            dirty="dirty" in meta,
            deleted=int(meta.get("deleted", 0)),
            buried=int(meta.get("buried", 0)),
        )

    def meta(self, key: str) -> str:
        """One fact about the index; empty if it is not known."""
        return str(self._one("SELECT value FROM meta WHERE key = ?", (key,)) or "")

    def passage_count(self) -> int:
        """How many passages can be found: all but those of the few articles that wait."""
        waiting = self._select("SELECT count(*) FROM passages WHERE article_id IN ({keys})", self.list_waiting())
        return int(self._one("SELECT count(*) FROM passages")) - sum(int(row[0]) for row in waiting)

    def tombstones(self) -> list[str]:
        """The ids of deleted passages that vectors and words may still hold."""
        return [row[0] for row in self._connection.execute("SELECT id FROM tombstones ORDER BY id")]

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
                "SELECT id, title, source, published, url, language, text, updated, claimed, author,"
                " (SELECT max(replaced_at) FROM versions v WHERE v.article_id = a.id)"
                " FROM articles a WHERE id IN ({keys})",
                sorted({row[1] for row in rows}),
            )
        }
        found = {}
        for key, article_id, ordinal, start, end, sentences, heading in rows:
            _, title, source, published, url, language, text, updated, claimed, author, replaced = articles[
                article_id
            ]
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
                published=read_day(published),
                url=url,
                language=language,
                updated=_find_change(published, updated, replaced),
                claimed=bool(claimed),
                author=author,
            )
        return found

    def filter_passages(self, ids: Sequence[str], where: Filter) -> set[str]:
        """Those of the ids that are passages which can be found, of articles that pass the filter.

        The filter is held against the few rows here: in the query, SQLite may go through all of a source instead.
        """
        found = self._select(
            "SELECT p.id, a.source, a.published, a.language, a.author"
            " FROM passages p JOIN articles a ON a.id = p.article_id WHERE a.ready = 1 AND p.id IN ({keys})",
            ids,
        )
        return {
            key
            for key, source, published, language, author in found
            if where.admits(source, read_day(published), language, author)
        }

    def passages_where(self, where: Filter) -> list[str]:
        """The ids of the passages that can be found of the articles that pass the filter."""
        fits, values = build_condition(where)
        rows = self._connection.execute(
            "SELECT p.id FROM articles a JOIN passages p ON p.article_id = a.id"  # noqa: S608 - own names
            f" WHERE a.ready = 1 AND {fits}",
            values,
        )
        return [row[0] for row in rows]

    def passage_checksums(self) -> list[tuple[str, int]]:
        """Id and checksum of every passage that can be found, in the order in which their articles came."""
        return list(
            self._connection.execute(
                "SELECT p.id, p.checksum FROM articles a JOIN passages p ON p.article_id = a.id"
                " WHERE a.ready = 1 ORDER BY a.number, p.ordinal"
            )
        )

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


def _find_change(published: int | None, updated: int | None, replaced: str | None) -> date | None:
    """The day on which an article was last changed: the one it states, or when another version took its place."""
    days = [updated] if updated is not None and updated != published else []
    if replaced is not None:
        days.append(find_local_day(replaced).toordinal())
    return read_day(max(days, default=None))


class StateCache:
    """What has been read of the catalogue in its present state; it may be shared by threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._state: State | None = None
        self._known: dict[object, Any] = {}
        self._counts: dict[str, int] = {}

    def of(self, now: Snapshot, state: State, read: Callable[[Snapshot], T]) -> T:
        """What `read` says of the snapshot, which is in this state; it is not to be changed."""
        with self._lock:
            known = self._keep_known(state)
            if read in known:
                found: T = known[read]
                return found
        value = read(now)
        with self._lock:
            self._keep_known(state)[read] = value
        return value

    def counts(
        self, state: State, words: Sequence[str], count: Callable[[Sequence[str]], Mapping[str, int]]
    ) -> dict[str, int]:
        """In how many articles each word occurs; `count` is asked for those that are not known in this state."""
        with self._lock:
            self._keep_known(state)
            found = {word: self._counts[word] for word in words if word in self._counts}
        new = [word for word in words if word not in found]
        if new:
            counted = count(new)
            found |= counted
            with self._lock:
                self._keep_known(state)
                if len(self._counts) < _MOST_COUNTED:
                    self._counts.update(counted)
        return found

    def _keep_known(self, state: State) -> dict[object, Any]:
        """What is known in a state; what was known in another is forgotten."""
        if self._state != state:
            self._state, self._known, self._counts = state, {}, {}
        return self._known
