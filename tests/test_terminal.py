"""The command line in a terminal: what is wrapped, marked, linked, remembered and shown while one waits."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.newsroom import BRIDGE_QUESTION
from tests.terminal import run

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("columns", [9, 41, 80])
def test_an_answer_fits_any_terminal(newsroom_index: Path, columns: int) -> None:
    """No line is longer than the terminal is wide, but for an address, which stays whole."""
    screen = run(newsroom_index, "ask", BRIDGE_QUESTION, columns=columns)
    assert screen.code == 0
    lines = screen.text.splitlines()
    assert [line for line in lines if len(line) > columns and "https://" not in line] == []
    assert "    https://news.example/arlen-bridge (claimed)" in lines


def test_an_answer_says_how_sure_it_is_and_links_its_citations(newsroom_index: Path, newsroom: Path) -> None:
    """Markers lead to the article's address, else to its file; a pipe gets no link."""
    screen = run(newsroom_index, "ask", BRIDGE_QUESTION)
    assert screen.links == {"[1]": "https://news.example/arlen-bridge"}
    assert {"Well supported.", "Likely.", "Uncertain."} & set(screen.text.splitlines())
    ferry = run(newsroom_index, "ask", "Who owns the night ferry to Sund?", "--source", "Island Post")
    assert ferry.links == {"[1]": (newsroom / "ferry.md").as_uri()}


def test_search_marks_what_matched(newsroom_index: Path) -> None:
    """Words of the query are in bold, whatever their ending; nothing else is."""
    screen = run(newsroom_index, "search", "closing bridges", "-k", "1")
    assert {word.lower() for word in screen.bold} == {"bridge", "closed"}
