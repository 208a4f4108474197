"""Which clause of a passage says most of a clause of a claim."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from newsqa.llm.verification import lexicon
from newsqa.llm.verification.evidence import OPPOSITE, RELATED, Source, SourceLine, has_name, same_number
from newsqa.llm.verification.items import Clause, Item, find_names, is_among

ALIGNED = 0.45
"""Below this share of a clause nothing is concluded from how it is put."""
VERB, SUBJECT, AROUND, STAY = 1.5, 0.4, 0.5, 0.1


@dataclass(frozen=True, slots=True)
class Match:
    """A clause of the claim and the passage's clause that says most of it; `score` is how much, about 0 to 1."""

    claim: Clause
    line: SourceLine
    found: Clause
    score: float


def list_lines(sources: Sequence[Source]) -> list[SourceLine]:
    """All sentences of the cited passages."""
    return [line for source in sources for line in source.lines]


def weigh(item: Item) -> float:
    """How much of a claim hangs on the item."""
    if item.kind == "number":
        return 1.5
    return 0.5 if item.kind == "word" and item.word in lexicon.TITLES else 1.0


def holds(item: Item, line: SourceLine, clause: int | None = None, opposite: float = OPPOSITE) -> float:
    """How far a sentence, or one clause of it, holds the item: 0 to 1."""
    whole = clause is None
    found, words = (
        (line.parsed.items, line.words)
        if clause is None
        else (line.clauses[clause][0].items, line.clauses[clause][1])
    )
    if item.kind == "word":
        return words.has(item, opposite)
    if item.kind == "name":
        names = line.names if whole else [*find_names(found), *line.clauses[clause or 0][0].subject]
        return float(has_name(item, names))
    if item.kind == "number":
        return float(any(other.kind == "number" and same_number(item, other, True) for other in found))
    return float(any(other.day and item.day and item.day.agrees(other.day, None) for other in found))


def align(claim: Clause, lines: Sequence[SourceLine], last: SourceLine | None = None) -> Match | None:
    """The best match: verbs count more, the subject less, the rest of the sentence half.

    `last` is the sentence that says the clause before.
    """
    items = claim.content()
    light = [item for item in claim.left if item.kind == "word" and not is_among(item, claim.verbs)]
    light += [*claim.subject, *claim.nouns]
    weights = [weigh(item) * (VERB if is_among(item, claim.verbs) else 1.0) for item in items]
    subject = [is_among(item, light) for item in items]
    if subject.count(False) > 1:
        weights = [weight * (SUBJECT if lead else 1.0) for weight, lead in zip(weights, subject, strict=True)]
    total = sum(weights)
    best: Match | None = None
    for line in lines if total else ():
        around = [weight * holds(item, line, None, RELATED) for item, weight in zip(items, weights, strict=True)]
        bonus = STAY if line is last else 0.0
        if best is not None and sum(around) / total + bonus < best.score:
            continue
        for place, (clause, _) in enumerate(line.clauses):
            score = sum(
                max(weight * holds(item, line, place, RELATED), AROUND * near)
                for item, weight, near in zip(items, weights, around, strict=True)
            )
            if best is None or score / total + bonus > best.score:
                best = Match(claim, line, clause, score / total + bonus)
    return best
