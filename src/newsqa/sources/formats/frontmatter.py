"""YAML front matter: what it says about the article, and where the body begins. Untrusted, so bounded."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import yaml

from newsqa.errors import ArticleError
from newsqa.sources.formats.markup import clean

MAX_CHARACTERS = 65_536
_MAX_DEPTH = 8
_KEYS = {
    "title": ("title", "headline"),
    "source": ("source", "publisher", "outlet", "agency"),
    "published": ("published", "date", "pubdate", "datepublished", "publication_date", "published_at"),
    "updated": ("updated", "modified", "datemodified", "date_modified", "last_modified", "updated_at", "lastmod"),
    "url": ("url", "link", "canonical", "canonical_url", "permalink"),
    "language": ("language", "lang"),
    "author": ("author", "authors", "byline"),
}
_FENCE = re.compile(r"(?:---|\.\.\.)[ \t]*$")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{1,8}){0,3}")
_ADVICE = "Correct the lines between the two '---', or remove them."


@dataclass(frozen=True, slots=True)
class FrontMatter:
    """What an article's front matter says, as it stands; empty where it says nothing."""

    title: str = ""
    source: str = ""
    published: str = ""
    url: str = ""
    language: str = ""
    author: str = ""
    updated: str = ""


class _Loader(yaml.SafeLoader):
    """Plain YAML only: text, lists and mappings, without aliases, anchors or deep nesting.

    Scalars stay text, so that `title: 2019` is a title and `date: 2019-04-25` is read by our own rules.
    """

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012 (yaml's own shape)
    _depth = 0

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        """Compose a node; raises `ArticleError` on aliases, anchors and deep nesting."""
        event = self.peek_event()  # type: ignore[no-untyped-call]
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None) is not None:
            line = event.start_mark.line + 2
            raise ArticleError(f"Front matter, line {line}: YAML anchors and aliases are not read. {_ADVICE}")
        self._depth += 1
        if self._depth > _MAX_DEPTH:
            raise ArticleError(f"Front matter is nested more than {_MAX_DEPTH} levels deep. {_ADVICE}")
        node: yaml.Node | None = super().compose_node(parent, index)
        self._depth -= 1
        return node


def split_front_matter(text: str) -> tuple[FrontMatter, int]:
    """The front matter of a text and the offset at which its body begins; `(FrontMatter(), 0)` without one.

    Raises `ArticleError` if it does not end, is too large, or is not `name: value` YAML.
    """
    first, _, _ = text[:64].partition("\n")
    if first.rstrip() != "---":
        return FrontMatter(), 0
    begin = len(first) + 1
    position = begin
    while position < len(text) and position - begin <= MAX_CHARACTERS:
        end = text.find("\n", position, begin + MAX_CHARACTERS + 1)
        end = min(len(text), begin + MAX_CHARACTERS + 1) if end < 0 else end
        if end - position < 16 and _FENCE.match(text[position:end]):
            return _read(text[begin:position]), min(end + 1, len(text))
        position = end + 1
    if len(text) - begin > MAX_CHARACTERS:
        raise ArticleError(
            f"Front matter does not end within {MAX_CHARACTERS // 1024} kB. Close it with a line '---', "
            f"or remove it."
        )
    raise ArticleError(
        "The file begins with '---', but its front matter does not end. Close it with a second line '---', "
        "or remove the first."
    )


def _read(block: str) -> FrontMatter:
    try:
        values = yaml.load(block, Loader=_Loader)  # noqa: S506 (a SafeLoader, and narrower)
    except yaml.YAMLError as error:
        raise ArticleError(
            f"Front matter{_where(error)}. {_ADVICE} A value with ': ' in it needs quotes."
        ) from error
    except (ValueError, RecursionError) as error:
        raise ArticleError(f"Front matter cannot be read as YAML. {_ADVICE}") from error
    if values is None or values == "":
        return FrontMatter()
    if not isinstance(values, dict):
        raise ArticleError(f"Front matter is not made of 'name: value' lines. {_ADVICE}")
    lowered = {str(key).strip().lower(): value for key, value in values.items()}
    found = {field: _text(field, names, lowered) for field, names in _KEYS.items()}
    url = found["url"]
    if url and not is_web_address(url):
        raise ArticleError(
            f"Front matter: url {url[:80]!r} is not a web address. Begin it with https://, or remove it."
        )
    if found["language"] and not _LANGUAGE.fullmatch(found["language"]):
        raise ArticleError(
            f"Front matter: language {found['language'][:40]!r} is not a code such as 'en'. {_ADVICE}"
        )
    return FrontMatter(**found)


def language_code(text: str) -> str:
    """A language code such as `en` or `pt-BR`; empty if the text is none."""
    return text if _LANGUAGE.fullmatch(text) else ""


def is_web_address(url: str) -> bool:
    """Whether this is an absolute http or https address without white space in it."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return (
        parts.scheme in ("http", "https") and bool(parts.hostname) and url.split() == [url] and url.isprintable()
    )


def _text(field: str, names: tuple[str, ...], values: Mapping[str, object]) -> str:
    """The first value given under one of these names, on one line."""
    for name in names:
        value = values.get(name)
        if value is None or value in ("", "~", "null", "Null", "NULL"):
            continue
        if field == "author" and isinstance(value, list) and all(isinstance(one, str) for one in value):
            value = ", ".join(value)
        if not isinstance(value, str):
            raise ArticleError(
                f"Front matter: {name} must be one piece of text (the article's {field}). {_ADVICE}"
            )
        return " ".join(clean(value).split())
    return ""


def _where(error: yaml.YAMLError) -> str:
    """Line and problem of a YAML error, in the file's own line numbers."""
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or "it is not YAML"
    return f", line {mark.line + 2}: {problem}" if mark else f": {problem}"
