"""Passages: whole consecutive sentences of one section that fit the encoder, `article.text[start:end] == text`."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Self

from newsqa.text.sentences import sentence_spans
from newsqa.types import Article, Block, Encoder, Passage, Span

__all__ = ["SentenceSplitter", "sentence_spans"]

TARGET_TOKENS = 150
"""A passage is closed at the first paragraph end after this many tokens."""
LONGEST_TOKENS = 180
"""A passage takes no further sentence beyond this many tokens, unless only a short tail is left."""
TAIL_TOKENS = 40
"""A rest shorter than this joins the passage before it."""
OVERLAP_TOKENS = 60
"""A sentence longer than this is not repeated in the next passage."""
TITLE_TOKENS = 48
"""At most this many tokens are kept free for the title and heading that are embedded with a passage."""
LONGEST_CHARACTERS = 2400
"""A passage is never longer than this, whatever the tokens say: some tokenizers count a huge word as one."""
MOST_TOKENS = 256
"""A passage is made to fit this many tokens, or fewer where the encoder takes fewer."""
_SPECIAL_TOKENS = 2
_CLAUSE_ENDS = frozenset(";:,—–")


def words_and_a_bit(text: str) -> int:
    """A cheap estimate of the tokens in a text: 1.4 for each word, or one for every 8 characters if more."""
    words = text.split()
    return max(math.ceil(1.4 * len(words)), math.ceil(sum(map(len, words)) / 8))


@dataclass(frozen=True, slots=True)
class _Sentence:
    """A sentence, or a part of an overlong one; `ends` says whether its paragraph ends with it."""

    span: Span
    tokens: int
    ends: bool


class SentenceSplitter:
    """Cuts articles into passages of whole sentences, with one sentence of overlap inside a section."""

    def __init__(self, count_tokens: Callable[[str], int] | None = None, max_tokens: int = MOST_TOKENS) -> None:
        if max_tokens < 2 * TITLE_TOKENS:
            raise ValueError(f"max_tokens must be at least {2 * TITLE_TOKENS}, not {max_tokens}")
        self._count = count_tokens or words_and_a_bit
        self._max_tokens = max_tokens

    @classmethod
    def for_encoder(cls, encoder: Encoder) -> Self:
        """The splitter that counts as an encoder does, if it counts, and whose passages fit it."""
        room = getattr(encoder, "max_tokens", MOST_TOKENS)
        return cls(getattr(encoder, "count_tokens", None), max(2 * TITLE_TOKENS, min(MOST_TOKENS, room)))

    @property
    def version(self) -> str:
        """Names the rules; another limit or another rule is another version."""
        return f"sentences-2-{self._max_tokens}"

    def split(self, article: Article) -> list[Passage]:
        """The article's passages in order; every sentence of a paragraph is in at least one of them."""
        passages: list[Passage] = []
        for heading, paragraphs in _sections(article):
            budget = self._budget(article.title, heading)
            sentences = self._sentences(article.text, paragraphs, budget)
            for group in _groups(sentences, budget):
                passages.append(_passage(article, heading, len(passages), group))
        return passages

    def _budget(self, title: str, heading: str) -> int:
        """Tokens left for the text of a passage that is embedded with this title and heading."""
        reserved = min(TITLE_TOKENS, sum(self._tokens(part) + 1 for part in (title, heading) if part))
        return self._max_tokens - _SPECIAL_TOKENS - reserved

    @cached_property
    def _empty(self) -> int:
        """What is counted of no text at all; an encoder is loaded only now."""
        return self._count("")

    def _tokens(self, text: str) -> int:
        return self._count(text) - self._empty

    def _sentences(self, text: str, paragraphs: list[Block], budget: int) -> list[_Sentence]:
        """The sentences of a section, overlong ones in parts, each counted with the gap before it."""
        sentences: list[_Sentence] = []
        for block in paragraphs:
            spans = sentence_spans(text, block.span.start, block.span.end)
            for index, span in enumerate(spans):
                parts = self._parts(text, span, budget)
                for number, (part, tokens) in enumerate(parts):
                    ends = index == len(spans) - 1 and number == len(parts) - 1
                    gap = text[sentences[-1].span.end : part.start].strip() if sentences else ""
                    sentences.append(_Sentence(part, tokens + (self._tokens(gap) if gap else 0), ends))
        return sentences

    def _parts(self, text: str, span: Span, budget: int) -> list[tuple[Span, int]]:
        """The sentence itself if it fits, else parts of it that do, cut after clauses or words."""
        parts: list[tuple[Span, int]] = []
        start = span.start
        while start < span.end:
            end = (
                span.end
                if span.end - start <= LONGEST_CHARACTERS
                else _find_cut(text, start, start + LONGEST_CHARACTERS)
            )
            tokens = self._tokens(text[start:end])
            while tokens > budget and end - start > 1:
                end = _find_cut(text, start, start + max(1, (end - start) * budget * 9 // (tokens * 10)))
                tokens = self._tokens(text[start:end])
            parts.append((_trim(text, start, end), tokens))
            start = end
            while start < span.end and text[start].isspace():
                start += 1
        return parts


def _sections(article: Article) -> Iterator[tuple[str, list[Block]]]:
    """Runs of paragraphs that nothing interrupts, each with the heading it stands under."""
    blocks = article.blocks or (Block(Span(0, len(article.text)), "paragraph"),)
    heading = ""
    run: list[Block] = []
    for block in blocks:
        if block.kind == "paragraph":
            run.append(block)
            continue
        if run:
            yield heading, run
            run = []
        if block.kind == "heading":
            heading = _heading(block.span.of(article.text))
    if run:
        yield heading, run


def _heading(text: str) -> str:
    """A heading's words without the marks of Markdown, cut to what a card can show."""
    words = text.lstrip("# \t").rstrip("#=-: \t\n").split()
    return " ".join(words)[:200].strip("*_ ")


def _groups(sentences: list[_Sentence], budget: int) -> Iterator[list[_Sentence]]:
    """Consecutive sentences for one passage each; the last of one opens the next if it is short."""
    rest = sum(sentence.tokens for sentence in sentences)
    group: list[_Sentence] = []
    total = 0
    for index, sentence in enumerate(sentences):
        length = sentence.span.end - group[0].span.start if group else 0
        fits = total + sentence.tokens <= budget and length <= LONGEST_CHARACTERS
        wanted = total + sentence.tokens <= LONGEST_TOKENS or rest <= TAIL_TOKENS
        full = total >= TARGET_TOKENS and sentences[index - 1].ends and rest > TAIL_TOKENS
        if group and (full or not fits or not wanted):
            yield group
            last = group[-1]
            length = sentence.span.end - last.span.start
            repeats = last.tokens <= OVERLAP_TOKENS and last.tokens + sentence.tokens <= budget
            group = [last] if repeats and length <= LONGEST_CHARACTERS else []
            total = sum(one.tokens for one in group)
        group.append(sentence)
        total += sentence.tokens
        rest -= sentence.tokens
    if group:
        yield group


def _passage(article: Article, heading: str, ordinal: int, group: list[_Sentence]) -> Passage:
    start, end = group[0].span.start, group[-1].span.end
    text = article.text[start:end]
    key = "\0".join((article.id, str(start), text))
    return Passage(
        id=hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()[:20],
        article_id=article.id,
        text=text,
        start=start,
        end=end,
        sentences=tuple(sentence.span for sentence in group),
        ordinal=ordinal,
        heading=heading,
        title=article.title,
        source=article.source,
        published=article.published,
        url=article.url,
        language=article.language,
        claimed=article.claimed,
        author=article.author,
    )


def _find_cut(text: str, start: int, end: int) -> int:
    """The best place to cut at or before `end`: after a clause in the last third, else after a word."""
    if end - start <= 1:
        return start + 1
    floor = start + 2 * (end - start) // 3
    words = 0
    for index in range(end, floor, -1):
        if text[index - 1].isspace():
            words = words or index
            if index - 2 >= start and text[index - 2] in _CLAUSE_ENDS:
                return index
    if words:
        return words
    for index in range(floor, start + 1, -1):
        if text[index - 1].isspace():
            return index
    return end


def _trim(text: str, start: int, end: int) -> Span:
    while end > start + 1 and text[end - 1].isspace():
        end -= 1
    return Span(start, end)
