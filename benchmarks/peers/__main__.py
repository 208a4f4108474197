"""Make the environments, measure, and write the table and the plot; figures there are already are kept.

docs/benchmarks.md says how the measurements are made.

    python -m benchmarks.peers --data DATA --articles 1000
"""

from __future__ import annotations

import argparse
import json
import platform
import re
import shutil
import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.peers import corpus, environments, report
from benchmarks.peers.environments import ROOT, SETUPS
from benchmarks.peers.measuring import Bench
from benchmarks.peers.processes import Turn


def machine() -> str:
    """The machine in words."""
    info = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    model = re.search(r"^model name\s*: (.+)$", info, re.MULTILINE)
    cores = len(re.findall(r"^processor\s*:", info, re.MULTILINE))
    flags = " with AVX-512" if "avx512f" in info else " with AVX2" if "avx2" in info else ""
    memory = re.search(r"^MemTotal:\s+(\d+) kB", Path("/proc/meminfo").read_text(encoding="utf-8"), re.MULTILINE)
    assert memory
    gib = int(memory[1]) / 2**20
    name = model[1].strip() if model else platform.machine()
    system = f"{platform.system()}, Python {platform.python_version()}"
    return f"{cores} cores of {name}{flags}, {gib:.0f} GiB of memory, {system}"


def revision() -> str:
    """The commit that newsqa is at."""
    command = ["git", "-C", str(ROOT), "rev-parse", "--short=10", "HEAD"]
    return subprocess.run(command, capture_output=True, text=True).stdout.strip() or "unknown"


def main() -> None:
    """Measure, save the results, and write what shows them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder of the .jsonl.xz files")
    parser.add_argument("--articles", type=int, default=5000, help="articles in all, the CNN stories first")
    parser.add_argument("--systems", default=",".join(SETUPS), help="which to measure, with commas between")
    parser.add_argument("--work", type=Path, default=ROOT / ".bench", help="folder for environments and indexes")
    parser.add_argument("--rounds", type=int, default=5, help="cold starts of each system")
    parser.add_argument("--fresh", action="store_true", help="measure everything again; environments are kept")
    parser.add_argument("--lock", type=Path, help="a file to lock while measuring, where others measure, too")
    parser.add_argument("--hold", type=float, default=300.0, help="seconds after which the lock is passed on")
    parser.add_argument("--docs", action="store_true", help="write the figures into docs/benchmarks.md")
    given = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("Ended; the same command goes on from here."))
    names = given.systems.split(",")
    unknown = sorted(set(names) - set(SETUPS))
    if unknown:
        parser.error(f"unknown: {', '.join(unknown)}. There are: {', '.join(SETUPS)}.")

    measured = revision()
    pythons = {name: environments.python_of(given.work.absolute() / "env", name) for name in names}
    folder = given.work.absolute() / f"run-{given.articles}"
    if given.fresh:
        shutil.rmtree(folder, ignore_errors=True)
    corpus.write(given.data, given.articles, folder)
    model = environments.model_of(given.work.absolute() / "env")
    figures = Bench(folder, pythons, model, Turn(given.lock, given.hold), rounds=given.rounds).run()
    results: dict[str, Any] = {
        "articles": given.articles,
        "questions": len(corpus.questions(folder / "questions.jsonl")),
        "day": datetime.now(UTC).date().isoformat(),
        "machine": machine(),
        "revision": measured,
        "rounds": given.rounds,
        "systems": {},
    }
    for name in names:
        versions = environments.versions(pythons[name])
        results["systems"][name] = {
            **figures[name],
            "install_mb": environments.size_mb(pythons[name], name),
            "versions": {package: versions[package] for package in SETUPS[name].told},
        }
    (folder / "results.json").write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    print(report.section(results))
    if given.docs:
        report.write_docs(results)
        print("Written: docs/benchmarks.md", file=sys.stderr)


if __name__ == "__main__":
    main()
