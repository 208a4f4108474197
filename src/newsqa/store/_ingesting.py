"""Brings articles in: tells new, changed and unchanged ones apart, and writes them in batches.

A thread encodes one batch while this one writes the batch before, and reads and splits the batch after. Nothing
else runs beside: the catalogue is this thread's alone, and batches are written whole and in order.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from typing import TYPE_CHECKING, Literal

from newsqa.files import is_there
from newsqa.models import encode
from newsqa.store._parts import Parts
from newsqa.store._undoing import ChangeRecord
from newsqa.store._writing import BATCH, IndexWriter, writing
from newsqa.text.copies import Fingerprint, measure_containment
from newsqa.text.languages import language_of
from newsqa.types import Article, EncodedArticle, Encoder, IngestEvent, IngestReport, Passage

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Vectors = npt.NDArray[np.float32]

_BATCH_PASSAGES = 256
_SAME_REPORT = 0.5
"""A later version of a web page holds at least this share of its shingles; less is another report in its place."""

OnEvent = Callable[[IngestEvent], None]


def ingest(
    parts: Parts,
    articles: Iterable[Article | EncodedArticle | IngestEvent],
    on_event: OnEvent | None,
    stop: Callable[[], bool] | None = None,
    record: ChangeRecord | None = None,
) -> IngestReport:
    """Writes the new and the changed articles; events of files that failed to be read are passed on.

    Where another origin's article is known by the id of one, that is known by its own id, as is the report of
    another day that has taken a web page's place. Of several with one id even then the first is kept: the same
    ones again are then no change. An event is told when its article is safely in the index. `record` keeps what is
    replaced.
    """
    with writing(parts) as writer, ThreadPoolExecutor(1, "newsqa-encode") as encoding:
        try:
            work = _Ingest(
                writer=writer, parts=parts, encoding=encoding, on_event=on_event, stop=stop, record=record
            )
            return work.run(articles)
        finally:
            encoding.shutdown(wait=False, cancel_futures=True)


@dataclass(slots=True)
class _Batch:
    """Articles with their passages, the events to be told of them once they are written, and their vectors.

    `ready` has the vectors of those articles, by their place, that came with them.
    """

    cut: list[tuple[Article, Sequence[Passage]]] = field(default_factory=list)
    ready: dict[int, Vectors] = field(default_factory=dict)
    events: list[IngestEvent] = field(default_factory=list)
    vectors: Future[Vectors] | None = None

    @property
    def full(self) -> bool:
        """Whether it is worth writing."""
        return len(self.cut) >= BATCH or sum(len(cut) for _, cut in self.cut) >= _BATCH_PASSAGES

    def encode(self, encoder: Encoder) -> Vectors:
        """The vectors of all passages, in order; those that are not there yet are made."""
        import numpy as np

        due = [passage for place, (_, cut) in enumerate(self.cut) if place not in self.ready for passage in cut]
        made = encode(encoder, due)
        if not self.ready:
            return made
        parts, begin = [], 0
        for place, (_, cut) in enumerate(self.cut):
            parts.append(self.ready[place] if place in self.ready else made[begin : begin + len(cut)])
            begin += 0 if place in self.ready else len(cut)
        return np.concatenate(parts)


@dataclass(slots=True, kw_only=True)
class _Ingest:
    """One ingest; `batch` is being filled, `encoded` is encoded; `seen` has a digest of what each article says."""

    writer: IndexWriter
    parts: Parts
    encoding: ThreadPoolExecutor
    on_event: OnEvent | None
    stop: Callable[[], bool] | None
    record: ChangeRecord | None
    interrupted: bool = False
    batch: _Batch = field(default_factory=_Batch)
    encoded: _Batch = field(default_factory=_Batch)
    counts: Counter[str] = field(default_factory=Counter)
    failed: list[IngestEvent] = field(default_factory=list)
    seen: dict[str, bytes] = field(default_factory=dict)

    def run(self, articles: Iterable[Article | EncodedArticle | IngestEvent]) -> IngestReport:
        for item in articles:
            if self.stop is not None and self.stop():
                self.interrupted = True
                break
            event = item if isinstance(item, IngestEvent) else self._sort(item)
            if event.status in ("added", "updated"):
                self.batch.events.append(event)
                if self.batch.full:
                    self._pass_on()
            else:
                self._tell(event)
        self._pass_on()
        self._write(self.encoded)
        return IngestReport(
            added=self.counts["added"],
            updated=self.counts["updated"],
            same=self.counts["same"],
            removed=self.counts["removed"],
            passages=self.counts["passages"],
            failed=tuple(self.failed),
            article_ids=tuple(self.seen),
            interrupted=self.interrupted,
            notes=tuple(self.writer.notes),
        )

    def _sort(self, item: Article | EncodedArticle) -> IngestEvent:
        """What is to become of an article; a new or changed one joins the batch."""
        read = item.article if isinstance(item, EncodedArticle) else item
        article = self._place(read) if _is_storable(read) else read
        name = article.path or article.url or article.title
        if not _is_storable(article):
            reason = "It has characters that are not valid Unicode. Save it as UTF-8 and ingest it again."
            return IngestEvent("failed", name, article.id, reason)
        digest = _digest(article)
        first = self.seen.setdefault(article.id, digest)  # and no more of it, because there may be many
        if first is not digest:
            if first == digest:
                return IngestEvent("same", name, article.id)
            kept = self._find(article.id)
            reason = (
                f"It has the same address as {kept.path or kept.title!r}, which was kept. "
                if kept
                else "It has the same address as an earlier one, which was kept. "
            )
            return IngestEvent("failed", name, article.id, f"{reason}Give one of them another url.")
        known = self.writer.now.content_hashes([article.id]).get(article.id)
        if known is not None and known[0] == article.content_hash:
            if known[1] != article.path and _is_gone(known[1]):
                self.writer.set_path(article.id, article.path)
            return IngestEvent("same", name, article.id)
        if not article.language:
            article = replace(article, language=language_of(f"{article.title}\n{article.text}"))
        if isinstance(item, EncodedArticle) and article.id == read.id:
            self.batch.ready[len(self.batch.cut)] = item.vectors
            self.batch.cut.append((article, item.passages))
        else:
            self.batch.cut.append((article, self.parts.splitter.split(article)))
        status: Literal["added", "updated"] = "added" if known is None else "updated"
        return IngestEvent(status, name, article.id)

    def _place(self, article: Article) -> Article:
        """The article under its own id, if it has that already, or if another's article is known by its id."""
        if article.own_id in ("", article.id):
            return article
        own = replace(article, id=article.own_id)
        known = self.writer.now.content_hashes([article.id, own.id])
        if own.id in known or own.id in self.seen:
            return own
        again = article.id in self.seen
        if again and self.seen[article.id] == _digest(article):
            return article
        if not again and known.get(article.id, (article.content_hash,))[0] == article.content_hash:
            return article
        holder = self._find(article.id)
        return own if holder is not None and _is_another(holder, article, again=again) else article

    def _find(self, article_id: str) -> Article | None:
        """The article of that id that waits to be written, or that the catalogue has."""
        waiting = (one for one, _ in self.encoded.cut + self.batch.cut if one.id == article_id)
        return next(waiting, None) or self.writer.now.article(article_id)

    def _pass_on(self) -> None:
        """Has the batch encoded, and writes the one before meanwhile."""
        before, self.encoded, self.batch = self.encoded, self.batch, _Batch()
        if before.vectors is not None:
            before.vectors.result()  # one at a time keeps the cores busy; where it fails, all ends
        self.encoded.vectors = self.encoding.submit(self.encoded.encode, self.parts.encoder)
        self._write(before)

    def _write(self, batch: _Batch) -> None:
        if batch.cut and batch.vectors is not None:
            self.counts["passages"] += self.writer.put(batch.cut, batch.vectors.result(), self.record)
        for event in batch.events:
            self._tell(event)

    def _tell(self, event: IngestEvent) -> None:
        self.counts[event.status] += 1
        if event.status == "failed":
            self.failed.append(event)
        if self.on_event is not None:
            self.on_event(event)


def _digest(article: Article) -> bytes:
    return blake2b(article.content_hash.encode(), digest_size=16).digest()


def _is_another(holder: Article, article: Article, *, again: bool) -> bool:
    """Whether an article with the id of another is no later version of that.

    It is another's if it comes from elsewhere, unless a file has moved; if it stands beside the other in one file
    (`again`); or if it is the report of another day that has taken the other's place on the web.
    """
    if article.path != holder.path:
        return not _is_gone(holder.path)
    if article.path:
        return again
    if not (article.published and holder.published) or article.published == holder.published:
        return False
    return measure_containment(Fingerprint.of(article.text), Fingerprint.of(holder.text)) < _SAME_REPORT


def _is_gone(path: str) -> bool:
    """Whether an article's file is no longer there; what came from the web never is."""
    return bool(path) and not is_there(path)


def _is_storable(article: Article) -> bool:
    """Whether all text of the article can be written as UTF-8; a file name need not be."""
    fields = (article.id, article.title, article.text, article.source, article.published_text, article.url)
    try:
        "".join((*fields, article.language, article.content_hash)).encode()
    except UnicodeEncodeError:
        return False
    return True
