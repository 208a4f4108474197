"""Ingesting on a real Ray cluster of two worker nodes: the same index as without it, even if a node is lost."""

from __future__ import annotations

import json
import os
import random
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from newsqa import NewsQA
from newsqa.errors import SettingsError
from newsqa.settings import Settings
from tests.served import NEWSQA, free_port
from tests.servers import RayCluster, ray_running

WORDS = [f"{a}{b}{c}" for a in ("bar", "del", "fin", "gor") for b in "aeiou" for c in ("n", "st", "rk", "th")]


def sentences(number: int, count: int) -> str:
    """A text of that many sentences; another number, another text."""
    chance = random.Random(number)  # noqa: S311 - not for secrets
    return " ".join(" ".join(chance.choices(WORDS, k=14)).capitalize() + "." for _ in range(count))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Files of several kinds: texts, records of which two have one address, and two that cannot be read."""
    folder = tmp_path_factory.mktemp("articles")
    for number in range(40):
        (folder / f"report-{number:02}.txt").write_text(f"Report {number}\n\n{sentences(number, 18)}\n")
    records = [
        {"title": f"Wire {n}", "text": sentences(100 + n, 12), "url": f"https://wire.example/{n % 9}"}
        for n in range(10)
    ]
    (folder / "wire.jsonl").write_text("".join(json.dumps(record) + "\n" for record in records))
    (folder / "empty.txt").write_text("")
    (folder / "broken.pdf").write_bytes(b"%PDF-1.7 and no more")
    return folder


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RayCluster]:
    with ray_running(tmp_path_factory.mktemp("ray"), workers=2) as cluster:
        yield cluster


def ingest(folder: Path, home: Path, *more: str, **environment: str) -> tuple[dict[str, Any], int, str]:
    """The report of `newsqa ingest`, which is given the folder's bare name, its exit status, and its errors."""
    done = subprocess.run(
        [NEWSQA, "ingest", folder.name, "--home", str(home), "--json", *more],
        cwd=folder.parent,
        capture_output=True,
        text=True,
        timeout=240,
        env=os.environ | environment,
    )
    return (json.loads(done.stdout) if done.stdout else {}), done.returncode, done.stderr


def stored(home: Path) -> dict[str, list[Any]]:
    """What the catalogue says of articles, copies, and passages with the checksums of their vectors."""
    with NewsQA.open(home) as qa:
        assert qa.check().sound
    connection = sqlite3.connect(home / "catalogue.sqlite")
    tables = {
        "articles": "SELECT id, content_hash, language, path, ready FROM articles ORDER BY number",
        "passages": 'SELECT id, start, "end", sentences, heading, checksum FROM passages ORDER BY rowid',
        "copies": "SELECT * FROM copies ORDER BY 1, 2",
    }
    try:
        return {name: connection.execute(sql).fetchall() for name, sql in tables.items()}
    finally:
        connection.close()


@pytest.mark.slow
def test_a_node_that_is_lost_changes_nothing(folder: Path, cluster: RayCluster, tmp_path: Path) -> None:
    """One of two nodes is killed while it encodes; report, passages and vectors are as without a cluster."""
    here, status, _ = ingest(folder, tmp_path / "here")
    assert (here["added"], len(here["failed"]), status) == (50, 2, 1)
    killed = threading.Event()

    def kill() -> None:
        deadline = time.monotonic() + 200
        while time.monotonic() < deadline:
            if cluster.working(1):
                cluster.kill(1)
                killed.set()
                return
            time.sleep(0.02)

    killer = threading.Thread(target=kill)
    killer.start()
    there, status, errors = ingest(folder, tmp_path / "there", "--engine", "ray", **cluster.environment)
    killer.join()
    assert killed.is_set()
    assert (there, status) == (here, 1), errors
    assert stored(tmp_path / "there") == stored(tmp_path / "here")

    again, _, errors = ingest(folder, tmp_path / "there", "--engine", "ray", **cluster.environment)
    assert (again["added"], again["same"], again["passages"]) == (0, 50, 0), errors


@pytest.mark.slow
def test_a_machine_with_another_encoder_is_refused(folder: Path, cluster: RayCluster, tmp_path: Path) -> None:
    """What an actor raises reaches the user as it was said, and nothing is written."""
    code = (
        "import sys; from pathlib import Path\n"
        "from newsqa.sources.cluster import *; from newsqa.sources.formats import *\n"
        "try:\n"
        "    with read_on_ray(Recipe('bundled', 'another', 'sentences-2-256'), ()) as reader:\n"
        "        list(read_articles([Path(sys.argv[1])], max_bytes=9999999, reader=reader))\n"
        "except Exception as error:\n"
        "    print(type(error).__name__, error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(folder)],
        capture_output=True, text=True, timeout=240, env=os.environ | cluster.environment, cwd=tmp_path,
    )  # fmt: skip
    said = done.stdout.splitlines()[-1]
    assert said.startswith("ModelError A machine of the Ray cluster has the encoder"), (done.stdout, done.stderr)
    assert said.endswith("Install the same version of newsqa on all of them.")


@pytest.mark.slow
def test_a_cluster_that_is_not_there(folder: Path, tmp_path: Path) -> None:
    """The address is named, with what to do; nothing is lost."""
    address = f"127.0.0.1:{free_port()}"
    report, status, errors = ingest(folder, tmp_path / "home", "--engine", "ray", RAY_ADDRESS=address)
    assert (report, status) == ({}, 1)
    assert errors.startswith(f"newsqa: No Ray cluster can be reached at '{address}'")
    assert "Traceback" not in errors
    assert "RAY_ADDRESS" in errors


def test_without_ray(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, folder: Path) -> None:
    """The error names the extra that brings Ray; an engine of another name is refused."""
    monkeypatch.setenv("RAY_ADDRESS", "127.0.0.2:1")  # what a cluster of its own needs stays unset
    monkeypatch.setitem(sys.modules, "ray", None)
    with NewsQA.open(tmp_path, settings=Settings(home=tmp_path)) as qa:
        with pytest.raises(SettingsError, match=r"newsqa\[ray\]"):
            qa.ingest([folder], engine="ray")
        with pytest.raises(SettingsError, match="Choose local or ray"):
            qa.ingest([folder], engine="spark")
