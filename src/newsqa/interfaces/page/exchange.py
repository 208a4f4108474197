"""One question and its answer as the page keeps them, and as the browser's memory holds them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from newsqa.types import (
    Answer,
    Citation,
    Copy,
    JudgedSentence,
    Passage,
    Period,
    ScoredPassage,
    Span,
    Turn,
    Variant,
)

KEPT_CONVERSATIONS = 10
KEPT_EXCHANGES = 12


@dataclass(frozen=True, slots=True)
class Exchange:
    """A question, the filter it was asked under in words, and its answer."""

    question: str
    answer: Answer
    scope: str = ""


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
            "exchanges": [_to_record(exchange) for exchange in exchanges[-KEPT_EXCHANGES:]],
        }
        kept.insert(0, entry)
    return kept[:KEPT_CONVERSATIONS]


def conversations(saved: Any) -> list[dict[str, Any]]:
    """The well-formed conversations in what a browser sent; it may send anything."""
    if not isinstance(saved, list):
        return []
    return [entry for entry in saved[:KEPT_CONVERSATIONS] if _well_formed(entry)]


def recall(saved: Any, conversation: str) -> list[Exchange]:
    """The exchanges of a remembered conversation; what cannot be read is left out."""
    for entry in saved if isinstance(saved, list) else ():
        if isinstance(entry, dict) and entry.get("id") == conversation:
            records = entry.get("exchanges")
            found = (_from_record(record) for record in (records if isinstance(records, list) else ()))
            return [exchange for exchange in found if exchange][-KEPT_EXCHANGES:]
    return []


def _well_formed(entry: Any) -> bool:
    """Whether it is a conversation with an id and at least one exchange."""
    return isinstance(entry, dict) and isinstance(entry.get("id"), str) and bool(recall([entry], entry["id"]))


def _to_record(exchange: Exchange) -> dict[str, Any]:
    """The exchange as JSON values."""
    answer = exchange.answer
    return {
        "question": exchange.question,
        "scope": exchange.scope,
        "searched_for": answer.searched_for,
        "text": answer.text,
        "abstained": answer.abstained,
        "confidence": answer.confidence,
        "missing": list(answer.missing),
        "citations": [
            {
                "number": citation.number,
                "quote": citation.quote,
                "start": citation.start,
                "end": citation.end,
                "passage": _passage_record(citation.passage),
                "highlights": [[span.start, span.end] for span in citation.highlights],
                "also": [copy.to_dict() for copy in citation.also],
                "otherwise": [variant.to_dict() for variant in citation.otherwise],
            }
            for citation in answer.citations
        ],
        "related": [_passage_record(hit.passage) for hit in answer.related],
        "model": answer.model,
        "notice": answer.notice,
        "sentences": [sentence.to_dict() for sentence in answer.sentences],
        "outlets": answer.outlets,
        "period": answer.period.to_dict() if answer.period else None,
    }


def _from_record(record: Any) -> Exchange | None:
    """The exchange that a record holds, or None if it holds none."""
    try:
        answer = Answer(
            question=_text(record, "question"),
            searched_for=_text(record, "searched_for"),
            text=_text(record, "text"),
            abstained=record["abstained"] is True,
            confidence=float(record["confidence"]),
            citations=tuple(_citation(entry) for entry in record["citations"]),
            missing=tuple(str(part) for part in record["missing"]),
            related=tuple(ScoredPassage(_passage(entry), 0.0) for entry in record["related"]),
            model=_text(record, "model") if "model" in record else "",  # older browsers' memories have none
            notice=_text(record, "notice") if "notice" in record else "",
            sentences=tuple(_sentence(entry) for entry in record.get("sentences", ())),
            period=_period(record.get("period")),
            outlets=int(record.get("outlets") or 0),
        )
        return Exchange(answer.question, answer, _text(record, "scope"))
    except (AttributeError, IndexError, KeyError, TypeError, ValueError, OverflowError):
        return None


def _citation(record: Mapping[str, Any]) -> Citation:
    """The citation that a record holds; raises what `_from_record` catches."""
    return Citation(
        number=int(record["number"]),
        quote=_text(record, "quote"),
        start=int(record["start"]),
        end=int(record["end"]),
        passage=_passage(record["passage"]),
        highlights=tuple(Span(int(pair[0]), int(pair[1])) for pair in record["highlights"]),
        also=tuple(_copy(entry) for entry in record.get("also") or ()),
        otherwise=tuple(Variant(_copy(entry), _text(entry, "quote")) for entry in record.get("otherwise") or ()),
    )


def _sentence(record: Mapping[str, Any]) -> JudgedSentence:
    """The verdict that a record holds; raises what `_from_record` catches."""
    verdicts: dict[str, Literal["supported", "partly", "unsupported"]] = {
        "supported": "supported",
        "partly": "partly",
        "unsupported": "unsupported",
    }
    reasons = tuple(str(reason) for reason in record["reasons"])
    return JudgedSentence(int(record["start"]), int(record["end"]), verdicts[record["verdict"]], reasons)


def _copy(record: Mapping[str, Any]) -> Copy:
    """The copy that a record holds; raises what `_from_record` catches."""
    names = ("article_id", "title", "source", "url")
    texts = {name: _text(record, name) for name in names}
    return Copy(**texts, published=_day(record.get("published")), claimed=bool(record.get("claimed")))


def _period(record: Mapping[str, Any] | None) -> Period | None:
    """The period that a record holds; raises what `_from_record` catches."""
    if record is None:
        return None
    since, until = _day(record["since"]), _day(record["until"])
    return Period(_text(record, "words"), since, until) if since or until else None


def _day(value: Any) -> date | None:
    return date.fromisoformat(value) if value else None


def _passage_record(passage: Passage) -> dict[str, Any]:
    """The passage as JSON values."""
    return {
        "id": passage.id,
        "article_id": passage.article_id,
        "text": passage.text,
        "start": passage.start,
        "end": passage.end,
        "sentences": [[span.start, span.end] for span in passage.sentences],
        "title": passage.title,
        "source": passage.source,
        "published": passage.published.isoformat() if passage.published else "",
        "updated": passage.updated.isoformat() if passage.updated else "",
        "url": passage.url,
        "claimed": passage.claimed,
    }


def _passage(record: Mapping[str, Any]) -> Passage:
    """The passage that a record holds; raises what `_from_record` catches."""
    published = _text(record, "published")
    return Passage(
        id=_text(record, "id"),
        article_id=_text(record, "article_id"),
        text=_text(record, "text"),
        start=int(record["start"]),
        end=int(record["end"]),
        sentences=tuple(Span(int(pair[0]), int(pair[1])) for pair in record["sentences"]),
        title=_text(record, "title"),
        source=_text(record, "source"),
        published=date.fromisoformat(published) if published else None,
        updated=_day(record.get("updated")),
        url=_text(record, "url"),
        claimed=bool(record.get("claimed")),
    )


def _text(record: Mapping[str, Any], key: str) -> str:
    """A string field; raises TypeError for anything else."""
    value = record[key]
    if not isinstance(value, str):
        raise TypeError(key)
    return value
