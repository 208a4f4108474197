"""`NewsQA`, the facade: a library of articles that answers. The only place that puts the parts together."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Self

from newsqa.answers.answering import Answerer, article_counts
from newsqa.errors import QuestionError, SettingsError
from newsqa.library import Day, Languages, Library, Sources
from newsqa.models import open_encoder
from newsqa.search.filters import make_filter, parse_day
from newsqa.search.hybrid import HybridSearch
from newsqa.search.narrowing import Narrowed, narrowed, told
from newsqa.search.provenance import with_provenance
from newsqa.settings import Settings
from newsqa.store import Index
from newsqa.store.servers import chroma_server, database_url
from newsqa.text.languages import question_language
from newsqa.text.passages import SentenceSplitter
from newsqa.types import Answer, Draft, Reader, ScoredPassage, Step, Turn

if TYPE_CHECKING:
    from newsqa.llm import Writer
    from newsqa.search.retriever import NewsRetriever

MAX_QUESTION = 2_000
"""Longest question, in characters."""


class NewsQA(Library):
    """Answers questions from news articles. Make one with `NewsQA.open()`; it may be shared by threads."""

    def __init__(self, settings: Settings, index: Index, search: HybridSearch, answerer: Answerer) -> None:
        super().__init__(settings, index)
        self._search = search
        self._answerer = answerer
        self._writer: Writer | None = None

    @classmethod
    def open(
        cls, home: Path | str | None = None, *, settings: Settings | None = None, rebuild: bool = False
    ) -> Self:
        """Open the index in `home` (default: the setting `NEWSQA_HOME`).

        With `rebuild`, an index made by another encoder is opened too, for `repair(rebuild=True)`.
        Raises `SettingsError`, `ModelError`, `IndexMismatchError` or `IndexDamagedError`.
        """
        if settings is None:
            settings = Settings.load(home=home)
        elif home is not None:
            settings = settings.model_copy(update={"home": Path(home)})
        encoder = open_encoder(settings.encoder, settings.threads)
        index = Index.open(
            settings.home.expanduser(),
            encoder,
            SentenceSplitter.for_encoder(encoder),
            rebuild=rebuild,
            chroma=chroma_server(settings),
            database=database_url(settings),
            versions=settings.versions,
        )
        search = HybridSearch(index, encoder, settings.candidates)
        return cls(settings, index, search, _open_answerer(settings, search))

    def ask(
        self,
        question: str,
        *,
        history: Sequence[Turn] = (),
        k: int | None = None,
        since: Day = None,
        until: Day = None,
        source: Sources = None,
        language: Languages = None,
        as_of: Day = None,
        any_date: bool = False,
        llm: bool | None = None,
    ) -> Answer:
        """Answer a question from the articles, or abstain.

        `history` holds the earlier turns, oldest first; `k` is how many passages are read; `since` and `until`
        (days, included), `source` and `language` choose which articles may answer. Without days, those that the
        question names do ("last week", counted from `as_of`, default today), unless `any_date`: see the answer's
        `period`. `llm` asks for the language model or for quotes only; by default a model that is set writes.
        Raises `QuestionError` and `IndexMissingError`; with a model also `SettingsError` or `ModelError`, if there
        is none or it cannot be opened.
        """
        answer: Answer | None = None
        for item in self.stream(
            question,
            history=history,
            k=k,
            since=since,
            until=until,
            source=source,
            language=language,
            as_of=as_of,
            any_date=any_date,
            llm=llm,
        ):
            if isinstance(item, Answer):
                answer = item
        assert answer is not None  # noqa: S101 (stream always ends with the answer)
        return answer

    def stream(
        self,
        question: str,
        *,
        history: Sequence[Turn] = (),
        k: int | None = None,
        since: Day = None,
        until: Day = None,
        source: Sources = None,
        language: Languages = None,
        as_of: Day = None,
        any_date: bool = False,
        llm: bool | None = None,
    ) -> Iterator[Step | Draft | Answer]:
        """As `ask`, but yields each `Step` as it begins, and a model's `Draft`s; the last item is the `Answer`."""
        text = _checked(question)
        where = make_filter(since, until, source, language)
        ask = Narrowed(text, tuple(history), where)
        if not any_date:
            today = parse_day(as_of, "as of") or self.settings.as_of or date.today()
            ask = narrowed(text, history, where, today, self._index.period())
        by = self._open_writer() if (self.settings.llm if llm is None else llm) else self._answerer
        found = by.stream(ask.question, ask.history, ask.where, _positive(k))
        language = question_language(text, list(self._index.languages()))
        return with_provenance(self._index, told(found, text, ask.period, language))

    def prepare(self) -> None:
        """Begin to load the bundled models in the background, so that the first question need not wait."""
        self._answerer.prepare()

    @property
    def model(self) -> str:
        """The name of the language model that can write answers, or an empty string."""
        return self.settings.llm_name

    def open_model(self) -> None:
        """Open the language model now instead of at its first question; raises `SettingsError` or `ModelError`."""
        _ = self._open_writer().model

    def _open_writer(self) -> Writer:
        """What answers with a language model; the model itself is opened at its first question."""
        if not self.settings.llm:
            raise SettingsError(
                "No language model is set. Set NEWSQA_LLM, for example to ollama:llama3.2, or ask for quotes only."
            )
        if self._writer is None:
            from newsqa.llm import Writer

            self._writer = Writer(self._answerer, self.settings)
        return self._writer

    def search(
        self,
        query: str,
        *,
        k: int = 10,
        since: Day = None,
        until: Day = None,
        source: Sources = None,
        language: Languages = None,
    ) -> list[ScoredPassage]:
        """The `k` passages nearest to a query, best first."""
        where = make_filter(since, until, source, language)
        return self._search.search(_checked(query), _positive(k) or 10, where)

    def retriever(
        self, k: int = 5, *, since: Day = None, until: Day = None, source: Sources = None
    ) -> NewsRetriever:
        """A LangChain retriever over this index."""
        from newsqa.search.retriever import NewsRetriever

        where = make_filter(since, until, source)
        return NewsRetriever(search=self._search, k=k, since=where.since, until=where.until, source=where.sources)


