"""Precision and recall of near-duplicates on the hand-checked pairs of `tests/data/duplicates.jsonl`.

    python -m benchmarks.duplicates --data DATA

`DATA` holds `reuters_articles.jsonl.xz` and `realtimeqa_articles.jsonl.xz`, records with `id`, `text` and
`published`; only the ids of the pairs are in this repository. Sample 1 is spread over all similarities, sample 2
is the harder middle, of pairs within a week, sample 4 the hardest, half alike and mostly of one day; the rules
were chosen on these three. Sample 3 has pairs within a week, of each similarity from 0.2 on nearly equally often;
it was labelled before a rule had judged it, and no rule was chosen on it.
"""

from __future__ import annotations

import argparse
import json
import lzma
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from newsqa.sources.formats.dates import parse_date
from newsqa.text.copies import Fingerprint, are_copies, days_between, measure_containment

CANDIDATES = {
    "reuters_articles": {2: 1662, 3: 779, 4: 435, 5: 258, 6: 128, 7: 63, 8: 77, 9: 606},
    "realtimeqa_articles": {2: 131, 3: 59, 4: 26, 5: 13, 6: 5, 7: 1, 9: 104},
}
"""How many pairs sample 3 was drawn from (within a week, no article of samples 1 and 2), by tenths of likeness."""

PAIRS = Path(__file__).parents[1] / "tests" / "data" / "duplicates.jsonl"


def read_pairs() -> list[dict[str, Any]]:
    """The labelled pairs."""
    return [json.loads(line) for line in PAIRS.read_text(encoding="utf-8").splitlines()]


def read_articles(data: Path, name: str, wanted: set[str]) -> dict[str, dict[str, Any]]:
    """The wanted articles of a file, by id."""
    found = {}
    with lzma.open(data / f"{name}.jsonl.xz", "rt", encoding="utf-8") as lines:
        for record in map(json.loads, lines):
            if record["id"] in wanted:
                found[record["id"]] = record
    return found


def figures(outcomes: Iterable[tuple[bool, bool]]) -> str:
    """Counts, precision and recall of (label, verdict) pairs."""
    rows = list(outcomes)
    right = sum(label and verdict for label, verdict in rows)
    said = sum(verdict for _, verdict in rows)
    copies = sum(label for label, _ in rows)
    return (
        f"{len(rows)} pairs, {copies} copies: precision {right / said:.3f} ({right} of {said}), "
        f"recall {right / copies:.3f} ({right} of {copies})"
    )


def weighted(rows: Sequence[tuple[str, int, bool, bool]]) -> str:
    """Precision and recall of (file, tenth, label, verdict), each counted as often as its like is a candidate."""
    drawn = Counter((file, tenth) for file, tenth, _, _ in rows)
    sums: defaultdict[tuple[bool, bool], float] = defaultdict(float)
    for file, tenth, label, verdict in rows:
        sums[label, verdict] += CANDIDATES[file][tenth] / drawn[file, tenth]
    right = sums[True, True]
    precision, recall = right / (right + sums[False, True]), right / (right + sums[True, False])
    return f"precision {precision:.3f}, recall {recall:.3f}"


def main() -> None:
    """Prints the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--wrong", action="store_true", help="list the pairs that are judged wrongly")
    options = parser.parse_args()
    pairs = read_pairs()
    articles: dict[tuple[str, str], dict[str, Any]] = {}
    for name in sorted({pair["file"] for pair in pairs}):
        wanted = {pair[side] for pair in pairs if pair["file"] == name for side in ("one", "other")}
        articles |= {(name, key): value for key, value in read_articles(options.data, name, wanted).items()}
    began = time.perf_counter()
    prints = {key: Fingerprint.of(record["text"]) for key, record in articles.items()}
    keys = {key: set(one.keys()) for key, one in prints.items()}
    seconds = time.perf_counter() - began
    verdicts = []
    for pair in pairs:
        one, other = ((pair["file"], pair[side]) for side in ("one", "other"))
        days = (parse_date(articles[key]["published"].partition("&")[0]) for key in (one, other))
        candidates = bool(keys[one] & keys[other])
        verdict = candidates and are_copies(prints[one], prints[other], days_between(*days))
        verdicts.append((pair, verdict, candidates))
        if options.wrong and verdict != pair["copies"]:
            titles = " | ".join(articles[key]["title"] for key in (one, other))
            print(f"  judged {'copies' if verdict else 'different'}: {one[1]} {other[1]}: {titles}")
    for sample in sorted({pair["sample"] for pair in pairs}):
        print(f"sample {sample}:", figures((p["copies"], v) for p, v, _ in verdicts if p["sample"] == sample))
    tenths = []
    for pair, verdict, _ in verdicts:
        if pair["sample"] == 3:
            share = measure_containment(*(prints[pair["file"], pair[side]] for side in ("one", "other")))
            tenths.append((pair["file"], min(9, int(10 * share)), pair["copies"], verdict))
    print("sample 3 as often as among candidates:", weighted(tenths))
    print("all:", figures((p["copies"], v) for p, v, _ in verdicts))
    found = [candidates for pair, _, candidates in verdicts if pair["copies"]]
    print(f"copies that share a key: {sum(found)} of {len(found)}")
    print(f"{1000 * seconds / len(prints):.1f} ms an article for its shingles and keys")


if __name__ == "__main__":
    main()
