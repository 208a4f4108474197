"""The comparison with other systems: what is written of the figures, and how they are taken."""

from __future__ import annotations

import json
import lzma
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from benchmarks.formats import ROOT, make_files, read
from benchmarks.peers import corpus, report
from benchmarks.peers.environments import SETUPS
from benchmarks.peers.measuring import Bench, percentile
from benchmarks.peers.processes import Turn, Worker, WorkerError

from newsqa.sources.formats import read_articles
from newsqa.types import Article
from tests.newsroom import ARTICLES, BRIDGE_QUESTION

PEER = {
    "passages": 200, "share_encoded": 0.9, "ingest_per_s": 4.0, "ingest_mb": 800.0, "disk_mb": 20.0, "cold_s": 9.0,
    "query_p50_ms": 15.0, "query_p95_ms": 18.0, "ask_mb": 600.0, "recall_at_5": 0.875, "install_mb": 1000.0,
    "others": 0.05, "versions": {"peer": "1.0"},
}  # fmt: skip
OWN = {
    **PEER, "ingest_per_s": 14.0, "ingest_mb": 400.0, "disk_mb": 25.0, "cold_s": 0.5, "query_p50_ms": 5.0,
    "query_p95_ms": 6.0, "ask_mb": 150.0, "recall_at_5": 0.9375, "cold_answer_s": 1.5, "answer_p50_ms": 500.0,
    "answer_p95_ms": 700.0, "answer_mb": 300.0, "versions": {"newsqa": "0.1"},
}  # fmt: skip
RESULTS = {
    "articles": 1000, "questions": 16, "day": "2026-01-02", "machine": "2 cores", "revision": "abc",
    "systems": {"newsqa": OWN, "langchain": PEER},
}  # fmt: skip


def test_the_ratios_say_how_many_times_better_newsqa_is() -> None:
    """Above 1 is better, for rates as for times and sizes; shares differ by points; what is worse shows, too."""
    ratios = report.section(RESULTS).partition("below 1: worse):\n\n")[2].partition("\n\n")[0]
    assert ratios.splitlines() == [
        "| newsqa against | LangChain |",
        "| --- | --- |",
        "| ingest, articles per second | 3.5 × |",
        "| cold start to the first passage, s | 18.0 × |",
        "| cold start to the first cited answer (peers: passage), s | 6.0 × |",
        "| warm retrieval, p50, ms | 3.0 × |",
        "| warm retrieval, p95, ms | 3.0 × |",
        "| peak memory, ingesting, MB | 2.0 × |",
        "| peak memory, asking, MB | 4.0 × |",
        "| peak memory, asking with the reader (peers: without), MB | 2.0 × |",
        "| index on disk, MB | 0.80 × |",
        "| installation, MB | 1.0 × |",
        "| right article among the first 5 | +6.2 points |",
    ]


def test_the_figures_are_written_between_the_markers(tmp_path: Path) -> None:
    """What stands around the markers stays; the picture is XML with a bar for each system and figure."""
    docs, picture = tmp_path / "benchmarks.md", tmp_path / "picture.svg"
    docs.write_text("Before.\n<!-- peers -->\n<!-- end of peers -->\nAfter.\n", encoding="utf-8")
    for _ in range(2):
        report.write_docs(RESULTS, docs, picture, tmp_path / "kept.json")
    text = docs.read_text(encoding="utf-8")
    assert text == f"Before.\n<!-- peers -->\n{report.section(RESULTS)}\n<!-- end of peers -->\nAfter.\n"
    assert "| retrieval, reading and answer, p50, ms | 500 | – |" in text
    bars = ElementTree.fromstring(picture.read_text(encoding="utf-8")).iter("{http://www.w3.org/2000/svg}rect")  # noqa: S314
    assert sum(bar.get("height") == "14" for bar in bars) == 2 * 9


def test_the_docs_show_the_results_that_are_kept() -> None:
    """docs/benchmarks.md and its picture are made from results.json: `python -m benchmarks.peers.report`."""
    results = json.loads(report.RESULTS.read_text(encoding="utf-8"))
    assert list(results["systems"]) == list(SETUPS)
    assert f"<!-- peers -->\n{report.section(results)}\n<!-- end of peers -->" in report.DOCS.read_text("utf-8")
    assert report.PICTURE.read_text(encoding="utf-8") == report.bars(results)


