"""Which column of a record holds what: by the usual names, or as the user says."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from newsqa.errors import ArticleError, SettingsError
from newsqa.sources.formats.frontmatter import FrontMatter, is_web_address, language_code
from newsqa.sources.formats.markup import clean

USUAL: Mapping[str, tuple[str, ...]] = {
    "title": ("title", "headline", "head", "webtitle"),
    "text": (
        "text", "body", "content", "article", "maintext", "content_text", "article_text", "articlebody", "story",
        "bodytext", "content_html", "full_content", "fulltext", "full_text",
    ),
    "published": (
        "published", "date", "published_at", "publishedat", "publish_date", "date_published", "datepublished",
        "pubdate", "pub_date", "publication_date", "timestamp", "webpublicationdate", "seendate", "datetime",
        "published_date", "date_publish",
    ),
    "updated": ("updated", "updated_at", "modified", "date_modified", "datemodified", "lastmod"),
    "url": ("url", "link", "canonical_url", "article_url", "permalink", "weburl", "web_url"),
    "source": ("source", "publisher", "outlet", "publication", "site", "source_name", "domain"),
    "id": ("id", "_id", "guid", "uuid", "article_id"),
    "language": ("language", "lang"),
    "author": ("author", "authors", "byline", "creator"),
}  # fmt: skip
"""The fields of an article, and the names under which records hold them, in lower case."""

SUMMARIES = ("lead_paragraph", "description", "abstract", "snippet", "summary", "excerpt")
"""Names under which records hold the first words of an article, or what it says in short."""

_CUT = re.compile(r"\s*(?:…|\.\.\.)?\s*\[\+(\d{1,9}) chars\]\s*\Z")
_ORDERS = {"dmy": (0, 1), "mdy": (1, 0)}
_SLASHED = re.compile(r"\s*(\d{1,2})/(\d{1,2})/([12]\d{3})(?!\d)")
_LONGEST = 2_000
_INNER = ("name", "title", "text", "rendered", "main", "original")
"""Names under which an object holds what it is called or says."""
_SECONDS = range(10**8, 10**10)
_MILLISECONDS = range(10**11, 10**13)


def parse_columns(text: str) -> dict[str, str]:
    """`title=headline,text=body` as a mapping from field to column; raises `SettingsError`."""
    found: dict[str, str] = {}
    for part in filter(None, (one.strip() for one in text.split(","))):
        field, mark, column = (one.strip() for one in part.partition("="))
        if not mark or field not in USUAL or not column:
            raise SettingsError(
                f"{part[:60]!r} does not say which column holds what. Write field=column with commas between, "
                f"where field is one of: {', '.join(USUAL)}."
            )
        found[field] = column
    return found


def check_columns(columns: Mapping[str, str]) -> None:
    """Raises `SettingsError` for a field that an article does not have."""
    unknown = sorted(set(columns) - set(USUAL))
    if unknown:
        raise SettingsError(f"An article has no {', '.join(unknown)}. Use: {', '.join(USUAL)}.")


def fields_of(record: Mapping[str, Any], columns: Mapping[str, str]) -> dict[str, str]:
    """What a record says of each field, as text; raises `ArticleError` if it has no article text."""
    lowered = {str(name).strip().lower(): value for name, value in record.items()}
    inner = lowered.get("fields")
    if isinstance(inner, Mapping):
        lowered = {str(name).strip().lower(): value for name, value in inner.items()} | lowered
    found = {}
    for field, usual in USUAL.items():
        named, _, order = columns.get(field, "").partition(":")
        if not named:
            value = next((lowered[name] for name in usual if lowered.get(name) not in (None, "")), "")
        else:
            value = _at(record, columns[field] if order not in _ORDERS else named)
        found[field] = _text(value, field)
        if field in ("published", "updated"):
            found[field] = _make_iso(found[field], order)
    if "text" not in columns:
        found["text"] = _whole(found["text"]) or _summary(lowered)
    if not found["text"].strip():
        raise no_text(record)
    return found


def no_text(names: Iterable[str]) -> ArticleError:
    """The error for a record with these columns, of which none is known to hold the text."""
    seen = ", ".join(" ".join(clean(str(name)[:40]).split()) for name in islice(names, 12))
    advice = (
        f"Say which of its columns holds it, with --map text=COLUMN (it has: {seen})" if seen else "Leave it out"
    )
    return ArticleError(f"The record has no text. {advice}.")


def has_text(record: Mapping[str, Any]) -> bool:
    """Whether a record holds the text of an article under one of the usual names."""
    names = {str(name).strip().lower() for name, value in record.items() if value}
    return not names.isdisjoint((*USUAL["text"], *SUMMARIES))


def _whole(text: str) -> str:
    """A text, with a note at its end where the service says that it has cut it."""
    cut = _CUT.search(text[-60:])
    if cut is None:
        return text
    kept = text[: len(text) - len(cut[0])]
    return f"{kept}…\n\n(Excerpt: {int(cut[1]):,} further characters are not in this record.)"


def _summary(lowered: Mapping[str, Any]) -> str:
    """What the record says in short, with a note that it does; empty if it says nothing."""
    found = next((text for name in SUMMARIES if (text := _text(lowered.get(name), "text")).strip()), "")
    return f"{found}\n\n(Excerpt: this record holds a summary, not the article.)" if found else ""


def _make_iso(text: str, order: str) -> str:
    """A date as text; seconds since 1970 and days between slashes become ISO 8601 where that is no guess."""
    if text.strip().isdecimal() and text.isascii() and len(text) < 40:
        return _day(int(text))
    slashed = _SLASHED.match(text)
    if slashed is None:
        return text
    first, second = int(slashed[1]), int(slashed[2])
    order = order or ("dmy" if first > 12 else "mdy" if second > 12 else "")
    if order not in _ORDERS:
        return text
    day, month = ((first, second)[place] for place in _ORDERS[order])
    return f"{slashed[3]}-{month:02}-{day:02}"


def given_of(fields: Mapping[str, str]) -> FrontMatter:
    """What a record says about its article, but for the text; an address that is none is passed over."""
    line = {name: " ".join(value.split())[:_LONGEST] for name, value in fields.items() if name != "text"}
    outlet = f" - {line['source']}"
    if len(outlet) > 3:
        line["title"] = line["title"].removesuffix(outlet)
    return FrontMatter(
        title=line["title"],
        source=line["source"],
        published=line["published"],
        url=line["url"] if is_web_address(line["url"]) else "",
        language=language_code(line["language"]),
        author=line["author"],
        updated=line["updated"],
    )


def _at(record: Mapping[str, Any], name: str) -> Any:
    """The value of a column; `source.name` looks into an object if no column has that very name."""
    if name in record:
        return record[name]
    value: Any = record
    for part in name.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    if value is None:
        folded = {str(key).strip().lower(): one for key, one in record.items()}
        value = folded.get(name.lower())
    return value


def _text(value: Any, field: str) -> str:
    """A value as text: lists are joined, of objects the name counts, and a point in time becomes a day."""
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, bool) or value is None:
        return ""
    if isinstance(value, int | float):
        return _day(value) if field in ("published", "updated") else str(value)
    if isinstance(value, Mapping):
        return _text(next((value[name] for name in _INNER if value.get(name)), None), field)
    if isinstance(value, Sequence):
        parts = [_text(one, field) for one in value[:10_000] if isinstance(one, str | int | Mapping)]
        return ("\n\n" if field == "text" else ", ").join(part for part in parts if part)
    return ""


def _day(value: float) -> str:
    """A number as a date: 20230710, or seconds or milliseconds since 1970; else as it stands."""
    if isinstance(value, float) and not math.isfinite(value):
        return ""
    number = int(value)
    if 19_000_000 < number < 21_000_000:
        return f"{number // 10_000:04}-{number // 100 % 100:02}-{number % 100:02}"
    seconds = number / 1000 if number in _MILLISECONDS else number
    if number in _SECONDS or number in _MILLISECONDS:
        return datetime.fromtimestamp(seconds, UTC).date().isoformat()
    return str(number)
