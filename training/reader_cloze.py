"""Cloze questions from news without labels: a sentence without one of its names or figures, to be found elsewhere.

Another sentence of the same article has the name or figure and shares two more words with the first, so that a
reader who looks for what is said there finds what is missing.
"""

from __future__ import annotations

import random
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import permutations
from pathlib import Path
from typing import Any

from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS
from tokenizers import Tokenizer

from newsqa.text.sentences import sentence_spans
from newsqa.types import Span
from training.reader_data import Data, Question, Region, encode_contexts, rows
from training.reader_sources import LEAD_TOKENS

MOST_QUESTIONS = 10
"""Questions made of one article."""
_READ = 9000
"""Characters of an article that are looked at."""
_AROUND = 110
"""Characters of the sentence that are kept on each side of what is missing."""
_QUESTION_TOKENS = 56
_SENTENCE_SIZES = range(30, 420)
_MISSING = re.compile(
    r"(?:[A-Z][\w'’-]+)(?:(?: (?:of|the|de|for|and))? [A-Z][\w'’-]+)*"
    r"|\$?\b\d[\d,.]*\d?%?(?: (?:million|billion|percent|per cent|people|years|days|months|dollars))?"
)


@dataclass(frozen=True, slots=True)
class Gap:
    """What is missing (its characters), in which sentence, and where the article says it again."""

    words: str
    place: Span
    sentence: Span
    again: Span


def gaps(text: str, chooser: random.Random) -> list[Gap]:
    """The gaps that can be made in an article, in random order, one for each name of a sentence."""
    sentences = [span for span in sentence_spans(text) if span.end - span.start in _SENTENCE_SIZES]
    content = [_content(text[span.start : span.end]) for span in sentences]
    seen: dict[str, list[tuple[int, Span]]] = defaultdict(list)
    for number, sentence in enumerate(sentences):
        for match in _MISSING.finditer(text, sentence.start, sentence.end):
            words = match.group().strip(".,'’")
            opens = match.start() == sentence.start and " " not in words
            if len(words) > 1 and not opens and words.lower() not in ENGLISH_STOP_WORDS:
                seen[words].append((number, Span(match.start(), match.start() + len(words))))
    found: dict[tuple[int, str], Gap] = {}
    for words, places in seen.items():
        if not 2 <= len({number for number, _ in places}) <= 8:
            continue
        pairs = list(permutations(places, 2))
        chooser.shuffle(pairs)
        for (number, place), (other, again) in pairs:
            shared = (content[number] & content[other]) - _content(words)
            if abs(number - other) > 1 and len(shared) > 1:
                found.setdefault((number, words), Gap(words, place, sentences[number], again))
    result = list(found.values())
    chooser.shuffle(result)
    return result


def _content(text: str) -> set[str]:
    words = re.findall(r"[a-z0-9]+", text.lower())
    return {word for word in words if len(word) > 2 and word not in ENGLISH_STOP_WORDS}


def cloze_question(text: str, gap: Gap) -> str:
    """The sentence with `[MASK]` for what is missing, cut at words where it is long."""
    before = text[gap.sentence.start : gap.place.start]
    after = text[gap.place.end : gap.sentence.end]
    if len(before) > _AROUND:
        before = before[-_AROUND:].partition(" ")[2]
    if len(after) > _AROUND:
        after = after[:_AROUND].rpartition(" ")[0]
    return f"{before} [MASK] {after}"


def cloze(data: Path, tokenizer: Tokenizer, most: int, seed: int = 5) -> Data:
    """Cloze questions of up to `most` articles of `realtimeqa_articles`; their titles are the leads."""
    chooser = random.Random(seed)  # noqa: S311
    articles: list[dict[str, Any]] = []
    made: list[tuple[int, Gap]] = []
    for article in _articles(data, most):
        found = gaps(article["text"], chooser)[:MOST_QUESTIONS]
        made.extend((len(articles), gap) for gap in found)
        articles.extend([article] if found else [])
    contexts = encode_contexts(tokenizer, [article["text"] for article in articles])
    titles = tokenizer.encode_batch([a["title"].rstrip(". ") + "." for a in articles], add_special_tokens=False)
    for context, title in zip(contexts, titles, strict=True):
        context.lead, context.titled = title.ids[:LEAD_TOKENS], True
    texts = [cloze_question(contexts[number].text, gap) for number, gap in made]
    questions = []
    encoded = tokenizer.encode_batch(texts, add_special_tokens=False)
    for (number, gap), question, encoding in zip(made, texts, encoded, strict=True):
        again = contexts[number].token_span(gap.again.start, gap.again.end)
        hidden = contexts[number].token_span(gap.sentence.start, gap.sentence.end)
        if again and hidden:
            ids = encoding.ids[:_QUESTION_TOKENS]
            questions.append(Question("cloze", question, ids, number, [gap.words], [Region(*again)], hidden))
    return Data(contexts, {"cloze": questions})


def _articles(data: Path, most: int) -> Iterator[dict[str, Any]]:
    for number, row in enumerate(rows(data / "realtimeqa_articles.jsonl.xz")):
        if number == most:
            return
        yield {**row, "text": row["text"][:_READ]}
