"""The results as Markdown tables, ratios first, and as a picture; both go into docs/benchmarks.md."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.figures import fill
from benchmarks.peers.environments import ROOT, SETUPS

DOCS = ROOT / "docs" / "benchmarks.md"
PICTURE = ROOT / "docs" / "benchmarks-peers.svg"
RESULTS = Path(__file__).with_name("results.json")
"""The figures that docs/benchmarks.md shows."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A row: newsqa's figure, which of a peer's it is held against (by default the same), and its written form."""

    key: str
    label: str
    form: str
    against: str = ""
    more_is_better: bool = False

    def ratio(self, systems: Mapping[str, Mapping[str, Any]], peer: str) -> str:
        """How many times better newsqa is than a peer; for shares, by how many points."""
        own, other = systems["newsqa"][self.key], systems[peer][self.against or self.key]
        if self.form == "{:.1%}":
            return f"{100 * (own - other):+.1f} points"
        factor = own / other if self.more_is_better else other / own
        return f"{factor:.1f} ×" if factor >= 1 else f"{factor:.2f} ×"


FIGURES = (
    Figure("ingest_per_s", "ingest, articles per second", "{:.1f}", more_is_better=True),
    Figure("cold_s", "cold start to the first passage, s", "{:.2f}"),
    Figure("cold_answer_s", "cold start to the first cited answer (peers: passage), s", "{:.2f}", "cold_s"),
    Figure("query_p50_ms", "warm retrieval, p50, ms", "{:.1f}"),
    Figure("query_p95_ms", "warm retrieval, p95, ms", "{:.1f}"),
    Figure("ingest_mb", "peak memory, ingesting, MB", "{:.0f}"),
    Figure("ask_mb", "peak memory, asking, MB", "{:.0f}"),
    Figure("answer_mb", "peak memory, asking with the reader (peers: without), MB", "{:.0f}", "ask_mb"),
    Figure("disk_mb", "index on disk, MB", "{:.1f}"),
    Figure("install_mb", "installation, MB", "{:.0f}"),
    Figure("recall_at_5", "right article among the first 5", "{:.1%}", more_is_better=True),
)
_OWN = (
    Figure("answer_p50_ms", "retrieval, reading and answer, p50, ms", "{:.0f}"),
    Figure("answer_p95_ms", "retrieval, reading and answer, p95, ms", "{:.0f}"),
)
_TOLD = (
    Figure("passages", "passages", "{:,}"),
    Figure("share_encoded", "share of their text that the encoder reads", "{:.1%}"),
)
_COLOURS = ("#1f4e79", "#9aa5b1")


def section(results: Mapping[str, Any]) -> str:
    """Everything between the markers of docs/benchmarks.md."""
    systems = results["systems"]
    peers = [name for name in systems if name != "newsqa"]
    ratios = [[row.label, *(row.ratio(systems, name) for name in peers)] for row in FIGURES]
    figures = [[row.label, *(_cell(row, systems[name]) for name in systems)] for row in (*FIGURES, *_OWN, *_TOLD)]
    versions = [
        [SETUPS[name].title, ", ".join(f"{package} {version}" for package, version in told["versions"].items())]
        for name, told in systems.items()
    ]
    others = max(system["others"] for system in systems.values())
    return "\n\n".join(
        [
            f"{results['articles']:,} articles, {results['questions']} questions, {results['day']}, newsqa at "
            f"{results['revision']}; {results['machine']}. While a system ingested, other programs took at most "
            f"{others:.0%} of the processors' time.",
            "How many times better newsqa is than each (below 1: worse):",
            _table(["newsqa against", *(SETUPS[name].title for name in peers)], ratios),
            f"![The figures of newsqa and its peers as bars]({PICTURE.name})",
            "The figures themselves:",
            _table(["figure", *(SETUPS[name].title for name in systems)], figures),
            _table(["system", "versions"], versions),
        ]
    )


def write_docs(
    results: Mapping[str, Any], docs: Path = DOCS, picture: Path = PICTURE, kept: Path = RESULTS
) -> None:
    """Keep the results, and write tables and picture anew from them."""
    kept.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    fill(docs, "peers", section(results))
    picture.write_text(bars(results), encoding="utf-8")


def bars(results: Mapping[str, Any]) -> str:
    """An SVG picture: a panel for each figure, a bar for each system."""
    systems = results["systems"]
    width, panel, left, line = 780, 390, 84, 19
    height = line * len(systems) + 44
    parts = []
    for number, row in enumerate(figure for figure in FIGURES if not figure.against):
        x, y = panel * (number % 2), height * (number // 2)
        values = {name: systems[name][row.key] for name in systems}
        label = row.label + (" (more is better)" if row.more_is_better else "")
        parts.append(f'<text x="{x + 8}" y="{y + 20}" font-weight="bold">{label}</text>')
        for place, (name, value) in enumerate(values.items()):
            top = y + 30 + line * place
            length = 220 * value / max(values.values())
            colour = _COLOURS[name != "newsqa"]
            parts.append(
                f'<text x="{x + left - 4}" y="{top + 12}" text-anchor="end">{SETUPS[name].title}</text>'
                f'<rect x="{x + left}" y="{top}" width="{length:.1f}" height="14" fill="{colour}"/>'
                f'<text x="{x + left + length + 5:.1f}" y="{top + 12}">{row.form.format(value)}</text>'
            )
    rows = (sum(not figure.against for figure in FIGURES) + 1) // 2
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height * rows}" role="img" '
        'font-family="sans-serif" font-size="12"><title>newsqa and its peers, figure by figure</title>'
        f'<rect width="{width}" height="{height * rows}" fill="#fff"/>{"".join(parts)}</svg>\n'
    )


def _cell(row: Figure, system: Mapping[str, Any]) -> str:
    return row.form.format(system[row.key]) if row.key in system else "–"


def _table(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


if __name__ == "__main__":
    write_docs(json.loads(RESULTS.read_text(encoding="utf-8")))
