"""`Library`: the articles of an index, brought in, listed, checked and removed. `NewsQA` is one that answers."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Self, Unpack

from newsqa.errors import ArticleError, QuestionError, SettingsError
from newsqa.search.filters import make_options, read_days
from newsqa.settings import Settings
from newsqa.store import ORDERS, Index
from newsqa.store.keeping import KeptTexts
from newsqa.text.languages import encoder_note
from newsqa.types import (
    Article,
    ArticlePage,
    ArticleSummary,
    Change,
    CheckReport,
    Day,
    FilterArguments,
    FilterOptions,
    History,
    IngestEvent,
    IngestReport,
    Judgement,
    Watched,
)

if TYPE_CHECKING:
    from newsqa.sources.apart import Limits
    from newsqa.sources.cluster import Recipe


class Library:
    """The articles of an index; it may be shared by threads."""

    def __init__(self, settings: Settings, index: Index) -> None:
        self.settings = settings
        self.index = index
        self.kept = KeptTexts.of(settings)

    def ingest(
        self,
        paths: Iterable[Path | str],
        *,
        prune: bool = False,
        file_format: str = "",
        columns: Mapping[str, str] | str = "",
        engine: str = "local",
        outside: bool = False,
        name: str = "",
        on_event: Callable[[IngestEvent], None] | None = None,
        on_progress: Callable[[float], None] | None = None,
        stop: Callable[[], bool] | None = None,
    ) -> IngestReport:
        """Bring in files, folders and web addresses; what is already known is left alone.

        An address may be that of a page, a feed, an OPML list or a news sitemap. `file_format` names the format of
        files whatever they are called. `columns` says under which names records hold an article's fields, such as
        `{"text": "body"}` or `"text=body"`. With `prune`, articles whose file has vanished from one of the folders
        `paths` are removed. The engine `ray` reads and encodes files on a Ray cluster: that of RAY_ADDRESS, else
        one of this machine's cores. Files that come from `outside`, and all that comes from the web, are read in a
        process of its own, which is stopped after the setting `read_seconds`. One bad file never stops the others:
        see the report's `failed`. `on_progress` is told how much of the files is read (0-1). `stop` is asked
        before each article; once it is true, the batch at hand is finished and reported. `changes` has all of it
        under `name`, to be undone.
        """
        from newsqa.sources.formats.columns import parse_columns
        from newsqa.sources.ingesting import ingest

        targets = _read_targets(paths)
        report = ingest(
            _Recorded(self.index, name or _describe(targets)),
            targets,
            max_bytes=self.settings.max_file_mb * 1_000_000,
            prune=prune,
            file_format=file_format,
            columns=parse_columns(columns) if isinstance(columns, str) else columns,
            on_event=on_event,
            on_progress=on_progress,
            stop=stop,
            cluster=self._make_recipe(engine),
            outside=outside,
            limits=self._limits(),
        )
        notes = self._notes() if report.added or report.updated else ()
        return replace(report, notes=report.notes + notes)

    def _limits(self) -> Limits:
        from newsqa.sources.apart import Limits

        settings = self.settings
        most = 10_000_000 * max(10, settings.max_file_mb)
        return Limits(settings.read_seconds, output=most, list_seconds=settings.list_seconds, list_bytes=2 * most)

    def _make_recipe(self, engine: str) -> Recipe | None:
        """What a cluster has to know to encode as this index is encoded; None for the local engine."""
        if engine not in ("local", "ray"):
            raise SettingsError(f"There is no engine {engine!r}. Choose local or ray.")
        if engine == "local":
            return None
        from newsqa.sources.cluster import Recipe

        return Recipe(self.settings.encoder, *self.index.made_with)

    def add_file(
        self, name: str, content: Path | bytes, *, on_event: Callable[[IngestEvent], None] | None = None
    ) -> IngestReport:
        """Bring in a file that was sent: it is kept in the index folder under a name that stands for `name`.

        It is read as one from outside. The suffix of `name` says what it is; the same name again replaces the
        earlier version. Raises `ArticleError` if nothing in it can be read, and `StorageError`.
        """
        from newsqa.sources.formats.registry import describe_unread, is_known
        from newsqa.sources.uploads import keep

        if not is_known(name):
            raise ArticleError(describe_unread())
        ingest = partial(self.ingest, outside=True, name=name, on_event=on_event)
        return keep(self.settings.home.expanduser() / "uploads", name, content, ingest)

    def add_text(
        self,
        text: str,
        *,
        title: str = "",
        source: str = "",
        author: str = "",
        published: Day = None,
        url: str = "",
        language: str = "",
    ) -> IngestReport:
        """Bring in an article as text; one that was given with the same `url` is replaced.

        Without one, that of the same title, source and day is.
        """
        from newsqa.sources.uploads import write_markdown

        day = published.isoformat() if isinstance(published, date) else published or ""
        fields = {"title": title, "source": source, "author": author, "published": day, "url": url}
        content = write_markdown(text, **fields, language=language)
        key = url or "\0".join((title, source, day)).strip("\0") or text
        name = "text" if url or not title else title
        return self.add_file(f"{name} {hashlib.sha256(key.encode('utf-8', 'replace')).hexdigest()}.md", content)

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

        What a round brings in is one of the `changes`. Returns the number of rounds; `rounds` is how many to make
        at most. Once `stop` is true, the batch at hand is finished and reported, and that is all.
        """
        from newsqa.sources.watching import watch

        watched = _read_targets(targets)
        return watch(
            lambda: partial(_Recorded(self.index, _describe(watched)).ingest, on_event=on_event),
            watched,
            home=self.settings.home.expanduser(),
            max_bytes=self.settings.max_file_mb * 1_000_000,
            every=every,
            rounds=rounds,
            on_round=on_round,
            stop=stop,
            limits=self._limits(),
        )

    def keep_judgement(self, judgement: Judgement) -> None:
        """Write down what a reader said of an answer, in the index folder."""
        from newsqa.store.keeping import keep_judgement

        keep_judgement(self.settings.home.expanduser(), judgement)

    def judgements(self) -> list[Judgement]:
        """What readers said of answers, oldest first."""
        from newsqa.store.keeping import read_judgements

        return list(read_judgements(self.settings.home.expanduser()))

    def watched(self) -> list[Watched]:
        """The folders and addresses that are watched, or were within a month, with what came of the last look."""
        from newsqa.sources.watched import read_watched

        return read_watched(self.settings.home.expanduser())

    def articles(
        self, *, limit: int | None = None, offset: int = 0, **given: Unpack[FilterArguments]
    ) -> list[ArticleSummary]:
        """The articles of the index, newest first; days, sources, authors and languages are chosen as in `ask`.

        With `limit`, so many of them after the first `offset`.
        """
        where = make_options(FilterOptions(), given).where
        return list(self.index.articles(where, limit=limit, offset=offset))

    def find_articles(
        self,
        words: str = "",
        *,
        order: str = "",
        limit: int = 50,
        offset: int = 0,
        **given: Unpack[FilterArguments],
    ) -> ArticlePage:
        """A page of the articles in which words stand, best first, or of all, newest first.

        An `order` is published, title, source, author or words, with ", descending" or without.
        Raises `QuestionError` for another, and as `articles` does.
        """
        if order and order not in ORDERS:
            raise QuestionError(
                f"Articles cannot be sorted by {order[:40]!r}. Sort by one of: {'; '.join(ORDERS)}."
            )
        where = make_options(FilterOptions(), given).where
        return self.index.find_articles(words, where, order=order, limit=limit, offset=offset)

    def article_count(self, **given: Unpack[FilterArguments]) -> int:
        """How many articles `articles` lists in all."""
        return self.index.article_count(make_options(FilterOptions(), given).where)

    def article(self, article_id: str) -> Article:
        """One whole article; raises `ArticleError` when there is none of that id."""
        return self.index.article(article_id)

    def history(self, article: str) -> History:
        """An article and its earlier versions; `article` is its id, a beginning of it, its path or its address.

        Raises `ArticleError` when there is none, or more than one that may be meant.
        """
        return self.index.history(self._find_id(article))

    def _find_id(self, name: str) -> str:
        """The id of the one article that a user means."""
        from newsqa.sources.formats import article_id
        from newsqa.sources.formats.web import is_url

        name = name.strip()
        found = self.index.find(article_id(name, "") if is_url(name) else name) if name else []
        if not found and name and Path(name).expanduser().exists():
            found = self.index.find(str(Path(name).expanduser().resolve()))
        if len(found) == 1:
            return found[0]
        if found:
            some = ", ".join(found[:5])
            raise ArticleError(
                f"{name!r} may be any of {len(found)} articles ({some} ...). Give the whole id of one."
            )
        raise ArticleError(f"There is no article {name!r}; `newsqa articles` lists those there are.")

    def read_days(self, words: str) -> tuple[date | None, date | None]:
        """The first and the last day that words name, such as `March`, `April 2019` or `since March`; None: open.

        A month or day without a year is the latest that the articles can tell of.
        Raises `QuestionError` for words that name none.
        """
        covered = self.period()
        return read_days(words, self.settings.as_of or date.today(), covered[1] if covered else None)

    def languages(self) -> dict[str, int]:
        """How many articles there are of each language code, most first; `und` is an unknown one."""
        return self.index.languages()

    def _notes(self) -> tuple[str, ...]:
        """What a user should know of an index as it is."""
        note = encoder_note(self.index.languages(), multilingual=self.settings.encoder != "bundled")
        return (note,) if note else ()

    def size(self) -> tuple[int, int]:
        """How many articles and passages there are; raises `NewsIndexError` for an index that cannot be used."""
        return self.index.article_count(), len(self.index)

    def remove(self, article_ids: Iterable[str]) -> int:
        """Remove articles; returns how many there were. It can be undone, see `changes`."""
        wanted = list(dict.fromkeys(article_ids))
        titles = self.index.titles(wanted[:1])
        return _Recorded(self.index, _and_more(next(iter(titles), ""), len(wanted))).remove(wanted)

    def changes(self) -> list[Change]:
        """The latest changes of the index that can be undone, newest first: of 30 days, and 50 at most."""
        return self.index.changes.all()

    def undo(self, change_id: str) -> int:
        """Make one of the `changes` undone; returns how many articles went back to what they were.

        What it added is removed; what it removed or replaced is as before, with its earlier versions. An article
        that has changed again since stays as it is. Raises `ArticleError` if there is no such change any more.
        """
        return self.index.undo(change_id)

    def sources(self) -> list[str]:
        """The sources of the articles, in alphabetical order."""
        return self.index.sources()

    def authors(self) -> dict[str, int]:
        """How many articles there are by each author, most first."""
        return self.index.authors()

    def period(self) -> tuple[date, date] | None:
        """The first and the last day of publication; None without dated articles."""
        return self.index.period()

    def failing(self) -> dict[str, Exception]:
        """The parts of the index (`articles`, `words`, `vectors`) that do not answer now, each with its error."""
        return self.index.failing()

    def check(self) -> CheckReport:
        """Compare catalogue, vectors and words, and say what is wrong."""
        return replace(self.index.check(), notes=self._notes())

    def repair(self, *, rebuild: bool = False) -> CheckReport:
        """Make vectors and words anew from the catalogue where they are wrong; all of them with `rebuild`."""
        return replace(self.index.repair(rebuild=rebuild), notes=self._notes())

    def close(self) -> None:
        """Close the index."""
        self.kept.close()
        self.index.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class _Recorded:
    """An index, of which everything that is done through this is one change to undo."""

    def __init__(self, index: Index, name: str) -> None:
        record = index.changes.begin(name)
        self.paths, self.content_hashes = index.paths, index.content_hashes
        self.ingest = partial(index.ingest, record=record)
        self.remove = partial(index.remove, record=record)


def _describe(targets: Sequence[Path | str]) -> str:
    """What is brought in, in short."""
    first = targets[0] if targets else ""
    return _and_more(first.name if isinstance(first, Path) else first, len(targets))


def _and_more(first: str, count: int) -> str:
    return f"{first} and {count - 1:,} more" if count > 1 else first


def _read_targets(targets: Iterable[Path | str]) -> list[Path | str]:
    """Web addresses as text, everything else as paths."""
    from newsqa.sources.formats.web import is_url

    return [str(one).strip() if is_url(one) else Path(one).expanduser() for one in targets]
