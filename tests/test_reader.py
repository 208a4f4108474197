"""The bundled reader: spans with exact offsets, scores that compare across passages, and nothing random."""

from __future__ import annotations

import os
import subprocess
import sys
from itertools import accumulate, pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsqa.answers.reader import MOST_SPANS, SpanReader, plain_question
from newsqa.errors import ModelError
from newsqa.text.passages import SentenceSplitter
from newsqa.text.windows import cut_ranges, mark_sentence
from newsqa.types import Article, Marked, Passage, Reading, Span

FLOOD = (
    "The river Arl burst its banks on Tuesday night, and 340 families had to leave their homes in Bergstadt. "
    "Mayor Helene Vogt said that the old dam at Rotwasser had been repaired in 2019. "
    "Schools stay closed until Monday because the water has reached the power station."
)
CUP = (
    "Juan Ortega scored twice as Valmora beat Esteria 3-1 in the final of the Southern Cup on Saturday. "
    "The coach, Paolo Brandt, will leave the club in June. "
    "More than 52,000 people watched the match in the rain."
)
BANK = (
    "The central bank of Norland raised its main interest rate to 4.25 percent on Thursday. "
    "Governor Anneke Smit said inflation was still too high. "
    "Economists had expected a smaller step, and the krone rose against the dollar."
)
QUESTIONS = [
    ("How many families had to leave their homes in Bergstadt?", 0, "340"),
    ("Who scored twice in the final of the Southern Cup?", 1, "Juan Ortega"),
    ("Who is the governor of Norland's central bank?", 2, "Anneke Smit"),
    ("When was the dam at Rotwasser repaired?", 0, "2019"),
    ("How many people watched the match between Valmora and Esteria?", 1, "52,000"),
    ("What is the main interest rate in Norland?", 2, "4.25 percent"),
]


def passages_of(text: str, key: str = "a") -> list[Passage]:
    """The passages of an article with this text."""
    return SentenceSplitter().split(Article(id=key, title="", text=text, content_hash=key))


def passage_of(text: str, before: str = "") -> Passage:
    """One passage of one sentence that stands after `before` in its article."""
    start, end = len(before), len(before) + len(text)
    return Passage("p", "a", text, start, end, (Span(start, end),))


def marked_in(passage: Passage, sentence: Span) -> Marked:
    """A sentence of a passage, with the passage around it."""
    return Marked(passage.text, sentence.start - passage.start, sentence.end - passage.start)


@pytest.fixture(scope="module")
def reader() -> SpanReader:
    """The bundled reader."""
    return SpanReader.open()


@pytest.fixture(scope="module")
def news() -> list[Passage]:
    """One passage from each of three articles."""
    return [passages_of(text, key)[0] for key, text in zip("abc", (FLOOD, CUP, BANK), strict=True)]


def summary(readings: list[Reading]) -> list[tuple[float, float, list[tuple[int, int, float]]]]:
    """Everything that a reading says, without the passage."""
    return [(r.score, r.probability, [(s.span.start, s.span.end, s.score) for s in r.spans]) for r in readings]


@pytest.mark.parametrize(("question", "place", "answer"), QUESTIONS)
def test_the_passage_that_answers_wins(
    reader: SpanReader, news: list[Passage], question: str, place: int, answer: str
) -> None:
    """The best of three passages is the one that holds the answer, and its best span holds the answer's words."""
    readings = reader.read(question, news)
    assert max(range(3), key=lambda number: readings[number].score) == place
    assert answer in readings[place].spans[0].text
    assert len(readings[place].spans[0].text) < len(answer) + 30


@pytest.mark.parametrize(("question", "place", "answer"), QUESTIONS)
def test_lower_case_without_a_question_mark_reads_the_same(
    reader: SpanReader, news: list[Passage], question: str, place: int, answer: str
) -> None:
    """A question typed in lower case without question mark gives exactly the same readings."""
    typed = question.lower().rstrip("?")
    assert summary(reader.read(typed, news)) == summary(reader.read(question, news))


