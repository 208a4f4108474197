"""Damage, full disks, locked and read-only folders: a clear message, nothing lost, and a way back."""

from __future__ import annotations

import gc
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from newsqa.errors import IndexDamagedError, IndexLockedError, IndexMismatchError, StorageError
from newsqa.store import Index
from newsqa.store._catalogue import write_lock
from newsqa.store._collection import Collection
from tests.fakes import HashingEncoder, ParagraphSplitter, make_article
from tests.store_worker import edition, open_index

ROOT = Path(__file__).parents[1]
ARTICLES = edition(1)[:20]


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


def assert_whole(home: Path, encoder: HashingEncoder | None = None) -> None:
    """Every article is there, and every passage is found by its words and by its vector."""
    encoder = encoder or HashingEncoder()
    with Index.open(home, encoder, ParagraphSplitter()) as index:
        assert index.check().faults == ()
        for article in ARTICLES:
            assert index.article(article.id) == article
            for passage in ParagraphSplitter().split(article):
                vector = encoder.encode_query(f"{passage.title}\n{passage.text}")
                assert index.search_vectors(vector, 1)[0][0] == passage.id
                assert passage.id in [key for key, _ in index.search_words(passage.text, 5)]


def garbage(pattern: str) -> Callable[[Path], None]:
    """Overwrites all matching files with garbage."""

    def damage(home: Path) -> None:
        files = [path for path in home.glob(pattern) if path.is_file()]
        assert files
        for path in files:
            path.write_bytes(b"garbage " * 200)

    return damage


def gone(pattern: str) -> Callable[[Path], None]:
    """Deletes matching folders."""

    def delete(home: Path) -> None:
        for path in home.glob(pattern):
            shutil.rmtree(path)

    return delete


def in_chroma(index: Index) -> Collection:
    """The collection of an index."""
    with index._parts.catalogue.reading() as now:
        return index._parts.vectors.at(now.state())


def lost_in_chroma(home: Path) -> None:
    with open_index(home, delay=0) as index:
        vectors = in_chroma(index)
        vectors.delete(sorted(vectors.ids())[:3])
        vectors.upsert(["stranger"], np.eye(1, 64, dtype=np.float32), [{"source": "nowhere"}])


def wrong_in_chroma(home: Path) -> None:
    with open_index(home, delay=0) as index:
        vectors = in_chroma(index)
        keys = sorted(vectors.ids())[:2]
        vectors.upsert(keys, np.eye(2, 64, dtype=np.float32), [{"source": "moved"}] * 2)


def doubled_in_words(home: Path) -> None:
    with open_index(home, delay=0) as index:
        words = index._parts.words
        first = words.ids()[0]
        writer = words._open_writer()
        import tantivy

        document = tantivy.Document()
        document.add_text("id", first)
        writer.add_document(document)
        writer.commit()
        words.finish()


