"""Conversations over news: is the second question answered right that needs the first to be understood?

    python -m benchmarks.dialogues --data DATA --home /tmp/dialogues    # follow-ups kept from training
    python -m benchmarks.dialogues --corpus dev --home /tmp/dialogues   # whole conversations over `corpus/`

The first are the follow-ups of `training/data/` on articles that are kept from training: questions with
the sentences that answer them, and a further one as it would be typed after that. Each is also asked in full.
The others are `data/corpus_dialogues.jsonl`, halved by a hash; each turn follows what newsqa itself answered.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from training.written import conversations

from benchmarks.news_questions import Question, articles, covers
from newsqa import Answer, NewsQA, Settings, Turn
from newsqa.evaluate import GoldQuestion, Outcome

CORPUS = Path(__file__).parents[1] / "corpus"
TALKS = Path(__file__).parent / "data" / "corpus_dialogues.jsonl"
AS_OF = "2019-05-01"
"""The day of the last article of the corpus."""


@dataclass(frozen=True, slots=True)
class Dialogue:
    """The turns before a question, the question as it is typed after them, and in full with what answers it."""

    before: tuple[Turn, ...]
    short: str
    full: Question


def dialogues(data: Path) -> Iterator[Dialogue]:
    """All of them."""
    for turns, row in conversations(data, held=True):
        nuggets = (tuple((start, end) for start, end in row["sentences"]),) if row["sentences"] else ()
        full = Question(
            row["id"], row["article_id"], row["text_sha256"], row["kind"], row["question"], nuggets, None, ""
        )
        yield Dialogue(tuple(Turn(*turn) for turn in turns), row["short"], full)


def main() -> None:
    """Ask each conversation, and print the figures as JSON."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    asked = parser.add_mutually_exclusive_group(required=True)
    asked.add_argument("--data", type=Path, help="folder of realtimeqa_articles.jsonl.xz")
    asked.add_argument("--corpus", choices=("dev", "test"), help="the half of the conversations over the corpus")
    parser.add_argument("--home", type=Path, required=True, help="folder in which the index is kept")
    parser.add_argument("--most", type=int, default=220, help="follow-ups asked, drawn at random")
    parser.add_argument("--list", action="store_true", help="print each question, too")
    options = parser.parse_args()
    options.home.mkdir(parents=True, exist_ok=True)
    with NewsQA.open(settings=Settings.load(home=options.home / "index")) as qa:
        if options.corpus:
            qa.ingest([CORPUS])
            figures: dict[str, Any] = ask_talks(qa, talks(options.corpus), listed=options.list)
        else:
            drawn = list(dialogues(options.data))
            random.Random(4).shuffle(drawn)  # noqa: S311 (a fixed sample)
            figures = ask_kept(qa, drawn[: options.most], options.data, options.home, listed=options.list)
    print(json.dumps(figures))


def talks(half: str) -> list[dict[str, Any]]:
    """The conversations over the corpus that a hash puts into a half."""
    rows = [json.loads(line) for line in TALKS.read_text(encoding="utf-8").splitlines()]
    return [row for row in rows if half == ("test", "dev")[hashlib.sha256(row["id"].encode()).digest()[0] % 2]]


def ask_talks(qa: NewsQA, asked: list[dict[str, Any]], *, listed: bool) -> dict[str, str]:
    """How many turns were answered right, of how many: first and later ones, by what they ask for."""
    right: Counter[str] = Counter()
    turns: Counter[str] = Counter()
    for talk in asked:
        history: list[Turn] = []
        for turn in talk["turns"]:
            answer = qa.ask(turn["question"], history=history, as_of=AS_OF)
            good = is_right(turn, answer)
            kind = f"{'later' if history else 'first'}, {turn['kind']}"
            turns[kind] += 1
            right[kind] += good
            history.append(Turn(turn["question"], answer.text))
            if listed:
                print(talk["id"], kind, good, turn["question"], answer.searched_for, answer.text, sep=" | ")
    return {kind: f"{right[kind]} of {turns[kind]}" for kind in sorted(turns)}


def is_right(turn: dict[str, Any], answer: Answer) -> bool:
    """Whether a sentence that answers is quoted; where nothing is to be answered, whether none is."""
    if not turn["evidence"]:
        return answer.abstained or not answer.citations
    asked = GoldQuestion(turn["question"], True, evidence=tuple(turn["evidence"]))
    return Outcome(asked, answer, (), 0.0).right_sentence


def ask_kept(qa: NewsQA, asked: list[Dialogue], data: Path, home: Path, *, listed: bool) -> dict[str, float]:
    """The shares of the follow-ups that are answered right, or refused, after the first turn and asked in full."""
    rows = articles(data, [one.full for one in asked], 0)
    texts = {row["id"]: row["text"] for row in rows}
    records = home / "articles.jsonl"
    records.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    qa.ingest([records])
    right = {"after the first": 0, "in full": 0}
    refused = {"after the first": 0, "in full": 0}
    for one in asked:
        ways = {"after the first": qa.ask(one.short, history=one.before), "in full": qa.ask(one.full.question)}
        for way, answer in ways.items():
            spans = [span for nugget in one.full.nuggets for span in nugget]
            good = any(covers(cited.quote, texts[one.full.article_id], spans) for cited in answer.citations)
            right[way] += good
            refused[way] += answer.abstained and not spans
            if listed:
                before = one.before[-1].question
                print(way, good, before, one.short, answer.searched_for, answer.text, sep=" | ")
    answerable = sum(bool(one.full.nuggets) for one in asked)
    shares = {f"right {way}": round(count / answerable, 3) for way, count in right.items()}
    shares |= {f"refused {way}": round(n / max(1, len(asked) - answerable), 3) for way, n in refused.items()}
    return {"dialogues": len(asked), "answerable": answerable, **shares}


if __name__ == "__main__":
    main()
