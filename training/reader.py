"""Train the reader: `python -m training.reader --data FOLDER --out FOLDER --minutes 70 --mix general`.

Windows for spans, and, where `OUT` has lists (`training.list_sentences`), in turns with them lists of marked
sentences for the second look, and follow-up questions for the words that they take from earlier turns. A task that
`--tasks` names twice has two steps in a round. The learning rate falls to zero just when the time is up: any
`--minutes` gives a finished model. On a CPU each process has one thread, and they average their gradients: threads
that wait for each other by spinning lose most of the time on a machine that does other work too.
"""

from __future__ import annotations

import argparse
import math
import os
import pickle
import random
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, distributed, multiprocessing

from training.followups import NOT_JUDGED, Followup, TermRow, annotated, made, news_talks, term_row
from training.prepare_reader import load
from training.reader_data import load_tokenizer
from training.reader_lists import SentenceList, list_batches, mark, shortened, thinned
from training.reader_mixes import MIXES
from training.reader_model import SpanModel, base_folder
from training.reader_sources import labelled
from training.reader_typing import Typist
from training.reader_windows import Window, Windows, batches, targets

WARMUP = 0.03
FIRST_STEPS = 30
"""Steps in which the optimiser of a continued run finds its moments again."""
EMPTIED = 0.15
"""The share of the lists out of which what is right is taken."""
TITLED = 0.6
"""The share of the lists in which the titles are read, where there are any."""
FOLLOWUPS = 16
"""Follow-up questions of a batch."""
DRAWN = 1600
"""Windows drawn at once, to be sorted by length."""

TASKS = ("windows", "lists", "followups")

Inputs = tuple[Tensor, Tensor | None, Tensor]
"""Ids, mask (None if nothing is padded) and types of a batch."""
Loss = Callable[[Tensor, Tensor | None], Tensor]
"""From logits and mask."""


def pad(rows: Sequence[tuple[list[int], list[int]]]) -> Inputs:
    """Rows of ids and types as one batch."""
    length = max(len(ids) for ids, _ in rows)
    batch = np.zeros((3, len(rows), length), dtype=np.int64)
    for row, (ids, types) in enumerate(rows):
        batch[0, row, : len(ids)] = ids
        batch[1, row, : len(ids)] = 1
        batch[2, row, : len(ids)] = types
    ids, mask, types = torch.from_numpy(batch)
    return ids, None if bool(mask.all()) else mask, types


def window_batch(windows: Sequence[Window]) -> tuple[Inputs, Loss]:
    """Windows as one batch, and the loss of their spans."""
    rows = [(w.ids, [0] * w.passage + [1] * (len(w.ids) - w.passage)) for w in windows]
    right = torch.from_numpy(targets(windows, max(len(window.ids) for window in windows)))
    return pad(rows), lambda logits, mask: span_loss(logits, mask, right)


def list_batch(lists: Sequence[SentenceList], chooser: random.Random) -> tuple[Inputs, Loss]:
    """The sentences of lists as one batch, and the loss of choosing among each list."""
    titled = [chooser.random() < TITLED for _ in lists]
    drawn = zip(lists, titled, strict=True)
    rows = [mark(found.question, one, title) for found, title in drawn for one in found.candidates]
    owners = torch.tensor([number for number, found in enumerate(lists) for _ in found.candidates])
    right = torch.tensor([one.right for found in lists for one in found.candidates])
    return pad(rows), lambda logits, _: list_loss(logits[:, 0, 2], owners, right, len(lists))


def term_batch(found: Sequence[tuple[TermRow, frozenset[str]]]) -> tuple[Inputs, Loss]:
    """Follow-ups as one batch, and the loss of telling which words of the turns belong to them."""
    inputs = pad([(row.ids, row.types) for row, _ in found])
    labels = torch.full(inputs[0].shape, NOT_JUDGED)
    for place, (row, wanted) in enumerate(found):
        labels[place, : len(row.ids)] = torch.tensor(row.labels(wanted))
    return inputs, lambda logits, _: term_loss(logits[..., 3], labels)


