"""The figures of `benchmarks.growth` as a table in docs/benchmarks.md, and as a plot beside it."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.figures import fill

DOCS = Path(__file__).parents[1] / "docs"
_WIDTH, _HEIGHT, _LEFT, _TOP, _PLOT_WIDTH, _PLOT_HEIGHT = 760, 440, 64, 20, 480, 360
_COLOURS = ("#1f4e79", "#b03a2e", "#1e8449", "#7d3c98", "#b9770e", "#566573")


def report(work: Path) -> str:
    """Writes the table and the plot from what was measured in a folder; returns the table."""
    measured: dict[int, dict[str, Any]] = {}
    for line in (work / "figures.jsonl").read_text(encoding="utf-8").splitlines():
        figures = json.loads(line)
        measured[figures["passages"]] = figures
    sizes = [measured[size] for size in sorted(measured)]
    filled = [json.loads(line) for line in (work / "fill.jsonl").read_text(encoding="utf-8").splitlines()]
    table = "\n".join(_table(sizes, filled))
    fill(DOCS / "benchmarks.md", "growth", table)
    (DOCS / "growth.svg").write_text(plot(_lines(sizes)), encoding="utf-8")
    return table


def _table(sizes: Sequence[Mapping[str, Any]], filled: Sequence[Mapping[str, Any]]) -> list[str]:
    def pair(name: str) -> list[str]:
        return ["{2:.1f} ({0:.1f} / {1:.1f})".format(*one["ms"][name]) for one in sizes]  # the processor's first

    rows: dict[str, list[str]] = {
        "articles": [f"{one['articles']:,}" for one in sizes],
        "written without encoding, passages/s of one core": [
            f"{_speed(filled, one['passages']):.0f}" if _speed(filled, one["passages"]) else "" for one in sizes
        ],
        "memory while writing, MB": [f"{_writing(filled, one['passages'])}" for one in sizes],
        "disk, MB": [f"{sum(one['disk'].values()):,.0f}" for one in sizes],
        "of it catalogue / Chroma / words": [
            " / ".join(f"{one['disk'].get(part, 0):.0f}" for part in ("catalogue", "chroma", "words"))
            for one in sizes
        ],
        "opened and asked, cold, s": [f"{one['cold']['cpu']:.2f} ({one['cold']['first']:.2f})" for one in sizes],
        "memory after the first, MB (of its own)": [
            f"{one['cold']['peak']:.0f} ({one['cold']['own']:.0f})" for one in sizes
        ],
        "retrieval, ms": pair("retrieval"),
        "the same among 20 % by day": pair("retrieval, 20 % by day"),
        "of it encoding the question": pair("query encoded"),
        "words alone": pair("words"),
        "vectors alone": pair("vectors"),
        "the same among 20 % by day ": pair("vectors, 20 % by day"),
        "all vectors compared, ms": [f"{one['recall']['exact ms']:.1f}" for one in sizes],
        "others at work (load)": [f"{one['load']:.0f}" for one in sizes],
        "of the 50 nearest found": [f"{one['recall']['found']:.3f}" for one in sizes],
    }
    return [
        "| passages | " + " | ".join(f"{one['passages']:,}" for one in sizes) + " |",
        "|---|" + "---|" * len(sizes),
        *(f"| {name.strip()} | " + " | ".join(cells) + " |" for name, cells in rows.items()),
    ]


def _step(filled: Sequence[Mapping[str, Any]], passages: int) -> Mapping[str, Any]:
    """The step of filling that ended with so many passages, or nothing."""
    return next((one for one in reversed(filled) if one["passages"] == passages), {})


def _speed(filled: Sequence[Mapping[str, Any]], passages: int) -> float:
    step = _step(filled, passages)
    return step["written"] / step["cpu"] if step else 0.0


def _writing(filled: Sequence[Mapping[str, Any]], passages: int) -> str:
    return str(_step(filled, passages).get("peak", ""))


def _lines(sizes: Sequence[Mapping[str, Any]]) -> dict[str, list[tuple[float, float]]]:
    return {
        "retrieval, ms": [(one["passages"], one["ms"]["retrieval"][2]) for one in sizes],
        "vectors, ms": [(one["passages"], one["ms"]["vectors"][2]) for one in sizes],
        "all vectors compared, ms": [(one["passages"], one["recall"]["exact ms"]) for one in sizes],
        "opened and asked, cold, s": [(one["passages"], one["cold"]["cpu"]) for one in sizes],
        "memory of its own, MB": [(one["passages"], one["warm"]["own"]) for one in sizes],
        "disk, MB": [(one["passages"], sum(one["disk"].values())) for one in sizes],
    }


def plot(lines: Mapping[str, Sequence[tuple[float, float]]]) -> str:
    """An SVG picture of lines over the number of passages; both axes are logarithmic."""
    points = [point for line in lines.values() for point in line]
    left, right = (math.log10(pick(x for x, _ in points)) for pick in (min, max))
    low = math.floor(math.log10(min(y for _, y in points)))
    high = math.ceil(math.log10(max(y for _, y in points)))

    def x(value: float) -> float:
        return _LEFT + _PLOT_WIDTH * (math.log10(value) - left) / max(right - left, 1e-9)

    def y(value: float) -> float:
        return _TOP + _PLOT_HEIGHT * (high - math.log10(value)) / (high - low)

    drawn = [
        f'<line x1="{_LEFT}" x2="{_LEFT + _PLOT_WIDTH}" y1="{y(10**n):.1f}" y2="{y(10**n):.1f}" stroke="#ddd"/>'
        f'<text x="{_LEFT - 8}" y="{y(10**n) + 4:.1f}" text-anchor="end">{10**n:g}</text>'
        for n in range(low, high + 1)
    ]
    drawn += [
        f'<text x="{x(size):.1f}" y="{_TOP + _PLOT_HEIGHT + 20}" text-anchor="middle">{size:,.0f}</text>'
        for size in sorted({size for size, _ in points})
    ]
    ends = _apart([y(line[-1][1]) for line in lines.values()])
    for (name, line), colour, end in zip(lines.items(), _COLOURS, ends, strict=False):
        path = " ".join(f"{x(size):.1f},{y(value):.1f}" for size, value in line)
        drawn.append(
            f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>'
            f'<text x="{_LEFT + _PLOT_WIDTH + 10}" y="{end + 4:.1f}" fill="{colour}">{name}</text>'
        )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" '
        'font-family="sans-serif" font-size="12"><title>Cost by number of passages</title>'
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="#fff"/>{"".join(drawn)}'
        f'<text x="{_LEFT + _PLOT_WIDTH / 2}" y="{_HEIGHT - 20}" text-anchor="middle">passages</text></svg>\n'
    )


def _apart(heights: Sequence[float]) -> list[float]:
    """Heights for labels, moved so that none covers another."""
    placed = dict.fromkeys(range(len(heights)), 0.0)
    last = -math.inf
    for index in sorted(placed, key=lambda one: heights[one]):
        last = placed[index] = max(heights[index], last + 15)
    return [placed[index] for index in range(len(heights))]
