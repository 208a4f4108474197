"""Who gets in, and how far: tokens, hosts, rates, sessions, and the guard over real servers."""

from __future__ import annotations

import json
import os
import re
import stat
import subprocess
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsqa.errors import SettingsError
from newsqa.interfaces.access.policy import Policy, RateLimit, check_exposure
from newsqa.interfaces.access.sessions import SECONDS, Sessions, write_cookie
from newsqa.interfaces.access.tokens import TokenStore
from newsqa.interfaces.api._login import keep_local
from newsqa.settings import Settings
from tests.newsroom import BRIDGE_QUESTION, copy_index
from tests.served import NEWSQA, Served, serving


def test_a_token_is_kept_as_a_hash_that_only_its_owner_reads(tmp_path: Path) -> None:
    """The file has neither the token nor its secret; what is right finds it, what is nearly right does not."""
    store = TokenStore(tmp_path / "index")
    token = store.new("desk", write=True, days=1)
    assert re.fullmatch(r"nqa_[0-9a-f]{8}_[A-Za-z0-9_-]{43}", token)
    text = store.path.read_text()
    assert token.split("_", 2)[2] not in text
    assert stat.S_IMODE(store.path.stat().st_mode) == 0o600
    found = TokenStore(tmp_path / "index").find(token)
    assert found is not None
    assert (found.name, found.write, found.expired) == ("desk", True, False)
    for wrong in (token[:-1], token + "x", token.replace("nqa_", "nqb_"), "", "nqa_", token.swapcase(), "\ud800"):
        assert store.find(wrong) is None


def test_tokens_end(tmp_path: Path) -> None:
    """Revoked, or over: it is not found any more, also by a store that had read it before."""
    store, other = TokenStore(tmp_path), TokenStore(tmp_path)
    token = store.new("desk")
    assert other.find(token) is not None
    store.revoke("desk")
    assert other.find(token) is None
    late = store.new("late", days=1)
    store.path.write_text(re.sub(r'"expires": "\d{4}', '"expires": "2020', store.path.read_text()))
    assert other.find(late) is None


@pytest.mark.parametrize(
    ("content", "message"), [("{", "nobody is let in"), ('{"tokens": [{"id": 1}]}', "nobody is let in")]
)
def test_a_damaged_file_lets_nobody_in(tmp_path: Path, content: str, message: str) -> None:
    """Not as if there were no tokens."""
    (tmp_path / "tokens.json").write_text(content)
    with pytest.raises(SettingsError, match=message):
        TokenStore(tmp_path).all()


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.7", "news.example"])  # noqa: S104 - names, not binds
def test_strangers_are_not_let_in_by_mistake(tmp_path: Path, host: str) -> None:
    """Listening elsewhere needs a token; an expired one does not count."""
    store = TokenStore(tmp_path)
    with pytest.raises(SettingsError, match="newsqa token new NAME"):
        check_exposure(host, store)
    store.new("desk", days=1)
    check_exposure(host, store)
    store.path.write_text(re.sub(r'"expires": "\d{4}', '"expires": "2020', store.path.read_text()))
    with pytest.raises(SettingsError):
        check_exposure(host, store)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9", "localhost", "::1", "::ffff:127.0.0.1"])
def test_this_machine_needs_no_token(tmp_path: Path, host: str) -> None:
    """The loopback interface, by each of its names."""
    check_exposure(host, TokenStore(tmp_path))


@pytest.mark.parametrize(
    ("listening", "host", "known"),
    [
        ("127.0.0.1", "127.0.0.1:7860", True),
        ("127.0.0.1", "localhost", True),
        ("127.0.0.1", "[::1]:7860", True),
        ("127.0.0.1", "news.example:443", True),
        ("127.0.0.1", "192.0.2.1", False),
        ("127.0.0.1", "evil.example", False),
        ("127.0.0.1", "localhost.evil.example", False),
        ("127.0.0.1", "", False),
        ("127.0.0.1", "127.0.0.1:7860@evil.example", False),
        ("0.0.0.0", "192.0.2.1:7860", True),  # noqa: S104 - a name, no bind
        ("0.0.0.0", "evil.example", False),  # noqa: S104 - a name, no bind
    ],
)
def test_hosts_are_known_by_name(tmp_path: Path, listening: str, host: str, known: bool) -> None:
    """Addresses, the usual names, and those of the settings."""
    settings = Settings(home=tmp_path, allowed_hosts="news.example, other.example")
    assert Policy.of(settings, listening).knows(host) is known


