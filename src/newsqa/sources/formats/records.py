"""Many articles in one file: JSON Lines, JSON and CSV, a record at a time; or one, where CSV is a table."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import count, starmap
from pathlib import PurePosixPath
from typing import Any

from newsqa.errors import ArticleError
from newsqa.sources.formats.build import assemble, drop_title
from newsqa.sources.formats.columns import SUMMARIES, USUAL, fields_of, given_of, has_text, no_text
from newsqa.sources.formats.files import BYTE_ORDER_MARKS, too_large
from newsqa.sources.formats.flow import Flow
from newsqa.sources.formats.frontmatter import FrontMatter
from newsqa.sources.formats.html import fragment_flow, looks_like_html
from newsqa.sources.formats.layout import units
from newsqa.sources.formats.markup import clean
from newsqa.sources.formats.origin import Origin, ReadOptions
from newsqa.sources.formats.tables import LONGEST_CELL, may_head, rows_as_text
from newsqa.text.normal import decode_entities
from newsqa.types import Article, IngestEvent

MAX_FAULTS = 100
"""So many faulty articles of a file are told one by one; the rest are counted."""
_LISTS = ("articles", "items", "data", "results", "records", "stories", "entries", "docs", "news", "posts")
_WIDE = BYTE_ORDER_MARKS[1:]
Place = tuple[str, Any]
"""Where a record stands, in words, and the record, or the `ArticleError` that reading it gave."""

_OF_ARTICLES = frozenset((*USUAL["title"], *USUAL["text"], *USUAL["url"], *SUMMARIES))


def read_jsonl(file: io.BufferedReader, origin: Origin, how: ReadOptions) -> Iterator[Article | IngestEvent]:
    """The articles of a JSON Lines file, one record in memory at a time."""

    def records() -> Iterator[Place]:
        for number, line in lines(file, how.max_bytes):
            if isinstance(line, ArticleError):
                yield f"line {number}", line
            elif line.strip():
                yield f"line {number}", _parse(line)

    return _articles(records(), origin, how)


def read_json(file: io.BufferedReader, origin: Origin, how: ReadOptions) -> Iterator[Article | IngestEvent]:
    """The articles of a JSON file: a list of records, an object that holds one, a record, or JSON Lines."""
    data = file.read(how.max_bytes + 1)
    if len(data) > how.max_bytes:
        limit = f"{how.max_bytes / 1_000_000:g} MB"
        raise ArticleError(
            f"The file is larger than {limit}. Save it as JSON Lines (.jsonl), which may be of any size."
        )
    value = _parse(_decode(data))
    if isinstance(value, ArticleError):
        if isinstance(_parse(_decode(data.lstrip().partition(b"\n")[0])), dict):
            return read_jsonl(io.BufferedReader(io.BytesIO(data)), origin, how)
        raise value
    records = value if isinstance(value, list) else _list_records(value)
    return _articles(((f"record {number}", one) for number, one in enumerate(records, 1)), origin, how)


def read_csv(file: io.BufferedReader, origin: Origin, how: ReadOptions) -> Iterator[Article | IngestEvent]:
    """The articles of a CSV file with a line of headings; commas, semicolons or tabs between the columns.

    A table, of which no column is one of articles, is one article.
    """
    texts = lines(file, how.max_bytes)
    _, head = next(texts, (0, ""))
    if isinstance(head, ArticleError):
        raise head
    if not head.strip():
        raise ArticleError("The file is empty, or has no line with the names of its columns. Add one.")
    mark = max(",;\t", key=head.count)

    def rows() -> Iterator[str]:
        yield head
        for _, line in texts:
            if isinstance(line, ArticleError):
                raise line
            yield line

    names = head.replace('"', "").strip().split(mark)
    if not how.columns and _is_table(names):
        return iter((_read_table(rows(), mark, names, origin, how),))

    def records() -> Iterator[Place]:
        rest = csv.DictReader(rows(), delimiter=mark, restkey="")
        while True:
            try:
                row = next(rest)
            except StopIteration:
                return
            except csv.Error as error:
                said = f"It is not CSV from line {rest.line_num} on ({error}). Correct it there."
                yield f"line {rest.line_num}", ArticleError(said)
                return
            yield f"line {rest.line_num}", row

    return _articles(records(), origin, how)


def lines(file: io.BufferedReader, max_bytes: int) -> Iterator[tuple[int, str | ArticleError]]:
    """The numbered lines of a file with their line ends; an error in place of one longer than `max_bytes`."""
    head = file.peek(4)[:4]
    encoding = next((name for mark, name in _WIDE if head.startswith(mark)), "")
    if encoding:
        text = io.TextIOWrapper(file, encoding=encoding, errors="replace", newline="\n")
        try:
            for number in count(1):
                piece = text.readline(max_bytes)
                if not piece:
                    return
                yield number, piece.removeprefix("\ufeff")
        finally:
            text.detach()  # whoever opened the file closes it
    number, skipping = 0, False
    while line := file.readline(max_bytes + 1):
        whole = line.endswith(b"\n")
        if not skipping:
            number += 1
            if len(line) <= max_bytes:
                yield number, _decode(line)
                continue
            yield number, ArticleError(f"The line is longer than {max_bytes / 1_000_000:g} MB. Leave it out.")
        skipping = not whole


def _articles(records: Iterable[Place], origin: Origin, how: ReadOptions) -> Iterator[Article | IngestEvent]:
    """The article of each record, or what is wrong with it."""

    def read(place: str, record: Any) -> Article | IngestEvent:
        try:
            if isinstance(record, ArticleError):
                raise record
            return _article_of_record(record, place, origin, how)
        except ArticleError as error:
            return IngestEvent("failed", f"{origin.name}, {place}", reason=clean(str(error)))

    return tell_faults(starmap(read, records), origin)


def _article_of_record(record: Any, place: str, origin: Origin, how: ReadOptions) -> Article:
    """The article of a record; without a URL its id comes from the file with the record's own id, or its place."""
    if not isinstance(record, Mapping):
        raise ArticleError("The record is not an object with named values. Leave it out.")
    fields = fields_of(record, how.columns)
    given = given_of(fields)
    key = f"{origin.key or origin.path}#{fields['id'].strip()[:200] or place}"
    if looks_like_html(fields["text"]):
        body, found = fragment_flow(fields["text"]).finish(given.title)
    else:
        body = drop_title(decode_entities(fields["text"]).strip("\n").rstrip(), decode_entities(given.title))
        found = units(body, markdown=False)
    return assemble(given, body, found, replace(origin, key=key))


