"""Questions as readers of news ask them: is the right sentence quoted, and is newsqa silent where it should be?

The questions are those of `benchmarks/data/` on 60 articles of `realtimeqa_articles`. The index holds these and,
if wanted, other articles of the same file.

    python -m benchmarks.news_questions --data DATA --set dev --others 940 --list /tmp/answers.txt
"""

from __future__ import annotations

import argparse
import bisect
import contextlib
import hashlib
import json
import lzma
import re
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from newsqa import Answer, NewsQA, Settings

QUESTIONS = Path(__file__).parent / "data"
SETS = ("dev", "test")
UNANSWERABLE, YESNO = "unanswerable", "yesno"
Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Question:
    """A question and what answers it: each nugget is met by any one of its sentences (spans of the article)."""

    id: str
    article_id: str
    text_sha256: str
    kind: str
    question: str
    nuggets: tuple[tuple[Span, ...], ...]
    verdict: str | None
    note: str


@dataclass(frozen=True, slots=True)
class Judgement:
    """What came of one question: which nuggets and which citations are right, and the Yes or No that was said."""

    kind: str
    refused: bool
    nuggets: tuple[bool, ...] = ()
    citations: tuple[bool, ...] = ()
    said: bool | None = None
    """Whether the answer opens with the right one of Yes and No; None if it opens with neither."""


