"""One opened collection of Chroma, in a folder or on a server, in the words of newsqa."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from newsqa.types import Filter

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Array = npt.NDArray[np.float32]

Metadata = Mapping[str, str | int]
"""What stands beside a vector: `article_id`, `source`, `language`, and `published` where its day is known."""
_ROUNDS = 3
"""So often vectors that are cut off are written anew."""


@dataclass(frozen=True, slots=True)
class Unreachable:
    """How many vectors were asked for by themselves, and the ids of those that did not come back."""

    asked: int
    lost: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Collection:
    """Reads and writes of a collection; `page` is how many records it takes at once.

    `map_errors` turns its errors into newsqa's, `alone` keeps other processes away while it is written.
    """

    chroma: Any
    page: int
    map_errors: Callable[[], AbstractContextManager[None]]
    alone: Callable[[], AbstractContextManager[None]]

    @property
    def made(self) -> dict[str, Any]:
        """How its vectors were made, as it says itself."""
        return dict(self.chroma.metadata or {})

    def upsert(self, ids: Sequence[str], vectors: Array, facts: Sequence[Metadata]) -> None:
        """Writes vectors under their passage ids, over any that stand there."""
        for part in self._parts(ids):
            with self.map_errors(), self.alone():
                self.chroma.upsert(
                    ids=list(ids[part]), embeddings=vectors[part], metadatas=[dict(one) for one in facts[part]]
                )

    def delete(self, ids: Sequence[str]) -> None:
        """Drops vectors; an id that is not there is not an error."""
        for part in self._parts(ids):
            with self.map_errors(), self.alone():
                self.chroma.delete(ids=list(ids[part]))

    def nearest(
        self, vector: Array, k: int, where: Filter, among: Sequence[str] | None = None
    ) -> list[tuple[str, float]]:
        """The passage ids nearest to a vector, with their cosine, best first: of those `among`, if given."""
        chosen = {"ids": list(among)} if among is not None else {"where": _condition(where)} if where else {}
        with self.map_errors():
            result = self.chroma.query(query_embeddings=[vector], n_results=k, include=["distances"], **chosen)
        pairs = zip(result["ids"][0], result["distances"][0], strict=True)
        return sorted(((key, 1.0 - float(far)) for key, far in pairs), key=lambda hit: (-hit[1], hit[0]))

    def count(self) -> int:
        """How many vectors there are."""
        with self.map_errors():
            return int(self.chroma.count())

    def expect(self, count: int) -> None:
        """Raises `IndexDamagedError` if there are fewer vectors than `count`."""
        with self.map_errors():
            held = int(self.chroma.count())
            if held < count:
                raise ValueError(f"{count - held} of {count} are missing")

    def ids(self) -> set[str]:
        """The ids of all vectors."""
        found: set[str] = set()
        for offset in range(0, self.count(), self.page):
            with self.map_errors():
                found.update(self.chroma.get(include=[], limit=self.page, offset=offset)["ids"])
        return found

    def records(self, ids: Sequence[str]) -> Iterator[tuple[list[str], Array, list[Metadata]]]:
        """Ids, vectors and facts of these passages, as far as they are there, in pages."""
        import numpy as np

        for part in self._parts(ids):
            with self.map_errors():
                page = self.chroma.get(ids=list(ids[part]), include=["embeddings", "metadatas"])
            if page["ids"]:
                facts: list[Metadata] = [dict(one or {}) for one in page["metadatas"]]
                yield page["ids"], np.asarray(page["embeddings"], dtype=np.float32), facts

    def find_unreachable(self, ids: Sequence[str]) -> Unreachable:
        """Asks for each vector by itself: deleting and writing can cut a vector off from Chroma's graph."""
        lost: list[str] = []
        asked = 0
        for page, vectors, _ in self.records(ids):
            asked += len(page)
            with self.map_errors():
                result = self.chroma.query(query_embeddings=list(vectors), n_results=10, include=["distances"])
            rows = zip(page, result["ids"], result["distances"], strict=True)
            # The same words in two outlets have the same vector: then either may come back.
            lost += [key for key, found, near in rows if key not in found and not all(d < 1e-5 for d in near)]
        return Unreachable(asked, tuple(lost))

    def reattach(self, ids: Sequence[str]) -> None:
        """Writes those vectors anew that are cut off from Chroma's graph: a new node is tied to its neighbours."""
        for _ in range(_ROUNDS):
            lost = self.find_unreachable(ids).lost
            for page, vectors, facts in self.records(lost) if lost else ():
                self.delete(page)
                self.upsert(page, vectors, facts)

    def _parts(self, ids: Sequence[str]) -> Iterator[slice]:
        return (slice(start, start + self.page) for start in range(0, len(ids), self.page))


def _condition(where: Filter) -> dict[str, Any]:
    """The filter in Chroma's words: one operator per dict, days as whole numbers."""
    parts: list[dict[str, Any]] = []
    if where.since:
        parts.append({"published": {"$gte": where.since.toordinal()}})
    if where.until:
        parts.append({"published": {"$lte": where.until.toordinal()}})
    if where.languages:
        parts.append({"language": {"$in": list(where.languages)}})
    if where.sources:
        parts.append({"source": {"$in": list(where.sources)}})
    return {"$and": parts} if len(parts) > 1 else parts[0]
