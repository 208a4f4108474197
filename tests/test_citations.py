"""The `[1]` marker: found in every form, whole in a stream, renumbered, removed."""

from __future__ import annotations

import itertools
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsqa.text.citations import (
    Marker,
    marker,
    normalise,
    parse,
    renumber,
    sentences_with_markers,
    strip,
)

WORDS = "[ ] [[ ]] 【 】 1 2 12 , - ^ source †source ( ) ` ``` ~~~ a é ! http://x.y [1] [1](u) [1][2] 【3†source】"
PIECES = st.sampled_from([*WORDS.split(), "\n", " ", ", ", "source ", "Word. ", "e.g. "])
TEXT = st.one_of(st.lists(PIECES, max_size=40).map("".join), st.text(max_size=80))


def chunks(text: str, cuts: list[int]) -> list[str]:
    """The text cut at the given places, taken modulo its length."""
    at = sorted({cut % (len(text) + 1) for cut in cuts} | {0, len(text)})
    return [text[start:end] for start, end in itertools.pairwise(at)]


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("It fell [1].", [(1,)]),
        ("It fell [1, 2].", [(1, 2)]),
        ("It fell [1,2].", [(1, 2)]),
        ("It fell [1; 2].", [(1, 2)]),
        ("It fell [1 and 2].", [(1, 2)]),
        ("It fell [1][2].", [(1,), (2,)]),
        ("It fell [1] [2].", [(1,), (2,)]),
        ("It fell [1-3].", [(1, 2, 3)]),
        ("It fell [1–3, 5].", [(1, 2, 3, 5)]),
        ("It fell [2, 2].", [(2,)]),
        ("It fell 【1】.", [(1,)]),
        ("It fell 【1†source】.", [(1,)]),
        ("It fell 【4:0†source】.", [(4,)]),
        ("It fell [1†L3-L9].", [(1,)]),
        ("It fell [^1].", [(1,)]),
        ("It fell [^1, ^2].", [(1, 2)]),
        ("It fell [source 1].", [(1,)]),
        ("It fell [Source 1, Source 2].", [(1, 2)]),
        ("It fell [sources 1 and 2].", [(1, 2)]),
        ("It fell [passage 3].", [(3,)]),
        ("It fell [#3].", [(3,)]),
        ("It fell [[1]].", [(1,)]),
        ("It fell [01].", [(1,)]),
        ("It fell[1].", [(1,)]),
        ("In [2019] it fell.", [(2019,)]),
        ("It fell [0].", [(0,)]),
        ("It fell [1-9999].", [(1, 9999)]),
        ("It fell (1).", []),
        ("It fell [sic].", []),
        ("It fell [].", []),
        ("It fell [12345].", []),
        ("It fell [1", []),
        ("It fell [1\n].", []),
        ("It fell [1 000 000 people].", []),
        ("`a[1]` fell.", []),
        ("``a[1]` b[1]`` fell [2].", [(2,)]),
        ("```\na[1]\n```\nfell [2].", [(2,)]),
        ("~~~\na[1]\n```\nb[1]\n~~~\n[2]", [(2,)]),
        ("a ` stray [1]\nnext line [2]", [(2,)]),
    ],
)
def test_every_form_is_found(text: str, numbers: list[tuple[int, ...]]) -> None:
    """Each form of a marker gives its numbers, and what only looks like one gives none."""
    assert [found.numbers for found in parse(text)] == numbers


def test_a_link_belongs_to_its_marker() -> None:
    """`[1](url)` is a marker as a whole, so that no address of the model's making is kept."""
    text = "It fell [1](https://evil.example/?q=1) today."
    assert parse(text) == [Marker((1,), 8, 38)]
    assert normalise(text) == "It fell [1] today."
    assert normalise("It fell [1](the first time).") == "It fell [1](the first time)."


def test_the_marker_is_written_as_it_is_read() -> None:
    """`marker` and `parse` are each other's inverse."""
    assert [parse(marker(n))[0].numbers for n in (1, 9, 10, 123)] == [(1,), (9,), (10,), (123,)]


def test_normalise_gives_one_form() -> None:
    """All forms become `[n]`, one bracket per number."""
    assert normalise("A [1, 2]. B 【3†source】. C [^4]. D [5-7].") == "A [1][2]. B [3]. C [4]. D [5][6][7]."


@pytest.mark.parametrize(
    ("text", "mapping", "expected"),
    [
        ("A [3]. B [1].", {3: 1, 1: 2}, "A [1]. B [2]."),
        ("A [3, 1]. B [7].", {3: 1, 1: 2}, "A [1][2]. B."),
        ("A [1][2] and B.", {2: 1}, "A [1] and B."),
        ("A [1, 2].", {1: 1, 2: 1}, "A [1]."),
        ("A [9] b", {}, "A b"),
        ("A [9][8] b", {}, "A b"),
        ("A [9](u)b", {}, "A b"),
        ("a[9]b", {}, "a b"),
        ("`x[9]` [9]", {}, "`x[9]`"),
        ("[[9]1]", {1: 1}, "[1]"),
        ("[1[9], 8]", {1: 4}, "[4]"),
    ],
)
def test_renumber(text: str, mapping: dict[int, int], expected: str) -> None:
    """Mapped numbers are rewritten, others removed with the blank before them."""
    assert renumber(text, mapping) == expected


