"""The vectors on a real Chroma server: the same index as in a folder, and errors that say what to do."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from newsqa import NewsQA
from newsqa.errors import IndexMismatchError, IndexUnreachableError, SettingsError
from newsqa.settings import Settings
from newsqa.store import ChromaServer, Index
from tests.fakes import HashingEncoder, ParagraphSplitter
from tests.newsroom import write_articles
from tests.servers import chroma_running
from tests.store_worker import edition
from tests.test_store_killed import assert_alike

ARTICLES = edition(1)[:12]


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with chroma_running(tmp_path_factory.mktemp("server") / "chroma") as url:
        yield url


@pytest.fixture
def server(url: str, request: pytest.FixtureRequest) -> ChromaServer:
    """The server with a collection of the test's own."""
    return ChromaServer(url, collection=request.node.name)


def opened(home: Path, server: ChromaServer | None, encoder: HashingEncoder | None = None, **more: Any) -> Index:
    return Index.open(home, encoder or HashingEncoder(), ParagraphSplitter(), chroma=server, **more)


@pytest.mark.slow
def test_the_same_as_in_a_folder(tmp_path: Path, server: ChromaServer) -> None:
    """After articles came, changed and went, every search gives what it gives with everything in a folder."""
    with opened(tmp_path / "folder", None) as folder, opened(tmp_path / "server", server) as index:
        assert_alike(folder, index)
    assert not (tmp_path / "server" / "chroma").exists()
    assert not (tmp_path / "server" / "vectors").exists()


@pytest.mark.slow
def test_a_reader_sees_what_another_process_writes(tmp_path: Path, server: ChromaServer) -> None:
    """An index that was opened earlier finds what came since, and no more what was removed."""
    vector = HashingEncoder().encode_query("Report 3 part 0 on subject 21.")
    with opened(tmp_path, server) as reader, opened(tmp_path, server) as writer:
        writer.ingest(ARTICLES[:3])
        before = reader.search_vectors(vector, 1)
        writer.ingest(ARTICLES)
        (after,) = reader.passages([key for key, _ in reader.search_vectors(vector, 1)])
        assert before
        assert after.article_id == ARTICLES[3].id
        writer.remove([ARTICLES[3].id])
        (left,) = reader.passages([key for key, _ in reader.search_vectors(vector, 1)])
        assert left.article_id != ARTICLES[3].id


@pytest.mark.slow
def test_repair_encodes_only_what_is_lost(tmp_path: Path, server: ChromaServer) -> None:
    """Vectors that are missing are encoded again, foreign ones go, and the others stay as they are."""
    encoder = HashingEncoder()
    with opened(tmp_path, server, encoder) as index:
        index.ingest(ARTICLES)
        client = server.connect()
        collection = client.get_collection(server.collection, embedding_function=None)
        ids = sorted(collection.get(include=[])["ids"])
        collection.delete(ids=ids[:5])
        collection.upsert(ids=["foreign"], embeddings=np.ones((1, 64), dtype=np.float32))
        faults = index.check().faults
        before = encoder.texts
        assert index.repair().sound
        assert encoder.texts - before == 5
        assert sorted(collection.get(include=[])["ids"]) == ids
        server.release(client)
    assert [fault for fault in faults if fault.startswith("5 passages are missing from Chroma")]
    assert [fault for fault in faults if fault.startswith("1 passage in Chroma belongs to no article")]


@pytest.mark.slow
def test_one_collection_belongs_to_one_index(tmp_path: Path, server: ChromaServer) -> None:
    """A second index does not write to it, nor repair it, and leaves it as it is."""
    with opened(tmp_path / "first", server) as index:
        index.ingest(ARTICLES)
        with opened(tmp_path / "second", server) as other:
            for attempt in (lambda: other.ingest(ARTICLES[:1]), lambda: other.repair(rebuild=True)):
                with pytest.raises(IndexMismatchError, match="Set NEWSQA_CHROMA_COLLECTION to a name"):
                    attempt()
        assert index.check().sound


