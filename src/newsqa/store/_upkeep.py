"""Keeps vectors and words as the catalogue says: fills them anew, and puts right what deleting leaves behind."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from newsqa.errors import IndexDamagedError, IndexMismatchError, NewsIndexError
from newsqa.models import encode
from newsqa.store._changes import CatalogueWriter
from newsqa.store._collection import Collection
from newsqa.store._damage import find_damaged_graph, salvage
from newsqa.store._parts import Parts, cut_pages
from newsqa.store._records import holds_passage, make_metadata, make_word_rows, seal_passage, seal_version
from newsqa.store._snapshot import Snapshot
from newsqa.store._words import WordRow
from newsqa.text.copies import RULES
from newsqa.text.languages import language_of

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

_PAGE = 2000  # passages copied from one part to another at a time
_ARTICLES = 500  # articles whose words are written at a time
_SPARE = 1000  # deleted vectors that are never worth filling a graph anew for
_ENCODED = 256  # passages encoded at a time
_PROBED = 200  # vectors that are asked for by themselves after others were deleted
_COMPARED = 200  # articles whose copies are looked for at a time
_QUICK = 2000  # passages up to which probing and filling Chroma anew takes no time to speak of


class Upkeep:
    """The upkeep of an index, by its one writer."""

    def __init__(self, parts: Parts, catalogue: CatalogueWriter) -> None:
        self._parts = parts
        self._catalogue = catalogue
        self._salvaging = True  # whether a damaged graph is still worth reading

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
        while page := self._now.list_numbered(after, _COMPARED):
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
            self._catalogue.drop_meta("sealed")
            self._catalogue.settle()

    def seal(self) -> None:
        """Makes the checksums of articles and earlier versions that have none, once."""
        if self._now.meta("sealed"):
            return
        after = 0
        while page := self._now.seals(after, _COMPARED):
            after = page[-1][0]
            with self._catalogue.transaction():
                for key in (key for _, key, checksum in page if checksum is None):
                    self._seal(key)
        after = 0
        while versions := self._now.version_seals(after, _COMPARED):
            after = versions[-1][0]
            with self._catalogue.transaction():
                for number, _, checksum, parts in versions:
                    if checksum is None:
                        self._catalogue.seal_version(number, seal_version(*parts))
        with self._catalogue.transaction():
            self._catalogue.put_meta({"sealed": "1"})

    def _seal(self, article_id: str) -> None:
        """The checksums of an article and of its passages, with the vectors that Chroma has."""
        article = self._now.article(article_id)
        passages = self._now.passages(self._now.passage_ids(article_id))
        found: dict[str, int] = {}
        with suppress(NewsIndexError):
            for keys, vectors, _ in self._parts.vectors.at(self._now.state()).records(list(passages)):
                found |= {key: seal_passage(passages[key], one) for key, one in zip(keys, vectors, strict=True)}
        if article is not None:
            self._catalogue.seal(article, found)

    def withdraw_altered(self, articles: Sequence[str], versions: Sequence[tuple[int, str]]) -> None:
        """Takes articles that were altered out of all searches, and drops such earlier versions."""
        if articles or versions:
            with self._catalogue.transaction():
                for key in articles:
                    self._catalogue.withdraw(key)
                for number, _ in versions:
                    self._catalogue.drop_version(number)
                self._catalogue.settle()

    def split_again(self) -> None:
        """Makes the articles wait whose passages the catalogue tells otherwise than the splitter cuts them."""
        for key in self._now.ready_articles():
            article, ids = self._now.article(key), self._now.passage_ids(key)
            known = self._now.passages(ids)
            if article is None or not ids:
                continue
            if [known.get(one) for one in ids] != list(self._parts.splitter.split(article)):
                with self._catalogue.transaction():
                    self._catalogue.wait([key])

    def prune(self) -> None:
        """Deletes the oldest of the earlier versions where there are more of an article than are to be kept."""
        with self._catalogue.transaction():
            self._catalogue.prune(self._parts.versions)

    def has_lost_by_killing(self) -> bool:
        """Whether a writer was killed while it wrote Chroma's graph, or vectors were lost with one."""
        state = self._now.state()
        if self._parts.vectors.is_torn(state):
            return True
        expected = dict(self._now.passage_checksums()) if state.dirty else {}
        if not expected or not find_damaged_graph(self._parts, self._now):
            return False
        return any(
            len(self._read_sound(page, True)) < len(page) for page in cut_pages(list(expected.items()), _PAGE)
        )

    def refill_vectors(self) -> None:
        """Fills Chroma anew from what it holds itself, and by encoding what it does not.

        In a folder a new graph takes the place of the old one, which is searched meanwhile.
        """
        with self._catalogue.transaction():
            self._catalogue.put_meta({"stale_vectors": "1", "dirty": "1"})
        state = self._now.state()
        if self._parts.chroma is not None:
            self._refill_server()
            epoch = state.epoch
        else:
            epoch = state.epoch + self._parts.vectors.exists(state)
            with self._parts.vectors.refill(state, epoch) as chroma:
                self._fill(chroma)
                self._settle_vectors(epoch)
            self._parts.vectors.drop_other_epochs(epoch)

    def _settle_vectors(self, epoch: int) -> None:
        with self._catalogue.transaction():
            self._catalogue.put_meta({"epoch": str(epoch)})
            for key in ("stale_vectors", "deleted", "buried", "sums"):
                self._catalogue.drop_meta(key)
            self._catalogue.settle()

    def _refill_server(self) -> None:
        """Nothing is deleted that belongs there: others search meanwhile."""
        keys = [key for key, _ in self._now.passage_checksums()]
        try:
            chroma = self._parts.vectors.at(self._now.state())
            chroma.delete(sorted(chroma.ids().difference(keys)))
        except (IndexDamagedError, IndexMismatchError):  # none there, or those of another encoder
            self._parts.vectors.wipe()
        chroma = self._parts.vectors.open_to_write(self._now.state())
        self._fill(chroma)
        chroma.reattach(keys)
        self._settle_vectors(self._now.state().epoch)

    def _fill(self, chroma: Collection) -> None:
        """Writes the vectors of all passages into a collection."""
        import numpy as np

        torn = self._parts.vectors.is_torn(self._now.state())
        damaged = torn or bool(find_damaged_graph(self._parts, self._now))
        for page in cut_pages(self._now.passage_checksums(), _PAGE):
            vectors = self._read_sound(page, damaged)
            passages = self._now.passages([key for key, _ in page])
            lost = [key for key in passages if key not in vectors]
            for few in cut_pages(lost, _ENCODED):
                made = encode(self._parts.encoder, [passages[key] for key in few])
                vectors |= dict(zip(few, made, strict=True))
                with self._catalogue.transaction():
                    for key, vector in zip(few, made, strict=True):
                        self._catalogue.set_checksum(key, seal_passage(passages[key], vector))
            if vectors:
                facts = [make_metadata(passages[key]) for key in vectors]
                chroma.upsert(list(vectors), np.stack(list(vectors.values())), facts)

    def _read_sound(
        self, expected: Sequence[tuple[str, int]], damaged: bool
    ) -> dict[str, npt.NDArray[np.float32]]:
        """The vectors that Chroma holds for these passages and that are what their checksums say."""
        checksums = dict(expected)
        passages = self._now.passages(list(checksums))
        found: dict[str, npt.NDArray[np.float32]] = {}
        with suppress(NewsIndexError):
            for keys, vectors in self._read_stored(list(checksums), damaged):
                pairs = zip(keys, vectors, strict=True)
                found |= {key: one for key, one in pairs if holds_passage(passages[key], one, checksums[key])}
        return found

    def _read_stored(
        self, ids: Sequence[str], damaged: bool
    ) -> Iterator[tuple[list[str], npt.NDArray[np.float32]]]:
        state = self._now.state()
        if damaged and self._salvaging:
            self._salvaging = yield from salvage(self._parts.vectors.folder(state.epoch), ids)
        elif not damaged:
            for keys, vectors, _ in self._parts.vectors.at(state).records(ids):
                yield keys, vectors

    def refill_words(self) -> None:
        """Fills tantivy anew from the catalogue."""
        rebuilding = self._now.state().rebuilding or "words"
        with self._catalogue.transaction():
            self._catalogue.put_meta({"stale_words": "1", "rebuilding": rebuilding})
            self._catalogue.settle()
        self._parts.words.wipe()
        self._parts.words.write((), ())
        for ids in cut_pages(self._now.ready_articles(), _ARTICLES):
            rows: list[WordRow] = []
            for article in filter(None, map(self._now.article, ids)):
                keys = self._now.passage_ids(article.id)
                found = self._now.passages(keys)
                rows += make_word_rows(article, [found[key] for key in keys])
            self._parts.words.write((), rows)
        with self._catalogue.transaction():
            self._catalogue.drop_meta("stale_words")
            if rebuilding == "words":
                self._catalogue.drop_meta("rebuilding")
            self._catalogue.settle()

    def tidy(self) -> None:
        """Puts right what deleting leaves behind: dead rows, and vectors cut off from Chroma's graph."""
        state, live = self._now.state(), self._now.passage_count()
        if self._now.list_waiting():
            return
        if self._parts.chroma is None:
            self._parts.vectors.drop_other_epochs(state.epoch)
        if self._parts.chroma is None and state.buried > live + _SPARE:
            self.refill_vectors()
        elif state.deleted <= live // 20 and live > _QUICK:
            return  # too few to matter; opening Chroma for it takes a second
        elif state.deleted and self._has_lost_by_deleting(live):
            self.refill_vectors()
        if state.deleted:
            with self._catalogue.transaction():
                self._catalogue.drop_meta("deleted")

    def _has_lost_by_deleting(self, live: int) -> bool:
        """Whether Chroma no longer finds some of a sample of vectors; one is enough in a small index."""
        step = max(1, live // _PROBED)
        ids = [key for key, _ in self._now.passage_checksums()][::step]
        reached = self._parts.vectors.at(self._now.state()).find_unreachable(ids)
        return len(reached.lost) > (0 if live <= _QUICK else reached.asked // 100)
