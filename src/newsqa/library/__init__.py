"""`Library`: the articles of an index, brought in, listed, checked and removed. `NewsQA` is one that answers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from typing import Self, Unpack

from newsqa.errors import ArticleError, QuestionError
from newsqa.files import expand, show_path
from newsqa.library._intake import Intake, RecordedIndex
from newsqa.search.filters import make_options, read_days, tell_unknown
from newsqa.settings import Settings
from newsqa.store import ORDERS, Index
from newsqa.store.keeping import KeptTexts
from newsqa.text.normal import storable
from newsqa.types import (
    Article,
    ArticlePage,
    ArticleSummary,
    AskOptions,
    Change,
    CheckReport,
    Filter,
    FilterArguments,
    FilterOptions,
    History,
    Judgement,
    Watched,
)


class Library(Intake):
    """The articles of an index; it may be shared by threads."""

    def __init__(self, settings: Settings, index: Index) -> None:
        super().__init__(settings, index)
        self.kept = KeptTexts.of(settings)

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
        where = self._where(given)
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
        where = self._where(given)
        return self.index.find_articles(storable(words), where, order=order, limit=limit, offset=offset)

    def article_count(self, **given: Unpack[FilterArguments]) -> int:
        """How many articles `articles` lists in all."""
        return self.index.article_count(self._where(given))

    def tell_unknown(self, **given: Unpack[FilterArguments]) -> list[str]:
        """In a sentence each, the sources and authors among the given ones that no article has."""
        return tell_unknown(self.index.find_unknown(self._where(given)))

    def article(self, article_id: str) -> Article:
        """One whole article; raises `ArticleError` when there is none of that id."""
        return self.index.article(article_id)

    def history(self, article: str) -> History:
        """An article and its earlier versions; `article` is its id, a beginning of it, its path or its address.

        Raises `ArticleError` when there is none, or more than one that may be meant.
        """
        return self.index.history(self._find_id(article))

    def _where(self, given: FilterArguments) -> Filter:
        """The filter that a user has given."""
        return make_options(FilterOptions(), given, self.settings.as_of).where

    def _find_id(self, name: str) -> str:
        """The id of the one article that a user means."""
        from newsqa.sources.formats import article_id
        from newsqa.sources.formats.web import is_url

        name = name.strip()
        found = self.index.find(article_id(name, "") if is_url(name) else name) if name else []
        if not found and (path := _find_file(name)):
            found = self.index.find(path)
        if len(found) == 1:
            return found[0]
        if found:
            some = ", ".join(found[:5])
            raise ArticleError(
                f"{name!r} may be any of {len(found)} articles ({some} ...). Give the whole id of one."
            )
        raise ArticleError(f"There is no article {name!r}; `newsqa articles` lists those there are.")

    def read_days(self, words: str, as_of: str = "") -> tuple[date | None, date | None]:
        """The first and the last day that words name, such as `March`, `April 2019` or `since March`; None: open.

        A month or day without a year is the latest that the articles can tell of; "last week" is before the day
        `as_of`. Raises `QuestionError` for words that name none.
        """
        covered, today = self.period(), self.settings.as_of or date.today()
        today = make_options(AskOptions(), {"as_of": as_of}, today).as_of or today
        return read_days(words, today, covered[1] if covered else None)

    def languages(self) -> dict[str, int]:
        """How many articles there are of each language code, most first; `und` is an unknown one."""
        return self.index.languages()

    def size(self) -> tuple[int, int]:
        """How many articles and passages there are; raises `NewsIndexError` for an index that cannot be used."""
        return self.index.article_count(), len(self.index)

    def remove(self, article_ids: str | Iterable[str]) -> int:
        """Remove an article or several; returns how many there were. It can be undone, see `changes`."""
        wanted = list(dict.fromkeys([article_ids] if isinstance(article_ids, str) else article_ids))
        titles = self.index.titles(wanted[:1])
        return RecordedIndex(self.index, self.begin_change(next(iter(titles), ""), len(wanted))).remove(wanted)

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
        """Let go of all files; whatever is asked later opens them anew."""
        self.kept.close()
        self.index.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _find_file(name: str) -> str:
    """The whole path of a file or folder that is there; empty for a name that is none, or can be none."""
    try:
        path = expand(name)
        return show_path(path.resolve()) if name and path.exists() else ""
    except (OSError, ValueError):  # too long, or with characters that no path has
        return ""
