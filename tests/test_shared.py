"""An index that several machines share: catalogue and words in PostgreSQL, vectors on a Chroma server."""

from __future__ import annotations

import json
import multiprocessing
import socket
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from newsqa import NewsQA
from newsqa.errors import IndexLockedError, IndexMissingError, IndexUnreachableError, SettingsError
from newsqa.interfaces.access import TokenStore
from newsqa.settings import Settings
from newsqa.store import ChromaServer, Index
from newsqa.store._pgwords import coarsen
from newsqa.types import Filter
from tests.fakes import HashingEncoder, ParagraphSplitter, make_article
from tests.newsroom import BRIDGE_QUESTION
from tests.served import Reply, Served, serving
from tests.servers import chroma_running, needs_postgres, new_database, postgres_running
from tests.store_worker import edition, work
from tests.test_store_killed import assert_alike, contents

ROOT = Path(__file__).parents[1]
LINES = (ROOT / "tests" / "questions.jsonl").read_text(encoding="utf-8").splitlines()
QUESTIONS = [json.loads(line)["question"] for line in LINES][::3]


@dataclass(frozen=True)
class Servers:
    """The two servers of this file, and a database and a collection for each test."""

    postgres: str
    chroma: str

    def place(self, name: str) -> dict[str, Any]:
        """Where an index of this name is, as `Index.open` takes it; the database is made."""
        return {
            "chroma": ChromaServer(self.chroma, collection=name),
            "database": new_database(self.postgres, name),
        }


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    folder = tmp_path_factory.mktemp("servers") / "chroma"
    with chroma_running(folder) as chroma, postgres_running() as postgres:
        yield Servers(postgres, chroma)


@pytest.fixture
def place(servers: Servers, request: pytest.FixtureRequest) -> dict[str, Any]:
    """Servers with a database and a collection of the test's own."""
    return servers.place(request.node.name[:60])


def opened(home: Path, place: dict[str, Any], encoder: HashingEncoder | None = None) -> Index:
    return Index.open(home, encoder or HashingEncoder(), ParagraphSplitter(), **place)


@needs_postgres
@pytest.mark.slow
def test_the_same_as_in_a_folder(tmp_path: Path, place: dict[str, Any]) -> None:
    """After articles came, changed and went, all that can be read is what it is with everything in a folder."""
    with opened(tmp_path / "folder", {}) as folder, opened(tmp_path / "shared", place) as index:
        assert_alike(folder, index)
    assert not list((tmp_path / "shared").iterdir())


@needs_postgres
@pytest.mark.slow
def test_articles_are_found_and_brought_back_as_in_a_folder(tmp_path: Path, place: dict[str, Any]) -> None:
    """By all words and by some, sorted, and after a removal and a change were undone."""
    articles = [make_article(f"{n}", f"Report {n} of the otter.", title=f"Otter {n % 3}") for n in range(9)]
    with opened(tmp_path / "folder", {}) as folder, opened(tmp_path / "shared", place) as index:
        for one in (folder, index):
            one.ingest(articles)
            one.remove([articles[0].id], record=one.changes.begin("Gone"))
            changed = make_article("1", "Quite another report.", title="Otter 1")
            one.ingest([changed], record=one.changes.begin("Changed"))
            assert [one.undo(change.id) for change in one.changes.all()] == [1, 1]
            assert one.check().sound
        for words in ("", "otter 5", "report otter", "badger report", "nothing", "courier"):
            for order in ("", "title", "source, descending", "words"):
                found = [one.find_articles(words, order=order, limit=5) for one in (folder, index)]
                assert (found[0].total, found[0].whole) == (found[1].total, found[1].whole)
                assert {one.id for one in found[0].articles} == {one.id for one in found[1].articles} or not order
        assert [folder.article(one.id) for one in articles] == [index.article(one.id) for one in articles]


