"""What models share: a tokenizer and a session of onnxruntime, loaded once, and text that tokenizers take."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from newsqa.errors import ModelError
from newsqa.text.normal import LIGATURES, fold

FILES = ("config.json", "model.onnx", "tokenizer.json")
"""What the folder of a bundled model holds."""


class Once:
    """A value that is made at the first use, by one thread; a failure is raised, and tried again the next time."""

    def __init__(self, make: Callable[[], Any]):
        self._make = make
        self._lock = threading.Lock()
        self._value: Any = None

    @property
    def value(self) -> Any:
        """The value; waits while another thread makes it."""
        if self._value is None:
            with self._lock:
                if self._value is None:
                    self._value = self._make()
        return self._value

    def begin(self) -> None:
        """Starts to make the value in the background, if nobody has; a failure is left to who needs the value.

        The process waits for it at its end: native code must not be cut off.
        """
        if self._value is None and not self._lock.locked():
            threading.Thread(target=self._try, name="newsqa-load").start()

    def _try(self) -> None:
        with suppress(Exception):  # raised again, and reported, where the value is used
            _ = self.value


def check_files(folder: Path) -> None:
    """Raises `FileNotFoundError` that names what is missing in the folder of a bundled model."""
    missing = [name for name in FILES if not (folder / name).is_file()]
    if missing:
        raise FileNotFoundError(f"{' and '.join(missing)} missing")


def load(folder: Path, damaged: Callable[[Path, Exception], ModelError]) -> tuple[Any, Any]:
    """The tokenizer, without padding or truncation, and the session of a bundled model.

    A session uses one thread: texts are run side by side, each by a thread of its own. Raises what `damaged` makes
    of an error, for files that cannot be loaded or a tokenizer of another kind.
    """
    try:
        return _load(folder)
    except Exception as error:  # both libraries raise bare Exceptions
        raise damaged(folder, error) from error


def _load(folder: Path) -> tuple[Any, Any]:
    import onnxruntime
    from tokenizers import Tokenizer, normalizers

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = 4  # what goes wrong is raised
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    if tokenizer.token_to_id("[CLS]") is None or tokenizer.token_to_id("[SEP]") is None:
        raise ValueError("the tokenizer has no [CLS] or [SEP]")
    ligatures = [normalizers.Replace(one, letters) for one, letters in LIGATURES.items()]
    tokenizer.normalizer = normalizers.Sequence([*ligatures, *filter(None, [tokenizer.normalizer])])
    tokenizer.no_truncation()
    tokenizer.no_padding()
    session = onnxruntime.InferenceSession(str(folder / "model.onnx"), options, providers=["CPUExecutionProvider"])
    return tokenizer, session


def cores() -> int:
    """The cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def clean(text: str) -> str:
    """The text in the usual forms of letters, without lone surrogates, which no tokenizer takes."""
    return text if text.isascii() else fold(text).encode("utf-8", "ignore").decode("utf-8")


def shorten_error(error: Exception) -> str:
    """What an error says, in one short line."""
    return " ".join(str(error).split())[:200] or type(error).__name__
