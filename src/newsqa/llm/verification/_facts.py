"""Checks of what can be told exactly: quoted words, numbers, dates, names and the titles beside them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from newsqa.llm.verification import _lexicon as lexicon
from newsqa.llm.verification._evidence import (
    OPPOSITE,
    Meanings,
    Source,
    SourceLine,
    has_name,
    holds,
    list_lines,
    same_name,
    same_number,
)
from newsqa.llm.verification._items import Item, Parsed, carries, find_names, find_quoted, is_among, plain
from newsqa.llm.verification._lexicon import NATIONALITIES, stem

MARGIN = 1.0
"""By how much another number of the passage must fit the claim's words better to be the one meant."""
MAX_NUMBERS = 40

_HEDGES = frozenset("about around nearly almost roughly approximately some over than least most".split())
_CUTS = frozenset((",", ";", "and", "or", "but", "while", "compared", "(", ")"))
_OWING = {("due", "to"), ("owing", "to"), ("thanks", "to"), ("caused", "by")}
_AGES = frozenset(map(stem, ("year", "old", "aged", "age")))
_TITLES = frozenset(map(stem, lexicon.TITLES))

Context = tuple[list[Item], list[Item], str]


def check_quotes(text: str, sources: Sequence[Source]) -> Iterator[str]:
    """Words in quotation marks stand in the passages as they are."""
    for words in find_quoted(text):
        told = plain(words)
        if told and not any(told in source.text for source in sources):
            yield f"the words “{words}” are not in {{cited}}"


def check_presence(claim: Parsed, sources: Sequence[Source]) -> Iterator[str]:
    """Every number, date and name of the claim stands somewhere in the passages."""
    names = [name for source in sources for name in source.names]
    items = [(item, line.published) for line in list_lines(sources) for item in line.parsed.items]
    numbers = [item for item, _ in items if item.kind == "number"]
    days = [(item.day, published) for item, published in items if item.day is not None]
    for place, item in enumerate(claim.items):
        if item.kind == "number":
            hedged = any(before.word in _HEDGES for before in claim.items[max(0, place - 3) : place])
            if not any(same_number(item, other, hedged) for other in numbers):
                yield f"the number {item.text} is not in {{cited}}"
        elif item.kind == "name" and not has_name(item, names):
            yield f"the name {item.text} is not in {{cited}}"
        elif item.day is not None and not any(item.day.agrees(day, published) for day, published in days):
            yield f"the date {item.text} is not in {{cited}}"


def check_causes(claim: Parsed, lines: Sequence[SourceLine]) -> Iterator[str]:
    """A reason that is given (`because of dragons`) has at least one word of its own in the passages."""
    for place, item in enumerate(claim.items):
        pair = item.word, claim.items[place + 1].word if place + 1 < len(claim.items) else ""
        if item.word == "because" or pair in _OWING:
            reason: list[Item] = []
            for other in claim.items[place + 1 : place + 9]:
                if other.kind == "mark":
                    break
                reason += [other] if carries(other) else []
            if reason and not any(holds(other, line, opposite=0.0) for other in reason for line in lines):
                yield f"the reason “{' '.join(other.text for other in reason)}” is not in {{cited}}"


def _context(items: Sequence[Item], place: int) -> Context:
    """The words behind a number and before it, up to the next number or conjunction, and its preposition."""
    after: list[Item] = []
    before: list[Item] = []
    pair = place > 1 and items[place - 1].word == "and" and items[place - 2].kind == "number"
    for item in items[place + 1 : place + 9]:
        if item.word in _CUTS or item.kind == "number":
            break
        after += [item] if carries(item) and item.key not in _AGES else []
    behind_comma = place > 0 and items[place - 1].text == ","  # `Oliver Daem, 18`
    for item in reversed(items[max(0, place - 8) : place - behind_comma]):
        if (item.word in _CUTS and not pair) or (item.kind == "number" and before):
            break
        before += [item] if carries(item) and item.kind != "number" and item.key not in _AGES else []
    word = items[place - 1].word if place else ""
    return after, before, word if word in ("from", "to", "by") else ""


def _near(one: Sequence[Item], other: Sequence[Item]) -> float:
    """How many words two short rows share, related ones counting less and opposites against."""
    words, names = Meanings().add(other), find_names(list(other))
    days = [item.day for item in other if item.day]
    score = 0.0
    for item in one:
        if item.day:
            score += any(item.day.agrees(day, None) for day in days)
        else:
            score += has_name(item, names) if item.kind == "name" else words.has(item, -OPPOSITE)
    return score