@needs_postgres
@pytest.mark.slow
def test_the_same_answers_on_the_corpus(
    corpus_index: Path, tmp_path: Path, servers: Servers, place: dict[str, Any]
) -> None:
    """Questions on the corpus find the same passages in the same order, and are answered the same."""
    shared = Settings(
        home=tmp_path / "shared",
        chroma_url=servers.chroma,
        chroma_collection="corpus",
        database_url=place["database"],
    )
    with NewsQA.open(corpus_index) as here, NewsQA.open(settings=shared) as there:
        assert there.ingest([ROOT / "corpus"]).added == 32
        for question in QUESTIONS:
            found = [[hit.passage for hit in qa.search(question, k=10)] for qa in (here, there)]
            assert found[0] == found[1], question
            hits = [qa.index.search_words(question, 50) for qa in (here, there)]
            scores = [[score for _, score in ranking] for ranking in hits]
            assert scores[0] == pytest.approx(scores[1], rel=1e-4)
            last = scores[0][-1] + 0.001 if len(scores[0]) == 50 else 0.0  # of equals, some are cut off
            above = [{key for key, score in ranking if score > last} for ranking in hits]
            assert above[0] == above[1]
        words = ["Kim", "talks", "the", "armoured", "North-Korean", "zzz"]
        assert here.index.article_counts(words) == there.index.article_counts(words)
        for question in QUESTIONS[::18]:
            assert here.ask(question).to_dict() == there.ask(question).to_dict()
        narrow = {"since": "2019-04-01", "until": "2019-04-26", "source": "pacific courier", "language": "en"}
        found = [[hit.passage for hit in qa.search("armoured train", **narrow)] for qa in (here, there)]
        assert found[0] == found[1] != []


@needs_postgres
@pytest.mark.slow
def test_two_app_servers_at_once(tmp_path: Path, newsroom: Path, servers: Servers, place: dict[str, Any]) -> None:
    """Two servers without a file in common answer alike, and each sees at once what came through the other."""
    settings = {
        "chroma_url": servers.chroma,
        "chroma_collection": "two",
        "database_url": place["database"],
        "log": "off",
    }
    with serving(tmp_path / "one", **settings) as one, serving(tmp_path / "two", **settings) as two:
        text = (newsroom / "bridge.md").read_text().partition("---\n")[2].partition("---\n")[2]
        added = one.request("POST", "/v1/articles", {"text": text, "title": "Bridge open again"})
        assert added.status < 300, added.body
        answers = [app.request("POST", "/v1/ask", {"question": BRIDGE_QUESTION}).json for app in (one, two)]
        assert answers[0]["text"] == answers[1]["text"]
        assert "cracks" in answers[0]["text"]
        (article,) = two.request("GET", "/v1/articles").json["articles"]
        assert two.request("DELETE", f"/v1/articles/{article['id']}").status < 300
        assert one.request("GET", "/v1/articles").json["articles"] == []


@needs_postgres
@pytest.mark.slow
def test_one_writer_at_a_time(tmp_path: Path, place: dict[str, Any]) -> None:
    """A second writer on another machine is told who writes, and reading goes on meanwhile."""
    with opened(tmp_path / "one", place) as index, opened(tmp_path / "two", place) as other:
        index.ingest(edition(1)[:3])

        def articles() -> Iterator[Any]:
            yield make_article("late", "A late report.")
            with pytest.raises(
                IndexLockedError, match=rf"newsqa on {socket.gethostname()[:30]}, pid \d+, since 20"
            ):
                other.remove([edition(1)[0].id])
            with pytest.raises(IndexLockedError):
                other.check()
            assert len(list(other.articles())) == 3

        index.ingest(articles())
        assert len(list(other.articles())) == 4
        assert other.remove([edition(1)[0].id]) == 1


