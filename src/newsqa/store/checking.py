"""Holds the parts of an index against the catalogue, and fills those anew that disagree with it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from newsqa.errors import IndexDamagedError, NewsIndexError
from newsqa.store.faults import missing
from newsqa.store.parts import Parts
from newsqa.store.snapshot import Snapshot
from newsqa.store.writing import writing
from newsqa.types import CheckReport

_SAMPLE = 2000  # vectors that are asked for by themselves


@dataclass(frozen=True, slots=True)
class Finding:
    """How many records a part holds, and what is wrong with it."""

    count: int
    faults: tuple[str, ...] = ()


def check(parts: Parts, now: Snapshot) -> CheckReport:
    """Compares every part with the catalogue; nobody may write meanwhile."""
    if not now.has_articles():
        raise missing(parts.place)
    ids = [key for key, _, _ in now.passage_rows()]
    catalogue, copy, vectors, words = (
        _catalogue(now),
        _copy(parts, now),
        _vectors(parts, now, ids),
        _words(parts, ids),
    )
    return CheckReport(
        articles=now.article_count(),
        passages=len(ids),
        vectors=vectors.count,
        words=words.count,
        faults=catalogue.faults + copy.faults + vectors.faults + words.faults,
    )


def repair(parts: Parts, *, rebuild: bool = False) -> CheckReport:
    """Fills every part that disagrees with the catalogue anew; with `rebuild`, encodes all articles again.

    Raises `IndexDamagedError` if the catalogue itself is damaged.
    """
    if not parts.catalogue.exists():
        raise missing(parts.place)
    with writing(parts, recover=False) as writer:
        if not writer.now.has_articles():
            raise missing(parts.place)
        faults = writer.now.faults()
        if faults:
            raise IndexDamagedError(
                f"The catalogue of the index at {parts.place} is damaged ({'; '.join(faults)}). It cannot be "
                "rebuilt from the other parts: set NEWSQA_HOME to a new folder and ingest your articles there."
            )
        error = parts.mismatch(writer.now.state().fingerprint)
        if rebuild:
            writer.rebuild()
        elif error is not None:
            raise error
        else:
            with suppress(IndexDamagedError):
                writer.recover()
        ids = [key for key, _, _ in writer.now.passage_rows()]
        if _words(parts, ids).faults:
            writer.upkeep.refill_words()
        if _vectors(parts, writer.now, ids).faults:
            writer.upkeep.refill_vectors()
        writer.upkeep.heal_rows()
        if parts.wrong_sketches(writer.now):
            parts.sketches.forget()
            writer.upkeep.sketch()
        writer.recover()
        writer.upkeep.tidy()
    with parts.catalogue.reading() as now:
        return check(parts, now)


def _catalogue(now: Snapshot) -> Finding:
    faults = [f"the catalogue is damaged: {fault}" for fault in now.faults()]
    waiting, tombstones = len(now.waiting()), len(now.tombstones())
    if waiting:
        faults.append(f"{waiting} articles wait to be finished, which the next `newsqa ingest` does")
    if tombstones:
        faults.append(f"{tombstones} removed passages wait to be dropped from vectors and words")
    faults += [f"the {part} were being filled anew and are not complete" for part in now.state().stale]
    return Finding(now.article_count(), tuple(faults))


def _copy(parts: Parts, now: Snapshot) -> Finding:
    damaged = sum(1 for _ in parts.damaged_rows(now))
    if damaged:
        return Finding(0, (f"{damaged} passages have a missing or damaged vector in the copy for exact search",))
    wrong = parts.wrong_sketches(now)
    fault = f"{wrong} passages have a missing or damaged sketch, by which their vector is found"
    return Finding(0, (fault,) if wrong else ())


def _vectors(parts: Parts, now: Snapshot, ids: Sequence[str]) -> Finding:
    """Chroma's records, and whether a sample of them comes back when it is asked for by itself."""
    vectors = parts.vectors
    if not ids and not vectors.exists():
        return Finding(0)
    try:
        found = vectors.ids()
        faults = _differences("Chroma", Counter(found), ids)
        made = vectors.fingerprint()
        if {name: made.get(name) for name in json.loads(parts.fingerprint)} != json.loads(parts.fingerprint):
            faults.append("Chroma's collection was made with another encoder or splitter than the catalogue says")
        wrong = _different(parts, now)
        if wrong:
            faults.append(f"{wrong} vectors in Chroma are not those of their passages")
        step = max(1, len(ids) // _SAMPLE)
        reached = vectors.unreachable([key for key in ids[::step] if key in found])
        if reached.lost > reached.asked // 100:  # a search in a graph is never quite complete
            faults.append(f"{reached.lost} of {reached.asked} vectors in Chroma are not found by a query")
        return Finding(len(found), tuple(faults))
    except NewsIndexError as error:
        return Finding(0, (str(error),))
    finally:
        vectors.close()


def _different(parts: Parts, now: Snapshot) -> int:
    """How many of Chroma's vectors differ from the copy, where the copy is sound."""
    import numpy as np

    state = now.state()
    matrix = parts.matrix.rows(state.epoch, state.next_row)
    if matrix is None:
        return 0
    damaged = {key for key, _ in parts.damaged_rows(now)}
    rows = {key: row for key, row, _ in now.passage_rows() if key not in damaged}
    different = 0
    for keys, vectors in parts.vectors.embeddings(list(rows)):
        near = np.isclose(vectors, matrix[[rows[key] for key in keys]], atol=1e-4).all(axis=1)
        different += int((~near).sum())
    return different


def _words(parts: Parts, ids: Sequence[str]) -> Finding:
    try:
        found = parts.words.ids()
    except NewsIndexError as error:
        return Finding(0, (str(error),))
    return Finding(len(found), tuple(_differences("the index of words", Counter(found), ids)))


def _differences(name: str, found: Counter[str], expected: Sequence[str]) -> list[str]:
    wanted = set(expected)
    absent = len(wanted - found.keys())
    extra = len(found.keys() - wanted)
    double = sum(count > 1 for count in found.values())
    counted = (
        (absent, "{} passages are missing from {}"),
        (extra, "{} passages in {} belong to no article"),
        (double, "{} passages stand in {} more than once"),
    )
    return [text.format(number, name) for number, text in counted if number]
