"""How newsqa grows: one index of 1,000, 10,000, 100,000 and a million passages, measured at each size.

Every step takes a few minutes and goes on where the last one ended:

    python -m benchmarks.growth encode --data DATA --work WORK      # real articles: split and encoded
    python -m benchmarks.growth fill --work WORK --passages 100000  # until the index holds as many
    python -m benchmarks.growth measure --data DATA --work WORK     # the index as it is
    python -m benchmarks.growth report --work WORK                  # into docs/benchmarks.md
"""

from __future__ import annotations

import argparse
import json
import lzma
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks.growth_corpus import Cut, cuts, encode
from benchmarks.growth_report import report
from newsqa.evaluate import percentile
from newsqa.models import BundledEncoder, embedding_text
from newsqa.pipeline import NewsQA
from newsqa.store import Index
from newsqa.text.passages import SentenceSplitter
from newsqa.types import Article, Filter, Passage

K = 24
"""Passages that are read for an answer."""
NEIGHBOURS = 50


class Prepared:
    """Splitter and encoder in one, with what was split and encoded before."""

    def __init__(self) -> None:
        encoder = BundledEncoder.open()
        self.name, self.dimension = encoder.name, encoder.dimension
        self.version = SentenceSplitter(encoder.count_tokens).version
        self.passages = 0
        self._cuts: dict[str, Cut] = {}
        self._vectors: dict[str, npt.NDArray[np.float32]] = {}

    def articles(self, found: Iterator[Cut]) -> Iterator[Article]:
        """The articles one by one, each remembered until it is split."""
        for cut in found:
            self._cuts[cut.article.id] = cut
            self.passages += len(cut.passages)
            yield cut.article

    def split(self, article: Article) -> list[Passage]:
        """The passages that were prepared."""
        cut = self._cuts.pop(article.id)
        self._vectors.update(zip(map(embedding_text, cut.passages), cut.vectors, strict=True))
        return list(cut.passages)

    def encode_passages(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """The vectors that were prepared."""
        vectors = np.stack([self._vectors[text] for text in texts]).astype(np.float32)
        for text in texts:
            self._vectors.pop(text, None)
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)

    def encode_query(self, text: str) -> npt.NDArray[np.float32]:
        """Nothing is asked while the index is filled."""
        raise NotImplementedError(text)


def fill(work: Path, passages: int, seconds: float) -> dict[str, Any]:
    """Writes prepared articles into the index until it holds so many passages or the time is over."""
    prepared = Prepared()
    with Index.open(work / "index", prepared, prepared) as index:
        held, began, cpu = len(index), time.perf_counter(), time.process_time()

        def enough() -> bool:
            return held + prepared.passages >= passages or time.perf_counter() - began > seconds

        report = index.ingest(prepared.articles(cuts(work / "real", index.article_count())), stop=enough)
        took, used = time.perf_counter() - began, time.process_time() - cpu
        figures = {
            "passages": len(index),
            "articles": index.article_count(),
            "written": report.passages,
            "seconds": round(took, 1),
            "cpu": round(used, 1),
            **memory(),
        }
    with (work / "fill.jsonl").open("a") as log:
        log.write(json.dumps(figures) + "\n")
    return figures