@given(TEXT)
def test_normalising_keeps_the_numbers(text: str) -> None:
    """A normalised text cites the same numbers in the same order."""

    def numbers(value: str) -> list[int]:
        return [number for found in parse(value) for number in found.numbers]

    assert numbers(normalise(text)) == numbers(text)


@given(TEXT)
def test_nothing_is_left_when_stripped(text: str) -> None:
    """A stripped text holds no marker, not even one whose halves met when another was removed."""
    assert parse(strip(text)) == []


@given(TEXT, st.dictionaries(st.integers(0, 12), st.integers(1, 12), max_size=4))
def test_only_new_numbers_are_left_when_renumbered(text: str, mapping: dict[int, int]) -> None:
    """A renumbered text cites nothing but the mapping's values."""
    assert {n for found in parse(renumber(text, mapping)) for n in found.numbers} <= set(mapping.values())


@given(TEXT)
def test_sentences_hold_every_marker_in_order(text: str) -> None:
    """Sentences do not overlap, stand in order, and together cite what the text cites next to words."""
    sentences = sentences_with_markers(text)
    assert all(a.end <= b.start for a, b in itertools.pairwise(sentences))
    assert all(0 <= s.start < s.end <= len(text) and s.text for s in sentences)
    cited = {number for found in parse(text) for number in found.numbers}
    held = {number for sentence in sentences for number in sentence.numbers}
    assert held == cited if sentences and sentences[0].start == 0 else held <= cited


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Prices rose [1]. They fell later [2].", [("Prices rose.", (1,)), ("They fell later.", (2,))]),
        ("Prices rose.[1] They fell.[2]", [("Prices rose.", (1,)), ("They fell.", (2,))]),
        ("Prices rose. [1] They fell. [2]", [("Prices rose.", (1,)), ("They fell.", (2,))]),
        ("[1] Prices rose. They fell.", [("Prices rose.", (1,)), ("They fell.", ())]),
        ("Prices rose [1] and fell [2, 3].", [("Prices rose and fell.", (1, 2, 3))]),
        ("Mr. Kim met Ann B. Lee in the U.S. Senate.", [("Mr. Kim met Ann B. Lee in the U.S. Senate.", ())]),
        ("It cost $1.2 million [1]. 40 came.", [("It cost $1.2 million.", (1,)), ("40 came.", ())]),
        ('He said "No." She left [2].', [('He said "No."', ()), ("She left.", (2,))]),
        ("- One fell [1]\n- Two rose [2]\n", [("One fell", (1,)), ("Two rose", (2,))]),
        ("1. One fell [1].\n2. Two rose.", [("One fell.", (1,)), ("Two rose.", ())]),
        ("# Title\n\nBody [1].", [("Title", ()), ("Body.", (1,))]),
        ("Prices rose.\n[1]", [("Prices rose.", (1,))]),
        ("**Prices** rose. **They** fell [1].", [("**Prices** rose.", ()), ("**They** fell.", (1,))]),
        ("", []),
        ("[1]", []),
    ],
)
def test_sentences(text: str, expected: list[tuple[str, tuple[int, ...]]]) -> None:
    """An answer falls into its sentences, each with the numbers that stand in or behind it."""
    assert [(sentence.text, sentence.numbers) for sentence in sentences_with_markers(text)] == expected


def test_a_sentence_knows_its_place() -> None:
    """Offsets cover the sentence with its markers; lines are counted as paragraphs."""
    text = "- Prices rose [1]. They fell [2].\n\nEnd [3]."
    found = sentences_with_markers(text)
    assert [text[s.start : s.end] for s in found] == ["Prices rose [1].", "They fell [2].", "End [3]."]
    assert [s.paragraph for s in found] == [0, 0, 1]


@pytest.mark.parametrize(
    "text",
    [
        "[" * 200_000,
        "[1" * 100_000,
        "[[1]" * 50_000,
        "[1](" * 50_000,
        "[1, " * 50_000,
        "[source source " * 20_000,
        "`[" * 100_000,
        " " * 200_000 + "[1]",
        "[5" * 30_000 + "]" * 30_000,
        "A. " * 60_000,
        "." * 200_000,
        ". " * 100_000,
        "." + " " * 200_000 + "x",
        "- " * 100_000,
        "[1][2]" * 30_000,
        "U.S. " * 40_000,
    ],
    ids=lambda text: text[:8].strip() or "blanks",
)
def test_hostile_text_takes_linear_time(text: str) -> None:
    """Two hundred thousand characters made to backtrack are read, stripped and split within seconds."""
    began = time.process_time()
    strip(text)
    sentences_with_markers(text)
    assert time.process_time() - began < 6
