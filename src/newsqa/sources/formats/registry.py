"""The registry of formats: how files and pages of each are known, and what reads them."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TypeAlias

from newsqa.errors import SettingsError
from newsqa.sources.formats.origin import Origin, ReadOptions
from newsqa.types import Article, IngestEvent

One: TypeAlias = Callable[[bytes, Origin], Article]
Many: TypeAlias = Callable[[io.BufferedReader, Origin, ReadOptions], Iterator[Article | IngestEvent]]


@dataclass(frozen=True, slots=True)
class Format:
    """A format: its name, the suffixes of its files, the content types of its pages, and its reader.

    `one` reads a whole file that is one article, `many` a stream that holds any number. Each imports what it needs
    when it is first used.
    """

    name: str
    suffixes: tuple[str, ...]
    media_types: tuple[str, ...] = ()
    one: One | None = None
    many: Many | None = None


def _markdown(data: bytes, origin: Origin) -> Article:
    return _plain(data, origin, markdown=True)


def _text(data: bytes, origin: Origin) -> Article:
    return _plain(data, origin, markdown=False)


def _plain(data: bytes, origin: Origin, *, markdown: bool) -> Article:
    from newsqa.sources.formats.build import build_article
    from newsqa.sources.formats.files import decode

    return build_article(decode(data), origin.path, markdown=markdown, key=origin.key, url=origin.url)


def _html(data: bytes, origin: Origin) -> Article:
    from newsqa.sources.formats.html import read_html

    return read_html(data, origin)


def _pdf(data: bytes, origin: Origin) -> Article:
    from newsqa.sources.formats.pdf import read_pdf

    return read_pdf(data, origin)


def _docx(data: bytes, origin: Origin) -> Article:
    from newsqa.sources.formats.word import read_docx

    return read_docx(data, origin)


def _jsonl(file: io.BufferedReader, origin: Origin, how: ReadOptions) -> Iterator[Article | IngestEvent]:
    from newsqa.sources.formats.records import read_jsonl

    return read_jsonl(file, origin, how)


def _json(file: io.BufferedReader, origin: Origin, how: ReadOptions) -> Iterator[Article | IngestEvent]:
    from newsqa.sources.formats.records import read_json

    return read_json(file, origin, how)


def _csv(file: io.BufferedReader, origin: Origin, how: ReadOptions) -> Iterator[Article | IngestEvent]:
    from newsqa.sources.formats.records import read_csv

    return read_csv(file, origin, how)


def _odt(data: bytes, origin: Origin) -> Article:
    from newsqa.sources.formats.packages import read_odt

    return read_odt(data, origin)


def _epub(file: io.BufferedReader, origin: Origin, how: ReadOptions) -> Iterator[Article | IngestEvent]:
    from newsqa.sources.formats.packages import read_epub

    return read_epub(file, origin, how)


def _rtf(data: bytes, origin: Origin) -> Article:
    from newsqa.sources.formats.word import read_rtf

    return read_rtf(data, origin)


def _eml(data: bytes, origin: Origin) -> Article:
    from newsqa.sources.formats.mail import read_eml

    return read_eml(data, origin)


def _msg(data: bytes, origin: Origin) -> Article:
    from newsqa.sources.formats.mail import read_msg

    return read_msg(data, origin)


def _mbox(file: io.BufferedReader, origin: Origin, how: ReadOptions) -> Iterator[Article | IngestEvent]:
    from newsqa.sources.formats.mail import read_mbox

    return read_mbox(file, origin, how)


def _warc(file: io.BufferedReader, origin: Origin, how: ReadOptions) -> Iterator[Article | IngestEvent]:
    from newsqa.sources.formats.warc import read_warc

    return read_warc(file, origin, how)


FORMATS: dict[str, Format] = {
    one.name: one
    for one in (
        Format("markdown", (".md", ".markdown"), ("text/markdown",), one=_markdown),
        Format("text", (".txt", ".text"), ("text/plain",), one=_text),
        Format("html", (".html", ".htm", ".xhtml"), ("text/html", "application/xhtml+xml"), one=_html),
        Format("pdf", (".pdf",), ("application/pdf",), one=_pdf),
        Format("docx", (".docx",), one=_docx),
        Format("odt", (".odt",), one=_odt),
        Format("epub", (".epub",), many=_epub),
        Format("rtf", (".rtf",), one=_rtf),
        Format("eml", (".eml",), one=_eml),
        Format("msg", (".msg",), one=_msg),
        Format("mbox", (".mbox",), many=_mbox),
        Format("warc", (".warc",), many=_warc),
        Format("jsonl", (".jsonl", ".ndjson"), ("application/x-ndjson", "application/jsonl"), many=_jsonl),
        Format("json", (".json",), ("application/json", "application/feed+json"), many=_json),
        Format("csv", (".csv", ".tsv"), ("text/csv",), many=_csv),
    )
}
"""The formats by their names. A new one is a line here, and a module with its reader."""

SUFFIXES = {suffix: one.name for one in FORMATS.values() for suffix in one.suffixes}
MEDIA_TYPES = {media_type: one.name for one in FORMATS.values() for media_type in one.media_types}

RECORDS = frozenset(one.name for one in FORMATS.values() if one.many)
"""The formats that hold many articles in one file."""

PACKED = frozenset((".gz", ".xz"))
"""Suffixes of files that hold one other file."""


UNREAD = frozenset(
    ".doc .docm .dot .eml .epub .mbox .mht .mhtml .msg .odt .pages .ppt .pptx .ps .rtf .srt .vtt .warc "
    ".webarchive .wpd .xls .xlsx .xml .7z .bz2 .rar .tar .tgz .zst".split()
) - set(SUFFIXES)
"""Suffixes of files that may hold articles, and are not read: each is told, other files are passed over."""


def check_format(name: str) -> None:
    """Raises `SettingsError` for a format that there is not."""
    if name and name not in FORMATS:
        raise SettingsError(f"There is no format {name[:40]!r}. Use one of: {', '.join(FORMATS)}.")


def format_of(name: str) -> str:
    """The format of a file by its name, looking through `.gz` and `.xz`; empty if it is none of those known."""
    path = PurePosixPath(name.lower())
    return SUFFIXES.get((PurePosixPath(path.stem) if path.suffix in PACKED else path).suffix, "")


def is_known(name: str) -> bool:
    """Whether a file of this name is one that is read: `a.md`, `b.jsonl.xz`, `c.zip`."""
    return bool(format_of(name)) or name.lower().endswith(".zip")


def _list_known() -> str:
    """The suffixes that are read, for a message."""
    return f"{', '.join(SUFFIXES)}; each also packed as .gz or .xz, and many in a .zip"


def describe_unread() -> str:
    """What is said of a file of a kind that is not read."""
    return f"Files of this kind are not read. Save the article as one of {_list_known()}."


def describe_nothing(holder: str, suffixes: Iterable[str]) -> str:
    """What is said of a folder or archive in which nothing is read, with the suffixes of what is there."""
    counts = Counter(suffix or "no suffix" for suffix in suffixes)
    there = ", ".join(f"{count:,} with {suffix}" for suffix, count in counts.most_common(8))
    held = f"no article: its files are of other kinds ({there})" if there else "no files"
    return f"The {holder} holds {held}. Put articles into it, each as one of {_list_known()}."