def test_offsets_count_in_the_article(reader: SpanReader) -> None:
    """A span's offsets cut its text out of the article, and lie inside one of the passage's sentences."""
    text = "\n\n".join([FLOOD, CUP, BANK] * 4)
    passages = passages_of(text)
    assert len(passages) > 1
    for reading in reader.read("Who is the coach?", passages):
        assert reading.spans
        for span in reading.spans:
            assert span.span.of(text) == span.text != ""
            assert any(s.start <= span.span.start and span.span.end <= s.end for s in reading.passage.sentences)


def test_spans_are_few_best_first_and_apart(reader: SpanReader, news: list[Passage]) -> None:
    """Spans come best first, at most `MOST_SPANS`, without overlap; the reading has the score of the first."""
    for reading in reader.read("Who beat Esteria?", news):
        assert 1 < len(reading.spans) <= MOST_SPANS
        assert reading.score == reading.spans[0].score
        assert all(a.score >= b.score for a, b in pairwise(reading.spans))
        ordered = sorted(reading.spans, key=lambda span: span.span.start)
        assert all(a.span.end <= b.span.start for a, b in pairwise(ordered))


def test_readings_follow_the_order_of_the_passages(reader: SpanReader, news: list[Passage]) -> None:
    """Each reading names the passage that it was asked about, whatever the order and the lengths."""
    longer = passages_of(" ".join([CUP, BANK, FLOOD]), "d")
    mixed = [news[2], *longer, news[0], news[1], news[2]]
    assert [reading.passage for reading in reader.read("Who won?", mixed)] == mixed


def test_a_reading_does_not_depend_on_what_else_is_read(reader: SpanReader, news: list[Passage]) -> None:
    """A passage read alone, with others, twice, or by one thread gives the same numbers to the last bit."""
    question = "Why do the schools stay closed?"
    together = summary(reader.read(question, news * 3))
    alone = [summary(reader.read(question, [passage]))[0] for passage in news]
    single = SpanReader.open(threads=1)
    assert together == alone * 3
    assert summary(single.read(question, news)) == alone


def test_nothing_to_read(reader: SpanReader, news: list[Passage]) -> None:
    """No passages give no readings; without a question, or without sentences to quote, nothing answers."""
    assert reader.read("Who won?", []) == []
    bare = Passage("p", "a", "Weather, 4 May", 0, 14, ())
    for reading in [*reader.read(" ?? ", news), *reader.read("What is the date?", [bare])]:
        assert reading.spans == ()
        assert reading.score < -20
        assert reading.probability < 0.01


def test_a_long_passage_is_read_to_its_end(reader: SpanReader) -> None:
    """An answer beyond the first window is found, at its place."""
    sentences = [
        f"Row {number} of the hall was empty that evening, said a guard at the door." for number in range(60)
    ]
    sentences.append("The thief, Tomas Lindqvist, was arrested at the ferry port.")
    text = " ".join(sentences)
    spans, start = [], 0
    for sentence in sentences:
        spans.append(Span(start, start + len(sentence)))
        start += len(sentence) + 1
    passage = Passage("p", "a", text, 0, len(text), tuple(spans))
    (reading,) = reader.read("Who was arrested at the ferry port?", [passage])
    assert "Lindqvist" in reading.spans[0].text
    assert reading.spans[0].span.of(text) == reading.spans[0].text


@pytest.mark.parametrize(
    ("bounds", "ranges"),
    [
        ([0, 40, 90], [(0, 90)]),
        ([0, 0], [(0, 0)]),
        ([0, 30, 60, 90, 130], [(0, 90), (30, 130)]),
        ([0, 90, 130, 230], [(0, 90), (90, 130), (130, 230)]),
        ([0, 40, 80, 120, 160, 200, 240], [(0, 80), (40, 120), (80, 160), (160, 240)]),
        ([0, 10, 190, 200], [(0, 10), (10, 110), (60, 160), (110, 190), (190, 200)]),
    ],
)
def test_windows_are_cut_at_sentences(bounds: list[int], ranges: list[tuple[int, int]]) -> None:
    """A text that fits is one window; others are cut between sentences, and share one where there is room."""
    assert cut_ranges(bounds, 100) == ranges


