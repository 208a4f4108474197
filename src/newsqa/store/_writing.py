"""Writing to the index, batch by batch, so that it can end at any instant and be taken up again.

A batch is encoded before anything changes. Then its articles are written to the catalogue as waiting, its vectors
to Chroma, its words to tantivy, and last the catalogue marks the articles ready. Whatever waits when a writer
begins is done again from the catalogue.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING
from uuid import uuid4

from newsqa.models import encode
from newsqa.store._changes import CatalogueWriter
from newsqa.store._faults import unwritable_error
from newsqa.store._parts import Parts, cut_pages
from newsqa.store._records import make_metadata, make_word_rows, seal_passage
from newsqa.store._snapshot import Snapshot
from newsqa.store._undoing import ChangeRecord, Former, Replaced
from newsqa.store._upkeep import Upkeep
from newsqa.types import Article, Passage

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Cut = tuple[Article, Sequence[Passage]]
    """An article with its passages."""

BATCH = 64
"""Articles that are written together, at most."""


class IndexWriter:
    """The one writer of an index; made by `writing`."""

    def __init__(self, parts: Parts, catalogue: CatalogueWriter) -> None:
        self._parts = parts
        self._catalogue = catalogue
        self._verified = False
        self.notes: list[str] = []
        self.upkeep = Upkeep(parts, catalogue)

    @property
    def now(self) -> Snapshot:
        """The catalogue as it stands."""
        return self._catalogue.snapshot()

    def own(self) -> None:
        """Gives the index an id of its own, and sees to it that vectors on a server are this index's.

        Raises `IndexMismatchError` for another's.
        """
        if not self.now.state().owner:
            with self._catalogue.transaction():
                self._catalogue.put_meta({"owner": uuid4().hex})

    def claim(self) -> None:
        """Writes the fingerprint into a new index; raises `IndexMismatchError` for one made differently."""
        known = self.now.state().fingerprint
        error = self._parts.mismatch(known)
        if error is not None and self.now.has_articles():
            raise error
        if not known or error is not None:
            self.rebuild()

    def put(self, cut: Sequence[Cut], vectors: npt.NDArray[np.float32], record: ChangeRecord | None = None) -> int:
        """Adds or replaces articles, with the vectors of all their passages in order; returns how many these are.

        Afterwards all of them can be found. `record` is told what they take the place of.
        """
        if record is not None:
            record.note([Replaced(one.id, one.content_hash, self.now.read_former(one.id)) for one, _ in cut])
        passages = [passage for _, found in cut for passage in found]
        self._verify()
        with self._catalogue.transaction():
            self._catalogue.put_meta({"dirty": "1"})
            row = 0
            for article, found in cut:
                rows = [(passage, seal_passage(passage, vectors[row + i])) for i, passage in enumerate(found)]
                self._catalogue.put_article(article, rows, self._parts.versions)
                row += len(rows)
        dropped = self.now.tombstones()
        self._drop_vectors(dropped)
        if passages:
            chroma = self._parts.vectors.open_to_write(self.now.state())
            chroma.upsert([p.id for p in passages], vectors, [make_metadata(passage) for passage in passages])
        self._parts.words.write(dropped, [row for article, found in cut for row in make_word_rows(article, found)])
        with self._catalogue.transaction():
            self._catalogue.set_ready([article.id for article, _ in cut])
            self._catalogue.settle(dropped)
        return len(passages)

    def drop(self, article_ids: Sequence[str], record: ChangeRecord | None = None) -> None:
        """Removes articles with their passages and earlier versions; `record` is told what they were."""
        if record is not None:
            record.note([Replaced(one, "", self.now.read_former(one)) for one in article_ids])
        with self._catalogue.transaction():
            self._catalogue.put_meta({"dirty": "1"})
            for article_id in article_ids:
                self._catalogue.drop_article(article_id)
            self._catalogue.settle()
        self._sweep()

    def put_back(self, former: Sequence[Former]) -> None:
        """Writes articles and their earlier versions as they stood, and makes them found again."""
        with self._catalogue.transaction():
            self._catalogue.put_meta({"dirty": "1"})
            for one in former:
                self._catalogue.put_back(one)
            self._catalogue.settle()
        self._put_waiting()

    def _put_waiting(self) -> None:
        """Splits and encodes the articles that wait, and writes them."""
        for waiting in cut_pages(self.now.list_waiting(), BATCH):
            articles = [article for article in map(self.now.article, waiting) if article is not None]
            cut = [(article, self._parts.splitter.split(article)) for article in articles]
            self.put(cut, encode(self._parts.encoder, [passage for _, found in cut for passage in found]))

    def set_path(self, article_id: str, path: str) -> None:
        """Notes that an unchanged article now comes from another file."""
        with self._catalogue.transaction():
            self._catalogue.set_path(article_id, path)

    def recover(self) -> None:
        """Does again whatever an earlier writer left undone, or an earlier version of newsqa did not know."""
        self.upkeep.tell_languages()
        self.upkeep.find_copies()
        self.upkeep.seal()
        self.upkeep.prune()
        stale = self.now.state().stale
        if stale and self.now.passage_count():
            self.notes.append(f"The {' and '.join(stale)} of the index were made anew from its articles.")
        if "vectors" in stale or self.upkeep.has_lost_by_killing():
            self.upkeep.refill_vectors()
        if "words" in stale:
            self.upkeep.refill_words()
        self._sweep()
        self._put_waiting()
        if self.now.state().rebuilding:
            with self._catalogue.transaction():
                self._catalogue.drop_meta("rebuilding")
                self._catalogue.settle()

    def rebuild(self) -> None:
        """Splits and encodes every article again with the present splitter and encoder."""
        state = self.now.state()
        with self._catalogue.transaction():
            self._catalogue.wait_all()
            self._catalogue.put_meta(
                {
                    "fingerprint": self._parts.fingerprint,
                    "generation": str(state.generation + 1),
                    "stale_vectors": "1",
                    "stale_words": "1",
                    "rebuilding": "index",
                }
            )
        self.recover()

    def finish(self) -> None:
        """Puts in order what writing leaves behind, and notes that it came to its end."""
        self.upkeep.tidy()
        state = self.now.state()
        if state.dirty:
            sums = self._parts.vectors.sums(state)
            with self._catalogue.transaction():
                self._catalogue.put_meta({"sums": json.dumps(sums)})
                self._catalogue.drop_meta("dirty")

    def _sweep(self) -> None:
        """Drops the passages of all tombstones from vectors and words."""
        dropped = self.now.tombstones()
        if dropped:
            self._verify()
            with self._catalogue.transaction():
                self._catalogue.put_meta({"dirty": "1"})
            self._drop_vectors(dropped)
            self._parts.words.write(dropped, ())
            with self._catalogue.transaction():
                self._catalogue.settle(dropped)

    def _verify(self) -> None:
        """Raises `IndexDamagedError` rather than write to vectors or words that have lost passages."""
        expected = self.now.passage_count()
        if expected and not self._verified:
            self._parts.vectors.at(self.now.state()).expect(expected)
            self._parts.words.expect(expected)
        self._verified = True

    def _drop_vectors(self, ids: Sequence[str]) -> None:
        if ids:
            self._parts.vectors.open_to_write(self.now.state()).delete(ids)


@contextmanager
def writing(parts: Parts, *, recover: bool = True) -> Iterator[IndexWriter]:
    """The writer of an index, for as long as it holds the lock; the folder is made if it is not there.

    Raises `IndexLockedError` if there is another, `IndexMismatchError` if the index was made differently.
    """
    parts.check_process()
    try:
        parts.home.mkdir(0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise unwritable_error(error, parts.home) from error
    with parts.catalogue.writing() as catalogue:
        writer = IndexWriter(parts, catalogue)
        writer.own()
        parts.vectors.claim(writer.now.state())
        try:
            with parts.vectors.writing(writer.now.state(), lambda: writer.now.state()):
                if recover:
                    writer.claim()
                    writer.recover()
                yield writer
                if recover:
                    writer.finish()
        finally:
            parts.words.finish()
