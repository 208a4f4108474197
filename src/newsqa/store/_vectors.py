"""The vectors in Chroma: opened when they are needed, and anew when another process has written."""

from __future__ import annotations

import shutil
import threading
import time
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from newsqa.errors import IndexDamagedError, IndexLockedError, IndexMismatchError, NewsIndexError, StorageError
from newsqa.store._collection import Collection
from newsqa.store._embedded import (
    GRAPH,
    SYNC,
    EmbeddedCollection,
    is_torn,
    lock_out_others,
    open_copy,
)
from newsqa.store._faults import map_errors
from newsqa.store.servers import PAGE, ChromaServer

if TYPE_CHECKING:
    from newsqa.store._snapshot import State

SPACE = "cosine"
_HNSW = {"space": SPACE, "ef_construction": 200, "ef_search": 100, "max_neighbors": 16}
_OWNER = "index"
_PAGE = 1000  # Chroma takes at most 5,461 records at once
_PATIENCE = 60.0  # seconds to wait for a writer of another process, where nothing has been opened yet
_WAIT = 0.25  # seconds to wait for one, where what was opened earlier can answer
_AT_ONCE = 20_000  # vectors up to which a search waits until they are opened anew, a tenth of a second
_SPARED = 10  # times as long as opening took, nothing is opened again


@dataclass(slots=True)
class _Opened:
    """An opened collection, the state of the catalogue it was opened in, its size, and how long that took when.

    `to_write` says that it was made if it was not there, and that it writes its graph at once.
    """

    collection: Collection
    owner: str
    epoch: int
    generation: int
    count: int
    seconds: float
    at: float
    to_write: bool

    def shows(self, state: State) -> bool:
        """Whether it has everything that is in this state of the catalogue."""
        return (self.owner, self.epoch) == (state.owner, state.epoch) and self.generation >= state.generation


