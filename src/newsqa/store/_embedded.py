"""Chroma in a folder, through its own bindings: its Python package takes 0.7 s and 50 MB more to say the same."""

from __future__ import annotations

import json
import shutil
import time
import weakref
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING, Any

from newsqa.errors import IndexDamagedError, IndexLockedError
from newsqa.store._faults import unwritable_error

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

NAME = "passages"
DATABASE = "chroma.sqlite3"
_LOCK = "vectors.lock"
_MARK = "writing"  # there while the graph may be written; older than the graph if that was not brought to its end
_PLACE = ("default_tenant", "default_database")
_OPEN_GRAPHS = 8
_LONGEST_WRITE = 10.0  # seconds that a batch is written in, at most
SYNC = 2
"""Changes after which the graph is written to the disk: at once, since whoever opens it makes up for others."""
GRAPH = "index_metadata.pickle"
"""The file that is there once a graph has been written."""


class EmbeddedCollection:
    """A collection in a folder, with those methods of chromadb's `Collection` that newsqa calls."""

    def __init__(self, folder: Path, create: tuple[Mapping[str, Any], Mapping[str, Any]] | None = None) -> None:
        """Opens it; `create` has the configuration and the metadata to make it with if it is not there."""
        if create is None and not (folder / DATABASE).is_file():
            raise FileNotFoundError(f"{folder} has no Chroma database")
        folder.mkdir(parents=True, exist_ok=True)
        self._bindings = _bindings(folder)
        if create is None:
            found = self._bindings.get_collection(NAME, *_PLACE)
        else:
            configuration, metadata = create
            wanted = json.dumps(configuration)
            found = self._bindings.create_collection(NAME, wanted, None, dict(metadata), True, *_PLACE)
            if found.configuration["hnsw"]["sync_threshold"] != SYNC:  # made by an earlier version of newsqa
                self._write_at_once(str(found.id))
                self._bindings = _bindings(folder)
        self._id = str(found.id)
        self.metadata: dict[str, Any] = dict(found.metadata or {})

    def _write_at_once(self, key: str) -> None:
        """Has the graph written at each change, from the next opening on; one just dropped may be in the way."""
        update = json.dumps({"hnsw": {"sync_threshold": SYNC}})
        for wait in (0.05, 0.2, 0.5, 1.0, 2.0, None):
            try:
                self._bindings.update_collection(key, None, None, update)
            except Exception as error:
                if wait is None or "is locked" not in str(error):
                    raise
                time.sleep(wait)
            else:
                return

    def upsert(
        self, ids: Sequence[str], embeddings: npt.NDArray[np.float32], metadatas: Sequence[Mapping[str, Any]]
    ) -> None:
        """Writes vectors under their ids, over any that stand there."""
        rows = [dict(one) for one in metadatas]
        self._bindings.upsert(self._id, list(ids), list(embeddings), rows, None, None, *_PLACE)

    def delete(self, ids: Sequence[str]) -> None:
        """Drops vectors; an id that is not there is not an error."""
        self._bindings.delete(self._id, list(ids), None, None, None, *_PLACE)

    def query(
        self,
        query_embeddings: Sequence[Any],
        n_results: int,
        include: Sequence[str],
        where: Mapping[str, Any] | None = None,
        ids: Sequence[str] | None = None,
    ) -> dict[str, Any]:
        """The nearest of all vectors, or of those that are named by `ids` or pass `where`."""
        found = self._bindings.query(
            self._id,
            None if ids is None else list(ids),
            list(query_embeddings),
            n_results,
            json.dumps(where) if where else None,
            None,
            list(include),
            *_PLACE,
        )
        return {"ids": found.ids, "distances": found.distances}

    def get(
        self,
        include: Sequence[str],
        ids: Sequence[str] | None = None,
        limit: int | None = None,
        offset: int | None = None,
    ) -> dict[str, Any]:
        """Records by their ids, or all of them in pages."""
        named = None if ids is None else list(ids)
        found = self._bindings.get(self._id, named, None, limit, offset or 0, None, list(include), *_PLACE)
        return {"ids": found.ids, "embeddings": found.embeddings, "metadatas": found.metadatas}

    def count(self) -> int:
        """How many vectors there are."""
        return int(self._bindings.count(self._id, *_PLACE))