def test_an_origin_that_is_none_is_told(tmp_path: Path) -> None:
    """`*` does not open the API to every site."""
    with pytest.raises(SettingsError, match="NEWSQA_CORS_ORIGINS"):
        Policy.of(Settings(home=tmp_path, cors_origins="*"), "127.0.0.1")


def test_a_client_has_so_many_requests_a_minute() -> None:
    """Sixty at once, then one a second, each client for itself; 0 is no limit."""
    now = [0.0]
    limit = RateLimit(60, clock=lambda: now[0])
    assert [limit.wait("a") for _ in range(60)] == [0.0] * 60
    assert limit.wait("a") == pytest.approx(1.0)
    assert limit.wait("b") == 0.0
    now[0] = 1.0
    assert limit.wait("a") == 0.0
    assert limit.wait("a") > 0.0
    assert RateLimit(0).wait("a") == 0.0


def test_sessions_end_with_time_and_token(tmp_path: Path) -> None:
    """After twelve hours, at the logout, and as soon as the token is revoked."""
    store, now = TokenStore(tmp_path), [0.0]
    token = store.find(store.new("desk"))
    assert token is not None
    sessions = Sessions(store, clock=lambda: now[0])
    first, second = (write_cookie(sessions.start(token), https=True) for _ in range(2))
    assert "HttpOnly" in first
    assert "Secure" in first
    assert sessions.token(first) == token
    sessions.end(first)
    assert sessions.token(first) is None
    now[0] = SECONDS + 1.0
    assert sessions.token(second) is None
    third = write_cookie(sessions.start(token), https=False)
    store.revoke("desk")
    assert sessions.token(third) is None


@given(st.text(max_size=40))
def test_a_login_stays_on_this_site(target: str) -> None:
    """Whatever the target, a browser that follows it stays here."""
    path = keep_local(target)
    assert path == target or path == "/"
    assert path.startswith("/")
    assert not path.startswith(("//", "/\\"))
    assert "\n" not in path
    assert "\r" not in path


@pytest.mark.slow
def test_the_token_commands(tmp_path: Path) -> None:
    """`new` prints the token alone, `list` never does, `revoke` ends it; errors are in words."""

    def token(*arguments: str) -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, "NEWSQA_HOME": str(tmp_path)}
        return subprocess.run([NEWSQA, "token", *arguments], capture_output=True, text=True, env=environment)

    made = token("new", "desk", "--write").stdout.strip()
    assert TokenStore(tmp_path).find(made) is not None
    listed = token("list", "--json")
    assert [(one["name"], one["write"]) for one in json.loads(listed.stdout)] == [("desk", True)]
    assert "sha256" not in listed.stdout
    assert token("new", "desk").returncode == 1
    assert token("revoke", "desk").returncode == 0
    assert TokenStore(tmp_path).find(made) is None


@pytest.mark.slow
def test_a_server_for_all_the_world_does_not_start_open(tmp_path: Path) -> None:
    """`--host 0.0.0.0` without a token ends with the reason."""
    environment = {**os.environ, "NEWSQA_HOME": str(tmp_path)}
    for command in (["serve"], ["mcp", "--http"]):
        run = subprocess.run(
            [NEWSQA, *command, "--host", "0.0.0.0"],  # noqa: S104 - it is refused
            capture_output=True, text=True, env=environment, timeout=200,
        )  # fmt: skip
        assert run.returncode == 1
        assert "newsqa token new NAME" in run.stderr
        assert "Traceback" not in run.stderr


