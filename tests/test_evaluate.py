"""The figures of an evaluation, each worked by hand."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest

from newsqa.errors import NewsqaError
from newsqa.evaluate import (
    GoldQuestion,
    Outcome,
    Report,
    normalise,
    percentile,
    read_items,
    save_plot,
)
from newsqa.evaluate.measures import (
    average_precision,
    best_f1,
    calibration_error,
    exact_match,
    ndcg,
    reliability,
)
from newsqa.types import Answer, Citation, Passage, Span

QUOTE = "Kim left Vladivostok on Friday."


def outcome(*, answerable: bool, abstained: bool, ranks: tuple[int, ...] = (), confidence: float = 0.9) -> Outcome:
    """An answer that quotes QUOTE, or an abstention."""
    passage = Passage("p", "a", QUOTE, 0, len(QUOTE), (Span(0, len(QUOTE)),))
    cited = () if abstained else (Citation(1, QUOTE, 0, len(QUOTE), passage, (Span(24, 30),)),)
    answer = Answer("q", "q", "" if abstained else f"{QUOTE} [1]", abstained, confidence, cited)
    gold = ("Friday",) if answerable else ()
    item = GoldQuestion("q", answerable, gold, (QUOTE,) if answerable else (), ("a",) if answerable else ())
    return Outcome(item, answer, ranks, 0.1)


def test_figures_worked_by_hand() -> None:
    """One right answer found first, one refused though found third, one rightly refused, one wrongly answered."""
    report = Report(
        (
            outcome(answerable=True, abstained=False, ranks=(1,)),
            outcome(answerable=True, abstained=True, ranks=(3,), confidence=0.2),
            outcome(answerable=False, abstained=True, confidence=0.1),
            outcome(answerable=False, abstained=False, confidence=0.8),
        )
    )
    assert report.figures() == pytest.approx(
        {
            "questions": 4.0,
            "recall@1": 0.5,
            "recall@5": 1.0,
            "recall@10": 1.0,
            "MRR": (1 + 1 / 3) / 2,
            "nDCG@10": (1 + 0.5) / 2,
            "right sentence cited": 0.5,
            "answer in cited sentences": 0.5,
            "answer EM": 0.5,
            "answer F1": 0.5,
            "citation precision": 1.0,
            "refused, unanswerable": 0.5,
            "refused, answerable": 0.5,
            "calibration error": (0.1 + 0.8) / 2,
            "right where well supported": 1.0,
            "right where likely": 0.0,
            "seconds, median": 0.1,
            "seconds, p95": 0.1,
        }
    )
    assert report.curve()[0] == (0.9, 0.75, 1.0)
    assert report.curve()[1] == (0.8, 0.5, 0.5)
    assert "recall@5" in report.table()
    assert json.loads(json.dumps(report.to_dict()))["questions"][0]["right_sentence"] is True


def test_sentences_nuggets_and_kinds() -> None:
    """The right sentence second of three; one of two nuggets covered; a row for each kind."""
    answered = outcome(answerable=True, abstained=False)
    item = replace(answered.item, kind="when", nuggets=(("left Vladivostok",), ("stayed", "slept")))
    sentences = ("He came by train.", QUOTE, "It rained.")
    refused = outcome(answerable=False, abstained=True)
    report = Report(
        (
            replace(answered, item=item, sentences=sentences),
            replace(refused, item=replace(refused.item, kind="when")),
        )
    )
    figures = report.figures()
    assert figures["sentences, P@1"] == 0.0
    assert figures["sentences, MAP"] == 0.5
    assert figures["nuggets covered"] == 0.5
    row = {"questions": 2.0, "right": 1.0, "nuggets covered": 0.5}
    assert report.kinds() == {"when": {**row, "refused, answerable": 0.0, "refused, unanswerable": 1.0}}
    assert report.table().splitlines()[-1].startswith("when: 2 questions, right 1.000")


def test_order_and_calibration_worked_by_hand() -> None:
    """Right ones at the first and third place; of four probabilities three share a bin."""
    assert average_precision([True, False, True]) == pytest.approx((1 + 2 / 3) / 2)
    assert average_precision([]) == average_precision([False]) == 0.0
    rows = [(0.9, True), (0.9, False), (1.0, True), (0.2, False)]
    bins = [(pytest.approx(0.2), 0.0, 1.0), (pytest.approx(2.8 / 3), pytest.approx(2 / 3), 3.0)]
    assert reliability(rows) == bins
    assert calibration_error(rows) == pytest.approx((0.2 + 0.8) / 4)
    assert calibration_error(rows, [0.0, 1.0, 0.0, 1.0]) == pytest.approx((0.9 + 0.2) / 2)
    assert calibration_error([]) == 0.0


@pytest.mark.parametrize(
    ("given", "gold", "em", "f1"),
    [
        ("The Friday", ["friday"], 1.0, 1.0),
        ("on Friday morning", ["Friday"], 0.0, 0.5),
        ("Monday", ["Friday"], 0.0, 0.0),
        ("Monday", ["Friday", "Monday"], 1.0, 1.0),
    ],
)
def test_exact_match_and_f1(given: str, gold: list[str], em: float, f1: float) -> None:
    """Articles, case and punctuation do not count; the best gold answer does."""
    assert exact_match(given, gold) == em
    assert best_f1(given, gold) == pytest.approx(f1)


def test_small_measures() -> None:
    """nDCG of a perfect ranking is 1; a percentile is one of the values."""
    assert ndcg((1, 2), 2) == 1.0
    assert ndcg((), 2) == 0.0
    assert percentile([3.0, 1.0, 2.0], 0.5) == 2.0
    assert normalise("The  U.S. “deal”!") == "u s deal"


@pytest.mark.parametrize("content", ["", "not json\n", '["a list"]\n', '{"answers": []}\n'])
def test_a_broken_file_is_told_in_words(tmp_path: Path, content: str) -> None:
    """An empty file, broken JSON, no object, no question: a NewsqaError that names the file."""
    path = tmp_path / "questions.jsonl"
    path.write_text(content)
    with pytest.raises(NewsqaError, match=r"questions\.jsonl"):
        read_items(path)


def test_lines_end_where_those_of_json_do(tmp_path: Path) -> None:
    """With or without a carriage return; other separators of lines are part of a string, and count for none."""
    path = tmp_path / "questions.jsonl"
    rows = [
        {"question": "Who\u2028opened\x85it?", "answers": ["He"]},
        {"question": "Who closed it?", "answers": []},
    ]
    path.write_bytes("".join(f"{json.dumps(row, ensure_ascii=False)}\r\n\n" for row in rows).encode())
    assert [item.question for item in read_items(path)] == ["Who\u2028opened\x85it?", "Who closed it?"]
    path.write_bytes(path.read_bytes() + b"no question")
    with pytest.raises(NewsqaError, match="Line 5 of"):
        read_items(path)


def test_a_question_of_which_nothing_is_known_is_told(tmp_path: Path) -> None:
    """It would count as one without an answer."""
    path = tmp_path / "questions.jsonl"
    path.write_text('{"question": "Who opened it?", "kind": "who"}\n')
    with pytest.raises(NewsqaError, match=r"Line 1 of .* says nothing of the answer \(`answers`"):
        read_items(path)


def test_a_question_without_gold_is_unanswerable(tmp_path: Path) -> None:
    """`answers: null` says that the articles do not answer."""
    path = tmp_path / "questions.jsonl"
    path.write_text('{"question": "What did Kim eat?", "answers": null}\n')
    (item,) = read_items(path)
    assert item == GoldQuestion("What did Kim eat?", False)


def test_the_plot_shows_the_curve_and_the_run(tmp_path: Path) -> None:
    """The picture is SVG with a point for each question, and a dot for the threshold of the run."""
    report = Report(
        (
            outcome(answerable=True, abstained=False),
            outcome(answerable=False, abstained=True, confidence=0.1),
        )
    )
    path = tmp_path / "curve.svg"
    save_plot(report, path)
    root = ElementTree.parse(path).getroot()  # noqa: S314 (our own file)
    names = {"svg": "http://www.w3.org/2000/svg"}
    line = root.find("svg:polyline", names)
    assert line is not None
    assert len(line.attrib["points"].split()) == len(report.outcomes)
    assert "refused 0.50, right 1.00" in "".join(root.itertext())
    with pytest.raises(NewsqaError, match="--plot"):
        save_plot(report, tmp_path)
