"""Reading, splitting and encoding on the machines of a Ray cluster; the index is written where it is asked for.

Ray Data reads the files in tasks and encodes their articles in actors that hold the encoder. What they give comes
back in the order of the files, and a task whose machine or process is lost is done again, so that the index is the
same as if all had been done here. Files must be found under the same paths on every machine.
"""

from __future__ import annotations

import logging
import os
import pickle
import secrets
import socket
import sys
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Any

from newsqa.articles import Found, Opened
from newsqa.articles.files import shown
from newsqa.articles.origin import Reading
from newsqa.articles.readers import read_path
from newsqa.embedding import open_encoder
from newsqa.errors import ArticleError, ClusterError, ModelError, NewsqaError, SettingsError
from newsqa.languages import language_of
from newsqa.passages import SentenceSplitter
from newsqa.types import Article, EncodedArticle, IngestEvent

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Hashes = npt.NDArray[np.uint64]
    Rows = dict[str, npt.NDArray[Any]]

_READING, _ENCODING = 0.25, 0.75
"""Shares of a core: as many files are read at a time as articles are encoded."""
_BLOCK_BYTES = 128 * 1024
"""Articles that go from a reader to an encoder together."""
_ARTICLES = 16
_OBJECT_STORE_BYTES = 256 * 1024 * 1024
_REACH_SECONDS = 10

Reader = Callable[[Iterator[Found], Reading], Iterator[tuple[Found, Opened]]]


@dataclass(frozen=True, slots=True)
class Recipe:
    """How passages are cut and encoded: the encoder's setting, its own name, and the splitter's version."""

    encoder: str
    name: str
    splitter: str


@contextmanager
def reading_on_ray(recipe: Recipe, known: Iterable[tuple[str, str]]) -> Iterator[Reader]:
    """What opens files on a Ray cluster, for `read_articles`; `known` are id and hash of what needs no encoding.

    The cluster is the one that this process is connected to, else that of RAY_ADDRESS, else one on this machine
    for the time being. Raises `SettingsError` where Ray is not installed, `ClusterError` where it does not work.
    """
    ray = _ray()
    ours = not ray.is_initialized()
    if ours:
        _connect(ray)
    running: list[Generator[dict[str, Any], None, None]] = []

    def reader(files: Iterator[Found], how: Reading) -> Iterator[tuple[Found, Opened]]:
        listed = list(files)
        running.append(_rows(ray, listed, how, recipe, hashes))
        return _held(listed, running[-1])

    try:
        hashes = ray.put(_sorted_hashes(known))
        yield reader
    except ray.exceptions.RayError as error:
        raise ClusterError(
            f"The Ray cluster stopped working ({_one_line(error)}). What is in stays in; look at the cluster with "
            "`ray status`, and run the same command again."
        ) from error
    finally:
        for rows in running:
            rows.close()
        if ours:
            ray.shutdown()


def _ray() -> Any:
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    os.environ.setdefault("RAY_ENABLE_AUTO_CONNECT", "0")  # a thread of Ray Data must not start Ray again
    os.environ.setdefault("RAY_BACKEND_LOG_LEVEL", "fatal")  # what goes wrong is raised
    if "RAY_ADDRESS" not in os.environ and "RAY_AUTH_MODE" not in os.environ:
        os.environ |= {
            "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0",  # everywhere it means: stay on the loopback interface
            "RAY_AUTH_MODE": "token",  # and even there, only this process and its workers may speak to it
            "RAY_AUTH_TOKEN": secrets.token_hex(32),
        }
    try:
        import ray
        import ray.data
    except ImportError as error:
        raise SettingsError(
            "The engine ray needs Ray Data, which is not installed. Install it with: pip install 'newsqa[ray]'"
        ) from error
    return ray


def _connect(ray: Any) -> None:
    address = os.environ.get("RAY_ADDRESS", "local")
    host, _, port = address.removeprefix("ray://").rpartition(":")
    alone = {"include_dashboard": False, "object_store_memory": _OBJECT_STORE_BYTES} if address == "local" else {}
    try:
        if host and port.isdecimal():  # Ray itself would try for minutes
            socket.create_connection((host.strip("[]"), int(port)), timeout=_REACH_SECONDS).close()
        with _silent():
            ray.init(address=address, logging_level=logging.ERROR, log_to_driver=False, **alone)
    except Exception as error:  # Ray raises errors of many kinds
        raise ClusterError(
            f"No Ray cluster can be reached at {address!r} ({_one_line(error)}). Correct RAY_ADDRESS, or unset "
            "it to use this machine alone."
        ) from error


def _held(files: list[Found], rows: Iterator[dict[str, Any]]) -> Iterator[tuple[Found, Opened]]:
    """Each file with what it holds, in order."""
    ahead = next(rows, None)

    def held(number: int) -> Opened:
        nonlocal ahead
        while ahead is not None and ahead["file"] == number:
            item = pickle.loads(ahead["item"])  # noqa: S301 - written by our own workers
            if isinstance(item, NewsqaError):
                raise item
            yield item, int(ahead["read"])
            ahead = next(rows, None)

    for number, found in enumerate(files):
        yield found, held(number)


