"""What `NewsQA.stream` yields, as server-sent events."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import asdict, is_dataclass
from typing import Any

from newsqa.interfaces.api.faults import told
from newsqa.types import Answer


def event(name: str, data: Any) -> bytes:
    """One event; JSON has no line breaks, so that nothing in the data can end it early."""
    return f"event: {name}\ndata: {json.dumps(data, ensure_ascii=True)}\n\n".encode()


def shown(item: Any) -> Any:
    """An item as JSON values."""
    if hasattr(item, "to_dict"):
        return item.to_dict()
    return asdict(item) if is_dataclass(item) and not isinstance(item, type) else {"text": str(item)}


async def events(items: AsyncIterator[Any]) -> AsyncIterator[bytes]:
    """Each item under the name of its type (`step`, `answer`, pieces of text as `text`), or at last an `error`."""
    try:
        async for item in items:
            name = "text" if isinstance(item, str) else type(item).__name__.lower()
            yield event("answer" if isinstance(item, Answer) else name, shown(item))
    except Exception as error:
        _, code, words, _ = told(error)
        yield event("error", {"error": {"message": words, "type": "server_error", "param": None, "code": code}})
