"""What an event of the page may carry: it is rebuilt from what the page's own functions take, and nothing else."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Self

import gradio as gr
from gradio.components import Component

from newsqa.interfaces.access.requests import Refusal

READING = frozenset({
    "load", "answer", "again", "any_date", "between", "undo", "fresh", "restore", "arrive", "remember",
    "list_kept", "list_judged", "open_article", "show_table", "api_ask",
    "show_filters", "drop_filter",
})  # fmt: skip
"""The functions that only read; whatever else the page has writes."""
_SESSION = re.compile(r"[A-Za-z0-9-]{8,64}")
_CLAIMS = {"path", "meta", "_type", "is_stream", "orig_name"}
_MOST_FILES = 1_000
_FILE = {"_type": "gradio.FileData"}
FOREIGN_FILE = Refusal(
    403,
    "foreign_file",
    "An event may carry only files that were uploaded from this browser. Upload the file first.",
)
_UNREADABLE = Refusal(400, "bad_json", "The body cannot be read. Send JSON in UTF-8.")


class EventRefusedError(Exception):
    """The event goes no further; `refusal` says why."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.message)
        self.refusal = refusal


@dataclass(frozen=True, slots=True)
class Event:
    """One function of the page: the components that it takes, those that trigger it, whether it may write."""

    inputs: tuple[Component, ...]
    triggers: frozenset[int]
    writes: bool


@dataclass(frozen=True, slots=True)
class Events:
    """The functions of a page by their number."""

    known: Mapping[int, Event]

    @classmethod
    def of(cls, page: gr.Blocks) -> Self:
        """Those that the page has."""
        return cls(
            {
                number: Event(
                    tuple(block for block in function.inputs if isinstance(block, Component)),
                    frozenset(target for target, _ in function.targets if target is not None),
                    getattr(function.fn, "__name__", "") not in READING,
                )
                for number, function in page.fns.items()
                if function.fn is not None
            }
        )

    def read(self, body: bytes, uploads: Collection[str]) -> tuple[Event, bytes]:
        """An event and its body made anew, with no file in it but the reader's `uploads`.

        Raises `EventRefusedError`.
        """
        sent = _load(body)
        number = sent.get("fn_index")
        event = self.known.get(number) if type(number) is int else None
        if event is None:
            if any(_CLAIMS & set(one) for one in _dicts(sent)):
                raise EventRefusedError(FOREIGN_FILE)
            raise EventRefusedError(Refusal(404, "unknown_event", "The page has no such function. Load it anew."))
        data, trigger = sent.get("data"), sent.get("trigger_id")
        if not isinstance(data, list) or len(data) != len(event.inputs):
            raise _refuse_misshapen("data")
        made = {
            "fn_index": number,
            "session_hash": _session(sent),
            "data": [_value(block, value, uploads) for block, value in zip(event.inputs, data, strict=True)],
            "event_data": _details(sent.get("event_data")),
            "trigger_id": trigger if type(trigger) is int and trigger in event.triggers else None,
        }
        return event, _dump(made)


def read_detail(event: gr.EventData, name: str) -> str:
    """What the page's script sent with an event under a name, or an empty string."""
    value = getattr(event, name, "")
    return value if isinstance(value, str) else ""


def read_cancellation(body: bytes) -> bytes:
    """The wish to end an event, made anew; raises `EventRefusedError`."""
    sent = _load(body)
    number, event = sent.get("fn_index"), sent.get("event_id")
    if type(number) is not int or not isinstance(event, str) or len(event) > 100:
        raise _refuse_misshapen("event_id")
    return _dump({"session_hash": _session(sent), "fn_index": number, "event_id": event})


def _session(sent: Mapping[str, Any]) -> str:
    """The page's own name for itself in a body; raises `EventRefusedError`."""
    session = sent.get("session_hash")
    if not isinstance(session, str) or not _SESSION.fullmatch(session):
        raise _refuse_misshapen("session_hash")
    return session


def _value(block: Component, value: Any, uploads: Collection[str]) -> Any:
    """A value as the component may get it; raises `EventRefusedError`."""
    if isinstance(block, gr.File):
        files = value[:_MOST_FILES] if isinstance(value, list) else []
        return [_upload(file, uploads) for file in files] if files else _simple(value)
    if not isinstance(block, gr.BrowserState):
        return None if isinstance(block, gr.State) and not _claims_file(value) else _simple(value)
    return _check_unclaimed(value)


def _upload(value: Any, uploads: Collection[str]) -> dict[str, Any]:
    """A file that was uploaded, by its path and name alone."""
    path = value.get("path") if isinstance(value, dict) else None
    if not isinstance(path, str) or path not in uploads or value.get("meta") != _FILE:
        raise EventRefusedError(FOREIGN_FILE)
    return {"path": path, "orig_name": path.rpartition("/")[2], "meta": _FILE}


def _simple(value: Any) -> Any:
    """Text, a number, or a list of them."""
    if any(True for _ in _dicts(_check_unclaimed(value))):
        raise _refuse_misshapen("data")
    return value


def _check_unclaimed(value: Any) -> Any:
    """Anything in which nothing says that it is a file."""
    if _claims_file(value):
        raise EventRefusedError(FOREIGN_FILE)
    return value


def _claims_file(value: Any) -> bool:
    return any(_CLAIMS & set(one) for one in _dicts(value))


def _details(value: Any) -> dict[str, Any] | None:
    """What the page's scripts say with an event, names and texts; Gradio's own events say nothing that is used."""
    if isinstance(value, dict):
        return {name: _simple(one) for name, one in _check_unclaimed(value).items()}
    _simple(value)
    return None


def _dicts(value: Any) -> Iterator[dict[str, Any]]:
    """Every dictionary in a value, however deep it lies."""
    left = [value]
    while left:
        one = left.pop()
        if isinstance(one, dict):
            yield one
            left.extend(one.values())
        elif isinstance(one, list):
            left.extend(one)


def _load(body: bytes) -> dict[str, Any]:
    try:
        sent = json.loads(body.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise EventRefusedError(_UNREADABLE) from error
    if not isinstance(sent, dict):
        raise _refuse_misshapen("the body")
    return sent


def _dump(made: Mapping[str, Any]) -> bytes:
    try:
        return json.dumps(made).encode()
    except RecursionError as error:
        raise EventRefusedError(_UNREADABLE) from error


def _refuse_misshapen(name: str) -> EventRefusedError:
    return EventRefusedError(Refusal(422, "bad_event", f"{name}: This is not what the page sends. Load it anew."))
