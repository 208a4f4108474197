"""The words in tantivy: BM25 over title and text with English stemming, and counts of articles by word."""

from __future__ import annotations

import re
import shutil
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from hashlib import blake2b
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import tantivy

from newsqa.store._faults import map_errors
from newsqa.store.analysis import analyse, analyse_query, analyzer, normalise
from newsqa.types import Filter

TITLE_BOOST = 2.0
_ANALYZER = "news"
_HEAP = 50_000_000
_COUNTED = (
    20_000  # passages with a word beyond which its articles are counted by HyperLogLog, to one or two per cent
)
_UNWRITABLE = re.compile(r"lock.*(?:read-?only|permission denied|storagefull|no space)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class WordRow:
    """What is indexed of a passage; `rest` is what of its article stands in no passage, for counting only."""

    id: str
    article_id: str
    title: str
    text: str
    rest: str = ""
    source: str = ""
    published: date | None = None
    language: str = ""


class TantivyWords:
    """The tantivy index in a folder; one writer, any number of readers."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self.folder = home / "words"
        self._index: Any = None
        self._writer: Any = None
        self._mirror: TemporaryDirectory[str] | None = None
        self._generation = -1
        self._lock = threading.RLock()

    def _searcher(self, generation: int) -> Any:
        """A searcher that sees everything committed up to a generation of the catalogue."""
        with self._lock:
            if self._index is None or (self._mirror is not None and self._generation != generation):
                self._forget()
                self._index = self._open()
                self._generation = generation
            elif self._generation != generation:
                self._index.reload()
                self._generation = generation
            return self._index.searcher()

    def _open(self) -> Any:
        """The index for reading. tantivy wants to make a lock file even then, so a folder that cannot be
        written is read through links in a temporary one."""
        try:
            return _prepare(tantivy.Index.open(str(self.folder)))
        except ValueError as error:
            if not _UNWRITABLE.search(str(error)):
                raise
        self._mirror = TemporaryDirectory(prefix="newsqa-words-")
        for path in self.folder.iterdir():
            if path.suffix != ".lock":
                (Path(self._mirror.name) / path.name).symlink_to(path.resolve())
        return _prepare(tantivy.Index.open(self._mirror.name))

    def search(
        self,
        query: str,
        k: int,
        where: Filter,
        generation: int,
        among: Sequence[str] | None = None,
        *,
        every: bool = False,
    ) -> list[tuple[str, float]]:
        """The passage ids whose title or text has words of the query, with their BM25 score, best first.

        Of those `among`, if given; with `every`, those that have all of its words. Of the filter, authors are not
        looked at.
        """
        terms = list(dict.fromkeys(analyse(query))) if every else analyse_query(query)
        if not terms or k < 1:
            return []
        with map_errors("words", self._home):
            searcher = self._searcher(generation)
            schema = self._index.schema
            any_word = tantivy.Query.boolean_query(
                [(tantivy.Occur.Should, _term(schema, "text", term)) for term in terms]
                + [
                    (tantivy.Occur.Should, tantivy.Query.boost_query(_term(schema, "title", term), TITLE_BOOST))
                    for term in terms
                ]
            )
            conditions = _conditions(schema, where)
            if every:
                conditions += [_has(schema, term, ("text", "title")) for term in terms]
            if among is not None:
                conditions.append(tantivy.Query.term_set_query(schema, "id", list(among)))
            parts = [any_word, *(tantivy.Query.const_score_query(q, 0.0) for q in conditions)]
            # Both may be asked for more than there is.
            limit = max(1, min(k, searcher.num_docs))
            found = searcher.search(_match_all(parts), limit, count=False)
            hits = [(str(searcher.doc(address)["id"][0]), float(score)) for score, address in found.hits]
        return sorted(hits, key=lambda hit: (-hit[1], hit[0]))

    def article_counts(self, words: Sequence[str], generation: int, total: int) -> dict[str, int]:
        """In how many of all `total` articles each word occurs in any form; a stop word counts as in all.

        Beyond 20,000 passages with a word it is an estimate (HyperLogLog), within one or two per cent.
        """
        counts = {}
        with map_errors("words", self._home):
            searcher = self._searcher(generation)
            schema = self._index.schema
            for word in dict.fromkeys(words):
                terms = analyse(word)
                parts = [_has(schema, term, ("text", "title", "rest")) for term in dict.fromkeys(terms)]
                counts[word] = _distinct_articles(searcher, _match_all(parts)) if parts else total
        return counts

    def ids(self) -> list[str]:
        """The ids of all indexed passages; one that is indexed twice comes twice."""
        with map_errors("words", self._home):
            self._forget()
            searcher = self._searcher(-1)
            found = searcher.search(tantivy.Query.all_query(), max(1, searcher.num_docs), count=False)
            return [str(searcher.doc(address)["id"][0]) for _, address in found.hits]

    def expect(self, count: int) -> None:
        """Raises `IndexDamagedError` if there are fewer passages than `count`."""
        with map_errors("words", self._home):
            self._forget()
            held = self._searcher(-1).num_docs
            if held < count:
                raise ValueError(f"{count - held} of {count} passages are missing")

    def write(self, delete: Iterable[str], add: Iterable[WordRow]) -> None:
        """Drops passages, adds passages (in place of any of the same id), and commits both at once."""
        with map_errors("words", self._home):
            try:
                writer = self._open_writer()
                for key in delete:
                    writer.delete_documents_by_term("id", key)
                for row in add:
                    writer.delete_documents_by_term("id", row.id)
                    writer.add_document(_document(row))
                writer.commit()
            except BaseException:
                self._writer = None  # drops what was not committed
                raise

    def _open_writer(self) -> Any:
        if self._writer is None:
            self.folder.mkdir(parents=True, exist_ok=True)
            index = _prepare(tantivy.Index(_schema(), path=str(self.folder)))
            self._writer = index.writer(_HEAP, 1)
            self._writer.garbage_collect_files()  # a killed writer's, in the way of files of the same names
        return self._writer

    def finish(self) -> None:
        """Ends writing: waits for tantivy's own tidying and lets others write."""
        if self._writer is not None:
            writer, self._writer = self._writer, None
            with map_errors("words", self._home):
                writer.wait_merging_threads()

    def wipe(self) -> None:
        """Deletes the whole index of words from the disk, damaged or not."""
        self.close()
        with map_errors("words", self._home):
            if self.folder.exists():
                shutil.rmtree(self.folder)

    def close(self) -> None:
        """Lets go of the index."""
        self._writer = None
        self._forget()

    def _forget(self) -> None:
        """Lets go of what is open for reading."""
        with self._lock:
            self._index = None
            if self._mirror is not None:
                self._mirror.cleanup()
                self._mirror = None


@cache
def _schema() -> Any:
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("id", stored=True, tokenizer_name="raw", index_option="basic")
    builder.add_text_field("source", tokenizer_name="raw", index_option="basic")
    builder.add_text_field("language", tokenizer_name="raw", index_option="basic")
    builder.add_unsigned_field("article", fast=True)
    builder.add_integer_field("published", indexed=True, fast=True)
    for name in ("title", "text", "rest"):
        builder.add_text_field(name, tokenizer_name=_ANALYZER, index_option="freq")
    return builder.build()


def _prepare(index: Any) -> Any:
    index.register_tokenizer(_ANALYZER, analyzer())
    index.config_reader("manual")
    return index


def _document(row: WordRow) -> Any:
    document = tantivy.Document()
    document.add_text("id", row.id)
    document.add_text("source", row.source)
    document.add_text("language", row.language)
    document.add_unsigned("article", _number(row.article_id))
    if row.published:
        document.add_integer("published", row.published.toordinal())
    document.add_text("title", normalise(row.title))
    document.add_text("text", normalise(row.text))
    if row.rest:
        document.add_text("rest", normalise(row.rest))
    return document


def _number(article_id: str) -> int:
    """A number for an article id, to count different ones by."""
    return int.from_bytes(blake2b(article_id.encode(), digest_size=8).digest(), "big")


def _term(schema: Any, field: str, term: str) -> Any:
    return tantivy.Query.term_query(schema, field, term, "freq")


def _has(schema: Any, term: str, fields: Sequence[str]) -> Any:
    """Any of the fields has the term."""
    return tantivy.Query.boolean_query([(tantivy.Occur.Should, _term(schema, name, term)) for name in fields])


def _match_all(parts: Sequence[Any]) -> Any:
    return tantivy.Query.boolean_query([(tantivy.Occur.Must, part) for part in parts])


def _conditions(schema: Any, where: Filter) -> list[Any]:
    parts = []
    if where.since or where.until:
        first = where.since.toordinal() if where.since else None
        last = where.until.toordinal() if where.until else None
        parts.append(tantivy.Query.range_query(schema, "published", tantivy.FieldType.Integer, first, last))
    if where.languages:
        parts.append(tantivy.Query.term_set_query(schema, "language", list(where.languages)))
    if where.sources:
        parts.append(tantivy.Query.term_set_query(schema, "source", list(where.sources)))
    return parts


def _distinct_articles(searcher: Any, query: Any) -> int:
    hits = searcher.search(query, 1, count=True)
    if not hits.count:
        return 0
    if hits.count > _COUNTED:
        return max(1, round(float(searcher.cardinality(query, "article"))))
    hits = searcher.search(query, hits.count, count=False)
    return len(set(searcher.fast_field_values("article", [address for _, address in hits.hits])))