@given(st.lists(st.integers(0, 250), min_size=1, max_size=12), st.integers(2, 200))
def test_windows_cover_every_sentence(lengths: list[int], room: int) -> None:
    """No window is larger than the room, every token is in one, and a sentence that fits is whole in one."""
    bounds = [0, *accumulate(lengths)]
    ranges = cut_ranges(bounds, room)
    assert all(last - first <= room for first, last in ranges)
    assert {token for first, last in ranges for token in range(first, last)} == set(range(bounds[-1]))
    for begin, end in pairwise(bounds):
        assert end - begin > room or any(first <= begin and end <= last for first, last in ranges)


@pytest.mark.parametrize(
    "text",
    [
        "Çağla Öztürk’ün kedisi 🐈‍⬛ Ünye’de bulundu, dedi komşusu.",
        "Cafe\u0301 Zoe\u0308 in Mu\u0308nchen re\u0301ouvre lundi, a dit sa patronne.",
        "日本の首相は火曜日にソウルを訪れた。",
        "ﬁnancial ﬂows \u200bhave\u00a0no\u2003limit \x00 said \ufeffMr Nil.",
        "a lone \ud800 surrogate was found by Ann",
        "\u202eright to left\u202c said the man",
        "x" * 5000,
    ],
)
def test_odd_text_keeps_exact_offsets(reader: SpanReader, text: str) -> None:
    """Accents, joined emoji, scripts, invisible characters and lone surrogates do not move a span."""
    before = "é🐈 "
    (reading,) = reader.read("Who said it? \udfff", [passage_of(text, before)])
    for span in reading.spans:
        assert span.span.of(before + text) == span.text
        assert span.text == span.text.strip() != ""


def test_the_probability_rises_with_the_score(reader: SpanReader, news: list[Passage]) -> None:
    """Over all readings of all questions: in [0, 1], and in the same order as the scores."""
    readings = [reading for question, *_ in QUESTIONS for reading in reader.read(question, news)]
    readings.sort(key=lambda reading: reading.score)
    probabilities = [reading.probability for reading in readings]
    assert probabilities == sorted(probabilities)
    assert 0 <= probabilities[0] < probabilities[-1] <= 1


@pytest.mark.parametrize(("question", "place", "answer"), QUESTIONS)
def test_the_second_look_finds_the_sentence(
    reader: SpanReader, news: list[Passage], question: str, place: int, answer: str
) -> None:
    """Of all sentences of three passages the one with the answer has the highest logit, above "none of them"."""
    sentences = [(number, span) for number, passage in enumerate(news) for span in passage.sentences]
    logits = reader.judge(question, [marked_in(news[number], span) for number, span in sentences])
    number, span = sentences[max(range(len(logits)), key=logits.__getitem__)]
    assert number == place
    assert answer in span.of(news[number].text)
    assert max(logits) > 0


def test_the_second_look_knows_when_none_answers(reader: SpanReader, news: list[Passage]) -> None:
    """Of a question that no sentence answers, "none of them" is likelier than each."""
    sentences = [marked_in(passage, span) for passage in news for span in passage.sentences]
    assert max(reader.judge("Who won the tennis tournament in Madrid?", sentences)) < 0
    assert reader.judge("Who won?", []) == []


def test_a_logit_does_not_depend_on_what_else_is_judged(reader: SpanReader, news: list[Passage]) -> None:
    """A sentence judged alone, with others, twice, or by one thread has the same logit to the last bit."""
    sentences = [marked_in(passage, span) for passage in news for span in passage.sentences]
    question = "Why do the schools stay closed?"
    together = reader.judge(question, sentences * 2)
    assert together == [reader.judge(question, [one])[0] for one in sentences] * 2
    assert SpanReader.open(threads=1).judge(question, sentences) == together[: len(sentences)]


