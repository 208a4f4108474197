"""Holds the parts of an index against the catalogue, and fills those anew that disagree with it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from newsqa.errors import IndexDamagedError, NewsIndexError
from newsqa.store._damage import (
    find_altered_articles,
    find_altered_versions,
    find_damaged_database,
    find_damaged_graph,
    find_damaged_passages,
    find_damaged_word_files,
)
from newsqa.store._embedded import DATABASE
from newsqa.store._faults import missing_error
from newsqa.store._parts import Parts
from newsqa.store._snapshot import Snapshot
from newsqa.store._words import TantivyWords
from newsqa.store._writing import IndexWriter, writing
from newsqa.store.analysis import analyse_query
from newsqa.types import CheckReport, Filter

_SAMPLE = 2000  # vectors that are asked for by themselves
_QUESTIONS = 20  # articles that are looked for by their own words
_FOUND = 200  # passages among which it should be; where so many are as near, it may be another
_NAMED = 3  # things of a kind that are told by name


@dataclass(frozen=True, slots=True)
class Finding:
    """How many records a part holds, and what is wrong with it."""

    count: int
    faults: tuple[str, ...] = ()


def check(parts: Parts, now: Snapshot) -> CheckReport:
    """Compares every part with the catalogue; nobody may write meanwhile."""
    if not now.has_articles():
        raise missing_error(parts.place)
    ids = [key for key, _ in now.passage_checksums()]
    catalogue, vectors, words = _catalogue(now), _vectors(parts, now, ids), _words(parts, now, ids)
    return CheckReport(
        articles=now.article_count(),
        passages=len(ids),
        vectors=vectors.count,
        words=words.count,
        faults=catalogue.faults + vectors.faults + words.faults,
    )


def repair(parts: Parts, *, rebuild: bool = False) -> CheckReport:
    """Fills every part that disagrees with the catalogue anew; with `rebuild`, encodes all articles again.

    An article whose text was altered is taken out of all searches, until it is brought in again. Raises
    `IndexDamagedError` if the catalogue itself is damaged.
    """
    if not parts.catalogue.exists():
        raise missing_error(parts.place)
    with writing(parts, recover=False) as writer:
        if not writer.now.has_articles():
            raise missing_error(parts.place)
        faults = writer.now.faults()
        if faults:
            raise IndexDamagedError(
                f"The catalogue of the index at {parts.place} is damaged ({'; '.join(faults)}). It cannot be "
                "rebuilt from the other parts: set NEWSQA_HOME to a new folder and ingest your articles there."
            )
        error = parts.mismatch(writer.now.state().fingerprint)
        if error is not None and not rebuild:
            raise error
        writer.upkeep.seal()
        writer.upkeep.withdraw_altered(
            list(find_altered_articles(writer.now)), list(find_altered_versions(writer.now))
        )
        if rebuild:
            writer.rebuild()
        else:
            with suppress(IndexDamagedError):
                writer.recover()
            _mend(parts, writer)
        writer.recover()
        writer.finish()
    with parts.catalogue.reading() as now:
        return check(parts, now)


def _mend(parts: Parts, writer: IndexWriter) -> None:
    ids = [key for key, _ in writer.now.passage_checksums()]
    if _words(parts, writer.now, ids).faults:
        writer.upkeep.refill_words()
    if _vectors(parts, writer.now, ids).faults:
        writer.upkeep.split_again()
        writer.upkeep.refill_vectors()


def _catalogue(now: Snapshot) -> Finding:
    faults = [f"the catalogue is damaged: {fault}" for fault in now.faults()]
    if faults:
        return Finding(0, tuple(faults))
    state, waiting, tombstones = now.state(), len(now.list_waiting()), len(now.tombstones())
    if waiting:
        told = _say(waiting, "article waits", "articles wait")
        faults.append(f"{told} to be finished, which the next `newsqa ingest` does")
    if tombstones:
        told = _say(tombstones, "removed passage waits", "removed passages wait")
        faults.append(f"{told} to be dropped from vectors and words")
    faults += [f"the {part} were being filled anew and are not complete" for part in state.stale]
    altered = [f"{now.copies([key])[key].title!r} ({key})" for key in find_altered_articles(now)]
    if altered:
        faults.append(
            f"{_some(altered)} in the catalogue is not what was brought in. `newsqa repair` takes it out of all "
            "searches; ingest it again"
        )
    versions = [repr(title) for _, title in find_altered_versions(now)]
    if versions:
        faults.append(f"an earlier version of {_some(versions)} is not what was kept; `newsqa repair` drops it")
    return Finding(now.article_count(), tuple(faults))


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:_NAMED]) + (f" and {len(names) - _NAMED} more" if len(names) > _NAMED else "")


def _vectors(parts: Parts, now: Snapshot, ids: Sequence[str]) -> Finding:
    """Chroma's files and records, and whether a sample of them comes back when it is asked for by itself."""
    state = now.state()
    if not ids and not parts.vectors.exists(state):
        return Finding(0)
    try:
        files = [] if state.dirty else find_damaged_graph(parts, now)
        files += (
            find_damaged_database(parts.vectors.folder(state.epoch) / DATABASE) if parts.chroma is None else []
        )
        if files:  # a damaged graph may end the process that opens it
            return Finding(0, (f"Chroma's files are damaged: {_some(files)}",))
        parts.vectors.refresh(state)
        chroma = parts.vectors.at(state)
        found = chroma.ids()
        faults = _compare("Chroma", Counter(found), ids)
        expected = json.loads(parts.fingerprint)
        if {name: chroma.made.get(name) for name in expected} != expected:
            faults.append("Chroma's collection was made with another encoder or splitter than the catalogue says")
        wrong = sum(key in found for key in find_damaged_passages(parts, now))
        if wrong:
            told = _say(wrong, "passage or its vector in Chroma is", "passages or their vectors in Chroma are")
            faults.append(f"{told} not what was written")
        step = max(1, len(ids) // _SAMPLE)
        reached = chroma.find_unreachable([key for key in ids[::step] if key in found])
        if len(reached.lost) > reached.asked // 100:  # a search in a graph is never quite complete
            faults.append(f"{len(reached.lost)} of {reached.asked} vectors in Chroma are not found by a query")
        return Finding(len(found), tuple(faults))
    except NewsIndexError as error:
        return Finding(0, (str(error),))


def _words(parts: Parts, now: Snapshot, ids: Sequence[str]) -> Finding:
    """The files of the words and what they hold, and whether passages are found by their own words."""
    if isinstance(parts.words, TantivyWords) and (ids or parts.words.folder.exists()):
        files = find_damaged_word_files(parts.words.folder)
        if files:
            return Finding(0, (f"files of the words are damaged or missing: {_some(files)}",))
    try:
        found = parts.words.ids()
        faults = _compare("the index of words", Counter(found), ids)
        lost = list(_find_lost(parts, now, ids)) if not faults else []
    except NewsIndexError as error:
        return Finding(0, (str(error),))
    if lost:
        faults.append(
            f"{_say(len(lost), 'passage is not found by its', 'passages are not found by their')} own words"
        )
    return Finding(len(found), tuple(faults))


def _find_lost(parts: Parts, now: Snapshot, ids: Sequence[str]) -> Iterable[str]:
    """Of a sample of passages, those that a search for their own words does not find."""
    generation = now.state().generation
    step = max(1, len(ids) // _QUESTIONS)
    for key, passage in now.passages(ids[::step]).items():
        query = f"{passage.title} {passage.text}"
        hits = parts.words.search(query, _FOUND, Filter(), generation)
        counts = parts.words.article_counts(analyse_query(query)[:1], generation, len(ids))
        if len(hits) < _FOUND and analyse_query(query) and (key not in dict(hits) or not all(counts.values())):
            yield key


def _compare(name: str, found: Counter[str], expected: Sequence[str]) -> list[str]:
    wanted = set(expected)
    absent = len(wanted - found.keys())
    extra = len(found.keys() - wanted)
    double = sum(count > 1 for count in found.values())
    counted = (
        (absent, f"passage is missing from {name}", f"passages are missing from {name}"),
        (extra, f"passage in {name} belongs to no article", f"passages in {name} belong to no article"),
        (double, f"passage stands in {name} more than once", f"passages stand in {name} more than once"),
    )
    return [_say(number, one, more) for number, one, more in counted if number]


def _say(number: int, one: str, more: str) -> str:
    return f"{number} {one if number == 1 else more}"
