"""The bundled encoder: all-MiniLM-L6-v2, tuned on questions about news, in int8 through onnxruntime.

It runs one text at a time, several side by side. Its int8 scales therefore depend on that text alone: with one
version of onnxruntime on one machine, a text has the same vector, bit for bit, whatever is encoded with it. Nor is
a text padded to the length of another, which on a CPU costs more than a batch saves.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from newsqa.errors import ModelError
from newsqa.models.runtime import Once, check_files, clean, cores, load, shorten_error

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

BUNDLED = Path(__file__).parent / "encoder"


class BundledEncoder:
    """A MiniLM in int8, loaded at the first use; it may be shared by threads.

    `name` has a hash of its weights, `dimension` is the length of a vector; of a text `max_tokens` count, the two
    special ones included, and the rest is cut off.
    """

    def __init__(
        self, name: str, dimension: int, max_tokens: int, load: Callable[[], tuple[Any, Any]], threads: int
    ):
        self.name = name
        self.dimension = dimension
        self.max_tokens = max_tokens
        self._threads = threads
        self._loaded = Once(load)
        self._last: tuple[str, npt.NDArray[np.float32] | None] = ("", None)

    @classmethod
    def open(cls, folder: Path | None = None, threads: int = 0) -> Self:
        """The encoder in `folder` (default: the bundled one); raises `ModelError` if it is not complete."""
        folder = folder or BUNDLED
        try:
            config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
            name, dimension, max_tokens = str(config["name"]), int(config["dimension"]), int(config["max_tokens"])
            check_files(folder)
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise _damage_error(folder, error) from error
        return cls(name, dimension, max_tokens, lambda: load(folder, _damage_error), threads or cores())

    def prepare(self) -> None:
        """Begin to load the model in the background: it will be needed soon."""
        self._loaded.begin()

    def count_tokens(self, text: str) -> int:
        """Tokens of the whole text, special ones not included."""
        return len(_tokens(self._loaded.value[0], text))

    def encode_passages(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """Vectors of shape (len(texts), dimension), each of length 1, in the order of `texts`."""
        import numpy as np

        vectors = np.empty((len(texts), self.dimension), dtype=np.float32)
        if not texts:
            return vectors
        rows = [self._ids(text) for text in texts]
        order = sorted(
            range(len(rows)), key=lambda row: -len(rows[row])
        )  # longest first: no thread is left with it

        def encode(row: int) -> None:
            vectors[row] = self._run(rows[row])

        if self._threads > 1 and len(rows) > 1:
            with ThreadPoolExecutor(min(self._threads, len(rows))) as pool:
                for _ in pool.map(encode, order):
                    pass
        else:
            for row in order:
                encode(row)
        return vectors

    def encode_query(self, text: str) -> npt.NDArray[np.float32]:
        """One vector of shape (dimension,), of length 1; for the same text as before at no cost."""
        known, vector = self._last
        if vector is None or known != text:
            vector = self._run(self._ids(text))
            self._last = (text, vector)
        return vector.copy()

    def _ids(self, text: str) -> list[int]:
        """Token ids with the special ones around them, cut to `max_tokens`."""
        tokenizer = self._loaded.value[0]
        first, last = tokenizer.token_to_id("[CLS]"), tokenizer.token_to_id("[SEP]")
        return [first, *_tokens(tokenizer, text)[: self.max_tokens - 2], last]

    def _run(self, ids: list[int]) -> npt.NDArray[np.float32]:
        import numpy as np

        session = self._loaded.value[1]
        try:
            (vectors,) = session.run(None, {"input_ids": np.array([ids], dtype=np.int64)})
        except Exception as error:  # onnxruntime raises bare Exceptions
            raise ModelError(
                f"The encoder cannot be run ({shorten_error(error)}). Free some memory and try again; "
                "if that does not help, install newsqa again."
            ) from error
        vector: npt.NDArray[np.float32] = vectors[0]
        return vector


def _tokens(tokenizer: Any, text: str) -> list[int]:
    ids: list[int] = tokenizer.encode(clean(text), add_special_tokens=False).ids
    return ids


def _damage_error(folder: Path, error: Exception) -> ModelError:
    return ModelError(
        f"The bundled encoder in {folder} cannot be loaded ({shorten_error(error)}). Install newsqa again: "
        "pip install --force-reinstall newsqa."
    )