def load(name: str) -> list[Question]:
    """All questions of a set."""
    lines = (QUESTIONS / f"news_questions_{name}.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    return [Question(**{**row, "nuggets": _spans(row["nuggets"])}) for row in rows]


def _spans(nuggets: Iterable[Iterable[Sequence[int]]]) -> tuple[tuple[Span, ...], ...]:
    return tuple(tuple((start, end) for start, end in sentences) for sentences in nuggets)


def covers(quote: str, text: str, sentences: Iterable[Span]) -> bool:
    """Whether a quote, wherever it stands in the text, holds at least half of one of the sentences.

    White space does not count, since an index may have folded it.
    """
    positions = [place for place, character in enumerate(text) if not character.isspace()]
    packed, wanted = "".join(text[place] for place in positions), "".join(quote.split())
    bounds = [
        (bisect.bisect_left(positions, start), bisect.bisect_left(positions, end)) for start, end in sentences
    ]
    return any(
        2 * (min(end, begin + len(wanted)) - max(start, begin)) >= end - start
        for begin in _places(wanted, packed)
        for start, end in bounds
    )


def _places(part: str, text: str) -> Iterator[int]:
    """Each place in the text at which the part begins."""
    begin = text.find(part) if part else -1
    while begin >= 0:
        yield begin
        begin = text.find(part, begin + 1)


def judge(asked: Question, text: str, said: str, quotes: Sequence[str], *, refused: bool) -> Judgement:
    """Compare an answer and its quotes with the question's sentences in the article's text."""
    if refused:
        return Judgement(asked.kind, True, tuple(False for _ in asked.nuggets))
    accepted = [span for sentences in asked.nuggets for span in sentences]
    opening = re.match(r"(?i)(yes|no)\b", said)
    return Judgement(
        asked.kind,
        False,
        tuple(any(covers(quote, text, sentences) for quote in quotes) for sentences in asked.nuggets),
        tuple(covers(quote, text, accepted) for quote in quotes),
        opening[1].lower() == asked.verdict if opening and asked.verdict else None,
    )


def figures(judged: Sequence[Judgement]) -> dict[str, float]:
    """The shares of a number of judgements; right sentences and nuggets are those of the answerable ones."""
    answerable = [one for one in judged if one.nuggets]
    said = [one.said for one in judged if one.kind == YESNO]
    citations = [right for one in judged for right in one.citations]
    shares = {
        "right sentence": _mean([any(one.nuggets) for one in answerable]),
        "nuggets covered": _mean([sum(one.nuggets) / len(one.nuggets) for one in answerable]),
        "refused": _mean([one.refused for one in judged]),
        "right citations": _mean(citations),
        "Yes or No said": _mean([one is not None for one in said]),
        "right Yes or No": _mean([one for one in said if one is not None]),
    }
    return {"questions": len(judged), **{name: share for name, share in shares.items() if share is not None}}


def _mean(values: Sequence[float]) -> float | None:
    return round(sum(values) / len(values), 4) if values else None


def summary(judged: Sequence[Judgement]) -> dict[str, dict[str, float]]:
    """The figures of each kind, of the answerable (where "refused" is false refusals), and of all."""
    kinds = list(dict.fromkeys(one.kind for one in judged))
    groups = {kind: [one for one in judged if one.kind == kind] for kind in kinds}
    groups["answerable"] = [one for one in judged if one.kind != UNANSWERABLE]
    groups["all"] = list(judged)
    return {name: figures(group) for name, group in groups.items() if group}


def articles(data: Path, asked: Sequence[Question], others: int) -> list[dict[str, str]]:
    """The records of the articles asked about, and of so many others; raises `SystemExit` if a text is another."""
    hashes = {one.article_id: one.text_sha256 for one in asked}
    chosen: list[dict[str, str]] = []
    found: set[str] = set()
    with lzma.open(data / "realtimeqa_articles.jsonl.xz", "rt", encoding="utf-8") as lines:
        for row in map(json.loads, lines):
            if row["id"] in hashes:
                if hashlib.sha256(row["text"].encode()).hexdigest()[:16] != hashes[row["id"]]:
                    raise SystemExit(f"The text of {row['id']} is not the one that the questions were written on.")
                found.add(row["id"])
            elif others > 0:
                others -= 1
            else:
                continue
            chosen.append({**row, "published": row["published"].replace("/", "-")})
    if missing := hashes.keys() - found:
        raise SystemExit(f"{data} lacks {len(missing)} of the articles: {', '.join(sorted(missing))}")
    return chosen


def described(asked: Question, text: str, answer: Answer, judged: Judgement) -> str:
    """A question with its answer, the right sentences and the judgement, to be read."""
    lines = [f"{asked.id} [{asked.kind}] {asked.question}"]
    if answer.abstained:
        lines.append(f"    refused ({answer.confidence:.2f})")
    else:
        lines.append(f"    answer ({answer.confidence:.2f}): {answer.text}")
    for cited, right in zip(answer.citations, judged.citations, strict=False):
        lines.append(f"    {'right' if right else 'WRONG'} [{cited.number}] {' '.join(cited.quote.split())}")
    for number, sentences in enumerate(asked.nuggets, 1):
        for start, end in sentences:
            lines.append(f"    wanted {number}: {text[start:end]}")
    if note := " ".join(filter(None, (asked.verdict, asked.note))):
        lines.append(f"    note: {note}")
    return "\n".join(lines)


def run(home: Path, rows: Sequence[dict[str, str]], asked: Sequence[Question]) -> tuple[dict[str, Any], list[str]]:
    """Bring the articles into the index at `home`, ask, and judge: the figures, and each question to be read."""
    home.mkdir(parents=True, exist_ok=True)
    records = home / "articles.jsonl"
    records.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    texts = {row["id"]: row["text"] for row in rows}
    judged: list[Judgement] = []
    read: list[str] = []
    with NewsQA.open(settings=Settings.load(home=home / "index")) as qa:
        qa.ingest([records])
        for one in asked:
            answer, text = qa.ask(one.question), texts[one.article_id]
            quotes = [cited.quote for cited in answer.citations]
            judged.append(judge(one, text, answer.text, quotes, refused=answer.abstained))
            read.append(described(one, text, answer, judged[-1]))
        return {"articles": len(qa.articles()), **summary(judged)}, read


def main() -> None:
    """Ask a set of questions and print the figures as JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder of realtimeqa_articles.jsonl.xz")
    parser.add_argument("--set", choices=SETS, default="dev", help="dev to look at; test only to report")
    parser.add_argument("--others", type=int, default=0, help="other articles to bring into the index")
    parser.add_argument("--home", type=Path, help="folder in which the indexes are kept")
    parser.add_argument("--list", type=Path, help="file for each question with its answer and judgement")
    parser.add_argument("--questions", type=int, help="ask at most so many")
    options = parser.parse_args()
    rows = articles(options.data, [one for name in SETS for one in load(name)], options.others)
    with contextlib.ExitStack() as stack:
        kept = options.home or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        result, read = run(kept / f"others-{options.others}", rows, load(options.set)[: options.questions])
    if options.list:
        options.list.write_text("\n\n".join(read) + "\n", encoding="utf-8")
    print(json.dumps({"set": options.set, "others": options.others, **result}, indent=2))


if __name__ == "__main__":
    main()