@needs_postgres
@pytest.mark.slow
def test_a_writer_killed_on_the_way(tmp_path: Path, place: dict[str, Any]) -> None:
    """Killed again and again, the work that is taken up each time ends as if it had not been disturbed."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["chromadb", "psycopg", "sqlalchemy", "tests.store_worker"])
    kills, notes = 0, tmp_path / "notes"
    for _ in range(40):
        process = context.Process(target=work, args=(tmp_path / f"home-{kills}", notes, place))
        process.start()
        process.join(1.0 + 0.35 * kills if kills < 6 else 60)
        if not process.is_alive():
            break
        process.kill()
        process.join()
        kills += 1
    assert process.exitcode == 0
    assert kills
    work(tmp_path / "undisturbed", tmp_path / "other-notes")
    with opened(tmp_path / "home", place) as index, opened(tmp_path / "undisturbed", {}) as undisturbed:
        assert contents(index) == contents(undisturbed)


@needs_postgres
@pytest.mark.slow
def test_words_are_filled_anew(tmp_path: Path, place: dict[str, Any]) -> None:
    """What is missing from the words or too much there is found by a check, and mended from the catalogue."""
    with opened(tmp_path, place) as index:
        index.ingest(edition(1)[:12])
        before = contents(index)
        with index._parts.words._database.session() as session:
            session.execute("DELETE FROM words WHERE id IN (SELECT id FROM words ORDER BY id LIMIT 3)")
            session.execute("UPDATE terms SET texts = 7")
        assert "3 passages are missing from the index of words" in index.check().faults
        assert index.repair().sound
        assert contents(index) == before


@needs_postgres
@pytest.mark.slow
def test_the_best_are_found_without_looking_at_all(
    tmp_path: Path, place: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Scoring the passages with rare words first gives what scoring all gives, filtered or not."""
    queries = ["Report 3 part 0 on subject 21", "correction subject", "report part", "subject 10 edition", "zzz 5"]
    wheres = [Filter(), Filter(sources=("The Courier",)), Filter(sources=("Nobody",))]
    with opened(tmp_path, place) as index:
        index.ingest(edition(2))
        all_of_them = [[index.search_words(query, 5, where) for query in queries] for where in wheres]
        monkeypatch.setattr("newsqa.store._pgwords._LOOKED_AT", 1)
        monkeypatch.setattr("newsqa.store._pgwords._PER_HIT", 0)
        assert [[index.search_words(query, 5, where) for query in queries] for where in wheres] == all_of_them
        assert all_of_them[0][0]


