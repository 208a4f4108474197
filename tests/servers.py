"""Real servers for the tests of the store beyond one machine, on the loopback interface, each in a folder."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.served import free_port

BIN = Path(sys.executable).parent


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
        _wait(lambda: urllib.request.urlopen(heartbeat, timeout=5).close(), OSError, process, log)
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
