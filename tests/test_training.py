"""The pure parts of what trains the reader: regions, windows, lists, losses, questions that nothing answers."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from benchmarks.news_questions import SETS
from benchmarks.news_questions import load as load_questions
from training.evaluate_reader import auc
from training.followups import Followup, after_talk
from training.list_sentences import answers
from training.looks import Part, token_weights, word_look
from training.reader_cloze import cloze_question, gaps
from training.reader_data import Context, Data, Question, Region, load_tokenizer, rows
from training.reader_lists import MARKED_TOKENS, Candidate, SentenceList, mark, shortened, thinned
from training.reader_sources import WIDE_TOKENS, regions
from training.reader_typing import Typist, astray
from training.reader_unanswerable import another_figure, another_name, condition, conditioned, denied, opposite
from training.reader_windows import Window, Windows, batches, inside, targets
from training.written import QUESTIONS

from newsqa.answers.reader import BUNDLED
from newsqa.search.spelling import slips


def context(words: str, sentences: Sequence[int], lead: Sequence[int] = ()) -> Context:
    """A text whose tokens are its words, numbered from 1000."""
    ends = [place for place, letter in enumerate(words + " ") if letter == " "]
    starts = [0, *(end + 1 for end in ends[:-1])]
    offsets = np.array(list(zip(starts, ends, strict=True)), dtype=np.int32)
    ids = np.arange(1000, 1000 + len(ends), dtype=np.int32)
    return Context(words, ids, offsets, list(sentences), list(lead))


def chooser(seed: int = 1) -> random.Random:
    """Chance that is the same each time."""
    return random.Random(seed)  # noqa: S311


def candidate(begin: int, end: int, size: int, *, right: bool = False) -> Candidate:
    """A sentence of tokens 1000 and on."""
    return Candidate(np.arange(1000, 1000 + size, dtype=np.int32), begin, end, 0.0, right)


def test_regions_are_where_the_answers_stand() -> None:
    """An answer's characters become its first and last token, once; a long answer is wide; others are dropped."""
    text = context("one two three four " * 10 + "end", [0])
    assert regions(text, ["two three", "two three", "end"], [4, 4, 190], 6) == [Region(1, 2), Region(40, 40)]
    assert regions(text, ["two three", "end"], [4, 190], 1) == [Region(1, 2)]
    assert regions(text, [text.text], [0], 6) == [Region(0, 40, wide=True)]
    assert WIDE_TOKENS < 40
    assert regions(text, ["gone"], [5000], 6) == []


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        (0, 20, [Region(105, 108)]),
        (5, 9, [Region(100, 103)]),
        (7, 20, [Region(100, 101, wide=True)]),
        (0, 7, [Region(105, 106, wide=True)]),
        (9, 20, []),
        (0, 5, []),
    ],
)
def test_a_region_moves_with_its_window(first: int, last: int, expected: list[Region]) -> None:
    """Tokens 5 to 8 stand where the window puts them; what is cut is wide, what is left out is no region."""
    assert inside([Region(5, 8)], first, last, 100) == expected


def test_targets_are_where_a_span_may_begin_and_end() -> None:
    """A span begins at a region's first and ends at its last token, anywhere in a wide one; else at [CLS]."""
    windows = [Window([], 0, [Region(2, 3)]), Window([], 0, [Region(1, 3, wide=True)]), Window([], 0, [])]
    starts, ends = targets(windows, 4)[..., 0].tolist(), targets(windows, 4)[..., 1].tolist()
    assert starts == [[0, 0, 1, 0], [0, 1, 1, 1], [1, 0, 0, 0]]
    assert ends == [[0, 0, 0, 1], [0, 1, 1, 1], [1, 0, 0, 0]]


def test_windows_hold_whole_sentences_and_nothing_hidden() -> None:
    """A window is of whole sentences and has the answer, but never the sentence that the question is made of."""
    text = context(" ".join(f"w{n}" for n in range(300)), range(0, 300, 10), lead=[7, 8])
    asked = Question("cloze", "?", [5, 6], 0, ["w155"], [Region(155, 155)], hidden=(130, 139))
    windows = Windows(Data([text], {"cloze": [asked]}), {"cloze": (1, 1)}, seed=1)
    led = set()
    for window in windows.draw(200, 0.5):
        assert window.ids[:4] == [101, 5, 6, 102]
        body = window.ids[4:-1]
        led.add(body[:2] == [7, 8])
        body = body[2:] if body[:2] == [7, 8] else body
        assert (body[0] % 10, body[-1] % 10) == (0, 9)
        assert body[0] >= 1140
        (region,) = window.regions
        assert window.ids[region.first] == 1155
    assert led == {True, False}