def check_numbers(claim: Parsed, sources: Sequence[Source]) -> Iterator[str]:
    """A number stands with what it stands with in the passage, not with what another number counts there."""
    found = [
        (line, item, _context(line.parsed.items, place), _clause_of(item, line))
        for line in list_lines(sources)
        for place, item in enumerate(line.parsed.items)
        if item.kind == "number"
    ]
    mine = [place for place, item in enumerate(claim.items) if item.kind == "number"]
    if len(mine) > MAX_NUMBERS:
        yield "it has too many numbers to check"
        return
    for place in mine:
        item = claim.items[place]
        after, before, word = _context(claim.items, place)
        clause = next((clause for clause in claim.clauses if is_among(item, clause.items)), None)
        lead = clause.verbs[:1] if clause and is_among(item, clause.left) else []
        around = [*after, *before, *(clause.subject if clause else [])]
        own, rival, rival_text = -1.0, -1.0, ""
        for line, other, (after_there, before_there, word_there), part in found:
            equal = same_number(item, other, True)
            if item.unit == other.unit or equal:
                score = _near([*after, *before], [*after_there, *before_there]) + _near(after[:2], after_there[:2])
                score += sum(1.5 * line.clauses[part][1].has(verb, 0.0) for verb in lead if part is not None)
                score += 0.5 * (not after_there) + (1.2 if word == word_there else 0.0)
                score += sum(0.7 * holds(x, line, part) + 0.3 * holds(x, line) for x in around)
                if equal:
                    own = max(own, score)
                elif score > rival:
                    rival, rival_text = score, other.text
        if own >= 0 and rival > own + MARGIN:
            yield f"{{cited}} has {rival_text} where the answer has {item.text}"


def _clause_of(item: Item, line: SourceLine) -> int | None:
    return next((place for place, (clause, _) in enumerate(line.clauses) if is_among(item, clause.items)), None)


def check_dates(claim: Parsed, lines: Sequence[SourceLine]) -> Iterator[str]:
    """A date stands with words and numbers that it stands with in the passage."""
    for clause in claim.clauses:
        words = [item for item in clause.content() if item.kind in ("word", "name")]
        if len(words) < 3:
            words = [item for item in claim.items if item.kind in ("word", "name") and carries(item)]
        counted = [item for item in clause.items if item.kind == "number"][:MAX_NUMBERS]
        for item in [item for item in clause.items if item.day][:MAX_NUMBERS]:
            held = [line for line in lines if holds(item, line)]
            if (
                held
                and words
                and max(sum(holds(word, line) for word in words) for line in held) < 0.34 * len(words)
            ):
                yield f"{{cited}} has {item.text} in another connection"
            for number in counted:
                told = [line for line in lines if holds(number, line)]
                if told and all(_other_day(item, line) for line in told):
                    yield f"{{cited}} does not have {number.text} and {item.text} together"


def _other_day(item: Item, line: SourceLine) -> bool:
    """Whether a sentence has dates, and none of them is this one."""
    days = [other.day for other in line.parsed.items if other.day]
    return bool(days) and item.day is not None and not any(item.day.agrees(day, line.published) for day in days)


def check_titles(claim: Parsed, sources: Sequence[Source]) -> Iterator[str]:
    """An office, trade or nation right beside a name belongs to that name in the passages."""
    lines = list_lines(sources)
    for name, title in _pair_titles(claim.items):
        near: list[bool] = []
        for line in lines:
            row = line.parsed.items
            for at, other in enumerate(row):
                if other.kind == "word" and other.key == title.key:
                    the = at > 0 and row[at - 1].word == "the"
                    around = [*line.names, *line.earlier] if the else find_names(row[max(0, at - 6) : at + 7])
                    near += [has_name(name, around)] if around else []
        if near and not any(near):
            yield f"{{cited}} does not call {name.text} {title.text}"
    told = [pair for line in lines for pair in _pair_nations(line.parsed.items)]
    for nation, name in _pair_nations(claim.items):
        there = [other for other, named in told if same_name(name.names, named.names)]
        if there and not has_name(nation, there):
            yield f"{{cited}} has {there[0].text} {name.text}, not {nation.text}"


def _pair_nations(items: Sequence[Item]) -> Iterator[tuple[Item, Item]]:
    """`Kenya's Daniel Kiprop`: the nation and the name."""
    for nation, name in pairwise(items):
        if nation.kind == name.kind == "name" and nation.names <= NATIONALITIES:
            yield nation, name


def _pair_titles(items: Sequence[Item]) -> Iterator[tuple[Item, Item]]:
    """Names with the noun before them, or with the titles of the apposition behind them."""
    for place, item in enumerate(items):
        if item.kind != "name":
            continue
        before = items[place - 1] if place else item
        verbal = before.key in lexicon.SPEECH or before.word in lexicon.PAST or before.word.endswith(("ed", "ing"))
        if before.kind == "word" and carries(before) and not verbal:
            yield item, before
        if [after.text for after in items[place + 1 : place + 2]] == [","]:
            for after in items[place + 2 : place + 8]:
                if after.kind == "mark" or after.word in lexicon.AUXILIARIES or after.word in ("who", "which"):
                    break
                if after.kind == "word" and after.key in _TITLES:
                    yield item, after