def _bindings(folder: Path) -> Any:
    import chromadb_rust_bindings as rust

    place = rust.SqliteDBConfig(
        hash_type=rust.MigrationHash.MD5, migration_mode=rust.MigrationMode.Apply, url=str(folder / DATABASE)
    )
    return rust.Bindings(
        allow_reset=False, sqlite_db_config=place, persist_path=str(folder), hnsw_cache_size=_OPEN_GRAPHS
    )


@contextmanager
def lock_out_others(folder: Path, patience: float) -> Iterator[None]:
    """Keeps other processes from opening or writing the vectors in a folder: Chroma reads its files whole, and
    writes over them. Raises `IndexLockedError` after `patience` seconds, `IndexDamagedError` if one ended while
    it wrote, `StorageError` in a read-only folder."""
    from filelock import FileLock, Timeout

    home, mark = folder.parent, folder / _MARK
    lock = FileLock(home / _LOCK, timeout=patience, poll_interval=0.01)
    try:
        lock.acquire()
    except Timeout as error:
        raise IndexLockedError(
            f"Another process is writing vectors to the index at {home}. Try again in a moment."
        ) from error
    except OSError as error:
        raise unwritable_error(error, home) from error
    try:
        _check_whole(folder)
        _mark(mark)
        try:
            yield
        except KeyboardInterrupt:  # comes when Chroma is done
            mark.unlink(missing_ok=True)
            raise
        mark.unlink(missing_ok=True)
    finally:
        lock.release()


def _mark(mark: Path) -> None:
    """Leaves a mark with the present time in a folder, if that is there."""
    try:
        if mark.parent.is_dir():
            mark.touch()
    except OSError as error:
        raise unwritable_error(error, mark.parent) from error


def is_torn(folder: Path) -> bool:
    """Whether the graph was being written when that ended: to open it may end or hang a process."""
    try:
        since = (folder / _MARK).stat().st_mtime_ns
    except OSError:
        return False
    return any(path.stat().st_mtime_ns >= since for path in folder.glob("*/*"))


def _check_whole(folder: Path) -> None:
    """Raises `IndexDamagedError` for a graph that is torn."""
    if is_torn(folder):
        raise IndexDamagedError(
            f"The vectors of the index at {folder.parent} were being written when that was cut short. The next "
            "`newsqa ingest` makes them anew, and so does `newsqa repair`; no article is lost."
        )


def open_copy(folder: Path, patience: float) -> EmbeddedCollection:
    """The collection in a folder that may not be written to, which lasts as long as its copy.

    Nobody can be locked out of such a folder: a writer elsewhere that has begun is waited for.
    """
    until = time.monotonic() + min(patience, _LONGEST_WRITE)
    while is_torn(folder) and time.monotonic() < until:
        time.sleep(0.01)
    _check_whole(folder)
    copy = mkdtemp(prefix="newsqa-vectors-")
    try:
        chroma = EmbeddedCollection(_mirror(folder, Path(copy)))
    except BaseException:
        shutil.rmtree(copy, ignore_errors=True)
        raise
    weakref.finalize(chroma, shutil.rmtree, copy, ignore_errors=True)
    return chroma


def _mirror(folder: Path, place: Path) -> Path:
    """A copy of a folder that may not be written to, in `place`: Chroma wants to write even when it only reads.

    The graph is linked to, its database copied.
    """
    for path in folder.iterdir():
        if path.is_dir():
            (place / path.name).symlink_to(path.resolve(), target_is_directory=True)
        elif path.name == DATABASE:
            shutil.copyfile(path, place / path.name)
    return place