DAMAGE = {
    "chroma-garbage": garbage("chroma/chroma.sqlite3"),
    "chroma-gone": gone("chroma"),
    "chroma-incomplete": lost_in_chroma,
    "chroma-wrong": wrong_in_chroma,
    "words-meta-garbage": garbage("words/meta.json"),
    "words-garbage": garbage("words/*"),
    "words-segments-garbage": garbage("words/*.term"),
    "words-gone": gone("words"),
    "words-doubled": doubled_in_words,
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_check_finds_and_repair_mends(home: Path, damage: Callable[[Path], None]) -> None:
    """Whatever happens to vectors or words, check says so and repair rebuilds it from the catalogue."""
    damage(home)
    encoder = HashingEncoder()
    with Index.open(home, encoder, ParagraphSplitter()) as index:
        assert index.check().faults
        assert index.repair().faults == ()
    assert_whole(home)


def test_only_what_chroma_has_lost_is_encoded(home: Path) -> None:
    """Vectors that Chroma still has are kept by a repair; without Chroma all are made again."""
    for damage, encoded in ((lost_in_chroma, 3), (wrong_in_chroma, 2), (gone("chroma*"), 50)):
        damage(home)
        encoder = HashingEncoder()
        with Index.open(home, encoder, ParagraphSplitter()) as index:
            assert index.repair().faults == ()
        assert encoder.texts == encoded
    assert_whole(home)


@pytest.mark.parametrize(
    "name", ["chroma-garbage", "chroma-gone", "words-meta-garbage", "words-garbage", "words-gone"]
)
def test_writing_to_a_damaged_index_is_refused(home: Path, name: str) -> None:
    """An ingest does not write on over lost vectors or words; it names the command that mends them."""
    DAMAGE[name](home)
    with open_index(home, delay=0) as index:
        with pytest.raises(IndexDamagedError, match="newsqa repair"):
            index.ingest([make_article("new", "One more paragraph.")])
        index.repair()
        index.ingest([make_article("new", "One more paragraph.")])
        assert len(list(index.articles())) == 21
    assert_whole(home)


@pytest.mark.parametrize("name", ["words-meta-garbage", "words-segments-garbage", "words-gone"])
def test_searching_damaged_words(home: Path, name: str) -> None:
    """A search in damaged words names the command that mends them; vectors still work."""
    DAMAGE[name](home)
    with open_index(home, delay=0) as index:
        with pytest.raises(IndexDamagedError, match="newsqa repair"):
            index.search_words("report", 5)
        assert index.search_vectors(HashingEncoder().encode_query("report"), 5)


@pytest.mark.parametrize("content", [b"garbage " * 2000, b"SQLite format 3\x00" + b"\xff" * 8000])
def test_a_damaged_catalogue(home: Path, content: bytes) -> None:
    """A catalogue that cannot be read is said to be lost, with what to do, by every command."""
    for path in home.glob("catalogue.sqlite-*"):
        path.unlink()
    (home / "catalogue.sqlite").write_bytes(content)
    with pytest.raises(IndexDamagedError, match="new folder"):
        open_index(home, delay=0)
    with Index.open(home, HashingEncoder(), ParagraphSplitter(), rebuild=True) as index:
        for command in (index.repair, index.check, lambda: index.ingest(ARTICLES), index.sources):
            with pytest.raises(IndexDamagedError, match="new folder"):
                command()


def test_a_catalogue_with_a_damaged_page(home: Path) -> None:
    """Damage deep inside of the catalogue is found by check, and repair refuses to build on it."""
    with sqlite3.connect(home / "catalogue.sqlite") as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        root = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'passages_by_article'")
        page, size = root.fetchone()[0], connection.execute("PRAGMA page_size").fetchone()[0]
    connection.close()
    with (home / "catalogue.sqlite").open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(b"\x0a" + b"\x00" * (size - 1))
    with open_index(home, delay=0) as index:
        assert any("catalogue" in fault for fault in index.check().faults)
        with pytest.raises(IndexDamagedError, match="new folder"):
            index.repair()


def test_a_newer_format(home: Path) -> None:
    """An index of a later version is not touched."""
    connection = sqlite3.connect(home / "catalogue.sqlite")
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(IndexMismatchError, match="format 99"):
        open_index(home, delay=0)


HOLD = """
import sys, time
from pathlib import Path
from newsqa.store._catalogue import write_lock
with write_lock(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def other_writer(home: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that holds the write lock."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(home)], stdout=subprocess.PIPE, text=True, cwd=ROOT
    )
    with process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def test_a_second_writer_is_told_who_writes(home: Path, other_writer: subprocess.Popen[str]) -> None:
    """Only one process writes; another is refused at once, by name, while searching goes on."""
    with open_index(home, delay=0) as index:
        refused = [
            lambda: index.ingest(ARTICLES),
            lambda: index.remove([ARTICLES[0].id]),
            index.repair,
            index.check,
        ]
        for command in refused:
            with pytest.raises(IndexLockedError, match=rf"pid {other_writer.pid}, since \d{{4}}-.* try again"):
                command()
        assert index.search_words("report", 5)
        other_writer.kill()
        other_writer.wait()
        assert index.remove([ARTICLES[0].id]) == 1


def test_a_second_thread_is_told_too(home: Path) -> None:
    """The lock also holds within a process."""
    index = open_index(home, delay=0)
    with index, write_lock(home), pytest.raises(IndexLockedError, match="This process"):
        index.ingest(ARTICLES)


@pytest.mark.parametrize("note", ["", "garbage", "[]", json.dumps({"pid": None, "since": 1})])
def test_an_unreadable_note_of_the_writer(home: Path, note: str) -> None:
    """Without a usable note the message does without the name."""
    with write_lock(home):
        (home / "writer.json").write_text(note)
        with open_index(home, delay=0) as index, pytest.raises(IndexLockedError, match="Another process is"):
            index.ingest(ARTICLES)


LIMITED = """
import os, resource, sys
from pathlib import Path
from newsqa.errors import StorageError
from tests.store_worker import edition, open_index
home = Path(sys.argv[1])
with open_index(home, delay=0) as index:
    import chromadb  # its own files are written before there is a limit
    largest = max(path.stat().st_size for path in home.rglob("*") if path.is_file())
    resource.setrlimit(resource.RLIMIT_FSIZE, (largest + int(sys.argv[2]), resource.RLIM_INFINITY))
    try:
        index.ingest(edition(2))
    except StorageError as error:
        print(error)
        sys.exit(3)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="RLIMIT_FSIZE is POSIX")
