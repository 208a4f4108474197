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
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from newsqa.errors import ClusterError, NewsqaError, SettingsError
from newsqa.files import show_path
from newsqa.sources.cluster._workers import Encode, Recipe, read_files, sort_hashes
from newsqa.sources.formats import FileReader, Found, Opened
from newsqa.sources.formats.origin import ReadOptions

__all__ = ["Recipe", "read_on_ray"]


_READING, _ENCODING = 0.25, 0.75
"""Shares of a core: as many files are read at a time as articles are encoded."""
_BLOCK_BYTES = 128 * 1024
"""Articles that go from a reader to an encoder together."""
_ARTICLES = 16

_OBJECT_STORE_BYTES = 256 * 1024 * 1024
_REACH_SECONDS = 10


@contextmanager
def read_on_ray(recipe: Recipe, known: Iterable[tuple[str, str]]) -> Iterator[FileReader]:
    """What opens files on a Ray cluster, for `read_articles`; `known` are id and hash of what needs no encoding.

    The cluster is the one that this process is connected to, else that of RAY_ADDRESS, else one on this machine
    for the time being. Raises `SettingsError` where Ray is not installed, `ClusterError` where it does not work.
    """
    with _connect_to_ray() as ray:
        hashes = ray.put(sort_hashes(known))
        running: list[Generator[dict[str, Any], None, None]] = []

        def reader(files: Iterator[Found], how: ReadOptions) -> Iterator[tuple[Found, Opened]]:
            listed = list(files)
            running.append(_rows(ray, listed, how, recipe, hashes))
            return _group_by_file(listed, running[-1])

        try:
            yield reader
        finally:
            for rows in running:
                rows.close()


def _group_by_file(files: list[Found], rows: Iterator[dict[str, Any]]) -> Iterator[tuple[Found, Opened]]:
    """Each file with what it holds, in order."""
    ahead = next(rows, None)

    def take(number: int) -> Opened:
        nonlocal ahead
        while ahead is not None and ahead["file"] == number:
            item = pickle.loads(ahead["item"])  # noqa: S301 - written by our own workers
            if isinstance(item, NewsqaError):
                raise item
            yield item, int(ahead["read"])
            ahead = next(rows, None)

    for number, found in enumerate(files):
        yield found, take(number)


def _rows(
    ray: Any, files: list[Found], how: ReadOptions, recipe: Recipe, hashes: Any
) -> Generator[dict[str, Any], None, None]:
    """What the workers give: the number of the file, how many of its bytes were read, and the item, pickled."""
    paths = [
        {"file": number, "path": os.fsencode(one.absolute()), "name": show_path(one)}
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


@contextmanager
def _connect_to_ray() -> Iterator[Any]:
    """The module `ray`, connected: to the cluster that this process has, that of RAY_ADDRESS, or one of its own.

    Raises `SettingsError` where Ray is not installed, `ClusterError` where it cannot be reached or stops working.
    """
    ray = _ray()
    ours = not ray.is_initialized()
    if ours:
        _connect(ray)
    try:
        yield ray
    except ray.exceptions.RayError as error:
        raise ClusterError(
            f"The Ray cluster stopped working ({_find_cause(error)}). What is in stays in; look at the cluster "
            "with `ray status`, and run the same command again."
        ) from error
    finally:
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
        with _silence():
            ray.init(address=address, logging_level=logging.ERROR, log_to_driver=False, **alone)
    except Exception as error:  # Ray raises errors of many kinds
        raise ClusterError(
            f"No Ray cluster can be reached at {address!r} ({_find_cause(error)}). Correct RAY_ADDRESS, or unset "
            "it to use this machine alone."
        ) from error


@contextmanager
def _silence() -> Iterator[None]:
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


def _find_cause(error: Exception) -> str:
    """Where Ray says what happened: its errors end with the cause, after long traces."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return (lines[-1] if lines else type(error).__name__)[:200].rstrip(".")
