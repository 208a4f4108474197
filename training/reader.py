"""Train the reader: `python -m training.reader --data FOLDER --out FOLDER --minutes 70 --mix general`.

Windows for spans, and, where `OUT` has lists (`training.list_sentences`), in turns with them lists of marked
sentences for the second look, and follow-up questions for the words that they take from earlier turns. A task that
`--tasks` names twice has two steps in a round. The learning rate falls to zero just when the time is up: any
`--minutes` gives a finished model. With `--base FOLDER` a teacher is trained instead, five times as
large; with `--teacher FILE` the reader learns from its logits beside the labels. On a CPU each process has one
thread, and they average their gradients: threads that wait for each other by spinning lose most of the time on a
machine that does other work too. A GPU is fed by `--feeders` processes.
"""

from __future__ import annotations

import argparse
import math
import os
import tempfile
import time
from pathlib import Path

import torch
from torch import Tensor, distributed, multiprocessing

from training.prepare_reader import load
from training.reader_batches import TASKS, Batch
from training.reader_mixes import MIXES
from training.reader_model import SpanModel
from training.reader_supply import Feeders, Supply, load_followups
from training.teacher_model import TeacherModel, load_model

WARMUP = 0.03
FIRST_STEPS = 30
"""Steps in which the optimiser of a continued run finds its moments again."""
TAUGHT = 0.7
"""The share of the loss that is the distance from a teacher."""


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

    def __init__(
        self,
        model: SpanModel | TeacherModel,
        peak: float,
        device: torch.device,
        teacher: TeacherModel | None = None,
    ) -> None:
        if isinstance(model, SpanModel):
            model.embeddings.word_embeddings.weight.requires_grad_(False)
        self.masters = {name: p.detach().clone().to(device) for name, p in model.named_parameters()}
        self.device = device
        self.model = model.to(device, precision(device)).train()
        self.teacher = teacher.to(device, precision(device)).eval() if teacher else None
        trained = [(p, self.masters[name]) for name, p in self.model.named_parameters() if p.requires_grad]
        self.parameters, self.trained = [p for p, _ in trained], [master for _, master in trained]
        self.progress = 0.0
        head = {id(self.masters[name]) for name in ("head.weight", "head.bias")}
        decayed = [m for m in self.trained if m.ndim == 2 and id(m) not in head]
        plain = [m for m in self.trained if m.ndim != 2 and id(m) not in head]
        heads = [m for m in self.trained if id(m) in head]
        self.shared = torch.zeros(sum(m.numel() for m in self.trained) + 1, device=device)
        place = 0
        for master in self.trained:
            master.grad = self.shared[place : place + master.numel()].view_as(master)
            place += master.numel()
        self.optimizer = torch.optim.AdamW(
            [
                {"params": decayed, "weight_decay": 0.01, "peak": peak},
                {"params": plain, "weight_decay": 0.0, "peak": peak},
                {"params": heads, "weight_decay": 0.0, "peak": 5 * peak},
            ],
            lr=peak,
            betas=(0.9, 0.98),
            fused=True,
        )

    def step(self, batch: Batch, factor: float, progress: float) -> Tensor:
        """One optimiser step with the gradients of all processes; returns the loss.

        `progress` is averaged too (`self.progress`), so that all processes stop after the same step.
        """
        batch = batch.to(self.device)
        logits = self.model(*batch.inputs)
        loss = batch.loss(logits)
        if self.teacher:
            with torch.no_grad():
                taught = self.teacher(*batch.inputs)
            loss = (1 - TAUGHT) * loss + TAUGHT * batch.loss_to(taught, logits)
        loss.backward()  # type: ignore[no-untyped-call]
        torch._foreach_copy_([m.grad for m in self.trained], [p.grad for p in self.parameters])
        for parameter in self.parameters:
            parameter.grad = None
        self.progress = progress
        if distributed.is_initialized():
            self.shared[-1] = progress
            distributed.all_reduce(self.shared)
            self.shared /= distributed.get_world_size()
            self.progress = float(self.shared[-1])
        torch.nn.utils.clip_grad_norm_(self.trained, 1.0)
        for group in self.optimizer.param_groups:
            group["lr"] = group["peak"] * factor
        self.optimizer.step()
        with torch.no_grad():
            torch._foreach_copy_(self.parameters, self.trained)
        return loss.detach()

    def save(self, path: Path) -> None:
        """Write the fp32 weights; a killed run leaves the last whole file."""
        temporary = path.with_suffix(".part")
        torch.save({name: master.cpu() for name, master in self.masters.items()}, temporary)
        temporary.replace(path)


