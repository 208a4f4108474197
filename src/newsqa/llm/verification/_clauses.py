"""A sentence as clauses: what is said, of whom, and whether it is denied. Rules of thumb for English prose."""

from __future__ import annotations

from itertools import pairwise

from newsqa.llm.verification import _lexicon as lexicon
from newsqa.llm.verification._items import Clause, Item, Parsed, carries, is_among
from newsqa.llm.verification._lexicon import CONCEPTS, GROUPS, PHRASES, stem
from newsqa.llm.verification._reading import is_verb, read
from newsqa.llm.verification._segments import Builder, cut_segments
from newsqa.text.particulars import NEGATORS

MAX_CHARACTERS = 1200

_SIDES = {"for": stem("support"), "against": stem("oppose")}
_LEAVE, _DENY = stem("leave"), stem("deny")
_LEFT_AS_IT_WAS = frozenset(map(stem, ("unchanged", "open", "intact")))


def parse_sentence(text: str, known: frozenset[str], before: list[Item] | None = None) -> Parsed:
    """Read one sentence, at most `MAX_CHARACTERS` of it; `before` are names that the one before was about."""
    items = read(text[:MAX_CHARACTERS], known)
    _join_phrases(items)
    words = [item.text for item in items]
    verbs = [item.kind == "word" and is_verb(words, place) for place, item in enumerate(items)]
    builder = Builder(items, verbs, before or [])
    for segment in cut_segments(items, verbs):
        builder.add(*segment)
    done: set[int] = set()
    for number, clause in enumerate(builder.clauses):
        _voice(clause)
        _negate(clause, builder.clauses[number - 1] if number else None, done)
    return Parsed(items, builder.clauses)


def _join_phrases(items: list[Item]) -> None:
    """Give `turned down` the meaning of `reject`, `undamaged` that of `damaged`, denied."""
    for place, item in enumerate(items):
        if item.kind != "word":
            continue
        behind = items[place + 1 : place + 6]
        if behind:
            item.key = PHRASES.get((item.key, behind[0].word), item.key)
        if item.key in lexicon.SIDING:
            side = next((other for other in behind if other.word in _SIDES or other.kind == "mark"), item)
            item.also = _SIDES.get(side.word, "")
        if item.key == _LEAVE and any(other.key in _LEFT_AS_IT_WAS for other in behind):
            item.key = "keep"
        rest = item.word[2:]
        if item.word.startswith("un") and len(rest) > 3 and item.key not in CONCEPTS:
            root = stem(rest)
            if rest.endswith("ed") or root in GROUPS or root in CONCEPTS:
                item.key, item.sign, item.direct = root, -1, True


def _voice(clause: Clause) -> None:
    """Tell the passive: a form of `be` right before a participle; what follows `by` is the agent."""
    row = [item for item in clause.items if item.word not in ("not", "also", "already", "n't")]
    for item, after in pairwise(row):
        participle = after.kind == "word" and (after.text.endswith("ed") or after.word in lexicon.PAST)
        if item.key == "be" and participle and after.word not in lexicon.AUXILIARIES:
            clause.passive = True
    for place, item in enumerate(clause.right if clause.passive else ()):
        if item.word == "by":
            clause.agents = [found for found in clause.right[place + 1 : place + 7] if found.kind == "name"]


def _is_carried(clause: Clause, previous: Clause | None) -> bool:
    """Whether the clause before denies this one: `denied that ...`, `no evidence that ...`."""
    if previous is None or clause.opener not in ("that", "say"):
        return False
    if previous.verbs and previous.verbs[-1].key == _DENY:
        return True
    return clause.opener == "that" and [item.sign for item in previous.content()[-1:]] == [-1]


def _negate_objects(clause: Clause) -> None:
    """Deny the verbs of `received no notice`."""
    flip = 1
    verbs = {id(verb) for verb in clause.verbs}
    for item in reversed(clause.items):
        if item.word == "no":
            flip = -flip
        elif id(item) in verbs and item.word not in lexicon.AUXILIARIES:
            item.sign *= flip


def _negate(clause: Clause, previous: Clause | None, done: set[int]) -> None:
    """Flip the sign of what stands under a negation; `done` are items that an earlier clause has flipped."""
    _negate_objects(clause)
    barred = any(verb.key in lexicon.BARRING_VERBS for verb in clause.verbs)
    flip, short, direct = (-1 if _is_carried(clause, previous) else 1), 0, 0
    for place, item in enumerate(clause.items):
        behind = clause.items[place + 1 : place + 2]
        if item.word in NEGATORS or item.word.endswith(("n't", "n’t")):
            flip, short = -1, (2 if item.word == "without" else 0)
            direct = 2 if item.word in ("no", "without") else int(item.word == "not")
        elif item.word == "yet" and behind and behind[0].word == "to":
            flip = -1
        elif item.word == "from" and barred and behind and behind[0].word.endswith("ing"):
            flip = -flip
        elif item.kind == "word" and carries(item):
            item.sign *= flip if id(item) not in done else 1
            done.add(id(item))
            item.direct = item.direct or direct > 0
            direct -= 1
            if short:
                short -= 1
                flip = flip if short else 1
            if clause.passive and item.key in lexicon.CANCELLING_VERBS:
                for other in clause.items[:place]:
                    other.sign *= -1 if other.key in CONCEPTS else 1
            elif item.key in lexicon.NEGATING_VERBS and is_among(item, clause.verbs):
                flip = -flip
