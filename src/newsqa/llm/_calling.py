"""Calling a model: its words as they come, with time limits, retries with backoff, and errors in our words."""

from __future__ import annotations

import contextvars
import queue
import random
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from newsqa.errors import ModelError

FIRST_WAIT, LONGEST_WAIT = 0.5, 20.0
"""Seconds before the second try, doubled with each, and the most that a server's own wish is heeded."""
MAX_CHARACTERS = 12_000
"""Longest text that is taken from a model; one that never ends is cut here."""
MAX_TIMEOUTS = 20
"""How many times its time limit a whole answer may take."""

_TELLS_THE_END = frozenset({"anthropic", "ollama", "openai"})
_ENDS = ("finish_reason", "stop_reason", "done_reason", "status")
_TOO_BUSY, _GONE_WRONG = 429, 500


class CallError(ModelError):
    """The model gave no text; `reason` is a clause for a reader, `retry` whether asking again can help."""

    def __init__(self, reason: str, *, retry: bool, wait: float = 0.0) -> None:
        super().__init__(f"The language model gave no answer: {reason}. Ask again, or ask for quotes only.")
        self.reason = reason
        self.retry = retry
        self.wait = wait


@dataclass(frozen=True, slots=True)
class CallPatience:
    """`timeout`: seconds without a word after which a call is given up; `retries`: further tries before one."""

    timeout: float = 60.0
    retries: int = 2
    sleep: Callable[[float], None] = time.sleep


def stream(start: Callable[[], Iterator[str]], patience: CallPatience) -> Iterator[str]:
    """The text that `start` streams, in pieces; tried again as long as no word has come.

    Raises `CallError`, also in the midst of a text when the model fails there.
    """
    for tried in range(patience.retries + 1):
        spoke = False
        try:
            for piece in _pump(start, patience.timeout):
                spoke = spoke or bool(piece.strip())
                yield piece
            if not spoke:
                raise CallError("it wrote nothing", retry=True)
            return
        except CallError as error:
            if spoke:
                raise CallError(f"it stopped in the midst of its answer ({error.reason})", retry=False) from error
            if not error.retry or tried == patience.retries:
                raise
            backoff = FIRST_WAIT * 2**tried * random.uniform(0.8, 1.2)  # noqa: S311 (not for secrets)
            patience.sleep(min(LONGEST_WAIT, max(backoff, error.wait)))


def read_words(chunks: Iterator[Any], provider: str) -> Iterator[str]:
    """The text of a model's message chunks; raises `CallError` when a provider that says how it ended does not.

    A connection that is cut can look like the end of a text.
    """
    ended = False
    for chunk in chunks:
        facts = getattr(chunk, "response_metadata", None) or {}
        ended = ended or any(facts.get(name) for name in _ENDS)
        yield str(chunk.text)
    if provider in _TELLS_THE_END and not ended:
        raise CallError("its server broke off", retry=True)


def _pump(start: Callable[[], Iterator[str]], timeout: float) -> Iterator[str]:
    """The pieces, read in a thread, so that a provider without a time limit of its own cannot hold the caller."""
    pieces: queue.Queue[str | Exception | None] = queue.Queue()
    left = threading.Event()

    def pump() -> None:
        try:
            for piece in start():
                if left.is_set():
                    return
                pieces.put(piece)
            pieces.put(None)
        except Exception as error:  # of any provider; in the caller's thread it becomes a CallError
            pieces.put(error)

    threading.Thread(target=contextvars.copy_context().run, args=(pump,), daemon=True).start()
    taken, begun = 0, time.monotonic()
    try:
        while taken < MAX_CHARACTERS:
            try:
                piece = pieces.get(timeout=timeout)
            except queue.Empty:
                raise CallError(f"it wrote nothing for {timeout:g} seconds", retry=True) from None
            if time.monotonic() - begun > MAX_TIMEOUTS * timeout:
                raise CallError("it did not come to an end", retry=False)
            if piece is None:
                return
            if isinstance(piece, Exception):
                raise translate_error(piece) from piece
            if piece:
                taken += len(piece)
                yield piece
    finally:
        left.set()


def translate_error(error: Exception) -> CallError:
    """A provider's error: by its HTTP status if it carries one, else by what kind of failure its name tells."""
    if isinstance(error, CallError):
        return error
    if isinstance(error, ModelError):
        return CallError(str(error).rstrip(". "), retry=False)
    status = getattr(error, "status_code", None)
    kinds = " ".join(kind.__name__.lower() for kind in type(error).__mro__)
    if isinstance(status, int) and status > 0:
        return _translate_status(status, error)
    if "timeout" in kinds:
        return CallError("it did not answer in time", retry=True)
    if "connect" in kinds or "network" in kinds:
        return CallError("its server cannot be reached", retry=True)
    if "protocolerror" in kinds or "incomplete" in kinds or "readerror" in kinds:
        return CallError("its server broke off", retry=True)
    if "decodeerror" in kinds or "validationerror" in kinds:
        return CallError("its server sent what cannot be read", retry=True)
    return CallError(f"it failed ({type(error).__name__})", retry=True)


def _translate_status(status: int, error: Exception) -> CallError:
    if status in (401, 403):
        return CallError(f"its server refused the key (status {status})", retry=False)
    if status == 404:
        return CallError("its server does not know the model or the address (status 404)", retry=False)
    if status == _TOO_BUSY:
        return CallError("its server is too busy (status 429)", retry=True, wait=_retry_after(error))
    if status >= _GONE_WRONG:
        return CallError(f"its server failed (status {status})", retry=True, wait=_retry_after(error))
    return CallError(f"its server refused the request (status {status})", retry=False)


def _retry_after(error: Exception) -> float:
    """The seconds that the server asks to wait, if it says so in seconds."""
    headers = getattr(getattr(error, "response", None), "headers", None) or {}
    text = str(headers.get("retry-after", ""))
    return float(text) if text.replace(".", "", 1).isdigit() else 0.0
