"""Damage that nothing notices by itself: other bits in files, altered texts, and an unfinished rebuild."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from newsqa.errors import IndexRebuildingError
from newsqa.interfaces.access.responses import describe_publicly
from newsqa.store import Index
from tests.fakes import HashingEncoder, ParagraphSplitter, make_article
from tests.store_worker import edition, open_index
from tests.test_store_faults import ARTICLES, assert_whole

FIRST = ARTICLES[0]
WORDS = ["*.term", "*.idx", "*.pos", "*.fast", "*.fieldnorm", "*.store"]
GRAPH = ["data_level0.bin", "header.bin", "index_metadata.pickle", "length.bin", "link_lists.bin"]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An index of twenty articles; not to be changed."""
    home = tmp_path_factory.mktemp("made") / "home"
    with open_index(home, delay=0) as index:
        index.ingest(ARTICLES)
    return home


@pytest.fixture
def home(made: Path, tmp_path: Path) -> Path:
    """A copy of the index, closed."""
    return shutil.copytree(made, tmp_path / "home")


def run_sql(home: Path, sql: str, *values: object) -> None:
    """Changes the catalogue behind newsqa's back."""
    with closing(sqlite3.connect(home / "catalogue.sqlite")) as connection:
        connection.execute(sql, values)
        connection.commit()


@pytest.mark.parametrize("place", [0.1, 0.4, 0.9])
@pytest.mark.parametrize("pattern", [f"words/{name}" for name in WORDS] + [f"chroma/*/{name}" for name in GRAPH])
def test_a_flipped_bit_is_found_and_mended(home: Path, pattern: str, place: float) -> None:
    """One bit of a file of tantivy or of Chroma's graph is enough to be noticed; no article is lost."""
    path = max(home.glob(pattern), key=lambda path: path.stat().st_size)
    content = bytearray(path.read_bytes())
    content[int(place * len(content))] ^= 0b100
    path.write_bytes(content)
    with open_index(home, delay=0) as index:
        (fault,) = index.check().faults
        assert path.name in fault
        assert index.repair().faults == ()
    assert_whole(home)


@pytest.mark.parametrize("pattern", [f"words/{name}" for name in WORDS] + [f"chroma/*/{name}" for name in GRAPH])
def test_a_deleted_file_is_found_and_mended(home: Path, pattern: str) -> None:
    """A file that is not there makes the index unsound, whatever else still works."""
    next(home.glob(pattern)).unlink()
    with open_index(home, delay=0) as index:
        assert index.check().faults
        assert index.repair().faults == ()
    assert_whole(home)


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE embedding_metadata SET string_value = 'Nowhere' WHERE key = 'source' AND id = 3",
        "UPDATE embedding_metadata SET int_value = int_value + 1 WHERE key = 'published' AND id = 5",
        "DELETE FROM embeddings WHERE id = 7",
        "UPDATE embeddings SET embedding_id = 'stranger' WHERE id = 9",
    ],
)
def test_altered_records_of_chroma(home: Path, sql: str) -> None:
    """What stands beside a vector in Chroma's database is held against the catalogue."""
    with closing(sqlite3.connect(home / "chroma" / "chroma.sqlite3")) as connection:
        connection.execute(sql)
        connection.commit()
    with open_index(home, delay=0) as index:
        assert index.check().faults
        assert index.repair().faults == ()
    assert_whole(home)


@pytest.mark.parametrize(
    "column", ["text", "title", "source", "url", "published", "content_hash", "author", "language", "blocks"]
)
def test_an_altered_article_is_not_quoted(home: Path, column: str) -> None:
    """It is named by a check, taken out of all searches by a repair, and put right by bringing it in again."""
    value = {"published": 700_000, "blocks": '[[0, 5, "paragraph"]]'}.get(column, "41 million")
    run_sql(home, f"UPDATE articles SET {column} = ? WHERE id = ?", value, FIRST.id)  # noqa: S608
    passage = ParagraphSplitter().split(FIRST)[0]
    with open_index(home, delay=0) as index:
        (fault,) = [fault for fault in index.check().faults if "is not what was brought in" in fault]
        assert FIRST.id in fault
        assert index.repair().faults == (fault,)
        assert passage.id not in [key for key, _ in index.search_words(passage.text, 50)]
        assert index.passages([passage.id]) == []
        assert index.ingest(ARTICLES).updated == 1
        assert index.check().faults == ()
        assert index.versions(FIRST.id) == []
    assert_whole(home)


