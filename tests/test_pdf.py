"""PDFs as different programs make them: what they draw, and in which order."""

from __future__ import annotations

import io
from itertools import chain, zip_longest

import pytest

from newsqa.errors import ArticleError
from newsqa.sources.formats.origin import Origin
from newsqa.sources.formats.pdf import read_pdf
from newsqa.types import Article
from tests.formats import placed_pdf

Text = tuple[float, float, float, str]
FIRST = ("The council of Lund closed the line", "to Skerry on Tuesday, its chair said.")
SECOND = ("Islanders will hire a boat of their", "own, which costs 900 crowns a day.")
THIRD = ("Nobody had offered to buy the ferry,", "which was built in Odense in 1988.")


def read(*pages: list[Text], info: str = "") -> Article:
    return read_pdf(placed_pdf(pages, info), Origin("a.pdf", "/a.pdf", "/a.pdf"))


def below(lines: tuple[str, ...], *, left: float = 72, foot: float = 600, size: float = 10) -> list[Text]:
    return [(left, foot - 12 * at, size, line) for at, line in enumerate(lines)]


def paragraphs(article: Article) -> list[str]:
    return [block.span.of(article.text) for block in article.blocks if block.kind == "paragraph"]


def test_a_headline_that_stands_close_to_its_byline_is_told_from_it() -> None:
    """By the size of the letters; the author and the day are read of the byline."""
    head = [(72, 700, 18, "Last boat to Skerry"), (72, 680, 18, "sails on Friday")]
    article = read([*head, (72, 666, 10, "By Ann Roe, 12 March 2024"), *below(FIRST)])
    assert article.title == "Last boat to Skerry sails on Friday"
    assert (article.author, str(article.published)) == ("Ann Roe", "2024-03-12")
    assert paragraphs(article) == [" ".join(FIRST)]


def test_columns_are_read_one_after_the_other() -> None:
    """Whether a program draws them so, or line by line across the page; their ends join over the gap between."""
    left, right = (
        [*below(FIRST), *below(SECOND[:1], foot=570)],
        [*below(SECOND[1:], left=320), *below(THIRD, left=320, foot=580)],
    )
    across = [one for one in chain.from_iterable(zip_longest(left, right)) if one]
    for drawn in ([*left, *right], across):
        assert paragraphs(read([(72, 700, 18, "Last boat"), *drawn])) == [
            " ".join(FIRST), " ".join(SECOND), " ".join(THIRD)
        ]  # fmt: skip


def test_what_stands_at_one_place_of_every_page_is_left_out() -> None:
    """Of two pages as of many, though it is drawn first; a sentence goes on over the page."""

    def page(number: int, lines: tuple[str, ...]) -> list[Text]:
        return [(72, 760, 9, "The Lund Post"), (300, 20, 9, f"{number} | Ferries"), *below(lines)]

    article = read(page(1, (*FIRST, SECOND[0])), page(2, (SECOND[1], *THIRD)))
    assert paragraphs(article)[0] == " ".join((*FIRST, *SECOND, *THIRD))
    assert not any(running in article.text for running in ("Post", "Ferries"))


def test_letters_that_are_drawn_as_one_or_over_each_other_are_read_as_letters() -> None:
    """Ligatures, accents as typesetters draw them, a large initial, and a headline that is drawn twice."""
    twice = [(72, 700, 18, "Last boat"), (72.3, 700, 18, "Last boat")]
    ferry = (
        r"ola M\310uller of the of\256ce, a \257ood of tears",
        r"lifted her, said so at the caf\302e of Lund.",
    )
    initial = [(70, 578, 34, "N"), *below(ferry, left=98)]
    article = read([*twice, *initial])
    assert article.title == "Last boat"
    assert paragraphs(article) == [
        "Nola Müller of the office, a flood of tears lifted her, said so at the café of Lund."
    ]


def test_wide_spaces_are_no_gaps_between_columns() -> None:
    """Lines that are made as long as the others have them; what stands above and below tells."""
    wide = [
        (72, 588, 10, "to"),
        (100, 588, 10, "Skerry"),
        (152, 588, 10, "on Tuesday, its"),
        (226, 588, 10, "chair"),
    ]
    lines = [*below(FIRST[:1]), *wide, (72, 576, 10, "said in the town hall of Lund, again.")]
    assert paragraphs(read([(72, 700, 18, "Last boat"), *lines])) == [
        f"{FIRST[0]} to Skerry on Tuesday, its chair said in the town hall of Lund, again."
    ]


