"""The one rule by which a value becomes plain JSON; interfaces derive their schemas from the same fields."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from datetime import date
from operator import attrgetter
from typing import Any, ClassVar


def day_words(day: date | None) -> str:
    """A day as a reader writes it: 25 April 2019; empty for an unknown one."""
    return f"{day.day} {day:%B %Y}" if day else ""


class Plain:
    """A dataclass that becomes JSON by its fields.

    `JSON` names them where they are not simply all: a path such as `passage.title` becomes `title`, and one in the
    form `passage_id=passage.id` is given its name. `DIGITS` says to how many places numbers are rounded.
    """

    __slots__ = ()
    JSON: ClassVar[tuple[str, ...]] = ()
    DIGITS: ClassVar[int | None] = None

    def to_dict(self) -> dict[str, Any]:
        """The value as plain JSON values."""
        return {name: self._plain(attrgetter(path)(self)) for name, path in json_fields(type(self))}

    def _plain(self, value: Any) -> Any:
        if isinstance(value, Plain):
            return value.to_dict()
        if isinstance(value, date):
            return value.isoformat()
        if isinstance(value, tuple):
            return [self._plain(one) for one in value]
        return round(value, self.DIGITS) if isinstance(value, float) and self.DIGITS else value


def json_fields(kind: type[Plain]) -> Iterator[tuple[str, str]]:
    """The names in the JSON of a type, each with the path to its value."""
    for field in kind.JSON or [field.name for field in fields(kind)]:  # type: ignore[arg-type]
        name, _, path = field.rpartition("=")
        yield name or path.rpartition(".")[2], path
