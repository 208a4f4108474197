"""Checks of who did it: names and nouns in the place that the passage gives them, words in the right mouth."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from newsqa.llm.verification import _lexicon as lexicon
from newsqa.llm.verification._evidence import (
    Match,
    Meanings,
    SourceLine,
    find_speakers,
    has_name,
    holds,
    same_name,
)
from newsqa.llm.verification._items import Clause, Item, Parsed, carries, find_names, is_among
from newsqa.llm.verification._lexicon import NATIONALITIES, QUOTING, SPEECH, stem
from newsqa.llm.verification._sense import has_converse, is_swapped, sign_conflict

SURE = 0.6
"""From this share of a clause on, the passage's sentence is taken to be about the same event."""

_LOOSE = frozenset("for in on to of at with from".split())
_AT = frozenset("in of at near on".split())
_OFFICES = frozenset(map(stem, lexicon.OFFICES))
_TELLING = QUOTING | frozenset(map(stem, ("announce", "report", "confirm", "declare")))


def check_subjects(match: Match) -> Iterator[str]:
    """Whoever the claim says something of is the one the passage says it of."""
    claim, found, line = match.claim, match.found, match.line
    shared = bool(claim.verbs) and sign_conflict(claim.verbs[0], found.items) is not None
    opposed = any(has_converse(verb) and sign_conflict(verb, found.items) for verb in claim.verbs)
    main = sign_conflict(claim.verbs[0], found.verbs[:1]) is not None if claim.verbs else False
    if main and is_swapped(match) and not opposed:
        yield f"{{cited}} does not say this of {claim.subject[-1].text}"
        return
    about = [*found.subject, *found.weak]
    if _only_speech(claim) or any(has_name(name, about) for name in claim.weak):
        return
    turned = claim.passive and not found.passive and shared and bool(found.objects) and bool(claim.subject)
    if turned and not has_name(claim.subject[-1], find_names(found.right)):
        yield f"{{cited}} says this of {found.objects[-1].text}, not of {claim.subject[-1].text}"
        return
    for name in claim.subject:
        if has_name(name, [*about, *find_names(found.items)]):
            continue
        here = has_name(name, line.names)
        if not here and not has_name(name, line.earlier):
            yield f"{{cited}} does not say this of {name.text}"
        elif found.subject and claim.passive == found.passive and (shared or (match.score >= SURE and not here)):
            yield f"{{cited}} says this of {found.subject[-1].text}, not of {name.text}"
        elif any(_antecedent(name, other, found) for other in line.names):
            continue
        elif found.nouns and (shared if here else not about) and match.score >= SURE:
            yield f"{{cited}} says this of the {found.nouns[-1].text}, not of {name.text}"


def _antecedent(name: Item, other: Item, found: Clause) -> bool:
    """Whether a name of the sentence can be what a clause behind it is about."""
    stands_for = found.definite and bool(found.nouns) and found.nouns[-1].key in lexicon.COREFERENT
    owner = other.text.endswith(("'s", "’s")) and not stands_for
    return not owner and same_name(name.names, other.names) and other.start < found.items[0].start


def _only_speech(clause: Clause) -> bool:
    """Whether the clause only says who speaks."""
    return bool(clause.verbs) and clause.verbs[0].key in _TELLING and not any(map(carries, clause.right))


def check_nouns(match: Match, lines: Sequence[SourceLine]) -> Iterator[str]:
    """A common noun that the claim speaks of is not one that the passage speaks of only elsewhere."""
    claim, found, line = match.claim, match.found, match.line
    if claim.subject or not claim.nouns or claim.nouns[-1].key in _OFFICES:
        return
    head = claim.nouns[-1]
    same_verb = bool(claim.verbs and found.verbs) and claim.verbs[0].key == found.verbs[0].key != "be"
    behind = any(
        item.key == head.key and not _LOOSE & {b.word for b in found.right[max(0, n - 2) : n]}
        for n, item in enumerate(found.right)
    )
    if same_verb and behind and claim.passive == found.passive and found.nouns and any(map(carries, claim.right)):
        if not Meanings().add([*found.left, *found.nouns, *found.subject]).has(head):
            yield f"{{cited}} does not say this of “{head.text}”"
        return
    alike = (
        same_verb and claim.passive == found.passive and found.nouns and not Meanings().add(found.items).has(head)
    )
    if alike and any(noun.key == head.key for other, _ in line.clauses for noun in other.nouns):
        yield f"{{cited}} does not say this of “{head.text}”"
        return
    earlier = [other for other in lines if other.order < line.order]
    if claim.definite and found.subject and any(head.key in other.words.stems for other in earlier):
        return  # `the ferry` may be what goes by its name here
    near = [other for other in earlier if other.order == line.order - 1 and found.weak]
    if line.words.has(head) or any(other.words.has(head) for other in near):
        return
    if any(item.kind == "word" and carries(item) and item.key in line.words.stems for item in claim.left):
        return
    shared = any(sign_conflict(verb, found.items) is not None for verb in claim.verbs)
    told = found.subject or found.weak or (shared and claim.passive == found.passive)
    if told and any(head.key in other.words.stems for other in lines):
        yield f"{{cited}} does not say this of “{head.text}”"


