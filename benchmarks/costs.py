"""What a passage costs: bytes in each store, seconds of a core for each step, and memory of Chroma's graph.

    python -m benchmarks.costs --articles FOLDER            # everything in folders
    NEWSQA_CHROMA_URL=... NEWSQA_DATABASE_URL=... python -m benchmarks.costs --articles FOLDER   # PostgreSQL, too

Seconds are seconds of CPU, so that what else runs on the machine hardly counts. `docs/scale.md` says what follows.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from newsqa.models import embedding_text, open_encoder
from newsqa.settings import Settings
from newsqa.sources.formats import read_articles
from newsqa.store import Index
from newsqa.store.analysis import analyse
from newsqa.store.servers import chroma_server, database_url
from newsqa.text.copies import Fingerprint
from newsqa.text.passages import SentenceSplitter
from newsqa.types import Article

GRAPH = """
import json, sys
import chromadb, numpy as np
from chromadb.config import Settings
def memory():
    import gc; gc.collect()
    return next(int(line.split()[1]) * 1024 for line in open("/proc/self/status") if line.startswith("VmRSS"))
client = chromadb.PersistentClient(sys.argv[1], settings=Settings(anonymized_telemetry=False))
collection = client.get_collection("passages", embedding_function=None)
before = memory()
collection.query(query_embeddings=[np.ones(384, dtype=np.float32)], n_results=10)
print(json.dumps([before, memory(), collection.count()]))
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--articles", type=Path, required=True, help="files or a folder of articles")
    parser.add_argument("--most", type=int, default=1000, help="articles to read at most")
    options = parser.parse_args()
    articles = [
        item for item in read_articles([options.articles], max_bytes=200_000_000) if isinstance(item, Article)
    ][: options.most]
    settings = Settings.load()
    figures: dict[str, Any] = {"articles": len(articles)}
    with TemporaryDirectory() as name:
        figures |= in_folder(Path(name), articles)
    if settings.database_url is not None:
        figures |= on_servers(settings, articles)
    print(json.dumps(figures, indent=1))


def in_folder(home: Path, articles: list[Article]) -> dict[str, Any]:
    """Bytes of each store in a folder, seconds of each step, and memory of the graph, for each passage."""
    encoder = open_encoder("bundled", threads=1)
    splitter = SentenceSplitter(getattr(encoder, "count_tokens", None))
    encoder.encode_query("loads the model")
    with cpu() as splitting:
        passages = [passage for article in articles for passage in splitter.split(article)]
    texts = [embedding_text(passage) for passage in passages]
    with cpu() as encoding:
        encoder.encode_passages(texts)
    with cpu() as stemming:
        for text in texts:
            analyse(text)
    with cpu() as comparing:
        for article in articles:
            Fingerprint.of(article.text).keys()
    with Index.open(home, encoder, splitter) as index:
        with cpu() as everything:
            index.ingest(articles)
        count = len(index)
    graph = subprocess.run([sys.executable, "-c", GRAPH, str(home / "chroma")], capture_output=True, check=True)
    before, after, held = json.loads(graph.stdout)
    assert held == count
    figures: dict[str, Any] = {
        "passages": count,
        "characters per passage": round(sum(len(passage.text) for passage in passages) / count),
        "bytes per passage": {
            "catalogue": round(sum(path.stat().st_size for path in home.glob("catalogue.sqlite*")) / count),
            "words (tantivy)": round(size(home / "words") / count),
            "vectors (Chroma)": round(size(home / "chroma") / count),
        },
        "CPU ms per passage": {
            "encoding": round(1000 * encoding[0] / count, 2),
            "splitting": round(1000 * splitting[0] / count, 2),
            "stems": round(1000 * stemming[0] / count, 3),
            "keys of copies": round(1000 * comparing[0] / count, 2),
            "all of an ingest": round(1000 * everything[0] / count, 2),
        },
        "memory of Chroma's graph, bytes per vector": round((after - before) / count),
    }
    return figures


def on_servers(settings: Settings, articles: list[Article]) -> dict[str, Any]:
    """Bytes in PostgreSQL for each passage."""
    from newsqa.store.postgres import Database

    encoder = open_encoder("bundled", settings.threads)
    place = {"chroma": chroma_server(settings), "database": database_url(settings)}
    splitter = SentenceSplitter(getattr(encoder, "count_tokens", None))
    with Index.open(settings.home, encoder, splitter, **place) as index:  # type: ignore[arg-type]
        index.ingest(articles)
        count = len(index)
    with Database(place["database"]).session() as session:  # type: ignore[arg-type]
        session.execute("VACUUM FULL")
        sizes = session.execute(
            "SELECT relname, pg_total_relation_size(c.oid) FROM pg_class c"
            " JOIN pg_namespace n ON n.oid = c.relnamespace"
            " WHERE nspname = 'newsqa' AND relkind = 'r' ORDER BY 2 DESC"
        ).fetchall()
        gin = session.execute("SELECT pg_relation_size('words_by_lexeme')").fetchone()[0]
    return {
        "PostgreSQL, bytes per passage": {name: round(held / count) for name, held in sizes if held >= count},
        "of which the full-text index": round(gin / count),
    }


@contextmanager
def cpu() -> Iterator[list[float]]:
    """A list that holds the seconds of CPU of the context when it has ended, all threads together."""
    spent: list[float] = []
    begin = time.process_time()
    yield spent
    spent.append(time.process_time() - begin)


def size(folder: Path) -> int:
    """Bytes of all files in a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


if __name__ == "__main__":
    main()
