"""Checks of what is said: denied or not, risen or fallen, more or less, before or after."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from newsqa.llm.verification._evidence import Match, has_name, holds
from newsqa.llm.verification._items import Clause, Item, carries, find_names, is_among, keys
from newsqa.llm.verification._lexicon import CONCEPTS, PAST, SYMMETRIC, stem

_CONVERSE = frozenset(("win", "trade"))  # who wins, another loses: opposite words and swapped names agree
_DEGREES = {"more": 1, "less": -1, "fewer": -1}
_FORESEEING = frozenset("will would may might could should".split())
_ORDER = {stem("before"): 2, stem("after"): -2}


def sign_conflict(claim: Item, found: Sequence[Item]) -> bool | None:
    """Whether the claim's word is only found with the other sign: None where it is not found at all."""
    mine = dict(keys(claim))
    signs = {
        sign != mine[key]
        for item in found
        if item.kind == "word" and carries(item)
        for key, sign in keys(item)
        if key in mine
    }
    return False not in signs if signs else None


def check_signs(match: Match) -> Iterator[str]:
    """What the claim says is not what the passage denies, and the other way round; at most one complaint."""
    claim, found = match.claim, match.found
    denies = any(item.sign < 0 for item in claim.items) == any(item.sign < 0 for item in found.items)
    turned = is_swapped(match)
    if {"no", "than"} <= {item.word for item in claim.items}:
        return  # `no other sold more than` denies nothing
    content = claim.content()
    held = [holds(item, match.line) for item in [*content, *claim.weak]]
    for place, item in enumerate(content):
        if item.kind != "word" or item.key in _ORDER:
            continue
        conflict = sign_conflict(item, found.items)
        if conflict is None and claim.verbs and item is claim.verbs[0]:
            conflict = sign_conflict(item, match.line.parsed.items)
        if conflict is None:
            continue
        direct = item.direct or any(other.direct for other in found.items if other.key == item.key)
        noun = item.key not in CONCEPTS and not is_among(item, claim.verbs)
        if conflict and noun and (denies or not direct):
            continue  # a noun beside the verb need not be under its negation
        if sum(held) - held[place] < 0.5 * (len(held) - 1):
            continue  # the opposite word alone is no connection
        if conflict != (turned and has_converse(item)):
            yield f"{{cited}} says the opposite about “{item.text}”"
            return


def has_converse(item: Item) -> bool:
    """Whether the verb has an opposite that says the same with the names swapped: win and lose, buy and sell."""
    return any(axis in _CONVERSE for axis, _ in CONCEPTS.get(item.key, ()))


def is_swapped(match: Match) -> bool:
    """Whether the claim's subject is on the other side of the verb in the passage, the voice considered."""
    claim, found = match.claim, match.found
    theirs = found.subject or found.weak or find_names(found.left)
    if not claim.subject or not theirs:
        return False
    name = claim.subject[-1]
    if claim.passive == found.passive:
        joined = any(verb.key in SYMMETRIC for verb in claim.verbs)
        behind = [
            item
            for before, item in pairwise([found.items[0], *found.right])
            if item.kind == "name" and not (joined and before.word == "with")
        ]
        return not has_name(name, theirs) and has_name(name, behind)
    active, passive = (found, claim) if claim.passive else (claim, found)
    return has_name(name, theirs) and any(has_name(agent, find_names(active.right)) for agent in passive.agents)


def check_tenses(match: Match) -> Iterator[str]:
    """What the passage only foresees has not happened."""
    claim, found = match.claim, match.found
    if not claim.verbs or _is_foreseen(claim, claim.verbs[0]) or not _is_past(claim, claim.verbs[0]):
        return
    same = [verb for clause, _ in match.line.clauses for verb in clause.verbs if verb.key == claim.verbs[0].key]
    here = [verb for verb in found.verbs if verb.key == claim.verbs[0].key]
    if here and all(
        any(_is_foreseen(clause, verb) for clause, _ in match.line.clauses if is_among(verb, clause.verbs))
        for verb in same
    ):
        yield f"{{cited}} does not say that “{claim.verbs[0].text}” has happened"


def _before(clause: Clause, verb: Item) -> list[str]:
    """The four words before a verb."""
    place = next(place for place, item in enumerate(clause.items) if item is verb)
    return [item.word for item in clause.items[max(0, place - 4) : place]]


def _is_foreseen(clause: Clause, verb: Item) -> bool:
    """Whether the verb is under `will`, `may` or `is to`."""
    before = _before(clause, verb)
    return not _FORESEEING.isdisjoint(before) or any(
        one in ("is", "are") and two == "to" for one, two in pairwise(before)
    )


def _is_past(clause: Clause, verb: Item) -> bool:
    """Whether the verb tells what happened."""
    done = verb.word in PAST or verb.word.endswith("ed")
    return done and not {"to", "is", "are", "be", "being"} & set(_before(clause, verb))


def check_degrees(match: Match) -> Iterator[str]:
    """More is not less, and `before` the same thing is not `after` it."""
    told = [*_more(match.line.parsed.items), *_times(match.line.parsed.items)]
    for sign, item in [*_more(match.claim.items), *_times(match.claim.items)]:
        there = {other_sign for other_sign, other in told if other.key == item.key}
        if there and sign not in there:
            yield f"{{cited}} says the opposite about “{item.text}”"


def _more(items: Sequence[Item]) -> Iterator[tuple[int, Item]]:
    """What is said to be more or less (1 or -1); what follows `than` is the other way round."""
    for place, item in enumerate(items):
        sign = _DEGREES.get(item.word, 0)
        behind = items[place + 1 : place + 8]
        if not sign or (len(behind) > 1 and behind[0].word == "than" and behind[1].kind == "number"):
            continue
        told = next((other for other in behind if other.kind == "word" and carries(other)), None)
        if told is not None:
            yield sign, told
        for than, other in pairwise(behind):
            if than.word == "than" and other.kind == "word":
                yield -sign, other


def _times(items: Sequence[Item]) -> Iterator[tuple[int, Item]]:
    """What something happened before or after (2 or -2)."""
    for place, item in enumerate(items):
        if item.key in _ORDER:
            behind = (other for other in items[place + 1 : place + 5] if other.kind == "word" and carries(other))
            told = next(behind, None)
            if told is not None:
                yield _ORDER[item.key], told