def test_windows_without_an_answer_say_so() -> None:
    """Another part of the text, another text, a changed question: no region; no questions of a kind: no window."""
    text = context(" ".join(f"w{n}" for n in range(300)), range(0, 300, 10))
    other = context(" ".join(f"v{n}" for n in range(100)), range(0, 100, 10))
    asked = Question("squad", "?", [5], 0, ["w155"], [Region(155, 155)], negatives=[1], changed=[[6]])
    mix = dict.fromkeys(("squad same", "squad other", "squad changed", "absent"), (1.0, 1.0))
    windows = Windows(Data([text, other], {"squad": [asked]}), mix, seed=1)
    assert list(windows.mix) == ["squad same", "squad other", "squad changed"]
    drawn = windows.draw(100, 0)
    assert drawn
    assert not any(window.regions for window in drawn)
    assert all(1155 not in window.ids or window.ids[1] == 6 for window in drawn)


def test_batches_keep_to_their_tokens() -> None:
    """No batch has more tokens, padding included, and none of the windows is lost."""
    windows = [Window([1] * size, 0, []) for size in (5, 50, 20, 30, 7, 41)]
    groups = batches(windows, 100, chooser())
    assert all(len(group) * max(len(window.ids) for window in group) <= 100 for group in groups)
    assert sorted(len(window.ids) for group in groups for window in group) == [5, 7, 20, 30, 41, 50]


def test_the_marked_sentence_has_a_type_of_its_own() -> None:
    """The question has type 0, what is around the sentence 1, the sentence and its marks 2."""
    ids, types = mark([5, 6], candidate(2, 4, 6))
    assert ids == [101, 5, 6, 102, 1000, 1001, 1, 1002, 1003, 2, 1004, 1005, 102]
    assert types == [0, 0, 0, 0, 1, 1, 2, 2, 2, 2, 1, 1, 1]
    titled = replace(candidate(2, 4, 6), lead=(7, 8))
    assert mark([5, 6], titled)[0][:8] == [101, 5, 6, 102, 7, 8, 1000, 1001]
    assert mark([5, 6], titled, titled=False)[0] == ids


@pytest.mark.parametrize(
    ("begin", "end", "size"), [(0, 10, 400), (110, 140, 210), (390, 400, 400), (0, 300, 300), (50, 300, 400)]
)
def test_a_marked_sentence_fits(begin: int, end: int, size: int) -> None:
    """However long it is and wherever it stands, all the room is used, and the sentence begins as it does."""
    ids, types = mark([5, 6, 7], candidate(begin, end, size))
    assert len(ids) == len(types) == MARKED_TOKENS
    assert ids[types.index(2) + 1] == 1000 + begin
    assert types.count(2) == min(end - begin, MARKED_TOKENS - 8) + 2


def test_lists_are_shortened_and_thinned() -> None:
    """A shortened list keeps a right sentence; a thinned one has none, and is left alone with too few others."""
    some = [candidate(0, 1, 5), candidate(1, 2, 5), candidate(2, 3, 5), candidate(3, 4, 5, right=True)]
    found = SentenceList("squad", [5], tuple(some))
    assert shortened(found, 2).candidates == (some[0], some[3])
    assert shortened(found, 4) == found
    assert thinned(found, 1.0, chooser()).candidates == tuple(some[:3])
    assert thinned(found, 0.0, chooser()) == found
    few = SentenceList("squad", [5], (some[0], some[3]))
    assert thinned(few, 1.0, chooser()) == few


@pytest.mark.parametrize(
    ("begin", "end", "expected"),
    [(10, 20, True), (0, 10, False), (20, 30, True), (30, 60, False), (50, 60, False)],
)
def test_a_sentence_answers(begin: int, end: int, expected: bool) -> None:
    """The one in which an answer begins does, and one that is mostly part of it; not one that it only reaches."""
    assert answers([Region(15, 35)], begin, end) is expected


def test_sentences_are_ranked_by_rare_words_they_share() -> None:
    """The sentence with the rarest token of the question is first; a part may cut a sentence at its end."""
    texts = [context("a b c d e f", [0, 3]), context("g h", [0])]
    weights = token_weights([*texts, *texts[1:] * 4], 2000)
    assert weights[1003] > weights[1000] == 0
    ((first, second),) = word_look(weights, [([1003, 1000], [Part(texts[0], 0, 5)])])
    assert (first.begin, first.end, second.begin, second.end) == (3, 5, 0, 3)
    assert first.score > second.score == 0


