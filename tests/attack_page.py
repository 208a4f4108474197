"""Posts events that name files and addresses to a server of its own, and prints what each got.

Run as a process in a network namespace without a route: `unshare -rn`, loopback up. `python -m tests.attack_page
HOME FILE`, where FILE is one that no answer may show.
"""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from tests.served import Served, serving

JOIN = "/gradio_api/queue/join"
META = {"_type": "gradio.FileData"}
MARK = "9f1c-secret"


def claims(secret: str, fetched: str, foreign: str) -> Iterator[tuple[str, Any]]:
    """Ways to name a file that is not one's own upload."""
    yield "a file", {"path": secret, "meta": META}
    yield "a relative path", {"path": f"../../..{secret}", "meta": META}
    yield "the system's users", {"path": "/etc/passwd", "meta": META}
    yield "an endless file", {"path": "/dev/zero", "meta": META}
    yield "this process", {"path": "/proc/self/environ", "meta": META}
    yield "an address", {"path": fetched, "meta": META}
    yield "an address by name", {"path": "http://a-name-that-is-asked-for.example/x.md", "meta": META}
    yield "an address by https", {"path": "https://a-name-that-is-asked-for.example/x.md", "meta": META}
    yield "an address as url", {"path": "x.md", "url": fetched, "meta": META}
    yield "another browser's upload", {"path": foreign, "meta": META}
    yield "another name", {"path": secret, "orig_name": "../../x.md", "meta": META}
    yield "a stream", {"path": secret, "is_stream": True, "meta": META}
    yield "another type", {"path": secret, "meta": {"_type": "gradio.ImageData"}}
    yield "a type without a path", {"url": fetched, "meta": META}
    yield "no type", {"path": secret}
    yield "text in base 64", {"path": "x.md", "data": "data:text/plain;base64,QUJD", "meta": META}
    yield "a list", [[{"path": secret, "meta": META}]]
    yield "a dictionary", {"a": {"b": [{"path": secret, "meta": META}]}}


def fetched_from(asked: list[str]) -> ThreadingHTTPServer:
    """A site on the loopback interface that notes who comes."""

    class Site(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(200)
            self.end_headers()
            self.wfile.write(MARK.encode())

        def log_message(self, *_: Any) -> None:
            return

    site = ThreadingHTTPServer(("127.0.0.1", 0), Site)
    threading.Thread(target=site.serve_forever, daemon=True).start()
    return site


def cookie_of(server: Served) -> dict[str, str]:
    """The name that the page gives to a new browser, as a header."""
    return {"cookie": server.request("GET", "/").header("set-cookie").partition(";")[0]}


def uploaded(server: Served, cookie: dict[str, str]) -> str:
    """Where Gradio keeps a small file that a browser has uploaded."""
    head = b'--B\r\nContent-Disposition: form-data; name="files"; filename="own.md"\r\n\r\n'
    body = head + b"Own\n\nA text.\r\n--B--\r\n"
    kind = {"content-type": "multipart/form-data; boundary=B"}
    return str(server.request("POST", "/gradio_api/upload", body, {**kind, **cookie}).json[0])


def functions(server: Served) -> dict[int, dict[str, Any]]:
    """The functions that the page tells of, by number."""
    told = server.request("GET", "/config").json["dependencies"]
    return {one["id"]: one for one in told if one["backend_fn"]}


def attack(server: Served, secret: str, fetched: str) -> Iterator[tuple[str, str, int, str]]:
    """Every claim in every place of every function: (function, what, status, code)."""
    own, foreign = cookie_of(server), uploaded(server, cookie_of(server))
    for number, function in functions(server).items():
        width = len(function["inputs"])
        for what, claim in claims(secret, fetched, foreign):
            bodies = [{"data": [None] * place + [claim] + [None] * (width - place - 1)} for place in range(width)]
            bodies += [{"data": [None] * width, "event_data": detail} for detail in (claim, {"a": claim})]
            for body in bodies:
                sent = {"fn_index": number, "session_hash": "attacking1", "trigger_id": None, **body}
                reply = server.request("POST", JOIN, sent, own)
                code = reply.json.get("error", {}).get("code", "accepted") if reply.status != 200 else "accepted"
                yield str(function["api_name"]), what, reply.status, code
        for route in ("run", "call", "api", "call/v2"):
            reply = server.request(
                "POST",
                f"/gradio_api/{route}/{function['api_name']}",
                {"data": [{"path": secret, "meta": META}], "fn_index": number},
                own,
            )
            yield str(function["api_name"]), f"by {route}", reply.status, reply.json["error"]["code"]


def main(home: str, secret: str) -> None:
    """Attack a server over an index; print what happened as JSON."""
    asked: list[str] = []
    with fetched_from(asked) as site, closing(site.socket), serving(Path(home), rate_limit="0") as server:
        port = site.server_address[1]
        got = sorted(set(attack(server, secret, f"http://127.0.0.1:{port}/x.md")))
        own = cookie_of(server)
        path = uploaded(server, own)
        upload = next(number for number, one in functions(server).items() if one["api_name"] == "upload")
        event = {
            "data": [[{"path": path, "meta": META}], [], []],
            "fn_index": upload,
            "session_hash": "uploading1",
        }
        joined = server.request("POST", JOIN, event, own).status
        told = server.request("GET", "/gradio_api/queue/data?session_hash=uploading1", None, own).body.decode()
        stranger = server.request("POST", JOIN, event).status
        site.shutdown()
    said = json.dumps(
        {"got": got, "asked": asked, "own": [joined, "Added" in told, stranger], "log": server.log.read_text()}
    )
    sys.stdout.write(said)


if __name__ == "__main__":
    main(*sys.argv[1:])
