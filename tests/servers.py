"""Real servers for the tests of the store beyond one machine, on the loopback interface, each in a folder."""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx
import pytest

from tests.served import free_port

BIN = Path(sys.executable).parent


needs_postgres = pytest.mark.skipif(
    not any(Path("/usr/lib/postgresql").glob("*/bin/postgres")), reason="PostgreSQL's server is not installed"
)


@contextmanager
def chroma_running(folder: Path) -> Iterator[str]:
    """The address of a `chroma run` over a folder, which is made."""
    folder.mkdir(parents=True, exist_ok=True)
    port, log = free_port(), folder.with_suffix(".log")
    command = [str(BIN / "chroma"), "run", "--path", str(folder), "--host", "127.0.0.1", "--port", str(port)]
    with log.open("wb") as out:
        process = subprocess.Popen(command, stdout=out, stderr=out, cwd=folder)
    try:
        heartbeat = f"http://127.0.0.1:{port}/api/v2/heartbeat"
        _wait(lambda: httpx.get(heartbeat, timeout=5).raise_for_status(), httpx.HTTPError, process, log)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(30)


def _wait(
    reach: Callable[[], object], refusal: type[Exception], process: subprocess.Popen[bytes], log: Path
) -> None:
    """Returns when a server can be reached; fails when it ends, or after a minute."""
    deadline = time.monotonic() + 60
    while True:
        assert process.poll() is None, log.read_text()
        assert time.monotonic() < deadline, log.read_text()
        try:
            reach()
            return
        except refusal:
            time.sleep(0.1)


@contextmanager
def postgres_running(port: int | None = None) -> Iterator[str]:
    """The address of a PostgreSQL in a folder of its own, without a database name; no password is asked for.

    It does not run as root, so that its folder must not lie below one that only root may enter.
    """
    import psycopg

    binaries = max(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
    user = {"user": "postgres", "group": "postgres"} if os.geteuid() == 0 else {}
    port = port or free_port()
    with TemporaryDirectory(prefix="newsqa-postgres-") as name:
        folder = Path(name)
        if user:
            shutil.chown(folder, "postgres", "postgres")
        settings = ["fsync=off", "listen_addresses=127.0.0.1", f"port={port}", "unix_socket_directories="]
        options = [word for setting in settings for word in ("-c", setting)]
        data = str(folder / "data")
        subprocess.run(
            [binaries / "initdb", "-D", data, "-U", "newsqa", "-A", "trust", "-E", "UTF8", "--locale", "C", "-N"],
            check=True, capture_output=True, cwd=folder, **user,
        )  # fmt: skip
        with (folder / "log").open("wb") as out:
            process = subprocess.Popen(
                [binaries / "postgres", "-D", data, *options], stdout=out, stderr=out, cwd=folder, **user
            )
        try:
            url = f"postgresql://newsqa@127.0.0.1:{port}"
            _wait(
                lambda: psycopg.connect(f"{url}/postgres").close(),
                psycopg.OperationalError,
                process,
                folder / "log",
            )
            yield url
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(30)


def new_database(postgres: str, name: str) -> str:
    """The address of a new database on a PostgreSQL."""
    import psycopg

    with psycopg.connect(f"{postgres}/postgres", autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')  # type: ignore[arg-type]
    return f"{postgres}/{name}"


@dataclass(frozen=True, slots=True)
class RayCluster:
    """A Ray cluster of processes on this machine: what its users set, and the worker nodes."""

    environment: dict[str, str]
    workers: list[subprocess.Popen[bytes]]

    def working(self, worker: int) -> bool:
        """Whether an actor of a node is encoding just now."""
        return any("Encode" in title and "submit" in title for _, title in self._processes(worker))

    def kill(self, worker: int) -> None:
        """Ends all processes of a worker node at once, as when its machine is lost."""
        for process, _ in self._processes(worker):
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)

    def _processes(self, worker: int) -> list[tuple[int, str]]:
        """Id and title of a node's processes, and of the workers that they started."""
        columns = ["ps", "-eo", "pid=,ppid=,pgid=,args="]
        lines = subprocess.run(columns, capture_output=True, text=True, check=True).stdout.splitlines()
        listed = [(int(pid), int(parent), int(group), title) for pid, parent, group, title in map(_split, lines)]
        own = {pid for pid, _, group, _ in listed if group == self.workers[worker].pid}
        return [(pid, title) for pid, parent, _, title in listed if pid in own or parent in own]


def _split(line: str) -> list[str]:
    return [*line.split(None, 3), ""][:4]


@contextmanager
def ray_running(folder: Path, workers: int) -> Iterator[RayCluster]:
    """A Ray cluster: a head without cores, and worker nodes of one core each."""
    ray, port = str(BIN / "ray"), free_port()
    environment = {
        "RAY_ADDRESS": f"127.0.0.2:{port}",
        "RAY_AUTH_MODE": "token",
        "RAY_AUTH_TOKEN": secrets.token_hex(32),
        "RAY_USAGE_STATS_ENABLED": "0",
        "RAY_raylet_start_wait_time_s": "120",
        "RAY_worker_niceness": "0",
    }
    memory = ["--node-ip-address=127.0.0.2", "--object-store-memory=100000000", "--block"]
    commands = [[ray, "start", "--head", f"--port={port}", "--num-cpus=0", "--include-dashboard=false", *memory]]
    commands += [[ray, "start", f"--address=127.0.0.2:{port}", "--num-cpus=1", *memory]] * workers
    processes: list[subprocess.Popen[bytes]] = []
    started = os.environ | environment
    del started["RAY_ADDRESS"]
    with TemporaryDirectory(prefix="ray-") as short:  # the sockets in it must not have long names
        commands[0].append(f"--temp-dir={short}")
        try:
            for number, command in enumerate(commands):
                log = folder / f"ray-{number}.log"
                with log.open("wb") as out:
                    processes.append(
                        subprocess.Popen(
                            command, stdout=out, stderr=out, cwd=folder, env=started, start_new_session=True
                        )
                    )
                _wait(lambda log=log: _told(log), LookupError, processes[-1], log)
            yield RayCluster(environment, processes[1:])
        finally:
            for process in processes:
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                process.wait(30)


def _told(log: Path) -> None:
    if "Ray runtime started" not in log.read_text():
        raise LookupError
