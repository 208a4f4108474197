"""What both encoders need: a value made once, text that tokenizers take, errors in a line."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any


class Once:
    """A value that is made at the first use, by one thread; a failure is raised, and tried again the next time."""

    def __init__(self, make: Callable[[], Any]):
        self._make = make
        self._lock = threading.Lock()
        self._value: Any = None

    @property
    def value(self) -> Any:
        if self._value is None:
            with self._lock:
                if self._value is None:
                    self._value = self._make()
        return self._value


def clean(text: str) -> str:
    """The text without lone surrogates, which no tokenizer takes."""
    return text if text.isascii() else text.encode("utf-8", "ignore").decode("utf-8")


def one_line(error: Exception) -> str:
    """What an error says, in one short line."""
    return " ".join(str(error).split())[:200] or type(error).__name__
