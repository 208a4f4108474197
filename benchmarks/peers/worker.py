"""One system in a process and an environment of its own, told by JSON lines what to do.

    python -m benchmarks.peers.worker NAME INDEX MODEL

A request is `{"do": ..., ...}`, its reply one line: `{"result": {...}}` or `{"error": "..."}`. Whatever a library
prints goes to stderr. This module and `systems/` run where newsqa is not installed: standard library only.
"""

from __future__ import annotations

import importlib
import json
import os
import re
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

ADDRESS = "https://news.invalid/"
"""An article's address is this and its id, so that every system can say where a passage is from."""


@dataclass(frozen=True, slots=True)
class Text:
    """An article, as every system is given it; `content` is the title and the text."""

    id: str
    content: str


@dataclass(frozen=True, slots=True)
class Found:
    """A passage or a quote, and the id of its article."""

    article: str
    text: str


class System(Protocol):
    """What newsqa and its peers have in common. A new object is made in each process."""

    def load(self) -> None:
        """Import what is needed to ingest, and open the model."""

    def ingest(self, articles: Path) -> Sequence[str] | int:
        """Index a file of articles so that another process can open it; the texts encoded, or their number."""

    def open(self) -> None:
        """Import what is needed to search, and open index and model."""

    def search(self, question: str, k: int) -> list[Found]:
        """The `k` best passages, best first."""


def texts(articles: Path) -> Iterator[Text]:
    """The articles of a JSON Lines file."""
    with articles.open(encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            content = f"{row['title']}\n\n{row['text']}" if row.get("title") else row["text"]
            yield Text(row["url"].removeprefix(ADDRESS), content)


def peak_mb() -> float:
    """The most memory that this process has had resident, in MB."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    found = re.search(r"^VmHWM:\s+(\d+) kB$", status, re.MULTILINE)
    assert found
    return int(found[1]) * 1024 / 1e6


def share_encoded(passages: Sequence[str], model: Path) -> float:
    """The share of the passages' tokens that the encoder reads before it cuts them off."""
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(model / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    longest = json.loads((model / "sentence_bert_config.json").read_text(encoding="utf-8"))["max_seq_length"]
    lengths = [len(tokenizer.encode(passage).ids) for passage in passages]
    return sum(min(length, longest) for length in lengths) / sum(lengths)


class Requests:
    """What can be asked of a worker: each public method is a request, its result a JSON object."""

    def __init__(self, system: Any, model: Path) -> None:
        self._system = system
        self._model = model
        self._passages: Sequence[str] | int = 0

    def load(self) -> dict[str, Any]:
        self._system.load()
        return {}

    def ingest(self, articles: str) -> dict[str, Any]:
        self._passages = self._system.ingest(Path(articles))
        count = self._passages if isinstance(self._passages, int) else len(self._passages)
        return {"passages": count, "peak_mb": peak_mb()}

    def share(self) -> dict[str, Any]:
        if isinstance(self._passages, int):
            return {}
        return {"share_encoded": share_encoded(self._passages, self._model)}

    def open(self) -> dict[str, Any]:
        self._system.open()
        return {}

    def search(self, question: str, k: int) -> dict[str, Any]:
        return _timed(lambda: self._system.search(question, k))

    def answer(self, question: str) -> dict[str, Any]:
        return _timed(lambda: self._system.answer(question))

    def memory(self) -> dict[str, Any]:
        return {"peak_mb": peak_mb()}


def _timed(work: Callable[[], list[Found]]) -> dict[str, Any]:
    began = time.perf_counter()
    found = work()
    seconds = time.perf_counter() - began
    first = found[0].text if found else ""
    return {"seconds": seconds, "articles": [one.article for one in found], "first": first}


def main() -> None:
    """Serve requests until stdin ends."""
    name, index, model = sys.argv[1:4]
    replies = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    system = importlib.import_module(f"benchmarks.peers.systems.{name}").System(Path(index), model)
    requests = Requests(system, Path(model))
    for line in sys.stdin:
        request = json.loads(line)
        try:
            reply = {"result": getattr(requests, request.pop("do"))(**request)}
        except Exception as error:  # the driver is told, whatever it was
            reply = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(reply), file=replies, flush=True)


if __name__ == "__main__":
    main()
