"""The server's log: one JSON object a line on stderr, about requests to the API, failures, and who logged in."""

from __future__ import annotations

import json
import logging
import sys
from datetime import UTC, datetime

from newsqa.interfaces.access.guard import HandledRequest

_QUIET = ("/assets/", "/static/", "/svelte/", "/gradio_api/")


class _Json(logging.Formatter):
    """A record as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        """The line; what was raised is in it, with its trace."""
        fields = {"time": _now(), "level": record.levelname.lower(), "message": record.getMessage()}
        if record.exc_info:
            fields["error"] = self.formatException(record.exc_info)
        return json.dumps(fields)


def start_logging() -> None:
    """What this process logs of failures is JSON on stderr, unless somebody wants it elsewhere."""
    root = logging.getLogger()
    if not root.handlers:
        handler = logging.StreamHandler()
        handler.setFormatter(_Json())
        root.addHandler(handler)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def _format_request(seen: HandledRequest, *, questions: bool) -> str:
    """A request as one line; its text only with `questions`. No request can forge a line."""
    fields = {
        "time": _now(),
        "client": seen.client,
        "method": seen.method[:10],
        "path": seen.path[:200],
        "status": seen.status,
        "ms": round(seen.seconds * 1000),
    }
    if seen.code:
        fields["code"] = seen.code
    if questions and seen.question:
        fields["question"] = seen.question
    return json.dumps(fields)


def log_request(seen: HandledRequest, *, questions: bool) -> None:
    """Log a request, unless it is one of the many that make up the page."""
    if seen.status < 400 and seen.path.startswith(_QUIET):
        return
    sys.stderr.write(_format_request(seen, questions=questions) + "\n")
    sys.stderr.flush()
