"""What is not as it was written: texts, passages, vectors, files; and what is still read of a damaged graph."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
import zlib
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing, nullcontext
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from newsqa.store._parts import Parts, cut_pages
from newsqa.store._records import holds_passage, make_metadata, seal_article, seal_version
from newsqa.store._snapshot import Snapshot

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


_PAGE = 1000
_SEGMENT = (".term", ".idx", ".pos", ".fast", ".fieldnorm", ".store")
_FOOTER = 1337  # the number that tantivy ends its files with
_LONGEST_FOOTER = 1 << 16
_SALVAGED = 500  # vectors in a file
_PATIENCE = 60.0  # seconds that a page is read for


def find_altered_articles(now: Snapshot) -> Iterator[str]:
    """The ids of the articles that are not as they were brought in."""
    after = 0
    while page := now.seals(after, _PAGE):
        after = page[-1][0]
        for _, key, checksum in page:
            article = now.article(key)
            if checksum is not None and article is not None and seal_article(article) != checksum:
                yield key


def find_altered_versions(now: Snapshot) -> Iterator[tuple[int, str]]:
    """Row and title of the earlier versions that are not as they were kept."""
    after = 0
    while page := now.version_seals(after, _PAGE):
        after = page[-1][0]
        for number, title, checksum, parts in page:
            if checksum is not None and seal_version(*parts) != checksum:
                yield number, title


def find_damaged_passages(parts: Parts, now: Snapshot) -> Iterator[str]:
    """The ids of the passages whose place in the article, vector or facts in Chroma are not what was written."""
    chroma = parts.vectors.at(now.state())
    for page in cut_pages(now.passage_checksums(), _PAGE):
        expected = dict(page)
        found = now.passages(list(expected))
        for keys, vectors, facts in chroma.records(list(expected)):
            for key, vector, said in zip(keys, vectors, facts, strict=True):
                passage = found[key]
                if holds_passage(passage, vector, expected.pop(key)) and said == make_metadata(passage):
                    continue
                yield key
        yield from expected


def find_damaged_graph(parts: Parts, now: Snapshot) -> list[str]:
    """The files of Chroma's graph that are not as the last writer left them."""
    noted = now.meta("sums")
    known = json.loads(noted) if noted else {}
    found = parts.vectors.sums(now.state()) if known else {}
    return [name for name in sorted(known.keys() | found.keys()) if known.get(name) != found.get(name)]


def find_damaged_database(path: Path) -> list[str]:
    """What SQLite finds wrong with Chroma's database, as far as it can be read."""
    if not path.is_file():
        return []
    try:
        with closing(sqlite3.connect(path.resolve().as_uri() + "?mode=ro", uri=True)) as connection:
            found = [str(row[0]) for row in connection.execute("PRAGMA integrity_check(3)")]
    except sqlite3.Error as error:
        return [str(error)]
    return [fault for fault in found if fault != "ok"]


def find_damaged_word_files(folder: Path) -> list[str]:
    """The files of tantivy that are missing, or whose checksum, which stands at their end, is not theirs."""
    try:
        segments = json.loads((folder / "meta.json").read_text(encoding="utf-8"))["segments"]
        names = [one["segment_id"].replace("-", "") for one in segments]
    except (OSError, ValueError, KeyError, TypeError):
        return ["meta.json"]
    due = [folder / f"{name}{suffix}" for name in names for suffix in _SEGMENT]
    due += [path for name in names for path in sorted(folder.glob(f"{name}.*.del"))]
    return [path.name for path in due if not _is_sound(path)]


def _is_sound(path: Path) -> bool:
    """Whether a file of tantivy has the checksum that its footer says: JSON, its length, and a number."""
    try:
        content = path.read_bytes()
        length, number = (int.from_bytes(content[at:end], "little") for at, end in ((-8, -4), (-4, None)))
        if number != _FOOTER or not 0 < length < min(_LONGEST_FOOTER, len(content) - 8):
            return False
        body = memoryview(content)[: -8 - length]
        return bool(json.loads(content[-8 - length : -8])["crc"] == zlib.crc32(body))
    except (OSError, ValueError, KeyError, TypeError):
        return False


def salvage(folder: Path, ids: Sequence[str]) -> Generator[tuple[list[str], npt.NDArray[np.float32]], None, bool]:
    """Ids and vectors of these passages in pages, as far as they can be read; they may be wrong, too.

    A process of its own reads them: a damaged graph can end a process, or hold it for ever. Returns whether it
    came to an end by itself.
    """
    import numpy as np

    with TemporaryDirectory(prefix=f"{folder.name}-salvage-", dir=folder.parent) as name:
        (Path(name) / "ids").write_text(json.dumps(list(ids)), encoding="utf-8")
        command = [sys.executable, "-m", "newsqa.store._damage", str(folder), name]
        ended = True
        try:
            subprocess.run(command, check=False, capture_output=True, timeout=_PATIENCE)  # noqa: S603 (our own)
        except subprocess.TimeoutExpired:
            ended = False
        for path in sorted(Path(name).glob("*.npz")):
            with np.load(path) as page:
                yield page["ids"].tolist(), page["vectors"]
    return ended


def _salvage(folder: Path, place: Path) -> None:
    """What that process does: a file for each page, under its name once it is whole."""
    import numpy as np

    from newsqa.store._embedded import EmbeddedCollection, is_torn, lock_out_others

    with nullcontext() if is_torn(folder) else lock_out_others(folder, _PATIENCE):
        collection = EmbeddedCollection(folder)
        collection.count()  # writes what the graph lacks
    ids = json.loads((place / "ids").read_text(encoding="utf-8"))
    for start in range(0, len(ids), _SALVAGED):
        try:
            page = collection.get(ids=ids[start : start + _SALVAGED], include=["embeddings"])
        except Exception:  # noqa: S112 (this page is lost; the others may not be)
            continue
        part = place / f"{start:012d}.part"
        with part.open("wb") as file:
            vectors = np.asarray(page["embeddings"], dtype=np.float32)
            np.savez(file, ids=np.array(page["ids"]), vectors=vectors)
        part.rename(part.with_suffix(".npz"))


if __name__ == "__main__":
    _salvage(Path(sys.argv[1]), Path(sys.argv[2]))
