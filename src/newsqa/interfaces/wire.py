"""Between the types and JSON: the schemas of what interfaces give and take, derived from the types' own fields."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import fields
from datetime import date
from functools import cache
from inspect import cleandoc
from pathlib import PurePath
from types import GenericAlias, UnionType
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

from pydantic import BaseModel, BeforeValidator, Field, create_model

from newsqa.types import Article, ArticleSummary, FilterOptions, Plain, json_fields

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def refuse_numbers(value: object) -> object:
    """Only year-month-day is a day; pydantic would take numbers for seconds."""
    if value is None or isinstance(value, date) or (isinstance(value, str) and _DAY.fullmatch(value)):
        return value
    raise ValueError("a day is written as year-month-day, such as 2019-04-25")


DayField = Annotated[date | None, BeforeValidator(refuse_numbers)]


def parameters(options: type[FilterOptions]) -> dict[str, tuple[Any, Any]]:
    """The fields of options by their names: each with its type, in which its bounds are, and its default."""
    hints = get_type_hints(options)
    found = {}
    for field in fields(options):
        hint = DayField if hints[field.name] == date | None else hints[field.name]
        found[field.name] = (Annotated[hint, Field(**field.metadata)], field.default)
    return found


def model(name: str, about: str, /, **hints: Any) -> type[BaseModel]:
    """The JSON of an object with these fields, among them values of the types."""
    made: dict[str, Any] = {key: (_json_type(hint), ...) for key, hint in hints.items()}
    return create_model(name, __doc__=about, **made)


@cache
def model_of(kind: type[Plain], **more: Any) -> type[BaseModel]:
    """The JSON of a type, as its `to_dict` gives it, and `more` fields with it."""
    return model(kind.__name__, cleandoc(kind.__doc__ or "").partition("\n")[0], **_hints(kind), **more)


def _hints(kind: type[Plain]) -> dict[str, Any]:
    """The types of the values in a type's JSON, by their names there."""
    found = {}
    for name, path in json_fields(kind):
        hint: Any = kind
        for part in path.split("."):
            member = getattr(hint, part, None)
            hints = get_type_hints(member.fget if isinstance(member, property) else hint)
            hint = hints["return" if isinstance(member, property) else part]
        found[name] = hint
    return found


def _json_type(hint: Any) -> Any:
    """What a value of this type is in JSON."""
    if hint in Plain.__subclasses__():
        return model_of(hint)
    if get_origin(hint) is tuple:
        return GenericAlias(list, _json_type(get_args(hint)[0]))
    if get_origin(hint) in (Union, UnionType):
        return Union[tuple(map(_json_type, get_args(hint)))]  # noqa: UP007 (of types that are computed)
    return hint


_LISTED = {name: hint for name, hint in _hints(ArticleSummary).items() if name != "path"}
Summaries = model(
    "Summaries",
    "One page of the articles, newest first; `total` counts those that fit.",
    total=int,
    limit=int,
    offset=int,
    articles=tuple[model("ArticleSummary", "An article in a list.", **_LISTED), ...],  # type: ignore[misc]
)


def list_summaries(found: Sequence[ArticleSummary], total: int, limit: int, offset: int) -> dict[str, Any]:
    """One page of a list of `total` articles: those `found` after the first `offset`."""
    page = [show_summary(article) for article in found]
    return {"total": total, "limit": limit, "offset": offset, "articles": page}


def show_summary(article: ArticleSummary) -> dict[str, Any]:
    """An article in a list as strangers may see it: where its file lies is nobody's business."""
    shown = {**article.to_dict(), "title": title_of(article)}
    return {name: shown[name] for name in _LISTED}


def title_of(article: Article | ArticleSummary) -> str:
    """An article's title, else the name of its file."""
    return article.title or PurePath(article.path).name


def show_article(article: Article) -> dict[str, Any]:
    """An article as strangers may see it."""
    return {**article.to_dict(), "title": title_of(article)}