def _open_answerer(settings: Settings, search: HybridSearch) -> Answerer:
    """The reader that the settings name, with the confidence that was fitted for it."""
    index = search.index

    def weights(words: Sequence[str]) -> Mapping[str, float]:
        return rarity(index, words)

    reader: Reader
    confidence = None
    if settings.reader == "bundled":
        from newsqa.answers.confidence import Confidence
        from newsqa.answers.reader import SpanReader

        reader, confidence = SpanReader.open(threads=settings.threads), Confidence.open()
        threshold = confidence.threshold
    else:
        from newsqa.answers.similarity import THRESHOLD, SimilarityReader

        reader, threshold = SimilarityReader(search.encoder, weights), THRESHOLD
    if settings.threshold is not None:
        threshold = settings.threshold
    return Answerer(search, reader, index, threshold, weights, confidence, settings.read)


def rarity(index: Index, words: Sequence[str]) -> Mapping[str, float]:
    """The weight of each word: the fewer articles have it, the heavier (inverse document frequency)."""
    total = index.article_count()
    counts = article_counts(index, words)
    return {word: math.log(1.0 + (total + 1.0) / (counts[word] + 0.5)) for word in words}


def _checked(question: str) -> str:
    """The question with its white space folded; raises `QuestionError` when it is empty or too long."""
    text = " ".join(question.split())
    if not text:
        raise QuestionError("The question is empty. Type a question, such as: why did Kim meet Putin?")
    if len(text) > MAX_QUESTION:
        raise QuestionError(
            f"The question has {len(text):,} characters, and {MAX_QUESTION:,} is the most. Shorten it."
        )
    return text


def _positive(k: int | None) -> int | None:
    if k is not None and not 1 <= k <= 1_000:
        raise QuestionError(f"k is {k}, and must be from 1 to 1,000. Choose a number in that range.")
    return k
