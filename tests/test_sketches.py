"""Sketches: what they let through is what an exact search finds, and they are made, kept and mended unasked."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest

from newsqa.store import Index
from newsqa.store.matrix import Matrix, nearest
from newsqa.store.sketches import BLOCK, Sketches
from newsqa.store.vectors import Vectors
from newsqa.types import Filter
from tests.fakes import HashingEncoder, ParagraphSplitter, make_article

FIRST = date(2020, 1, 1)
ARTICLES = [
    make_article(
        f"n{i}",
        f"Item {i} of {i * i}, seen on {i % 7}.",
        f"More about {i % 11}.",
        source=("The Courier", "Evening Echo")[i % 5 == 0],
        published=FIRST + timedelta(days=i) if i % 9 else None,
    )
    for i in range(60)
]


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Index]:
    """An index that is searched by sketches, small as it is."""
    monkeypatch.setattr("newsqa.store.searching.SCANNED", 0)
    monkeypatch.setattr("newsqa.store.searching.CANDIDATES", 16)
    with Index.open(tmp_path / "home", HashingEncoder(), ParagraphSplitter()) as index:
        index.ingest(ARTICLES)
        yield index


def test_what_is_written_in_pieces_is_read_as_one(tmp_path: Path) -> None:
    """Rows are read as they were written, also where blocks end; beyond them there is nothing."""
    rng = np.random.default_rng(1)
    vectors = rng.standard_normal((2 * BLOCK + 30, 100)).astype(np.float32)
    facts = [{"source": f"s{i % 3}", "language": "en"} | ({"published": i} if i % 4 else {}) for i in range(2078)]
    sketches = Sketches(tmp_path, 100)
    for first, last in ((0, 700), (700, 1500), (1500, 2078)):
        sketches.write(3, first, vectors[first:last], facts[first:last])
    due = sketches.columns(vectors[900:2078], facts[900:])
    read = Sketches(tmp_path, 100).stored(3, 900, 2078)
    assert read is not None
    assert due["bits"].shape == (1178, 2)
    assert all((read[name] == values).all() for name, values in due.items())
    assert sketches.stored(3, 0, 3 * BLOCK + 1) is None
    assert sketches.stored(2, 0, 1) is None


def test_the_nearest_sketches_hold_the_nearest_vectors(tmp_path: Path) -> None:
    """Of 20,000 vectors in loose groups, 1,500 sketches hold at least 99 % of the 50 nearest vectors."""
    rng = np.random.default_rng(2)
    centres = rng.standard_normal((200, 128))
    vectors = (centres[rng.integers(0, 200, 20_000)] + 0.8 * rng.standard_normal((20_000, 128))).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    sketches = Sketches(tmp_path, 128)
    sketches.write(0, 0, vectors, [{"source": "", "language": ""}] * len(vectors))
    blocks = sketches.blocks(0, len(vectors))
    assert blocks is not None
    shared = []
    for query in vectors[::1000]:
        rows = sketches.near(blocks, len(vectors), query, 1500, Filter())
        assert 1500 <= len(rows) < 4000
        shared.append(len(np.intersect1d(rows, nearest(vectors, query, 50, None)[0])))
    assert sum(shared) >= 0.99 * 50 * len(shared)


@pytest.mark.parametrize(
    "where",
    [
        Filter(),
        Filter(since=FIRST + timedelta(days=10), until=FIRST + timedelta(days=30)),
        Filter(sources=("evening echo",)),
        Filter(sources=("Evening Echo",), until=FIRST + timedelta(days=30)),
        Filter(sources=("Nobody",)),
        Filter(languages=("en",)),
    ],
)
def test_filters(index: Index, monkeypatch: pytest.MonkeyPatch, where: Filter) -> None:
    """A search by sketches that lets all passages through finds what comparing all vectors finds."""
    vector = HashingEncoder().encode_query("Item 45 of 9 on 3")
    index.ingest([make_article(f"n{i}", f"Changed item {i}.", source="Evening Echo") for i in range(12)])
    index.remove([article.id for article in ARTICLES[20:30]])
    found = index.search_vectors(vector, 200, where)
    few = index.search_vectors(vector, 3, where)
    monkeypatch.setattr("newsqa.store.searching.SCANNED", 1000)
    assert found == index.search_vectors(vector, 200, where)
    assert len(few) == min(3, len(found))


def test_two_sources_with_one_number(index: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where two names share a number in the sketches, the catalogue tells them apart."""
    monkeypatch.setattr("newsqa.store.sketches._code", len)
    index.ingest([make_article("x", "Item 45 of 9 on 3.", source="Morning Echo")])
    index.repair()
    hits = index.search_vectors(
        HashingEncoder().encode_query("Item 45 of 9 on 3"), 5, Filter(sources=("Evening Echo",))
    )
    assert {passage.source for passage in index.passages([key for key, _ in hits])} == {"Evening Echo"}


