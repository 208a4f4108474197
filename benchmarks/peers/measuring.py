"""The measurements: each step's figures are kept in a file, so that a run can be broken off and taken up again."""

from __future__ import annotations

import contextlib
import json
import shutil
import statistics
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.peers.corpus import questions
from benchmarks.peers.environments import disk_mb
from benchmarks.peers.processes import Turn, Worker, in_turns

K = 5
"""Passages asked for where time is taken; recall goes by the first five articles."""
DEPTH = 60
"""Passages asked for to find the first five articles, since several may be from one."""
_BLOCK = 10
_WARM_UP = 3


@dataclass(frozen=True, slots=True)
class Bench:
    """A run: its folder (with `articles.jsonl` and `questions.jsonl`), and an interpreter for each system."""

    folder: Path
    pythons: Mapping[str, Path]
    model: Path
    turn: Turn
    slice_seconds: float = 20.0
    rounds: int = 5

    def run(self) -> dict[str, dict[str, Any]]:
        """Measure what has no figures yet; returns each system's figures."""
        self._ingest()
        self._cold()
        self._ask()
        if "newsqa" in self.pythons:
            self._answer()
        self.turn.give()
        return {name: self._figures(name) for name in self.pythons}

    def _ingest(self) -> None:
        todo = [name for name in self.pythons if not self._file(f"ingest-{name}").is_file()]
        articles = self.folder / "articles.jsonl"
        with contextlib.ExitStack() as stack:
            workers = {}
            for name in todo:
                self.turn.take()
                shutil.rmtree(self._index(name), ignore_errors=True)
                workers[name] = stack.enter_context(self._worker(name))
                with workers[name].running():
                    workers[name].ask("load")
            request = {"do": "ingest", "articles": str(articles)}
            for name, result in in_turns(workers, request, self.slice_seconds, self.turn):
                with workers[name].running():
                    result |= workers[name].ask("share")
                workers[name].close()
                self._save(f"ingest-{name}", {**result, "disk_mb": disk_mb(self._index(name))})

    def _cold(self) -> None:
        """From the start of a process to its first reply; the question is another in each round."""
        asked = questions(self.folder / "questions.jsonl")
        for turn in range(self.rounds):
            question = asked[turn * len(asked) // self.rounds]["question"]
            for name in self._rotated(turn):
                for do in ("search", "answer") if name == "newsqa" else ("search",):
                    step = f"cold-{do}-{turn}-{name}"
                    if self._file(step).is_file():
                        continue
                    self.turn.take()
                    began = time.perf_counter()
                    with self._worker(name) as worker:
                        worker.ask("open")
                        result = worker.ask(do, question=question, **({"k": K} if do == "search" else {}))
                        seconds = time.perf_counter() - began
                        self._save(step, {"seconds": seconds, "found": len(result["articles"])})

    def _ask(self) -> None:
        """All questions, in blocks that the systems take in turns: once for the time, once for the articles."""
        if self._file("ask").is_file() and set(self._load("ask")) == set(self.pythons):
            return
        asked = questions(self.folder / "questions.jsonl")
        times: dict[str, list[float]] = {name: [] for name in self.pythons}
        right = dict.fromkeys(self.pythons, 0)
        with contextlib.ExitStack() as stack:
            workers = {}
            for name in self.pythons:
                self.turn.take()
                workers[name] = stack.enter_context(self._worker(name))
                with workers[name].running():
                    workers[name].ask("open")
                    for row in asked[-_WARM_UP:]:
                        workers[name].ask("search", question=row["question"], k=K)
            for number, block in enumerate(_blocks(asked)):
                self.turn.take()
                for name in self._rotated(number):
                    with workers[name].running() as worker:
                        for row in block:
                            times[name].append(worker.ask("search", question=row["question"], k=K)["seconds"])
                        for row in block:
                            found = worker.ask("search", question=row["question"], k=DEPTH)["articles"]
                            right[name] += row["article"] in list(dict.fromkeys(found))[:5]
            figures = {}
            for name, worker in workers.items():
                with worker.running():
                    peak = worker.ask("memory")["peak_mb"]
                figures[name] = {"seconds": times[name], "right": right[name], "peak_mb": peak}
        self._save("ask", figures)

    def _answer(self) -> None:
        """All questions to newsqa, read and answered."""
        if self._file("answer").is_file():
            return
        asked = questions(self.folder / "questions.jsonl")
        times, answered = [], 0
        with self._worker("newsqa") as worker:
            self.turn.take()
            worker.ask("open")
            for row in asked[-_WARM_UP:]:
                worker.ask("answer", question=row["question"])
            for row in asked:
                result = worker.ask("answer", question=row["question"])
                times.append(result["seconds"])
                answered += bool(result["articles"])
            peak = worker.ask("memory")["peak_mb"]
        self._save("answer", {"seconds": times, "answered": answered, "peak_mb": peak})

    def _figures(self, name: str) -> dict[str, Any]:
        """What a table needs of one system."""
        ingest, ask = self._load(f"ingest-{name}"), self._load("ask")[name]
        articles = (self.folder / "articles.jsonl").read_bytes().count(b"\n")
        figures = {
            "passages": ingest["passages"],
            "ingest_per_s": articles / ingest["seconds"],
            "ingest_mb": ingest["peak_mb"],
            "others": ingest["others"],
            "disk_mb": ingest["disk_mb"],
            "cold_s": statistics.median(self._cold_seconds("search", name)),
            "query_p50_ms": 1000 * percentile(ask["seconds"], 50),
            "query_p95_ms": 1000 * percentile(ask["seconds"], 95),
            "ask_mb": ask["peak_mb"],
            "recall_at_5": ask["right"] / len(ask["seconds"]),
        }
        if "share_encoded" in ingest:
            figures["share_encoded"] = ingest["share_encoded"]
        if name == "newsqa":
            answer = self._load("answer")
            figures |= {
                "cold_answer_s": statistics.median(self._cold_seconds("answer", name)),
                "answer_p50_ms": 1000 * percentile(answer["seconds"], 50),
                "answer_p95_ms": 1000 * percentile(answer["seconds"], 95),
                "answer_mb": answer["peak_mb"],
                "answered": answer["answered"] / len(answer["seconds"]),
            }
        return figures

    def _cold_seconds(self, do: str, name: str) -> list[float]:
        return [self._load(f"cold-{do}-{turn}-{name}")["seconds"] for turn in range(self.rounds)]

    @contextlib.contextmanager
    def _worker(self, name: str) -> Iterator[Worker]:
        worker = Worker(self.pythons[name], name, self._index(name), self.model, self.folder / f"{name}.log")
        try:
            yield worker
        finally:
            worker.close()

    def _rotated(self, number: int) -> list[str]:
        names = list(self.pythons)
        first = number % len(names)
        return names[first:] + names[:first]

    def _index(self, name: str) -> Path:
        return self.folder / "index" / name

    def _file(self, step: str) -> Path:
        return self.folder / "steps" / f"{step}.json"

    def _load(self, step: str) -> dict[str, Any]:
        loaded: dict[str, Any] = json.loads(self._file(step).read_text(encoding="utf-8"))
        return loaded

    def _save(self, step: str, figures: Mapping[str, Any]) -> None:
        file = self._file(step)
        file.parent.mkdir(parents=True, exist_ok=True)
        part = file.with_suffix(".part")
        part.write_text(json.dumps(figures), encoding="utf-8")
        part.replace(file)
        print(f"{step}: done", file=sys.stderr)


def percentile(values: Sequence[float], percent: int) -> float:
    """The value that `percent` of a hundred stay below, interpolated; of one value, that value."""
    if len(values) == 1:
        return values[0]
    return statistics.quantiles(values, n=100, method="inclusive")[percent - 1]


def _blocks(rows: list[dict[str, str]]) -> Iterator[list[dict[str, str]]]:
    for start in range(0, len(rows), _BLOCK):
        yield rows[start : start + _BLOCK]
