"""The page's parts without a browser: kept conversations, uploaded files, the table of articles."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsqa.errors import IndexLockedError, IndexMissingError, QuestionError, StorageError
from newsqa.interfaces.page.exchange import (
    KEPT_BYTES,
    Exchange,
    conversations,
    recall,
    remember,
    turns,
)
from newsqa.interfaces.page.shelf import ROWS, TableView, table_html
from newsqa.interfaces.page.uploads import Uploaded, add_files
from newsqa.interfaces.page.views import describe, saved_html
from newsqa.pipeline import NewsQA
from newsqa.settings import Settings
from newsqa.sources.formats.registry import format_of
from newsqa.sources.uploads import keep, make_safe_name
from newsqa.types import (
    Answer,
    ArticlePage,
    ArticleSummary,
    Citation,
    IngestEvent,
    IngestReport,
    Passage,
    ScoredPassage,
    Span,
    Turn,
)

PASSAGE = Passage(
    "p", "a", "One. Two.", 3, 12, (Span(3, 7), Span(8, 12)), title="T", source="S", published=date(2019, 4, 25)
)
ANSWER = Answer(
    "q", "s", "Two. [1]", False, 0.7, (Citation(1, "Two.", 8, 12, PASSAGE, (Span(8, 11),)),), ("m",),
    (ScoredPassage(PASSAGE, 0.0),),
)  # fmt: skip
EXCHANGE = Exchange("q", ANSWER, "Only S")


def entry_of(conversation: str, exchanges: list[Exchange]) -> dict[str, Any]:
    """What a browser keeps of a conversation."""
    entry: dict[str, Any] = json.loads(remember(conversation, exchanges))
    return entry


def test_a_conversation_comes_back_from_the_browser_as_it_went() -> None:
    """What is kept survives JSON whole, and the pipeline gets it as turns."""
    entry = entry_of("c", [EXCHANGE, EXCHANGE])
    assert (entry["id"], entry["gone"]) == ("c", 0)
    assert recall(json.dumps(entry["exchanges"])) == [EXCHANGE, EXCHANGE]
    assert turns([EXCHANGE]) == (Turn("q", "Two. [1]"),)
    assert entry_of("c", [])["exchanges"] == []


def test_a_long_conversation_says_what_is_not_kept() -> None:
    """The last exchanges that fit are kept, and the list says how many of the first are not."""
    long = Exchange("q", replace(ANSWER, text="Long. " * (KEPT_BYTES // 30)))
    entry = entry_of("c", [EXCHANGE] * 3 + [long] * 6)
    assert (entry["gone"], len(entry["exchanges"])) == (5, 4)
    assert len(json.dumps(entry)) <= KEPT_BYTES + 1_000
    listed = json.dumps([{"id": "c", "day": "2019-04-25", "question": "q", "count": 4, "gone": 5}])
    assert "9 questions, the first 5 of them not kept" in saved_html(conversations(listed))


ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(ANY_JSON)
def test_anything_may_come_from_a_browser(saved: object) -> None:
    """Whatever was stored, the page goes on with what can be read of it."""
    for sent in (saved, json.dumps(saved)):
        assert conversations(sent) == []
        assert recall(sent) == []


@given(st.sampled_from(sorted(entry_of("c", [EXCHANGE])["exchanges"][0])), ANY_JSON)
def test_a_damaged_exchange_is_left_out_or_harmless(key: str, value: object) -> None:
    """One field replaced by anything gives an exchange of the right types, or none."""
    record = {**entry_of("c", [EXCHANGE])["exchanges"][0], key: value}
    for exchange in recall(json.dumps([record])):
        assert isinstance(exchange.question, str)
        assert isinstance(exchange.answer.text, str)
        assert isinstance(exchange.answer.confidence, float)


@pytest.mark.parametrize(
    "name",
    ["article.txt", "../../etc/passwd.txt", "..md", "a" * 300 + ".md", "Ærø & Øre.MD", "\u202etxt.txt", "?.txt"],
)  # fmt: skip
def test_kept_files_have_safe_names(name: str) -> None:
    """Letters, digits and hyphens, of bounded length, the same for the same name and another for another."""
    safe = make_safe_name(name)
    assert Path(safe).name == safe
    assert len(safe) <= 80
    assert set(safe.split(".")[0]) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")
    assert make_safe_name(name) == safe != make_safe_name("x" + name)


@pytest.mark.parametrize("name", ["news.jsonl.gz", "News 1.TXT.XZ", "a.md"])
def test_kept_files_are_of_the_same_kind(name: str) -> None:
    """What a packed file holds is told by its name, and is not lost with it."""
    assert format_of(make_safe_name(name)) == format_of(name)


@dataclass
class Facade:
    """A facade that takes text files and refuses what begins with `bad` or comes while it is locked."""

    settings: Settings
    known: dict[Path, str] = field(default_factory=dict)
    locked: bool = False

    def begin_change(self, first: str, count: int) -> None:
        """Nothing here is undone."""

    def add_file(self, name: str, content: Path | bytes, *, change: object, on_event: object) -> IngestReport:
        return keep(self.settings.home / "uploads", name, content, self.ingest)

    def ingest(self, paths: Iterable[Path]) -> IngestReport:
        (path,) = paths
        if self.locked:
            raise IndexLockedError("Another process is writing. Try again in a moment.")
        text = path.read_text()
        if text.startswith("bad"):
            return IngestReport(failed=(IngestEvent("failed", str(path), reason=f"{path}: bad. Mend it."),))
        before = self.known.get(path)
        self.known[path] = text
        return IngestReport(added=before is None, same=before == text, updated=before not in (None, text))


@pytest.fixture
def facade(tmp_path: Path) -> Facade:
    """A facade whose home is empty."""
    return Facade(Settings(home=tmp_path / "home"))


def upload(facade: Facade, folder: Path, **files: str) -> list[tuple[str, str, str]]:
    """Write files, upload them, and return what became of each."""
    paths = []
    for name, text in files.items():
        path = folder / f"{name}.txt"
        path.write_text(text)
        paths.append(str(path))
    found = add_files(cast("NewsQA", facade), paths)
    return [(one.name, one.status, one.words) for one in found if isinstance(one, Uploaded)]


def test_uploads_are_added_replaced_or_the_same(facade: Facade, tmp_path: Path) -> None:
    """A file is kept under its name: again it is the same, changed it replaces its earlier version."""
    assert upload(facade, tmp_path, a="x") == [("a.txt", "added", "Added.")]
    assert upload(facade, tmp_path, a="x") == [("a.txt", "same", "Already here, nothing to do.")]
    assert upload(facade, tmp_path, a="y") == [("a.txt", "updated", "Replaced the earlier version.")]
    assert [path.read_text() for path in (tmp_path / "home" / "uploads").iterdir()] == ["y"]


def test_a_file_that_cannot_be_read_leaves_nothing_behind(facade: Facade, tmp_path: Path) -> None:
    """The others go in; of the bad one nothing is kept, and what was there under its name stays."""
    done = upload(facade, tmp_path, a="good", b="bad", c="good")
    assert [status for _, status, _ in done] == ["added", "failed", "added"]
    assert done[1][2] == "b.txt: bad. Mend it."
    assert upload(facade, tmp_path, a="bad")[0][1] == "failed"
    facade.locked = True
    assert upload(facade, tmp_path, c="new") == [
        ("c.txt", "failed", "Another process is writing. Try again in a moment.")
    ]
    kept = (tmp_path / "home" / "uploads").iterdir()
    assert [path.read_text() for path in kept] == ["good", "good"]


def test_a_home_that_cannot_be_written_is_told_in_words(facade: Facade, tmp_path: Path) -> None:
    """A file where the folder should be is an error in words, for this file alone."""
    (tmp_path / "home").write_text("in the way")
    ((name, status, words),) = upload(facade, tmp_path, a="x")
    assert (name, status) == ("a.txt", "failed")
    assert "cannot be kept" in words


SUMMARIES = tuple(ArticleSummary(f"a{n}", f"Title {n:03}", words=n) for n in range(ROWS))


@pytest.mark.parametrize(
    ("found", "view", "shown"),
    [
        (ArticlePage(0), TableView(), ["No articles yet."]),
        (ArticlePage(0), TableView().look_for("kim"), ["No article has these words."]),
        (ArticlePage(60, SUMMARIES), TableView(), ["Title 000", "Page 1 of 2", 'aria-sort="descending"']),
        (ArticlePage(60, SUMMARIES[:10]), TableView(page=1), ["Title 009", "Page 2 of 2"]),
        (ArticlePage(1, SUMMARIES[:1]), TableView().look_for("kim"), ["1 article<"]),
        (ArticlePage(2, SUMMARIES[:2], whole=False), TableView().look_for("kim x"), ["2 articles with some"]),
    ],
)
def test_the_table_shows_what_was_found(found: ArticlePage, view: TableView, shown: list[str]) -> None:
    """The articles of a page in their order, how many there are in all, and how they are sorted."""
    html = table_html(found, view)
    assert [words for words in shown if words not in html] == []
    assert html.count("data-open") == len(found.articles)
    assert "data-remove" not in html
    assert table_html(found, view, removable=True).count("data-remove") == len(found.articles)


def test_the_words_looked_for_are_marked_where_they_stand() -> None:
    """In the sentence that has most of them, in any form, with everything escaped."""
    text = "A <b>bridge</b>. The bridges & the trains of A<b>."
    passage = replace(PASSAGE, text=text, start=0, end=len(text), sentences=(Span(0, 16), Span(17, len(text))))
    page = ArticlePage(1, SUMMARIES[:1], {"a0": passage})
    html = table_html(page, TableView().look_for("bridge train"))
    assert "The <mark>bridges</mark> &amp; the <mark>trains</mark> of A&lt;b&gt;.</p>" in html


def test_a_column_sorts_both_ways() -> None:
    """A second click turns the order; days and words begin with the largest; an unknown column changes nothing."""
    view = TableView()
    assert view.look_for("a").order == ""
    assert view.look_for(" ") == view
    assert view.order == "published, descending"
    assert view.sort_by("published") == TableView(descending=False)
    assert view.sort_by("title") == TableView(column="title", descending=False)
    assert view.sort_by("words").descending
    assert view.sort_by("id") == view


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (StorageError("/srv/news/index cannot be written."), "The index or a model cannot be used"),
        (
            IndexMissingError("Nothing at /srv/news/index; run `newsqa ingest`."),
            "There are no articles yet that could answer.",
        ),
        (OSError("/srv/news/index"), "Something went wrong inside newsqa"),
        (QuestionError("The question is empty."), "The question is empty."),
    ],
)
def test_an_error_says_nothing_of_the_server(error: Exception, words: str) -> None:
    """A reader is told what is wrong and what to do, not where things lie."""
    assert describe(error).startswith(words)
    assert "/srv" not in describe(error)