def term_loss(scores: Tensor, labels: Tensor) -> Tensor:
    """Binary cross-entropy of the judged tokens; those that belong, one in eight or so, count twice."""
    judged = labels != NOT_JUDGED
    scores, right = scores[judged].float(), labels[judged].float().to(scores.device)
    return torch.nn.functional.binary_cross_entropy_with_logits(scores, right, weight=1 + right)


def span_loss(logits: Tensor, mask: Tensor | None, right: Tensor) -> Tensor:
    """How little of the probability of start and end is where they may be, (batch, length, 2); [CLS]: not here."""
    scores = logits[..., :2].float()
    if mask is not None:
        scores = scores.masked_fill(mask[..., None] == 0, -1e4)
    hit = torch.logsumexp(scores.masked_fill(~right.to(scores.device), -1e4), 1)
    return (torch.logsumexp(scores, 1) - hit).mean()


def list_loss(scores: Tensor, owners: Tensor, right: Tensor, lists: int) -> Tensor:
    """How little of the probability of each list is on right sentences, or on "none" (logit 0) if it has none."""
    scores, owners, right = scores.float(), owners.to(scores.device), right.to(scores.device)
    total, hit = scores.new_zeros(lists), scores.new_full((lists,), 0.0)
    largest = scores.new_zeros(lists).scatter_reduce(0, owners, scores.detach(), "amax")
    weights = torch.exp(scores - largest[owners])
    none = torch.exp(-largest)
    total = total.scatter_add(0, owners, weights) + none
    hit = hit.scatter_add(0, owners, weights * right)
    answered = scores.new_zeros(lists).scatter_add(0, owners, right.float()) > 0
    return -(torch.log(torch.where(answered, hit, none) + 1e-9) - torch.log(total)).mean()


def rate(progress: float) -> float:
    """Learning-rate factor: linear warm-up, then a cosine to zero at progress 1."""
    if progress < WARMUP:
        return progress / WARMUP
    return 0.5 * (1 + math.cos(math.pi * min(1.0, (progress - WARMUP) / (1 - WARMUP))))


def precision(device: torch.device) -> torch.dtype:
    """bf16 where the processor multiplies it, fp32 elsewhere: emulated bf16 takes twenty times as long."""
    if device.type == "cpu":
        return torch.bfloat16 if torch.cpu._is_avx512_bf16_supported() else torch.float32
    return torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float32


