"""The way in to the page: only its own events, with nothing in them but words and this browser's uploads."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import gradio as gr
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st

from newsqa import NewsQA
from newsqa.interfaces.access import TokenStore
from newsqa.interfaces.page import build_page, layout, mount_page
from newsqa.interfaces.page.events import EventRefusedError, Events
from tests.attack_page import JOIN, MARK, META, cookie_of, functions, uploaded
from tests.newsroom import copy_index
from tests.served import Served, serving

WRITING = {"upload", "fetch", "remove", "undo_change", "judge", "export_judged"}
ISOLATED = ["unshare", "-rn", "sh", "-c", 'ip link set lo up && exec "$@"', "sh"]
"""Runs a command where no name can be resolved and nothing but this machine can be reached."""


def isolated() -> bool:
    """Whether this machine lets us."""
    return bool(shutil.which("unshare") and shutil.which("ip")) and (
        subprocess.run([*ISOLATED, "true"], capture_output=True).returncode == 0
    )


@pytest.fixture(scope="module")
def attacked(newsroom_index: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    """What became of the attack, and the folder that Gradio keeps files in."""
    if not isolated():
        pytest.skip("network namespaces are not permitted here, and the attack must not reach a name server")
    folder = tmp_path_factory.mktemp("door")
    copy_index(newsroom_index, folder / "index")
    secret = folder / "secret.md"
    secret.write_text(f"Secret\n\n{MARK}\n")
    command = [*ISOLATED, sys.executable, "-m", "tests.attack_page", str(folder / "index"), str(secret)]
    environment = {**os.environ, "GRADIO_TEMP_DIR": str(folder / "gradio")}
    root = Path(__file__).parents[1]
    run = subprocess.run(command, capture_output=True, text=True, timeout=280, env=environment, cwd=root)
    assert run.returncode == 0, run.stderr
    return {**json.loads(run.stdout), "folder": folder}


@pytest.mark.slow
def test_no_file_but_an_own_upload_is_taken(attacked: dict[str, object]) -> None:
    """Every function, every place, every form: refused; nothing is read, copied or fetched."""
    got = attacked["got"]
    assert isinstance(got, list)
    wrong = [one for one in got if one[3] not in {"foreign_file", "not_found", "unknown_event"}]
    assert wrong == []
    assert {one[2] for one in got} == {403, 404}
    assert {one[3] for one in got if one[1].startswith("by ")} == {"not_found"}
    assert len({one[1] for one in got}) >= 22
    assert attacked["asked"] == []
    folder = attacked["folder"]
    assert isinstance(folder, Path)
    kept = {path.read_bytes() for path in (folder / "gradio").rglob("*") if path.is_file()}
    assert kept <= {b"", b"Own\n\nA text."}
    assert "Traceback" not in str(attacked["log"])


@pytest.mark.slow
def test_an_own_upload_is_taken(attacked: dict[str, object]) -> None:
    """By the browser that uploaded it, and by no other."""
    assert attacked["own"] == [200, True, 403]


def page_over(home: Path, more: Callable[[gr.Blocks], None] = lambda _: None) -> gr.Blocks:
    """The page over a new index; Gradio makes locks for the loop that runs."""

    async def build() -> gr.Blocks:
        with NewsQA.open(home) as qa:
            page = build_page(qa)
        more(page)
        return page

    return asyncio.run(build())


@pytest.fixture(scope="module")
def events(tmp_path_factory: pytest.TempPathFactory) -> tuple[Events, dict[str, int]]:
    """The page's events, and the number of each function."""
    page = page_over(tmp_path_factory.mktemp("events") / "index")
    known = Events.of(page)
    return known, {str(one.api_name): number for number, one in page.fns.items() if number in known.known}


def test_each_function_and_what_it_may_do(events: tuple[Events, dict[str, int]]) -> None:
    """All that the page has; what writes, or shows what others asked; one is public."""
    known, numbers = events
    assert {re.sub(r"_\d+$", "", name) for name in numbers} == {
        "load", "answer", "again", "any_date", "between", "undo", "fresh", "restore", "list_kept", "show_table",
        "upload", "fetch", "ask", "remember", "open_article", "show_filters", "drop_filter", "remove",
        "undo_change", "judge", "list_judged", "export_judged", "arrive",
    }  # fmt: skip
    assert {name for name, number in numbers.items() if known.known[number].writes} == WRITING


