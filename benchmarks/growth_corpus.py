"""The articles that `benchmarks.growth` fills an index with: real ones first, then altered repeats of them.

Real articles are split and encoded by the bundled splitter and encoder and kept in a folder. A repeat has its
figures and names replaced by others of the same length, so that its passages stand at the same places; its vectors
are those of the real passages, moved a little and brought back to length 1.
"""

from __future__ import annotations

import itertools
import json
import lzma
import pickle
import random
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from hashlib import blake2b
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from newsqa.errors import ArticleError
from newsqa.models import BundledEncoder, embedding_text
from newsqa.sources.formats.build import build_article
from newsqa.text.passages import SentenceSplitter
from newsqa.types import Article, Passage

Vectors = npt.NDArray[np.float32]

FILES = ("realtimeqa_articles", "reuters_articles")
MOVED = 0.35
"""The length of the random step by which a repeat's vector is moved; the cosine is then about 0.94."""
_CHUNK = 100
_SAME_STORY_DAYS = 30
_NAME = re.compile(r"(?<![.!?]\s)(?<!^)\b[A-Z][a-z]{3,9}\b", re.MULTILINE)
_DIGIT = re.compile(r"\d")


@dataclass(frozen=True, slots=True)
class Cut:
    """An article, its passages, and their vectors."""

    article: Article
    passages: tuple[Passage, ...]
    vectors: Vectors


def real_articles(data: Path) -> Iterator[Article]:
    """The articles of the data folder in a fixed order, those without text left out."""
    for name in FILES:
        with lzma.open(data / f"{name}.jsonl.xz", "rt", encoding="utf-8") as file:
            for row in map(json.loads, file):
                try:
                    yield _article(name, row)
                except ArticleError:
                    continue


def _article(name: str, row: Mapping[str, Any]) -> Article:
    article = build_article(f"{row['title']}\n\n{row['text']}", f"/{name}/{row['id']}.txt", markdown=False)
    day = row["published"].split()[0]
    published = (
        date(*map(int, day.split("/")))
        if "/" in day
        else date(int(day[-4:]), 1 + _MONTHS.index(day[-8:-5]), int(day[:-9]))
    )
    source = "Reuters" if name.startswith("reuters") else re.sub(r"^https?://(www\.)?([^/]+).*", r"\2", row["url"])
    return replace(article, published=published, source=source, language="en")


_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")


def encode(data: Path, folder: Path, seconds: float) -> dict[str, float]:
    """Encodes on where the last call ended, for at most so many seconds, into files of 100 articles each."""
    folder.mkdir(parents=True, exist_ok=True)
    encoder = BundledEncoder.open()
    splitter = SentenceSplitter(encoder.count_tokens)
    done = len(list(folder.glob("*.pickle")))
    began, passages = time.perf_counter(), 0
    batch: list[Article] = []
    for number, article in enumerate(real_articles(data)):
        if number < done * _CHUNK:
            began = time.perf_counter()
            continue
        batch.append(article)
        if len(batch) == _CHUNK:
            cut = [tuple(splitter.split(one)) for one in batch]
            vectors = encoder.encode_passages([embedding_text(one) for found in cut for one in found])
            ends = np.cumsum([len(found) for found in cut])[:-1]
            parts = [Cut(*one) for one in zip(batch, cut, np.split(vectors.astype(np.float16), ends), strict=True)]
            _save(folder / f"{done:05d}.pickle", parts)
            done, batch, passages = done + 1, [], passages + len(vectors)
            if time.perf_counter() - began > seconds:
                break
    return {"files": done, "passages/s": passages / (time.perf_counter() - began)}


def _save(path: Path, cuts: Sequence[Cut]) -> None:
    rough = path.with_suffix(".part")
    rough.write_bytes(pickle.dumps(cuts))
    rough.rename(path)


def cuts(folder: Path, start: int = 0) -> Iterator[Cut]:
    """The encoded real articles, then altered repeats of them without end, from number `start` on."""
    files = sorted(folder.glob("*.pickle"))
    begun, first = divmod(start, len(files) * _CHUNK)
    for turn in itertools.count(begun):
        names = _other_names(turn)
        for file in files[first // _CHUNK :]:
            for cut in pickle.loads(file.read_bytes())[first % _CHUNK :]:  # noqa: S301 (written above)
                yield cut if turn == 0 else _altered(cut, turn, names)
            first -= first % _CHUNK
        first = 0


def _other_names(turn: int) -> dict[int, list[str]]:
    """Invented names by their length."""
    chance = random.Random(turn)  # noqa: S311 (the same ones every time)
    pairs = [c + v for c in "bdfgklmnprstvz" for v in "aeiou"]
    return {
        length: ["".join(chance.choices(pairs, k=5))[:length].capitalize() for _ in range(400)]
        for length in range(4, 11)
    }


def _altered(cut: Cut, turn: int, names: Mapping[int, Sequence[str]]) -> Cut:
    """A repeat of an article with other figures and names, on another day, under another id."""
    old = cut.article
    seed = int.from_bytes(blake2b(f"{turn} {old.id}".encode(), digest_size=8).digest(), "big")
    shift = 1 + seed % 9

    def renamed(found: re.Match[str]) -> str:
        pool = names[len(found[0])]
        return pool[int.from_bytes(blake2b(found[0].encode(), digest_size=4).digest(), "big") % len(pool)]

    def changed(text: str) -> str:
        return _NAME.sub(renamed, _DIGIT.sub(lambda digit: str((int(digit[0]) + shift) % 10), text))

    title, text = changed(old.title), changed(old.text)
    article = replace(
        old,
        id=blake2b(f"{turn} {old.id}".encode(), digest_size=10).hexdigest(),
        title=title,
        text=text,
        content_hash=f"{turn} {old.content_hash}",
        published=(old.published or date(2020, 1, 1)) - timedelta(days=_SAME_STORY_DAYS * turn),
        url="",
        path=f"/{turn}{old.path}",
    )
    passages = tuple(
        replace(
            one,
            id=blake2b(f"{turn} {one.id}".encode(), digest_size=10).hexdigest(),
            article_id=article.id,
            text=text[one.start : one.end],
            title=title,
            published=article.published,
            url="",
        )
        for one in cut.passages
    )
    steps = np.random.default_rng(seed).standard_normal(cut.vectors.shape, dtype=np.float32)
    moved = cut.vectors.astype(np.float32) + MOVED * steps / np.sqrt(steps.shape[1])
    return Cut(article, passages, moved / np.linalg.norm(moved, axis=1, keepdims=True))
