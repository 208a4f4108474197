"""Random sequences of operations on an index, with kills, against a model of it.

    python -m tests.test_state 600      # for so many seconds

Each operation runs in a process of its own, which is killed at a random instant or not at all. What was in the
index before is found afterwards, once, and what an operation said to be done is done.
"""

from __future__ import annotations

import multiprocessing
import random
import shutil
import sys
import time
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.internal.entropy import deterministic_PRNG
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from newsqa.errors import IndexMissingError, NewsIndexError
from newsqa.store import Index
from newsqa.types import Article
from tests.fakes import HashingEncoder, ParagraphSplitter, make_article
from tests.state_worker import KEEP, NAMES, article, opened, operate

KILLS: dict[str, int] = {}
"""Kills by operation, in this process."""

Model = dict[str, tuple[Article, ...]]
"""The versions of each article by name, the present one last."""


class IndexMachine(RuleBasedStateMachine):
    """An index in a folder, and what should be in it."""

    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["chromadb_rust_bindings", "tantivy", "filelock", "tests.state_worker"])

    def __init__(self) -> None:
        super().__init__()
        self.home = Path(mkdtemp(prefix="newsqa-state-"))
        self.splitter = "paragraphs-1"
        self.model: Model = {}
        self.turn = 0
        self.unsure: dict[str, set[tuple[Article, ...]]] = {}

    def teardown(self) -> None:
        shutil.rmtree(self.home, ignore_errors=True)

    def _run(self, operation: str, given: Any, kill: float | None) -> bool:
        """Runs an operation, and kills it after so many seconds; whether it came to its end."""
        begun = self.context.Event()
        process = self.context.Process(target=operate, args=(self.home, self.splitter, operation, given, begun))
        process.start()
        begun.wait(60)
        process.join(60 if kill is None else kill)
        if process.is_alive():
            assert kill is not None, f"{operation} did not end"
            process.kill()
            process.join()
        killed = process.exitcode == -9
        assert killed or process.exitcode == 0, f"{operation} ended with {process.exitcode}"
        if killed:
            KILLS[operation] = KILLS.get(operation, 0) + 1
        return not killed

    def _change(self, operation: str, given: Any, after: Model, names: list[str], kill: float | None) -> None:
        """An operation that leaves each of these articles as it was, or as it is `after`."""
        before = dict(self.model)
        done = self._run(operation, given, kill)
        if done:
            self.model = after
            return
        for name in names:
            self.unsure[name] = {before.get(name, ()), after.get(name, ())}
        self._settle()

    def _settle(self) -> None:
        """Finds out what became of the articles of an operation that was killed, each of which is whole."""
        with opened(self.home, self.splitter) as index:
            for name, possible in self.unsure.items():
                found = _versions(index, make_article(name).id)
                match = [one for one in possible if _texts(one) == found]
                assert match, f"{name} is {found}, not one of {possible}"
                self.model.pop(name, None)
                if match[0]:
                    self.model[name] = match[0]
        self.unsure = {}

    kills = st.one_of(st.floats(0.01, 0.3), st.floats(0.05, 0.5), st.floats(0.01, 0.8), st.none())

    @initialize(names=st.sets(st.sampled_from(NAMES), min_size=6))
    def begin(self, names: set[str]) -> None:
        """The first articles, undisturbed."""
        self.ingest(names, None)

    @rule(names=st.sets(st.sampled_from(NAMES), min_size=1, max_size=12), kill=kills)
    def ingest(self, names: set[str], kill: float | None) -> None:
        """Brings in new articles, new versions of known ones, and some that are the same."""
        self.turn += 1
        chosen = sorted(names)
        new = {name: article(name, self.turn if index % 3 else 0) for index, name in enumerate(chosen)}
        after = dict(self.model)
        for name, one in new.items():
            known = self.model.get(name, ())
            if not known or known[-1].content_hash != one.content_hash:
                after[name] = (*known[-KEEP:], one) if KEEP else (one,)
        self._change("ingest", list(new.values()), after, chosen, kill)

    @rule(names=st.sets(st.sampled_from(NAMES), min_size=1, max_size=8), kill=kills)
    def remove(self, names: set[str], kill: float | None) -> None:
        """Takes articles out."""
        after = {name: versions for name, versions in self.model.items() if name not in names}
        self._change("remove", [make_article(name).id for name in sorted(names)], after, sorted(names), kill)

    @rule(name=st.sampled_from(NAMES), kill=kills)
    def prune(self, name: str, kill: float | None) -> None:
        """Changes one article again and again, until its earliest versions are gone."""
        for _ in range(KEEP + 1):
            self.turn += 1
            one = article(name, self.turn)
            after = self.model | {name: (*self.model.get(name, ())[-KEEP:], one)}
            self._change("prune", [one], after, [name], kill)

    @precondition(lambda self: self.model)
    @rule(kill=kills)
    def repair(self, kill: float | None) -> None:
        """Repairs an index that is sound, or that a kill has left."""
        self._run("repair", None, kill)

    @precondition(lambda self: self.model)
    @rule(kill=kills, other=st.booleans())
    def rebuild(self, kill: float | None, other: bool) -> None:
        """Splits and encodes everything again, with another splitter or the same."""
        if other:
            self.splitter = {"paragraphs-1": "paragraphs-2"}.get(self.splitter, "paragraphs-1")
        if not self._run("rebuild", None, kill):
            self._asked_while_rebuilding()
            self._run("rebuild", None, None)

    def _asked_while_rebuilding(self) -> None:
        """A question gets all that the old index or the new one says, or that it is being rebuilt."""
        name = sorted(self.model)[0]
        text = self.model[name][-1].text
        try:
            with Index.open(self.home, HashingEncoder(), ParagraphSplitter(self.splitter)) as index:
                assert index.search_words(text, 5)
                return
        except NewsIndexError as error:
            said = str(error)
        assert "is being rebuilt" in said or "was made differently" in said

    @precondition(lambda self: self.model)
    @rule(part=st.sampled_from(["words", "chroma*"]))
    def lose(self, part: str) -> None:
        """Loses a part of the index, and has it repaired."""
        with opened(self.home, self.splitter) as index:
            index.repair()
        for folder in self.home.glob(part):
            shutil.rmtree(folder)
        self._run("repair", None, None)

    @invariant()
    def nothing_is_lost_or_doubled(self) -> None:
        """After the next writer has done what was left undone, all is there once, and quoted to the letter."""
        if not (self.home / "catalogue.sqlite").exists():
            assert not self.model
            return
        with opened(self.home, self.splitter) as index:
            index.ingest([])
            assert {one.id for one in index.articles()} == {make_article(name).id for name in self.model}
            due = 0
            for versions in self.model.values():
                present = versions[-1]
                assert _versions(index, present.id) == _texts(versions)
                assert index.article(present.id) == present
                for passage in ParagraphSplitter(self.splitter).split(present):
                    due += 1
                    assert index.passages([passage.id]) == [passage]
                    assert present.text[passage.start : passage.end] == passage.text
                    assert [key for key, _ in index.search_words(passage.text, 99)].count(passage.id) == 1
                    vector = HashingEncoder().encode_query(f"{passage.title}\n{passage.text}")
                    assert index.search_vectors(vector, 1)[0][0] == passage.id
            assert len(index) == due
            try:
                assert index.check().faults == ()
            except IndexMissingError:
                assert not self.model


