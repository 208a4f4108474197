"""What `NewsQA.stream` yields, as server-sent events."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

from newsqa.interfaces.api.faults import error_response
from newsqa.types import Plain


def encode_event(name: str, data: Any) -> bytes:
    """One event; JSON has no line breaks, so that nothing in the data can end it early."""
    return f"event: {name}\ndata: {json.dumps(data, ensure_ascii=True)}\n\n".encode()


async def encode_events(items: AsyncIterator[Plain]) -> AsyncIterator[bytes]:
    """Each item under the name of its type (`step`, `draft`, `answer`), or at last an `error`."""
    try:
        async for item in items:
            yield encode_event(type(item).__name__.lower(), item.to_dict())
    except Exception as error:
        _, code, words, _ = error_response(error)
        yield encode_event(
            "error", {"error": {"message": words, "type": "server_error", "param": None, "code": code}}
        )
