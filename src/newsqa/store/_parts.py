"""The parts of an index in one place, and what they must agree on."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from newsqa.errors import IndexMismatchError, NewsIndexError
from newsqa.store._catalogue import Catalogue
from newsqa.store._pgcatalogue import PostgresCatalogue
from newsqa.store._pgwords import PostgresWords
from newsqa.store._vectors import SPACE, Vectors
from newsqa.store._words import TantivyWords
from newsqa.store.postgres import Database
from newsqa.store.servers import ChromaServer
from newsqa.types import Encoder, Splitter

T = TypeVar("T")

VERSIONS = 20
"""Earlier versions that are kept of each article, unless the settings say otherwise."""


@dataclass(frozen=True, slots=True)
class Parts:
    """Catalogue, vectors and words, with encoder and splitter; `versions` is how many of an article are kept."""

    home: Path
    encoder: Encoder
    splitter: Splitter
    catalogue: Catalogue | PostgresCatalogue
    vectors: Vectors
    words: TantivyWords | PostgresWords
    fingerprint: str
    place: str
    chroma: ChromaServer | None = None
    versions: int = VERSIONS
    process: int = field(default_factory=os.getpid)

    @classmethod
    def at(
        cls,
        home: Path,
        encoder: Encoder,
        splitter: Splitter,
        *,
        chroma: ChromaServer | None = None,
        database: str = "",
        versions: int = VERSIONS,
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
            vectors=Vectors(home, facts, chroma),
            words=PostgresWords(shared) if shared else TantivyWords(home),
            place=str(shared or home),
            fingerprint=json.dumps(facts, sort_keys=True),
            chroma=chroma,
            versions=versions,
        )

    def check_process(self) -> None:
        """Raises `NewsIndexError` in a fork of the process: connections and threads are not its own."""
        if os.getpid() != self.process:
            raise NewsIndexError(
                f"The index at {self.place} was opened before this process was forked. Open it in each process."
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

    def close(self) -> None:
        """Lets go of every part."""
        self.vectors.close()
        self.words.close()
        self.catalogue.close()


def cut_pages(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    """The items in order, at most `size` at a time."""
    for start in range(0, len(items), size):
        yield items[start : start + size]
