"""Requests that mean harm, and what each gets: the table in docs/security.md, and the cases of its test."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

EVIL = "https://evil.example"
SCRIPT = "<script>alert(1)</script>"
JSON = {"content-type": "application/json"}


@dataclass(frozen=True, slots=True)
class Hostile:
    """A request, and the `status code` that it gets; `raw` is sent as it is.

    `{home}`, `{good}`, `{reader}` and `{revoked}` in paths and headers stand for the index folder and tokens.
    `closed`: it goes to the server that wants a token.
    """

    kind: str
    what: str
    got: str
    method: str = "POST"
    path: str = "/v1/ask"
    body: object = None
    headers: dict[str, str] = field(default_factory=dict)
    raw: bytes = b""
    closed: bool = False


def ask(**fields: Any) -> dict[str, Any]:
    """A question's body."""
    return {"question": "Why was the bridge closed?", **fields}


def upload(filename: str, content: bytes = b"A text.") -> dict[str, Any]:
    """The arguments of a case that sends a file."""
    head = f'--B\r\nContent-Disposition: form-data; name="file"; filename="{filename}"\r\n\r\n'
    body = head.encode("utf-8", "surrogateescape") + content + b"\r\n--B--\r\n"
    return {
        "path": "/v1/articles",
        "body": body,
        "headers": {"content-type": "multipart/form-data; boundary=B"},
    }


def raw(request: str, headers: str = "", body: bytes = b"") -> bytes:
    """A request as bytes that no client library would send."""
    return f"{request} HTTP/1.1\r\n{headers}Connection: close\r\n\r\n".encode("latin-1") + body


HOST = "Host: 127.0.0.1\r\n"


def bearer(token: str, **more: str) -> dict[str, Any]:
    """The arguments of a case for the closed server with a token."""
    return {"headers": {"authorization": f"Bearer {token}", **more}, "closed": True}


def traversal() -> Iterator[Hostile]:
    """Paths that try to leave their folder."""
    get: dict[str, Any] = {"method": "GET"}
    for path, what in [
        ("/v1/articles/../../etc/passwd", "`..` in a path of the API"),
        ("/v1/articles/%2e%2e%2f%2e%2e%2fetc%2fpasswd", "`..` and `/` percent-encoded"),
        ("/static/..%2f..%2fsettings.py", "`..` in a path of the page"),
        ("/assets/..\\..\\settings.py", "backslashes"),
        ("/v1/articles/%00", "a NUL in the path"),
        ("/gradio_api/file=../../tokens.json", "the tokens by a relative path"),
    ]:
        yield Hostile("traversal", what, "400 bad_path", path=path, **get)
    for path, what in [
        ("/gradio_api/file=/etc/passwd", "a file of the system by the page's file route"),
        ("/gradio_api/file={home}/tokens.json", "the tokens by their full path"),
        ("/gradio_api/file={home}/catalogue.sqlite", "the catalogue by its full path"),
    ]:
        yield Hostile("traversal", what, "404 not_found", path=path, **get)
    yield Hostile(
        "traversal", "a file named `../../../tmp/x.md`", "200 kept under a safe name", **upload("../../x.md")
    )
    yield Hostile("traversal", "a file name with a NUL", "422 bad_name", **upload("a\0b.md"))
    yield Hostile("traversal", "a file of a kind that is not read", "422 bad_article", **upload("x.exe"))
    for path in ["/monitoring", "/gradio_api/vibe-edit/", "/gradio_api/profiling/summary"]:
        yield Hostile("traversal", f"Gradio's `{path}`", "404 not_found", path=path, **get)
    yield Hostile(
        "traversal",
        "Gradio's proxy to a private address",
        "404 not_found",
        path="/gradio_api/proxy=http://169.254.169.254/",
        **get,
    )
    yield Hostile(
        "traversal",
        "the page's upload function, called directly",
        "404 not_found",
        path="/gradio_api/call/upload",
        body={"data": [[{"path": "/etc/passwd"}], None]},
    )
    yield Hostile("traversal", "SQL in an id", "404 not_found", "DELETE", "/v1/articles/%27%20OR%201=1%20--")


