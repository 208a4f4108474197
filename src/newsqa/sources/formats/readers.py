"""Which reader reads what: by the name of a file, or by a format that is given."""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath
from typing import Any, TypeAlias

from newsqa.errors import ArticleError
from newsqa.sources.formats.archives import Unpacked, members, open_member, open_zip
from newsqa.sources.formats.build import build_article
from newsqa.sources.formats.files import decode, open_regular, shown, too_large
from newsqa.sources.formats.formats import FORMATS, PACKED, RECORDS, format_of, known
from newsqa.sources.formats.origin import Origin, Reading
from newsqa.types import Article, IngestEvent

Item: TypeAlias = Article | IngestEvent
"""What a reader gives: an article, or what is wrong with one."""


def read_path(path: Path, name: str, how: Reading) -> Iterator[tuple[Item, int]]:
    """The articles of a file, each with how many of its bytes were read by then.

    Raises `ArticleError`, before the first or between two of them.
    """
    place, suffix = shown(path.resolve()), path.suffix.lower()
    with open_regular(path) as file:
        if suffix == ".zip":
            for item in _read_zip(file, name, place, how):
                yield item, file.tell()
            return
        form = how.format or format_of(path.name)
        size = os.fstat(file.fileno()).st_size
        if suffix not in PACKED and form not in RECORDS and size > how.max_bytes:
            raise too_large(size, how.max_bytes)
        stream: Any = io.BufferedReader(Unpacked(file, suffix)) if suffix in PACKED else file
        for item in read_stream(stream, form, Origin(name, place, place), how):
            yield item, file.tell()


def read_stream(file: io.BufferedReader, form: str, origin: Origin, how: Reading) -> Iterator[Item]:
    """The articles that a stream of a format holds; raises `ArticleError`."""
    if form in RECORDS:
        from newsqa.sources.formats import records

        yield from {"jsonl": records.read_jsonl, "json": records.read_json, "csv": records.read_csv}[form](
            file, origin, how
        )
        return
    reader = _READERS.get(form)
    if reader is None:
        raise ArticleError(f"Files of this kind are not read. Save the article as one of {known()}.")
    data = file.read(how.max_bytes + 1)
    if len(data) > how.max_bytes:
        raise too_large(len(data), how.max_bytes)
    yield reader(data, origin)


def read_bytes(data: bytes, form: str, origin: Origin, how: Reading) -> Iterator[Item]:
    """The articles that the bytes of a format hold; raises `ArticleError`."""
    return read_stream(io.BufferedReader(io.BytesIO(data)), form, origin, how)


def _read_zip(file: io.BufferedReader, name: str, path: str, how: Reading) -> Iterator[Item]:
    """The articles of the known files in an archive; a member that is refused does not stop the others."""
    with open_zip(file) as archive:
        for member, refused in members(archive):
            inside = f"{name}, {shown(member.filename)}"
            form = how.format or FORMATS.get(PurePosixPath(member.filename.lower()).suffix, "")
            try:
                if refused:
                    raise ArticleError(refused)
                if PurePosixPath(member.filename.lower()).suffix in (".zip", *PACKED):
                    raise ArticleError("An archive within an archive is not read. Unpack it.")
                if form:
                    origin = Origin(inside, path, f"{path}#{member.filename}")
                    with open_member(archive, member) as stream:
                        yield from read_stream(stream, form, origin, how)
            except ArticleError as error:
                yield IngestEvent("failed", inside, reason=str(error))


def _markdown(data: bytes, origin: Origin) -> Article:
    return build_article(decode(data), origin.path, markdown=True, key=origin.key, url=origin.url)


def _text(data: bytes, origin: Origin) -> Article:
    return build_article(decode(data), origin.path, markdown=False, key=origin.key, url=origin.url)


def _html(data: bytes, origin: Origin) -> Article:
    from newsqa.sources.formats.html import read_html

    return read_html(data, origin)


def _pdf(data: bytes, origin: Origin) -> Article:
    from newsqa.sources.formats.pdf import read_pdf

    return read_pdf(data, origin)


def _docx(data: bytes, origin: Origin) -> Article:
    from newsqa.sources.formats.docx import read_docx

    return read_docx(data, origin)


_READERS: dict[str, Callable[[bytes, Origin], Article]] = {
    "markdown": _markdown,
    "text": _text,
    "html": _html,
    "pdf": _pdf,
    "docx": _docx,
}
"""Readers of a whole file that is one article. Each imports what it needs when it is first used."""