def test_the_losses_are_the_probability_of_what_is_right() -> None:
    """Worked by hand: two of four places may begin the span; one of two sentences is right, or none is."""
    torch = pytest.importorskip("torch")
    from training.reader_batches import list_loss, span_loss

    right = torch.tensor([[[False, False], [True, True], [True, True], [False, False]]])
    assert float(span_loss(torch.zeros(1, 4, 3), torch.ones(1, 4), right)) == pytest.approx(math.log(2))
    mask = torch.tensor([[1, 1, 1, 0]])
    assert float(span_loss(torch.zeros(1, 4, 3), mask, right)) == pytest.approx(math.log(1.5))
    scores = torch.tensor([math.log(3), 0.0, 0.0])  # of 3 + 1 + 1 the first is right; of 1 + 1 none is
    owners = torch.tensor([0, 0, 1])
    loss = list_loss(scores, owners, torch.tensor([True, False, False]), 2)
    assert float(loss) == pytest.approx((math.log(5 / 3) + math.log(2)) / 2)


def test_no_logits_are_closer_to_a_teacher_than_its_own() -> None:
    """Of each task: what the teacher says itself is nearest; padding counts nothing."""
    torch = pytest.importorskip("torch")
    from training.followups import NOT_JUDGED
    from training.reader_batches import TASKS, Batch

    mask = torch.tensor([[1, 1, 1, 0], [1, 1, 1, 1]])
    rights = {
        "windows": torch.zeros(2, 4, 2, dtype=torch.bool),
        "lists": torch.tensor([True, False]),
        "followups": torch.tensor([[NOT_JUDGED, 1, 0, NOT_JUDGED], [0, 1, 0, 0]]),
    }
    taught = torch.randn(2, 4, 4, generator=torch.Generator().manual_seed(1))
    for task in TASKS:
        batch = Batch(task, mask, mask, mask, rights[task], torch.zeros(2, dtype=torch.long), 1)
        nearest = float(batch.loss_to(taught, taught))
        assert float(batch.loss_to(taught, 1.1 * taught)) - nearest > 1e-4 < nearest
        beside = taught.clone()
        beside[0, 3] += 9  # a padding token, no [CLS], and not judged
        assert float(batch.loss_to(taught, beside)) == pytest.approx(nearest)


def test_a_checkpoint_without_an_output_is_given_one() -> None:
    """The weights of two outputs are kept, the others are fresh."""
    torch = pytest.importorskip("torch")
    from training.reader_model import HIDDEN, OUTPUTS, SpanModel

    model = SpanModel()
    state = model.state_dict() | {"head.weight": torch.ones(2, HIDDEN), "head.bias": torch.ones(2)}
    grown = model.grown(state)
    assert grown["head.weight"].shape == (len(OUTPUTS), HIDDEN)
    assert grown["head.bias"].tolist() == [1, 1, *[0] * (len(OUTPUTS) - 2)]


TEXT = "Kim met Putin in Vladivostok in 2019. Later, Trump flew home with 40 guests."


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("Why did Kim meet Putin?", {"Why did Trump meet Putin?", "Why did Kim meet Trump?"}),
        ("Who came in 2019?", {"Who came in 40?"}),
        ("who was there?", {None}),
    ],
)
def test_another_name(question: str, expected: set[str | None]) -> None:
    """A name gives way to another of the text, a figure to another figure, never to the answer."""
    made = {another_name(question, TEXT, ["Vladivostok"], chooser(seed)) for seed in range(20)}
    assert made == expected


def test_another_figure() -> None:
    """A year becomes a year near it, a figure one of as many digits; neither stands in the text."""
    for seed in range(20):
        year = another_figure("Who came in 2019?", TEXT, [], chooser(seed))
        assert year is not None
        assert 1999 <= int(year.split()[-1].rstrip("?")) <= 2039
        assert "2019" not in year
        guests = another_figure("Who had 40 guests?", TEXT, [], chooser(seed))
        assert guests is None or (guests != "Who had 40 guests?" and len(guests) == len("Who had 40 guests?"))
    assert another_figure("Who came?", TEXT, [], chooser()) is None


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("Who flew first?", "Who flew last?"),
        ("Who came earlier?", None),  # the text has "later"
        ("What is first-class?", None),
        ("Who flew home?", None),
    ],
)
def test_opposite(question: str, expected: str | None) -> None:
    """A whole word becomes its opposite, unless the text has that."""
    assert opposite(question, TEXT, [], chooser()) == expected


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("Who was in Vladivostok?", "Who was not in Vladivostok?"),
        ("What will he do?", None),
        ("Who was not there?", None),
        ("Why did Kim go?", None),
    ],
)
def test_denied(question: str, expected: str | None) -> None:
    """A verb that can be denied is; a question with a pronoun or a "not" is left alone."""
    assert denied(question) == expected