def oversize() -> Iterator[Hostile]:
    """Too much of everything."""
    yield Hostile("oversize", "a question of 2 MB", "413 too_large", body=ask(question="x" * 2_000_000))
    yield Hostile(
        "oversize",
        "a body said to have 10^15 bytes",
        "413 too_large",
        raw=raw("POST /v1/ask", f"{HOST}Content-Type: application/json\r\nContent-Length: {10**15}\r\n"),
    )
    chunk = b"186a0\r\n" + b"x" * 100_000 + b"\r\n"
    yield Hostile(
        "oversize",
        "a body in chunks without a length, 2 MB",
        "413 too_large",
        raw=raw(
            "POST /v1/ask",
            f"{HOST}Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n",
            chunk * 20 + b"0\r\n\r\n",
        ),
    )
    yield Hostile("oversize", "a question of 2,001 characters", "422 bad_value", body=ask(question="x" * 2_001))
    yield Hostile("oversize", "a million passages wanted", "422 bad_value", body=ask(k=1_000_000))
    yield Hostile(
        "oversize", "ten thousand earlier turns", "422 bad_value", body=ask(history=[{"question": "x"}] * 10_000)
    )
    yield Hostile("oversize", "JSON nested 100,000 deep", "400 bad_json", body=b"[" * 100_000)
    yield Hostile(
        "oversize", "an address of 10,000 characters", "414 uri_too_long", "GET", "/v1/articles?" + "x" * 10_000
    )
    yield Hostile(
        "oversize", "a header of 40 KB", "431 headers_too_long", raw=raw("GET /", f"{HOST}X: {'x' * 40_000}\r\n")
    )
    yield Hostile(
        "oversize",
        "a gzip file that unpacks to 30 MB",
        "422 bad_article",
        **upload("bomb.md.gz", gzip.compress(b"x" * 30_000_000)),
    )
    yield Hostile(
        "oversize",
        "a page of -1 articles from 10^30",
        "422 bad_value",
        "GET",
        f"/v1/articles?limit=-1&offset={10**30}",
    )


def tokens() -> Iterator[Hostile]:
    """Who has no token, or not the right one; the server wants one."""
    refused = "401 unauthorized"
    yield Hostile("tokens", "no token", refused, body=ask(), closed=True)
    yield Hostile("tokens", "a made-up token", refused, body=ask(), **bearer("nqa_00000000_" + "x" * 43))
    yield Hostile("tokens", "a token whose last character is wrong", refused, body=ask(), **bearer("{wrong}"))
    yield Hostile("tokens", "a revoked token", refused, body=ask(), **bearer("{revoked}"))
    yield Hostile("tokens", "a token of 5,000 characters", refused, body=ask(), **bearer("x" * 5_000))
    yield Hostile(
        "tokens",
        "a token as a Basic password",
        refused,
        body=ask(),
        closed=True,
        headers={"authorization": "Basic dTp4"},
    )
    yield Hostile("tokens", "a token in the address", refused, "GET", "/v1/articles?token={good}", closed=True)
    yield Hostile(
        "tokens",
        "a made-up session",
        refused,
        body=ask(),
        closed=True,
        headers={"cookie": "newsqa_session=" + "x" * 43},
    )
    yield Hostile(
        "tokens",
        "a reader's token that deletes",
        "403 read_only",
        "DELETE",
        "/v1/articles/" + "0" * 16,
        **bearer("{reader}"),
    )
    yield Hostile(
        "tokens",
        "a reader's token that adds",
        "403 read_only",
        path="/v1/articles",
        body={"text": "x"},
        **bearer("{reader}"),
    )
    yield Hostile(
        "tokens",
        "a reader's token that uploads to the page",
        "403 read_only",
        path="/gradio_api/upload",
        body=b"",
        **bearer("{reader}"),
    )
    yield Hostile("tokens", "the page's files without a login", refused, "GET", "/config", closed=True)
    yield Hostile(
        "tokens",
        "a login that leads to another site",
        "303 to /",
        path="/login",
        closed=True,
        body=b"token={good}&next=//evil.example/",
        headers={"content-type": "application/x-www-form-urlencoded"},
    )


