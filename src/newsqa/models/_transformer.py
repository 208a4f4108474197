"""Any SentenceTransformer as an encoder, by hub id or folder."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from newsqa.errors import ModelError
from newsqa.models.runtime import Once, clean, shorten_error

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

_MODEL_FILES = {".safetensors", ".bin", ".json", ".txt", ".model"}
_SAMPLES, _SAMPLE_BYTES = 16, 1 << 16


class SentenceTransformerEncoder:
    """Any SentenceTransformer, with its own prompts; loaded (with torch) at the first use.

    `name` is the hub id, or the folder's name with a hash of what is in it.
    """

    def __init__(self, name: str, load: Callable[[], Any]):
        self.name = name
        self._loaded = Once(load)
        self._lock = threading.Lock()  # tokenizers of transformers must not be used by two threads at once

    @classmethod
    def open(cls, name: str, threads: int = 0) -> Self:
        """The model with this hub id or in this folder; raises `ModelError` for a folder without a model."""
        folder = Path(name).expanduser()
        if not folder.is_dir():
            if folder.is_absolute() or name.startswith((".", "~")) or name.count("/") > 1 or "\\" in name:
                raise ModelError(
                    f"NEWSQA_ENCODER names the folder {name}, which does not exist. Correct the path, "
                    "or unset NEWSQA_ENCODER to use the bundled encoder."
                )
            return cls(name, lambda: _load_hub(name, threads))
        if not (folder / "modules.json").is_file() and not (folder / "config.json").is_file():
            raise ModelError(
                f"The folder {name} holds no SentenceTransformer: neither modules.json nor config.json is in it. "
                "Name the folder that SentenceTransformer.save() wrote, or unset NEWSQA_ENCODER."
            )
        return cls(f"{folder.resolve().name}-{_digest(folder)}", lambda: _load_folder(folder, threads))

    @property
    def dimension(self) -> int:
        """Length of a vector; loads the model."""
        return int(self._loaded.value.get_embedding_dimension())

    @property
    def max_tokens(self) -> int:
        """Tokens of a text that count, special ones included; loads the model."""
        return int(self._loaded.value.get_max_seq_length() or 512)

    def count_tokens(self, text: str) -> int:
        """Tokens of the whole text, special ones not included; loads the model."""
        tokenizer = self._loaded.value.tokenizer
        with self._lock:
            return len(
                tokenizer(clean(text), add_special_tokens=False, truncation=False, verbose=False)["input_ids"]
            )

    def encode_passages(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """Vectors of shape (len(texts), dimension), each of length 1, by `encode_document`."""
        import numpy as np

        if not texts:
            return np.empty((0, self.dimension), dtype=np.float32)
        return self._encode(self._loaded.value.encode_document, [clean(text) for text in texts])

    def encode_query(self, text: str) -> npt.NDArray[np.float32]:
        """One vector of shape (dimension,), of length 1, by `encode_query`."""
        vector: npt.NDArray[np.float32] = self._encode(self._loaded.value.encode_query, [clean(text)])[0]
        return vector

    def _encode(self, encode: Callable[..., Any], texts: list[str]) -> npt.NDArray[np.float32]:
        import numpy as np

        try:
            with self._lock:
                vectors = encode(texts, batch_size=8, normalize_embeddings=True, show_progress_bar=False)
        except Exception as error:  # torch and the model's own code raise anything
            raise ModelError(
                f"The encoder {self.name} cannot be run ({shorten_error(error)}). Name another one in "
                "NEWSQA_ENCODER, or unset it to use the bundled encoder."
            ) from error
        return np.asarray(vectors, dtype=np.float32)


def _load_folder(folder: Path, threads: int) -> Any:
    try:
        return _sentence_transformer(str(folder), threads, local=True)
    except Exception as error:  # whatever the files in the folder make the libraries raise
        raise ModelError(
            f"The model in {folder} cannot be loaded ({shorten_error(error)}). Check that it is a complete "
            "SentenceTransformer, or unset NEWSQA_ENCODER to use the bundled encoder."
        ) from error


def _load_hub(name: str, threads: int) -> Any:
    """The model from the local cache if it is there, else from the hub."""
    try:
        return _sentence_transformer(name, threads, local=True)
    except Exception:  # noqa: S110 - not in the cache, or only in part
        pass
    try:
        return _sentence_transformer(name, threads, local=False)
    except Exception as error:
        raise ModelError(
            f"The encoder {name} is neither a folder nor in the local cache, and the hub did not give it "
            f"({shorten_error(error)}). Check its name and the network connection, or unset NEWSQA_ENCODER to use "
            "the bundled encoder."
        ) from error


def _sentence_transformer(name: str, threads: int, local: bool) -> Any:
    import torch
    from sentence_transformers import SentenceTransformer

    if threads:
        torch.set_num_threads(threads)
    return SentenceTransformer(name, local_files_only=local)


def _digest(folder: Path) -> str:
    """A hash of the model's files: all of small ones, samples spread over large ones, so that it takes no time."""
    digest = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.suffix in _MODEL_FILES and path.is_file()):
        size = path.stat().st_size
        digest.update(f"{path.relative_to(folder).as_posix()} {size}\n".encode("utf-8", "surrogateescape"))
        with path.open("rb") as file:
            if size <= _SAMPLES * _SAMPLE_BYTES:
                digest.update(file.read())
                continue
            for sample in range(_SAMPLES):
                file.seek(sample * (size - _SAMPLE_BYTES) // (_SAMPLES - 1))
                digest.update(file.read(_SAMPLE_BYTES))
    return digest.hexdigest()[:8]
