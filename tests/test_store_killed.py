"""Writing that ends at any instant: nothing is lost, nothing is doubled, and the next writer goes on."""

from __future__ import annotations

import multiprocessing
import os
import random
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from newsqa.errors import IndexDamagedError
from newsqa.store import Index
from newsqa.store._words import TantivyWords, WordRow
from newsqa.store.analysis import analyse
from newsqa.types import IngestEvent
from tests.fakes import HashingEncoder, ParagraphSplitter
from tests.store_worker import WITHDRAWN, edition, open_index, work

KILLS = 20
SEED = 20190425
POSIX = pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL and forkserver are POSIX")


def contents(index: Index) -> dict[str, Any]:
    """All that can be read from an index, so that two can be compared; without times."""
    encoder, splitter = HashingEncoder(), ParagraphSplitter()
    articles = [index.article(summary.id) for summary in index.articles()]
    passages = [passage for article in articles for passage in splitter.split(article)]
    words = {term for passage in passages for term in analyse(passage.text)}
    found = {
        word: sorted(passage.text for passage in index.passages([key for key, _ in index.search_words(word, 999)]))
        for word in sorted(words)
    }
    nearest = {}
    for passage in passages:
        vector = encoder.encode_query(f"{passage.title}\n{passage.heading}\n{passage.text}")
        nearest[passage.id] = [round(score, 4) for _, score in index.search_vectors(vector, 3)]
    everything = [key for key, _ in index.search_vectors(vector, 9999)]
    return {
        "articles": articles,
        "versions": {a.id: [(title, text) for _, title, text in index.versions(a.id)] for a in articles},
        "passages": index.passages([passage.id for passage in passages]) == passages,
        "count": len(index),
        "words": found,
        "nearest": nearest,
        "vectors": sorted(everything),
        "check": index.check().to_dict(),
    }


def assert_alike(one: Index, other: Index) -> None:
    """After articles came, changed and went, all that can be read from one index is what another says; sound."""
    found = []
    for index in (one, other):
        index.ingest(edition(1))
        index.ingest(edition(2))
        index.remove(WITHDRAWN)
        found.append(contents(index))
    assert found[0] == found[1]
    assert found[1]["check"]["sound"]


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What an index holds after the whole work was done in one go."""
    folder = tmp_path_factory.mktemp("undisturbed")
    work(folder / "home", folder / "notes")
    with open_index(folder / "home", delay=0) as index:
        return contents(index)


@pytest.fixture(scope="module")
def processes() -> Iterator[Any]:
    """Starts processes that have chromadb imported already: a kill then hits the work, not the imports."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["chromadb", "tantivy", "filelock", "tests.store_worker"])
    return context


def assert_nothing_noted_is_lost(home: Path, notes: Path) -> None:
    """Every article that was said to be in is in, with the words of its edition, and the removed are not."""
    said: dict[str, str] = {}
    for line in notes.read_text().splitlines() if notes.exists() else ():  # killed before it began
        status, _, article_id = line.partition(":")
        if article_id:
            said[article_id] = status
    if not said:
        return
    first, second = ({a.id: a for a in edition(number)} for number in (1, 2))
    with open_index(home, delay=0) as index:
        listed = {summary.id for summary in index.articles()}
        assert {key for key, status in said.items() if status != "removed"} - listed <= set(WITHDRAWN)
        assert not {key for key, status in said.items() if status == "removed"} & listed
        for key in said.keys() & listed:
            assert index.article(key) in (first.get(key), second[key])
            if said[key] == "updated":
                assert index.article(key) == second[key]


@POSIX
@pytest.mark.slow
def test_killed_at_random_instants(tmp_path: Path, undisturbed: dict[str, Any], processes: Any) -> None:
    """After 20 kills at random instants, the finished index is the same as an undisturbed one."""
    chance = random.Random(SEED)  # noqa: S311 - not for secrets
    kills = rounds = 0
    while kills < KILLS:
        rounds += 1
        home, notes = tmp_path / f"home-{rounds}", tmp_path / f"notes-{rounds}"
        finished = False
        while not finished:
            process = processes.Process(target=work, args=(home, notes))
            process.start()
            process.join(chance.uniform(0.05, 0.8) if kills < KILLS else 60)
            if process.is_alive():
                assert kills < KILLS, "the work did not end"
                process.kill()
                process.join()
                kills += 1
                assert_nothing_noted_is_lost(home, notes)
            finished = process.exitcode == 0
            assert process.exitcode in (0, -9)
        with open_index(home, delay=0) as index:
            assert contents(index) == undisturbed


class Crash(BaseException):
    """Stands for the end of the process at a certain call."""


STEPS = [
    "newsqa.store._collection.Collection.upsert",
    "newsqa.store._collection.Collection.delete",
    "newsqa.store._words.TantivyWords.write",
    "newsqa.store._changes.CatalogueWriter.put_article",
    "newsqa.store._changes.CatalogueWriter.set_ready",
    "newsqa.store._changes.CatalogueWriter.settle",
]


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("step", STEPS)
def test_interrupted_at_each_step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str, after: bool) -> None:
    """Interrupted just before or just after any step of a change, the next ingest brings it to its end."""
    before, now = edition(1)[:12], edition(2)[:15]
    with open_index(tmp_path / "home", delay=0) as index:
        index.ingest(before)
        module, name, method = step.rsplit(".", 2)
        owner = getattr(sys.modules[module], name)
        real = getattr(owner, method)

        def crash(*arguments: Any) -> None:
            if after:
                real(*arguments)
            raise Crash

        with monkeypatch.context() as patch:
            patch.setattr(owner, method, crash)
            with pytest.raises(Crash):
                index.ingest(now)
        untouched = [article for article in before if article not in edition(2)[:15:3]]
        for article in [a for a in before if a in now]:
            assert index.article(article.id) == article
            for passage in ParagraphSplitter().split(article):
                vector = HashingEncoder().encode_query(f"{passage.title}\n{passage.text}")
                assert index.search_vectors(vector, 1)[0][0] == passage.id
        assert untouched
        index.ingest(now)
        assert {a.id: a for a in now} == {s.id: index.article(s.id) for s in index.articles()}
        assert index.check().faults == ()
        changed = [a for a in before if a not in now]
        assert changed
        for article in changed:
            assert [text for _, _, text in index.versions(article.id)] == [article.text]


