"""The corpus and its questions: complete, verbatim, and silent where a question must find nothing."""

from __future__ import annotations

import itertools
import json
import re
from collections import Counter
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from newsqa.text.passages import sentence_spans

_ROOT = Path(__file__).parent.parent
_SUMMIT = ("2019-04-25-kim-putin-meet-vladivostok", "2019-04-25-putin-receives-kim-on-russky-island")
_CATHEDRAL = ("2019-04-16-fire-ravages-notre-dame", "2019-04-16-notre-dame-cathedral-burns")
_TOLLS = ("2019-04-24-sri-lanka-death-toll-rises", "2019-04-26-sri-lanka-lowers-death-toll")
_KINDS = {"who", "when", "where", "why", "how", "how many", "what"}
_FIELDS = {"id", "question", "answers", "articles", "evidence", "kind", "answerable"}

# What an article would have to contain for an unanswerable question to become answerable.
_ABSENT = {
    "What did Kim eat for dinner?": r"\b(ate|eaten|borscht|caviar|dishes|menu|steak|noodles|dumplings)\b",
    "Who won the 2018 World Cup?": r"\b(French team|Croatia\w*|Mbapp\w+|world champions?|won the World Cup)\b",
    "How tall is Kim Jong Un?": r"\b(centimet(er|re)s|feet tall|inches|met(er|re)s tall)\b",
    "Which gift did Putin give Kim?": r"\b(gifts?|sabre|sword|as a present)\b",
    "How much did the Notre-Dame organ cost?": r"\borgan\b[^.]*\b(euros|francs|cost\w*)\b",
    "What is the name of Kim Jong Un's wife?": r"\b(Ri Sol Ju|wife|married|first lady)\b",
    "How many children does Kim Jong Un have?": r"\bKim['’]s (children|daughters?|sons?)\b",
    "How many carriages does Kim's train have?": r"\bcarriages\b",
    "When was Kim Jong Un born?": r"\b(born|birthday)\b",
    "how many people live in Vladivostok": r"\b(inhabitants|residents)\b",
    "Which architect will design the new spire of Notre-Dame?": r"\b(competition|Villeneuve)\b",
    "Who was the pilot of the Ethiopian airliner?": r"\b(Yared|Getachew|captain)\b",
    "How much compensation did Boeing pay to the families of the dead?": r"\b(compensation|damages)\b",
    "What are the names of Greta Thunberg's parents?": r"\b(Svante|Malena|Ernman)\b",
    "In which prison is Omar al-Bashir held?": r"\bKob(ar|er)\b",
    "What is the name of Julian Assange's cat?": r"\bcats?\b",
    "In which hotel did Kim stay in Hanoi?": r"\bMelia\b",
    "Who is the prime minister of Japan?": r"\bAbe\b",
    "What is the capital of Mongolia?": r"\b(Mongolia\w*|Ulan ?Bator|Ulaanbaatar)\b",
    "who won the champions league in 2019": r"\b(Liverpool|Tottenham|Champions League)\b",
    "How do you make sourdough bread?": r"\b(sourdough|flour|yeast)\b",
    "When was the iPhone invented?": r"\biPhone\b",
}


@dataclass(frozen=True, slots=True)
class _Article:
    meta: dict[str, Any]
    body: str

    @property
    def paragraphs(self) -> list[str]:
        blocks = [block.strip() for block in self.body.split("\n\n")]
        return [block for block in blocks if block and not block.startswith("#")]

    @property
    def words(self) -> list[str]:
        return re.findall(r"\w+", self.body.lower())


@cache
def _corpus() -> dict[str, _Article]:
    articles = {}
    for path in sorted((_ROOT / "corpus").glob("*.md")):
        _, head, body = path.read_text(encoding="utf-8").split("---\n", 2)
        articles[path.stem] = _Article(yaml.safe_load(head), body)
    return articles


