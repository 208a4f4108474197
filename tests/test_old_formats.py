"""An index that an earlier newsqa made opens, answers at once, and is brought up to date by the next writer.

The fixtures were made by the code of their time: two articles of two passages, one of them in its second version,
and a third that was removed.
"""

from __future__ import annotations

import sqlite3
import tarfile
from contextlib import closing
from pathlib import Path

import pytest

from newsqa.store import Index
from newsqa.store._schema import MIGRATIONS, SCHEMA, SCHEMA_VERSION
from newsqa.text.bylines import split_authors
from newsqa.types import Filter
from tests.fakes import HashingEncoder, ParagraphSplitter, make_article

FIXTURES = sorted((Path(__file__).parent / "data" / "indexes").glob("*.tar.xz"))


@pytest.fixture(params=FIXTURES, ids=lambda path: path.name.removesuffix(".tar.xz"))
def home(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """An index of an earlier format, unpacked."""
    with tarfile.open(request.param) as archive:
        archive.extraction_filter = getattr(tarfile, "data_filter", None)  # Python 3.11.4 and newer
        archive.extractall(tmp_path)  # noqa: S202 - our own archives
    (folder,) = tmp_path.iterdir()
    return folder


def opened(home: Path, encoder: HashingEncoder | None = None) -> Index:
    return Index.open(home, encoder or HashingEncoder(), ParagraphSplitter())


def assert_answers(index: Index) -> None:
    """Every passage is found by its words and by its vector, filtered or not, and the earlier version is there."""
    listed = list(index.articles())
    assert [one.title for one in listed] == ["Night ferry goes on", "Harbour bridge opens"]
    for summary in listed:
        article = index.article(summary.id)
        assert index.versions(article.id) == [] or [text for _, _, text in index.versions(article.id)] == [
            "The night ferry to Sund stops.\n\nIts last crossing is in June."
        ]
        for passage in ParagraphSplitter().split(article):
            vector = HashingEncoder().encode_query(f"{passage.title}\n{passage.heading}\n{passage.text}")
            by = Filter(authors=tuple(split_authors(article.author)[-1:]))
            for where in (Filter(), Filter(sources=(article.source,)), by):
                assert passage.id in [key for key, _ in index.search_words(passage.text, 3, where)]
                assert index.search_vectors(vector, 1, where)[0][0] == passage.id
            assert index.passages([passage.id]) == [passage]


def test_it_answers_before_and_after_it_is_brought_up_to_date(home: Path) -> None:
    """A reader changes the catalogue alone; the next writer makes anew what has to be, and encodes nothing."""
    with opened(home) as index:
        assert_answers(index)
    encoder = HashingEncoder()
    with opened(home, encoder) as index:
        report = index.ingest([make_article("new", "A new report.", source="Daily")])
        assert encoder.texts == 1
        anew = report.notes == ("The vectors and words of the index were made anew from its articles.",)
        assert anew == home.name.startswith("format-1")
        index.remove([make_article("new").id])
        assert_answers(index)
        assert index.check().faults == ()
        assert index.languages() == {"en": 2}
    assert not (home / "vectors").exists()
    assert len(list(home.glob("chroma*"))) == 1


def test_its_catalogue_is_like_a_new_one(home: Path, tmp_path: Path) -> None:
    """After the steps from its version on it has the tables, columns and indexes of a catalogue made today."""
    with opened(home) as index:
        assert index.article_count() == 2
    with (
        closing(sqlite3.connect(home / "catalogue.sqlite")) as old,
        closing(sqlite3.connect(tmp_path / "new.sqlite")) as new,
    ):
        new.executescript(SCHEMA)
        assert described(old) == described(new)
        assert old.execute("PRAGMA user_version").fetchone() == (SCHEMA_VERSION,)
        assert old.execute("PRAGMA foreign_key_check").fetchall() == []


def described(connection: sqlite3.Connection) -> dict[str, set[object]]:
    """The columns of every table and index by name."""
    names = connection.execute(
        "SELECT type, name FROM sqlite_master WHERE name NOT LIKE 'sqlite_%' AND type IN ('table', 'index')"
    )
    found: dict[str, set[object]] = {}
    for kind, name in names.fetchall():
        rows = connection.execute(f"PRAGMA {kind}_info({name})").fetchall()
        found[name] = {row[1:5] if kind == "table" else row[2] for row in rows}
    return found


def test_every_version_has_a_step_and_a_fixture() -> None:
    """A new format comes with the step to it, and with an index of the one before."""
    assert sorted(MIGRATIONS) == list(range(1, SCHEMA_VERSION))
    assert {int(path.name.split("-")[1].split(".")[0]) for path in FIXTURES} == set(MIGRATIONS)


def test_an_altered_text_is_not_taken_for_sound(home: Path) -> None:
    """Once it is brought up to date, an altered text is noticed in it, too."""
    with opened(home) as index:
        index.ingest([make_article("new", "A new report.")])
        with closing(sqlite3.connect(home / "catalogue.sqlite")) as connection:
            connection.execute("UPDATE articles SET text = replace(text, '14 crowns', '41 crowns')")
            connection.commit()
        (fault,) = index.check().faults
        assert "Harbour bridge opens" in fault
