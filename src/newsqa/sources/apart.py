"""Reading what strangers send in a process of its own, within limits of time, memory and output.

A parser that hangs in one regular expression keeps the interpreter's lock, so that no thread could stop it;
another process can be killed. It is kept for the next file, has none of this process's settings or secrets in its
environment, cannot write files, and what it sends back is read as articles and the like, never as code.
"""

from __future__ import annotations

import atexit
import io
import logging
import os
import pickle
import signal
import struct
import subprocess
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from time import monotonic
from typing import IO, Any

from newsqa.errors import ArticleError
from newsqa.files import show_path
from newsqa.sources.formats import FileReader, Found, Opened, read_path
from newsqa.sources.formats.feeds import Entry, Listing
from newsqa.sources.formats.origin import ReadOptions
from newsqa.types import Article, Block, IngestEvent, Span

_log = logging.getLogger(__name__)

_SIZE = struct.Struct("!Q")
_START = "import sys; sys.path[:] = sys.argv[1:]; from newsqa.sources.apart import _work; _work()"
_KEPT = ("PATH", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "PYTHONPATH", "PYTHONHOME", "LD_LIBRARY_PATH", "SYSTEMROOT")
"""All that the process is told of the environment."""
_PLAIN = {(one.__module__, one.__qualname__) for one in (Article, Block, Span, IngestEvent, Entry, Listing, date)}
"""The only types that are read from what it sends."""
_REQUESTS = 1_000
"""So many requests a process serves; then a new one takes its place, without what the old one has gathered."""
_SPARE = 2
_ADVICE = "Leave it out, or save the report as plain text and add that."


@dataclass(frozen=True, slots=True)
class Limits:
    """What reading may cost: seconds for one article and for all of a file, bytes of memory and of what comes out.

    All that is fetched for one address, with the pages that a list there names, may take `list_seconds` and
    `list_bytes`.
    """

    seconds: float = 30.0
    file_seconds: float = 600.0
    memory: int = 1_500_000_000
    output: int = 100_000_000
    list_seconds: float = 1_800.0
    list_bytes: int = 200_000_000


def read_apart(limits: Limits, function: Callable[..., Any], *arguments: Any) -> Iterator[Any]:
    """What a function of a module returns, or each thing that it yields; called in a process of its own.

    Raises `ArticleError` as the function does, and when the process had to be stopped or broke down.
    """
    process = _take()
    whole = False
    try:
        process.ask(limits, function, arguments)
        left, room = limits.file_seconds, limits.output
        while True:
            began = monotonic()
            kind, value, size = process.answer(min(limits.seconds, left), limits, room)
            left, room = left - (monotonic() - began), room - size
            if kind == "item":
                yield value
                continue
            whole = kind in ("end", "refused")
            if kind == "end":
                return
            raise _refusal(kind, value, limits)
    finally:
        process.release(whole)


def open_apart(limits: Limits) -> FileReader:
    """What opens files for `read_articles`, and reads each of them apart."""

    def open_files(files: Iterator[Found], how: ReadOptions) -> Iterator[tuple[Found, Opened]]:
        for found in files:
            if isinstance(found, tuple):
                yield found, ()
            else:
                yield found, read_apart(limits, read_path, found, show_path(found), how)

    return open_files


def _refusal(kind: str, value: Any, limits: Limits) -> ArticleError:
    """What is said of a request that did not end well."""
    if kind == "refused":
        return ArticleError(str(value))
    if kind == "memory":
        most = f"{limits.memory / 1_000_000:,.0f} MB of memory"
        return ArticleError(f"Reading it takes more than {most}, so it was stopped. {_ADVICE}")
    _log.warning("A reader failed: %s", str(value)[-2_000:])
    return ArticleError(f"It cannot be read ({str(value).strip().rpartition(chr(10))[2][:120]}). {_ADVICE}")