def test_a_new_function_writes_until_it_is_said_to_read(tmp_path: Path) -> None:
    """Nobody has to think of it."""

    def add(page: gr.Blocks) -> None:
        with page:
            page.load(lambda: None)

    page = page_over(tmp_path / "index", add)
    assert Events.of(page).known[max(page.fns)].writes


def test_what_gets_through_is_made_anew(events: tuple[Events, dict[str, int]]) -> None:
    """What the page does not send is left out, a state is the server's own, a file is its path and name."""
    known, numbers = events
    sent = {
        "data": [[{"path": "/up/x.md", "url": "http://evil.example/", "is_stream": True, "meta": META}], [], []],
        "fn_index": numbers["upload"],
        "session_hash": "abcdefgh",
        "trigger_id": 1,
        "simple_format": True,
        "batched": True,
        "event_id": "another's",
        "oauth_token": "x",
    }
    event, made = known.read(json.dumps(sent).encode(), {"/up/x.md"})
    assert event.writes
    assert json.loads(made) == {
        "data": [[{"path": "/up/x.md", "orig_name": "x.md", "meta": META}], [], []],
        "fn_index": numbers["upload"],
        "session_hash": "abcdefgh",
        "event_data": None,
        "trigger_id": None,
    }
    _, made = known.read(
        json.dumps(sent | {"data": ["x", "state"], "fn_index": numbers["show_table"]}).encode(), ()
    )
    assert json.loads(made)["data"] == ["x", None]


@given(st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.sampled_from(["path", "meta", "url", "data", "fn_index", "_type"]), inner, max_size=4),
    max_leaves=12,
))  # fmt: skip
def test_anything_may_be_posted(sent: object) -> None:
    """Whatever comes is refused in words or made anew; nothing else happens."""
    for body in (
        json.dumps(sent).encode(),
        json.dumps({"fn_index": 0, "data": sent}).encode(),
        str(sent).encode(),
    ):
        with pytest.raises(EventRefusedError) as refused:
            Events({}).read(body, ())
        assert refused.value.refusal.status in {400, 403, 404, 422}


@pytest.mark.parametrize(
    "body", [b"", b"\xff", b"[" * 100_000, b'{"fn_index": 1' + b', "a": {"a": ' * 50_000, b"[]"]
)
def test_bodies_that_are_none(body: bytes) -> None:
    """Bytes that are no JSON, or too deep."""
    with pytest.raises(EventRefusedError) as refused:
        Events({}).read(body, ())
    assert refused.value.refusal.status in {400, 422}


@pytest.fixture(scope="module")
def servers(
    newsroom_index: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Served, Served, str, str]]:
    """A read-only server; one that wants tokens, with a reader's and a writer's."""
    folder = tmp_path_factory.mktemp("rights")
    copy_index(newsroom_index, folder / "fixed")
    copy_index(newsroom_index, folder / "closed")
    tokens = TokenStore(folder / "closed")
    reader, writer = tokens.new("reader"), tokens.new("writer", write=True)
    with serving(folder / "fixed", read_only="true") as fixed, serving(folder / "closed") as closed:
        yield fixed, closed, reader, writer


def event(server: Served, name: str, data: list[object], headers: dict[str, str]) -> tuple[int, str]:
    """What an event of the page gets: its status, and its code if it is refused."""
    number = next(number for number, one in functions(server).items() if one["api_name"] == name)
    reply = server.request("POST", JOIN, {"data": data, "fn_index": number, "session_hash": "rightsof1"}, headers)
    return reply.status, "" if reply.status == 200 else reply.json["error"]["code"]


@pytest.mark.slow
def test_a_reader_changes_nothing_by_the_page(servers: tuple[Served, Served, str, str]) -> None:
    """Uploads and addresses are refused with a token that may read, and taken with one that may write."""
    _, closed, reader, writer = servers
    closed_functions = closed.request("GET", "/config", None, {"authorization": f"Bearer {reader}"})
    numbers = {one["api_name"]: one["id"] for one in closed_functions.json["dependencies"]}

    def event(name: str, data: list[object], token: str) -> int:
        body = {"data": data, "fn_index": numbers[name], "session_hash": "rightsof1"}
        return closed.request("POST", JOIN, body, {"authorization": f"Bearer {token}"}).status

    sent: dict[str, list[object]] = {
        "fetch": ["file:///etc/passwd", [], []], "upload": [[], [], []], "remove": [[], []],
        "undo_change": [[], []],
        "judge": [None], "export_judged": [],
    }  # fmt: skip
    for name in WRITING:
        data = sent[name]
        assert event(name, data, reader) == 403
        assert event(name, data, writer) == 200
    assert event("show_table", ["bridge", None], reader) == 200


