"""The reader's batches without end: drawn in the process that trains, or beside it by several others."""

from __future__ import annotations

import argparse
import pickle
import random
from collections.abc import Iterator
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import torch
from torch import multiprocessing

from training.followups import Followup, TermRow, annotated, made, news_talks, term_row
from training.prepare_reader import load
from training.reader_batches import TASKS, Batch, list_batch, term_batch, window_batch
from training.reader_data import load_tokenizer
from training.reader_lists import SentenceList, list_batches, shortened, thinned
from training.reader_mixes import MIXES
from training.reader_model import base_folder
from training.reader_sources import labelled
from training.reader_typing import Typist
from training.reader_windows import Window, Windows, batches

EMPTIED = 0.15
"""The share of the lists out of which what is right is taken."""
FOLLOWUPS = 16
"""Follow-up questions of a batch."""
DRAWN = 1600
"""Windows drawn at once, to be sorted by length."""
_WAITING = 200
"""Batches that wait to be taken, at most."""


class Supply:
    """The batches of one process: windows, lists if there are any, and follow-ups."""

    def __init__(self, options: argparse.Namespace, rank: int, processes: int) -> None:
        seed = options.seed * 1000 + rank
        self.chooser = random.Random(seed)  # noqa: S311
        self.tokens, self.list_tokens = options.tokens, options.list_tokens
        tokenizer = load_tokenizer(base_folder())
        self.typist = Typist(tokenizer, self.chooser)
        data = load(options.data, options.out / "data.pickle")
        self.windows = Windows(data, MIXES[options.mix], seed, self.typist.type)
        self.lists = load_lists(options.out, options.kept)[rank::processes]
        self.followups = load_followups(options)[rank::processes]
        self.encode = lambda one: (term_row(one, tokenizer), one.wanted)
        self.window_batches: list[list[Window]] = []
        self.list_batches: list[list[SentenceList]] = []
        self.waiting: list[Followup] = []
        self.tasks = [task for task in options.tasks if task != "lists" or self.lists]

    def draw(self, task: str, progress: float) -> Batch:
        """The next batch of a task for a run that is at `progress`."""
        if task == "lists":
            return list_batch(self._next_lists(), self.chooser)
        if task == "followups":
            return term_batch(self._next_followups())
        return window_batch(self._next_windows(progress))

    def __iter__(self) -> Iterator[Batch]:
        """The tasks in turns, without end; windows in the proportions of the end of a run."""
        while True:
            for task in self.tasks:
                yield self.draw(task, 1.0)

    def _next_windows(self, progress: float) -> list[Window]:
        if not self.window_batches:
            self.window_batches = batches(self.windows.draw(DRAWN, progress), self.tokens, self.chooser)
        return self.window_batches.pop()

    def _next_lists(self) -> list[SentenceList]:
        """Each list once before any comes again."""
        if not self.list_batches:
            fewer = [
                replace(thinned(found, EMPTIED, self.chooser), question=self.typist.type(found.question))
                for found in self.lists
            ]
            self.list_batches = list_batches(fewer, self.list_tokens, self.chooser)
        return self.list_batches.pop()

    def _next_followups(self) -> list[tuple[TermRow, frozenset[str]]]:
        """Each follow-up once before any comes again."""
        if len(self.waiting) < FOLLOWUPS:
            self.waiting = self.followups + self.waiting
            self.chooser.shuffle(self.waiting)
        taken, self.waiting = self.waiting[-FOLLOWUPS:], self.waiting[:-FOLLOWUPS]
        return [self.encode(one) for one in taken]


class Feeders:
    """Processes that draw batches for one that trains: a GPU takes them faster than one process draws them."""

    def __init__(self, options: argparse.Namespace, processes: int) -> None:
        spawned = multiprocessing.get_context("spawn")
        self.tasks = list(options.tasks)
        self.queues = {task: spawned.Queue(_WAITING) for task in TASKS}
        for rank in range(processes):
            arguments = (options, rank, processes, self.queues)
            spawned.Process(target=_feed, args=arguments, daemon=True).start()

    def draw(self, task: str, _: float) -> Batch:
        """The next batch of a task."""
        values: dict[str, Any] = self.queues[task].get()
        arrays = {name: torch.from_numpy(v) for name, v in values.items() if name not in ("task", "count")}
        batch = Batch(task, count=values["count"], **arrays)
        return replace(batch, ids=batch.ids.long(), mask=batch.mask.long(), types=batch.types.long())


def _feed(options: argparse.Namespace, rank: int, processes: int, queues: dict[str, Any]) -> None:
    """Draw without end; a queue that is full makes the process wait, so each has one task after the other."""
    torch.set_num_threads(1)
    for batch in Supply(options, rank, processes):
        short = replace(batch, ids=batch.ids.int(), mask=batch.mask.bool(), types=batch.types.char())
        values = {field.name: getattr(short, field.name) for field in fields(Batch)}
        queues[batch.task].put({k: v.numpy() if isinstance(v, torch.Tensor) else v for k, v in values.items()})


def load_followups(options: argparse.Namespace) -> list[Followup]:
    """The follow-ups that people wrote, and `--made` made ones and as many questions that need no other.

    Kept in a file beside the training data after the first time.
    """
    data, most, cache = options.data, options.made, options.out / f"followups-{options.made}.pickle"
    if not cache.exists():
        found = [*annotated(data, held=False), *news_talks(data, most), *made(labelled(data), 1, most)]
        random.Random(6).shuffle(found)  # noqa: S311
        cache.write_bytes(pickle.dumps(found))
    return pickle.loads(cache.read_bytes())  # type: ignore[no-any-return] # noqa: S301 - our own file


def load_lists(folder: Path, kept: int) -> list[SentenceList]:
    """The lists in a folder with `kept` sentences each, in an order that is always the same."""
    found: list[SentenceList] = []
    for path in sorted(folder.glob("lists-*.pickle")):
        found.extend(pickle.loads(path.read_bytes()))  # noqa: S301 - our own file
    random.Random(5).shuffle(found)  # noqa: S311
    return [shortened(one, kept) for one in found]
