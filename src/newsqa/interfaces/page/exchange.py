"""One question and its answer as the page keeps them, and as the browser's memory holds them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from typing import Annotated, Any

from pydantic import Field, TypeAdapter, ValidationError

from newsqa.types import Answer, Turn

LISTED = 200
"""So many conversations are listed; a browser keeps as many as its storage holds."""
KEPT_BYTES = 600_000
"""Most bytes of a conversation that are kept, so that a browser can send it back; its first exchanges go first."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """A question, the filter it was asked under in words, and its answer.

    `link` asks it again, as the query of an address; `address` is where the answer is kept, if it is. Of the last
    question once more, `between` says whether other days than those of its words were chosen under it.
    """

    question: str
    answer: Answer
    scope: str = ""
    link: str = ""
    address: Annotated[str, Field(pattern=r"^([0-9a-f]{24})?$")] = ""
    between: bool = False

    @property
    def key(self) -> str:
        """What tells it from the others of its conversation."""
        return sha256(f"{self.question}\n{self.answer.text}".encode("utf-8", "surrogatepass")).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Remembered:
    """A conversation that a browser keeps, as a list shows it: `count` questions, and how many are `gone`."""

    id: str
    day: str
    question: str
    count: int
    gone: int = 0


_EXCHANGE, _REMEMBERED = TypeAdapter(Exchange), TypeAdapter(Remembered)
_JSON: TypeAdapter[Any] = TypeAdapter(Any)


def turns(exchanges: Iterable[Exchange]) -> tuple[Turn, ...]:
    """The conversation so far as the pipeline takes it."""
    return tuple(Turn(exchange.question, exchange.answer.text) for exchange in exchanges)


def remember(conversation: str, exchanges: Sequence[Exchange], address: str = "") -> str:
    """What a browser keeps of a conversation, as JSON; `gone` counts the first exchanges that it lacks."""
    records: list[bytes] = []
    left = KEPT_BYTES
    for exchange in reversed(exchanges):
        record = _EXCHANGE.dump_json(exchange)
        left -= len(record)
        if left < 0:
            break
        records.insert(0, record)
    facts = {
        "id": conversation,
        "day": date.today().isoformat(),
        "gone": len(exchanges) - len(records),
        "address": address,
    }
    return f'{_JSON.dump_json(facts).decode()[:-1]},"exchanges":[{b",".join(records).decode()}]}}'


def conversations(listed: Any) -> list[Remembered]:
    """The well-formed conversations in a list that a browser sent as JSON; it may send anything."""
    found = (_read(_REMEMBERED, entry) for entry in _entries(listed)[:LISTED])
    return [entry for entry in found if entry]


def recall(exchanges: Any) -> list[Exchange]:
    """The exchanges of a conversation that a browser sent as JSON; what cannot be read is left out."""
    found = (_read(_EXCHANGE, record) for record in _entries(exchanges))
    return [exchange for exchange in found if exchange]


def _entries(text: Any) -> list[Any]:
    """The entries of a JSON list; none if it is none."""
    try:
        entries = _JSON.validate_json(text) if isinstance(text, str) else None
    except ValidationError:
        return []
    return entries if isinstance(entries, list) else []


def _read(kind: TypeAdapter[Any], record: Any) -> Any:
    """What a record holds, or None if it does not hold that."""
    try:
        return kind.validate_python(record)
    except ValidationError:
        return None
