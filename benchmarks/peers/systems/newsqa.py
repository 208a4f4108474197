"""newsqa as README uses it from Python, with its own settings as they come."""

from __future__ import annotations

from pathlib import Path

from benchmarks.peers.worker import ADDRESS, Found


class System:
    """`NewsQA.open`, `ingest` of a JSON Lines file, `search` and `ask`."""

    def __init__(self, index: Path, model: str) -> None:  # the model is newsqa's own
        del model
        self._index = index

    def load(self) -> None:
        from newsqa import NewsQA

        self._qa = NewsQA.open(self._index)

    def ingest(self, articles: Path) -> int:
        report = self._qa.ingest([articles])
        assert not report.failed, report.failed
        return self._qa.size()[1]

    open = load

    def search(self, question: str, k: int) -> list[Found]:
        return [_found(hit.passage.url, hit.passage.text) for hit in self._qa.search(question, k=k)]

    def answer(self, question: str) -> list[Found]:
        return [_found(cited.passage.url, cited.quote) for cited in self._qa.ask(question).citations]


def _found(url: str, text: str) -> Found:
    return Found(url.removeprefix(ADDRESS), text)