def logins() -> Iterator[Hostile]:
    """Forms and cookies that are none of ours."""
    kind = {"content-type": "application/x-www-form-urlencoded"}
    for what, body in {
        "a login with five fields": b"a=1&b=2&c=3&d=4&token={good}",
        "a login with ten thousand fields": b"a&" * 10_000,
    }.items():
        yield Hostile("tokens", what, "400 in words", path="/login", body=body, headers=kind, closed=True)
    for what, cookie in {
        "a cookie that is none": 'theme={"a": [1]}; newsqa_session',
        "ten sessions at once": "; ".join(["newsqa_session=" + "x" * 43] * 10),
    }.items():
        yield Hostile("tokens", what, "401 unauthorized", body=ask(), headers={"cookie": cookie}, closed=True)


def encodings() -> Iterator[Hostile]:
    """Bytes that are no text, and headers that are no headers."""
    yield Hostile("encoding", "a body that is not UTF-8", "400 bad_json", body=b'{"question": "\xff\xfe"}')
    yield Hostile("encoding", "a path that is not UTF-8", "400 bad_path", "GET", "/v1/articles/%ff%fe")
    yield Hostile(
        "encoding", "half a surrogate pair in the question", "422 bad_value", body=b'{"question": "a \\ud800"}'
    )
    yield Hostile("encoding", "a NUL in the question", "200", body=ask(question="Why\0 was the bridge closed?"))
    yield Hostile(
        "encoding",
        "a line break in the login's target",
        "303 login",
        "GET",
        "/?next=%0d%0aSet-Cookie:%20a=b",
        headers={"accept": "text/html"},
        closed=True,
    )
    yield Hostile(
        "encoding", "two Host headers", "400", raw=raw("GET /v1/health", f"{HOST}Host: evil.example\r\n")
    )
    yield Hostile("encoding", "no Host header", "400", raw=raw("GET /v1/health"))
    yield Hostile("encoding", "a NUL in a header", "400", raw=raw("GET /v1/health", f"{HOST}X: a\0b\r\n"))
    yield Hostile(
        "encoding",
        "a bare line feed that starts a header",
        "400",
        raw=raw("GET /v1/health", f"{HOST}X: a\rY: b\r\n"),
    )
    yield Hostile(
        "encoding",
        "both Content-Length and Transfer-Encoding",
        "400",
        raw=raw("POST /v1/ask", f"{HOST}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", b"0\r\n\r\n"),
    )
    yield Hostile(
        "encoding",
        "two different Content-Lengths",
        "400",
        raw=raw("POST /v1/ask", f"{HOST}Content-Length: 2\r\nContent-Length: 5\r\n", b"{}"),
    )
    yield Hostile("encoding", "an unknown method", "405 bad_method", "TRACE")


def cross_origin() -> Iterator[Hostile]:
    """What a page of another site makes a browser send."""
    refused = "403 cross_origin"
    yield Hostile("cross-origin", "a question from another site", refused, body=ask(), headers={"origin": EVIL})
    yield Hostile(
        "cross-origin", "a question from a sandboxed frame", refused, body=ask(), headers={"origin": "null"}
    )
    yield Hostile(
        "cross-origin",
        "a deletion from another site",
        refused,
        "DELETE",
        "/v1/articles/" + "0" * 16,
        headers={"origin": EVIL},
    )
    yield Hostile(
        "cross-origin",
        "an image tag of another site",
        refused,
        "GET",
        "/v1/articles",
        headers={"sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors"},
    )
    yield Hostile(
        "cross-origin",
        "a preflight from another site",
        refused,
        "OPTIONS",
        headers={"origin": EVIL, "access-control-request-method": "POST"},
    )
    yield Hostile(
        "cross-origin",
        "an event of the page from another site",
        refused,
        path="/gradio_api/queue/join",
        body={},
        headers={"origin": EVIL},
    )
    yield Hostile(
        "cross-origin",
        "an article as a form's plain text",
        "415 media_type",
        path="/v1/articles",
        body=b'{"text": "x"}',
        headers={"content-type": "text/plain"},
    )
    for host in ["evil.example", "localhost.evil.example", "192.0.2.1", "127.0.0.1@evil.example"]:
        yield Hostile(
            "cross-origin",
            f"DNS rebinding: `Host: {host}`",
            "421 unknown_host",
            body=ask(),
            headers={"host": host},
        )


