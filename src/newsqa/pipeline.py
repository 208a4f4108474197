"""`NewsQA`, the facade: ingest articles, ask questions. The only place that puts the parts together."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Self

from newsqa.answering import Answerer, article_counts
from newsqa.embedding import open_encoder
from newsqa.errors import ArticleError, QuestionError, SettingsError
from newsqa.filters import make_filter, parse_day
from newsqa.hybrid import HybridSearch
from newsqa.languages import encoder_note, question_language
from newsqa.narrowing import Narrowed, narrowed, told
from newsqa.passages import SentenceSplitter
from newsqa.provenance import with_provenance
from newsqa.servers import chroma_server, database_url
from newsqa.settings import Settings
from newsqa.store import Index
from newsqa.types import (
    Answer,
    Article,
    ArticleSummary,
    CheckReport,
    Draft,
    History,
    IngestEvent,
    IngestReport,
    Reader,
    ScoredPassage,
    Step,
    Turn,
)

if TYPE_CHECKING:
    from newsqa.cluster import Recipe
    from newsqa.llm import Writer
    from newsqa.retriever import NewsRetriever

MAX_QUESTION = 2_000
"""Longest question, in characters."""

Day = date | str | None
Sources = str | Sequence[str] | None
Languages = str | Sequence[str] | None


class NewsQA:
    """Answers questions from news articles. Make one with `NewsQA.open()`; it may be shared by threads."""

    def __init__(self, settings: Settings, index: Index, search: HybridSearch, answerer: Answerer) -> None:
        self.settings = settings
        self._index = index
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
        )
        search = HybridSearch(index, encoder, settings.candidates)
        return cls(settings, index, search, _open_answerer(settings, search))

    def ingest(
        self,
        paths: Iterable[Path | str],
        *,
        prune: bool = False,
        file_format: str = "",
        columns: Mapping[str, str] | str = "",
        engine: str = "local",
        on_event: Callable[[IngestEvent], None] | None = None,
        on_progress: Callable[[float], None] | None = None,
        stop: Callable[[], bool] | None = None,
    ) -> IngestReport:
        """Bring in files, folders and web addresses; what is already known is left alone.

        An address may be that of a page, a feed, an OPML list or a news sitemap. `file_format` names the format of
        files whatever they are called. `columns` says under which names records hold an article's fields, such as
        `{"text": "body"}` or `"text=body"`. With `prune`, articles whose file has vanished from one of the folders
        `paths` are removed. The engine `ray` reads and encodes files on a Ray cluster: that of RAY_ADDRESS, else
        one of this machine's cores. One bad file never stops the others: see the report's `failed`. `on_progress`
        is told how much of the files is read (0-1). `stop` is asked before each article; once it is true, the
        batch at hand is finished and reported.
        """
        from newsqa.articles.columns import parse_columns
        from newsqa.ingesting import ingest

        report = ingest(
            self._index,
            _targets(paths),
            max_bytes=self.settings.max_file_mb * 1_000_000,
            prune=prune,
            file_format=file_format,
            columns=parse_columns(columns) if isinstance(columns, str) else columns,
            on_event=on_event,
            on_progress=on_progress,
            stop=stop,
            cluster=self._recipe(engine),
        )
        return replace(report, notes=self._notes()) if report.added or report.updated else report

    def _recipe(self, engine: str) -> Recipe | None:
        """What a cluster has to know to encode as this index is encoded; None for the local engine."""
        if engine not in ("local", "ray"):
            raise SettingsError(f"There is no engine {engine!r}. Choose local or ray.")
        if engine == "local":
            return None
        from newsqa.cluster import Recipe

        return Recipe(self.settings.encoder, *self._index.made_with)

    def add_file(self, name: str, content: bytes) -> IngestReport:
        """Bring in a file that was sent: it is kept in the index folder under a name that stands for `name`.

        The suffix of `name` says what it is; the same name again replaces the earlier version. Raises
        `ArticleError` if nothing in it can be read, and `StorageError`.
        """
        from newsqa.articles.formats import is_known, known
        from newsqa.keeping import keep

        if not is_known(name):
            raise ArticleError(f"Files of this kind are not read. Save the article as one of {known()}.")
        return keep(self.settings.home.expanduser() / "uploads", name, content, self.ingest)

    def add_text(
        self,
        text: str,
        *,
        title: str = "",
        source: str = "",
        published: Day = None,
        url: str = "",
        language: str = "",
    ) -> IngestReport:
        """Bring in an article as text; one of the same `url`, else of the same title and source, is replaced."""
        from newsqa.keeping import as_markdown

        day = published.isoformat() if isinstance(published, date) else published or ""
        content = as_markdown(text, title=title, source=source, published=day, url=url, language=language)
        key = url or "\0".join((title, source)).strip("\0") or text
        return self.add_file(
            f"{title or 'text'} {hashlib.sha256(key.encode('utf-8', 'replace')).hexdigest()}.md", content
        )

    def watch(
        self,
        targets: Iterable[Path | str],
        *,
        every: float = 900.0,
        rounds: int | None = None,
        on_event: Callable[[IngestEvent], None] | None = None,
        on_round: Callable[[IngestReport], None] | None = None,
        stop: Callable[[], bool] | None = None,
    ) -> int:
        """Look at folders, feeds and pages every `every` seconds, and bring in what is new, until Ctrl-C.

        Returns the number of rounds; `rounds` is how many to make at most. Once `stop` is true, the batch at hand
        is finished and reported, and that is all.
        """
        from newsqa.watching import watch

        return watch(
            lambda items: self._index.ingest(items, on_event=on_event, stop=stop),
            _targets(targets),
            home=self.settings.home.expanduser(),
            max_bytes=self.settings.max_file_mb * 1_000_000,
            every=every,
            rounds=rounds,
            on_round=on_round,
            stop=stop,
        )

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
        from newsqa.retriever import NewsRetriever

        where = make_filter(since, until, source)
        return NewsRetriever(search=self._search, k=k, since=where.since, until=where.until, source=where.sources)

    def articles(
        self, *, since: Day = None, until: Day = None, source: Sources = None, language: Languages = None
    ) -> list[ArticleSummary]:
        """The articles of the index, newest first."""
        return list(self._index.articles(make_filter(since, until, source, language)))

    def article(self, article_id: str) -> Article:
        """One whole article; raises `ArticleError` when there is none of that id."""
        return self._index.article(article_id)

    def history(self, article: str) -> History:
        """An article and its earlier versions; `article` is its id, a beginning of it, its path or its address.

        Raises `ArticleError` when there is none, or more than one that may be meant.
        """
        from newsqa.histories import history_of

        article_id = self._named(article)
        return history_of(self._index.article(article_id), self._index.versions(article_id))

    def _named(self, name: str) -> str:
        """The id of the one article that a user means."""
        from newsqa.articles import article_id
        from newsqa.articles.web import is_url

        name = name.strip()
        found = self._index.find(article_id(name, "") if is_url(name) else name) if name else []
        if not found and name and Path(name).expanduser().exists():
            found = self._index.find(str(Path(name).expanduser().resolve()))
        if len(found) == 1:
            return found[0]
        if found:
            some = ", ".join(found[:5])
            raise ArticleError(
                f"{name!r} may be any of {len(found)} articles ({some} ...). Give the whole id of one."
            )
        raise ArticleError(f"There is no article {name!r}; `newsqa articles` lists those there are.")

    def languages(self) -> dict[str, int]:
        """How many articles there are of each language code, most first; `und` is an unknown one."""
        return self._index.languages()

    def _notes(self) -> tuple[str, ...]:
        """What a user should know of an index as it is."""
        note = encoder_note(self._index.languages(), multilingual=self.settings.encoder != "bundled")
        return (note,) if note else ()

    def size(self) -> tuple[int, int]:
        """How many articles and passages there are; raises `NewsIndexError` for an index that cannot be used."""
        return self._index.article_count(), len(self._index)

    def remove(self, article_ids: Iterable[str]) -> int:
        """Remove articles; returns how many there were."""
        return self._index.remove(article_ids)

    def sources(self) -> list[str]:
        """The sources of the articles, in alphabetical order."""
        return self._index.sources()

    def check(self) -> CheckReport:
        """Compare catalogue, vectors and words, and say what is wrong."""
        return replace(self._index.check(), notes=self._notes())

    def repair(self, *, rebuild: bool = False) -> CheckReport:
        """Make vectors and words anew from the catalogue where they are wrong; all of them with `rebuild`."""
        return replace(self._index.repair(rebuild=rebuild), notes=self._notes())

    def close(self) -> None:
        """Close the index."""
        self._index.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _open_answerer(settings: Settings, search: HybridSearch) -> Answerer:
    """The reader that the settings name, with the confidence that was fitted for it."""
    index = search.index

    def weights(words: Sequence[str]) -> Mapping[str, float]:
        return rarity(index, words)

    reader: Reader
    confidence = None
    if settings.reader == "bundled":
        from newsqa.confidence import Confidence
        from newsqa.reader import SpanReader

        reader, confidence = SpanReader.open(threads=settings.threads), Confidence.open()
        threshold = confidence.threshold
    else:
        from newsqa.similarity import THRESHOLD, SimilarityReader

        reader, threshold = SimilarityReader(search.encoder, weights), THRESHOLD
    if settings.threshold is not None:
        threshold = settings.threshold
    return Answerer(search, reader, index, threshold, weights, confidence, settings.read)


def _targets(targets: Iterable[Path | str]) -> list[Path | str]:
    """Web addresses as text, everything else as paths."""
    from newsqa.articles.web import is_url

    return [str(one).strip() if is_url(one) else Path(one).expanduser() for one in targets]


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