class Trainer:
    """Steps a model in the device's best precision; the optimiser holds its fp32 master weights."""

    def __init__(self, model: SpanModel, peak: float, head_peak: float, device: torch.device) -> None:
        model.embeddings.word_embeddings.weight.requires_grad_(False)
        self.masters = {name: p.detach().clone().to(device) for name, p in model.named_parameters()}
        self.device = device
        self.model = model.to(device, precision(device)).train()
        self.pairs = [(p, self.masters[n]) for n, p in self.model.named_parameters() if p.requires_grad]
        self.progress = 0.0
        head = {id(self.masters[name]) for name in ("head.weight", "head.bias")}
        decayed = [m for _, m in self.pairs if m.ndim == 2 and id(m) not in head]
        plain = [m for _, m in self.pairs if m.ndim != 2 and id(m) not in head]
        heads = [m for _, m in self.pairs if id(m) in head]
        self.shared = torch.zeros(sum(m.numel() for _, m in self.pairs) + 1, device=device)
        self.optimizer = torch.optim.AdamW(
            [
                {"params": decayed, "weight_decay": 0.01, "peak": peak},
                {"params": plain, "weight_decay": 0.0, "peak": peak},
                {"params": heads, "weight_decay": 0.0, "peak": head_peak},
            ],
            lr=peak,
            betas=(0.9, 0.98),
            fused=True,
        )

    def step(self, batch: tuple[Inputs, Loss], factor: float, progress: float) -> float:
        """One optimiser step with the gradients of all processes; returns the loss.

        `progress` is averaged too (`self.progress`), so that all processes stop after the same step.
        """
        inputs, of = batch
        ids, mask, types = (None if tensor is None else tensor.to(self.device) for tensor in inputs)
        loss = of(self.model(ids, mask, types), mask)
        loss.backward()  # type: ignore[no-untyped-call]
        place = 0
        for parameter, master in self.pairs:
            master.grad = self.shared[place : place + master.numel()].view_as(master)
            place += master.numel()
            assert parameter.grad is not None
            master.grad.copy_(parameter.grad)
            parameter.grad = None
        self.shared[-1] = progress
        if distributed.is_initialized():
            distributed.all_reduce(self.shared)
            self.shared /= distributed.get_world_size()
        self.progress = float(self.shared[-1])
        torch.nn.utils.clip_grad_norm_([master for _, master in self.pairs], 1.0)
        for group in self.optimizer.param_groups:
            group["lr"] = group["peak"] * factor
        self.optimizer.step()
        with torch.no_grad():
            for parameter, master in self.pairs:
                parameter.copy_(master)
        return float(loss.detach())

    def save(self, path: Path) -> None:
        """Write the fp32 weights; a killed run leaves the last whole file."""
        temporary = path.with_suffix(".part")
        torch.save({name: master.cpu() for name, master in self.masters.items()}, temporary)
        temporary.replace(path)


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
        lists = load_lists(options.out, options.kept)
        self.lists = lists[rank::processes]
        self.followups = followups(options.data, options.made)[rank::processes]
        self.encode = lambda one: (term_row(one, tokenizer), one.wanted)
        self.window_batches: list[list[Window]] = []
        self.list_batches: list[list[SentenceList]] = []
        self.waiting: list[Followup] = []

    def windows_for(self, progress: float) -> list[Window]:
        """The next windows for a run that is at `progress`."""
        if not self.window_batches:
            self.window_batches = batches(self.windows.draw(DRAWN, progress), self.tokens, self.chooser)
        return self.window_batches.pop()

    def next_lists(self) -> list[SentenceList]:
        """The next lists, each once before any comes again."""
        if not self.list_batches:
            fewer = [
                replace(thinned(found, EMPTIED, self.chooser), question=self.typist.type(found.question))
                for found in self.lists
            ]
            self.list_batches = list_batches(fewer, self.list_tokens, self.chooser)
        return self.list_batches.pop()

    def next_followups(self) -> list[tuple[TermRow, frozenset[str]]]:
        """The next follow-ups, each once before any comes again."""
        if len(self.waiting) < FOLLOWUPS:
            self.waiting = self.followups + self.waiting
            self.chooser.shuffle(self.waiting)
        taken, self.waiting = self.waiting[-FOLLOWUPS:], self.waiting[:-FOLLOWUPS]
        return [self.encode(one) for one in taken]


def followups(data: Path, most: int) -> list[Followup]:
    """The follow-ups that people wrote, and at most so many made ones and questions that need no other."""
    found = [*annotated(data, held=False), *news_talks(data, most), *made(labelled(data), 1, most)]
    random.Random(6).shuffle(found)  # noqa: S311
    return found


def load_lists(folder: Path, kept: int) -> list[SentenceList]:
    """The lists in a folder with `kept` sentences each, in an order that is always the same."""
    found: list[SentenceList] = []
    for path in sorted(folder.glob("lists-*.pickle")):
        found.extend(pickle.loads(path.read_bytes()))  # noqa: S301 - our own file
    random.Random(5).shuffle(found)  # noqa: S311
    return [shortened(one, kept) for one in found]