@needs_postgres
@pytest.mark.slow
def test_an_author_is_found_as_in_a_folder(
    tmp_path: Path, place: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """By words and by vectors, whether the filter is held against hits or names passages."""
    lines = ("Ana Ruiz, Bo Lind", "Cy Oh")
    articles = [replace(one, author=lines[i % 3 == 0]) for i, one in enumerate(edition(1))]
    vector = HashingEncoder().encode_query("Report 3 part 0 on subject 21.")
    wheres = [Filter(authors=names) for names in (("bo lind",), ("Cy Oh",), ("Nobody",))]
    found = []
    for where in ({}, place):
        with opened(tmp_path / str(len(where)), where) as index:
            index.ingest(articles)
            for often in (0.0, 1.1):
                monkeypatch.setattr("newsqa.store._searching._OFTEN", often)
                hits = [index.search_words("report subject", 7, by) for by in wheres]
                hits += [index.search_vectors(vector, 7, by) for by in wheres]
                found.append([score for one in hits for _, score in one])
                for by, line in ((0, lines[0]), (1, lines[1]), (3, lines[0]), (4, lines[1])):
                    assert {one.author for one in index.passages([key for key, _ in hits[by]])} == {line}
                assert [len(one) for one in hits] == [7, 7, 0] * 2
    assert found == [pytest.approx(found[0], abs=1e-4)] * 4


@needs_postgres
@pytest.mark.slow
def test_a_database_that_is_not_there(tmp_path: Path, servers: Servers) -> None:
    """It says where it looked and what to do, never the password; an empty database is an empty index."""
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"postgresql://desk:hush@127.0.0.1:{taken.getsockname()[1]}/news"
        with pytest.raises(IndexUnreachableError, match="or set NEWSQA_DATABASE_URL") as refused:
            opened(tmp_path, {"database": url, "chroma": ChromaServer(servers.chroma)})
    assert "hush" not in str(refused.value)
    place = servers.place("empty")
    with opened(tmp_path, place) as index:
        assert len(index) == 0
        with pytest.raises(IndexMissingError, match=r"PostgreSQL at 127\.0\.0\.1, database empty"):
            index.search_words("anything", 3)


def test_what_a_database_needs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The vectors on a server, an address of PostgreSQL, and its driver: each error says so."""
    monkeypatch.setenv("NEWSQA_DATABASE_URL", "postgresql://127.0.0.1/news")
    with pytest.raises(SettingsError, match="Set NEWSQA_CHROMA_URL"):
        NewsQA.open(tmp_path)
    monkeypatch.setenv("NEWSQA_CHROMA_URL", "http://127.0.0.1:9")
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(SettingsError, match=r"pip install 'newsqa\[postgresql\]'"):
        NewsQA.open(tmp_path)
    monkeypatch.setenv("NEWSQA_DATABASE_URL", "mysql://127.0.0.1/news")
    with pytest.raises(SettingsError, match="NEWSQA_DATABASE_URL is not like postgresql://"):
        NewsQA.open(tmp_path)


@needs_postgres
@pytest.mark.slow
@pytest.mark.timeout(600)  # two servers start, and two databases end
def test_servers_of_one_index_have_one_set_of_tokens(tmp_path: Path, newsroom: Path) -> None:
    """A token made for one server closes the other, too, and opens it; revoked, it opens neither.

    Those that stood in a file of one of them hold for both, and the file is put aside. When Chroma or PostgreSQL
    does not answer, a server says so and is not ready; with the tokens out of reach nobody gets in.
    """
    with ExitStack() as chroma_runs, ExitStack() as postgres_runs:
        chroma = chroma_runs.enter_context(chroma_running(tmp_path / "chroma"))
        url = new_database(postgres_runs.enter_context(postgres_running()), "tokens")
        places = {"database_url": url, "chroma_url": chroma, "chroma_collection": "tokens"}
        ones, twos = (Settings(home=tmp_path / name, **places) for name in ("one", "two"))  # type: ignore[arg-type]
        filed = TokenStore(tmp_path / "one").new("desk", write=True)
        with NewsQA.open(settings=ones) as qa:
            qa.ingest([newsroom])
        with serving(tmp_path / "one", **places) as one, serving(tmp_path / "two", **places) as two:

            def await_statuses(both: int, token: str = "", words: str = "") -> None:
                headers = {"authorization": f"Bearer {token}"} if token else {}
                for server in (one, two):
                    await_reply(server, "/v1/articles", both, words, headers)

            await_statuses(401)
            await_statuses(200, filed)
            files = {path.name for path in (tmp_path / "one").glob("tokens.*")}
            assert files == {"tokens.moved", "tokens.lock"}
            with closing(TokenStore.of(twos)) as store:
                made = store.new("reader")
            with closing(TokenStore.of(ones)) as store:
                store.revoke("desk")
            await_statuses(401, filed)
            await_statuses(200, made)
            assert [server.request("GET", "/v1/ready").status for server in (one, two)] == [200, 200]

            chroma_runs.close()
            reply = await_reply(two, "/v1/ready", 503)
            assert reply.json["error"]["code"] == "not_ready"
            assert reply.json["error"]["message"] == "Chroma does not answer, so the vectors cannot be read."
            assert two.request("GET", "/v1/health").json["parts"]["articles"] == "ok"

            postgres_runs.close()
            await_statuses(503, made, "cannot read its tokens")
            said = two.request("GET", "/v1/health").json
            assert said["status"] == "failing"
            assert "PostgreSQL does not answer" in " ".join(said["parts"].values())
            assert "newsqa@" not in json.dumps(said)


def await_reply(
    server: Served, path: str, status: int, words: str = "", headers: Mapping[str, str] | None = None
) -> Reply:
    """The reply to a request as soon as it has this status and words; a server looks at times only."""
    deadline = time.monotonic() + 60
    while True:
        reply = server.request("GET", path, headers=headers)
        if reply.status == status and words in reply.body.decode():
            return reply
        assert time.monotonic() < deadline, (reply.status, reply.body)
        time.sleep(0.2)


@pytest.mark.parametrize(
    ("length", "kept"), [(0, 0), (24, 24), (39, 39), (40, 40), (41, 40), (57, 56), (95, 88), (100, 96), (255, 248)]
)
def test_lengths_are_kept_as_tantivy_keeps_them(length: int, kept: int) -> None:
    """In one byte: exact up to 40, then rounded down to steps of 2, 4, 8, 16."""
    assert coarsen(length) == kept