@pytest.mark.slow
@pytest.mark.parametrize("allowed", [-4096, 4096, 20_000])
def test_a_write_that_fails(home: Path, allowed: int) -> None:
    """When a file cannot grow the error says so; what was in is whole, and afterwards it goes on."""
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, str(home), str(allowed)],
        capture_output=True, text=True, check=False, cwd=ROOT,
    )  # fmt: skip
    assert done.returncode == 3, done.stdout + done.stderr
    assert "cannot be written" in done.stdout
    assert "Free some disk space" in done.stdout
    assert_goes_on(home)


def assert_goes_on(home: Path) -> None:
    """After the failure the unchanged articles are found, and the same ingest brings in the rest."""
    kept = [article for article in ARTICLES if article in edition(2)]
    assert kept
    with open_index(home, delay=0) as index:
        for article in kept:
            assert index.article(article.id) == article
            for passage in ParagraphSplitter().split(article):
                assert passage.id in [key for key, _ in index.search_words(passage.text, 5)]
                vector = HashingEncoder().encode_query(f"{passage.title}\n{passage.text}")
                assert index.search_vectors(vector, 1)[0][0] == passage.id
        index.ingest(edition(2))
        assert {s.id for s in index.articles()} == {article.id for article in edition(2)}
        assert [index.article(article.id) for article in edition(2)] == edition(2)
        assert index.check().faults == ()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of six megabytes."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = shutil.which("mount") and subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=6m", "tmpfs", str(folder)], check=False, capture_output=True
    )
    if not mounted or mounted.returncode:
        pytest.skip("mounting a small file system needs root")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


@pytest.mark.parametrize("left", [0, 100_000, 300_000])
def test_a_full_disk(small_disk: Path, left: int) -> None:
    """On a full disk an ingest fails with advice, searching goes on, and with space again it goes through."""
    home = small_disk / "home"
    with open_index(home, delay=0) as index:
        index.ingest(ARTICLES)
        assert index.search_words("report", 5)
        filler = small_disk / "filler"
        free = shutil.disk_usage(small_disk).free
        filler.write_bytes(b"x" * max(0, free - left))
        with pytest.raises(StorageError, match="Free some disk space"):
            index.ingest([*edition(2), *(make_article(f"more-{i}", "Words " * 400) for i in range(100))])
        assert index.search_words("report", 5)
        filler.unlink()
    assert_goes_on_with(home)


