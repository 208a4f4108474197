"""What each request needs, and the one question that decides who may write."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient

from newsqa.errors import SettingsError
from newsqa.interfaces.access import Guard, Policy, Token, TokenStore
from newsqa.interfaces.access.requests import find_client
from newsqa.interfaces.access.rights import POLICY, TOKEN, Need, find_need, refuse_writing
from newsqa.interfaces.access.sessions import SESSION_COOKIE, read_cookies
from newsqa.settings import Settings

NEEDS = {
    Need.NOTHING: ["GET /v1/health", "HEAD /v1/health", "GET /login", "POST /login", "GET /favicon.ico"],
    Need.READING: [
        "GET /", "GET /config", "GET /theme.css", "GET /assets/index.js", "GET /static/img.svg", "POST /logout",
        "GET /v1/articles", "GET /v1/metrics", "GET /v1/anything", "OPTIONS /v1/articles",
        "POST /v1/ask", "POST /v1/search", "POST /v1/chat/completions", "POST /mcp", "GET /mcp", "DELETE /mcp",
        "GET /a/0123456789abcdef01234567", "GET /a/0123456789abcdef01234567.md",
        "HEAD /c/0123456789abcdef01234567", "GET /articles/0123456789abcdef",
        "GET /gradio_api/info", "GET /gradio_api/app_id", "GET /gradio_api/queue/data",
        "GET /gradio_api/upload_progress", "GET /gradio_api/heartbeat/abcdefgh",
        "POST /gradio_api/queue/join", "POST /gradio_api/cancel",
    ],
    Need.WRITING: [
        "POST /v1/articles", "DELETE /v1/articles/0123456789abcdef", "POST /v1/new", "PUT /v1/ask", "PATCH /v1/x",
        "POST /v1/health", "POST /gradio_api/upload",
    ],
    None: [
        "POST /", "PUT /gradio_api/upload", "GET /gradio_api/queue/join", "GET /gradio_api/queue/status",
        "POST /gradio_api/run/ask", "POST /gradio_api/api/ask", "POST /gradio_api/call/ask",
        "POST /gradio_api/call/v2/ask", "GET /gradio_api/call/ask/x", "POST /gradio_api/component_server",
        "POST /gradio_api/stream/x", "POST /gradio_api/stream/x/close", "GET /gradio_api/stream/a/b/1/list.m3u8",
        "GET /gradio_api/file=/etc/passwd", "GET /gradio_api/file/etc/passwd", "GET /gradio_api/proxy=http://a/",
        "HEAD /gradio_api/proxy=http://a/", "POST /gradio_api/reset", "GET /gradio_api/openapi.json",
        "GET /gradio_api/user", "GET /gradio_api/token", "GET /gradio_api/login_check",
        "GET /gradio_api/dev/reload",
        "GET /gradio_api/runs", "POST /gradio_api/run-history/connect", "GET /gradio_api/run-history/buckets",
        "GET /gradio_api/deep_link", "GET /gradio_api/custom_component/a/b/c/d",
        "POST /gradio_api/process_recording",
        "GET /gradio_api/startup-events", "POST /gradio_api/vibe-edit/", "GET /gradio_api/vibe-code/",
        "GET /gradio_api/profiling/traces", "GET /pwa_icon/9999999", "GET /monitoring", "GET /monitoring/summary",
        "GET /nothing", "GET /a/0123", "GET /a/0123456789abcdef01234567.exe", "POST /a/0123456789abcdef01234567",
        "PUT /a/0123456789abcdef01234567", "DELETE /c/0123456789abcdef01234567", "GET /articles/../a",
        "GET /gradio_api/heartbeat/../x", "GET /gradio_api/mcp/sse",
    ],
}  # fmt: skip


@pytest.mark.parametrize(("need", "request_"), [(need, one) for need, ones in NEEDS.items() for one in ones])
def test_each_route_needs_what_it_should(need: Need | None, request_: str) -> None:
    """The page's routes by name; of Gradio's others none is there."""
    method, path = request_.split()
    assert find_need(method, path) is need


@given(st.sampled_from(["POST", "PUT", "DELETE", "PATCH", "TRACE", "X"]), st.text("abcxyz/_-.=", max_size=30))
def test_what_is_not_listed_writes_or_is_not_there(method: str, path: str) -> None:
    """Whatever is added later is closed until somebody lists it."""
    assert find_need(method, f"/v1/{path}") is Need.WRITING or method == "POST"
    assert find_need(method, f"/gradio_api/{path}") in {None, Need.READING, Need.WRITING}


def token(*, write: bool) -> Token:
    """A token."""
    return Token("0", "someone", "", write, "")


@pytest.mark.parametrize(
    ("scope", "may"),
    [
        ({}, False),
        ({TOKEN: token(write=True)}, False),
        ({POLICY: Policy()}, True),
        ({POLICY: Policy(), TOKEN: None}, True),
        ({POLICY: Policy(), TOKEN: token(write=True)}, True),
        ({POLICY: Policy(), TOKEN: token(write=False)}, False),
        ({POLICY: Policy(read_only=True)}, False),
        ({POLICY: Policy(read_only=True), TOKEN: token(write=True)}, False),
    ],
)
def test_who_may_write(scope: Mapping[str, Any], may: bool) -> None:
    """Nobody whom no guard has seen, no reader, nobody on a read-only server."""
    refusal = refuse_writing(scope)
    assert (refusal is None) is may
    assert refusal is None or (refusal.status, refusal.code) == (403, "read_only")


def test_a_new_route_is_closed_to_readers(tmp_path: Path) -> None:
    """A route that somebody adds and lists nowhere: writers get in, readers do not; a read-only server refuses."""
    app = FastAPI()
    done: list[str] = []

    @app.post("/v1/shred")
    async def shred() -> None:
        done.append("shredded")

    @app.get("/v1/look")
    async def look() -> None:
        done.append("looked")

    tokens = TokenStore(tmp_path)
    bearer = {name: f"Bearer {tokens.new(name, write=name == 'writer')}" for name in ("reader", "writer")}
    with TestClient(Guard(app, Policy(), tokens), base_url="http://localhost") as client:  # type: ignore[arg-type]
        for name, status in (("reader", 403), ("writer", 200)):
            assert client.post("/v1/shred", headers={"authorization": bearer[name]}).status_code == status
            assert client.get("/v1/look", headers={"authorization": bearer[name]}).status_code == 200
    fixed = Guard(app, Policy(read_only=True), tokens)
    with TestClient(fixed, base_url="http://localhost") as client:  # type: ignore[arg-type]
        assert client.post("/v1/shred", headers={"authorization": bearer["writer"]}).status_code == 403
    assert done == ["looked", "shredded", "looked"]


@pytest.mark.parametrize(
    ("peer", "forwarded", "asks"),
    [
        ("192.0.2.7", "", "192.0.2.7"),
        ("192.0.2.7", "198.51.100.1", "192.0.2.7"),
        ("10.0.0.7", "198.51.100.1", "198.51.100.1"),
        ("10.0.0.7", "203.0.113.9, 198.51.100.1", "198.51.100.1"),
        ("10.0.0.7", "203.0.113.9, 198.51.100.1, 10.0.0.8", "198.51.100.1"),
        ("::ffff:10.0.0.7", "2001:db8:1:2:3::4", "2001:db8:1:2::/64"),
        ("10.0.0.7", "", "10.0.0.7"),
        ("10.0.0.7", "198.51.100.1:55001", "198.51.100.1"),
        ("10.0.0.7", "203.0.113.9:1, 198.51.100.1:55001, 10.0.0.8:443", "198.51.100.1"),
        ("10.0.0.7", "[2001:db8:1:2:3::4]:55001", "2001:db8:1:2::/64"),
        ("10.0.0.7", "[2001:db8:1:2:3::4]", "2001:db8:1:2::/64"),
        ("10.0.0.7", "198.51.100.1, [::ffff:10.0.0.8]:443", "198.51.100.1"),
        ("10.0.0.7", "2001:db8:1:2:3:4:5:5501", "2001:db8:1:2::/64"),
        ("10.0.0.7", "198.51.100.1:port", "198.51.100.1:port"),
        ("10.0.0.7", "nonsense" * 20, ("nonsense" * 20)[:64]),
    ],
)
def test_a_proxy_says_who_asks(tmp_path: Path, peer: str, forwarded: str, asks: str) -> None:
    """One of NEWSQA_TRUSTED_PROXIES is believed, nobody else; what the client wrote itself stands further left."""
    policy = Policy.of(Settings(home=tmp_path, trusted_proxies="10.0.0.0/24"), "127.0.0.1")
    headers = [(b"x-forwarded-for", forwarded.encode())] if forwarded else []
    assert find_client({"client": (peer, 1), "headers": headers}, policy.proxies) == asks


def test_a_proxy_that_is_none_is_told(tmp_path: Path) -> None:
    """In words that name the setting."""
    with pytest.raises(SettingsError, match="NEWSQA_TRUSTED_PROXIES"):
        Policy.of(Settings(home=tmp_path, trusted_proxies="my-proxy"), "127.0.0.1")


@pytest.mark.parametrize(
    "others", ["", "a=b; ", 'theme={"dark":[1,2]}; ', "a b=c; ", "=; ", "é=ü; ", 'x="; ', "novalue; ", "(odd)=1; "]
)
def test_other_applications_cookies_do_no_harm(others: str) -> None:
    """Whatever stands before or after ours."""
    assert read_cookies(f"{others}{SESSION_COOKIE}=abc; {others}", SESSION_COOKIE) == ["abc"]
