"""Keeps vectors and words as the catalogue says: fills them anew, and puts right what deleting leaves behind."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from newsqa.errors import IndexDamagedError, IndexMismatchError
from newsqa.models.encoding import encode
from newsqa.store.changes import CatalogueWriter
from newsqa.store.faults import mapped, translated
from newsqa.store.matrix import checksum
from newsqa.store.parts import Parts, pages
from newsqa.store.records import metadata, word_rows
from newsqa.store.sketches import VERSION as SKETCHES
from newsqa.store.snapshot import Snapshot, State
from newsqa.store.words import WordRow
from newsqa.text.copies import RULES
from newsqa.text.languages import language_of

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

_PAGE = 2000  # passages copied from one part to another at a time
_ARTICLES = 500  # articles whose words are written at a time
_SPARE = 1000  # dead rows that are never worth tidying
_ENCODED = 256  # passages encoded at a time
_PROBED = 200  # vectors that are asked for by themselves after others were deleted
_COMPARED = 200  # articles whose copies are looked for at a time
_QUICK = 2000  # passages up to which probing and filling Chroma anew takes no time to speak of


class Upkeep:
    """The upkeep of an index, by its one writer."""

    def __init__(self, parts: Parts, catalogue: CatalogueWriter) -> None:
        self._parts = parts
        self._catalogue = catalogue

    @property
    def _now(self) -> Snapshot:
        return self._catalogue.snapshot()

    def find_copies(self) -> None:
        """Compares all articles with each other anew where the rules have changed since they came."""
        known, _, done = self._now.meta("copies").partition(" ")
        if known == RULES and not done:
            return
        if known != RULES:
            with self._catalogue.transaction():
                self._catalogue.stories.clear()
        after = int(done) if known == RULES else 0
        while page := self._now.numbered(after, _COMPARED):
            with self._catalogue.transaction():
                for article in filter(None, (self._now.article(key) for _, key in page)):
                    self._catalogue.stories.link(article)
                after = page[-1][0]
                self._catalogue.put_meta({"copies": f"{RULES} {after}"})
        with self._catalogue.transaction():
            self._catalogue.put_meta({"copies": RULES})

    def tell_languages(self) -> None:
        """Tells the languages of articles that came without one before newsqa could tell."""
        if self._now.meta("languages"):
            return
        while page := self._now.without_language(_COMPARED):
            articles = filter(None, map(self._now.article, page))
            told = {one.id: language_of(f"{one.title}\n{one.text}") for one in articles}
            with self._catalogue.transaction():
                self._catalogue.set_languages(told)
        with self._catalogue.transaction():
            self._catalogue.put_meta({"languages": "told"})
            self._catalogue.settle()

    def sketch(self) -> None:
        """Makes the sketches of all rows anew."""
        state = self._now.state()
        if state.next_row:
            matrix = self._parts.matrix.rows(state.epoch, state.next_row)
            if matrix is None:
                return  # on a server, or damaged; once it is healed there are sketches
            for page in pages(list(self._now.passage_rows()), _PAGE):
                rows = {key: row for key, row, _ in page}
                for run in _runs(list(rows), rows):
                    vectors = matrix[[rows[key] for key in run]]
                    with mapped("vectors", self._parts.home):
                        self._parts.sketches.write(state.epoch, rows[run[0]], vectors, self._now.facts(run))
        with self._catalogue.transaction():
            self._catalogue.put_meta({"sketches": SKETCHES})

    def refill_vectors(self) -> None:
        """Fills Chroma anew from the matrix; a server from what it holds itself, or by encoding."""
        if self._parts.chroma is not None:
            self._refill_server()
            return
        self.heal_rows()
        with self._catalogue.transaction():
            self._catalogue.put_meta({"stale_vectors": "1"})
        self._parts.reading_vectors.close()
        self._parts.vectors.wipe()
        state = self._now.state()
        for page in pages(list(self._now.passage_rows()), _PAGE):
            matrix = self._parts.matrix.rows(state.epoch, state.next_row)
            if matrix is None:
                raise translated(OSError("the copy of the vectors is gone"), "vectors", self._parts.home)
            found = self._now.passages([key for key, _, _ in page])
            self._parts.vectors.upsert(
                [key for key, _, _ in page],
                matrix[[row for _, row, _ in page]],
                [metadata(found[key]) for key, _, _ in page],
            )
        with self._catalogue.transaction():
            self._catalogue.drop_meta("stale_vectors")
            self._catalogue.settle()

    def _refill_server(self) -> None:
        """Nothing is deleted that belongs there: others search meanwhile."""
        import numpy as np

        with self._catalogue.transaction():
            self._catalogue.put_meta({"stale_vectors": "1"})
        keys = [key for key, _, _ in self._now.passage_rows()]
        try:
            self._parts.vectors.delete(sorted(self._parts.vectors.ids().difference(keys)))
        except (IndexDamagedError, IndexMismatchError):  # none there, or those of another encoder
            self._parts.vectors.wipe()
        for vectors in filter(None, self._sound_vectors(keys)):
            found = self._now.passages(list(vectors))
            self._parts.vectors.upsert(
                list(vectors), np.stack(list(vectors.values())), [metadata(found[key]) for key in vectors]
            )
        with self._catalogue.transaction():
            self._catalogue.drop_meta("stale_vectors")
            self._catalogue.settle()

    def refill_words(self) -> None:
        """Fills tantivy anew from the catalogue."""
        with self._catalogue.transaction():
            self._catalogue.put_meta({"stale_words": "1"})
        self._parts.words.wipe()
        self._parts.words.write((), ())
        for ids in pages(self._now.ready_articles(), _ARTICLES):
            rows: list[WordRow] = []
            for article in filter(None, map(self._now.article, ids)):
                keys = self._now.passage_ids(article.id)
                found = self._now.passages(keys)
                rows += word_rows(article, [found[key] for key in keys])
            self._parts.words.write((), rows)
        with self._catalogue.transaction():
            self._catalogue.drop_meta("stale_words")
            self._catalogue.settle()

    def heal_rows(self) -> None:
        """Writes the damaged rows of the matrix again: from Chroma where it has them, else by encoding."""
        import numpy as np

        state = self._now.state()
        bad = dict(self._parts.damaged_rows(self._now))
        if not bad:
            return
        self._parts.matrix.forget()
        self._parts.sketches.forget()
        for vectors in self._sound_vectors(list(bad)):
            with self._catalogue.transaction():
                for run in _runs(sorted(vectors, key=bad.__getitem__), bad):
                    rows = np.stack([vectors[key] for key in run])
                    self._parts.write_rows(state.epoch, bad[run[0]], rows, self._now.facts(run))
                    for key, vector in zip(run, rows, strict=True):
                        self._catalogue.set_checksum(key, checksum(vector))

    def _sound_vectors(self, ids: Sequence[str]) -> Iterator[dict[str, npt.NDArray[np.float32]]]:
        for page in pages(ids, _PAGE):
            found = self._parts.stored_vectors(page)
            yield found
            lost = [key for key in page if key not in found]
            passages = self._now.passages(lost)
            for few in pages(lost, _ENCODED):
                yield dict(zip(few, encode(self._parts.encoder, [passages[key] for key in few]), strict=True))

    def tidy(self) -> None:
        """Puts right what deleting leaves behind: dead rows, and vectors cut off from Chroma's graph."""
        state, live = self._now.state(), self._now.passage_count()
        if self._now.waiting():
            return
        if self._parts.chroma is None and state.next_row - live > live + _SPARE:
            self._renumber(state)
            self.refill_vectors()
        elif state.deleted <= live // 20 and live > _QUICK:
            return  # too few to matter; opening Chroma for it takes a second
        elif state.deleted and self._lost_by_deleting(live):
            self.refill_vectors()
        if state.deleted:
            with self._catalogue.transaction():
                self._catalogue.drop_meta("deleted")

    def _lost_by_deleting(self, live: int) -> bool:
        """Whether Chroma no longer finds some of a sample of vectors; one is enough in a small index."""
        step = max(1, live // _PROBED)
        ids = [key for key, _, _ in self._now.passage_rows()][::step]
        self._parts.vectors.close()
        reached = self._parts.vectors.unreachable(ids)
        return reached.lost > (0 if live <= _QUICK else reached.asked // 100)

    def _renumber(self, state: State) -> None:
        """Begins a new epoch of the matrix with the live rows alone."""
        self.heal_rows()
        moved: dict[str, int] = {}
        epoch = state.epoch + 1
        self._parts.drop_other_epochs(state.epoch)
        for page in pages(list(self._now.passage_rows()), _PAGE):
            matrix = self._parts.matrix.rows(state.epoch, state.next_row)
            if matrix is None:
                raise translated(OSError("the copy of the vectors is gone"), "vectors", self._parts.home)
            facts = self._now.facts([key for key, _, _ in page])
            rows = matrix[[row for _, row, _ in page]]
            self._parts.write_rows(epoch, len(moved), rows, facts)
            moved |= {key: len(moved) + offset for offset, (key, _, _) in enumerate(page)}
        with self._catalogue.transaction():
            self._catalogue.move_rows(moved)
            now = {"epoch": str(epoch), "next_row": str(len(moved)), "sketches": SKETCHES, "stale_vectors": "1"}
            self._catalogue.put_meta(now)
            self._catalogue.settle()
        self._parts.drop_other_epochs(epoch)


def _runs(keys: Sequence[str], rows: Mapping[str, int]) -> list[list[str]]:
    """The keys, which are in the order of their rows, in runs of consecutive rows."""
    runs: list[list[str]] = []
    for key in keys:
        if runs and rows[runs[-1][-1]] + 1 == rows[key]:
            runs[-1].append(key)
        else:
            runs.append([key])
    return runs
