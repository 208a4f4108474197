"""What operators see of a server: counts for Prometheus, and a log of one JSON object a line on stderr."""

from __future__ import annotations

import json
import logging
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from threading import Lock
from typing import Any, TypeVar

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric

from newsqa.errors import NewsqaError
from newsqa.interfaces.access.guard import HandledRequest
from newsqa.interfaces.api._work import StoppingError, Workers
from newsqa.pipeline import NewsQA
from newsqa.types import Answer

T = TypeVar("T")
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_SECONDS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
_METHODS = {"GET", "HEAD", "POST", "DELETE", "OPTIONS"}
_QUIET = ("/assets/", "/static/", "/svelte/", "/gradio_api/")


class Metrics:
    """The counts of one server; nothing in them says what was asked.

    `in_hand` is how many questions are being answered, by whatever interface; none more once it is `stopping`.
    """

    def __init__(self, qa: NewsQA, asking: Workers) -> None:
        self.in_hand = 0
        self.stopping = False
        self._lock = Lock()
        self._registry = CollectorRegistry()
        one: dict[str, Any] = {"registry": self._registry}
        self._questions = Counter(
            "newsqa_questions", "Questions by interface and outcome.", ["by", "outcome"], **one
        )
        self._seconds = Histogram(
            "newsqa_answer_seconds",
            "Seconds from a question's turn to its answer.",
            ["by"],
            buckets=_SECONDS,
            **one,
        )
        self._requests = Counter(
            "newsqa_requests", "Requests by method, route and status.", ["method", "route", "status"], **one
        )
        self._latency = Histogram(
            "newsqa_request_seconds",
            "Seconds from request to end of response.",
            ["route"],
            buckets=_SECONDS,
            **one,
        )
        busy = Gauge("newsqa_questions_in_hand", "Questions of the API that are answered or wait.", **one)
        busy.set_function(lambda: asking.busy)
        self._registry.register(_IndexSize(qa))
        ProcessCollector(registry=self._registry)

    def count_request(self, request: HandledRequest) -> None:
        """Count a request."""
        method = request.method if request.method in _METHODS else "other"
        self._requests.labels(method, request.route, str(request.status)).inc()
        self._latency.labels(request.route).observe(request.seconds)

    def text(self) -> bytes:
        """All counts as Prometheus reads them."""
        return generate_latest(self._registry)

    def count(self, start: Callable[[], Iterator[T]], by: str) -> Iterator[T]:
        """Start a question that came `by` an interface and pass its items on; what became of it is counted."""
        if self.stopping:
            raise StoppingError
        began = time.perf_counter()
        outcome = "unfinished"
        self._hold(1)
        try:
            for item in start():
                if isinstance(item, Answer):
                    outcome = "abstained" if item.abstained else "answered"
                yield item
        except Exception:
            outcome = "failed"
            raise
        finally:
            self._hold(-1)
            self._questions.labels(by, outcome).inc()
            self._seconds.labels(by).observe(time.perf_counter() - began)

    def _hold(self, change: int) -> None:
        with self._lock:
            self.in_hand += change


class _IndexSize:
    """The numbers of articles and passages, counted when they are asked for."""

    def __init__(self, qa: NewsQA) -> None:
        self._qa = qa

    def collect(self) -> Iterable[Metric]:
        """Both gauges; none of an index that cannot be read."""
        try:
            articles, passages = self._qa.size()
        except NewsqaError:
            return
        yield GaugeMetricFamily("newsqa_index_articles", "Articles in the index.", value=articles)
        yield GaugeMetricFamily("newsqa_index_passages", "Passages in the index.", value=passages)


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
