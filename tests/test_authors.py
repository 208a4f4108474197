"""Who wrote an article: shown wherever it is cited or listed, and a filter of every search."""

from __future__ import annotations

from pathlib import Path

import gradio as gr
import pytest
from fastapi.testclient import TestClient
from typer.testing import CliRunner

from newsqa import NewsQA
from newsqa.interfaces.api._app import build_api
from newsqa.interfaces.api._context import Context
from newsqa.interfaces.cli import app
from newsqa.interfaces.page.handlers import Handlers
from newsqa.interfaces.page.shelf import TableView
from newsqa.interfaces.render import article_html, cards_html, to_markdown, to_text
from newsqa.sources.formats.build import build_article
from newsqa.text.bylines import name_key, plain_byline, split_authors

QUESTION = "Why was the weir at Tolk opened?"
ARTICLES = {
    "weir.md": """---
title: Weir at Tolk opened
authors: [Zoë Müller, Bo Lind]
source: Fen Herald
published: 2021-03-02
---
The weir at Tolk was opened on Tuesday because the river had risen by two metres overnight.
""",
    "mill.md": """---
title: Mill at Tolk sold
author: By Ana <b>Ruiz
source: Fen Herald
published: 2021-03-05
---
The old mill at Tolk was sold to a baker from the next valley on Friday.
""",
    "dike.md": """---
title: Dike holds
source: Marsh Post
published: 2021-03-06
---
The dike at Tolk held through the night, the water board said.
""",
}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An index of three articles: by two authors, by one, by nobody who is named."""
    folder = tmp_path_factory.mktemp("authors")
    for name, text in ARTICLES.items():
        (folder / name).write_text(text, encoding="utf-8")
    with NewsQA.open(folder / "index") as qa:
        assert qa.ingest([folder / name for name in ARTICLES]).added == 3
    return folder / "index"


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("", []),
        ("Ana Ruiz", ["Ana Ruiz"]),
        ("Ana Ruiz, Bo Lind and Cy Oh", ["Ana Ruiz", "Bo Lind", "Cy Oh"]),
        ("Ana Ruiz; Bo Lind", ["Ana Ruiz", "Bo Lind"]),
        ("Ana Ruiz & Bo Lind", ["Ana Ruiz", "Bo Lind"]),
        ("Ana Ruiz und Bo Lind", ["Ana Ruiz", "Bo Lind"]),
        ("Alexandra Sandor, and Bo Lind", ["Alexandra Sandor", "Bo Lind"]),
        ("J. R. Lind", ["J. R. Lind"]),
        (" , ;", []),
    ],
)
def test_a_line_is_cut_into_names(line: str, names: list[str]) -> None:
    """At commas and the like, and at an "and" between words; a name that holds these letters stays whole."""
    assert split_authors(line) == names


def test_a_name_is_one_however_it_is_written() -> None:
    """Case, accents, points and spaces make no difference; another word does."""
    same = ["Zoë J. Müller", "zoe j müller", "ZOE  J.  MULLER", "Zoe\u0308 J. Mu\u0308ller"]
    assert {name_key(name) for name in same} == {"zoe j muller"}
    assert name_key("Zoë Müllers") != name_key("Zoë Müller")


def test_a_byline_is_kept_as_names() -> None:
    """`By` is left out, from front matter as from a record; a name that begins with it is not cut."""
    assert plain_byline("By Ana Ruiz") == "Ana Ruiz"
    assert plain_byline("Byron Lind") == "Byron Lind"
    assert len(plain_byline("x" * 10_000)) == 500


def test_another_author_is_another_content() -> None:
    """An article whose author is corrected is taken up anew; what is shown of one without is as before."""
    texts = [f"---\n{matter}---\nThe dike held." for matter in ("", "author: Ana\n", "author: Bo\n")]
    assert len({build_article(text, "/a.md", markdown=True).content_hash for text in texts}) == 3


@pytest.mark.parametrize("author", ["Bo Lind", "ZOE MULLER", ["Nobody", "bo lind"]])
def test_an_author_among_several_is_found(home: Path, author: str | list[str]) -> None:
    """Whoever wrote with others is found by the own name alone, in articles, search and answers."""
    with NewsQA.open(home) as qa:
        assert [one.title for one in qa.articles(author=author)] == ["Weir at Tolk opened"]
        assert qa.article_count(author=author) == 1
        assert {hit.passage.title for hit in qa.search("Tolk", author=author)} == {"Weir at Tolk opened"}
        assert [one.metadata["author"] for one in qa.retriever(author=author).invoke("Tolk")] == [
            "Zoë Müller, Bo Lind"
        ]
        answer = qa.ask(QUESTION, author=author)
        assert not answer.abstained
        assert answer.to_dict()["citations"][0]["author"] == "Zoë Müller, Bo Lind"


def test_an_unknown_author_is_told(home: Path) -> None:
    """As an unknown source is, and a known one in another case is neither."""
    with NewsQA.open(home) as qa:
        assert qa.ask(QUESTION, author="Nobody").missing == ("No article is by Nobody.",)
        assert qa.ask(QUESTION, author="ana <B>RUIZ").missing != ("No article is by ana <B>RUIZ.",)
        both = qa.ask(QUESTION, author="Nobody", source="Nowhere").missing
        assert both == ("No article is from Nowhere.", "No article is by Nobody.")
        assert not any("fen herald" in told for told in qa.ask("Who won at chess?", source="fen herald").missing)


def test_authors_are_counted(home: Path) -> None:
    """Each of several counts; who wrote most comes first."""
    with NewsQA.open(home) as qa:
        assert qa.authors() == {"Ana <b>Ruiz": 1, "Bo Lind": 1, "Zoë Müller": 1}


def test_an_answer_names_the_authors(home: Path) -> None:
    """In text and in Markdown beside title and source, on the page as text, whatever the name holds."""
    with NewsQA.open(home) as qa:
        answer = qa.ask(QUESTION)
        assert "[1] Weir at Tolk opened, by Zoë Müller, Bo Lind, Fen Herald, 2 March 2021" in to_text(answer)
        assert "by Zoë Müller, Bo Lind" in to_markdown(answer)
        assert '<span class="nq-author">by Zoë Müller, Bo Lind</span>' in cards_html(answer.citations)
        (mill,) = qa.articles(author="Ana <b>Ruiz")
        shown = article_html(qa.article(mill.id))
        assert '<span class="nq-author">by Ana &lt;b&gt;Ruiz</span>' in shown


def test_the_command_line_filters_and_lists(home: Path) -> None:
    """`--author` in every command that asks or lists, and a column of `articles`."""

    def run(*words: str) -> str:
        return CliRunner().invoke(app, ["--home", str(home), *words]).output

    (line,) = run("articles", "--author", "bo lind").splitlines()
    assert line.split("\t")[:3] == ["2021-03-02", "Fen Herald", "Weir at Tolk opened"]
    assert line.endswith("\tZoë Müller, Bo Lind")
    assert "No article is by Nobody." in run("ask", QUESTION, "--author", "Nobody")
    assert run("search", "Tolk", "--author", "Bo Lind").count("Weir at Tolk opened, by Zoë Müller, Bo Lind") == 1
    assert "Weir at Tolk opened" in run("ask", QUESTION, "--author", "Nobody", "--author", "Bo Lind")
    for command in (["search", "Tolk"], ["articles"]):
        said = run(*command, "--author", "Nobody", "--source", "Nope")
        assert "No article is from Nope. No article is by Nobody." in said


def test_the_api_filters_lists_and_takes_authors(home: Path, tmp_path: Path) -> None:
    """In the list and in the article; a text is sent with its author."""
    with NewsQA.open(home) as qa:
        context = Context.of(qa)
        try:
            with TestClient(build_api(context)) as client:
                page = client.get("/v1/articles", params={"author": ["nobody", "bo lind"]}).json()
                whole = client.get(f"/v1/articles/{page['articles'][0]['id']}").json()
        finally:
            context.close()
    assert page["total"] == 1
    assert page["articles"][0]["author"] == whole["author"] == "Zoë Müller, Bo Lind"
    with NewsQA.open(tmp_path) as qa:
        qa.add_text("The dike held.", title="Dike", author="Cy Oh")
        assert [one.author for one in qa.articles(author="cy oh")] == ["Cy Oh"]


def test_the_page_offers_and_finds_authors(home: Path) -> None:
    """The choices of the filter, the words that say what was asked, and the table's column."""
    with NewsQA.open(home) as qa:
        page = Handlers(qa)
        choices = page.articles.library(gr.Request())[3]["choices"]
        assert list(choices) == ["Ana <b>Ruiz", "Bo Lind", "Zoë Müller"]
        table, _ = page.articles.show_table(gr.EventData(None, {}), "lind", TableView(), gr.Request())
        assert "Zoë Müller, Bo Lind" in table
        assert "Dike holds" not in table
        assert page.api_ask(QUESTION, author=["Nobody"])["missing"] == ["No article is by Nobody."]