def assert_goes_on_with(home: Path) -> None:
    with open_index(home, delay=0) as index:
        index.ingest(edition(2))
        assert {article.id for article in edition(2)} <= {s.id for s in index.articles()}
        assert [index.article(article.id) for article in edition(2)] == edition(2)
        assert index.check().faults == ()


@pytest.fixture
def read_only(home: Path, tmp_path: Path) -> Iterator[Path]:
    """The index on a read-only file system."""
    folder = tmp_path / "read-only"
    folder.mkdir()
    if not shutil.which("mount"):
        pytest.skip("there is no mount command")
    if subprocess.run(["mount", "--bind", str(home), str(folder)], check=False, capture_output=True).returncode:
        pytest.skip("mounting a read-only file system needs root")
    try:
        subprocess.run(["mount", "-o", "remount,bind,ro", str(folder)], check=True)
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def test_a_read_only_folder(read_only: Path) -> None:
    """An index on a read-only file system is searched; writing to it says that it cannot."""
    with open_index(read_only, delay=0) as index:
        assert index.search_words("report", 5)
        assert index.search_vectors(HashingEncoder().encode_query("report"), 5)
        assert index.article_counts(["report"]) == {"report": 20}
        assert len(list(index.articles())) == 20
        assert index.check().faults == ()
        with pytest.raises(StorageError, match="make the folder writable"):
            index.ingest(edition(2))


def test_a_read_only_folder_that_is_written_elsewhere(
    home: Path, read_only: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A batch that a writer has begun is waited for; one that was cut short is told, and no copy is left."""
    monkeypatch.setattr("newsqa.store._embedded._LONGEST_WRITE", 2)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    vector = HashingEncoder().encode_query("report")
    mark = next(home.glob("chroma*")) / "writing"
    mark.touch()
    os.utime(mark, (0, 0))
    with open_index(read_only, delay=0) as index:
        with pytest.raises(IndexDamagedError, match="cut short"):
            index.search_vectors(vector, 3)
        timer = threading.Timer(0.3, mark.unlink)
        timer.start()
        assert index.search_vectors(vector, 3)
        timer.join()
    database = mark.parent / "chroma.sqlite3"
    database.write_bytes(b"x" * 9999)
    with open_index(read_only, delay=0) as index, pytest.raises(IndexDamagedError):
        index.search_vectors(vector, 3)
    gc.collect()
    assert not list(tmp_path.glob("newsqa-vectors-*"))


_FORKED = """
import os, sys
from pathlib import Path
from newsqa.errors import NewsqaError
from tests.store_worker import edition, open_index

with open_index(Path(sys.argv[1]), delay=0) as index:
    assert index.search_words("report", 3)
    if child := os.fork():
        os.waitpid(child, 0)
        assert index.search_words("report", 3)
    for act in (lambda: index.search_words("report", 3), lambda: index.ingest(edition(1))) if not child else ():
        try:
            act()
        except NewsqaError as error:
            print(error)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="only POSIX forks")
def test_a_fork_is_told_to_open_the_index_anew(home: Path) -> None:
    """The threads of the process that opened it are not there, and asking would wait for them for ever."""
    command = [sys.executable, "-W", "ignore", "-c", _FORKED, str(home)]
    run = subprocess.run(command, check=True, capture_output=True, text=True, timeout=120)
    assert run.stdout.count("Open it in each process") == 2


def test_a_home_that_is_a_file(tmp_path: Path) -> None:
    """A path that cannot be a folder is an error with advice, not a traceback."""
    path = tmp_path / "file"
    path.write_text("not a folder")
    index = Index.open(path, HashingEncoder(), ParagraphSplitter())
    with index, pytest.raises(StorageError, match="set NEWSQA_HOME to another"):
        index.ingest(ARTICLES)
