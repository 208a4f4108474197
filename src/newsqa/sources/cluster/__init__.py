"""Reading, splitting and encoding on the machines of a Ray cluster; the index is written where it is asked for.

Ray Data reads the files in tasks and encodes their articles in actors that hold the encoder. What they give comes
back in the order of the files, and a task whose machine or process is lost is done again, so that the index is the
same as if all had been done here. Files must be found under the same paths on every machine.
"""

from __future__ import annotations

import logging
import os
import pickle
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from newsqa.errors import NewsqaError
from newsqa.sources.cluster.connection import connected
from newsqa.sources.cluster.workers import Encode, Recipe, read_files, sort_hashes
from newsqa.sources.formats import FileReader, Found, Opened
from newsqa.sources.formats.files import shown
from newsqa.sources.formats.origin import ReadOptions

__all__ = ["Recipe", "reading_on_ray"]

_READING, _ENCODING = 0.25, 0.75
"""Shares of a core: as many files are read at a time as articles are encoded."""
_BLOCK_BYTES = 128 * 1024
"""Articles that go from a reader to an encoder together."""
_ARTICLES = 16


@contextmanager
def reading_on_ray(recipe: Recipe, known: Iterable[tuple[str, str]]) -> Iterator[FileReader]:
    """What opens files on a Ray cluster, for `read_articles`; `known` are id and hash of what needs no encoding.

    The cluster is the one that this process is connected to, else that of RAY_ADDRESS, else one on this machine
    for the time being. Raises `SettingsError` where Ray is not installed, `ClusterError` where it does not work.
    """
    with connected() as ray:
        hashes = ray.put(sort_hashes(known))
        running: list[Generator[dict[str, Any], None, None]] = []

        def reader(files: Iterator[Found], how: ReadOptions) -> Iterator[tuple[Found, Opened]]:
            listed = list(files)
            running.append(_rows(ray, listed, how, recipe, hashes))
            return _held(listed, running[-1])

        try:
            yield reader
        finally:
            for rows in running:
                rows.close()


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
    ray: Any, files: list[Found], how: ReadOptions, recipe: Recipe, hashes: Any
) -> Generator[dict[str, Any], None, None]:
    """What the workers give: the number of the file, how many of its bytes were read, and the item, pickled."""
    paths = [
        {"file": number, "path": os.fsencode(one.absolute()), "name": shown(one)}
        for number, one in enumerate(files)
        if isinstance(one, Path)
    ]
    if not paths:
        return
    logging.getLogger("ray.data").setLevel(logging.ERROR)
    workers = max(1, int(ray.cluster_resources().get("CPU", 1)))
    found = (
        ray.data.from_items(paths, override_num_blocks=min(len(paths), 16 * workers))
        .map_batches(read_files, fn_args=(how, hashes), batch_size=1, num_cpus=_READING)
        .map_batches(
            Encode,
            fn_constructor_args=(recipe,),
            batch_size=_ARTICLES,
            num_cpus=_ENCODING,
            compute=ray.data.ActorPoolStrategy(size=workers),
        )
    )
    found.context.enable_progress_bars = False
    found.context.execution_options.preserve_order = True
    found.context.target_max_block_size = found.context.target_min_block_size = _BLOCK_BYTES
    yield from found.iter_rows()
