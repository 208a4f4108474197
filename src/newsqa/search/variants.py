"""Passages with the text of one report, and where such copies differ in a figure, a name or a negation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from newsqa.text.copies import MAX_DAYS, days_between
from newsqa.text.particulars import differ, near_copy, twin
from newsqa.types import Citation, Copy, Passage, Variant

if TYPE_CHECKING:
    from newsqa.store import Index

_SAME_STORY = 0.4
_LOOKED_AT = 100
"""Passages that have the words of a quote and are looked at for other versions of it."""
MOST = 3
"""Versions of one passage that are shown."""


def near_copies(first: Passage, second: Passage, stories: Mapping[str, Sequence[str]]) -> bool:
    """Whether two passages of different articles carry the same text; overlapping neighbours are no copies.

    Copies of one report are cut into passages at different places, so that less of the text has to be the same.
    """
    if first.article_id == second.article_id:
        return False
    if second.article_id in stories.get(first.article_id, ()):
        return near_copy(first.text, second.text, _SAME_STORY)
    shorter, longer = sorted((len(first.text), len(second.text)))
    return shorter > 0.6 * longer and near_copy(first.text, second.text)


def say_otherwise(first: Passage, second: Passage) -> bool:
    """Whether a sentence of one of two copies stands otherwise in the other: another figure, name or negation."""
    one, two = _sentences(first), _sentences(second)
    pairs = ((sentence, twin(sentence, there)) for here, there in ((one, two), (two, one)) for sentence in here)
    return any(found is not None and differ(sentence, found) for sentence, found in pairs)


def variants_of(index: Index, citation: Citation) -> tuple[Variant, ...]:
    """Where the quote of a citation stands otherwise: of each version the first article that came with it.

    What was fetched from where it says that it is comes before what only claims to be from there.
    """
    cited = citation.passage
    hits = [key for key, _ in index.search_words(citation.quote, _LOOKED_AT)]
    found, groups = index.passages_with_groups([*hits, cited.id])
    quoted = _sentences(cited, citation.start, citation.end)
    told: list[tuple[Passage, str]] = []
    for passage in (found[key] for key in hits if key in found):
        apart = days_between(cited.published, passage.published)
        if (apart is None or apart <= MAX_DAYS) and near_copies(cited, passage, groups):
            others = ((sentence, twin(sentence, _sentences(passage))) for sentence in quoted)
            told += [(passage, other) for one, other in others if other is not None and differ(one, other)]
    came = index.order([passage.article_id for passage, _ in told])
    told.sort(key=lambda one: (one[0].claimed, came.get(one[0].article_id, 0)))
    first = {" ".join(quote.lower().split()): (passage, quote) for passage, quote in reversed(told)}
    return tuple(Variant(_copy(passage), quote) for passage, quote in list(first.values())[::-1][:MOST])


def _copy(passage: Passage) -> Copy:
    return Copy(passage.article_id, passage.title, passage.source, passage.published, passage.url, passage.claimed)


def _sentences(passage: Passage, start: int = 0, end: int | None = None) -> list[str]:
    """The sentences of a passage, or those of them that lie in a part of the article."""
    end = passage.end if end is None else end
    spans = (span for span in passage.sentences if start <= span.start and span.end <= end)
    return [passage.quote(span) for span in spans]