def test_what_stands_before_a_passage_is_read_and_never_quoted(reader: SpanReader) -> None:
    """The sentences before say who "she" is; no span is taken from them or from the title."""
    before = "Anneke Smit, the governor of the central bank of Norland, spoke on Thursday. "
    passage = passage_of("She said that inflation was still too high.", before)
    alone, after = (
        reader.read("What did Anneke Smit say about inflation?", [passage], told)[0] for told in ((), [before])
    )
    assert after.score != alone.score
    assert all(passage.start <= span.span.start < span.span.end <= passage.end for span in after.spans)


@given(
    st.lists(st.integers(1000, 9999), max_size=40),
    st.lists(st.integers(1000, 9999), min_size=1, max_size=400),
    st.data(),
)
def test_a_marked_sentence_fits_with_what_stands_around_it(
    question: list[int], text: list[int], data: st.DataObject
) -> None:
    """Between its markers stands the sentence, around it as much of the text as fits, in order, typed 2."""
    first = data.draw(st.integers(0, len(text) - 1))
    last = data.draw(st.integers(first + 1, len(text)))
    ids, types = mark_sentence(question, text, first, last, 210)
    assert len(ids) == len(types) == min(210, len(question) + len(text) + 5)
    opened, shut = ids.index(1), ids.index(2)
    assert ids[opened + 1 : shut] == text[first:last][: 205 - len(question)]
    assert [place for place, kind in enumerate(types) if kind == 2] == list(range(opened, shut + 1))
    body = [*ids[len(question) + 2 : opened], *ids[opened + 1 : shut], *ids[shut + 1 : -1]]
    assert "".join(map(chr, body)) in "".join(map(chr, text))


@pytest.mark.parametrize(
    ("question", "plain"),
    [("Who won?", "Who won"), ("  who\n won ?? ", "who won"), ("???", ""), ("Is 2 + 2 = 4?!", "Is 2 + 2 = 4?!")],
)
def test_plain_question(question: str, plain: str) -> None:
    """Question marks at the end and runs of white space go; everything else stays."""
    assert plain_question(question) == plain


@pytest.mark.parametrize("spoil", ["config.json", "model.onnx", "tokenizer.json"])
def test_a_damaged_reader_is_a_clear_error(tmp_path: Path, spoil: str) -> None:
    """A missing folder or a damaged file says which folder, and what to do."""
    from newsqa.answers.reader import BUNDLED

    with pytest.raises(ModelError, match="NEWSQA_READER=similarity"):
        SpanReader.open(tmp_path / "nowhere")
    for name in ("config.json", "model.onnx", "tokenizer.json"):
        (tmp_path / name).write_bytes(b"{" if name == spoil else (BUNDLED / name).read_bytes())
    with pytest.raises(ModelError, match="Install newsqa again"):
        SpanReader.open(tmp_path).read("Who won?", [])


def test_loading_in_the_background(reader: SpanReader) -> None:
    """A reader that was told to prepare, twice, reads as any other."""
    fresh = SpanReader.open()
    fresh.prepare()
    fresh.prepare()
    passage = Passage("p", "a", "Ann won.", 0, 8, (Span(0, 8),))
    assert fresh.read("Who won?", [passage]) == reader.read("Who won?", [passage])


def test_reading_needs_no_torch() -> None:
    """Opening the reader and reading imports neither torch nor transformers; the module alone no onnxruntime."""
    code = (
        "import sys; from newsqa.answers.reader import SpanReader; assert 'onnxruntime' not in sys.modules; "
        "from newsqa.types import Passage, Span; "
        "p = Passage('p', 'a', 'Ann won.', 0, 8, (Span(0, 8),)); "
        "r = SpanReader.open().read('Who won?', [p]); assert r[0].spans; "
        "assert not {'torch', 'transformers', 'sentence_transformers', 'sklearn'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, env=dict(os.environ), timeout=120)
