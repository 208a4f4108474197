"""Articles out of web pages: newsqa beside trafilatura, which it builds on, on the pages of a public set.

    python -m benchmarks.extraction --data FOLDER

FOLDER is `tests` of github.com/adbar/trafilatura (text, title, day and author), or a checkout of
github.com/scrapinghub/article-extraction-benchmark (text). Text is scored as the authors of each set do; a system
that breaks on a page has read nothing of it. Titles are right that have the same words in order, authors that are
the same names, days that are the same day.
"""

from __future__ import annotations

import argparse
import gzip
import json
import logging
import re
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

import trafilatura

from newsqa.errors import ArticleError
from newsqa.sources.formats.html import read_html
from newsqa.sources.formats.origin import Origin

Found = dict[str, str]
"""What was read of a page, or what a set says is right: by `text`, `title`, `author` and `date`."""
FIELDS = ("title", "date", "author")


@dataclass(frozen=True, slots=True)
class Page:
    """A page of a set, what is right, and the true and false positives and false negatives of a text."""

    data: bytes
    right: Found
    score: Callable[[str], tuple[float, float, float]]


def newsqa(data: bytes) -> Found:
    """What this package reads, as from a saved page; nothing where it finds no article."""
    try:
        article = read_html(data, Origin("page.html", charset=charset(data)))
    except ArticleError:
        return {}
    day = article.published.isoformat() if article.published else ""
    return {"text": article.text, "title": article.title, "date": day, "author": article.author}


def charset(data: bytes) -> str:
    """UTF-8 if a page is written in it, as trafilatura tries first; else what the page says."""
    try:
        data.decode()
    except UnicodeDecodeError:
        return ""
    return "utf-8"


def peer(data: bytes) -> Found:
    """What trafilatura reads, with the settings of its own evaluation."""
    page = trafilatura.bare_extraction(data, with_metadata=True, include_comments=False, include_tables=True)
    return {name: getattr(page, name, None) or "" for name in ("text", *FIELDS)}


def squeezed(text: str) -> str:
    """A text with its white space made single spaces."""
    return " ".join(text.split())


def by_strings(item: dict[str, Any], text: str) -> tuple[float, float, float]:
    """Counts of the strings that must, and must not, stand in a text."""
    text = squeezed(text)
    kept = sum(squeezed(one) in text for one in item["with"])
    return kept, sum(squeezed(one) in text for one in item["without"]), len(item["with"]) - kept


def by_shingles(right: str, text: str) -> tuple[float, float, float]:
    """Shares of the runs of four words that two texts have in common, or one alone."""
    true, found = shingles(right), shingles(text)
    every = (true | found).total() or 1
    return (true & found).total() / every, (found - true).total() / every, (true - found).total() / every


def shingles(text: str) -> Counter[tuple[str, ...]]:
    """How often each run of four words is in a text."""
    words = re.findall(r"\w+", text)
    runs = (tuple(words[i : i + 4]) for i in range(max(1, len(words) - 3)))
    return Counter(run for run in runs if run)


def pages(folder: Path) -> Iterator[Page]:
    """The pages of either set."""
    if (folder / "evaldata.json").exists():
        for item in json.loads((folder / "evaldata.json").read_text("utf-8")).values():
            file = next(path for kind in ("cache", "eval") if (path := folder / kind / item["file"]).exists())
            names = item.get("author", "")
            author = names if isinstance(names, str) else "; ".join(names)
            right = {"title": item.get("title", ""), "date": item.get("date", ""), "author": author}
            yield Page(file.read_bytes(), right, partial(by_strings, item))
    else:
        for name, item in json.loads((folder / "ground-truth.json").read_text("utf-8")).items():
            data = gzip.decompress((folder / "html" / f"{name}.html.gz").read_bytes())
            yield Page(data, {}, partial(by_shingles, item["articleBody"]))


def key(field: str, value: str) -> object:
    """What two values of a field are compared by."""
    if field == "author":
        return {squeezed(name).casefold() for name in re.split("[,;]", value) if name.strip()}
    return [int(part) for part in re.findall(r"\d+", value)] if field == "date" else words_of(value)


def words_of(text: str) -> list[str]:
    """The words of a title."""
    return re.findall(r"\w+", text.casefold())


def figures(rows: list[tuple[Page, Found, float]], by_page: bool) -> dict[str, float]:
    """What is printed of one system; precision and recall are over all strings, or the means of the pages."""
    counts = [page.score(found.get("text", "")) for page, found, _ in rows]
    if by_page:
        precision = mean([tp / (tp + fp) for tp, fp, _ in counts if tp + fp])
        recall = mean([tp / (tp + fn) for tp, _, fn in counts if tp + fn])
    else:
        tp, fp, fn = (sum(column) for column in zip(*counts, strict=True))
        precision, recall = tp / (tp + fp), tp / (tp + fn)
    result = {"precision": precision, "recall": recall, "f1": 2 * precision * recall / (precision + recall)}
    for field in FIELDS:
        known = [(page.right[field], found.get(field, "")) for page, found, _ in rows if page.right.get(field)]
        if known:
            result[f"{field} right"] = mean([key(field, right) == key(field, said) for right, said in known])
            result[f"{field} missing"] = mean([not said for _, said in known])
    result["no text"] = mean([not found.get("text") for _, found, _ in rows])
    result["seconds per page"] = mean([seconds for *_, seconds in rows])
    return {name: round(value, 4) for name, value in result.items()}


def mean(values: list[float] | list[bool]) -> float:
    """The mean of some values; 0 of none."""
    return sum(values) / len(values) if values else 0.0


def main() -> None:
    """Print one JSON object; times are the processor's, and the systems take turns at being the first."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--data", type=Path, required=True)
    folder = parser.parse_args().data
    logging.disable(logging.CRITICAL)
    systems = {"newsqa": newsqa, "trafilatura": peer}
    rows: dict[str, list[tuple[Page, Found, float]]] = {name: [] for name in systems}
    broke: dict[str, list[str]] = {name: [] for name in systems}
    for number, page in enumerate(pages(folder)):
        for name in sorted(systems, reverse=bool(number % 2)):
            started = time.process_time()
            try:
                found = systems[name](page.data)
            except Exception as error:  # of either system: how it breaks is what is measured
                broke[name].append(f"page {number}: {type(error).__name__}")
                found = {}
            rows[name].append((page, found, time.process_time() - started))
    by_page = not (folder / "evaldata.json").exists()
    about = {"pages": len(rows["newsqa"]), "trafilatura is": version("trafilatura")}
    measured = {name: figures(of_system, by_page) for name, of_system in rows.items()}
    print(json.dumps(about | measured | {"broke": broke}, indent=1))


if __name__ == "__main__":
    main()
