"""The vectors of a graph that may be damaged, read by a process of its own: a damaged graph can end a process."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

_PAGE = 500


def salvage(folder: Path, ids: Sequence[str]) -> Iterator[tuple[list[str], npt.NDArray[np.float32]]]:
    """Ids and vectors of these passages in pages, as far as they can be read; they may be wrong, too."""
    import numpy as np

    with TemporaryDirectory(prefix="newsqa-salvage-") as name:
        (Path(name) / "ids").write_text(json.dumps(list(ids)), encoding="utf-8")
        command = [sys.executable, "-m", "newsqa.store.salvage", str(folder), name]
        subprocess.run(command, check=False, capture_output=True)  # noqa: S603 (our own)
        for path in sorted(Path(name).glob("*.npz")):
            with np.load(path) as page:
                yield page["ids"].tolist(), page["vectors"]


def _salvage(folder: Path, place: Path) -> None:
    """What that process does: a file for each page, under its name once it is whole."""
    import numpy as np

    from newsqa.store.embedded import EmbeddedCollection

    collection = EmbeddedCollection(folder)
    ids = json.loads((place / "ids").read_text(encoding="utf-8"))
    for start in range(0, len(ids), _PAGE):
        try:
            page = collection.get(ids=ids[start : start + _PAGE], include=["embeddings"])
        except Exception:  # noqa: S112 (this page is lost; the others may not be)
            continue
        part = place / f"{start:012d}.part"
        with part.open("wb") as file:
            vectors = np.asarray(page["embeddings"], dtype=np.float32)
            np.savez(file, ids=np.array(page["ids"]), vectors=vectors)
        part.rename(part.with_suffix(".npz"))


if __name__ == "__main__":
    _salvage(Path(sys.argv[1]), Path(sys.argv[2]))
