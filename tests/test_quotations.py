"""Quotations: a quoted sentence brings the rest of the quotation, and who said it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsqa.text.quotations import LONGEST, whole_quotation
from newsqa.text.sentences import sentence_spans

CASES = [
    # text, a word of the sentence that was found, what is to be quoted ("" for the sentence alone)
    ("It rained. “We lost the hay. We lost the barn,” said Una Orr. It cost £9.", "hay",
     "“We lost the hay. We lost the barn,” said Una Orr."),
    ("It rained. “We lost the hay. We lost the barn,” said Una Orr. It cost £9.", "barn",
     "“We lost the hay. We lost the barn,” said Una Orr."),
    ('Ives said: "We lost the hay. We lost the barn." Nobody answered.', "barn",
     'Ives said: "We lost the hay. We lost the barn."'),
    ("“We sold the mill,” Orr said. “It was old. It leaked.” They left.", "leaked",
     "“We sold the mill,” Orr said. “It was old. It leaked.”"),
    ("Orr spoke for an hour:\n\n“We sold the mill.”\n\nThey left.", "mill",
     "Orr spoke for an hour:\n\n“We sold the mill.”"),
    ("The mill was sold. Orr called it “a relief”. It leaked.", "relief", "Orr called it “a relief”."),
    ("The mill was sold. It leaked.", "leaked", "It leaked."),
    ("„Wir gehen. Wir kommen nicht zurück“, sagte Orr. Er ging.", "zurück",
     "„Wir gehen. Wir kommen nicht zurück“, sagte Orr."),
    ('The 6" pipe broke. It was old. It was 9" once.', "old", "It was old."),
]  # fmt: skip


@pytest.mark.parametrize(("text", "word", "whole"), CASES)
def test_a_quotation_is_whole_and_says_whose_it_is(text: str, word: str, whole: str) -> None:
    """Marks of several kinds, one sentence or many, the speaker before, between or behind."""
    spans = sentence_spans(text)
    index = next(number for number, span in enumerate(spans) if word in span.of(text))
    assert whole_quotation(text, spans, index).of(text) == whole


def test_offsets_count_from_where_the_text_begins() -> None:
    """A passage's sentences are spans of its article."""
    article = "It rained all day.\n\n“We lost the hay. We lost the barn,” said Una Orr."
    begin = article.index("“")
    spans = sentence_spans(article, begin)
    assert whole_quotation(article[begin:], spans, 0, begin).of(article) == article[begin:]


def test_a_speech_is_not_quoted_whole() -> None:
    """A quotation that is too long gives the sentence alone."""
    text = "“" + "We lost the hay again. " * 40 + "We lost it,” Orr said."
    spans = sentence_spans(text)
    assert whole_quotation(text, spans, 3) == spans[3]


@given(st.text(alphabet='“”"«»„ .:\nAb', max_size=80), st.integers(0, 50))
def test_what_is_quoted_holds_the_sentence(text: str, number: int) -> None:
    """Whatever the marks, the sentence is in what is quoted, which begins and ends with sentences."""
    spans = sentence_spans(text)
    if spans:
        index = number % len(spans)
        whole = whole_quotation(text, spans, index)
        assert whole.start <= spans[index].start < spans[index].end <= whole.end
        assert whole.start in {span.start for span in spans}
        assert whole == spans[index] or len(whole) <= LONGEST
