"""The examples for other programs in docs/use.md, run against a real server over the corpus."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.served import Served
from tests.test_house import code_blocks

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[1]
ADDRESS = "http://127.0.0.1:7860"


def test_the_curl_examples_run(page_server: Served) -> None:
    """Each prints what it promises: an answer, events that end in one, passages, suggestions, articles."""
    if shutil.which("curl") is None:
        pytest.skip("curl is not installed")
    (block,) = code_blocks("sh", "docs/use.md")
    assert block.count(ADDRESS) == block.count("curl ")
    commands = block.replace(ADDRESS, page_server.url).replace("\\\n", " ").splitlines()
    printed = [
        subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=True, timeout=120).stdout
        for command in commands
    ]
    assert json.loads(printed[0])["citations"]
    assert "event: answer\n" in printed[1]
    assert len(json.loads(printed[2])["passages"]) == 3
    assert json.loads(printed[3])["suggestions"]
    assert {one["source"] for one in json.loads(printed[4])["articles"]} == {"Pacific Courier"}


def test_the_gradio_client_example_runs(page_server: Served) -> None:
    """The page's one public function answers as the command line does."""
    (block,) = code_blocks("py", "docs/use.md")
    code = block.replace(ADDRESS, page_server.url)
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=200)
    assert run.returncode == 0, run.stderr
    assert "[1]" in run.stdout
    assert "https://example.org/" in run.stdout
