"""Ingests record files whole, once undisturbed and once killed on the way, and compares the two indexes.

    python -m benchmarks.soak --data DATA --work FOLDER [--limit N] [--kills 20] [--encoder hashing|bundled]

`DATA` holds `reuters_articles.jsonl.xz` and `realtimeqa_articles.jsonl.xz`, which are read as
`newsqa ingest --format jsonl --map title=title,text=text,published=published` reads them. Prints the time of the
first and of a second ingest, the memory of the process, and whether articles, passages and groups of copies agree.
With `--generate N` it reads N made-up articles in place of the files, to see whether the memory stays flat.
The hashing encoder gives each text a vector of 32 numbers without meaning: it measures everything but the encoder.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import resource
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from newsqa.sources.formats import read_articles
from newsqa.store import Index
from newsqa.text.passages import SentenceSplitter
from newsqa.types import Article, Encoder, IngestEvent

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

FILES = ("reuters_articles", "realtimeqa_articles")
COLUMNS = {"text": "text", "title": "title", "published": "published"}
_DIMENSION = 32


class HashingEncoder:
    """A vector from the words of a text, the same at every time; it has no meaning."""

    name, dimension = "soak-hashing", _DIMENSION

    def encode_passages(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """One unit vector a text."""
        import numpy as np

        return np.stack([self.encode_query(text) for text in texts])

    def encode_query(self, text: str) -> npt.NDArray[np.float32]:
        """A unit vector."""
        import numpy as np

        seed = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=_DIMENSION).digest()
        vector = np.frombuffer(seed, dtype=np.uint8).astype(np.float32) - 127.5
        return np.asarray(vector / np.linalg.norm(vector), dtype=np.float32)


def open_index(home: Path, encoder: str) -> Index:
    """The index in a folder, with the encoder of that name and the package's splitter."""
    if encoder == "hashing":
        made: Encoder = HashingEncoder()
        return Index.open(home, made, SentenceSplitter(None, 256))
    from newsqa.models import open_encoder

    bundled: Any = open_encoder("bundled", 0)
    return Index.open(home, bundled, SentenceSplitter.for_encoder(bundled))


def made_up(count: int) -> Iterator[Article]:
    """Made-up articles of about 250 words, no two alike, as records give them."""
    from newsqa.sources.formats.build import build_article

    words = [
        f"{a}{b}{c}" for a in ("bar", "del", "fin", "gor", "lam") for b in "aeiou" for c in ("n", "st", "rk", "th")
    ]
    for number in range(count):
        chance = random.Random(number)  # noqa: S311 - not for secrets
        lines = [f"Report {number} of the day", ""]
        lines += [
            " ".join(chance.choices(words, k=14)).capitalize() + f" {number * 20 + line}." for line in range(16)
        ]
        yield build_article("\n".join(lines), f"/made-up/{number}.txt", markdown=False)


def items(options: argparse.Namespace) -> Iterator[Article | IngestEvent]:
    """What is ingested."""
    if options.generate:
        yield from made_up(options.generate)
        return
    for name in FILES:
        path = options.data / f"{name}.jsonl.xz"
        read = read_articles([path], max_bytes=20_000_000, file_format="jsonl", columns=COLUMNS)
        yield from islice(read, options.limit)


def work(options: argparse.Namespace) -> None:
    """Ingests, in a process of its own; prints the report, seconds and memory as JSON."""
    began, done, memory = time.perf_counter(), 0, []

    def note(_: IngestEvent) -> None:
        nonlocal done
        done += 1
        if done % 5000 == 0:
            memory.append((done, _resident_mb()))

    with open_index(options.home, options.encoder) as index:
        report = index.ingest(items(options), on_event=note)
    values = report.to_dict() | {
        "failed": len(report.failed),
        "seconds": round(time.perf_counter() - began, 1),
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        "memory": memory,
    }
    print(json.dumps(values))


def _resident_mb() -> int:
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return next(int(line.split()[1]) // 1024 for line in status.splitlines() if line.startswith("VmRSS"))


def start(options: argparse.Namespace, home: Path) -> subprocess.Popen[str]:
    """A process that ingests into `home`."""
    command = [
        sys.executable,
        "-m",
        "benchmarks.soak",
        "--worker",
        "--home",
        str(home),
        "--encoder",
        options.encoder,
    ]
    command += ["--data", str(options.data), "--generate", str(options.generate)]
    command += ["--limit", str(options.limit)] if options.limit else []
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def finish(process: subprocess.Popen[str]) -> dict[str, Any]:
    """The report of a process that ran to its end."""
    out, _ = process.communicate()
    if process.returncode:
        raise SystemExit(f"the ingest ended with {process.returncode}")
    values: dict[str, Any] = json.loads(out)
    return values


def contents(options: argparse.Namespace, home: Path) -> dict[str, Any]:
    """Digests of all that an index holds, and whether it is sound."""
    with open_index(home, options.encoder) as index:
        articles, passages, groups = hashlib.sha256(), hashlib.sha256(), hashlib.sha256()
        ids = sorted(summary.id for summary in index.articles())
        grouped = 0
        for start_ in range(0, len(ids), 500):
            page = ids[start_ : start_ + 500]
            found = index.groups(page)
            grouped += sum(key in found for key in page)
            for key in page:
                article = index.article(key)
                articles.update(f"{key} {article.content_hash} {article.language}\n".encode())
                groups.update(f"{found.get(key)}\n".encode())
                with index._reading() as (now, _):
                    for passage_id in now.passage_ids(key):
                        passages.update(f"{passage_id}\n".encode())
        check = index.check()
    return {
        "articles": articles.hexdigest()[:16],
        "passages": passages.hexdigest()[:16],
        "groups": groups.hexdigest()[:16],
        "in groups": grouped,
        "check": check.to_dict(),
    }


def main() -> None:
    """Runs it all and prints what came out."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path())
    parser.add_argument("--work", type=Path, default=Path("soak"))
    parser.add_argument("--limit", type=int, default=None, help="articles of each file")
    parser.add_argument("--generate", type=int, default=0)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--encoder", choices=("hashing", "bundled"), default="hashing")
    parser.add_argument("--worker", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--home", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.worker:
        work(options)
        return
    calm, torn = options.work / "calm", options.work / "torn"
    if calm.exists() or torn.exists():
        raise SystemExit(f"{options.work} holds an earlier run. Name another folder with --work.")
    first = finish(start(options, calm))
    print("first ingest:", first, flush=True)
    second = finish(start(options, calm))
    print("second ingest:", second, f"{second['seconds'] / first['seconds']:.1%} of the first", flush=True)
    chance = random.Random(20190425)  # noqa: S311 - not for secrets
    killed = 0
    while killed < options.kills:
        process = start(options, torn)
        try:
            process.wait(timeout=3 + chance.uniform(0.3, 1.7) * first["seconds"] / (options.kills + 1))
            break  # it came to its end before it could be killed again
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            killed += 1
    print(f"killed {killed} times; the last run:", finish(start(options, torn)), flush=True)
    one, other = contents(options, calm), contents(options, torn)
    print("undisturbed:", one)
    print("killed:     ", other)
    print("the same" if one == other and one["check"]["sound"] else "DIFFERENT")


if __name__ == "__main__":
    main()
