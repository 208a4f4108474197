"""The vectors in Chroma: one collection, cosine space, our own vectors, a fingerprint of how they were made."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from newsqa.errors import IndexMismatchError
from newsqa.store.chroma import PAGE, ChromaServer
from newsqa.store.faults import mapped
from newsqa.types import Filter

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Array = npt.NDArray[np.float32]

COLLECTION = "passages"
_OWNER = "index"
SPACE = "cosine"
_HNSW = {"space": SPACE, "ef_construction": 200, "ef_search": 100, "max_neighbors": 16}
_PAGE = 1000  # Chroma takes at most 5,461 records at once


@dataclass(frozen=True, slots=True)
class Unreachable:
    """How many of the vectors that were asked for by themselves did not come back."""

    asked: int
    lost: int


class Vectors:
    """The Chroma collection in a folder or on a server. chromadb is imported at first use, not before."""

    def __init__(
        self, home: Path, fingerprint: Mapping[str, str | int], server: ChromaServer | None = None
    ) -> None:
        self._home = home
        self._server = server
        self._page = PAGE if server else _PAGE
        self.folder = home / "chroma"
        self._fingerprint = dict(fingerprint)
        self._owner = ""
        self._client: Any = None
        self._collection: Any = None
        self._generation = -1
        self._lock = threading.RLock()

    def _mapped(self) -> AbstractContextManager[None]:
        return self._server.mapped() if self._server else mapped("vectors", self._home)

    def _open(self, *, create: bool) -> Any:
        """The collection; with `create`, made if it is not there."""
        with self._lock:
            if self._collection is None:
                client = self._client or self._connect(create=create)
                try:
                    collection = self._collection_of(client, create=create)
                    self._check(collection)
                except BaseException:
                    self._client = client
                    self.close()
                    raise
                self._client, self._collection = client, collection
            return self._collection

    def _connect(self, *, create: bool) -> Any:
        if self._server is not None:
            return self._server.connect()
        import chromadb
        from chromadb.config import Settings

        if not create and not (self.folder / "chroma.sqlite3").is_file():
            raise FileNotFoundError(f"{self.folder} has no Chroma database")
        return chromadb.PersistentClient(str(self.folder), settings=Settings(anonymized_telemetry=False))

    def _collection_of(self, client: Any, *, create: bool) -> Any:
        name = self._server.collection if self._server else COLLECTION
        if not create:
            return client.get_collection(name, embedding_function=None)
        owner = {_OWNER: self._owner} if self._owner else {}
        return client.get_or_create_collection(
            name,
            embedding_function=None,
            configuration={"hnsw": _HNSW},
            metadata={**self._fingerprint, **owner},
        )

    def _check(self, collection: Any) -> None:
        """Raises `IndexMismatchError` for a collection on a server that was made differently."""
        made = collection.metadata or {}
        if self._server is not None and any(made.get(name) != value for name, value in self._fingerprint.items()):
            raise IndexMismatchError(
                f"The vectors at {self._server} were made by another encoder or splitter. Go back to the earlier "
                "setting of NEWSQA_ENCODER, or run `newsqa repair --rebuild`."
            )

    def claim(self, owner: str) -> None:
        """Makes the collection on a server that of the index `owner`, or raises `IndexMismatchError`."""
        if self._server is None:
            return
        with self._mapped(), self._lock:
            self._owner = owner
            self._client = self._client or self._connect(create=True)
            made = self._collection_of(self._client, create=True).metadata or {}
            if made.get(_OWNER) != owner:
                raise IndexMismatchError(
                    f"The vectors at {self._server} belong to another index. Set NEWSQA_CHROMA_COLLECTION to a "
                    "name that is not taken, or the settings to those of that index."
                )

    def exists(self) -> bool:
        """Whether there may be vectors: there is a folder, or a server to ask."""
        return self._server is not None or self.folder.exists()

    def refresh(self, generation: int) -> None:
        """Opens the collection anew if another process has written since: an open one would not see it."""
        with self._lock:
            if self._generation != generation:
                if self._server is None:
                    self.close()
                self._collection = None
                self._generation = generation

    def upsert(self, ids: Sequence[str], vectors: Array, metadatas: Sequence[Mapping[str, str | int]]) -> None:
        """Writes vectors under their passage ids, over any that stand there."""
        with self._mapped():
            for start in range(0, len(ids), self._page):
                part = slice(start, start + self._page)
                self._open(create=True).upsert(
                    ids=list(ids[part]), embeddings=vectors[part], metadatas=[dict(m) for m in metadatas[part]]
                )

    def delete(self, ids: Sequence[str]) -> None:
        """Drops vectors; an id that is not there is not an error."""
        with self._mapped():
            for start in range(0, len(ids), self._page):
                self._open(create=True).delete(ids=list(ids[start : start + self._page]))

    def query(self, vector: Array, k: int, where: Filter) -> list[tuple[str, float]]:
        """The passage ids nearest to a vector that pass the filter, with their cosine, best first."""
        with self._mapped():
            result = self._open(create=False).query(
                query_embeddings=[vector], n_results=k, where=_condition(where), include=["distances"]
            )
        pairs = zip(result["ids"][0], result["distances"][0], strict=True)
        return [(key, 1.0 - float(distance)) for key, distance in pairs]

    def ids(self) -> set[str]:
        """The ids of all vectors."""
        found: set[str] = set()
        with self._mapped():
            collection = self._open(create=False)
            for offset in range(0, collection.count(), self._page):
                found.update(collection.get(include=[], limit=self._page, offset=offset)["ids"])
        return found

    def expect(self, count: int) -> None:
        """Raises `IndexDamagedError` if there are fewer vectors than `count`."""
        with self._mapped():
            held = self._open(create=False).count()
            if held < count:
                raise ValueError(f"{count - held} of {count} are missing")

    def embeddings(self, ids: Sequence[str]) -> Iterator[tuple[list[str], Array]]:
        """The vectors of these ids, as far as they are there, in pages."""
        import numpy as np

        with self._mapped():
            for start in range(0, len(ids), self._page):
                part = list(ids[start : start + self._page])
                page = self._open(create=False).get(ids=part, include=["embeddings"])
                if page["ids"]:
                    yield page["ids"], np.asarray(page["embeddings"], dtype=np.float32)

    def unreachable(self, ids: Sequence[str]) -> Unreachable:
        """Asks for each vector by itself: deleting and writing can cut a vector off from Chroma's graph."""
        lost = asked = 0
        with self._mapped():
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
        with self._mapped():
            return dict(self._open(create=False).metadata or {})

    def wipe(self) -> None:
        """Deletes the whole collection, damaged or not."""
        self.close()
        with self._mapped():
            if self._server is not None:
                self._server.drop()
            elif self.folder.exists():
                shutil.rmtree(self.folder)

    def close(self) -> None:
        """Lets go of the client."""
        with self._lock:
            client, self._client, self._collection = self._client, None, None
            if client is not None and self._server is not None:
                self._server.release(client)
            elif client is not None:
                client.close()


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