def ssrf() -> Iterator[Hostile]:
    """Addresses that the server should not fetch."""
    for url in [
        "http://127.0.0.1/",
        "http://127.0.0.1:22/",
        "http://[::1]/",
        "http://localhost/",
        "http://0.0.0.0/",
        "http://2130706433/",
        "http://0x7f000001/",
        "http://169.254.169.254/latest/meta-data/",
        "http://10.0.0.1/",
        "http://[::ffff:127.0.0.1]/",
        "http://user:word@127.0.0.1/",
        "http://[64:ff9b::7f00:1]/",
    ]:
        yield Hostile("SSRF", f"`{url}`", "422 not_fetched", path="/v1/articles", body={"url": url})
    for url in ["file:///etc/passwd", "gopher://127.0.0.1/", "//127.0.0.1/", "javascript:alert(1)"]:
        yield Hostile("SSRF", f"`{url}`", "422 bad_value", path="/v1/articles", body={"url": url})


def scripts() -> Iterator[Hostile]:
    """Markup in every field that takes text."""
    for name in ("title", "source"):
        yield Hostile(
            "script",
            f"in an article's {name}",
            "200 as text, in JSON",
            path="/v1/articles",
            body={"text": f"Some words about {name}.", name: SCRIPT},
        )
    yield Hostile(
        "script", "in an article's text", "200 as text, in JSON", path="/v1/articles", body={"text": f"x {SCRIPT}"}
    )
    yield Hostile(
        "script",
        "`javascript:` as an article's address",
        "422 bad_value",
        path="/v1/articles",
        body={"text": "x", "url": "javascript:alert(1)"},
    )
    yield Hostile(
        "script",
        "in an article's language",
        "422 bad_value",
        path="/v1/articles",
        body={"text": "x", "language": SCRIPT},
    )
    yield Hostile(
        "script",
        "YAML in a title",
        "200 as text, in JSON",
        path="/v1/articles",
        body={"text": "Other words.", "title": "x\nsource: forged\n---\n"},
    )
    yield Hostile("script", "in a file's name", "422 bad_name", **upload("a/b\x01<script>.md"))
    yield Hostile("script", "in a question", "200 as text, in JSON", body=ask(question=SCRIPT))
    yield Hostile(
        "script",
        "in an earlier turn",
        "200 as text, in JSON",
        body=ask(history=[{"question": SCRIPT, "answer": SCRIPT}]),
    )
    yield Hostile("script", "in a source to filter by", "200 as text, in JSON", body=ask(source=[SCRIPT]))
    yield Hostile("script", "in a day to filter by", "422 bad_value", body=ask(since=SCRIPT))
    yield Hostile("script", "in a field that is not there", "422 bad_value", body=ask(__proto__={"a": SCRIPT}))
    yield Hostile(
        "script",
        "in a chat's message",
        "200 as text, in JSON",
        path="/v1/chat/completions",
        body={"messages": [{"role": "user", "content": SCRIPT}]},
    )
    yield Hostile(
        "script", "in the login's target", "200 as text, in a form", "GET", f"/login?next=/{SCRIPT}", closed=True
    )


_OF_ONE_VALUE = 7
"""The number of a function of the page that takes one value."""


