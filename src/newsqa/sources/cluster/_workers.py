"""What runs on the machines of the cluster: tasks that read files, and actors that split and encode articles."""

from __future__ import annotations

import os
import pickle
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Any

from newsqa.errors import ArticleError, ModelError, NewsqaError
from newsqa.models import encode, open_encoder
from newsqa.sources.formats import read_path
from newsqa.sources.formats.origin import ReadOptions
from newsqa.text.languages import language_of
from newsqa.text.passages import SentenceSplitter
from newsqa.types import Article, EncodedArticle, Encoder, IngestEvent

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Hashes = npt.NDArray[np.uint64]
    Rows = dict[str, npt.NDArray[Any]]


@dataclass(frozen=True, slots=True)
class Recipe:
    """How passages are cut and encoded: the encoder's setting, its own name, and the splitter's version."""

    encoder: str
    name: str
    splitter: str


def read_files(batch: Rows, how: ReadOptions, hashes: Any) -> Iterator[dict[str, list[Any]]]:
    """The items of files, one at a time; those that the index has are marked as needing no vectors."""
    import ray

    known: Hashes = ray.get(hashes)
    for number, path, name in zip(batch["file"], batch["path"], batch["name"], strict=True):
        for item, read in _items(Path(os.fsdecode(path)), str(name), how):
            fresh = isinstance(item, Article) and not _is_known(item, known)
            yield {"file": [number], "read": [read], "fresh": [fresh], "item": [pickle.dumps(item)]}


def _items(path: Path, name: str, how: ReadOptions) -> Iterator[tuple[Article | IngestEvent, int]]:
    read = 0
    try:
        for item, read in read_path(path, name, how):
            yield item, read
    except ArticleError as error:
        yield IngestEvent("failed", name, reason=str(error)), read


class Encode:
    """An actor with an encoder: articles to articles with passages and vectors.

    An error of ours is given in place of the articles, since Ray would do the work again and wrap it in its own.
    """

    def __init__(self, recipe: Recipe) -> None:
        self._recipe = recipe

    @cached_property
    def _tools(self) -> tuple[Encoder, SentenceSplitter]:
        """Encoder and splitter as the recipe says; raises `ModelError` where this machine has others."""
        recipe = self._recipe
        encoder = open_encoder(recipe.encoder, threads=1)
        splitter = SentenceSplitter.for_encoder(encoder)
        if (encoder.name, splitter.version) != (recipe.name, recipe.splitter):
            raise ModelError(
                f"A machine of the Ray cluster has the encoder {encoder.name!r} with {splitter.version}, not "
                f"{recipe.name!r} with {recipe.splitter}. Install the same version of newsqa on all of them."
            )
        return encoder, splitter

    def __call__(self, batch: Rows) -> Rows:
        import numpy as np

        items: list[Any] = [pickle.loads(item) for item in batch["item"]]  # noqa: S301 - our own workers'
        try:
            self._encode(items, [place for place, fresh in enumerate(batch["fresh"]) if fresh])
        except NewsqaError as error:
            items = [error] * len(items)
        packed = np.empty(len(items), dtype=object)
        packed[:] = [pickle.dumps(item) for item in items]
        return {"file": batch["file"], "read": batch["read"], "item": packed}

    def _encode(self, items: list[Any], places: list[int]) -> None:
        """Puts encoded articles in the place of these articles."""
        encoder, splitter = self._tools
        for place in places:
            article = items[place]
            language = article.language or language_of(f"{article.title}\n{article.text}")
            items[place] = replace(article, language=language)
        cut = [tuple(splitter.split(items[place])) for place in places]
        vectors = encode(encoder, [passage for passages in cut for passage in passages])
        begin = 0
        for place, passages in zip(places, cut, strict=True):
            items[place] = EncodedArticle(items[place], passages, vectors[begin : begin + len(passages)])
            begin += len(passages)


def _hash(article_id: str, content_hash: str) -> int:
    digest = blake2b(f"{article_id}\n{content_hash}".encode("utf-8", "surrogatepass"), digest_size=8)
    return int.from_bytes(digest.digest(), "big")


def sort_hashes(known: Iterable[tuple[str, str]]) -> Hashes:
    """A hash of id and content hash of each article, in order, to be searched by all workers."""
    import numpy as np

    return np.sort(np.fromiter((_hash(*one) for one in known), dtype=np.uint64))


def _is_known(article: Article, hashes: Hashes) -> bool:
    """Whether the index has the article as it is; were it wrong, it would only be encoded elsewhere."""
    import numpy as np

    wanted = np.uint64(_hash(article.id, article.content_hash))
    place = int(np.searchsorted(hashes, wanted))
    return place < len(hashes) and bool(hashes[place] == wanted)