@pytest.mark.slow
def test_another_encoder(tmp_path: Path, server: ChromaServer) -> None:
    """Vectors of another encoder are refused, and rebuilt where that is asked for."""
    with opened(tmp_path, server) as index:
        index.ingest(ARTICLES)
    other = HashingEncoder(dimension=32, name="other")
    with pytest.raises(IndexMismatchError, match="newsqa repair --rebuild"):
        opened(tmp_path, server, other)
    with opened(tmp_path, server, other, rebuild=True) as index:
        assert index.repair(rebuild=True).sound
        assert len(index.search_vectors(other.encode_query("Report 3"), 5)) == 5
    renamed = ChromaServer(server.url, collection=f"{server.collection}-none")
    with opened(tmp_path, renamed, other) as index:
        assert any("There are no vectors at" in fault for fault in index.check().faults)


def test_a_server_that_is_not_there(tmp_path: Path) -> None:
    """It says where it looked for the server, and what to do; the articles are kept for the next ingest."""
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))  # bound, but nobody listens
        server = ChromaServer(f"http://127.0.0.1:{taken.getsockname()[1]}")
        with (
            opened(tmp_path, server) as index,
            pytest.raises(IndexUnreachableError, match=r"127\.0\.0\.1.*Start it, or set NEWSQA_CHROMA_URL"),
        ):
            index.ingest(ARTICLES)


def test_a_server_that_says_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is given up after a while."""
    monkeypatch.setattr("newsqa.store.servers._CONNECT_SECONDS", 0.3)
    with closing(socket.create_server(("127.0.0.1", 0))) as silent:
        server = ChromaServer(f"http://127.0.0.1:{silent.getsockname()[1]}")
        with opened(tmp_path, server) as index, pytest.raises(IndexUnreachableError, match="timed out"):
            index.ingest(ARTICLES)


@pytest.mark.slow
def test_no_request_waits_for_ever(server: ChromaServer) -> None:
    """Chroma's client has no limit of its own."""
    client = server.connect()
    assert client._server._session.timeout.read == 120.0
    server.release(client)
    assert client._server._session.is_closed


def test_the_token_is_sent_and_never_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Token and headers go with every request; the error of a server that refuses them names the setting."""
    seen: list[dict[str, str]] = []

    class Refusing(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            seen.append({name.lower(): value for name, value in self.headers.items()})
            self.send_error(401)

        def log_message(self, *_: Any) -> None:
            """Silence."""

    web = HTTPServer(("127.0.0.1", 0), Refusing)
    threading.Thread(target=web.serve_forever, daemon=True).start()
    try:
        monkeypatch.setenv("NEWSQA_CHROMA_URL", f"http://127.0.0.1:{web.server_port}")
        monkeypatch.setenv("NEWSQA_CHROMA_TOKEN", "hush-hush")
        monkeypatch.setenv("NEWSQA_CHROMA_HEADERS", "X-Desk: night: one; x-two: 2")
        settings = Settings.load()
        with (
            NewsQA.open(settings=settings) as qa,
            pytest.raises(IndexUnreachableError, match="Set NEWSQA_CHROMA_TOKEN") as refused,
        ):
            qa.ingest([write_articles(tmp_path)])
        assert "hush" not in f"{refused.value}{settings!r}{qa.index._parts.chroma!r}"
    finally:
        web.shutdown()
        web.server_close()
    sent = seen[0]
    assert (sent["authorization"], sent["x-chroma-token"]) == ("Bearer hush-hush", "hush-hush")
    assert (sent["x-desk"], sent["x-two"]) == ("night: one", "2")
    monkeypatch.setenv("NEWSQA_CHROMA_HEADERS", "nonsense")
    with pytest.raises(SettingsError, match="NEWSQA_CHROMA_HEADERS is not of the form"):
        NewsQA.open()
