"""Workers as the driver sees them: started, asked, stopped while another one is measured."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, Any, Self

from benchmarks.peers.environments import ROOT

_QUIET = {
    "ANONYMIZED_TELEMETRY": "False", "HAYSTACK_TELEMETRY_ENABLED": "False", "HF_HUB_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1", "TRANSFORMERS_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "true",
}  # fmt: skip
"""No system looks for a newer model or reports its use while its time is taken."""


_TICKS = os.sysconf("SC_CLK_TCK")


class WorkerError(RuntimeError):
    """A worker has failed or gone; the message is what it said."""


class Worker:
    """A process that serves `benchmarks.peers.worker`'s requests, stopped while it has none."""

    def __init__(self, python: Path, name: str, index: Path, model: Path, log: Path) -> None:
        self.name = name
        command = [str(python), "-m", "benchmarks.peers.worker", name, str(index), str(model)]
        environment = {key: value for key, value in os.environ.items() if not key.startswith("NEWSQA_")} | _QUIET
        self._log = log
        with log.open("ab") as file:
            self._process = subprocess.Popen(
                command,
                cwd=ROOT,
                env=environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=file,
                start_new_session=True,
            )

    def send(self, do: str, **values: Any) -> None:
        """Send a request; the worker is left running."""
        assert self._process.stdin
        with contextlib.suppress(BrokenPipeError):  # the reply tells that it has ended
            self._process.stdin.write(json.dumps({"do": do, **values}).encode() + b"\n")
            self._process.stdin.flush()

    def reply(self, timeout: float | None = None) -> dict[str, Any] | None:
        """The result of the request, or None if it takes longer than `timeout` seconds."""
        assert self._process.stdout
        with selectors.DefaultSelector() as selector:
            selector.register(self._process.stdout, selectors.EVENT_READ)
            if not selector.select(timeout):
                return None
        line = self._process.stdout.readline()
        reply = json.loads(line) if line else {"error": "it has ended"}
        if "error" in reply:
            raise WorkerError(f"{self.name}: {reply['error']} (see {self._log})")
        result: dict[str, Any] = reply["result"]
        return result

    def ask(self, do: str, **values: Any) -> dict[str, Any]:
        """Send a request, and wait for its result."""
        self.send(do, **values)
        result = self.reply()
        assert result is not None
        return result

    def processor_seconds(self) -> float:
        """Processor time that the worker has taken."""
        fields = Path(f"/proc/{self._process.pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS

    @contextlib.contextmanager
    def running(self) -> Iterator[Self]:
        """Let the worker run in this block, and stop it after."""
        os.killpg(self._process.pid, signal.SIGCONT)
        try:
            yield self
        finally:
            os.killpg(self._process.pid, signal.SIGSTOP)

    def close(self) -> None:
        """End the process."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe:
                with contextlib.suppress(BrokenPipeError):
                    pipe.close()


class Turn:
    """A lock file that programs on one machine share, so that only one of them measures at a time.

    It is held while something is measured; after `seconds` it is given up between two steps and asked for again.
    """

    def __init__(self, path: Path | None, seconds: float) -> None:
        self._path = path
        self._seconds = seconds
        self._file: IO[str] | None = None
        self._until = 0.0

    def take(self) -> None:
        """Hold the lock now, whoever has to be waited for."""
        if self._path is None or (self._file and time.monotonic() < self._until):
            return
        if self._file:
            self.give()
            time.sleep(1)
        self._file = self._path.open("a", encoding="utf-8")
        fcntl.flock(self._file, fcntl.LOCK_EX)
        self._until = time.monotonic() + self._seconds

    def give(self) -> None:
        """Give the lock up."""
        if self._file:
            self._file.close()
            self._file = None


def busy_seconds() -> float:
    """Processor time that has not been idle since the machine started, that of other virtual machines included."""
    fields = Path("/proc/stat").read_text(encoding="ascii").split("\n", 1)[0].split()[1:9]
    return sum(int(field) for place, field in enumerate(fields) if place not in (3, 4)) / _TICKS


def in_turns(
    workers: Mapping[str, Worker], request: Mapping[str, Any], slice_seconds: float, turn: Turn
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Have all workers do one long request, a slice of time each in turn; yields name and result as they end.

    Only one worker runs at a time, and only its own time counts, so that whatever else the machine is doing, and
    however fast it happens to be, meets all of them alike. Added to a result are its `seconds` and `others`, the
    share of the machine that other programs took meanwhile.
    """
    seconds = dict.fromkeys(workers, 0.0)
    others = dict.fromkeys(workers, 0.0)
    waiting = dict(workers)
    while waiting:
        for name, worker in list(waiting.items()):
            turn.take()
            with worker.running():
                began, rest = time.perf_counter(), busy_seconds() - worker.processor_seconds()
                if not seconds[name]:
                    worker.send(**request)
                result = worker.reply(slice_seconds)
                seconds[name] += time.perf_counter() - began
                others[name] += max(0.0, busy_seconds() - worker.processor_seconds() - rest)
            print(f"  {name}: {seconds[name]:.0f} s", file=sys.stderr)
            if result is not None:
                del waiting[name]
                share = others[name] / (seconds[name] * (os.cpu_count() or 1))
                yield name, {**result, "seconds": seconds[name], "others": share}