def _rows(
    ray: Any, files: list[Found], how: Reading, recipe: Recipe, hashes: Any
) -> Generator[dict[str, Any], None, None]:
    """What the workers give: the number of the file, how many of its bytes were read, and the item, pickled."""
    paths = [{"file": n, "path": os.fsencode(one)} for n, one in enumerate(files) if isinstance(one, Path)]
    if not paths:
        return
    context = ray.data.DataContext.get_current()
    context.enable_progress_bars = False
    context.execution_options.preserve_order = True
    context.target_max_block_size = context.target_min_block_size = _BLOCK_BYTES
    logging.getLogger("ray.data").setLevel(logging.ERROR)
    workers = max(1, int(ray.cluster_resources().get("CPU", 1)))
    found = (
        ray.data.from_items(paths, override_num_blocks=min(len(paths), 16 * workers))
        .map_batches(_read_files, fn_args=(how, hashes), batch_size=1, num_cpus=_READING)
        .map_batches(
            _Encode,
            fn_constructor_args=(recipe,),
            batch_size=_ARTICLES,
            num_cpus=_ENCODING,
            compute=ray.data.ActorPoolStrategy(size=workers),
        )
    )
    yield from found.iter_rows()


def _read_files(batch: Rows, how: Reading, hashes: Any) -> Iterator[dict[str, list[Any]]]:
    """The items of files, one at a time; those that the index has are marked as needing no vectors."""
    import ray

    known: Hashes = ray.get(hashes)
    for number, name in zip(batch["file"], batch["path"], strict=True):
        path = Path(os.fsdecode(name))
        for item, read in _items(path, how):
            fresh = isinstance(item, Article) and not _is_known(item, known)
            yield {"file": [number], "read": [read], "fresh": [fresh], "item": [pickle.dumps(item)]}


def _items(path: Path, how: Reading) -> Iterator[tuple[Article | IngestEvent, int]]:
    read = 0
    try:
        for item, read in read_path(path, shown(path), how):
            yield item, read
    except ArticleError as error:
        yield IngestEvent("failed", shown(path), reason=str(error)), read


class _Encode:
    """An actor with an encoder: articles to articles with passages and vectors.

    An error of ours is given in place of the articles, since Ray would do the work again and wrap it in its own.
    """

    def __init__(self, recipe: Recipe) -> None:
        self._recipe, self._opened = recipe, False

    def _open(self) -> None:
        recipe = self._recipe
        self._encoder = open_encoder(recipe.encoder, threads=1)
        self._splitter = SentenceSplitter.for_encoder(self._encoder)
        if (self._encoder.name, self._splitter.version) != (recipe.name, recipe.splitter):
            raise ModelError(
                f"A machine of the Ray cluster has the encoder {self._encoder.name!r} with "
                f"{self._splitter.version}, not {recipe.name!r} with {recipe.splitter}. Install the same version "
                "of newsqa on all of them."
            )

    def __call__(self, batch: Rows) -> Rows:
        import numpy as np

        items: list[Any] = [pickle.loads(item) for item in batch["item"]]  # noqa: S301 - our own workers'
        try:
            if not self._opened:
                self._open()
                self._opened = True
            self._encode(items, [place for place, fresh in enumerate(batch["fresh"]) if fresh])
        except NewsqaError as error:
            items = [error] * len(items)
        packed = np.empty(len(items), dtype=object)
        packed[:] = [pickle.dumps(item) for item in items]
        return {"file": batch["file"], "read": batch["read"], "item": packed}

    def _encode(self, items: list[Any], places: list[int]) -> None:
        """Puts encoded articles in the place of these articles."""
        from newsqa.store.records import encoded

        for place in places:
            article = items[place]
            language = article.language or language_of(f"{article.title}\n{article.text}")
            items[place] = replace(article, language=language)
        cut = [tuple(self._splitter.split(items[place])) for place in places]
        vectors = encoded(self._encoder, [passage for passages in cut for passage in passages])
        begin = 0
        for place, passages in zip(places, cut, strict=True):
            items[place] = EncodedArticle(items[place], passages, vectors[begin : begin + len(passages)])
            begin += len(passages)


def _hash(article_id: str, content_hash: str) -> int:
    digest = blake2b(f"{article_id}\n{content_hash}".encode("utf-8", "surrogatepass"), digest_size=8)
    return int.from_bytes(digest.digest(), "big")


def _sorted_hashes(known: Iterable[tuple[str, str]]) -> Hashes:
    import numpy as np

    return np.sort(np.fromiter((_hash(*one) for one in known), dtype=np.uint64))


def _is_known(article: Article, hashes: Hashes) -> bool:
    """Whether the index has the article as it is; were it wrong, it would only be encoded elsewhere."""
    import numpy as np

    wanted = np.uint64(_hash(article.id, article.content_hash))
    place = int(np.searchsorted(hashes, wanted))
    return place < len(hashes) and bool(hashes[place] == wanted)


@contextmanager
def _silent() -> Iterator[None]:
    """Nothing is written to the standard error, not by libraries in other languages either."""
    sys.stderr.flush()
    kept, nothing = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nothing, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nothing)


def _one_line(error: Exception) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return (lines[-1] if lines else type(error).__name__)[:200].rstrip(".")
