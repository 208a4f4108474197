"""Make lists for the second look from the first: `python -m training.list_sentences --help`.

A checkpoint reads training questions in windows of their own text and in similar passages of others; its best
sentences, right and wrong, are what the second look learns to tell apart. Writes `OUT/lists-PART.pickle`; several
processes share the work (`--part 0/2`, `--part 1/2`). Make new lists with each new reader.

Without a checkpoint the questions about news are listed by the words that they share with sentences
(`OUT/lists-words.pickle`): that takes no time, and no sentence is first because it is known by heart.
"""

from __future__ import annotations

import argparse
import pickle
import random
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import torch

from newsqa.text.windows import cut_ranges
from training.looks import Part, Sentence, first_look, onnx_forward, token_weights, torch_forward, word_look
from training.prepare_reader import load
from training.reader_data import MAX_TOKENS, Context, Data, Question, Region
from training.reader_lists import SentenceList
from training.reader_model import VOCABULARY
from training.reader_text import holds

SHARES = {
    "written": 1.0, "newsqa": 1.0, "onestopqa": 1.0, "clickbait22_val": 1.0, "ester": 1.0, "squad2": 0.5,
    "squad2_dev_half2": 0.3,
    "squad_dev_rest": 0.2, "squad": 0.05, "squad_train_more": 0.05, "squad_joined": 0.03, "wiki": 0.06,
    "tydiqa_en": 0.1, "nq_oracle": 0.2, "selqa": 0.3, "clapnq_dev": 0.7, "multispanqa": 0.3, "qadiscourse": 0.05,
    "mlqa_en_dev": 0.2, "qed_dev": 0.4, "fairytaleqa": 0.03, "quoref_contrast": 0.3, "drop_contrast": 0.2,
}  # fmt: skip
"""The share of a group's questions that are listed: all those about news."""
NEWS = frozenset(("written", "newsqa", "onestopqa", "clickbait22_val", "ester", "qadiscourse"))
CHANGED_SHARE = 0.25
"""How often a question is changed so that nothing answers it, where it can be."""
WINDOW_TOKENS = (140, 230)
MOST_WINDOWS = 7
OTHERS = 3
"""Similar passages of other texts that are read too."""
KEPT = 8
_LEAST_TOKENS = 3
_MOSTLY = 0.6
"""A sentence that an answer only reaches into answers if so much of it is the answer."""
_ASKED_AT_ONCE = 48

Look = Callable[[Sequence[tuple[list[int], Sequence[Part]]]], list[list[Sentence]]]
"""The sentences of the parts of each question, best first."""
Job = tuple[Question, list[int], bool]
"""A question, the tokens that are asked, and whether they are changed so that nothing answers them."""


def jobs(data: Data, seed: int) -> list[Job]:
    """The questions to list, in random order."""
    chooser = random.Random(seed)  # noqa: S311
    found: list[Job] = []
    for group, share in SHARES.items():
        for question in data.train.get(group, ()):
            if chooser.random() < share:
                changed = bool(question.changed) and chooser.random() < CHANGED_SHARE
                found.append((question, chooser.choice(question.changed) if changed else question.ids, changed))
    chooser.shuffle(found)
    return found


def parts(data: Data, job: Job, chooser: random.Random) -> list[Part]:
    """The windows of the question's own text, those with the answer among them, and similar passages of others."""
    question, asked, _ = job
    context = data.contexts[question.context]
    room = MAX_TOKENS - 3 - len(asked)
    ends = cut_ranges(context.bounds, min(room, chooser.randint(*WINDOW_TOKENS)))
    if len(ends) > MOST_WINDOWS:
        keep = [e for e in ends if any(e[0] <= region.first < e[1] for region in question.regions)][:MOST_WINDOWS]
        rest = [e for e in ends if e not in keep]
        ends = keep + chooser.sample(rest, MOST_WINDOWS - len(keep))
    others = [data.contexts[number] for number in question.negatives[:OTHERS]]
    return [Part(context, *e) for e in ends] + [Part(c, 0, min(len(c.ids), room), own=False) for c in others]