def main() -> None:
    """Parse the options and train until the time is up."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder of the .jsonl.xz files")
    parser.add_argument("--out", type=Path, required=True, help="folder for checkpoints, data.pickle and lists")
    parser.add_argument("--minutes", type=float, default=70.0)
    parser.add_argument("--mix", choices=sorted(MIXES), default="general", help="which windows")
    parser.add_argument("--start", type=Path, help="checkpoint to go on from instead of the base weights")
    parser.add_argument("--base", type=Path, help="folder of MPNet weights: train a teacher from them")
    parser.add_argument("--teacher", type=Path, help="checkpoint of a teacher to learn from")
    parser.add_argument("--name", default="reader", help="of the checkpoint in OUT")
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
    parser.add_argument("--feeders", type=int, default=0, help="processes that draw batches for a GPU")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    load(options.data, options.out / "data.pickle")
    load_followups(options)
    processes = 1 if options.device.startswith("cuda") else options.processes
    if processes == 1:
        train(0, options, 1)
    else:
        with tempfile.TemporaryDirectory() as folder:
            options.rendezvous = f"file://{folder}/rendezvous"
            multiprocessing.spawn(train, (options, processes), processes)  # type: ignore[no-untyped-call]


def make_model(options: argparse.Namespace) -> SpanModel | TeacherModel:
    """The model to train: a reader, or a teacher where a base for one is given."""
    if options.base:
        return TeacherModel.from_base(options.base)
    return load_model(options.start) if options.start else SpanModel.from_base()


def train(rank: int, options: argparse.Namespace, processes: int) -> None:
    """Train as one of several processes; the first one prints and saves."""
    torch.set_num_threads(1)
    if processes > 1:
        distributed.init_process_group("gloo", options.rendezvous, rank=rank, world_size=processes)
    torch.manual_seed(options.seed)  # the head begins the same in all processes
    feeding = options.feeders and processes == 1
    supply = Feeders(options, options.feeders) if feeding else Supply(options, rank, processes)
    teacher = TeacherModel.from_checkpoint(options.teacher) if options.teacher else None
    trainer = Trainer(make_model(options), options.peak, torch.device(options.device), teacher)
    supply.draw(supply.tasks[0], options.progress)
    if processes > 1:
        distributed.barrier()
    began = saved = told = time.monotonic()
    counts = dict.fromkeys(supply.tasks, 0)
    losses: dict[str, list[Tensor]] = {task: [] for task in supply.tasks}
    steps, path = 0, options.out / f"{options.name}.pt"
    while trainer.progress < 1:
        task = supply.tasks[steps % len(supply.tasks)]
        factor = rate(trainer.progress) * min(1.0, (steps + 1) / FIRST_STEPS)
        passed = (time.monotonic() - began) / 60 / options.minutes
        progress = options.progress + (1 - options.progress) * passed
        batch = supply.draw(task, trainer.progress)
        losses[task].append(trainer.step(batch, factor, progress))
        counts[task] += batch.count
        steps, now = steps + 1, time.monotonic()
        if rank == 0 and now - told > 60:
            told = now
            means = {task: float(torch.stack(found).mean()) for task, found in losses.items() if found}
            said = [f"{counts[task] * processes} {task} loss {mean:.3f}" for task, mean in means.items()]
            print(f"{passed * options.minutes:5.1f} min  step {steps}  {'  '.join(said)}", flush=True)
            losses = {task: [] for task in losses}
        if rank == 0 and now - saved > 240:
            saved = now
            trainer.save(path)
            print(f"saved at progress {trainer.progress:.3f}", flush=True)
    if rank == 0:
        trainer.save(path)
        said = [f"{count * processes} {task}" for task, count in counts.items()]
        print(f"done: {steps} steps, {', '.join(said)}", flush=True)


if __name__ == "__main__":
    main()
