"""Where else a report stands: copies beside citations, and how many outlets of an answer report independently."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from newsqa.search.variants import variants_of
from newsqa.text.bylines import dateline, dateline_source
from newsqa.text.copies import holds
from newsqa.types import Answer, Citation, Copy, ScoredPassage

if TYPE_CHECKING:
    from newsqa.store import Index

T = TypeVar("T")

MOST = 20
"""Copies of one report that are told."""


def with_copies(
    index: Index, hits: Sequence[ScoredPassage], groups: Mapping[str, Sequence[str]]
) -> list[ScoredPassage]:
    """Passages with the other articles of the same report; `groups` are those of their articles."""
    wanted = {key for hit in hits for key in groups.get(hit.passage.article_id, ())}
    if not wanted:
        return list(hits)
    copies = index.copies(sorted(wanted))
    return [replace(hit, also=_others(groups, copies, hit.passage.article_id)[:MOST]) for hit in hits]


def with_provenance(index: Index, stream: Iterable[T]) -> Iterator[T | Answer]:
    """The items of a stream, with the answer's citations telling where else their quotes stand."""
    for item in stream:
        yield _tell_copies(index, item) if isinstance(item, Answer) and item.citations else item


def _tell_copies(index: Index, answer: Answer) -> Answer:
    cited = [citation.passage.article_id for citation in answer.citations]
    groups = index.groups(cited)
    copies = index.copies(sorted({key for group in groups.values() for key in group}))
    citations = tuple(
        replace(
            citation,
            also=_with_quote(index, citation, _others(groups, copies, citation.passage.article_id)),
            otherwise=variants_of(index, citation),
        )
        for citation in answer.citations
    )
    texts = {key: index.article(key).text for key in dict.fromkeys(cited)}
    agencies = {key: dateline_source(dateline(text, 0, len(text))) for key, text in texts.items()}
    return replace(answer, citations=citations, outlets=count_independent(answer.citations, groups, agencies))


def count_independent(
    citations: Sequence[Citation], groups: Mapping[str, Sequence[str]], agencies: Mapping[str, str]
) -> int:
    """How many cited outlets report independently: articles of one outlet, agency or story count as one.

    `agencies` has what the dateline of an article names, which may be the initials of an outlet.
    """
    stories: list[set[str]] = []
    for passage in (citation.passage for citation in citations):
        names = (passage.source, _initials(passage.source), agencies.get(passage.article_id, ""))
        marks = {f"source {name.casefold()}" for name in names if name}
        marks |= {f"article {key}" for key in groups.get(passage.article_id, (passage.article_id,))}
        joined = [story for story in stories if story & marks]
        stories = [story for story in stories if story not in joined] + [marks.union(*joined)]
    return len(stories)


def _initials(name: str) -> str:
    """NQNA of North Quay News Agency; empty for a name of less than three words."""
    words = name.split()
    return "".join(word[0] for word in words) if len(words) > 2 else ""


def _others(groups: Mapping[str, Sequence[str]], copies: Mapping[str, Copy], article_id: str) -> tuple[Copy, ...]:
    """The other articles of a report, one for each source and day, earliest first."""
    found = [copies[key] for key in groups.get(article_id, ()) if key != article_id and key in copies]
    found.sort(
        key=lambda copy: (copy.published is None, copy.published or 0, copy.source.casefold(), copy.article_id)
    )
    return tuple({(copy.source, copy.published): copy for copy in reversed(found)}.values())[::-1]


def _with_quote(index: Index, citation: Citation, others: Sequence[Copy]) -> tuple[Copy, ...]:
    """Those of the articles in whose text the quote stands, too."""
    return tuple(copy for copy in others[:MOST] if holds(index.article(copy.article_id).text, citation.quote))
