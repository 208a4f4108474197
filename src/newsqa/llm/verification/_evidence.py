"""A cited passage prepared for comparison, and which of its clauses says most of a clause of a claim."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date

from newsqa.llm.verification import _lexicon as lexicon
from newsqa.llm.verification._clauses import MAX_CHARACTERS, parse_sentence
from newsqa.llm.verification._items import (
    Clause,
    Item,
    Parsed,
    carries,
    find_names,
    is_among,
    plain,
    split_name,
)
from newsqa.llm.verification._lexicon import COMMON, CONCEPTS, GROUPS, QUOTING, STOP, stem
from newsqa.llm.verification._reading import is_verb, read
from newsqa.types import Passage, Span

MAX_SENTENCES = 60
EXACT, RELATED, OPPOSITE = 1.0, 0.85, 0.5

_APPOSING = frozenset("who which whose a an the".split())
_MONEY = frozenset("percent dollar euro pound yen yuan".split())
_RUN = re.compile(r"[A-ZÀ-Þ]\w*(?:[ -](?:(?:of|and|for|the|on|de)[ ])*[A-ZÀ-Þ]\w*)+")

ALIGNED = 0.45
"""Below this share of a clause nothing is concluded from how it is put."""
VERB, SUBJECT, AROUND, STAY = 1.5, 0.4, 0.5, 0.1


@dataclass(slots=True)
class Meanings:
    """A bag of meanings: which word it has, exactly or by a synonym, an opposite or a common root."""

    stems: set[str] = field(default_factory=set)
    groups: set[int] = field(default_factory=set)
    axes: set[tuple[str, int]] = field(default_factory=set)
    roots: set[str] = field(default_factory=set)

    def add(self, items: Iterable[Item]) -> Meanings:
        """Take in the words among the items, and the parts of the names."""
        for item in items:
            for key in item.names or ((item.key,) if item.kind == "word" else ()):
                self.stems.add(key)
                self.groups |= GROUPS.get(key, frozenset())
                self.axes.update(CONCEPTS.get(key, ()))
                if len(key) >= 5:
                    self.roots.add(key[:5])
        return self

    def has(self, item: Item, opposite: float = OPPOSITE) -> float:
        """1 for the word itself, less for a related one, `opposite` for its opposite, 0 for none."""
        axes = CONCEPTS.get(item.key, ())
        if item.key in self.stems:
            return EXACT
        if not GROUPS.get(item.key, frozenset()).isdisjoint(self.groups) or not self.axes.isdisjoint(axes):
            return RELATED
        if any((axis, -sign) in self.axes for axis, sign in axes):
            return opposite
        return RELATED if len(item.key) >= 5 and item.key[:5] in self.roots else 0.0


@dataclass(slots=True)
class SourceLine:
    """A sentence of a passage: where it stands, what it says, who is quoted, and the names that came before it."""

    span: Span
    text: str
    parsed: Parsed
    words: Meanings
    names: list[Item]
    earlier: list[Item]
    speakers: list[Item]
    order: int
    published: date | None
    clauses: list[tuple[Clause, Meanings]]


@dataclass(slots=True)
class Source:
    """A passage, read; `known` are the parts of its names, `initials` what its names can be abbreviated to."""

    passage: Passage
    lines: list[SourceLine]
    names: list[Item]
    known: frozenset[str]
    text: str
    initials: dict[str, frozenset[str]]


def same_name(one: frozenset[str], other: frozenset[str]) -> bool:
    """Whether two names can be one: `Kim` and `Kim Jong Un`, not `North Korea` and `South Korea`."""
    return bool(one and other) and (one <= other or other <= one)


def has_name(name: Item, names: Sequence[Item]) -> bool:
    """Whether one of the names can be the same."""
    return any(same_name(name.names, other.names) for other in names)


def same_number(claim: Item, found: Item, loose: bool) -> bool:
    """Whether two numbers are equal in value and kind; `loose` lets the claim round to two digits."""
    kinds = {claim.unit, found.unit}
    if len(kinds) > 1 and kinds & _MONEY:
        return False
    gap, whole = abs(claim.value - found.value), abs(found.value)
    near = gap <= (0.35 if claim.value in (100 / 3, 200 / 3) else 1e-9 * whole)
    if near or not loose or not 10 <= whole < 1e15:
        return near
    return gap / whole < 0.05 and claim.value % 10 ** (len(str(int(whole))) - 2) == 0


def find_speakers(parsed: Parsed) -> list[Item]:
    """Who is quoted in a sentence: subjects of verbs that quote, and `according to` someone."""
    found: list[Item] = []
    for clause in parsed.clauses:
        if any(verb.key in QUOTING for verb in clause.verbs):
            found += clause.subject
    for place, item in enumerate(parsed.items):
        if item.word == "according":
            row = parsed.items[place + 1 : place + 10]
            for after, behind in zip(row, [*row[1:], None], strict=True):
                if after.kind == "mark":
                    break
                attribute = behind is not None and behind.kind == "word" and carries(behind)
                found += [after] if after.kind == "name" and not attribute else []
    return found


def read_passage(passage: Passage, names_elsewhere: frozenset[str]) -> Source:
    """Prepare a passage; without sentence spans the whole text is one sentence.

    `names_elsewhere` are parts of names in the answer: the same words are names where they open a sentence here.
    """
    spans = passage.sentences[:MAX_SENTENCES] or (Span(passage.start, passage.end),)
    texts = [passage.quote(span) for span in spans]
    known = names_elsewhere.union(find_inner_names(texts), _opening_names(texts))
    earlier = find_names(read(passage.title[:500], known))
    names, about = list(earlier), list[Item]()
    lines: list[SourceLine] = []
    for order, (span, text) in enumerate(zip(spans, texts, strict=True)):
        parsed = parse_sentence(text, known, about)
        here = find_names(parsed.items)
        clauses = [
            (clause, Meanings().add([*clause.items, *clause.subject, *clause.nouns])) for clause in parsed.clauses
        ]
        words, quoted = Meanings().add(parsed.items), find_speakers(parsed)
        lines.append(
            SourceLine(span, text, parsed, words, here, list(earlier), quoted, order, passage.published, clauses)
        )
        about = [name for clause in parsed.clauses for name in clause.subject] or here
        earlier += here
        names += here
    initials = _initials(f"{passage.title}\n{passage.text}"[:20_000])
    return Source(passage, lines, names, known, plain(passage.text), initials)


def find_inner_names(texts: Sequence[str]) -> Iterator[str]:
    """Parts of the names that stand inside a sentence."""
    for text in texts:
        for item in find_names(read(text[:MAX_CHARACTERS])):
            if not (item.initial and len(item.names) == 1):
                yield from item.names


def _opening_names(texts: Sequence[str]) -> Iterator[str]:
    """Words that open a sentence, followed by what follows a name: a singular verb, `, who` or `, a`."""
    for text in texts:
        words = text[:200].replace(",", " ,").split()
        if len(words) > 2 and words[0][:1].isupper() and not words[0].endswith("s"):
            usual = {words[0].lower(), stem(words[0])}
            follows = is_verb(words, 1) or (words[1] == "," and words[2] in _APPOSING)
            if follows and usual.isdisjoint(STOP) and usual.isdisjoint(COMMON):
                yield from split_name(words[0])


def _initials(text: str) -> dict[str, frozenset[str]]:
    """The abbreviations that runs of capitalised words can have, each with the last name of its run."""
    found: dict[str, frozenset[str]] = {}
    for run in _RUN.finditer(text):
        words = [word for word in re.findall(r"[^\W\d_]+", run[0]) if word[0].isupper()][:8]
        for start in range(len(words)):
            for end in range(start + 2, len(words) + 1):
                found.setdefault("".join(word[0] for word in words[start:end]), split_name(words[end - 1]))
    return found


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


def align(claim: Clause, lines: Sequence[SourceLine], last: SourceLine | None) -> Match | None:
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
