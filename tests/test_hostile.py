"""Requests that mean harm, sent to real servers: each gets what docs/security.md says, and nothing breaks.

`python -m tests.test_hostile` writes the table in docs/security.md anew.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from newsqa.interfaces.access import TokenStore
from tests.hostile import CASES, SCRIPT, Hostile, code_of, filled, table
from tests.newsroom import copy_index
from tests.served import Reply, Served, serving

SECURITY = Path(__file__).parents[1] / "docs" / "security.md"
BEGIN, END = "<!-- hostile -->\n", "\n<!-- end of hostile -->"


@pytest.fixture(scope="module")
def servers(newsroom_index: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Served, Served]]:
    """A server that is open, and one that wants a token."""
    folder = tmp_path_factory.mktemp("hostile")
    copy_index(newsroom_index, folder / "open")
    copy_index(newsroom_index, folder / "closed")
    settings = {"rate_limit": "0", "max_file_mb": "1"}
    TokenStore(folder / "closed").new("first")
    with (
        serving(folder / "open", **settings) as opened,
        serving(folder / "closed", **settings) as closed,
    ):
        yield opened, closed


@pytest.fixture(scope="module")
def names(servers: tuple[Served, Served]) -> dict[str, str]:
    """What stands for the names in braces: the folder, and tokens of the closed server."""
    home = servers[0].log.parent / "open"
    tokens = TokenStore(home.with_name("closed"))
    good, reader, revoked = tokens.new("good", write=True), tokens.new("reader"), tokens.new("gone")
    tokens.revoke("gone")
    wrong = good[:-1] + ("A" if good[-1] != "A" else "E")
    return {"home": str(home), "good": good, "reader": reader, "revoked": revoked, "wrong": wrong}


def send(server: Served, case: Hostile, names: dict[str, str]) -> Reply:
    """What a case gets."""
    if not case.raw:
        body, headers = filled(case.body, names), filled(case.headers, names)
        return server.request(case.method, filled(case.path, names), body, headers)
    head, _, body = server.raw(case.raw).partition(b"\r\n\r\n")
    lines = head.decode("latin-1").split("\r\n")
    assert lines[0].startswith("HTTP/1.1 "), lines
    headers = dict(line.split(": ", 1) for line in lines[1:])
    return Reply(int(lines[0].split()[1]), headers, body)


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.kind}-{case.what[:40]}")
def test_harm_is_refused(servers: tuple[Served, Served], names: dict[str, str], case: Hostile) -> None:
    """The status and code of the table; security headers; no path, no stack trace, no script that could run."""
    reply = send(servers[case.closed], case, names)
    status, _, rest = case.got.partition(" ")
    assert str(reply.status) == status, reply.body[:500]
    if re.fullmatch(r"[a-z_0-9]+", rest):
        assert (code_of(reply.body) or "login") == rest
    elif rest.startswith("to "):
        assert reply.header("location") == rest.removeprefix("to ")
    said = reply.body.decode("utf-8", "replace")
    assert "Traceback" not in said
    assert names["home"] not in said
    assert str(Path(__file__).parents[1]) not in said
    assert not re.search(r'File "[^"]+", line', said)
    if not case.raw:
        assert reply.header("x-content-type-options") == "nosniff"
        assert "default-src 'none'" in reply.header("content-security-policy")
        assert reply.header("access-control-allow-origin") == ""
        assert reply.header("set-cookie") == "" or "HttpOnly" in reply.header("set-cookie")
    if SCRIPT in said:
        assert reply.header("content-type") == "application/json"
    assert "root:" not in said


@pytest.mark.slow
def test_nothing_is_left_behind(servers: tuple[Served, Served], names: dict[str, str]) -> None:
    """After all of it the servers answer, and every file that was sent lies in the index folder's own."""
    for server in servers:
        assert server.request("GET", "/v1/health").json["status"] == "ok"
    home = Path(names["home"])
    assert sorted(path.name for path in home.parent.iterdir()) == sorted(
        {"open", "closed", *(server.log.name for server in servers)}
    )
    assert all(re.fullmatch(r"[a-z0-9-]+\.md", path.name) for path in (home / "uploads").iterdir())
    assert "Traceback" not in servers[0].log.read_text() + servers[1].log.read_text()


def test_the_table_is_long_and_up_to_date() -> None:
    """docs/security.md shows every case, at least 130."""
    assert len(CASES) >= 130
    assert len({(case.kind, case.what) for case in CASES}) == len(CASES)
    text = SECURITY.read_text(encoding="utf-8")
    assert text.partition(BEGIN)[2].partition(END)[0] == table()


if __name__ == "__main__":
    head, _, rest = SECURITY.read_text(encoding="utf-8").partition(BEGIN)
    SECURITY.write_text(f"{head}{BEGIN}{table()}{END}{rest.partition(END)[2]}", encoding="utf-8")