def test_percentiles_are_interpolated() -> None:
    """Of 0 to 100, each percentile is its own value; of one value it is that value."""
    values = [float(value) for value in range(101)]
    assert (percentile(values, 50), percentile(values, 95), percentile([3.0], 95)) == (50.0, 95.0, 3.0)


def data_of_the_newsroom(folder: Path) -> Path:
    """A folder of data as the benchmark reads it: two stories, another article, two questions."""
    texts = {name.partition(".")[0]: text.rpartition("---\n")[2] for name, text in ARTICLES.items()}
    rows: dict[str, list[dict[str, Any]]] = {
        "newsqa_stories": [{"id": name, "text": texts[name]} for name in ("bridge", "ferry")],
        "realtimeqa_articles": [{"id": "library", "title": "Tools", "text": texts["library"]}] * 2,
        "newsqa_standalone": [
            {"story_id": "bridge", "question": BRIDGE_QUESTION},
            {"story_id": "elsewhere", "question": "Who won?"},
        ],
    }
    folder.mkdir()
    for name, lines in rows.items():
        with lzma.open(folder / f"{name}.jsonl.xz", "wt", encoding="utf-8") as file:
            file.writelines(json.dumps(line) + "\n" for line in lines)
    return folder


@pytest.mark.slow
def test_newsqa_is_measured_and_a_run_goes_on(tmp_path: Path) -> None:
    """Each figure is taken from a worker; a second run starts none, and takes again only what was lost."""
    folder = tmp_path / "run"
    articles, asked = corpus.write(data_of_the_newsroom(tmp_path / "data"), 3, folder)
    assert [json.loads(line)["url"].rpartition("/")[2] for line in articles.read_text("utf-8").splitlines()] == [
        "bridge",
        "ferry",
        "library",
    ]
    assert corpus.questions(asked) == [{"question": BRIDGE_QUESTION, "article": "bridge"}]
    turn = Turn(tmp_path / "lock", 60.0)
    measured = Bench(folder, {"newsqa": Path(sys.executable)}, tmp_path, turn, 0.2, rounds=1).run()
    figures = measured["newsqa"]
    assert (figures["passages"], figures["recall_at_5"], figures["answered"]) == (3, 1.0, 1.0)
    assert min(value for name, value in figures.items() if name != "others") > 0
    assert 0 <= figures["others"] < 1
    assert figures["query_p50_ms"] < figures["answer_p50_ms"] < 1000 * figures["cold_answer_s"]

    nobody = Bench(folder, {"newsqa": tmp_path / "no-python"}, tmp_path, Turn(None, 0.0), rounds=1)
    assert nobody.run() == measured
    (folder / "steps" / "answer.json").unlink()
    with pytest.raises(FileNotFoundError, match="no-python"):
        nobody.run()


@pytest.mark.slow
def test_a_worker_tells_what_went_wrong(tmp_path: Path) -> None:
    """An error in a system reaches the driver with its text, and the worker goes on; one that ends is noticed."""
    worker, gone = (
        Worker(Path(sys.executable), name, tmp_path, tmp_path, tmp_path / "log") for name in ("newsqa", "none")
    )
    try:
        with worker.running():
            with pytest.raises(WorkerError, match=r"newsqa: AttributeError: .*fly"):
                worker.ask("fly")
            assert worker.ask("memory")["peak_mb"] > 1
        with pytest.raises(WorkerError, match="none: it has ended"):
            gone.ask("memory")
    finally:
        worker.close()
        gone.close()


def test_what_the_speed_of_reading_is_measured_on_is_read(
    newsroom: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every article is read in every format that is made without other programs, by a process of its own."""
    monkeypatch.setenv("PATH", "")
    articles = [one for one in read_articles([newsroom], max_bytes=100_000) if isinstance(one, Article)]
    made = make_files(articles, tmp_path)
    assert set(made) == set("md txt html eml msg csv json jsonl zip mbox warc".split())
    for kind, paths in made.items():
        found = read(ROOT, sys.executable, paths, 1)
        assert found is not None, kind
        assert found["articles"] == len(articles) == 3, kind