def test_altered_passages_and_versions(home: Path) -> None:
    """A passage that was moved is cut anew, and an earlier version that was altered is dropped."""
    changed = edition(2)[0]
    with open_index(home, delay=0) as index:
        index.ingest([changed])
    run_sql(home, "UPDATE versions SET text = 'Never said.'")
    run_sql(home, "UPDATE passages SET start = start + 1 WHERE article_id = ?", ARTICLES[1].id)
    with open_index(home, delay=0) as index:
        version, passages = sorted(index.check().faults)
        assert "passage or its vector" in version + passages or "passages or their vectors" in version
        assert "an earlier version of" in version + passages
        assert index.repair().faults == ()
        assert index.versions(changed.id) == []
        index.ingest([FIRST])
    assert_whole(home)


class Watching(HashingEncoder):
    """Does something each time it is asked for vectors, and fails in the end if it is to."""

    def __init__(self, home: Path, fail: bool) -> None:
        super().__init__()
        self._home, self._fail = home, fail
        self.told: list[str] = []

    def encode_passages(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """The vectors of the texts."""
        self.told.append(asked(self._home))
        if self._fail:
            raise KeyboardInterrupt
        return super().encode_passages(texts)


def asked(home: Path) -> str:
    """What another process is told that asks meanwhile."""
    with open_index(home, delay=0) as index:
        for search in (
            lambda: index.search_words("report", 5),
            lambda: index.search_vectors(HashingEncoder().encode_query("report"), 5),
            lambda: index.article_counts(["report"]),
        ):
            with pytest.raises(IndexRebuildingError) as caught:
                search()
    return str(caught.value)


@pytest.mark.parametrize("fail", [False, True], ids=["running", "interrupted"])
def test_questions_while_an_index_is_rebuilt(home: Path, fail: bool) -> None:
    """They are told so, never that no article says anything; the next writer brings it to its end."""
    encoder = Watching(home, fail)
    with Index.open(home, encoder, ParagraphSplitter(), rebuild=True) as index:
        if not fail:
            assert index.repair(rebuild=True).faults == ()
        else:
            with pytest.raises(KeyboardInterrupt):
                index.repair(rebuild=True)
            assert "is being rebuilt" in asked(home)
            with open_index(home, delay=0) as other:
                assert len(list(other.articles())) == 20
                other.ingest([make_article("new", "One more report.")])
    assert encoder.told
    assert all("is being rebuilt" in told for told in encoder.told)
    assert describe_publicly(IndexRebuildingError(encoder.told[0])).startswith("The index is being rebuilt")
    assert_whole(home)


def test_questions_while_the_words_are_filled_anew(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A repair that fills the words anew tells those who ask meanwhile."""
    told = []
    next(home.glob("words/*.pos")).unlink()
    monkeypatch.setattr(
        "newsqa.store._upkeep.make_word_rows", lambda *given: told.append(asked(home)) or real(*given)
    )
    from newsqa.store._records import make_word_rows as real

    with open_index(home, delay=0) as index:
        assert index.repair().faults == ()
    assert told
    assert all("The index of words" in one for one in told)
    assert_whole(home)


def test_old_versions_are_pruned(tmp_path: Path) -> None:
    """An article keeps its newest earlier versions, as many as are set; fewer once the setting is lower."""

    def opened(versions: int) -> Index:
        return Index.open(tmp_path, HashingEncoder(), ParagraphSplitter(), versions=versions)

    with opened(3) as index:
        for turn in range(6):
            index.ingest([make_article("live", f"The score is {turn}.")])
        assert [text for _, _, text in index.versions(make_article("live").id)] == [
            f"The score is {turn}." for turn in (2, 3, 4)
        ]
    with opened(1) as index:
        index.ingest([make_article("other", "Something else.")])
        assert [text for _, _, text in index.versions(make_article("live").id)] == ["The score is 4."]


def test_lists_in_pages(home: Path) -> None:
    """Articles are listed page by page, and counted by the same filter, without being loaded."""
    with open_index(home, delay=0) as index:
        everything = list(index.articles())
        pages = [list(index.articles(limit=6, offset=offset)) for offset in range(0, 24, 6)]
        assert [len(page) for page in pages] == [6, 6, 6, 2]
        assert [one for page in pages for one in page] == everything
        assert list(index.articles(offset=19)) == everything[19:]
        assert index.article_count() == 20
