"""Handwritten, deterministic stand-ins at the seams: encoder, splitter, and articles and passages to feed them."""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from datetime import date
from hashlib import blake2b
from typing import Any

import numpy as np
import numpy.typing as npt

from newsqa.text.sentences import sentence_spans
from newsqa.types import Article, Block, Passage, Span


class HashingEncoder:
    """Every word has a fixed random direction: texts that share more words are nearer to each other.

    `texts` counts the passages that were encoded; `delay` is the time each takes, in seconds.
    """

    def __init__(self, dimension: int = 64, name: str = "hashing", delay: float = 0.0) -> None:
        self._dimension = dimension
        self._name = name
        self._delay = delay
        self.texts = 0

    @property
    def name(self) -> str:
        """The name in the fingerprint."""
        return self._name

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        return self._dimension

    def encode_passages(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """One unit vector per text."""
        self.texts += len(texts)
        time.sleep(self._delay * len(texts))
        return np.stack([self.encode_query(text) for text in texts])

    def encode_query(self, text: str) -> npt.NDArray[np.float32]:
        """The normalised sum of the directions of the text's words."""
        words = re.findall(r"\w+", text.lower()) or [""]
        vector = np.sum([_direction(f"{self._name} {word}", self._dimension) for word in words], axis=0)
        return np.asarray(vector / np.linalg.norm(vector), dtype=np.float32)


def _direction(word: str, dimension: int) -> npt.NDArray[np.float64]:
    seed = int.from_bytes(blake2b(word.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big")
    return np.random.default_rng(seed).standard_normal(dimension)


class ParagraphSplitter:
    """One passage per paragraph, one sentence per passage."""

    def __init__(self, version: str = "paragraphs-1") -> None:
        self._version = version

    @property
    def version(self) -> str:
        """The version in the fingerprint."""
        return self._version

    def split(self, article: Article) -> list[Passage]:
        """The article's paragraphs, each under the heading before it."""
        passages: list[Passage] = []
        heading = ""
        for block in article.blocks:
            if block.kind == "heading":
                heading = block.span.of(article.text)
            elif block.kind == "paragraph":
                span = block.span
                key = f"{article.id} {self._version} {span.start} {span.of(article.text)}"
                passages.append(
                    Passage(
                        id=blake2b(key.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest(),
                        article_id=article.id,
                        text=span.of(article.text),
                        start=span.start,
                        end=span.end,
                        sentences=(span,),
                        ordinal=len(passages),
                        heading=heading,
                        title=article.title,
                        source=article.source,
                        published=article.published,
                        url=article.url,
                        language=article.language,
                        author=article.author,
                    )
                )
        return passages


def make_article(
    name: str,
    *paragraphs: str,
    title: str = "",
    source: str = "The Courier",
    published: date | None = date(2019, 4, 25),
    url: str = "",
    path: str | None = None,
    author: str = "",
) -> Article:
    """An article of these paragraphs; one that begins with `# ` is a heading."""
    blocks: list[Block] = []
    text = ""
    for paragraph in paragraphs:
        heading = paragraph.startswith("# ")
        content = paragraph.removeprefix("# ")
        text += "\n\n" if text else ""
        blocks.append(Block(Span(len(text), len(text) + len(content)), "heading" if heading else "paragraph"))
        text += content
    parts = "\0".join((title, text, source, str(published)))
    return Article(
        id=blake2b(name.encode(), digest_size=8).hexdigest(),
        title=title or name,
        text=text,
        content_hash=blake2b(parts.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest(),
        blocks=tuple(blocks),
        source=source,
        published=published,
        published_text=published.isoformat() if published else "",
        url=url,
        path=f"/news/{name}.txt" if path is None else path,
        language="en",
        author=author,
    )


def passage(text: str, article: str = "a", start: int = 0, **more: Any) -> Passage:
    """A passage that begins at `start` of an article, with its sentences as the splitter finds them."""
    spans = tuple(Span(start + span.start, start + span.end) for span in sentence_spans(text))
    return Passage(f"{article}-{start}", article, text, start, start + len(text), spans, **more)
