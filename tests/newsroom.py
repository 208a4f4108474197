"""A small newsroom of invented articles, for tests that need real files and a real index."""

from __future__ import annotations

import shutil
from pathlib import Path

ARTICLES = {
    "bridge.md": """---
title: Arlen's harbour bridge open again
source: Coast Courier
published: 2019-03-02
url: https://news.example/arlen-bridge
---
The harbour bridge at Arlen reopened on Saturday after eleven months of repairs. Mayor Ines Calder cut the ribbon
in front of some two thousand people.

The bridge was closed in April 2018 because engineers had found deep cracks in two of its pillars. The repairs cost
14 million euros, and the region paid half of them.
""",
    "ferry.md": """---
title: Night ferry to Sund stops
source: Island Post
published: 2018-07-15
---
The night ferry between Arlen and the island of Sund will stop in September, its owner Tomas Reiker said. Too few
passengers had taken it since the new airport opened.

Fishermen on Sund protested against the decision, since they send their catch to the mainland by the night ferry.
""",
    "library.txt": """Library lends drills and ladders

Arlen's public library has lent tools as well as books since Monday. Librarian Petra Oswald got the idea on a visit
to Sacramento, where readers borrow sewing machines.

A drill may be kept for a week, and a ladder for three days.
""",
}
BRIDGE_QUESTION = "Why was the harbour bridge closed?"
BRIDGE_EVIDENCE = "because engineers had found deep cracks in two of its pillars"
UNANSWERED_QUESTION = "Who won the chess championship in Reykjavik?"

ESCAPES = "\x1b]0;owned\x07\x1b[2J\x9b31m\u202e"
"""Sets a window's title, clears the screen, turns it red, and turns the writing direction."""


def write_articles(folder: Path) -> Path:
    """The newsroom as files in a folder, which is made."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in ARTICLES.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def copy_index(index: Path, to: Path) -> Path:
    """A copy of an index, for a test that changes it."""
    shutil.copytree(index, to)
    return to
