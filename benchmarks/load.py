"""Many clients asking a served newsqa at once: errors, mixed answers, latency, and memory.

`python benchmarks/load.py --seconds 30 --clients 50` serves an index of the corpus in a process of its own, asks
questions of `tests/questions.jsonl` that stand alone, and holds each answer against the one of a quiet server.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
NEWSQA = str(Path(sys.executable).with_name("newsqa"))
PORT = 7899
URL = f"http://127.0.0.1:{PORT}"


@dataclass
class Tally:
    """What the clients saw."""

    seconds: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    mixed: int = 0
    page: list[float] = field(default_factory=list)
    megabytes: list[float] = field(default_factory=list)


def ask(question: str) -> tuple[int, dict[str, Any]]:
    """Status and answer of one question."""
    body = json.dumps({"question": question}).encode()
    request = urllib.request.Request(f"{URL}/v1/ask", body, {"content-type": "application/json"})  # noqa: S310
    try:
        with urllib.request.urlopen(request, timeout=300) as response:  # noqa: S310 (our own server)
            return response.status, json.load(response)
    except urllib.error.HTTPError as error:
        return error.code, {}


def memory() -> float:
    """The server's resident memory, in MB, as its metrics say."""
    with urllib.request.urlopen(f"{URL}/v1/metrics", timeout=60) as response:  # noqa: S310 (our own server)
        found = re.search(r"^process_resident_memory_bytes (\S+)$", response.read().decode(), re.MULTILINE)
    return float(found[1]) / 1e6 if found else 0.0


def quiet(questions: list[str]) -> dict[str, dict[str, Any]]:
    """The answers of a server that has nothing else to do."""
    return {question: ask(question)[1] for question in questions}


def client(number: int, questions: list[str], expected: dict[str, Any], until: float, tally: Tally) -> None:
    """Ask one question after the other until the time is over."""
    turn = number
    while time.monotonic() < until:
        question = questions[turn % len(questions)]
        turn += 7
        began = time.monotonic()
        status, answer = ask(question)
        tally.seconds.append(time.monotonic() - began)
        tally.statuses[status] += 1
        if status == 200 and answer != expected[question]:
            tally.mixed += 1


def watch(until: float, tally: Tally) -> None:
    """Look at the page and the memory every few seconds."""
    while time.monotonic() < until:
        began = time.monotonic()
        with urllib.request.urlopen(f"{URL}/", timeout=60) as response:  # noqa: S310 (our own server)
            response.read()
        tally.page.append(time.monotonic() - began)
        tally.megabytes.append(memory())
        time.sleep(2)


def run(seconds: float, clients: int, waiting: int) -> Tally:
    """Serve, warm up, and let the clients ask."""
    tally = Tally()
    with tempfile.TemporaryDirectory() as folder:
        environment = {
            **os.environ, "NEWSQA_HOME": f"{folder}/index", "NEWSQA_RATE_LIMIT": "0", "NEWSQA_LOG": "off",
            "NEWSQA_WAITING": str(waiting),
        }  # fmt: skip
        subprocess.run([NEWSQA, "ingest", str(ROOT / "corpus")], env=environment, check=True, capture_output=True)
        with subprocess.Popen(
            [NEWSQA, "serve", "--port", str(PORT)], env=environment, stdout=subprocess.DEVNULL
        ) as server:
            try:
                _wait(server)
                lines = (ROOT / "tests" / "questions.jsonl").read_text(encoding="utf-8").splitlines()
                asked = [json.loads(line) for line in lines if line.strip()]
                questions = [one["question"] for one in asked if not one.get("history")][:20]
                expected = quiet(questions)
                until = time.monotonic() + seconds
                threads = [
                    threading.Thread(target=client, args=(number, questions, expected, until, tally))
                    for number in range(clients)
                ]
                threads.append(threading.Thread(target=watch, args=(until, tally)))
                for thread in threads:
                    thread.start()
                for thread in threads:
                    thread.join()
                tally.megabytes.append(memory())
            finally:
                server.terminate()
    return tally


def _wait(server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 240
    while time.monotonic() < deadline and server.poll() is None:
        try:
            urllib.request.urlopen(f"{URL}/v1/health", timeout=5).close()  # noqa: S310 (our own server)
        except OSError:
            time.sleep(0.3)
        else:
            return
    raise SystemExit("The server did not start.")


def main() -> None:
    """Print the figures as JSON."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--seconds", type=float, default=60, help="at most 60")
    options.add_argument("--clients", type=int, default=50, help="at most 200")
    options.add_argument("--waiting", type=int, default=64, help="NEWSQA_WAITING of the server")
    given = options.parse_args()
    tally = run(min(given.seconds, 60), min(given.clients, 200), given.waiting)
    cuts = statistics.quantiles(tally.seconds, n=20)
    print(
        json.dumps(
            {
                "clients": given.clients,
                "questions": len(tally.seconds),
                "statuses": dict(tally.statuses),
                "mixed answers": tally.mixed,
                "p50 s": round(statistics.median(tally.seconds), 2),
                "p95 s": round(cuts[18], 2),
                "page, slowest s": round(max(tally.page), 2),
                "memory MB, first and last": [round(tally.megabytes[0]), round(tally.megabytes[-1])],
                "load of the machine": os.getloadavg()[0],
            },
            indent=1,
        )
    )


if __name__ == "__main__":
    main()