def test_an_interrupt_while_encoding_keeps_earlier_batches(tmp_path: Path) -> None:
    """Ctrl-C in the middle of an ingest leaves the batches before it, sound and to be found."""

    class Interrupted(HashingEncoder):
        def encode_passages(self, texts: Any) -> Any:
            if self.texts:
                raise KeyboardInterrupt
            return super().encode_passages(texts)

    events: list[IngestEvent] = []
    articles = edition(2)
    with Index.open(tmp_path / "home", Interrupted(), ParagraphSplitter()) as index:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("newsqa.store._ingesting.BATCH", 20)
            with pytest.raises(KeyboardInterrupt):
                index.ingest(articles, on_event=events.append)
        assert [event.article_id for event in events] == [article.id for article in articles[:20]]
        assert {summary.id for summary in index.articles()} == {article.id for article in articles[:20]}
        assert index.check().faults == ()
    with open_index(tmp_path / "home", delay=0) as index:
        report = index.ingest(articles)
        assert (report.same, report.added) == (20, len(articles) - 20)


@pytest.mark.parametrize("ahead", ["header.bin", "data_level0.bin", "length.bin", "link_lists.bin"])
def test_a_graph_that_was_cut_short_is_made_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ahead: str, undisturbed: dict[str, Any]
) -> None:
    """A writer killed between two files of Chroma's graph: it is not opened, which may end or hang a process."""
    monkeypatch.setattr("newsqa.store._damage._PATIENCE", 5)
    homes = [tmp_path / "before", tmp_path / "after"]
    for home, count in zip(homes, (20, 26), strict=True):
        with open_index(home, delay=0) as index:
            index.ingest(edition(1)[:20])
            index.ingest(edition(1)[:count])
    before, after = (next(home.glob("chroma*/*/header.bin")).parent for home in homes)
    mark = before.parent / "writing"
    mark.touch()
    shutil.copyfile(after / ahead, before / ahead)
    os.utime(mark, (0, 0))
    (homes[0] / "chroma-salvage-left").mkdir()
    with open_index(homes[0], delay=0) as index:
        vector = HashingEncoder().encode_query("report")
        with pytest.raises(IndexDamagedError, match=r"cut short.*newsqa ingest"):
            index.search_vectors(vector, 3)
        assert index.search_words("report", 3)
        assert not index.check().sound
        index.ingest(edition(1))
        index.ingest(edition(2))
        index.remove(WITHDRAWN)
        assert contents(index) == undisturbed
    assert [path.name for path in homes[0].glob("chroma*")] == ["chroma-1"]


def test_who_has_opened_a_graph_goes_on_when_it_is_cut_short(tmp_path: Path) -> None:
    """A server answers from what it has opened, until the next writer has made the graph anew."""
    vector = HashingEncoder().encode_query("report")
    with open_index(tmp_path, delay=0) as index:
        index.ingest(edition(1)[:20])
        found = index.search_vectors(vector, 3)
        with open_index(tmp_path, delay=0) as writer:
            writer.ingest(edition(1)[:26])
            mark = next(tmp_path.glob("chroma*")) / "writing"
            mark.touch()
            os.utime(mark, (0, 0))
            assert index.search_vectors(vector, 3) == found
            with open_index(tmp_path, delay=0) as late, pytest.raises(IndexDamagedError):
                late.search_vectors(vector, 3)
            writer.ingest(edition(1)[:30])
        assert {key for key, _ in index.search_vectors(vector, 9999)} == {
            passage.id for article in edition(1)[:30] for passage in ParagraphSplitter().split(article)
        }


def test_a_mark_with_no_writing_after_it_is_no_damage(tmp_path: Path) -> None:
    """A process killed after it marked the graph and before it wrote has harmed nothing."""
    with open_index(tmp_path, delay=0) as index:
        index.ingest(edition(1)[:5])
    mark = next(tmp_path.glob("chroma*")) / "writing"
    assert not mark.exists()
    mark.touch()
    future = max(path.stat().st_mtime_ns for path in mark.parent.glob("*/*")) + 1
    os.utime(mark, ns=(future, future))
    with open_index(tmp_path, delay=0) as index:
        assert index.search_vectors(HashingEncoder().encode_query("report"), 3)
        assert not mark.exists()
        assert index.check().sound


def test_what_a_killed_writer_left_of_its_words(tmp_path: Path) -> None:
    """A file of deletions that was written and not committed does not stop the writer that makes it again."""
    folders = [tmp_path / "killed", tmp_path / "next"]
    words = TantivyWords(folders[0])
    words.write([], [WordRow(f"p{number}", "a", "Title", f"Text {number}") for number in range(9)])
    words.finish()
    shutil.copytree(*folders)
    words.write(["p3"], [])
    left = [path.name for path in words.folder.glob("*.del")]
    assert left
    following = TantivyWords(folders[1])
    for name in (*left, ".managed.json"):
        shutil.copy(words.folder / name, following.folder / name)
    following.write(["p3"], [])
    assert len(following.ids()) == 8
    words.close()
    following.close()
