"""The command as a process of its own: what it imports, how it ends, and what a terminal sees."""

from __future__ import annotations

import json
import re
import signal
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from tests.newsroom import BRIDGE_EVIDENCE, BRIDGE_QUESTION
from tests.terminal import run

NEWSQA = [sys.executable, "-c", "from newsqa.interfaces.cli import main; main()"]
HEAVY = ["torch", "sentence_transformers", "transformers", "gradio", "chromadb", "langchain", "langchain_core"]

IMPORTS = """
import json, sys
from newsqa.interfaces.cli import main
try:
    main()
finally:
    print(json.dumps(sorted(sys.modules)), file=sys.stderr)
"""


def imported_by(*arguments: str) -> tuple[str, set[str]]:
    """What a fresh process prints on stdout, and the modules it has imported at its end."""
    run = subprocess.run([sys.executable, "-c", IMPORTS, *arguments], capture_output=True, text=True, timeout=120)
    assert run.returncode == 0, run.stderr
    return run.stdout, set(json.loads(run.stderr.splitlines()[-1]))


@pytest.mark.parametrize(
    ("arguments", "also"), [(["--help"], {"pydantic"}), (["--version"], {"pydantic"}), (["ask", "--help"], set())]
)
def test_help_imports_nearly_nothing(arguments: list[str], also: set[str]) -> None:
    """Help and version come without numpy and everything heavier; typer takes pydantic for a command's options."""
    _, modules = imported_by(*arguments)
    assert modules.isdisjoint({*HEAVY, *also, "numpy", "onnxruntime", "tantivy", "newsqa.pipeline"})


