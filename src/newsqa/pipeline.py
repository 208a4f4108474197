"""`NewsQA`, the facade: a library of articles that answers. The only place that puts the parts together."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, Unpack

from newsqa.answers.answering import Answerer, SecondLook, article_counts
from newsqa.answers.suggestions import Suggester
from newsqa.errors import ModelError, QuestionError
from newsqa.library import Library
from newsqa.models import open_encoder
from newsqa.search.conversation import find_wanted
from newsqa.search.filters import make_options, narrow_to_outlet
from newsqa.search.followups import LastQuestion, make_standalone
from newsqa.search.hybrid import HybridSearch
from newsqa.search.periods import SearchRequest, narrow_search, tell_period
from newsqa.search.provenance import with_provenance
from newsqa.search.spelling import Rank
from newsqa.settings import Settings
from newsqa.store import Index
from newsqa.store.servers import chroma_server, database_url
from newsqa.text.citations import strip
from newsqa.text.languages import question_language
from newsqa.text.normal import fold, storable, tidy
from newsqa.text.passages import SentenceSplitter
from newsqa.types import (
    Answer,
    AskArguments,
    AskOptions,
    Citation,
    Draft,
    Encoder,
    FilterArguments,
    Reader,
    Resolver,
    ScoredPassage,
    SearchArguments,
    SearchOptions,
    Step,
    Turn,
)

if TYPE_CHECKING:
    from newsqa.llm import AnswerWriter
    from newsqa.search.retriever import NewsRetriever

GREETING = "Ask what is in the articles: who, what, when, where, why."
MAX_QUESTION = 2_000
"""Longest question, in characters."""
_NEAREST = 20
"""Passages nearest to a question, of whose articles others are made."""
_THRESHOLD = 0.5
"""Probability below which newsqa abstains with a reader that it does not know."""


class NewsQA(Library):
    """Answers questions from news articles. Make one with `NewsQA.open()`; it may be shared by threads."""

    def __init__(
        self, settings: Settings, index: Index, answerer: Answerer, writer: AnswerWriter | None = None
    ) -> None:
        super().__init__(settings, index)
        self.answerer = answerer
        self._writer = writer
        self._suggester = Suggester(
            index, lambda about: self.search(about, k=_NEAREST), lambda question: self.ask(question, llm=False)
        )

    @classmethod
    def open(
        cls,
        home: Path | str | None = None,
        *,
        settings: Settings | None = None,
        encoder: Encoder | str | None = None,
        reader: Reader | str | None = None,
        rebuild: bool = False,
    ) -> Self:
        """Open the index in `home` (default: the setting `NEWSQA_HOME`).

        `encoder` and `reader` take the place of those that the settings name: another name, or any object that
        does what the protocols `Encoder` and `Reader` say. With `rebuild`, an index made by another encoder is
        opened too, for `repair(rebuild=True)`.
        Raises `SettingsError`, `ModelError`, `IndexMismatchError` or `IndexDamagedError`.
        """
        _check_part("encoder", encoder, Encoder)
        _check_part("reader", reader, Reader)
        chosen: dict[str, Any] = {} if home is None else {"home": home}
        if encoder is not None:
            chosen["encoder"] = encoder if isinstance(encoder, str) else encoder.name
        if isinstance(reader, str):
            chosen["reader"] = reader
        if settings is None or chosen:
            settings = Settings.load(**(settings.model_dump() if settings else {}) | chosen)
        if encoder is None or isinstance(encoder, str):
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
        try:
            search = HybridSearch(index, encoder, settings.candidates)
            given = None if isinstance(reader, str) else reader
            return cls(settings, index, _open_answerer(settings, search, given))
        except BaseException:
            index.close()
            raise

    def ask(
        self,
        question: str,
        *,
        history: Sequence[Turn] = (),
        options: AskOptions | None = None,
        **given: Unpack[AskArguments],
    ) -> Answer:
        """Answer a question from the articles, or abstain.

        `history` holds the earlier turns, oldest first; `k` is how many passages are read; `since` and `until`
        (days, included), `source`, `author` and `language` choose which articles may answer. Without days, those
        that the question names do ("last week", counted from `as_of`, default today), unless `any_date`: see the
        answer's `period`. `llm` asks for the language model or for quotes only; by default a model that is set
        writes. All these together are `AskOptions`, which may be given as one, too.
        Raises `QuestionError`, also for a model where none is set, and `IndexMissingError`; with a model also
        `SettingsError` or `ModelError`, if it cannot be opened.
        """
        return last_answer(self.stream(question, history=history, options=options, **given))

    def stream(
        self,
        question: str,
        *,
        history: Sequence[Turn] = (),
        options: AskOptions | None = None,
        **given: Unpack[AskArguments],
    ) -> Iterator[Step | Draft | Answer]:
        """As `ask`, but yields each `Step` as it begins, and a model's `Draft`s; the last item is the `Answer`."""
        text = _check_question(question)
        asked = make_options(options or AskOptions(), given, self.settings.as_of)
        turn = find_wanted(text, history)
        if turn.wish == "nothing":
            return iter([Answer(text, text, GREETING, True, 0.0, kind="courtesy")])
        searched = make_standalone(turn.question, turn.history, self.answerer.resolver)
        plain = SearchRequest(turn.question, searched, turn.history, asked.where)
        ask = narrow_to_outlet(plain, self.index.sources())
        if not asked.any_date:
            today = asked.as_of or self.settings.as_of or date.today()
            ask = narrow_search(ask, today, self.index.period())
        by = self._open_writer() if (self.settings.llm if asked.llm is None else asked.llm) else self.answerer
        if turn.wish == "more":
            shown = " ".join(strip(one.answer) for one in history)
            found: Iterator[Step | Draft | Answer] = self.answerer.more(ask, shown, asked.k)
        else:
            found = by.stream(ask, asked.k)
        language = question_language(text, list(self.index.languages()))
        outlets = () if asked.where.sources else ask.where.sources
        return with_provenance(self.index, tell_period(found, text, ask.period, language, outlets))

    def prepare(self) -> None:
        """Begin to load the bundled models in the background, so that the first question need not wait."""
        self.answerer.prepare()

    @property
    def model(self) -> str:
        """The name of the language model that can write answers, or an empty string."""
        return self.settings.llm_name

    def open_model(self) -> None:
        """Open the language model now instead of at its first question; raises `SettingsError` or `ModelError`."""
        _ = self._open_writer().model

    def _open_writer(self) -> AnswerWriter:
        """What answers with a language model; the model itself is opened at its first question."""
        if not self.settings.llm:
            raise QuestionError(
                "No language model is set. Set NEWSQA_LLM, for example to ollama:llama3.2, or ask for quotes only."
            )
        if self._writer is None:
            from newsqa.llm import AnswerWriter

            self._writer = AnswerWriter(self.answerer, self.settings)
        return self._writer

    def search(
        self, query: str, *, options: SearchOptions | None = None, **given: Unpack[SearchArguments]
    ) -> list[ScoredPassage]:
        """The `k` (10) passages nearest to a query, best first; the other options are as in `ask`."""
        asked = make_options(options or SearchOptions(), given, self.settings.as_of)
        return self.answerer.search.search(_check_question(query), asked.k or 10, asked.where)

    def sentences(self, question: str, *, k: int | None = None) -> list[Citation]:
        """The sentences that are weighed for an answer, most likely first, whether it is given or not."""
        return self.answerer.sentences(_check_question(question), k)

    def suggest(self, about: str = "", *, most: int = 3) -> list[str]:
        """Up to `most` questions that are answered well: of the articles nearest to `about`, then of the newest.

        They are made of sentences of English articles and tried, and remembered until the index changes; `about`
        is a question, which is not among them. Raises `QuestionError` if that is too long.
        """
        return self._suggester.suggest(_check_question(about) if about.strip() else "", most)

    def retriever(self, k: int = 5, **given: Unpack[FilterArguments]) -> NewsRetriever:
        """A LangChain retriever over this index; days, sources, authors and languages are chosen as in `ask`."""
        from newsqa.search.retriever import NewsRetriever

        asked = make_options(SearchOptions(k=k), given, self.settings.as_of)
        return NewsRetriever(
            search=self.answerer.search,
            k=k,
            since=asked.since,
            until=asked.until,
            source=asked.source,
            author=asked.author,
            language=asked.language,
            as_of=self.settings.as_of,
        )