@pytest.mark.slow
def test_a_read_only_page_has_no_way_to_write(servers: tuple[Served, Served, str, str]) -> None:
    """Neither the functions nor the upload are there; asking is."""
    fixed = servers[0]
    assert WRITING & {one["api_name"] for one in functions(fixed).values()} == set()
    cookie = cookie_of(fixed)
    assert fixed.request("POST", "/gradio_api/upload", b"x", cookie).json["error"]["code"] == "read_only"
    assert event(fixed, "show_table", ["bridge", None], cookie) == (200, "")


@pytest.mark.slow
def test_uploads_may_be_switched_off(newsroom_index: Path, tmp_path: Path) -> None:
    """Then the page's route for them is not there either, nor, without NEWSQA_FETCH, the function that fetches.

    The API takes no text.
    """
    home = copy_index(newsroom_index, tmp_path / "index")
    with serving(home, uploads="false", fetch="false") as server:
        assert server.request("POST", "/gradio_api/upload", b"x").status == 404
        assert {"upload", "fetch"} & {one["api_name"] for one in functions(server).values()} == set()
        text = server.request("POST", "/v1/articles", {"title": "Lamp lit", "text": "Ada Finch lit the lamp."})
        assert (text.status, text.json["error"]["code"]) == (403, "uploads_off")


@pytest.mark.slow
def test_another_may_not_end_an_event_by_guessing(servers: tuple[Served, Served, str, str]) -> None:
    """A cancellation is made anew, too: three fields of the right kind."""
    fixed = servers[0]
    wrong = fixed.request("POST", "/gradio_api/cancel", {"session_hash": "../x", "fn_index": 1, "event_id": "a"})
    assert (wrong.status, wrong.json["error"]["code"]) == (422, "bad_event")
    right = fixed.request(
        "POST", "/gradio_api/cancel", {"session_hash": "abcdefgh", "fn_index": 1, "event_id": "a"}
    )
    assert right.status == 200


@pytest.mark.slow
def test_an_open_server_on_this_machine_may_be_written_to(newsroom_index: Path, tmp_path: Path) -> None:
    """As `make run` starts it: its user uploads without a token."""
    home = copy_index(newsroom_index, tmp_path / "index")
    with serving(home) as server:
        own = cookie_of(server)
        path = uploaded(server, own)
        assert event(server, "upload", [[{"path": path, "meta": META}], [], []], own) == (200, "")


@pytest.mark.filterwarnings("ignore::pandas.errors.Pandas4Warning")  # Gradio's figures of its queue
def test_of_many_visits_the_latest_are_known(newsroom_index: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A page goes on in its conversation while there is room for it; one that is forgotten loads itself anew."""
    monkeypatch.setattr(layout, "_MOST_VISITS", 3)
    app = FastAPI()
    with NewsQA.open(newsroom_index) as qa:

        async def mount() -> None:
            mount_page(app, qa)

        asyncio.run(mount())
        with TestClient(app, base_url="http://localhost") as client:
            numbers = {one["api_name"]: one["id"] for one in client.get("/config").json()["dependencies"]}

            def event(visit: int, name: str, *data: object) -> str:
                """What comes of an event."""
                session = {"session_hash": f"visit-{visit:03}"}
                sent = {"data": data, "fn_index": numbers[name], "event_data": {"question": ""}, **session}
                assert client.post(JOIN, json=sent).status_code == 200
                came = client.get("/gradio_api/queue/data", params=session).text
                assert '"success":true' in came
                return came

            asked = (None, None, "", [], [], [], "5", "", False, None)

            def goes_on(visit: int) -> bool:
                """Whether the server knows a page's conversation when it asks once more."""
                return "Loading the page anew" not in event(visit, "answer", *asked)

            for visit in range(3):
                event(visit, "fresh")
            assert goes_on(0)
            for visit in range(3, 5):
                event(visit, "fresh")
            assert [goes_on(visit) for visit in (0, 4, 3, 1)] == [True, True, True, False]
