"""What works: each part of the index asked for one thing, at most every few seconds, and never waited for long."""

from __future__ import annotations

import asyncio
import logging
from time import monotonic

from newsqa.errors import IndexUnreachableError
from newsqa.interfaces.api.schemas import Health
from newsqa.interfaces.api.work import Workers
from newsqa.pipeline import NewsQA

_log = logging.getLogger(__name__)

_FRESH_S = 2.0
_WAIT_S = 3.0
_PARTS = ("articles", "words", "vectors")


class HealthProbe:
    """Looks at the index when somebody asks; one look at a time serves all who ask meanwhile."""

    def __init__(self, qa: NewsQA) -> None:
        self.stopping = False
        self._qa = qa
        self._worker = Workers(1, 0, "newsqa-health")
        self._look: asyncio.Task[Health] | None = None
        self._at = 0.0
        shared = qa.settings.database_url is not None
        self._servers = dict.fromkeys(_PARTS[:2], "PostgreSQL" if shared else "The index")
        self._servers["vectors"] = "Chroma" if qa.settings.chroma_url else "The index"

    async def look(self) -> Health:
        """What works, as of two seconds ago at most; what does not say so within three seconds does not."""
        if self.stopping:
            return Health(status="stopping", parts={})
        if self._look is None or (self._look.done() and monotonic() - self._at > _FRESH_S):
            self._look, self._at = asyncio.ensure_future(self._worker.run(self._find_failing)), monotonic()
        await asyncio.wait({self._look}, timeout=max(0.1, self._at + _WAIT_S - monotonic()))
        if self._look.done():
            return self._look.result()
        return Health(status="failing", parts={"index": "The index does not answer in time."})

    def _find_failing(self) -> Health:
        failing = self._qa.failing()
        parts = {part: self._words(part, failing[part]) if part in failing else "ok" for part in _PARTS}
        if failing:
            return Health(status="failing", parts=parts)
        return Health(status="ok" if self._qa.size()[0] else "empty", parts=parts)

    def _words(self, part: str, error: Exception) -> str:
        """What is wrong, without names and addresses: those are in the log."""
        _log.error("The %s do not answer: %s", part, error)
        server = self._servers[part]
        if isinstance(error, IndexUnreachableError):
            return f"{server} does not answer, so the {part} cannot be read."
        return f"The {part} cannot be read. `newsqa check` says what is broken."

    def close(self) -> None:
        """Waits for a look that is under way."""
        self._worker.close()