class _Process:
    """A process that reads, and the pipes to it. Used by one thread at a time."""

    def __init__(self) -> None:
        environment = {name: os.environ[name] for name in _KEPT if name in os.environ}
        command = [sys.executable, "-P", "-B", "-c", _START, *sys.path]
        pipe = subprocess.PIPE
        self._inner = subprocess.Popen(  # noqa: S603 (this interpreter, with nothing from outside)
            command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, env=environment
        )
        assert self._inner.stdin is not None  # noqa: S101 (pipes were asked for)
        assert self._inner.stdout is not None  # noqa: S101
        self._to: IO[bytes] = self._inner.stdin
        self._from: IO[bytes] = self._inner.stdout
        self._requests = 0

    @property
    def runs(self) -> bool:
        """Whether it is there."""
        return self._inner.poll() is None

    def ask(self, limits: Limits, function: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
        """Sends a request."""
        self._requests += 1
        timer = threading.Timer(limits.seconds, self._inner.kill)
        timer.start()
        try:
            with suppress(OSError):  # that it is gone shows when its answer is read
                _send(self._to, pickle.dumps((limits, function, arguments)))
        finally:
            timer.cancel()

    def answer(self, seconds: float, limits: Limits, room: int) -> tuple[str, Any, int]:
        """The kind of the next answer, its value and its size; raises `ArticleError` when none comes in time."""
        late = threading.Event()

        def stop() -> None:
            late.set()
            self._inner.kill()

        timer = threading.Timer(max(0.0, seconds), stop)
        timer.start()
        try:
            size = _SIZE.unpack(self._exactly(_SIZE.size))[0]
            if size > room:
                most = f"{limits.output / 1_000_000:,.0f} MB"
                raise ArticleError(f"It unfolds to more than {most}, so reading it was stopped. {_ADVICE}")
            kind, value = _Unpickler(io.BytesIO(self._exactly(size))).load()
        except (EOFError, OSError, pickle.UnpicklingError) as error:
            if late.is_set():
                limit = limits.seconds if seconds >= limits.seconds else limits.file_seconds
                said = f"Reading it took longer than {limit:g} seconds, so it was stopped."
            else:
                said = "The process that read it broke down."
            raise ArticleError(f"{said} {_ADVICE}") from error
        finally:
            timer.cancel()
        return str(kind), value, size

    def _exactly(self, size: int) -> bytes:
        data = self._from.read(size)
        if len(data) < size:
            raise EOFError
        return data

    def release(self, whole: bool) -> None:
        """Keeps the process for the next request, if the last one came to its end; else ends it."""
        with _lock:
            if whole and self._requests < _REQUESTS and len(_spare) < _SPARE:
                _spare.append(self)
                return
        self.end()

    def end(self) -> None:
        """Ends the process."""
        self._inner.kill()
        for pipe in (self._to, self._from):
            with suppress(OSError):
                pipe.close()
        self._inner.wait()


class _Unpickler(pickle.Unpickler):
    """Reads values of the types that articles are made of, and refuses every other."""

    def find_class(self, module: str, name: str, /) -> Any:
        """One of the plain types."""
        if (module, name) not in _PLAIN:
            raise pickle.UnpicklingError(f"{module}.{name} is not read")
        return super().find_class(module, name)


_spare: list[_Process] = []
_lock = threading.Lock()


def _take() -> _Process:
    while True:
        with _lock:
            process = _spare.pop() if _spare else None
        if process is None:
            return _Process()
        if process.runs:
            return process
        process.end()


def _end_all() -> None:
    while _spare:
        _spare.pop().end()


atexit.register(_end_all)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_spare.clear)  # the pipes are the parent's


def _send(pipe: IO[bytes], data: bytes) -> None:
    pipe.write(_SIZE.pack(len(data)))
    pipe.write(data)
    pipe.flush()


def _work() -> None:
    """The process's own part: answers requests until there are no more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that asks
    requests, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_RDWR)
    os.dup2(nowhere, 0)
    os.dup2(nowhere, 1)  # what a library prints is no answer
    while len(head := requests.read(_SIZE.size)) == _SIZE.size:
        limits, function, arguments = pickle.loads(requests.read(_SIZE.unpack(head)[0]))  # noqa: S301 (our parent's)
        _restrict(limits)
        try:
            result = function(*arguments)
            for item in result if isinstance(result, Iterator) else (result,):
                _send(answers, pickle.dumps(("item", item)))
                _restrict(limits)
            answer: tuple[str, str] = ("end", "")
        except ArticleError as error:
            answer = ("refused", str(error))
        except MemoryError:
            answer = ("memory", "")
        except Exception:
            answer = ("failed", traceback.format_exc())
        _send(answers, pickle.dumps(answer))


def _restrict(limits: Limits) -> None:
    """No more memory than allowed, no files written, and no more time of the processor than for one article."""
    try:
        import resource
    except ImportError:  # not a system that can
        return
    used = resource.getrusage(resource.RUSAGE_SELF)
    wanted = {
        resource.RLIMIT_AS: limits.memory,
        resource.RLIMIT_FSIZE: 0,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_CPU: int(used.ru_utime + used.ru_stime + limits.seconds) + 2,
    }
    for kind, value in wanted.items():
        _, most = resource.getrlimit(kind)
        with suppress(ValueError, OSError):
            resource.setrlimit(kind, (value if most == resource.RLIM_INFINITY else min(value, most), most))
