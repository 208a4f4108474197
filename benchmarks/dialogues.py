"""Conversations over news: is the second question answered right that needs the first to be understood?

    python -m benchmarks.dialogues --data DATA --home /tmp/dialogues

The conversations are the follow-ups of `training/data/` on articles that are kept from training: questions with
the sentences that answer them, and a further one as it would be typed after that. Each is also asked in full.
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from training.written import conversations

from benchmarks.news_questions import Question, articles, covers
from newsqa import NewsQA, Settings, Turn


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
    parser.add_argument("--data", type=Path, required=True, help="folder of realtimeqa_articles.jsonl.xz")
    parser.add_argument("--home", type=Path, required=True, help="folder in which the index is kept")
    parser.add_argument("--most", type=int, default=220, help="conversations asked, drawn at random")
    parser.add_argument("--list", action="store_true", help="print each conversation, too")
    options = parser.parse_args()
    asked = list(dialogues(options.data))
    random.Random(4).shuffle(asked)  # noqa: S311 (a fixed sample)
    asked = asked[: options.most]
    rows = articles(options.data, [one.full for one in asked], 0)
    texts = {row["id"]: row["text"] for row in rows}
    options.home.mkdir(parents=True, exist_ok=True)
    records = options.home / "articles.jsonl"
    records.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    right = {"after the first": 0, "in full": 0}
    refused = {"after the first": 0, "in full": 0}
    with NewsQA.open(settings=Settings.load(home=options.home / "index")) as qa:
        qa.ingest([records])
        for one in asked:
            ways = {
                "after the first": qa.ask(one.short, history=one.before),
                "in full": qa.ask(one.full.question),
            }
            for way, answer in ways.items():
                spans = [span for nugget in one.full.nuggets for span in nugget]
                good = any(covers(cited.quote, texts[one.full.article_id], spans) for cited in answer.citations)
                right[way] += good
                refused[way] += answer.abstained and not spans
                if options.list:
                    print(
                        way,
                        bool(good),
                        one.before[-1].question,
                        one.short,
                        answer.searched_for,
                        answer.text,
                        sep=" | ",
                    )
    answerable = sum(bool(one.full.nuggets) for one in asked)
    shares = {f"right {way}": round(count / answerable, 3) for way, count in right.items()}
    shares |= {f"refused {way}": round(n / max(1, len(asked) - answerable), 3) for way, n in refused.items()}
    print(json.dumps({"dialogues": len(asked), "answerable": answerable, **shares}))


if __name__ == "__main__":
    main()