def answers(found: Sequence[Region], begin: int, end: int) -> bool:
    """Whether the sentence [begin, end) holds the beginning of an answer, or is mostly part of a longer one."""
    for region in found:
        shared = min(region.last + 1, end) - max(region.first, begin)
        if shared > 0 and (begin <= region.first < end or shared >= _MOSTLY * (end - begin)):
            return True
    return False


def listed(job: Job, sentences: Sequence[Sentence], context: Context) -> SentenceList | None:
    """The best sentences, right and wrong, without others of the same text that hold the answer's words."""
    question, asked, changed = job
    kept = []
    for sentence in sentences:
        if sentence.end - sentence.begin < _LEAST_TOKENS:
            continue
        own = sentence.context is context and sentence.own
        right = own and not changed and answers(question.regions, sentence.begin, sentence.end)
        if own and question.regions and not right:
            words = [answer for answer in question.answers if len(answer) > 2]
            if not changed and holds(context.words(sentence.begin, sentence.end), words):
                continue
        kept.append(sentence.candidate(right))
        if len(kept) == KEPT:
            break
    return SentenceList(question.group, asked, tuple(kept)) if len(kept) > 1 else None


def make(look: Look, data: Data, todo: Sequence[Job], minutes: float, seed: int) -> list[SentenceList]:
    """A list for each job, or for as many as the minutes allow."""
    chooser, until = random.Random(seed), time.monotonic() + 60 * minutes  # noqa: S311
    made: list[SentenceList] = []
    for begin in range(0, len(todo), _ASKED_AT_ONCE):
        some = todo[begin : begin + _ASKED_AT_ONCE]
        found = look([(job[1], parts(data, job, chooser)) for job in some])
        for job, sentences in zip(some, found, strict=True):
            one = listed(job, sentences, data.contexts[job[0].context])
            made.extend([one] if one else [])
        if begin // _ASKED_AT_ONCE % 10 == 0:
            print(f"{begin} questions, {summary(made)}", flush=True)
        if time.monotonic() > until:
            break
    return made


def summary(made: Sequence[SentenceList]) -> str:
    """How many lists there are, and how often their first sentence is right."""
    answered = [one for one in made if one.answered]
    first = sum(one.candidates[0].right for one in answered)
    return f"{len(made)} lists, {len(answered)} with an answer, first right {first / max(1, len(answered)):.3f}"


def main() -> None:
    """Parse the options and write the lists of one part."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True, help="folder of data.pickle, and for the lists")
    by = parser.add_mutually_exclusive_group()
    by.add_argument("--checkpoint", type=Path, help="the reader that looks; default: by words, news only")
    by.add_argument("--reader", type=Path, help="folder of an exported reader that looks, three times as fast")
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--groups", nargs="+", help="only the questions of these groups")
    parser.add_argument("--part", default="0/1", help="which of how many processes this is")
    parser.add_argument("--seed", type=int, default=3)
    options = parser.parse_args()
    torch.set_num_threads(1)
    part, of = map(int, options.part.split("/"))
    data = load(options.data, options.out / "data.pickle")
    todo, name = jobs(data, options.seed), str(part)
    if options.groups:
        todo, name = [job for job in todo if job[0].group in options.groups], "-".join([*options.groups, name])
    todo = todo[part::of]
    if options.checkpoint or options.reader:
        forward = torch_forward(options.checkpoint) if options.checkpoint else onnx_forward(options.reader)
        look: Look = partial(first_look, forward)
    else:
        look, name = partial(word_look, token_weights(data.contexts, VOCABULARY)), "words"
        todo = [job for job in todo if job[0].group in NEWS]
    made = make(look, data, todo, options.minutes, options.seed + part)
    (options.out / f"lists-{name}.pickle").write_bytes(pickle.dumps(made))
    print(f"done: {summary(made)}", flush=True)


if __name__ == "__main__":
    main()
