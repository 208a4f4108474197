"""Tables in files of their own."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

import pytest

from newsqa import NewsQA
from newsqa.interfaces.render import article_html
from newsqa.sources.formats import read_articles
from newsqa.text.passages import SentenceSplitter
from newsqa.types import Article, Span
from tests.fakes import make_article

TABLE = 'Crop,Region,2023,2024\nOats,Upper Lenn,"11,050","9,200"\nRye,Lower Lenn,870,1020\n'


@pytest.mark.parametrize(("name", "mark"), [("crops_of-2024.csv", ","), ("crops_of-2024.tsv", "\t")])
def test_a_table_is_one_article_with_a_sentence_a_row(tmp_path: Path, name: str, mark: str) -> None:
    """Without columns of articles; each row is quoted with its headings, and the file gives the title."""
    rows = csv.reader(io.StringIO(TABLE))
    path = tmp_path / name
    path.write_text("\n".join(mark.join(f'"{cell}"' for cell in row) for row in rows), encoding="utf-8")
    (article,) = read_articles([path], max_bytes=10_000)
    assert isinstance(article, Article)
    assert article.title == "crops of 2024"
    assert article.text.split("\n\n") == [
        "Oats, Region: Upper Lenn; 2023: 11,050; 2024: 9,200.",
        "Rye, Region: Lower Lenn; 2023: 870; 2024: 1020.",
    ]
    passages = SentenceSplitter().split(article)
    assert [one.quote(span) for one in passages for span in one.sentences] == article.text.split("\n\n")


def test_a_row_of_a_table_answers(tmp_path: Path) -> None:
    """The row that a question is about is weighed first."""
    path = tmp_path / "crops.csv"
    path.write_text(TABLE, encoding="utf-8")
    with NewsQA.open(tmp_path / "index") as qa:
        assert qa.ingest([path]).added == 1
        best, *_ = qa.sentences("Which region grows rye?")
        assert best.quote == "Rye, Region: Lower Lenn; 2023: 870; 2024: 1020."


@pytest.mark.parametrize(
    "data",
    [
        "Crop,Harvest\nOats," + "9" * 130,
        "Crop,Harvest\n" + "Oats,1\n" * 2_000,
        'Crop,Harvest\nOats,"' + "1" * 200_000,
        "Crop,Harvest\n",
        ",\n1,2\n",
    ],
)
def test_a_table_that_cannot_be_read_is_told(tmp_path: Path, data: str) -> None:
    """With a cell that holds a text, too large, with a quotation mark left open, without rows or names."""
    path = tmp_path / "crops.csv"
    path.write_text(data, encoding="utf-8")
    for one in read_articles([path], max_bytes=10_000):
        assert isinstance(one, Article) or one.reason  # type: ignore[union-attr]


def test_the_page_shows_the_table_with_the_quoted_row_marked(tmp_path: Path) -> None:
    """As a table, its headings once; the row is marked in all its cells, and the page scrolls to it."""
    path = tmp_path / "crops.csv"
    path.write_text('Crop,2023,2024\nOats,"11,050","9,200"\nRye <b>,870,\nMaize,,31\n', encoding="utf-8")
    (article,) = read_articles([path], max_bytes=10_000)
    assert isinstance(article, Article)
    span = article.blocks[1].span
    shown = article_html(article, Span(0, span.end), span)
    rows = re.findall(r"<tr.*?</tr>", shown)
    assert [re.sub("<[^>]+>", " ", row).split() for row in rows] == [
        ["2023", "2024"],
        ["Oats", "11,050", "9,200"],
        ["Rye", "&lt;b&gt;", "870"],
        ["Maize", "31"],
    ]
    assert rows[2].startswith('<tr class="nq-quoted"><th scope="row" dir="auto"><mark class="nq-in-quote" id=')
    assert (rows[1].count("nq-in-passage"), rows[2].count("nq-in-quote"), rows[3].count("<mark")) == (3, 2, 0)


@pytest.mark.parametrize(
    "paragraphs",
    [
        ["Oats, 2023: 11,050; 2024: 9,200."],
        [
            "The mayor, in a letter: no; the council: yes.",
            "The mill, however, in a letter: perhaps; the press: yes.",
        ],
        ["Oats, 2023: 1.", "Rye, 2023: 2."],
        ["Oats, 2023: 1; 2023: 2.", "Rye, 2023: 2; 2023: 4."],
        ["Oats, 2023: 1; 2024: 2", "Rye, 2023: 2; 2024: 4"],
    ],
)
def test_what_is_no_table_is_shown_as_text(paragraphs: list[str]) -> None:
    """One row alone, prose with colons, too little to be sure, headings twice, lines without an end."""
    article = make_article("a", *paragraphs)
    assert "<table" not in article_html(article)
    assert article_html(article).count('<p class="nq-paragraph"') == len(paragraphs)
