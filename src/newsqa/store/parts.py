"""The parts of an index in one place, and what they must agree on."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from newsqa.errors import IndexMismatchError, NewsIndexError
from newsqa.store.catalogue import Catalogue
from newsqa.store.chroma import ChromaServer
from newsqa.store.matrix import Matrix, NoMatrix, checksum
from newsqa.store.snapshot import Snapshot
from newsqa.store.vectors import SPACE, Vectors
from newsqa.store.words import Words
from newsqa.types import Encoder, Splitter

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Parts:
    """Catalogue, vectors (Chroma and their copy for exact search) and words, with encoder and splitter."""

    home: Path
    encoder: Encoder
    splitter: Splitter
    catalogue: Catalogue
    matrix: Matrix
    vectors: Vectors
    reading_vectors: Vectors
    words: Words
    fingerprint: str
    chroma: ChromaServer | None = None

    @classmethod
    def at(cls, home: Path, encoder: Encoder, splitter: Splitter, chroma: ChromaServer | None = None) -> Parts:
        """The parts of the index in a folder, its vectors on a server if one is given; nothing is opened yet."""
        facts: dict[str, str | int] = {
            "encoder": encoder.name,
            "dimension": encoder.dimension,
            "splitter": splitter.version,
            "space": SPACE,
        }
        return cls(
            home=home,
            encoder=encoder,
            splitter=splitter,
            catalogue=Catalogue(home),
            matrix=(NoMatrix if chroma else Matrix)(home / "vectors", encoder.dimension),
            vectors=Vectors(home, facts, chroma),
            reading_vectors=Vectors(home, facts, chroma),
            words=Words(home),
            fingerprint=json.dumps(facts, sort_keys=True),
            chroma=chroma,
        )

    def mismatch(self, fingerprint: str) -> IndexMismatchError | None:
        """The error if an index with this fingerprint cannot be used with the present encoder and splitter."""
        if not fingerprint or fingerprint == self.fingerprint:
            return None
        theirs, ours = json.loads(fingerprint), json.loads(self.fingerprint)
        differences = "; ".join(
            f"{name} was {theirs.get(name)!r}, is now {ours[name]!r}"
            for name in ours
            if theirs.get(name) != ours[name]
        )
        return IndexMismatchError(
            f"The index at {self.home} was made differently ({differences}). Run `newsqa repair --rebuild` to "
            "split and encode its articles again, or go back to the earlier setting of NEWSQA_ENCODER."
        )

    def damaged_rows(self, now: Snapshot) -> Iterator[tuple[str, int]]:
        """Id and row of the passages whose vector in the matrix is missing or not what was written."""
        if self.chroma is not None:
            return
        state = now.state()
        matrix = self.matrix.rows(state.epoch, state.next_row)
        for key, row, expected in now.passage_rows():
            if matrix is None or checksum(matrix[row]) != expected:
                yield key, row

    def stored_vectors(self, ids: Sequence[str]) -> dict[str, npt.NDArray[np.float32]]:
        """The vectors that Chroma holds for these ids; none if it cannot be read."""
        import numpy as np

        found: dict[str, npt.NDArray[np.float32]] = {}
        try:
            for keys, vectors in self.vectors.embeddings(ids):
                lengths = np.linalg.norm(vectors, axis=1)
                found.update(
                    (key, vector)
                    for key, vector, length in zip(keys, vectors, lengths, strict=True)
                    if abs(length - 1.0) < 1e-3
                )
        except NewsIndexError:
            return found
        finally:
            self.vectors.close()  # Chroma takes seconds for the first write after a read
        return found

    def close(self) -> None:
        """Lets go of every part."""
        self.matrix.forget()
        self.vectors.close()
        self.reading_vectors.close()
        self.words.close()
        self.catalogue.close()


def pages(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    """The items in order, at most `size` at a time."""
    for start in range(0, len(items), size):
        yield items[start : start + size]