@pytest.fixture(scope="module")
def busy(newsroom_index: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server that answers one question at once and lets one wait, with a small rate and one site allowed."""
    home = copy_index(newsroom_index, tmp_path_factory.mktemp("access") / "index")
    settings = {"concurrency": "1", "waiting": "1", "rate_limit": "40", "read_only": "true"}
    with serving(home, **settings, cors_origins="https://desk.example", log="questions", https="true") as served:
        yield served


@pytest.mark.slow
def test_too_much_is_told_to_come_back(busy: Served) -> None:
    """Twelve questions at once: some answered, the rest 503 with Retry-After, and the page answers meanwhile."""
    start = threading.Barrier(13)

    def ask(_: int) -> tuple[int, str]:
        start.wait()
        reply = busy.request("POST", "/v1/ask", {"question": BRIDGE_QUESTION})
        return reply.status, reply.header("retry-after")

    def look() -> int:
        start.wait()
        return busy.request("GET", "/").status

    with ThreadPoolExecutor(13) as pool:
        page = pool.submit(look)
        replies = list(pool.map(ask, range(12)))
        assert page.result() == 200
    assert {status for status, _ in replies} == {200, 503}
    assert all(after.isdigit() for status, after in replies if status == 503)


@pytest.mark.slow
def test_what_is_switched_off_is_refused(busy: Served) -> None:
    """Read-only, nothing is added or deleted; an allowed site may ask, and is told so; https is remembered."""
    assert busy.request("POST", "/v1/articles", {"text": "x"}).json["error"]["code"] == "read_only"
    origin = {"origin": "https://desk.example"}
    reply = busy.request("POST", "/v1/search", {"query": "harbour bridge"}, origin)
    assert (reply.status, reply.header("access-control-allow-origin")) == (200, "https://desk.example")
    asked = {**origin, "access-control-request-method": "POST", "access-control-request-headers": "authorization"}
    assert busy.request("OPTIONS", "/v1/ask", None, asked).status == 200
    assert reply.header("strict-transport-security").startswith("max-age=")
    lines = [json.loads(line) for line in busy.log.read_text().splitlines() if line.startswith("{")]
    assert "harbour bridge" in {line.get("question") for line in lines}


@pytest.mark.slow
def test_a_client_that_asks_too_often_waits(busy: Served) -> None:
    """Beyond the rate 429 with Retry-After; health answers all the same."""
    replies = [busy.request("GET", "/v1/models") for _ in range(60)]
    refused = [reply for reply in replies if reply.status == 429]
    assert refused
    assert refused[0].json["error"]["code"] == "rate_limited"
    assert int(refused[0].header("retry-after")) >= 1
    assert busy.request("GET", "/v1/health").status == 200


def form(**fields: str) -> dict[str, Any]:
    """The arguments of a login."""
    body = urlencode(fields).encode()
    return {"body": body, "headers": {"content-type": "application/x-www-form-urlencoded"}}


@pytest.mark.slow
def test_the_right_token_always_gets_in(newsroom_index: Path, tmp_path: Path) -> None:
    """However often others were wrong from there; behind a trusted proxy each address counts for itself."""
    home = copy_index(newsroom_index, tmp_path / "index")
    token = TokenStore(home).new("desk")
    with serving(home, rate_limit="5", trusted_proxies="127.0.0.1") as served:

        def login(given: str, address: str) -> int:
            sent = form(token=given)
            return served.request(
                "POST", "/login", sent["body"], {**sent["headers"], "x-forwarded-for": address}
            ).status

        wrong = [login(f"nqa_{number}", "192.0.2.1") for number in range(15)]
        assert wrong == [401] * 10 + [429] * 5
        assert login("nqa_x", "192.0.2.2") == 401
        assert login(token, "192.0.2.1") == 303
        bearer = [
            served.request("GET", "/v1/articles", None, {"authorization": f"Bearer {given}"}).status
            for given in ["nqa_x"] * 25 + [token]
        ]
        assert bearer == [401] * 20 + [429] * 5 + [200]


@pytest.mark.slow
def test_a_login_takes_odd_forms_and_cookies(newsroom_index: Path, tmp_path: Path) -> None:
    """Five fields are refused in words; with the cookies of another application beside it the session holds."""
    home = copy_index(newsroom_index, tmp_path / "index")
    token = TokenStore(home).new("desk")
    with serving(home) as served:
        five = served.request("POST", "/login", **form(a="1", b="2", c="3", d="4", token=token))
        assert five.status == 400
        assert b"Fill it in again" in five.body
        session = served.request("POST", "/login", **form(token=token)).header("set-cookie").partition(";")[0]
        for cookies in (
            f'theme={{"dark": [1]}}; {session}',
            f"{session}; a b=c",
            f"newsqa_session=old; {session}",
        ):
            assert served.request("GET", "/v1/articles", None, {"cookie": cookies}).status == 200, cookies