def memory() -> dict[str, float]:
    """Memory of this process in MB: the most it ever had, and what of it now is its own, not a file's."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    facts = {
        name: int(rest.split()[0]) / 1024
        for name, _, rest in (line.partition(":") for line in lines)
        if rest.endswith("kB")
    }
    return {"peak": round(facts["VmHWM"]), "own": round(facts["RssAnon"])}


def cold(work: Path) -> dict[str, Any]:
    """Opens the index in a process that has just begun, and finds passages for one question."""
    began, cpu = time.perf_counter(), time.process_time()
    with NewsQA.open(work / "index") as qa:
        qa.search("Who won the election?", k=K)
        took, used = time.perf_counter() - began, time.process_time() - cpu
        return {"first": round(took, 3), "cpu": round(used, 3), **memory()}


def measure(data: Path, work: Path) -> dict[str, Any]:
    """The figures of the index as it is."""
    with lzma.open(data / "realtimeqa_questions.jsonl.xz", "rt", encoding="utf-8") as file:
        questions = [json.loads(line)["question"] for line in file][:120]
    code = (
        "import json, pathlib, benchmarks.growth as growth;"
        f"print(json.dumps(growth.cold(pathlib.Path({str(work)!r}))))"
    )
    starts = [
        json.loads(subprocess.run([sys.executable, "-c", code], check=True, capture_output=True).stdout)
        for _ in range(3)
    ]
    figures: dict[str, Any] = {"cold": sorted(starts, key=lambda one: one["first"])[1], "load": os.getloadavg()[0]}
    with NewsQA.open(work / "index") as qa:
        index, search, encoder = qa.index, qa.answerer.search, qa.answerer.search.encoder
        figures.update(passages=len(index), articles=index.article_count(), disk=disk(work / "index"))
        vectors = [encoder.encode_query(question) for question in questions]
        filters = _filters(index)
        figures["share filtered"] = [round(share, 3) for _, share in filters]
        where = filters[0][0]
        timed: dict[str, Callable[[int], object]] = {
            "retrieval": lambda n: search.search(questions[n], K),
            "retrieval, 20 % by day": lambda n: search.search(f"{questions[n]} ", K, where),  # not encoded before
            "query encoded": lambda n: encoder.encode_query(questions[n]),
            "words": lambda n: index.search_words(questions[n], NEIGHBOURS),
            "vectors": lambda n: index.search_vectors(vectors[n], NEIGHBOURS),
            "vectors, 20 % by day": lambda n: index.search_vectors(vectors[n], NEIGHBOURS, where),
        }
        by_source = filters[1][0]
        timed["vectors, by source"] = lambda n: index.search_vectors(vectors[n], NEIGHBOURS, by_source)
        figures["ms"] = in_turns(timed, len(questions))
        figures.update(warm=memory(), recall=recall(index, vectors[:40]))
    with (work / "figures.jsonl").open("a") as log:
        log.write(json.dumps(figures) + "\n")
    return figures


def _filters(index: Index) -> list[tuple[Filter, float]]:
    """A filter by day that about one in five articles passes, and one by source; with the share of passages."""
    with index._parts.catalogue.reading() as now:
        days = sorted(one.published for one in now.summaries(Filter(), None, 0) if one.published)
        found = [Filter(since=days[-len(days) // 5]), Filter(sources=(now.sources()[0],))]
        return [(where, len(now.passages_where(where)) / now.passage_count()) for where in found]


def in_turns(timed: dict[str, Callable[[int], object]], count: int) -> dict[str, list[float]]:
    """p50 and p95, and p50 of the processor's time, in milliseconds; in turns, so that all see the same load."""
    times: dict[str, list[float]] = {name: [] for name in timed}
    used: dict[str, list[float]] = {name: [] for name in timed}
    for number in range(-10, count):
        for name, run in timed.items():
            began, cpu = time.perf_counter(), time.process_time()
            run(number % count)
            if number >= 0:
                times[name].append(1000 * (time.perf_counter() - began))
                used[name].append(1000 * (time.process_time() - cpu))
    return {
        name: [
            *(round(percentile(values, share), 2) for share in (0.5, 0.95)),
            round(percentile(used[name], 0.5), 2),
        ]
        for name, values in times.items()
    }


def recall(index: Index, vectors: Sequence[npt.NDArray[np.float32]]) -> dict[str, float]:
    """The share of the 50 nearest vectors that a search finds, and how long comparing all of them takes."""
    ids, stored = all_vectors(index)
    shared, exact = 0.0, []
    for vector in vectors:
        began = time.process_time()
        best = np.argpartition(-np.vecdot(stored, vector), NEIGHBOURS)[:NEIGHBOURS]
        exact.append(1000 * (time.process_time() - began))
        hits = index.search_vectors(vector, NEIGHBOURS)
        shared += len({ids[row] for row in best} & {key for key, _ in hits}) / NEIGHBOURS
    return {"found": round(shared / len(vectors), 4), "exact ms": round(percentile(exact, 0.5), 1)}


def all_vectors(index: Index) -> tuple[list[str], npt.NDArray[np.float32]]:
    """The ids of all passages, and their vectors as Chroma holds them."""
    with index._parts.catalogue.reading() as now:
        chroma = index._parts.vectors.at(now.state())
        pages = list(chroma.records([key for key, _ in now.passage_checksums()]))
    return [key for keys, _, _ in pages for key in keys], np.concatenate([found for _, found, _ in pages])


def disk(home: Path) -> dict[str, float]:
    """Megabytes of the index by part."""
    parts: dict[str, float] = {}
    for path in home.rglob("*"):
        if path.is_file():
            name = path.relative_to(home).parts[0].split(".")[0]
            parts[name] = parts.get(name, 0) + path.stat().st_blocks * 512 / 1e6
    return {name: round(size, 1) for name, size in parts.items() if size >= 0.1}


def main() -> None:
    """Take one step and print its figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("step", choices=("encode", "fill", "measure", "report"))
    parser.add_argument("--data", type=Path, help="folder of the .jsonl.xz files")
    parser.add_argument("--work", type=Path, required=True, help="folder for the index and all that is prepared")
    parser.add_argument("--passages", type=int, default=1000)
    parser.add_argument("--seconds", type=float, default=300)
    options = parser.parse_args()
    steps: dict[str, Callable[[], object]] = {
        "encode": lambda: encode(options.data, options.work / "real", options.seconds),
        "fill": lambda: fill(options.work, options.passages, options.seconds),
        "measure": lambda: measure(options.data, options.work),
        "report": lambda: report(options.work),
    }
    print(json.dumps(steps[options.step](), indent=1), f"load {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