def main() -> None:
    """Parse the options and train until the time is up."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder of the .jsonl.xz files")
    parser.add_argument("--out", type=Path, required=True, help="folder for checkpoints, data.pickle and lists")
    parser.add_argument("--minutes", type=float, default=70.0)
    parser.add_argument("--mix", choices=sorted(MIXES), default="general", help="which windows")
    parser.add_argument("--start", type=Path, help="checkpoint to go on from instead of the base weights")
    parser.add_argument("--progress", type=float, default=0.0, help="where on the schedule to start (0-1)")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--peak", type=float, default=2e-4, help="highest learning rate")
    parser.add_argument("--tokens", type=int, default=4000, help="tokens of a process's windows, with padding")
    parser.add_argument("--list-tokens", type=int, default=6000, help="tokens of a process's lists")
    parser.add_argument("--kept", type=int, default=5, help="sentences of a list")
    parser.add_argument("--made", type=int, default=4000, help="follow-ups made from other questions")
    parser.add_argument("--tasks", nargs="+", choices=TASKS, default=TASKS, help="in turns, where there is data")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1, help="on a CPU; one thread each")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    load(options.data, options.out / "data.pickle")
    processes = 1 if options.device.startswith("cuda") else options.processes
    if processes == 1:
        train(0, options, 1)
    else:
        with tempfile.TemporaryDirectory() as folder:
            options.rendezvous = f"file://{folder}/rendezvous"
            multiprocessing.spawn(train, (options, processes), processes)  # type: ignore[no-untyped-call]


def train(rank: int, options: argparse.Namespace, processes: int) -> None:
    """Train as one of several processes; the first one prints and saves."""
    torch.set_num_threads(1)
    if processes > 1:
        distributed.init_process_group("gloo", options.rendezvous, rank=rank, world_size=processes)
    torch.manual_seed(options.seed)  # the head begins the same in all processes
    supply = Supply(options, rank, processes)
    model = SpanModel.from_checkpoint(options.start) if options.start else SpanModel.from_base()
    trainer = Trainer(model, options.peak, options.peak * 5, torch.device(options.device))
    if processes > 1:
        distributed.barrier()
    began = saved = told = time.monotonic()
    tasks = [task for task in options.tasks if task != "lists" or supply.lists]
    counts = dict.fromkeys(tasks, 0)
    losses: dict[str, list[float]] = {task: [] for task in tasks}
    steps = 0
    while trainer.progress < 1:
        task = tasks[steps % len(tasks)]
        factor = rate(trainer.progress) * min(1.0, (steps + 1) / FIRST_STEPS)
        passed = (time.monotonic() - began) / 60 / options.minutes
        progress = options.progress + (1 - options.progress) * passed
        if task == "lists":
            lists = supply.next_lists()
            losses[task].append(trainer.step(list_batch(lists, supply.chooser), factor, progress))
            counts[task] += len(lists)
        elif task == "followups":
            rows = supply.next_followups()
            losses[task].append(trainer.step(term_batch(rows), factor, progress))
            counts[task] += len(rows)
        else:
            windows = supply.windows_for(trainer.progress)
            losses[task].append(trainer.step(window_batch(windows), factor, progress))
            counts[task] += len(windows)
        steps, now = steps + 1, time.monotonic()
        if rank == 0 and now - told > 60:
            told = now
            said = [
                f"{counts[t] * processes} {t} loss {np.mean(found):.3f}" for t, found in losses.items() if found
            ]
            print(f"{passed * options.minutes:5.1f} min  step {steps}  {'  '.join(said)}", flush=True)
            for found in losses.values():
                found.clear()
        if rank == 0 and now - saved > 240:
            saved = now
            trainer.save(options.out / "reader.pt")
            print(f"saved at progress {trainer.progress:.3f}", flush=True)
    if rank == 0:
        trainer.save(options.out / "reader.pt")
        said = [f"{count * processes} {task}" for task, count in counts.items()]
        print(f"done: {steps} steps, {', '.join(said)}", flush=True)


if __name__ == "__main__":
    main()
