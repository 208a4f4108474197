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
from newsqa.store.faults import mapped
from newsqa.store.matrix import Matrix, NoMatrix, checksum
from newsqa.store.pgwords import PostgresWords
from newsqa.store.postgres import Database, PostgresCatalogue
from newsqa.store.sketches import Facts, Sketches
from newsqa.store.snapshot import Snapshot
from newsqa.store.vectors import SPACE, Vectors
from newsqa.store.words import Words
from newsqa.types import Encoder, Splitter

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

T = TypeVar("T")
_PAGE = 5000


@dataclass(frozen=True, slots=True)
class Parts:
    """Catalogue, vectors (Chroma and their copy for exact search) and words, with encoder and splitter."""

    home: Path
    encoder: Encoder
    splitter: Splitter
    catalogue: Catalogue | PostgresCatalogue
    matrix: Matrix
    sketches: Sketches
    vectors: Vectors
    reading_vectors: Vectors
    words: Words | PostgresWords
    fingerprint: str
    place: str
    chroma: ChromaServer | None = None

    @classmethod
    def at(
        cls,
        home: Path,
        encoder: Encoder,
        splitter: Splitter,
        chroma: ChromaServer | None = None,
        database: str = "",
    ) -> Parts:
        """The parts of the index in a folder, or on servers as far as they are given; nothing is opened yet."""
        facts: dict[str, str | int] = {
            "encoder": encoder.name,
            "dimension": encoder.dimension,
            "splitter": splitter.version,
            "space": SPACE,
        }
        shared = Database(database) if database else None
        return cls(
            home=home,
            encoder=encoder,
            splitter=splitter,
            catalogue=PostgresCatalogue(shared) if shared else Catalogue(home),
            matrix=(NoMatrix if chroma else Matrix)(home / "vectors", encoder.dimension),
            sketches=Sketches(home / "vectors", encoder.dimension),
            vectors=Vectors(home, facts, chroma),
            reading_vectors=Vectors(home, facts, chroma),
            words=PostgresWords(shared) if shared else Words(home),
            place=str(shared or home),
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
            f"The index at {self.place} was made differently ({differences}). Run `newsqa repair --rebuild` to "
            "split and encode its articles again, or go back to the earlier setting of NEWSQA_ENCODER."
        )

    def write_rows(self, epoch: int, row: int, vectors: npt.NDArray[np.float32], facts: Sequence[Facts]) -> None:
        """Writes consecutive rows of the matrix with their sketches, and returns when they are on the disk."""
        if self.chroma is not None:
            return
        with mapped("vectors", self.home):
            self.matrix.write(epoch, row, vectors)
            self.sketches.write(epoch, row, vectors, facts)

    def drop_other_epochs(self, epoch: int) -> None:
        """Deletes the rows and sketches of all epochs but one."""
        self.matrix.drop_other_epochs(epoch)
        self.sketches.drop_other_epochs(epoch)

    def damaged_rows(self, now: Snapshot) -> Iterator[tuple[str, int]]:
        """Id and row of the passages whose vector in the matrix is missing or not what was written."""
        if self.chroma is not None:
            return
        state = now.state()
        matrix = self.matrix.rows(state.epoch, state.next_row)
        for key, row, expected in now.passage_rows():
            if matrix is None or checksum(matrix[row]) != expected:
                yield key, row

    def wrong_sketches(self, now: Snapshot) -> int:
        """How many passages have not the sketch that their vector and their article should have."""
        import numpy as np

        state = now.state()
        matrix = self.matrix.rows(state.epoch, state.next_row)
        if matrix is None or not state.sketched:
            return 0
        wrong = 0
        for page in pages([(key, row) for key, row, _ in now.passage_rows()], _PAGE):
            facts = now.facts([key for key, _ in page])
            rows = np.array([row for _, row in page])
            first, last = int(rows[0]), int(rows[-1]) + 1
            stored = self.sketches.stored(state.epoch, first, last)
            if stored is None:
                wrong += len(page)
                continue
            due = self.sketches.columns(matrix[rows], facts)
            same = (due.pop("bits") == stored.pop("bits")[rows - first]).all(axis=1)
            for name, values in due.items():
                same &= values == stored[name][rows - first]
            wrong += int((~same).sum())
        return wrong

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
        self.sketches.forget()
        self.vectors.close()
        self.reading_vectors.close()
        self.words.close()
        self.catalogue.close()


def pages(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    """The items in order, at most `size` at a time."""
    for start in range(0, len(items), size):
        yield items[start : start + size]
