"""Where sentences end: newsqa's cut against libraries for it, on labelled paragraphs of news with hard ends.

The libraries are measured where they are installed (`pip install pysbd sentencex spacy`), newsqa always.

    python -m benchmarks.sentences --data DATA
"""

from __future__ import annotations

import argparse
import importlib
import json
import lzma
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from newsqa.text.sentences import sentence_spans

LABELS = Path(__file__).parent / "data" / "sentence_ends.jsonl"
Cut = Callable[[str], set[int]]
"""Gives the offsets at which sentences begin, without the first one."""


def newsqa(text: str) -> set[int]:
    """The cut of this package."""
    return {span.start for span in sentence_spans(text)[1:]}


def places(text: str, sentences: Iterable[str]) -> set[int]:
    """Where the sentences begin that a library gives as texts."""
    found, position = set(), 0
    for sentence in map(str.strip, sentences):
        place = text.find(sentence, position) if sentence else -1
        if place >= 0:
            found.add(place)
            position = place + len(sentence)
    return found - {min(found, default=0)}


def libraries() -> dict[str, Cut]:
    """The cuts of those libraries that are installed."""
    cuts: dict[str, Cut] = {}
    for name in ("pysbd", "sentencex", "spacy"):
        try:
            library = importlib.import_module(name)
        except ImportError:
            continue
        if name == "pysbd":
            segmenter = library.Segmenter(language="en", clean=False)
            cuts[name] = lambda text, use=segmenter: places(text, use.segment(text))
        elif name == "sentencex":
            cuts[name] = lambda text, use=library: places(text, use.segment("en", text))
        else:
            model = library.blank("en")
            model.add_pipe("sentencizer")
            cuts[name] = lambda text, use=model: places(text, (one.text for one in use(text).sents))
    return cuts


def measure(cut: Cut, paragraphs: Sequence[tuple[str, set[int]]]) -> str:
    """Precision, recall and F1 of the boundaries, and megabytes in a second."""
    begin = time.perf_counter()
    found = [cut(text) for text, _ in paragraphs]
    seconds = time.perf_counter() - begin
    right = sum(len(got & wanted) for got, (_, wanted) in zip(found, paragraphs, strict=True))
    given, due = sum(map(len, found)), sum(len(wanted) for _, wanted in paragraphs)
    rate = sum(len(text) for text, _ in paragraphs) / seconds / 1e6
    return f"P {right / given:.3f}  R {right / due:.3f}  F1 {2 * right / (given + due):.3f}  {rate:.3f} MB/s"


def labelled(data: Path) -> dict[str, list[tuple[str, set[int]]]]:
    """The labelled paragraphs of `dev` and `test`, each with the offsets at which its sentences begin."""
    labels = [json.loads(line) for line in LABELS.read_text(encoding="utf-8").splitlines()]
    wanted = {(label["set"], label["id"]) for label in labels}
    texts = {}
    for name in sorted({label["set"] for label in labels}):
        with lzma.open(data / f"{name}.jsonl.xz", "rt", encoding="utf-8") as file:
            for row in map(json.loads, file):
                if (name, row["id"]) in wanted:
                    texts[name, row["id"]] = row["text"]
    parts: dict[str, list[tuple[str, set[int]]]] = {"dev": [], "test": []}
    for label in labels:
        text = texts[label["set"], label["id"]][label["start"] : label["end"]]
        parts[label["part"]].append((text, set(label["starts"])))
    return parts


def main() -> None:
    """Prints a line for each cut and part."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="the folder with the articles")
    parts = labelled(parser.parse_args().data)
    for name, cut in {"newsqa": newsqa, **libraries()}.items():
        for part, paragraphs in parts.items():
            print(f"{name:10} {part:5} {measure(cut, paragraphs)}")


if __name__ == "__main__":
    main()
