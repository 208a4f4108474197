"""One question and its answer as the page keeps them, and as the browser's memory holds them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from pydantic import TypeAdapter, ValidationError

from newsqa.types import Answer, Turn

KEPT_CONVERSATIONS = 10
KEPT_EXCHANGES = 12


@dataclass(frozen=True, slots=True)
class Exchange:
    """A question, the filter it was asked under in words, and its answer."""

    question: str
    answer: Answer
    scope: str = ""


_EXCHANGES = TypeAdapter(Exchange)


def turns(exchanges: Iterable[Exchange]) -> tuple[Turn, ...]:
    """The conversation so far as the pipeline takes it."""
    return tuple(Turn(exchange.question, exchange.answer.text) for exchange in exchanges)


def remember(saved: Any, conversation: str, exchanges: Sequence[Exchange]) -> list[dict[str, Any]]:
    """The browser's memory with this conversation first; nothing of an empty conversation is kept."""
    kept = [entry for entry in conversations(saved) if entry["id"] != conversation]
    if exchanges:
        entry = {
            "id": conversation,
            "day": date.today().isoformat(),
            "exchanges": [_EXCHANGES.dump_python(one, mode="json") for one in exchanges[-KEPT_EXCHANGES:]],
        }
        kept.insert(0, entry)
    return kept[:KEPT_CONVERSATIONS]


def conversations(saved: Any) -> list[dict[str, Any]]:
    """The well-formed conversations in what a browser sent; it may send anything."""
    if not isinstance(saved, list):
        return []
    return [entry for entry in saved[:KEPT_CONVERSATIONS] if _is_well_formed(entry)]


def recall(saved: Any, conversation: str) -> list[Exchange]:
    """The exchanges of a remembered conversation; what cannot be read is left out."""
    for entry in saved if isinstance(saved, list) else ():
        if isinstance(entry, dict) and entry.get("id") == conversation:
            records = entry.get("exchanges")
            found = (_exchange(record) for record in (records if isinstance(records, list) else ()))
            return [exchange for exchange in found if exchange][-KEPT_EXCHANGES:]
    return []


def _is_well_formed(entry: Any) -> bool:
    """Whether it is a conversation with an id and at least one exchange."""
    return isinstance(entry, dict) and isinstance(entry.get("id"), str) and bool(recall([entry], entry["id"]))


def _exchange(record: Any) -> Exchange | None:
    """The exchange that a record holds, or None if it holds none."""
    try:
        return _EXCHANGES.validate_python(record)
    except ValidationError:
        return None
