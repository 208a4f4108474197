"""The articles and the questions of a run, as files that every system reads."""

from __future__ import annotations

import itertools
import json
import lzma
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.peers.worker import ADDRESS


def write(data: Path, articles: int, folder: Path) -> tuple[Path, Path]:
    """Write `articles.jsonl` (the CNN stories, then other news) and `questions.jsonl` (on those of the stories).

    Returns both paths.
    """
    rows = itertools.chain(_rows(data / "newsqa_stories.jsonl.xz"), _rows(data / "realtimeqa_articles.jsonl.xz"))
    chosen = list(itertools.islice((row for row in rows if row["text"].strip()), articles))
    known = {row["id"] for row in chosen}
    asked = [row for row in _rows(data / "newsqa_standalone.jsonl.xz") if row["story_id"] in known]
    folder.mkdir(parents=True, exist_ok=True)
    paths = folder / "articles.jsonl", folder / "questions.jsonl"
    _save(paths[0], [record(row) for row in chosen])
    _save(paths[1], [{"question": row["question"], "article": row["story_id"]} for row in asked])
    return paths


def record(row: dict[str, Any]) -> dict[str, str]:
    """An article as a record; its id is the end of its address."""
    return {"url": ADDRESS + row["id"], "title": row.get("title", ""), "text": row["text"]}


def questions(path: Path) -> list[dict[str, str]]:
    """The questions of a file, each with the id of the article that answers it."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    if not path.is_file():
        raise SystemExit(f"There is no {path}. Name the folder of the data: make bench DATA=FOLDER (or --data).")
    with lzma.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def _save(path: Path, rows: list[dict[str, str]]) -> None:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