@cache
def _questions() -> list[dict[str, Any]]:
    lines = (_ROOT / "tests" / "questions.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def _answerable() -> list[dict[str, Any]]:
    return [row for row in _questions() if row["answerable"]]


@cache
def _sentences(stem: str) -> list[str]:
    paragraphs = _corpus()[stem].paragraphs
    return [span.of(paragraph) for paragraph in paragraphs for span in sentence_spans(paragraph)]


def _plain(text: str) -> str:
    return text.replace("’", "'").casefold()


def _shingles(stem: str) -> set[tuple[str, ...]]:
    words = _corpus()[stem].words
    return {tuple(words[i : i + 5]) for i in range(len(words) - 4)}


def _overlap(pair: tuple[str, str]) -> float:
    left, right = _shingles(pair[0]), _shingles(pair[1])
    return len(left & right) / len(left | right)


@pytest.mark.parametrize("stem", list(_corpus()))
def test_front_matter_is_complete(stem: str) -> None:
    """Every article says what it is, where it stood and when; its file name begins with the day."""
    meta = _corpus()[stem].meta
    assert set(meta) <= {"title", "subtitle", "source", "published", "url", "language"}
    assert isinstance(meta["title"], str)
    assert isinstance(meta["source"], str)
    assert isinstance(meta["published"], date)
    assert stem.startswith(meta["published"].isoformat() + "-")
    assert date(2018, 1, 1) <= meta["published"] <= date(2019, 12, 31)
    assert meta["language"] == "en"
    assert str(meta.get("url", "https://example.org/")).startswith("https://example.org/")


@pytest.mark.parametrize("stem", list(_corpus()))
def test_length_and_typography(stem: str) -> None:
    """An article has 250 to 700 words, one line to a paragraph, and typographic quotation marks."""
    article = _corpus()[stem]
    assert 250 <= len(article.body.split()) <= 700
    assert all("\n" not in paragraph for paragraph in article.paragraphs)
    assert '"' not in article.body
    assert article.body.count("“") == article.body.count("”")


def test_corpus_has_breadth() -> None:
    """There are at least 28 articles, no title or URL twice, from several outlets, a third on Korea and Russia."""
    metas = [article.meta for article in _corpus().values()]
    assert 28 <= len(metas) <= 32
    assert len({meta["title"] for meta in metas}) == len(metas)
    urls = [meta["url"] for meta in metas if "url" in meta]
    assert len(set(urls)) == len(urls) > 20
    sources = Counter(meta["source"] for meta in metas)
    assert len(sources) >= 4
    assert min(sources.values()) >= 4
    assert sum("Kim Jong Un" in article.body for article in _corpus().values()) >= 10


@pytest.mark.parametrize("pair", [_SUMMIT, _CATHEDRAL])
def test_copies_of_a_story(pair: tuple[str, str]) -> None:
    """Two outlets carry the same agency story, slightly edited, under titles of their own."""
    first, second = (_corpus()[stem] for stem in pair)
    assert 0.75 < _overlap(pair) < 1
    assert first.meta["source"] != second.meta["source"]
    assert first.meta["title"] != second.meta["title"]


def test_no_other_copies() -> None:
    """Articles that are not copies of one story share next to no runs of five words."""
    pairs = [
        pair for pair in itertools.combinations(_corpus(), 2) if set(pair) not in (set(_SUMMIT), set(_CATHEDRAL))
    ]
    assert max(_overlap(pair) for pair in pairs) < 0.03


def test_reports_that_disagree() -> None:
    """Two articles give different death tolls, each with its own source and day, and one question needs both."""
    earlier, later = (_corpus()[stem] for stem in _TOLLS)
    assert "359" in earlier.body
    assert "253" not in earlier.body
    assert "about 253" in later.body
    assert earlier.meta["source"] != later.meta["source"]
    assert earlier.meta["published"] < later.meta["published"]
    assert any(set(_TOLLS) == set(row["articles"]) for row in _answerable())


def test_question_rows() -> None:
    """Every row has the same fields, an id and a question of its own, and a known kind."""
    rows = _questions()
    assert all(set(row) - {"history"} == _FIELDS for row in rows)
    assert len({row["id"] for row in rows}) == len(rows)
    asked = [(row["question"], json.dumps(row.get("history"))) for row in rows]
    assert len(set(asked)) == len(asked)
    assert {row["kind"] for row in rows} == _KINDS
    assert all(
        row["history"] and all(turn["question"] for turn in row["history"]) for row in rows if "history" in row
    )


def test_question_counts() -> None:
    """There are enough questions of every kind, follow-ups and unanswerable ones, over every article."""
    answerable = _answerable()
    assert len(_questions()) >= 95
    assert len(answerable) >= 75
    assert len(_questions()) - len(answerable) >= 24
    assert sum("history" in row for row in answerable) >= 12
    kinds = Counter(row["kind"] for row in answerable)
    assert min(kinds[kind] for kind in _KINDS) >= 8
    assert {stem for row in answerable for stem in row["articles"]} == set(_corpus())


@pytest.mark.parametrize("row", _answerable(), ids=lambda row: row["id"])
def test_evidence_is_verbatim(row: dict[str, Any]) -> None:
    """Each piece of evidence stands inside one sentence, and `articles` names exactly the articles with one."""
    assert row["evidence"]
    holders = set()
    for piece in row["evidence"]:
        found = {stem for stem in _corpus() if any(piece in sentence for sentence in _sentences(stem))}
        assert found, f"{piece!r} is in no sentence of the corpus"
        holders |= found
    assert holders == set(row["articles"])


@pytest.mark.parametrize("row", _answerable(), ids=lambda row: row["id"])
def test_answers_stand_in_the_evidence(row: dict[str, Any]) -> None:
    """Each gold answer is in a sentence that holds a piece of evidence."""
    assert row["answers"]
    cited = [
        _plain(sentence)
        for stem in row["articles"]
        for sentence in _sentences(stem)
        if any(piece in sentence for piece in row["evidence"])
    ]
    for answer in row["answers"]:
        assert any(_plain(answer) in sentence for sentence in cited), answer


def test_unanswerable_rows_claim_nothing() -> None:
    """An unanswerable question has neither answers nor evidence nor articles."""
    rows = [row for row in _questions() if not row["answerable"]]
    assert all(row["answers"] is None and not row["evidence"] and not row["articles"] for row in rows)
    assert set(_ABSENT) <= {row["question"] for row in rows}


@pytest.mark.parametrize(("question", "pattern"), list(_ABSENT.items()), ids=list(_ABSENT))
def test_corpus_is_silent(question: str, pattern: str) -> None:
    """Nothing in the corpus answers the unanswerable questions."""
    told = [stem for stem, article in _corpus().items() if re.search(pattern, article.body)]
    assert told == [], question


def test_world_cup_is_a_trap() -> None:
    """One article mentions the World Cup in Russia, and no sentence there or elsewhere names a winner."""
    near = [s for stem in _corpus() for s in _sentences(stem) if "World Cup" in s]
    assert near
    assert not any(re.search(r"\b(France|French|Croatia|won|winner|champions?)\b", s) for s in near)
