"""The copy of the vectors for exact search: one raw, memory-mapped matrix of float32 rows.

The catalogue says which row belongs to which passage; a row that it does not name is dead. So a
batch is appended before the catalogue names its rows, and nothing here can disagree with it.
"""

from __future__ import annotations

import os
import threading
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Vectors = npt.NDArray[np.float32]

_ITEM = 4


class Matrix:
    """The files `vectors/<epoch>.f32`; a new epoch begins whenever the rows are numbered anew."""

    def __init__(self, folder: Path, dimension: int) -> None:
        self._folder = folder
        self._dimension = dimension
        self._lock = threading.Lock()
        self._mapped: tuple[int, Any] | None = None

    def path(self, epoch: int) -> Path:
        """The file of an epoch."""
        return self._folder / f"{epoch:06d}.f32"

    def write(self, epoch: int, row: int, vectors: Vectors) -> None:
        """Writes consecutive rows from `row` on, and returns when they are on the disk."""
        path = self.path(epoch)
        self._folder.mkdir(parents=True, exist_ok=True)
        with path.open("r+b" if path.exists() else "w+b") as file:
            file.seek(row * self._dimension * _ITEM)
            file.write(vectors.astype("<f4").tobytes())
            file.flush()
            os.fsync(file.fileno())

    def rows(self, epoch: int, count: int) -> Vectors | None:
        """The first `count` rows, read-only and memory-mapped; None if the file does not hold them."""
        import numpy as np

        with self._lock:
            if self._mapped is not None:
                known, matrix = self._mapped
                if known == epoch and len(matrix) >= count:
                    return matrix[:count]  # type: ignore[no-any-return]
            try:
                size = self.path(epoch).stat().st_size // (self._dimension * _ITEM)
                if size < count or count == 0:
                    return None
                matrix = np.memmap(self.path(epoch), dtype="<f4", mode="r", shape=(size, self._dimension))
            except OSError:
                return None
            self._mapped = (epoch, matrix)
            return matrix[:count]

    def forget(self) -> None:
        """Lets go of the memory map."""
        with self._lock:
            self._mapped = None

    def drop_other_epochs(self, epoch: int) -> None:
        """Deletes the files of all epochs but one; a file that a reader still holds stays until next time."""
        for path in self._folder.glob("*.f32"):
            if path != self.path(epoch):
                try:
                    path.unlink()
                except OSError:  # Windows keeps a mapped file
                    continue


class NoMatrix(Matrix):
    """No copy at all: with vectors on a server, nothing is kept in a folder."""

    def write(self, epoch: int, row: int, vectors: Vectors) -> None:
        """Writes nothing, so that there are no rows."""


def checksum(vector: Vectors) -> int:
    """The checksum of one row, which the catalogue keeps to tell a damaged row from a sound one."""
    return zlib.crc32(vector.astype("<f4").tobytes())


def nearest(
    matrix: Vectors, vector: Vectors, k: int, allowed: npt.NDArray[np.int64] | None
) -> tuple[npt.NDArray[np.int64], Vectors]:
    """The `k` rows with the highest inner product, best first, and their scores.

    `allowed` holds the row numbers to choose from (None: all). Equal scores are ordered by row.
    """
    import numpy as np

    # A matrix product would be spread over all cores, and wait for the busiest of them.
    matrix = np.asarray(matrix)
    if allowed is None:
        rows = np.arange(len(matrix), dtype=np.int64)
        scores = np.vecdot(matrix, vector)
    elif len(allowed) * 4 < len(matrix):
        rows = allowed
        scores = np.vecdot(matrix[allowed], vector)
    else:
        rows = allowed
        scores = np.vecdot(matrix, vector)[allowed]
    if len(rows) > k:
        best = np.argpartition(-scores, k - 1)[:k]
        rows, scores = rows[best], scores[best]
    order = np.lexsort((rows, -scores))
    return rows[order], scores[order]
