"""Readings, citations and answers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import ClassVar, Literal

from newsqa.types.articles import Copy, Passage, ScoredPassage, Span, Variant
from newsqa.types.plain import Plain, day_words


@dataclass(frozen=True, slots=True)
class Period(Plain):
    """The days that a question's own `words` ask for, both ends included; reports soon after are searched, too."""

    words: str
    since: date | None = None
    until: date | None = None

    @property
    def label(self) -> str:
        """The period for people: “last week”, 22 April 2019 to 1 May 2019."""
        first, last = day_words(self.since), day_words(self.until)
        if first and last:
            return f"“{self.words}”, {first}" + (f" to {last}" if first != last else "")
        return f"“{self.words}”, from {first} on" if first else f"“{self.words}”, until {last}"


@dataclass(frozen=True, slots=True)
class AnswerSpan:
    """A candidate answer inside a passage: offsets into the article's text, its text, and a score."""

    span: Span
    text: str
    score: float


@dataclass(frozen=True, slots=True)
class Reading:
    """What a reader makes of one passage: its best spans, and whether the passage answers at all.

    `score` is the best span's score against "not here" (above 0: more likely here than not);
    `probability` (0-1) is what the reader makes of it. `spans` are best first and do not overlap.
    """

    passage: Passage
    score: float
    probability: float
    spans: tuple[AnswerSpan, ...] = ()


@dataclass(frozen=True, slots=True)
class Marked:
    """A sentence among what stands around it: `text[start:end]` is the sentence, `title` that of the article."""

    text: str
    start: int
    end: int
    title: str = ""


@dataclass(frozen=True, slots=True)
class Citation(Plain):
    """A number in an answer, tied to a verbatim quote: `article.text[start:end] == quote`.

    `highlights` are the parts of the quote that answer (offsets into the article's text). `also` are other
    articles of the same report in which the quote stands, `otherwise` says where it stands with another figure,
    name or negation.
    """

    JSON: ClassVar = (
        "number", "passage.article_id", "passage_id=passage.id", "passage.title", "passage.source",
        "passage.author", "passage.published", "passage.updated", "passage.url", "passage.claimed", "quote",
        "start", "end", "also", "otherwise",
    )  # fmt: skip

    number: int
    quote: str
    start: int
    end: int
    passage: Passage
    highlights: tuple[Span, ...] = ()
    also: tuple[Copy, ...] = ()
    otherwise: tuple[Variant, ...] = ()


@dataclass(frozen=True, slots=True)
class JudgedSentence(Plain):
    """The verdict on one sentence that a model wrote: `answer.text[start:end]`, its markers included.

    `reasons` say in plain words what the cited passages do not carry; they are empty where it is supported.
    """

    start: int
    end: int
    verdict: Literal["supported", "partly", "unsupported"]
    reasons: tuple[str, ...] = ()


SUPPORT = {"well supported": 0.9, "likely": 0.75, "uncertain": 0.5}
"""What is said of an answer, and how often it is right, at least, of the answers of which it is said."""


_KINDS = {"overview": "newest on this", "more": "more of the article"}


@dataclass(frozen=True, slots=True)
class Answer(Plain):
    """The answer to a question, or the fact that the articles do not give one (`abstained`).

    `text` is Markdown-free prose with `[n]` markers; an abstention's text says so in a sentence.
    `missing` says, when abstaining, what is not covered (words, a period, a source), each ready to be shown.
    `confidence` is the probability (0-1) that the cited sentences answer the question.
    `related` are the closest passages of an abstention, for the reader to look at.
    `model` names the language model that wrote the text, and is empty where the text is quotes alone; `notice`
    says what went another way than asked for. `sentences` are the verdicts on what a model wrote, in order.
    `period` is what the question's own words narrowed the search to. `outlets` counts the cited outlets that
    report independently: those with copies of one story count as one. `language` is that of the question, where
    the articles are of several. `kind` tells an answer from the newest sentences on a topic, from more of the
    article that was quoted last, and from the reply to what asks nothing (which counts as abstained).
    """

    JSON: ClassVar = (
        "question", "searched_for", "text", "abstained", "missing", "confidence", "citations", "model", "notice",
        "sentences", "outlets", "period", "language", "kind", "support",
    )  # fmt: skip
    DIGITS: ClassVar = 4

    question: str
    searched_for: str
    text: str
    abstained: bool
    confidence: float
    citations: tuple[Citation, ...] = ()
    missing: tuple[str, ...] = ()
    related: tuple[ScoredPassage, ...] = ()
    model: str = ""
    notice: str = ""
    sentences: tuple[JudgedSentence, ...] = ()
    period: Period | None = None
    outlets: int = 0
    language: str = ""
    kind: Literal["answer", "overview", "more", "courtesy"] = "answer"

    @property
    def support(self) -> str:
        """The confidence in words: a key of `SUPPORT`, "not in the articles", or what else this is."""
        if self.abstained:
            return "no question" if self.kind == "courtesy" else "not in the articles"
        if self.kind in _KINDS:
            return _KINDS[self.kind]
        return next((words for words, least in SUPPORT.items() if self.confidence >= least), "uncertain")


@dataclass(frozen=True, slots=True)
class Draft(Plain):
    """What a model has written so far, with checked citations only; each draft takes the place of the one before.

    `sentences` are the verdicts on the sentences that are finished; what stands behind them is not yet checked.
    """

    text: str
    sentences: tuple[JudgedSentence, ...] = ()


@dataclass(frozen=True, slots=True)
class Turn:
    """An earlier question of the conversation and the text of its answer."""

    question: str
    answer: str = ""


@dataclass(frozen=True, slots=True)
class Step(Plain):
    """What the pipeline is doing now (`searching`, `reading`), in words a reader understands."""

    name: str
    detail: str = ""
