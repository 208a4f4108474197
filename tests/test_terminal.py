"""The command line in a terminal: what is wrapped, marked, linked, remembered and shown while one waits."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from newsqa import NewsQA
from tests.newsroom import BRIDGE_QUESTION, copy_index
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


def test_an_error_is_wrapped_between_words(newsroom_index: Path) -> None:
    """What goes to stderr is not cut in the middle of a word, and no word is lost."""
    screen = run(newsroom_index, "remove", "0123456789abcdef", columns=40)
    assert screen.code == 1
    said = screen.text[screen.text.index("newsqa: ") :]
    assert max(map(len, said.splitlines())) <= 40
    assert "There is no article '0123456789abcdef', so nothing was removed" in " ".join(said.split())


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


def test_the_arrow_keys_bring_back_earlier_chats(newsroom_index: Path, tmp_path: Path) -> None:
    """What was typed is kept in the index folder, for its owner alone, and does not make the index unsound."""
    home = copy_index(newsroom_index, tmp_path / "copy")
    first = run(home, "chat", typed=(("\n> ", f"{BRIDGE_QUESTION}\r"), ("\n> ", "quit\r")))
    assert first.code == 0
    kept = home / "chat-history"
    assert BRIDGE_QUESTION in kept.read_text()
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    up = "\x1b[A"
    again = run(home, "chat", typed=(("\n> ", f"{up}{up}\r"), ("\n> ", "\x04")))
    assert again.links == first.links != {}
    assert run(home, "check").code == 0


def test_lines_are_not_written_through_a_link(newsroom_index: Path, tmp_path: Path) -> None:
    """A link in the place of the file is left alone, and the chat goes on without a memory."""
    home = copy_index(newsroom_index, tmp_path / "copy")
    target = tmp_path / "target"
    (home / "chat-history").unlink(missing_ok=True)
    (home / "chat-history").symlink_to(target)
    assert run(home, "chat", typed=(("\n> ", "quit\r"),)).code == 0
    assert not target.exists()


@pytest.mark.parametrize("columns", [36, 80])
def test_titles_have_the_room_in_a_list(newsroom_index: Path, columns: int) -> None:
    """In 80 columns a title stands on one line, with the rest beneath it; ids are whole in narrow ones, too."""
    screen = run(newsroom_index, "articles", columns=columns)
    lines = [line.split() for line in screen.text.splitlines()]
    if columns == 80:
        assert "2019-03-02 Arlen's harbour bridge open again".split() in lines
    words = {word for line in lines for word in line}
    with NewsQA.open(newsroom_index) as qa:
        assert {one.id for one in qa.articles()} <= words
    assert max(map(len, screen.text.splitlines())) <= columns


@pytest.mark.parametrize(("seconds", "shown"), [(0.0, False), (1.5, True)])
def test_who_waits_is_told_for_what(tmp_path: Path, seconds: float, shown: bool) -> None:
    """A line comes when a wait is long, changes with what is done, and is gone at the end."""
    code = f"""
import time
from newsqa.interfaces.cli._progress import waiting
with waiting("Opening") as show:
    time.sleep({seconds})
    show("Reading")
    time.sleep({seconds})
print("done")
"""
    screen = run(tmp_path, code=code)
    assert screen.code == 0
    assert [word in screen.raw for word in ("Opening", "Reading")] == [shown, shown]
    assert screen.raw.rsplit("\x1b[2K", 1)[-1].endswith("done\r\n")
