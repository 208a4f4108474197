"""Train the span reader: `python -m training.reader --data FOLDER --out FOLDER --minutes 70`.

The learning rate falls to zero just when the time is up: any `--minutes` gives a finished model. On a CPU each
process has one thread, and they average their gradients: threads that wait for each other by spinning lose most of
the time on a machine that does other work too.
"""

from __future__ import annotations

import argparse
import math
import os
import random
import tempfile
import time
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, distributed, multiprocessing
from torch.nn import functional

from training.reader_data import load, load_tokenizer
from training.reader_model import SpanModel, base_folder
from training.reader_windows import Window, Windows, batches

WARMUP = 0.03
FIRST_STEPS = 30
"""Steps in which the optimiser of a continued run finds its moments again."""


def tensors(windows: list[Window], device: torch.device) -> tuple[Tensor, Tensor | None, Tensor, Tensor]:
    """Ids, mask (None if nothing is padded), types and targets (batch, 2) of one batch."""
    length = max(len(window.ids) for window in windows)
    ids = np.zeros((len(windows), length), dtype=np.int64)
    mask = np.zeros_like(ids)
    types = np.zeros_like(ids)
    for row, window in enumerate(windows):
        ids[row, : len(window.ids)] = window.ids
        mask[row, : len(window.ids)] = 1
        types[row, window.passage : len(window.ids)] = 1
    targets = np.array([(window.start, window.end) for window in windows])
    tensor = [torch.from_numpy(array).to(device) for array in (ids, mask, types, targets)]
    return tensor[0], None if mask.all() else tensor[1], tensor[2], tensor[3]


def span_loss(logits: Tensor, mask: Tensor | None, targets: Tensor) -> Tensor:
    """Cross-entropy of start and end over all tokens, with [CLS] as "not here"."""
    logits = logits.float()
    if mask is not None:
        logits = logits.masked_fill(mask[..., None] == 0, -1e4)
    losses = [functional.cross_entropy(logits[..., side], targets[:, side]) for side in (0, 1)]
    return (losses[0] + losses[1]) / 2


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

    def step(self, batch: tuple[Tensor, Tensor | None, Tensor, Tensor], factor: float, progress: float) -> float:
        """One optimiser step with the gradients of all processes; returns the loss.

        `progress` is averaged too (`self.progress`), so that all processes stop after the same step.
        """
        ids, mask, types, targets = batch
        loss = span_loss(self.model(ids, mask, types), mask, targets)
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


def main() -> None:
    """Parse the options and train until the time is up."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of the .jsonl.xz files")
    parser.add_argument("--out", type=Path, required=True, help="folder for checkpoints and the cache")
    parser.add_argument("--minutes", type=float, default=70.0)
    parser.add_argument("--start", type=Path, help="checkpoint to go on from instead of the base weights")
    parser.add_argument("--progress", type=float, default=0.0, help="where on the schedule to start (0-1)")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--peak", type=float, default=2e-4, help="highest learning rate")
    parser.add_argument("--tokens", type=int, default=5000, help="tokens in a process's batch, with padding")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1, help="on a CPU; one thread each")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    load(options.data, load_tokenizer(base_folder()), options.out / "data.pickle")
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
    seed = options.seed * 1000 + rank
    torch.manual_seed(options.seed)  # the head begins the same in all processes
    device = torch.device(options.device)
    data = load(options.data, load_tokenizer(base_folder()), options.out / "data.pickle")
    model = SpanModel.from_checkpoint(options.start) if options.start else SpanModel.from_base()
    trainer = Trainer(model, options.peak, options.peak * 5, device)
    windows, chooser = Windows(data, seed), random.Random(seed)  # noqa: S311
    if processes > 1:
        distributed.barrier()
    began = saved = told = time.monotonic()
    seen = steps = 0
    losses: list[float] = []

    def progress_now() -> float:
        return float(options.progress + (1 - options.progress) * (time.monotonic() - began) / 60 / options.minutes)

    while trainer.progress < 1:
        for batch in batches(windows.draw(1600, trainer.progress), options.tokens, chooser):
            factor = rate(trainer.progress) * min(1.0, (steps + 1) / FIRST_STEPS)
            losses.append(trainer.step(tensors(batch, device), factor, progress_now()))
            seen, steps = seen + len(batch), steps + 1
            now = time.monotonic()
            if rank == 0 and now - told > 60:
                told = now
                print(
                    f"{(now - began) / 60:5.1f} min  step {steps}  windows {seen * processes}  "
                    f"{seen * processes / (now - began):.1f}/s  loss {np.mean(losses):.3f}",
                    flush=True,
                )
                losses.clear()
            if rank == 0 and now - saved > 240:
                saved = now
                trainer.save(options.out / "reader.pt")
            if trainer.progress >= 1:
                break
    if rank == 0:
        trainer.save(options.out / "reader.pt")
        print(f"done: {steps} steps, {seen * processes} windows", flush=True)


if __name__ == "__main__":
    main()