@pytest.mark.slow
@pytest.mark.parametrize(
    "arguments", [["ask", BRIDGE_QUESTION], ["search", "bridge"], ["articles"]], ids=lambda arguments: arguments[0]
)
def test_a_cold_answer_imports_nothing_heavy(
    arguments: list[str], newsroom_index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With an index in place, an answer takes no torch, sentence-transformers, gradio, chromadb or langchain."""
    monkeypatch.setenv("NEWSQA_HOME", str(newsroom_index))
    out, modules = imported_by(*arguments)
    assert "bridge" in out
    assert modules.isdisjoint(HEAVY)


@pytest.mark.slow
def test_reading_writes_nothing(newsroom_index: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Asking leaves nothing in the user's home and the working folder, and the index as it was."""
    home, work = tmp_path / "home", tmp_path / "work"
    home.mkdir()
    work.mkdir()
    monkeypatch.setenv("HOME", str(home))
    for name in ("XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("NEWSQA_HOME", str(newsroom_index))
    before = {path: path.stat().st_mtime_ns for path in newsroom_index.rglob("*") if path.is_file()}
    run = subprocess.run([*NEWSQA, "ask", BRIDGE_QUESTION], capture_output=True, text=True, cwd=work)
    assert (run.returncode, run.stderr) == (0, "")
    assert [*home.rglob("*"), *work.rglob("*")] == []
    after = {path: path.stat().st_mtime_ns for path in newsroom_index.rglob("*") if path.is_file()}
    changed = {path.name for path in {*before, *after} if after.get(path) != before.get(path)}
    # How SQLite's readers keep out of a writer's way; and Chroma notes in its database that it was opened.
    assert changed <= {"catalogue.sqlite-shm", "catalogue.sqlite-wal", "chroma.sqlite3", "vectors.lock"}


@pytest.mark.slow
def test_a_closed_pipe_is_no_traceback(newsroom_index: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`newsqa articles | head -c0` ends quietly."""
    monkeypatch.setenv("NEWSQA_HOME", str(newsroom_index))
    with subprocess.Popen([*NEWSQA, "articles"], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 1


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a device that is always full")
@pytest.mark.slow
@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize("arguments", [["articles"], ["--version"]], ids=lambda arguments: arguments[0])
def test_a_full_disk_is_no_traceback(
    arguments: list[str], unbuffered: str, newsroom_index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Output that cannot be written is an error in words, told once."""
    monkeypatch.setenv("NEWSQA_HOME", str(newsroom_index))
    monkeypatch.setenv("PYTHONUNBUFFERED", unbuffered)
    with Path("/dev/full").open("w") as full:
        run = subprocess.run([*NEWSQA, *arguments], stdout=full, stderr=subprocess.PIPE, text=True)
    assert run.returncode == 1
    assert re.fullmatch(r"newsqa: The output cannot be written: .*\n", run.stderr)


@pytest.mark.slow
def test_a_terminal_gets_bold_words_and_wrapped_lines(newsroom_index: Path) -> None:
    """To a terminal an answer is wrapped and styled; with NO_COLOR it has no colour; nothing is lost."""
    screen = run(newsroom_index, "ask", BRIDGE_QUESTION)
    assert screen.code == 0
    assert "\x1b[36m[1]" in screen.raw
    assert BRIDGE_EVIDENCE in " ".join(screen.text.split())
    assert max(map(len, screen.text.splitlines())) <= 80
    assert "\x1b[36m" not in run(newsroom_index, "ask", BRIDGE_QUESTION, NO_COLOR="1").raw


@pytest.mark.slow
def test_a_terminal_gets_a_table_of_articles(newsroom_index: Path) -> None:
    """The table has a heading and every title."""
    screen = run(newsroom_index, "articles", columns=200, NO_COLOR="1")
    assert screen.code == 0
    assert re.search(r"published +article", screen.text)
    assert "Night ferry to Sund stops" in screen.raw


@pytest.mark.slow
@pytest.mark.parametrize(("keys", "code"), [("/quit\n", 0), ("\x04", 0), ("\x03", 130)])
def test_chat_ends_cleanly(newsroom_index: Path, keys: str, code: int) -> None:
    """`/quit` and Ctrl-D end a conversation with 0, Ctrl-C with 130, none with a traceback."""
    screen = run(newsroom_index, "chat", typed=(("> ", keys),))
    assert screen.code == code
    assert "Traceback" not in screen.raw


@pytest.mark.slow
def test_ingest_draws_its_progress_on_a_terminal(newsroom: Path, tmp_path: Path) -> None:
    """A terminal sees the count while articles go in, and the summary at the end."""
    screen = run(tmp_path / "index", "ingest", newsroom)
    assert screen.code == 0
    assert "Ingesting" in screen.raw
    assert "3 added, 0 updated, 0 unchanged" in screen.raw


@pytest.mark.slow
def test_serve_answers_until_interrupted(newsroom_index: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`newsqa serve` says where the page is, serves it and ends with 0 on Ctrl-C; a taken port is an error."""
    monkeypatch.setenv("NEWSQA_HOME", str(newsroom_index))
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        run = subprocess.run([*NEWSQA, "serve", "--port", str(port)], capture_output=True, text=True, timeout=120)
        assert run.returncode == 1
        assert f"port {port}" in run.stderr
        assert "Traceback" not in run.stderr
    command = [*NEWSQA, "serve", "--port", str(port)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        address = re.search(r"http://127\.0\.0\.1:\d+/", process.stdout.readline())
        assert address is not None
        with urllib.request.urlopen(address[0], timeout=60) as page:  # noqa: S310 - the address is our own
            assert b"newsqa" in page.read()
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=60)
    assert process.returncode == 0
    assert "Traceback" not in errors


@pytest.mark.parametrize("host", ["93.184.216.34", "example.org", "2606:2800:220:1:248:1893:25c8:1946"])
def test_tests_do_not_leave_the_machine(host: str) -> None:
    """The guard refuses any other machine, in this process and in one that a test starts."""
    with pytest.raises(RuntimeError, match="no network"):
        socket.create_connection((host, 80), timeout=1)
    code = f"import socket; socket.create_connection(({host!r}, 80), timeout=1)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert run.returncode == 1
    assert "OutsideConnectionError" in run.stderr


def test_tests_reach_their_own_machine() -> None:
    """Loopback connections work, by address and by name."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        for host in ("127.0.0.1", "localhost"):
            socket.create_connection((host, server.getsockname()[1]), timeout=5).close()
