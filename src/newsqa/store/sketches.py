"""Sketches of the vectors: a few bytes for each, by which a search tells the near ones without reading the rest.

A sketch is the sign of each coordinate after a fixed rotation (random hyperplanes: Charikar, STOC 2002), together
with the day, source and language of the passage's article, so that a filter costs no look-up. The rows are those
of the matrix, and like there a row that the catalogue does not name is dead. They lie in blocks of 1,024,
by column.
"""

from __future__ import annotations

import os
import threading
import zlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from newsqa.types import Filter

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Vectors = npt.NDArray[np.float32]
    Rows = npt.NDArray[np.int64]

VERSION = "signs-1"
"""Changes whenever the same vectors would have other sketches; part of what the catalogue remembers."""

BLOCK = 1024
_AT_ONCE = 32  # blocks whose bits stay in the processor's cache
_UNDATED = -1
_FAR = 65535
_SEED, _TURNS = 384, 3

Facts = Mapping[str, str | int]
"""What `records.metadata` says of a passage: `source`, `language`, and `published` where its day is known."""


class Sketches:
    """The files `vectors/<epoch>.bits`, beside those of the matrix and written with them."""

    def __init__(self, folder: Path, dimension: int) -> None:
        self._folder = folder
        self._dimension = dimension
        self._words = -(-dimension // 64)
        self._lock = threading.Lock()
        self._mapped: tuple[int, Any] | None = None
        self._rotation: list[tuple[Vectors, Rows]] | None = None

    def path(self, epoch: int) -> Path:
        """The file of an epoch."""
        return self._folder / f"{epoch:06d}.bits"

    def write(self, epoch: int, row: int, vectors: Vectors, facts: Sequence[Facts]) -> None:
        """Writes consecutive rows from `row` on, and returns when they are on the disk."""
        layout = self._layout()
        fields: Mapping[str, Any] = layout.fields or {}
        columns = self.columns(vectors, facts)
        path = self.path(epoch)
        self._folder.mkdir(parents=True, exist_ok=True)
        with path.open("r+b" if path.exists() else "w+b") as file:
            for first, last in _blocks(row, row + len(vectors)):
                block, place = divmod(first, BLOCK)
                for name, values in columns.items():
                    kind, offset = fields[name][:2]
                    part = values[first - row : last - row].T.reshape(-1, last - first)  # one line for each word
                    for line, content in enumerate(part):
                        at = block * layout.itemsize + offset + (line * BLOCK + place) * kind.base.itemsize
                        file.seek(at)
                        file.write(content.tobytes())
            whole = -(-(row + len(vectors)) // BLOCK) * layout.itemsize
            file.flush()
            if os.fstat(file.fileno()).st_size < whole:
                file.truncate(whole)
            os.fsync(file.fileno())

    def columns(self, vectors: Vectors, facts: Sequence[Facts]) -> dict[str, npt.NDArray[Any]]:
        """The sketches of vectors by column; `bits` has the shape (len(vectors), words)."""
        import numpy as np

        return {
            "bits": self._signs(vectors),
            "day": np.array([one.get("published", _UNDATED) for one in facts], dtype="<i4"),
            "source": np.array([_code(str(one["source"])) for one in facts], dtype="<u4"),
            "language": np.array([_code(str(one["language"])) for one in facts], dtype="<u4"),
        }

    def stored(self, epoch: int, first: int, last: int) -> dict[str, npt.NDArray[Any]] | None:
        """The columns of the rows from `first` to before `last`; None if they are not there."""
        import numpy as np

        blocks = self.blocks(epoch, last)
        if blocks is None:
            return None
        part = blocks[first // BLOCK : -(-last // BLOCK)]
        rows = slice(first % BLOCK, first % BLOCK + last - first)
        bits = np.moveaxis(part["bits"], 1, 2).reshape(-1, self._words)[rows]
        return {"bits": bits} | {name: part[name].ravel()[rows] for name in ("day", "source", "language")}

    def blocks(self, epoch: int, count: int) -> npt.NDArray[Any] | None:
        """The blocks that hold the first `count` rows, read-only and memory-mapped; None if they are not there."""
        import numpy as np

        wanted = -(-count // BLOCK)
        with self._lock:
            if self._mapped is None or self._mapped[0] != epoch or len(self._mapped[1]) < wanted:
                layout = self._layout()
                try:
                    held = self.path(epoch).stat().st_size // layout.itemsize
                    if held < wanted or not wanted:
                        return None
                    self._mapped = (epoch, np.memmap(self.path(epoch), dtype=layout, mode="r", shape=(held,)))
                except OSError:
                    return None
            blocks: npt.NDArray[Any] = np.asarray(self._mapped[1][:wanted])
            return blocks

    def near(self, blocks: npt.NDArray[Any], count: int, vector: Vectors, wanted: int, where: Filter) -> Rows:
        """At least `wanted` of the first `count` rows that pass the filter, as far as there are: in order, those
        whose sketch is nearest to that of a unit vector. A filter may let through a few rows too many."""
        import numpy as np

        query = self._signs(vector[None])[0]
        far = np.empty((len(blocks), BLOCK), dtype=np.uint16)
        for start in range(0, len(blocks), _AT_ONCE):
            part = slice(start, start + _AT_ONCE)
            different = np.bitwise_count(blocks["bits"][part] ^ query[None, :, None])
            np.sum(different, axis=1, dtype=np.uint16, out=far[part])
            if where:
                far[part][~_passing(blocks[part], where)] = _FAR
        flat = far.reshape(-1)[:count]
        low, high = 0, 64 * self._words
        while low < high:
            middle = (low + high) // 2
            if np.count_nonzero(flat <= middle) >= wanted:
                high = middle
            else:
                low = middle + 1
        return np.flatnonzero(flat <= low)

    def forget(self) -> None:
        """Lets go of the memory map."""
        with self._lock:
            self._mapped = None

    def drop_other_epochs(self, epoch: int) -> None:
        """Deletes the files of all epochs but one, as far as the system lets them be deleted."""
        for path in self._folder.glob("*.bits"):
            if path != self.path(epoch):
                try:
                    path.unlink()
                except OSError:  # Windows keeps a mapped file
                    continue

    def _layout(self) -> np.dtype[Any]:
        import numpy as np

        return np.dtype(
            [
                ("bits", "<u8", (self._words, BLOCK)),
                ("day", "<i4", BLOCK),
                ("source", "<u4", BLOCK),
                ("language", "<u4", BLOCK),
            ]
        )

    def _signs(self, vectors: Vectors) -> npt.NDArray[np.uint64]:
        """The signs of the rotated vectors as bits, shape (len(vectors), words).

        Sums and differences alone turn them, so that the bits are the same on every machine, and no thread waits
        for another as in a matrix product.
        """
        import numpy as np

        width = 64 * self._words
        turned = np.zeros((len(vectors), width), dtype=np.float32)
        turned[:, : self._dimension] = vectors
        for signs, order in self._turns():
            turned = (turned * signs)[:, order]
            half = 1
            while half < 64:  # the Hadamard transform of each 64 coordinates
                pairs = turned.reshape(len(vectors), -1, 2, half)
                one, other = pairs[:, :, 0], pairs[:, :, 1]
                turned = np.stack((one + other, one - other), axis=2).reshape(len(vectors), width)
                half *= 2
        return np.packbits(turned > 0, axis=1, bitorder="little").view("<u8")

    def _turns(self) -> list[tuple[Vectors, Rows]]:
        """For each turn of the rotation: the coordinates whose sign changes, and their new order."""
        import numpy as np

        if self._rotation is None:
            chance, width = np.random.RandomState(_SEED), 64 * self._words  # its numbers never change
            self._rotation = [
                (np.float32(1) - 2 * chance.randint(0, 2, width).astype(np.float32), chance.permutation(width))
                for _ in range(_TURNS)
            ]
        return self._rotation


def _blocks(first: int, last: int) -> Iterator[tuple[int, int]]:
    """The rows from `first` to before `last`, cut where blocks end."""
    while first < last:
        end = min(last, (first // BLOCK + 1) * BLOCK)
        yield first, end
        first = end


def _passing(blocks: npt.NDArray[Any], where: Filter) -> npt.NDArray[np.bool_]:
    import numpy as np

    passing = np.ones(blocks["day"].shape, dtype=bool)
    if where.since or where.until:
        days = blocks["day"]
        passing &= days >= (where.since.toordinal() if where.since else 0)
        if where.until:
            passing &= days <= where.until.toordinal()
    for name, values in (("source", where.sources), ("language", where.languages)):
        if values:  # one by one, since there are few; np.isin takes ten times as long
            passing &= np.logical_or.reduce([blocks[name] == np.uint32(_code(value)) for value in values])
    return passing


def _code(text: str) -> int:
    """A number for a source or a language; two may share one, so that the catalogue has the last word."""
    return zlib.crc32(text.encode("utf-8", "surrogatepass"))
