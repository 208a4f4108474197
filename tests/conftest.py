"""What holds for every test: no network, a home and an index folder of its own, no settings from outside."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

from tests.newsroom import copy_index, write_articles
from tests.served import Served, serving

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

_OFFLINE = Path(__file__).parent / "offline"
sys.path.insert(0, str(_OFFLINE))
sys.modules.pop("sitecustomize", None)  # the machine may have one of its own
import sitecustomize  # noqa: E402, F401 - importing it is what guards this process

settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")

_HOME_VARIABLES = {
    "HOME": "home",
    "USERPROFILE": "home",
    "XDG_DATA_HOME": "home/data",
    "XDG_CACHE_HOME": "home/cache",
    "XDG_CONFIG_HOME": "home/config",
    "HF_HOME": "home/huggingface",
    "GRADIO_TEMP_DIR": "home/gradio",
}

_FOREIGN = ("NEWSQA_", "GRADIO_", "HF_", "OPENAI_", "ANTHROPIC_", "OLLAMA_", "LANGSMITH_", "LANGCHAIN_", "OTEL_")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Runs fast tests before slow ones and both before those in a browser, otherwise in the order written."""
    items.sort(key=lambda item: (bool(item.get_closest_marker("browser")), bool(item.get_closest_marker("slow"))))


@pytest.fixture(scope="session", autouse=True)
def _isolated_session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Isolates fixtures that outlive a test, and every process that is started from one."""
    base = tmp_path_factory.mktemp("session")
    with pytest.MonkeyPatch.context() as patch:
        for name in os.environ:
            if name.startswith(_FOREIGN):
                patch.delenv(name)
        for name, folder in _HOME_VARIABLES.items():
            (base / folder).mkdir(parents=True, exist_ok=True)
            patch.setenv(name, str(base / folder))
        patch.setenv("NEWSQA_HOME", str(base / "index"))
        patch.setenv("PYTHONPATH", os.pathsep.join(filter(None, [str(_OFFLINE), os.environ.get("PYTHONPATH")])))
        patch.delenv("PYTHONWARNINGS", raising=False)
        patch.setenv("TERM", "dumb")
        patch.setenv("NO_COLOR", "1")
        patch.setenv("COLUMNS", "110")
        yield


@pytest.fixture(autouse=True)
def _isolated_test(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory, _isolated_session: None
) -> None:
    """Gives every test an index folder of its own, empty and not yet made."""
    monkeypatch.setenv("NEWSQA_HOME", str(tmp_path_factory.mktemp("newsqa") / "index"))


@pytest.fixture(scope="session")
def newsroom(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the invented articles; not to be changed."""
    return write_articles(tmp_path_factory.mktemp("newsroom"))


@pytest.fixture(scope="session")
def newsroom_index(newsroom: Path, tmp_path_factory: pytest.TempPathFactory, _isolated_session: None) -> Path:
    """An index of the invented articles, made by the real encoder; not to be changed."""
    from newsqa import NewsQA

    home = tmp_path_factory.mktemp("newsroom-index") / "index"
    with NewsQA.open(home) as qa:
        report = qa.ingest([newsroom])
    assert (report.added, report.failed) == (3, ())
    return home


@pytest.fixture(scope="session")
def corpus_index(tmp_path_factory: pytest.TempPathFactory, _isolated_session: None) -> Path:
    """An index of the corpus, made by the real encoder; not to be changed."""
    from newsqa import NewsQA

    home = tmp_path_factory.mktemp("corpus-index") / "index"
    with NewsQA.open(home) as qa:
        report = qa.ingest([Path(__file__).parents[1] / "corpus"])
    assert (report.added, report.failed) == (32, ())
    return home


@pytest.fixture(scope="session")
def page_index(corpus_index: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An index over the corpus, an article that tries to run scripts, and two that differ in a year."""
    from tests.browsing import ARTICLES, newsqa

    folder = tmp_path_factory.mktemp("page")
    for name, text in ARTICLES.items():
        (folder / name).write_text(text, encoding="utf-8")
    index = copy_index(corpus_index, folder / "index")
    newsqa(index, "ingest", *(str(folder / name) for name in ARTICLES))
    return index


@pytest.fixture(scope="session")
def page_server(page_index: Path) -> Iterator[Served]:
    """newsqa served over it as a reader would serve it, with a limit on files that a test can pass."""
    with serving(page_index, max_file_mb="1") as server:
        yield server


@pytest.fixture(scope="session")
def address(page_server: Served) -> str:
    """Where the page is; modules with articles of their own serve another."""
    return f"{page_server.url}/"


@pytest.fixture(scope="module")
def _chromium(_isolated_session: None) -> Iterator[Browser]:
    """Chromium until the module ends: while it is driven an event loop runs, and another cannot."""
    pytest.importorskip("playwright")
    from tests.browsing import running_chromium

    with running_chromium() as chromium:
        yield chromium


@pytest.fixture
def browser(_chromium: Browser) -> Iterator[Browser]:
    """Debian's Chromium; what a test leaves open is closed."""
    yield _chromium
    for context in _chromium.contexts:
        context.close()


@pytest.fixture
def visit(browser: Browser, address: str) -> Iterator[Callable[..., Page]]:
    """Opens the page as a new reader; at the end, no script has failed and no request has left the machine."""
    from tests.browsing import visiting

    with visiting(browser, address) as open_page:
        yield open_page