class Vectors:
    """The collection of an index; many threads may search it while one writes."""

    def __init__(self, home: Path, facts: Mapping[str, str | int], server: ChromaServer | None) -> None:
        self._home = home
        self._server = server
        self._facts = dict(facts)
        self._client: Any = None
        self._opened: _Opened | None = None
        self._writing = False
        self._opening = threading.RLock()
        self._later: threading.Thread | None = None

    def folder(self, epoch: int) -> Path:
        """The folder of an epoch; a new one begins whenever the graph is made anew."""
        return self._home / (f"chroma-{epoch}" if epoch else "chroma")

    def exists(self, state: State) -> bool:
        """Whether there may be vectors: there is a folder, or a server to ask."""
        return self._server is not None or self.folder(state.epoch).exists()

    def is_torn(self, state: State) -> bool:
        """Whether a writer of the graph in a folder ended while it wrote."""
        return self._server is None and is_torn(self.folder(state.epoch))

    def at(self, state: State) -> Collection:
        """The collection as of a state of the catalogue, or, if opening takes long, of a little earlier."""
        now = self._opened
        if now is not None and (self._writing or now.shows(state)):
            return now.collection
        if now is not None and now.count > _AT_ONCE and self._server is None:
            self._open_later(state, now)
            return now.collection
        with self._opening:
            now = self._opened
            if now is None or not now.shows(state):
                now = self._reopen(state, now)
            return now.collection

    def refresh(self, state: State) -> None:
        """Opens the collection anew, whatever is open."""
        with self._opening, self._map_errors():
            if not self._writing:
                self._opened = self._open(state)

    def _reopen(self, state: State, before: _Opened | None) -> _Opened:
        try:
            with self._map_errors():
                self._opened = self._open(state, patience=_PATIENCE if before is None else _WAIT)
        except (IndexLockedError, IndexDamagedError) as error:
            if before is None or (isinstance(error, IndexDamagedError) and not self.is_torn(state)):
                raise
            return before  # it is being written, or that was cut short: what was opened before still answers
        return self._opened

    def _open_later(self, state: State, now: _Opened) -> None:
        """Opens it in a thread of its own, now and then, while searches go on with what there is."""
        with self._opening:
            if self._later is not None and self._later.is_alive():
                return
            if time.monotonic() - now.at < _SPARED * now.seconds and now.owner == state.owner:
                return

            def reopen() -> None:
                with suppress(NewsIndexError), self._map_errors():
                    opened = self._open(state, patience=_PATIENCE)
                    with self._opening:
                        if not self._writing and self._opened is now:
                            self._opened = opened

            self._later = threading.Thread(target=reopen, name="newsqa-vectors", daemon=True)
            self._later.start()

    def _open(self, state: State, *, patience: float = _PATIENCE, create: bool = False) -> _Opened:
        """Opens the collection, and has its graph read."""
        began = time.perf_counter()
        if self._server is not None:
            chroma: Any = self._open_on_server(state, create=create)
            guard: Any = nullcontext
            count = 0
        else:
            folder = self.folder(state.epoch)
            guard = partial(lock_out_others, folder, _PATIENCE)
            try:
                with lock_out_others(folder, patience):
                    made = ({"hnsw": _HNSW | {"sync_threshold": SYNC}}, self._facts) if create else None
                    chroma = EmbeddedCollection(folder, made)
                    count = chroma.count()  # brings what its graph lacks
            except StorageError:
                if create or not folder.is_dir():
                    raise
                chroma = open_copy(folder, patience)
                count = chroma.count()
        page = _PAGE if self._server is None else PAGE
        return _Opened(
            collection=Collection(chroma, page, self._map_errors, guard),
            owner=state.owner,
            epoch=state.epoch,
            generation=state.generation,
            count=count,
            seconds=time.perf_counter() - began,
            at=time.monotonic(),
            to_write=create,
        )

    def _map_errors(self) -> AbstractContextManager[None]:
        return self._server.map_errors() if self._server else map_errors("vectors", self._home)

    def _open_on_server(self, state: State, *, create: bool) -> Any:
        """The collection on a server; raises `IndexMismatchError` for one that is another index's."""
        assert self._server is not None  # noqa: S101
        if self._client is None:
            self._client = self._server.connect()
        if create:
            collection = self._make(state.owner)
        else:
            collection = self._client.get_collection(self._server.collection, embedding_function=None)
        made = collection.metadata or {}
        if any(made.get(name) != value for name, value in self._facts.items()):
            raise IndexMismatchError(
                f"The vectors at {self._server} were made by another encoder or splitter. Go back to the earlier "
                "setting of NEWSQA_ENCODER, or run `newsqa repair --rebuild`."
            )
        return collection

    def _make(self, owner: str) -> Any:
        """The collection on a server, made if it is not there; raises `IndexMismatchError` for another index's."""
        assert self._server is not None  # noqa: S101
        if self._client is None:
            self._client = self._server.connect()
        collection = self._client.get_or_create_collection(
            self._server.collection,
            embedding_function=None,
            configuration={"hnsw": _HNSW},
            metadata=self._facts | {_OWNER: owner},
        )
        if (collection.metadata or {}).get(_OWNER) != owner:
            raise IndexMismatchError(
                f"The vectors at {self._server} belong to another index. Set NEWSQA_CHROMA_COLLECTION to a "
                "name that is not taken, or the settings to those of that index."
            )
        return collection

    @contextmanager
    def writing(self, state: State, after: Callable[[], State]) -> Iterator[None]:
        """For as long as this process writes, its searches see what it has written; `state` is how it begins."""
        with self._opening:
            now = self._opened
            if now is not None and (state.dirty or not now.shows(state) or now.generation != state.generation):
                self._opened = None  # another has written since, and writing from here would lose that
            self._writing = True
        try:
            yield
            if self._opened is not None:
                self._opened.generation = after().generation
        except BaseException:
            self._opened = None
            raise
        finally:
            self._writing = False

    def open_to_write(self, state: State) -> Collection:
        """The collection, made if it is not there."""
        with self._opening:
            if self._opened is None or not self._opened.to_write:
                self._opened = None
                with self._map_errors():
                    self._opened = self._open(state, create=True)
            return self._opened.collection

    def claim(self, state: State) -> None:
        """Makes the collection on a server this index's, or raises `IndexMismatchError`."""
        if self._server is not None:
            with self._map_errors(), self._opening:
                self._make(state.owner)

    @contextmanager
    def refill(self, state: State, epoch: int) -> Iterator[Collection]:
        """A collection for another epoch, empty at first; it takes the place of the present one at the end."""
        following = replace(state, epoch=epoch)
        with self._map_errors():
            shutil.rmtree(self.folder(epoch), ignore_errors=True)
            opened = self._open(following, create=True)
        yield opened.collection
        with self._opening:
            self._opened = opened

    def drop_other_epochs(self, epoch: int) -> None:
        """Deletes the folders of all epochs but one, and what killed writers and earlier versions left there."""
        for folder in [*self._home.glob("chroma*"), self._home / "vectors"]:
            if folder.is_dir() and (self._server is not None or folder != self.folder(epoch)):
                shutil.rmtree(folder, ignore_errors=True)  # Windows keeps what is open, until the next time

    def wipe(self) -> None:
        """Deletes the collection on a server."""
        if self._server is not None:
            with self._map_errors():
                self._opened = None
                self._server.drop()

    def sums(self, state: State) -> dict[str, int]:
        """The checksum of every file of the graph in a folder."""
        folder = self.folder(state.epoch)
        if self._server is not None or not folder.is_dir():
            return {}
        graphs = [path.parent for path in folder.glob(f"*/{GRAPH}")]
        files = [path for graph in graphs for path in sorted(graph.iterdir())]
        with map_errors("vectors", self._home):
            return {str(path.relative_to(folder)): _checksum_of(path) for path in files}

    def close(self) -> None:
        """Lets go of collection and client."""
        with self._opening:
            self._opened = None
            client, self._client = self._client, None
        if client is not None and self._server is not None:
            self._server.release(client)


def _checksum_of(path: Path) -> int:
    """The checksum of a file."""
    value = 0
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            value = zlib.crc32(block, value)
    return value