def test_conditions_go_from_one_question_to_another() -> None:
    """What limits a question is found at its end, and put where the text says nothing of it."""
    assert condition("Who won in 1998?") == " in 1998"
    assert condition("Who won the cup?") is None
    assert conditioned("Who met?", TEXT, [" in 1998"], chooser()) == "Who met in 1998"
    assert conditioned("Who met?", TEXT, [" in 2019"], chooser()) is None  # the text has that
    assert conditioned("Who met in 2019?", TEXT, [" in 1998"], chooser()) is None


def test_cloze_questions_can_be_answered_elsewhere() -> None:
    """What is missing from a sentence stands in another that shares two words with it, and in no neighbour."""
    text = (
        "The ferry Aurora sank off Malta during the winter storm. Rescue boats came from everywhere around. "
        "Nobody could say at first what had happened there. Divers found the ferry near Malta after the storm."
    )
    (gap, *_) = gaps(text, chooser())
    assert gap.words == "Malta"
    assert text[gap.again.start : gap.again.end] == "Malta"
    assert not gap.sentence.start <= gap.again.start < gap.sentence.end
    assert "[MASK]" in cloze_question(text, gap)
    assert "Malta" not in cloze_question(text, gap)


def test_auc_counts_pairs() -> None:
    """Of four pairs two are in order and one is a tie."""
    assert auc([1.0, 3.0], [1.0, 2.0]) == pytest.approx(2.5 / 4)


def test_written_questions_are_sound() -> None:
    """Places are in order, follow-ups have a turn before them, and no article is one that is measured on."""
    asked = list(rows(QUESTIONS))
    by_id = {row["id"]: row for row in asked}
    measured = {one.article_id for name in SETS for one in load_questions(name)}
    assert len(asked) == len(by_id) > 5_000
    assert not measured & {row["article_id"] for row in asked}
    for row in asked:
        assert (row["kind"] == "unanswerable") == (not row["sentences"]) == (row["answer"] is None)
        assert all(start < end for start, end in row["sentences"])
        if row["answer"]:
            assert row["sentences"][0][0] <= row["answer"][0] < row["answer"][1] <= row["sentences"][0][1]
        if row["short"]:
            assert by_id[row["after"]]["article_id"] == row["article_id"]


def test_a_question_is_typed_otherwise_now_and_then() -> None:
    """A quarter of them; a word has a letter gone astray, or words are put in, and the figures stay."""
    tokenizer = load_tokenizer(BUNDLED)
    ids = tokenizer.encode("how many died at grenfell in 2017", add_special_tokens=False).ids
    typist = Typist(tokenizer, chooser())
    typed = [tokenizer.decode(typist.type(ids)) for _ in range(400)]
    others = {text for text in typed if text != "how many died at grenfell in 2017"}
    assert 60 < sum(text in others for text in typed) < 140
    assert len(others) > 30
    assert all("2017" in text for text in others)


@pytest.mark.parametrize("seed", range(40))
def test_a_letter_goes_astray_by_one_slip(seed: int) -> None:
    """What comes out is a slip of the word, and begins as it does."""
    typed = astray("putin", chooser(seed))
    assert typed in slips("putin") | {"putin"}
    assert typed[0] == "p"


def test_half_of_the_conversations_come_after_other_talk() -> None:
    """What was spoken of before stands in front; the own turns stay last, and so does what they give."""
    found = [Followup((f"turn {number}",), "why?", frozenset({"turn"})) for number in range(300)]
    talk = [f"other {number}" for number in range(20)]
    longer = list(after_talk(found, talk, 0.5, random.Random(2)))  # noqa: S311
    assert [one.turns[-1] for one in longer] == [one.turns[0] for one in found]
    assert all(turn in talk for one in longer for turn in one.turns[:-1])
    assert all((one.question, one.wanted) == ("why?", {"turn"}) for one in longer)
    assert 100 < sum(len(one.turns) > 1 for one in longer) < 200
    assert {len(one.turns) for one in longer} == set(range(1, 8))
