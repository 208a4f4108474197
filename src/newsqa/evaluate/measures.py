"""The measures of the field, on texts, ranks and probabilities. Pure functions."""

from __future__ import annotations

import math
import re
import statistics
import string
from collections import Counter
from collections.abc import Iterable, Sequence

_BINS, _DEPTH = 10, 10


def normalise(text: str) -> str:
    """Lower case without punctuation, articles and extra space, as SQuAD scores answers."""
    text = "".join(" " if char in string.punctuation + "“”‘’–—" else char for char in text.lower())
    return " ".join(re.sub(r"\b(?:a|an|the)\b", " ", text).split())


def exact_match(given: str, gold: Sequence[str]) -> float:
    """1.0 when the answer is one of the gold answers, normalised."""
    return float(any(normalise(given) == normalise(answer) for answer in gold))


def best_f1(given: str, gold: Sequence[str]) -> float:
    """The best token F1 of the answer with any gold answer (Rajpurkar et al., 2016)."""
    return max((_f1(normalise(given).split(), normalise(answer).split()) for answer in gold), default=0.0)


def _f1(given: Sequence[str], gold: Sequence[str]) -> float:
    shared = sum((Counter(given) & Counter(gold)).values())
    return 2.0 * shared / (len(given) + len(gold)) if shared else 0.0


def ndcg(ranks: Sequence[int], relevant: int) -> float:
    """Normalised discounted cumulative gain of binary relevance among the first ten."""
    gain = sum(1.0 / math.log2(rank + 1) for rank in ranks if rank <= _DEPTH)
    ideal = sum(1.0 / math.log2(rank + 1) for rank in range(1, min(relevant, _DEPTH) + 1))
    return gain / ideal if ideal else 0.0


def average_precision(right: Sequence[bool]) -> float:
    """Of a ranking, the mean share that is right down to each right one; 0 without a right one."""
    places = [rank for rank, good in enumerate(right, start=1) if good]
    return sum(found / rank for found, rank in enumerate(places, start=1)) / len(places) if places else 0.0


def calibration_error(rows: Sequence[tuple[float, bool]], weights: Sequence[float] = ()) -> float:
    """How far probabilities are from the share that came true, over ten bins (Naeini et al., 2015)."""
    bins = reliability(rows, weights)
    return sum(count * abs(said - true) for said, true, count in bins) / max(
        sum(count for *_, count in bins), 1e-9
    )


def reliability(
    rows: Sequence[tuple[float, bool]], weights: Sequence[float] = ()
) -> list[tuple[float, float, float]]:
    """For each bin of probabilities: (their mean, the share that came true, the weight of its rows)."""
    bins: list[list[tuple[float, float, float]]] = [[] for _ in range(_BINS)]
    for (probability, true), weight in zip(rows, weights or [1.0] * len(rows), strict=True):
        bins[min(_BINS - 1, int(probability * _BINS))].append((weight * probability, weight * true, weight))
    sums = [tuple(map(sum, zip(*part, strict=True))) for part in bins if part]
    return [(said / count, true / count, count) for said, true, count in sums]


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least `share` (0-1) of the values do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def mean(values: Iterable[float]) -> float | None:
    """The mean, None of nothing."""
    listed = list(values)
    return statistics.fmean(listed) if listed else None
