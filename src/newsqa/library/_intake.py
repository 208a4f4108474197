"""Bringing articles into an index: files, texts, addresses, what is watched; each time a change to be undone."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from newsqa.errors import ArticleError, SettingsError
from newsqa.files import expand
from newsqa.settings import Settings
from newsqa.store import ChangeRecord, Index
from newsqa.text.languages import encoder_note
from newsqa.types import Day, IngestEvent, IngestReport

if TYPE_CHECKING:
    from newsqa.sources.apart import Limits
    from newsqa.sources.cluster import Recipe


class Intake:
    """What brings articles into an index."""

    def __init__(self, settings: Settings, index: Index) -> None:
        self.settings = settings
        self.index = index

    def begin_change(self, first: str, count: int = 1) -> ChangeRecord:
        """One of the `changes` to come, named after the `first` of `count` things; its parts are undone as one."""
        return self.index.changes.begin(f"{first} and {count - 1:,} more" if count > 1 else first)

    def _begin(self, targets: Sequence[Path | str]) -> ChangeRecord:
        first = targets[0] if targets else ""
        return self.begin_change(first.name if isinstance(first, Path) else first, len(targets))

    def ingest(
        self,
        paths: Path | str | Iterable[Path | str],
        *,
        prune: bool = False,
        file_format: str = "",
        columns: Mapping[str, str] | str = "",
        engine: str = "local",
        outside: bool = False,
        change: ChangeRecord | None = None,
        on_event: Callable[[IngestEvent], None] | None = None,
        on_progress: Callable[[float], None] | None = None,
        stop: Callable[[], bool] | None = None,
    ) -> IngestReport:
        """Bring in a file, folder or web address, or several; what is already known is left alone.

        An address may be that of a page, a feed, an OPML list or a news sitemap. `file_format` names the format of
        files whatever they are called. `columns` says under which names records hold an article's fields, such as
        `{"text": "body"}` or `"text=body"`. With `prune`, articles whose file has vanished from one of the folders
        `paths` are removed. The engine `ray` reads and encodes files on a Ray cluster: that of RAY_ADDRESS, else
        one of this machine's cores. Files that come from `outside`, and all that comes from the web, are read in a
        process of its own, which is stopped after the setting `read_seconds`. One bad file never stops the others:
        see the report's `failed`. `on_progress` is told how much of the files is read (0-1). `stop` is asked
        before each article; once it is true, the batch at hand is finished and reported. `changes` has all of it
        to be undone, as one change or as part of the `change` that was begun.
        """
        from newsqa.sources.formats.columns import parse_columns
        from newsqa.sources.ingesting import ingest

        targets = _read_targets(paths)
        report = ingest(
            RecordedIndex(self.index, change or self._begin(targets)),
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
        self,
        name: str,
        content: Path | bytes,
        *,
        change: ChangeRecord | None = None,
        on_event: Callable[[IngestEvent], None] | None = None,
    ) -> IngestReport:
        """Bring in a file that was sent: it is kept in the index folder under a name that stands for `name`.

        It is read as one from outside. The suffix of `name` says what it is; the same name again replaces the
        earlier version. It is undone by itself, or with all of the `change` that was begun. Raises
        `ArticleError` if nothing in it can be read, and `StorageError`.
        """
        from newsqa.sources.formats.registry import describe_unread, is_known
        from newsqa.sources.uploads import keep

        if not is_known(name):
            raise ArticleError(describe_unread())
        change = change or self.begin_change(name)
        ingest = partial(self.ingest, outside=True, change=change, on_event=on_event)
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

        Without one, that of the same title, source and day is. Raises `ArticleError` for a day that is none.
        """
        from newsqa.sources.formats.dates import parse_date
        from newsqa.sources.uploads import write_markdown

        day = published.isoformat() if isinstance(published, date) else (published or "").strip()
        if day and parse_date(day) is None:
            raise ArticleError(f"{day[:40]!r} is no day. Write it as in 2019-04-25.")
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
            lambda: partial(RecordedIndex(self.index, self._begin(watched)).ingest, on_event=on_event),
            watched,
            home=self.settings.home.expanduser(),
            max_bytes=self.settings.max_file_mb * 1_000_000,
            every=every,
            rounds=rounds,
            on_round=on_round,
            stop=stop,
            limits=self._limits(),
        )

    def _notes(self) -> tuple[str, ...]:
        """What a user should know of an index as it is."""
        note = encoder_note(self.index.languages(), multilingual=self.settings.encoder != "bundled")
        return (note,) if note else ()


class RecordedIndex:
    """An index, of which everything that is done through this is part of one change to undo."""

    def __init__(self, index: Index, record: ChangeRecord) -> None:
        self.paths, self.content_hashes = index.paths, index.content_hashes
        self.ingest = partial(index.ingest, record=record)
        self.remove = partial(index.remove, record=record)


def _read_targets(targets: Path | str | Iterable[Path | str]) -> list[Path | str]:
    """Web addresses as text, everything else as paths."""
    from newsqa.sources.formats.web import is_url

    several = [targets] if isinstance(targets, Path | str) else list(targets)
    if any(isinstance(one, str) and not one.strip() for one in several):
        raise ArticleError("A path is empty. Name a file, a folder or an address; the present folder is “.”.")
    return [str(one).strip() if is_url(one) else expand(one) for one in several]
