"""Real servers for the tests of the store beyond one machine, on the loopback interface, each in a folder."""

from __future__ import annotations

import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

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
        _wait_for(f"http://127.0.0.1:{port}/api/v2/heartbeat", process, log)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(30)


def _wait_for(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 60
    while True:
        assert process.poll() is None, log.read_text()
        assert time.monotonic() < deadline, log.read_text()
        try:
            with urllib.request.urlopen(url, timeout=5):  # noqa: S310 - our own server
                return
        except (OSError, urllib.error.URLError):
            time.sleep(0.1)