def _list_records(value: Any) -> list[Any]:
    """The records that an object holds under one of the usual names or by their ids; itself if it holds none."""
    if isinstance(value, dict):
        if isinstance(value.get("response"), dict):
            value = value["response"]
        for name in _LISTS:
            if isinstance(value.get(name), list):
                return list(value[name])
        if len(value) > 1 and all(isinstance(one, dict) and has_text(one) for one in value.values()):
            return [{"id": name, **one} for name, one in value.items()]
    return [value]


def _parse(text: str) -> Any:
    """The JSON value of a text, or the `ArticleError` that says why there is none."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        said = "nested too deeply" if isinstance(error, RecursionError) else str(error).partition(" (char")[0]
        return ArticleError(f"It is not JSON ({said[:120]}). Correct it, or leave it out.")


def _decode(data: bytes) -> str:
    """UTF-8 with or without a mark, else Windows-1252."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def tell_faults(found: Iterable[Article | IngestEvent], origin: Origin) -> Iterator[Article | IngestEvent]:
    """The articles and the first faults; at the end how many more there are."""
    faults = 0
    for item in found:
        faults += isinstance(item, IngestEvent)
        if faults <= MAX_FAULTS or not isinstance(item, IngestEvent):
            yield item
    if faults > MAX_FAULTS:
        reason = f"{faults - MAX_FAULTS:,} further records are faulty, too. Correct the first ones, and try again."
        yield IngestEvent("failed", origin.name, reason=reason)


def _is_table(names: Sequence[str]) -> bool:
    """Whether these columns are those of a table, and not of records of articles."""
    return len(names) > 1 and _OF_ARTICLES.isdisjoint(name.strip().lower() for name in names)


def _read_table(
    lines: Iterable[str], mark: str, names: Sequence[str], origin: Origin, how: ReadOptions
) -> Article:
    """The article of a table's lines; raises `ArticleError`, also for one whose cells hold whole texts."""
    rows: list[list[str]] = []
    size = 0
    try:
        for row in csv.reader(lines, delimiter=mark):
            size += sum(map(len, row)) + len(row)
            if size > how.max_bytes:
                raise too_large(size, how.max_bytes)
            rows.append(row)
    except csv.Error as error:
        raise ArticleError(f"It is not CSV ({error}). Correct it.") from error
    if any(len(cell) > LONGEST_CELL for row in rows for cell in row):
        raise no_text(names)
    flow = Flow()
    for text in rows_as_text(rows, headed=may_head(rows[0])):
        flow.add(text, "bullet")
    body, units = flow.finish()
    return assemble(FrontMatter(title=_title(origin)), body, units, origin)


def _title(origin: Origin) -> str:
    """What the file is called, in words."""
    name = PurePosixPath((origin.key.partition("#")[2] or origin.path or origin.key).replace("\\", "/")).name
    return re.sub(r"[\W_]+", " ", name.partition(".")[0]).strip()