def last_answer(items: Iterable[Step | Draft | Answer]) -> Answer:
    """The answer at the end of a stream."""
    answer: Answer | None = None
    for item in items:
        if isinstance(item, Answer):
            answer = item
    assert answer is not None  # noqa: S101 (a stream always ends with the answer)
    return answer


def _check_part(kind: str, part: object, protocol: type) -> None:
    """Raises `ModelError` if an object cannot take a part's place, for what its protocol wants and it lacks."""
    if part is None or isinstance(part, str):
        return
    wanted = [name for name in vars(protocol) if not name.startswith("_")]
    lacking = " and no ".join(f"`{name}`" for name in wanted if not hasattr(part, name))
    if lacking:
        raise ModelError(
            f"The {kind} that was given ({type(part).__name__}) has no {lacking}. Give the name of one, or an "
            f"object that does what the protocol `newsqa.types.{protocol.__name__}` says."
        )


def _open_answerer(settings: Settings, search: HybridSearch, reader: Reader | None) -> Answerer:
    """What answers: with the reader that is given, else the one that the settings name and its confidence."""
    index = search.index
    resolver: Resolver = LastQuestion()
    rank: Rank | None = None
    weights = partial(_weigh_words, index)
    second = None
    if reader is not None:
        threshold = _THRESHOLD
    elif settings.reader == "bundled":
        from newsqa.answers.confidence import Confidence
        from newsqa.answers.reader import SpanReader

        reader = resolver = spans = SpanReader.open(threads=settings.threads)
        second = SecondLook(spans, Confidence.open())
        threshold, rank = second.confidence.threshold, spans.rank
    else:
        from newsqa.answers.similarity import THRESHOLD, SimilarityReader

        reader, threshold = SimilarityReader(search.encoder, weights), THRESHOLD
    if settings.threshold is not None:
        threshold = settings.threshold
    return Answerer(search, reader, index, threshold, weights, second, settings.read, resolver, rank)


def _weigh_words(index: Index, words: Sequence[str]) -> Mapping[str, float]:
    """The weight of each word: the fewer articles have it, the heavier (inverse document frequency)."""
    total = index.article_count()
    counts = article_counts(index, words)
    return {word: math.log(1.0 + (total + 1.0) / (counts[word] + 0.5)) for word in words}


def _check_question(question: str) -> str:
    """The question in the usual characters and spaces; raises `QuestionError` when it is empty or too long."""
    text = " ".join(fold(tidy(storable(question))).split())
    if not text:
        raise QuestionError("The question is empty. Type a question about the articles.")
    if len(text) > MAX_QUESTION:
        raise QuestionError(
            f"The question has {len(text):,} characters, and {MAX_QUESTION:,} is the most. Shorten it."
        )
    return text