def _texts(versions: tuple[Article, ...]) -> list[str]:
    return [one.text for one in versions]


def _versions(index: Index, article_id: str) -> list[str]:
    """The texts of an article's versions, the present one last; none if it is not there."""
    try:
        present = index.article(article_id).text if index.find(article_id) else None
    except IndexMissingError:
        return []
    return [] if present is None else [*(text for _, _, text in index.versions(article_id)), present]


def run(seconds: float) -> dict[str, int]:
    """Runs sequences for so many seconds, each from another seed; the kills by operation."""
    began, seed = time.monotonic(), random.SystemRandom().randrange(10**9)
    while time.monotonic() - began < seconds:
        sys.stdout.write(f"seed {seed}, kills so far: {KILLS}\n")
        _sequences(seed)
        seed += 1
    return KILLS


def _sequences(seed: int) -> None:
    """Two sequences of operations, the same ones for a seed, though killed at other instants of their work."""
    chosen = settings(
        max_examples=2,
        stateful_step_count=12,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    with deterministic_PRNG(seed):
        run_state_machine_as_test(IndexMachine, settings=chosen)


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL and forkserver are POSIX")
@pytest.mark.slow
def test_random_sequences_with_kills() -> None:
    """Nothing is lost or doubled and every passage is verbatim, whatever is done and killed."""
    KILLS.clear()
    for seed in range(3):
        _sequences(seed)
    assert sum(KILLS.values()) >= 3


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL and forkserver are POSIX")
@pytest.mark.slow
@pytest.mark.parametrize("operation", ["ingest", "remove", "prune", "repair", "rebuild"])
def test_each_operation_killed(operation: str) -> None:
    """Killed at least five times, each time later in its work, an operation loses and doubles nothing."""
    KILLS.clear()
    machine = IndexMachine()
    try:
        machine.begin(names=set(NAMES[:8]))
        for number in range(60):
            if KILLS.get(operation, 0) >= 5:
                break
            kill = 0.01 + 0.03 * (number % 12)
            some = set(NAMES[number % 4 :: 4])
            if operation == "ingest":
                machine.ingest(names=some, kill=kill)
            elif operation == "remove":
                machine.ingest(names=some, kill=None)
                machine.remove(names=some, kill=kill)
            elif operation == "prune":
                machine.prune(name=NAMES[0], kill=kill)
            elif operation == "repair":
                machine.repair(kill=kill)
            else:
                machine.rebuild(kill=kill, other=True)
            machine.nothing_is_lost_or_doubled()
    finally:
        machine.teardown()
    assert KILLS[operation] >= 5


if __name__ == "__main__":
    kills = run(float(sys.argv[1]) if len(sys.argv) > 1 else 600.0)
    sys.stdout.write(f"{sum(kills.values())} kills, nothing lost: {kills}\n")
