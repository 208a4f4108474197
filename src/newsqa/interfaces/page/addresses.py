"""Addresses of answers and conversations: what is kept under them, frozen, and what has become of its articles."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from pydantic import TypeAdapter, ValidationError

from newsqa.errors import ArticleError, NewsqaError
from newsqa.interfaces.page.exchange import Exchange
from newsqa.pipeline import NewsQA
from newsqa.types import Answer, Citation

_log = logging.getLogger(__name__)

LARGEST = 300_000
"""Most characters of one answer that is kept."""
FORGOTTEN = "There is no answer under this address. The newest ones are kept; it may have made room for others."
_ANSWER, _CONVERSATION = "answer", "conversation"


@dataclass(frozen=True, slots=True)
class Frozen:
    """An exchange as it was on the day on which it was asked; `hashes` are its articles' content hashes by id."""

    exchange: Exchange
    asked: date
    hashes: dict[str, str]


@dataclass(frozen=True, slots=True)
class Since:
    """What has become of a cited article since; `start` is where the quote stands in it now, -1 if it does not."""

    state: Literal["same", "changed", "gone"]
    start: int = -1
    content_hash: str = ""


_FROZEN, _IDS = TypeAdapter(Frozen), TypeAdapter(tuple[str, ...])


class Addresses:
    """Keeps what is asked on the page under addresses, and finds it again."""

    def __init__(self, qa: NewsQA) -> None:
        self._qa = qa
        self._kept = qa.kept

    def keep(self, exchange: Exchange) -> Exchange:
        """The exchange with its address; without one where it cannot be kept, is too large, or answers nothing."""
        if not self._kept.most or exchange.answer.kind == "courtesy":
            return exchange
        try:
            frozen = Frozen(exchange, date.today(), dict(self._hashes(exchange.answer)))
            text = _FROZEN.dump_json(frozen).decode()
            if len(text) > LARGEST:
                return exchange
            return replace(exchange, address=self._kept.keep(_ANSWER, text))
        except NewsqaError as error:
            _log.warning("An answer gets no address: %s", error)
            return exchange

    def keep_conversation(self, exchanges: Sequence[Exchange]) -> str:
        """The address of a conversation, made of its answers'; empty where one of these has none."""
        ids = tuple(exchange.address for exchange in exchanges)
        if not ids or not all(ids):
            return ""
        try:
            return self._kept.keep(_CONVERSATION, _IDS.dump_json(ids).decode())
        except NewsqaError as error:
            _log.warning("A conversation gets no address: %s", error)
            return ""

    def find(self, address: str) -> Frozen | None:
        """What is kept under an answer's address."""
        text = self._kept.find(_ANSWER, address)
        try:
            frozen = _FROZEN.validate_json(text) if text else None
        except ValidationError:  # of another version of newsqa
            return None
        return replace(frozen, exchange=replace(frozen.exchange, address=address)) if frozen else None

    def find_conversation(self, address: str) -> list[Frozen]:
        """The answers of a conversation that are still kept, oldest first; none where there is no such address."""
        text = self._kept.find(_CONVERSATION, address)
        found = (self.find(one) for one in (_IDS.validate_json(text) if text else ()))
        return [frozen for frozen in found if frozen]

    def recall(self, answer: str, conversation: str) -> tuple[list[Exchange], str]:
        """The exchanges of a conversation, or of an answer alone, to go on with; or words where they are gone."""
        found = self.find_conversation(conversation) if conversation else [self.find(answer)] if answer else []
        exchanges = [frozen.exchange for frozen in found if frozen]
        return exchanges, FORGOTTEN if (answer or conversation) and not exchanges else ""

    def look(self, frozen: Frozen, citation: Citation) -> Since:
        """What has become of the article that is cited."""
        article_id = citation.passage.article_id
        try:
            article = self._qa.article(article_id)
        except ArticleError:
            return Since("gone")
        if article.content_hash == frozen.hashes.get(article_id):
            return Since("same", citation.start, article.content_hash)
        return Since("changed", article.text.find(citation.quote), article.content_hash)

    def _hashes(self, answer: Answer) -> Iterator[tuple[str, str]]:
        for article_id in dict.fromkeys(citation.passage.article_id for citation in answer.citations):
            yield article_id, self._qa.article(article_id).content_hash