def _find_places(items: Sequence[Item]) -> dict[int, str]:
    """The word before each name, by the name's identity."""
    return {id(item): before.word for before, item in pairwise(items) if item.kind == "name"}


def check_places(match: Match, claim: Parsed, lines: Sequence[SourceLine]) -> Iterator[str]:
    """The other names of a clause stand in the passage's clause or before it, and none stands in their place."""
    line, items = match.line, match.claim.items
    mine, theirs = _find_places(claim.items), _find_places(line.parsed.items)
    told = find_names(match.found.items)
    others = [other for other in told if not has_name(other, find_names(claim.items))]
    for place, name in enumerate(items):
        if name.kind != "name" or is_among(name, match.claim.subject) or _adjective(items, place):
            continue
        if has_name(name, [*told, *match.found.subject, *match.found.weak]):
            continue
        here = mine.get(id(name), "")
        alike = _AT if here in _AT else {here}
        rivals = [other for other in others if theirs.get(id(other)) in alike]
        if rivals and match.score > SURE:
            yield f"{{cited}} names {rivals[0].text} here, not {name.text}"
        elif not has_name(name, line.names) and not has_name(name, line.earlier):
            row = items[max(0, place - 4) : place + 4]
            near = [item for item in row if item.kind == "word" and carries(item)]
            exact = [item for item in row if item.kind in ("number", "date")]
            own = [x for x in lines if has_name(name, x.names) and all(holds(item, x) for item in exact)]
            if max((sum(holds(item, other) for item in near) for other in own), default=0.0) <= 0.5 * len(near):
                yield f"{{cited}} names {name.text} elsewhere, not in this connection"


def _adjective(items: Sequence[Item], place: int) -> bool:
    """Whether the name there is a nation's adjective before a noun."""
    name, after = items[place], items[place + 1 : place + 2]
    nation = name.names <= NATIONALITIES and name.word not in NATIONALITIES
    return nation and bool(after) and after[0].kind == "word" and carries(after[0])


def check_exchange(match: Match) -> Iterator[str]:
    """Two names do not stand behind each other's preposition."""
    mine, theirs = _find_places(match.claim.items), _find_places(match.found.items)
    pairs = [
        (name, mine[id(name)], theirs[id(other)])
        for name in find_names(match.claim.items)
        for other in find_names(match.found.items)
        if same_name(name.names, other.names) and id(name) in mine and id(other) in theirs
    ]
    crossed = {(here, there) for _, here, there in pairs if here != there}
    for name, here, there in pairs:
        if here != there and (there, here) in crossed:
            yield f"{{cited}} has {name.text} in another place"
            return


def _tells(item: Item) -> bool:
    """Whether the item is more than a speaker and a verb of speech."""
    titled = item.word in lexicon.TITLES or item.key in SPEECH
    return item.kind in ("number", "date") or (item.kind == "word" and not titled)


def check_speakers(claim: Parsed, matches: Sequence[Match], lines: Sequence[SourceLine]) -> Iterator[str]:
    """Whoever is quoted in the claim is quoted with this in the passage."""
    told = [match for match in matches if any(map(_tells, match.claim.content()))]
    if not told:
        return
    for match in told:
        spoke, speaks = match.claim.speaker, match.found.speaker
        if spoke and speaks and not has_name(spoke[-1], speaks):
            yield f"{{cited}} quotes {speaks[-1].text} with this, not {spoke[-1].text}"
            return
    line = max(told, key=lambda match: match.score * len(match.claim.content())).line
    near = [name for other in lines if abs(other.order - line.order) == 1 for name in other.names]
    about = [name for match in told if match.line is line for name in match.found.subject]
    for name in find_speakers(claim):
        if has_name(name, about):
            continue
        if line.speakers and not has_name(name, line.speakers):
            yield f"{{cited}} quotes {line.speakers[0].text} with this, not {name.text}"
        elif not line.speakers and not has_name(name, [*line.names, *near]):
            yield f"{{cited}} does not quote {name.text} with this"