def test_damaged_sketches_are_found_and_mended(index: Index) -> None:
    """A check compares every sketch with its vector, and a repair makes them anew."""
    (path,) = (index._parts.home / "vectors").glob("*.bits")
    path.write_bytes(path.read_bytes()[:64] + b"\xff" * 8 + path.read_bytes()[72:])
    (fault,) = index.check().faults
    assert fault.startswith("1 passages have a missing or damaged sketch")
    assert index.repair().sound
    path.unlink()
    index._parts.sketches.forget()
    assert len(index.search_vectors(HashingEncoder().encode_query("Item 45"), 5)) == 5
    assert not index.check().sound
    assert index.repair().sound
    assert path.is_file()


def test_an_index_without_sketches_gets_them(index: Index) -> None:
    """An index of an earlier newsqa is searched as before, and the next writer makes its sketches."""
    home = index._parts.home
    with index._parts.catalogue.writing() as writer, writer.transaction():
        writer.drop_meta("sketches")
    (path,) = (home / "vectors").glob("*.bits")
    path.unlink()
    vector = HashingEncoder().encode_query("Item 45 of 9 on 3")
    before = index.search_vectors(vector, 5)
    index.ingest([make_article("new", "Something else.")])
    assert path.is_file()
    assert index.search_vectors(vector, 5) == before
    assert index.check().sound


def test_facts_follow_the_catalogue(index: Index) -> None:
    """What is known of the whole index is right after each change, also one that another process made."""
    with Index.open(index._parts.home, HashingEncoder(), ParagraphSplitter()) as other:
        assert (other.article_count(), len(other)) == (60, 120)
        assert other.sources() == ["Evening Echo", "The Courier"]
        index.remove([article.id for article in ARTICLES if article.source == "Evening Echo"])
        assert (other.article_count(), len(other)) == (48, 96)
        assert other.sources() == ["The Courier"]
        index.ingest([make_article("bare", source="Daily", published=date(2031, 1, 1))])
        assert (other.article_count(), other.period()) == (49, (FIRST + timedelta(days=1), date(2031, 1, 1)))
        index.remove([make_article("bare").id])
        assert other.sources() == ["The Courier"]


def test_a_search_in_the_middle_of_a_batch(index: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    """While a batch is being written, other processes find what stood there before, without asking Chroma."""
    vector = HashingEncoder().encode_query("Item 45 of 9 on 3")
    before = index.search_vectors(vector, 5)
    found = []

    def searching(name: str, write: Callable[..., None]) -> None:
        def written(*given: object) -> None:
            with Index.open(index._parts.home, HashingEncoder(), ParagraphSplitter()) as other:
                found.append(other.search_vectors(vector, 5))
            write(*given)

        monkeypatch.setattr(name, written)

    monkeypatch.setattr("newsqa.store.searching._in_graph", lambda *_: pytest.fail("Chroma was asked"))
    searching("newsqa.store.matrix.Matrix.write", Matrix.write)
    searching("newsqa.store.vectors.Vectors.upsert", Vectors.upsert)
    index.ingest([make_article("new", "Item 45 of 9 on 3.")])
    assert found == [before, before]
    assert index.search_vectors(vector, 5) != before
