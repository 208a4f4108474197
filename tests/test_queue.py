"""Many at once: whoever waits is told the place in the line, and what is sent arrives."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from newsqa.interfaces.page.line import WaitingLine
from newsqa.types import Step
from tests.newsroom import BRIDGE_QUESTION, copy_index
from tests.served import serving


def test_who_stands_in_line_moves_up() -> None:
    """Two at once, in order; the others hear how many are before them, and a place that is given up is free."""
    line, release = WaitingLine(2), threading.Event()

    def work() -> Iterator[str]:
        yield "begun"
        release.wait(60)
        yield "done"

    first, second = line.stream(work), line.stream(work)
    assert next(first) == next(second) == "begun"
    third, fourth = line.stream(work), line.stream(work)
    assert next(third) == Step("waiting", "for 1 question before this one")
    assert next(fourth) == Step("waiting", "for 2 questions before this one")
    first.close()
    assert next(third) == "begun"
    assert next(fourth) == Step("waiting", "for 1 question before this one")
    release.set()
    assert list(second) == ["done"]
    assert list(third) == ["done"]
    assert list(fourth) == ["begun", "done"]


@pytest.mark.slow
def test_a_stream_of_the_api_tells_the_place_in_the_line(newsroom_index: Path) -> None:
    """With one answer at a time twelve questions are all answered, and the last are told how many are before."""
    with serving(newsroom_index, concurrency="1") as server, ThreadPoolExecutor(12) as readers:
        body = {"question": BRIDGE_QUESTION, "stream": True}
        replies = list(readers.map(lambda _: server.request("POST", "/v1/ask", body), range(12)))
    assert {reply.status for reply in replies} == {200}
    assert all(b"event: answer" in reply.body for reply in replies)
    waited = [reply.body.count(b'{"name": "waiting", "detail": "for ') for reply in replies]
    assert max(waited) > 1


@pytest.mark.slow
def test_twelve_that_are_sent_at_once_all_arrive(newsroom_index: Path, tmp_path: Path) -> None:
    """Twelve articles sent at the same moment are twelve articles more."""
    home = copy_index(newsroom_index, tmp_path / "index")
    with serving(home) as server, ThreadPoolExecutor(12) as senders:
        before = server.request("GET", "/v1/articles").json["total"]

        def send(number: int) -> int:
            article = {"title": f"Boat {number}", "text": f"Boat number {number} came into the harbour of Arlen."}
            return server.request("POST", "/v1/articles", article).status

        assert set(senders.map(send, range(12))) <= {200, 201}
        assert server.request("GET", "/v1/articles").json["total"] == before + 12
