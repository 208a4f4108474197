"""Who wrote the articles: the authors by name, and the lines of authors in which each stands."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from newsqa.store.snapshot import Snapshot
from newsqa.text.authors import name_key, split_authors


@dataclass(frozen=True, slots=True)
class Authors:
    """How many articles there are by each author, most first, and by `name_key` the lines that name one."""

    counts: Mapping[str, int]
    lines: Mapping[str, tuple[str, ...]]


def read_authors(now: Snapshot) -> Authors:
    """The authors of all articles; one whose name is written in several ways has the most frequent."""
    lines: defaultdict[str, list[str]] = defaultdict(list)
    counts: Counter[str] = Counter()
    written: dict[str, str] = {}
    for line, count in now.bylines().items():
        names = {name_key(name): name for name in split_authors(line)}
        for key, name in names.items():
            written.setdefault(key, name)
            counts[key] += count
        for key in {*names, name_key(line)} - {""}:
            lines[key].append(line)
    most = {written[key]: count for key, count in counts.most_common()}
    return Authors(most, {key: tuple(found) for key, found in lines.items()})
