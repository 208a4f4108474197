"""Characters: what a text is kept without, what is one in search, and that quotes stay verbatim."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from newsqa import NewsQA
from newsqa.models import BundledEncoder
from newsqa.sources.formats import read_articles
from newsqa.text.normal import alike, decode_entities, drop_accents, fold, tidy
from newsqa.text.stems import tokens
from newsqa.types import Article


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("the trans\u00adform\u00ader", "the transformer"),
        ("the trans\u00ad\n former", "the transformer"),
        ("zero\u200bwidth\u2060 \ufefftext", "zerowidth text"),
        ("Rene\u0301e", "Renée"),
        ("a\u200dbc", "abc"),
        ("👩\u200d🚒 came", "👩\u200d🚒 came"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("ofﬁce co‑op", "ofﬁce co‑op"),
    ],
)
def test_what_has_no_width_is_left_out_and_letters_are_composed(text: str, kept: str) -> None:
    """Joiners stay where they are part of the spelling or of an emoji; ligatures and hyphens stay as they are."""
    assert tidy(text) == kept
    assert tidy(kept) == kept


def test_the_usual_characters_are_searched_for() -> None:
    """Full-width letters, special hyphens and spaces give as many characters; ligatures give their letters."""
    assert alike("Ｋａｉ ￥９ co‑op −4") == "Kai ¥9 co-op -4"
    assert len(alike("ofﬁce Ｋａｉ")) == len("ofﬁce Ｋａｉ")
    assert fold("the ofﬁce diﬀers") == "the office differs"
    assert drop_accents("Brontë") == "Bronte"
    assert tokens("Ofﬁce Brontë’s Ｋａｉ") == ["office", "bronte", "kai"]


def test_only_whole_entities_are_decoded() -> None:
    """An ampersand of the text itself stays, with or without a semicolon further on."""
    assert decode_entities("B&amp;B &#8211; R&D; &unknown; AT&T") == "B&B – R&D; &unknown; AT&T"


def read(path: Path) -> list[Article]:
    found = list(read_articles([path], max_bytes=1_000_000))
    assert all(isinstance(one, Article) for one in found), found
    return [one for one in found if isinstance(one, Article)]


SHY = "The wa\u00adter\u00adworks at Tarn\u00adholm stopped on Mon\u00adday, said Ire\u0300ne Pla\u200btt."
PLAIN = "The waterworks at Tarnholm stopped on Monday, said Irène Platt."


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.md", f"---\ntitle: Tap &amp; pipe\n---\n\n{SHY}\n"),
        ("a.txt", f"Tap & pipe\n\n{SHY}\n"),
        (
            "a.html",
            f"<title>Tap &amp; pipe</title><article><p>{SHY}</p><p>{'It was a dry day. ' * 10}</p></article>",
        ),
        ("a.json", json.dumps([{"title": "Tap &amp; pipe", "text": SHY}])),
        ("a.csv", f'title,text\nTap &amp; pipe,"{SHY}"\n'),
    ],
)
def test_every_format_keeps_tidy_text(tmp_path: Path, name: str, data: str) -> None:
    """Text and title are read alike from every format, and entities of a title are decoded."""
    path = tmp_path / name
    path.write_text(data, encoding="utf-8")
    (article,) = read(path)
    assert article.title == "Tap & pipe"
    assert article.text.startswith(PLAIN)


def test_models_read_ligatures_and_wide_letters_as_letters() -> None:
    """A passage has the same vector, whichever of the forms its letters are printed in."""
    encoder = BundledEncoder.open()
    wide, plain = encoder.encode_passages(["The ofﬁce of Ｋａｉ shut.", "The office of Kai shut."])
    assert (wide == plain).all()


@pytest.mark.slow
def test_a_plain_question_finds_and_quotes_printed_forms(tmp_path: Path) -> None:
    """The quote has the characters of the article, at its offsets."""
    path = tmp_path / "a.md"
    body = "The ofﬁce grooms at Grifﬁn Court walked out on Monday.\n\nTheir leader, Steﬀ Moy, wept."
    path.write_text(f"---\ntitle: Walkout\nsource: Post\npublished: 2024-02-01\n---\n{body}\n", encoding="utf-8")
    newsqa = NewsQA.open(tmp_path / "index")
    newsqa.ingest([path])
    for question in ("Who walked out at Griffin Court?", "Ｗｈｏ walked out at Grif\u00adﬁn Court?"):
        answer = newsqa.ask(question)
        assert not answer.abstained, question
        (citation,) = answer.citations
        assert citation.quote == body[citation.start : citation.end] == body.partition("\n")[0]