def events() -> Iterator[Hostile]:
    """Events of the page that name files and addresses, or functions and routes that it does not use."""
    meta = {"_type": "gradio.FileData"}

    def join(what: str, got: str, *data: object, **more: object) -> Hostile:
        body = {"data": [*data], "fn_index": _OF_ONE_VALUE, "session_hash": "hostile01", **more}
        return Hostile("events", what, got, path="/gradio_api/queue/join", body=body)

    refused = "403 foreign_file"
    for what, claim in {
        "a file of the system": {"path": "/etc/passwd", "meta": meta},
        "the tokens": {"path": "{home}/tokens.json", "meta": meta},
        "an endless file": {"path": "/dev/zero", "meta": meta},
        "a file by its URL": {"path": "file:///etc/passwd", "meta": meta},
        "a private address": {"path": "http://127.0.0.1:9/", "meta": meta},
        "a private address as `url`": {"path": "x.md", "url": "http://127.0.0.1:9/", "meta": meta},
        "a cloud's metadata": {"path": "http://169.254.169.254/latest/meta-data/", "meta": meta},
        "a file in a list in a list": [[{"path": "/etc/passwd", "meta": meta}]],
        "a file of another type": {"path": "/etc/passwd", "meta": {"_type": "gradio.ImageData"}},
        "a file without a type": {"path": "/etc/passwd"},
        "a stream": {"path": "/etc/passwd", "is_stream": True, "meta": meta},
        "a file whose text comes along": {"path": "x.md", "data": "data:text/plain;base64,QQ==", "meta": meta},
    }.items():
        yield join(f"{what} as a value", refused, claim)
    file = {"path": "/etc/passwd", "meta": meta}
    yield join("a file beside the values", refused, [], event_data={"question": file})
    yield join("a file as the event's data", refused, [], event_data=[file])
    yield join("a file for a function that is not there", refused, file, fn_index=999)
    yield join("a function that is not there", "404 unknown_event", fn_index=999)
    yield join("a function below zero", "404 unknown_event", fn_index=-1)
    yield join("too many values", "422 bad_event", [], [])
    yield join("a session's name with a path", "422 bad_event", [], session_hash="../../x")
    yield join("a session without a name", "422 bad_event", [], session_hash=None)
    yield Hostile(
        "events", "JSON nested 100,000 deep", "400 bad_json", path="/gradio_api/queue/join", body=b"[" * 100_000
    )
    yield Hostile(
        "events", "an event of 2 MB", "413 too_large", path="/gradio_api/queue/join", body=b"x" * 2_000_000
    )
    for path in [
        "run/answer",
        "api/answer",
        "call/answer",
        "call/v2/answer",
        "component_server",
        "stream/x",
        "reset",
    ]:
        yield Hostile(
            "events",
            f"Gradio's `{path}`",
            "404 not_found",
            path=f"/gradio_api/{path}",
            body={"data": [file], "fn_index": _OF_ONE_VALUE},
        )
    for path, got in {
        "/?page=x&deep_link=../x": "200",
        "/config?page=x": "200",
        "/pwa_icon/9999999": "404 not_found",
    }.items():
        yield Hostile("events", f"Gradio's `{path}`", got, "GET", path)
    for path in ["stream/a/b/c/playlist.m3u8", "openapi.json", "runs", "file/etc/passwd", "queue/status"]:
        yield Hostile("events", f"Gradio's `{path}`", "404 not_found", "GET", f"/gradio_api/{path}")


CASES = [
    *traversal(),
    *oversize(),
    *tokens(),
    *logins(),
    *encodings(),
    *cross_origin(),
    *ssrf(),
    *scripts(),
    *events(),
]


def table() -> str:
    """The cases as Markdown."""
    lines = ["| kind | request | what it gets |", "|---|---|---|"]
    lines += [f"| {case.kind} | {case.what} | {case.got} |" for case in CASES]
    return "\n".join(lines)


def filled(value: Any, names: dict[str, str]) -> Any:
    """A value with the names in braces filled in."""
    if isinstance(value, dict):
        return {key: filled(item, names) for key, item in value.items()}
    if isinstance(value, bytes):
        return filled(value.decode("latin-1"), names).encode("latin-1") if b"{good}" in value else value
    if isinstance(value, str):
        for name, text in names.items():
            value = value.replace("{" + name + "}", text)
    return value


def code_of(body: bytes) -> str:
    """The code of an error, if the body is one."""
    try:
        return str(json.loads(body)["error"]["code"])
    except (ValueError, KeyError, TypeError):
        return ""