def test_the_rows_of_a_table_are_read_with_their_headings() -> None:
    """Cells that are drawn row by row, however far the rows are apart."""
    rows = (("Island", "Boats in 2023", "Boats in 2024"), ("Skerry", "1,204", "983"), ("Holm", "88", "91"))
    cells = [
        (72 + 90 * column, 560 - 18 * row, 10, cell)
        for row, its in enumerate(rows)
        for column, cell in enumerate(its)
    ]
    told = paragraphs(read([(72, 700, 18, "Last boat"), *below(FIRST), *cells]))
    assert told[1:] == [
        "Skerry, Boats in 2023: 1,204; Boats in 2024: 983.",
        "Holm, Boats in 2023: 88; Boats in 2024: 91.",
    ]


def test_the_day_of_a_pdf_is_what_it_states_else_when_it_was_made() -> None:
    """Its author is in its properties, too."""
    info = "/Author (Bo Lee) /CreationDate (D:20240314093000+01'00')"
    article = read([(72, 700, 18, "Last boat"), *below(FIRST)], info=info)
    assert (article.title, article.author, str(article.published)) == ("Last boat", "Bo Lee", "2024-03-14")
    stated = read(
        [(72, 700, 18, "Last boat"), (72, 660, 10, "By Ann Roe, 12 March 2024"), *below(FIRST)], info=info
    )
    assert str(stated.published) == "2024-03-12"


def test_a_hyphen_at_a_line_end_stays_where_the_word_has_one_elsewhere() -> None:
    """And goes where it stands whole elsewhere; without either, it goes."""
    lines = (
        "The forty-one islanders expected a boat. The forty-",
        "one said so. Nobody ex-",
        "pected a fer-",
        "ry.",
    )
    assert paragraphs(read([(72, 700, 18, "Last boat"), *below(lines)])) == [
        "The forty-one islanders expected a boat. The forty-one said so. Nobody expected a ferry."
    ]


@pytest.mark.parametrize("algorithm", ["RC4-128", "AES-256"])
def test_a_pdf_that_is_locked_with_an_empty_password_is_read(algorithm: str) -> None:
    """As any program opens it without asking."""
    import pypdf

    writer = pypdf.PdfWriter(clone_from=io.BytesIO(placed_pdf([below(FIRST)])))
    writer.encrypt("", "owner", algorithm=algorithm)
    out = io.BytesIO()
    writer.write(out)
    assert read_pdf(out.getvalue(), Origin("a.pdf")).text == " ".join(FIRST)


def test_a_page_of_many_pieces_on_one_height_is_soon_read() -> None:
    """Such as a drawing has; each is looked at beside few others."""
    pieces = [(20.0 + 18 * at, 500.0, 10.0, "a") for at in range(1500)]
    assert read(pieces).text.count("a") == len(pieces)


def test_a_hyphen_at_a_line_end_stays_after_what_is_a_word_of_its_own_more_often() -> None:
    """Numbers in words keep it; what begins more words than it stands before does not."""
    lines = ("Of the islanders only forty-", "one came, though twice as many were ex-", "pected by the chair.")
    whole = "Of the islanders only forty-one came, though twice as many were expected by the chair."
    assert paragraphs(read(below(lines))) == [whole]


@pytest.mark.parametrize("info", [b"3 0 R ", b"8 0 R "])
def test_what_refers_to_itself_is_damage(info: bytes) -> None:
    """An object that is nothing but a reference to itself, or to one that refers back, is told at once."""
    whole = placed_pdf([below(FIRST)]).replace(b"<<  >>", info)
    circle = whole[: whole.index(b"xref")] + b"8 0 obj\n3 0 R\nendobj\n" + whole[whole.index(b"trailer") :]
    with pytest.raises(ArticleError, match="damaged"):
        read_pdf(circle, Origin("a.pdf", "/a.pdf", "/a.pdf"))
