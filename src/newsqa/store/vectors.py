"""The vectors in Chroma: one collection, cosine space, our own vectors, a fingerprint of how they were made."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from newsqa.store.faults import mapped
from newsqa.types import Filter

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Array = npt.NDArray[np.float32]

COLLECTION = "passages"
SPACE = "cosine"
_HNSW = {"space": SPACE, "ef_construction": 200, "ef_search": 100, "max_neighbors": 16}
_PAGE = 1000  # Chroma takes at most 5,461 records at once


@dataclass(frozen=True, slots=True)
class Unreachable:
    """How many of the vectors that were asked for by themselves did not come back."""

    asked: int
    lost: int


class Vectors:
    """The Chroma collection in a folder. chromadb is imported at first use, not before."""

    def __init__(self, home: Path, fingerprint: Mapping[str, str | int]) -> None:
        self._home = home
        self.folder = home / "chroma"
        self._fingerprint = dict(fingerprint)
        self._client: Any = None
        self._collection: Any = None
        self._generation = -1
        self._lock = threading.RLock()

    def _open(self, *, create: bool) -> Any:
        """The collection; with `create`, made if it is not there."""
        with self._lock:
            if self._collection is None:
                import chromadb
                from chromadb.config import Settings

                if not create and not (self.folder / "chroma.sqlite3").is_file():
                    raise FileNotFoundError(f"{self.folder} has no Chroma database")
                settings = Settings(anonymized_telemetry=False)
                client: Any = chromadb.PersistentClient(str(self.folder), settings=settings)
                try:
                    if create:
                        collection = client.get_or_create_collection(
                            COLLECTION,
                            embedding_function=None,
                            configuration={"hnsw": _HNSW},
                            metadata=dict(self._fingerprint),
                        )
                    else:
                        collection = client.get_collection(COLLECTION, embedding_function=None)
                except BaseException:
                    client.close()
                    raise
                self._client, self._collection = client, collection
            return self._collection

    def refresh(self, generation: int) -> None:
        """Opens the collection anew if another process has written since: an open one would not see it."""
        with self._lock:
            if self._generation != generation:
                self.close()
                self._generation = generation

    def upsert(self, ids: Sequence[str], vectors: Array, metadatas: Sequence[Mapping[str, str | int]]) -> None:
        """Writes vectors under their passage ids, over any that stand there."""
        with mapped("vectors", self._home):
            for start in range(0, len(ids), _PAGE):
                part = slice(start, start + _PAGE)
                self._open(create=True).upsert(
                    ids=list(ids[part]), embeddings=vectors[part], metadatas=[dict(m) for m in metadatas[part]]
                )

    def delete(self, ids: Sequence[str]) -> None:
        """Drops vectors; an id that is not there is not an error."""
        with mapped("vectors", self._home):
            for start in range(0, len(ids), _PAGE):
                self._open(create=True).delete(ids=list(ids[start : start + _PAGE]))

    def query(self, vector: Array, k: int, where: Filter) -> list[tuple[str, float]]:
        """The passage ids nearest to a vector that pass the filter, with their cosine, best first."""
        with mapped("vectors", self._home):
            result = self._open(create=False).query(
                query_embeddings=[vector], n_results=k, where=_condition(where), include=["distances"]
            )
        pairs = zip(result["ids"][0], result["distances"][0], strict=True)
        return [(key, 1.0 - float(distance)) for key, distance in pairs]

    def ids(self) -> set[str]:
        """The ids of all vectors."""
        found: set[str] = set()
        with mapped("vectors", self._home):
            collection = self._open(create=False)
            for offset in range(0, collection.count(), _PAGE):
                found.update(collection.get(include=[], limit=_PAGE, offset=offset)["ids"])
        return found

    def expect(self, count: int) -> None:
        """Raises `IndexDamagedError` if there are fewer vectors than `count`."""
        with mapped("vectors", self._home):
            held = self._open(create=False).count()
            if held < count:
                raise ValueError(f"{count - held} of {count} are missing")

    def embeddings(self, ids: Sequence[str]) -> Iterator[tuple[list[str], Array]]:
        """The vectors of these ids, as far as they are there, in pages."""
        import numpy as np

        with mapped("vectors", self._home):
            for start in range(0, len(ids), _PAGE):
                page = self._open(create=False).get(ids=list(ids[start : start + _PAGE]), include=["embeddings"])
                if page["ids"]:
                    yield page["ids"], np.asarray(page["embeddings"], dtype=np.float32)

    def unreachable(self, ids: Sequence[str]) -> Unreachable:
        """Asks for each vector by itself: deleting and writing can cut a vector off from Chroma's graph."""
        lost = asked = 0
        with mapped("vectors", self._home):
            for page, vectors in self.embeddings(ids):
                asked += len(page)
                result = self._open(create=False).query(
                    query_embeddings=vectors, n_results=10, include=["distances"]
                )
                rows = zip(page, result["ids"], result["distances"], strict=True)
                # The same words in two outlets have the same vector: then either may come back.
                lost += sum(key not in found and not all(d < 1e-5 for d in near) for key, found, near in rows)
        return Unreachable(asked, lost)

    def fingerprint(self) -> dict[str, Any]:
        """How the stored vectors were made, as the collection itself says."""
        with mapped("vectors", self._home):
            return dict(self._open(create=False).metadata or {})

    def wipe(self) -> None:
        """Deletes the whole collection from the disk, damaged or not."""
        self.close()
        with mapped("vectors", self._home):
            if self.folder.exists():
                shutil.rmtree(self.folder)

    def close(self) -> None:
        """Lets go of the client."""
        with self._lock:
            if self._client is not None:
                self._client.close()
            self._client = self._collection = None


def _condition(where: Filter) -> dict[str, Any] | None:
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
    if len(parts) > 1:
        return {"$and": parts}
    return parts[0] if parts else None
