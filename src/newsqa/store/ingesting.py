"""Brings articles in: tells new, changed and unchanged ones apart, and writes them in batches."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace
from hashlib import blake2b
from typing import Literal

from newsqa.languages import language_of
from newsqa.store.parts import Parts
from newsqa.store.writing import BATCH, Writer, writing
from newsqa.types import Article, IngestEvent, IngestReport, Passage

_BATCH_PASSAGES = 256

OnEvent = Callable[[IngestEvent], None]


def ingest(
    parts: Parts,
    articles: Iterable[Article | IngestEvent],
    on_event: OnEvent | None,
    stop: Callable[[], bool] | None = None,
) -> IngestReport:
    """Writes the new and the changed articles; events of files that failed to be read are passed on.

    Of several articles with one id the first is kept: the same ones again are then no change. An
    event is told when its article is safely in the index.
    """
    with writing(parts) as writer:
        return _Ingest(writer, parts, on_event, stop or _never).run(articles)


class _Ingest:
    def __init__(self, writer: Writer, parts: Parts, on_event: OnEvent | None, stop: Callable[[], bool]) -> None:
        self._writer = writer
        self._parts = parts
        self._on_event = on_event
        self._stop = stop
        self._interrupted = False
        self._batch: list[tuple[Article, list[Passage]]] = []
        self._events: list[IngestEvent] = []
        self._counts: Counter[str] = Counter()
        self._failed: list[IngestEvent] = []
        self._seen: dict[str, bytes] = {}

    def run(self, articles: Iterable[Article | IngestEvent]) -> IngestReport:
        for item in articles:
            if self._stop():
                self._interrupted = True
                break
            event = item if isinstance(item, IngestEvent) else self._sorted(item)
            if event.status in ("added", "updated"):
                self._events.append(event)
                if len(self._batch) >= BATCH or sum(len(cut) for _, cut in self._batch) >= _BATCH_PASSAGES:
                    self._write()
            else:
                self._tell(event)
        self._write()
        return IngestReport(
            added=self._counts["added"],
            updated=self._counts["updated"],
            same=self._counts["same"],
            removed=self._counts["removed"],
            passages=self._counts["passages"],
            failed=tuple(self._failed),
            article_ids=tuple(self._seen),
            interrupted=self._interrupted,
        )

    def _sorted(self, article: Article) -> IngestEvent:
        """What is to become of an article; a new or changed one joins the batch."""
        name = article.path or article.url or article.title
        if not _storable(article):
            reason = "It has characters that are not valid Unicode. Save it as UTF-8 and ingest it again."
            return IngestEvent("failed", name, article.id, reason)
        digest = blake2b(article.content_hash.encode(), digest_size=16).digest()
        first = self._seen.setdefault(article.id, digest)  # and no more of it, because there may be many
        if first is not digest:
            if first == digest:
                return IngestEvent("same", name, article.id)
            kept = next((one for one, _ in self._batch if one.id == article.id), None)
            kept = kept or self._writer.now.article(article.id)
            reason = (
                f"It has the same address as {kept.path or kept.title!r}, which was kept. "
                if kept
                else "It has the same address as an earlier one, which was kept. "
            )
            return IngestEvent("failed", name, article.id, f"{reason}Give one of them another url.")
        known = self._writer.now.content_hashes([article.id]).get(article.id)
        if known is not None and known[0] == article.content_hash:
            if known[1] != article.path:
                self._writer.set_path(article.id, article.path)
            return IngestEvent("same", name, article.id)
        if not article.language:
            article = replace(article, language=language_of(f"{article.title}\n{article.text}"))
        self._batch.append((article, self._parts.splitter.split(article)))
        status: Literal["added", "updated"] = "added" if known is None else "updated"
        return IngestEvent(status, name, article.id)

    def _write(self) -> None:
        if self._batch:
            self._counts["passages"] += self._writer.put(self._batch)
        events, self._batch, self._events = self._events, [], []
        for event in events:
            self._tell(event)

    def _tell(self, event: IngestEvent) -> None:
        self._counts[event.status] += 1
        if event.status == "failed":
            self._failed.append(event)
        if self._on_event is not None:
            self._on_event(event)


def _never() -> bool:
    return False


def _storable(article: Article) -> bool:
    """Whether all text of the article can be written as UTF-8; a file name need not be."""
    fields = (article.id, article.title, article.text, article.source, article.published_text, article.url)
    try:
        "".join((*fields, article.language, article.content_hash)).encode()
    except UnicodeEncodeError:
        return False
    return True
