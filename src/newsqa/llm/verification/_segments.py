"""Where one clause of a sentence ends and the next begins, and whom each is said of."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from newsqa.llm.verification import _lexicon as lexicon
from newsqa.llm.verification._items import Clause, Item, carries, find_names
from newsqa.llm.verification._lexicon import SPEECH

_MARKS = frozenset(',;:()—–"“”«»')
_RELATIVE = frozenset("who which whose where whom that".split())
_BREAKS = frozenset("so but while whereas because although though unless if".split()) | _RELATIVE
_TIMES = frozenset("after before since until when as".split())
_PRONOUNS = frozenset("it he she they this its his her their".split())
_PLACING = frozenset(
    "in at near on from to under with by against after before since for as into over between among within about "
    "of".split()
)
_NO_GERUND = frozenset("according including during following regarding concerning".split())
_DEFINITE = frozenset("the its his her their this that".split())
_BARE = _DEFINITE | frozenset("a an mr mrs ms dr".split())


def cut_segments(items: Sequence[Item], verbs: Sequence[bool]) -> Iterator[tuple[str, int, int]]:
    """Cut at punctuation, conjunctions, relative pronouns and behind verbs of speech: (opener, start, end)."""
    ahead = [0] * (len(items) + 1)  # finite verbs from here to the next mark
    for place in range(len(items) - 1, -1, -1):
        finite = verbs[place] and not (place and items[place - 1].word == "to")
        ahead[place] = 0 if items[place].text in _MARKS else ahead[place + 1] + finite
    start, opener, spoke = 0, "", False
    for place, item in enumerate(items):
        word, cut, behind = item.word, item.text in _MARKS, items[place + 1 : place + 2]
        if item.kind == "word":
            clause = any(verbs[place + 1 : place + 6]) and behind[0].kind not in ("number", "date")
            if word in _TIMES and clause and place > start:
                yield opener, start, place
                start, opener, spoke = place, word, False
                continue
            soon = any(verbs[place + 1 : place + 5]) or any(other.text.endswith("ing") for other in behind)
            told = word == "that" and place > start and verbs[place - 1] and items[place - 1].key in SPEECH
            cut = told or (word in _BREAKS and ahead[place] > 0) or (word in ("and", "or") and soon)
        if cut:
            if place > start:
                yield opener, start, place
            start, opener, spoke = place + 1, word, False
        elif spoke and place > start and ahead[place] > 0:
            yield opener, start, place
            start, opener, spoke = place, "say", False
        passive = place > 0 and items[place - 1].key == "be"
        spoke = verbs[place] and item.key in SPEECH and not cut and not passive
    if start < len(items):
        yield opener, start, len(items)


def _find_subject_names(items: Sequence[Item]) -> tuple[list[Item], list[Item]]:
    """Names that a verb behind these items is said of, not attributes or places; and apart, their owners."""
    found: list[Item] = []
    owners: list[Item] = []
    for place, item in enumerate(items):
        if item.kind == "word" and item.text.endswith("ing") and place and carries(items[place - 1]):
            break
        if item.kind != "name":
            continue
        after = items[place + 1] if place + 1 < len(items) else None
        if item.text.endswith(("'s", "’s")):
            owners.append(item)
        elif after is None or after.kind != "word" or not carries(after):
            back = place - 1
            while back >= 0 and items[back].word in _BARE:
                back -= 1
            if back < 0 or items[back].word not in _PLACING:
                found.append(item)
            elif items[back].text == "of":
                owners.append(item)
    return found, owners


def _find_nouns(items: Sequence[Item]) -> list[Item]:
    """The common nouns of a subject, up to the first preposition or participle behind one."""
    found: list[Item] = []
    for item in items:
        if found and (item.word in _PLACING or (item.kind == "word" and item.text.endswith("ing"))):
            break
        if item.kind == "word" and (carries(item) or item.key == "person") and item.word not in _TIMES:
            found.append(item)
    return found


class Builder:
    """Makes clauses of segments; what has no verb joins the clause before and may be the subject of the next."""

    def __init__(self, items: list[Item], verbs: list[bool], before: list[Item]) -> None:
        self.clauses: list[Clause] = []
        self._items, self._verbs, self._before = items, verbs, before
        self._head: list[Item] = []  # what a relative clause hangs on, for the verb behind it
        self._last: list[Item] = []  # the last item with a meaning
        self._forget()

    def _forget(self) -> None:
        self._loose: list[Item] = []
        self._pending: list[Item] = []
        self._owners: list[Item] = []
        self._nouns: list[Item] = []

    def add(self, opener: str, start: int, end: int) -> None:
        """Take the next segment."""
        part = self._items[start:end]
        first = next((place for place in range(start, end) if self._verbs[place]), None)
        if first is None:
            gerund = start + (len(part) > 1 and part[0].word in _TIMES)
            word = self._items[gerund].word if self._items[gerund].kind == "word" else ""
            first = gerund if word.endswith("ing") and word not in _NO_GERUND else None
        if first is None:
            self._add_loose(opener, part)
        else:
            self._add_clause(opener, part, first - start, self._verbs[start:end])
        self._last = [item for item in part if carries(item)][-1:] or self._last

    def _add_loose(self, opener: str, part: list[Item]) -> None:
        direct, owning = _find_subject_names(part)
        self._loose += part
        self._pending += direct
        self._owners += owning
        self._nouns += _find_nouns(part)
        if self.clauses:
            self.clauses[-1].items += part
            self.clauses[-1].right += part
        else:
            self.clauses.append(Clause(opener, list(part), right=list(part)))

    def _add_clause(self, opener: str, part: list[Item], first: int, verbs: list[bool]) -> None:
        clause = Clause(opener, list(part), part[:first], part[first + 1 :])
        if self.clauses and not self.clauses[-1].verbs:  # what stood before the first verb opens this clause
            clause.items = self.clauses.pop().items + clause.items
            self._loose = []
        previous = self.clauses[-1] if self.clauses else None
        told = [
            item for item, verb in zip(part, verbs, strict=True) if verb and item.word not in lexicon.AUXILIARIES
        ]
        clause.verbs = told or [part[first]]
        clause.objects = _find_subject_names(clause.right)[0]
        inverted = first == 0 and part[0].key in SPEECH and not self._pending
        self._find_subject(clause, previous, clause.objects if inverted else [])
        self._head = (self._pending or find_names(self._last)) if opener in _RELATIVE else []
        clause.definite = clause.left[0].word == "the" if clause.left else bool(previous and previous.definite)
        if (
            previous is not None
            and opener in ("say", "that")
            and previous.verbs
            and previous.verbs[-1].key in SPEECH
        ):
            clause.speaker = previous.subject
        self.clauses.append(clause)
        self._forget()

    def _find_subject(self, clause: Clause, previous: Clause | None, inverted: list[Item]) -> None:
        """Say whom the clause is about: names before its verb, else what the sentence so far offers."""
        timed = bool(clause.left) and clause.left[0].word in _TIMES
        direct, owning = _find_subject_names(clause.left[timed:])
        clause.subject = direct or ([] if self._pending else owning)
        self._pending = self._pending or ([] if direct else self._owners)
        clause.nouns = _find_nouns(clause.left) if clause.opener not in ("who", "whom") else []
        pronoun = any(item.word in _PRONOUNS for item in clause.left)
        if not clause.subject and not clause.nouns and not pronoun:
            self._inherit_subject(clause, previous, inverted)
        elif not clause.subject and pronoun:
            clause.weak = [*(previous.subject + previous.weak if previous else []), *self._pending, *self._before]
        elif not clause.subject:
            clause.weak = [*(previous.subject if previous and clause.opener == "say" else []), *self._pending]
            coreferent = bool(clause.nouns) and clause.nouns[-1].key in lexicon.COREFERENT
            if clause.left[0].word in _DEFINITE and coreferent:
                clause.weak += self._before
        elif clause.opener not in _RELATIVE:
            clause.subject += self._pending

    def _inherit_subject(self, clause: Clause, previous: Clause | None, inverted: list[Item]) -> None:
        """The subject of a verb that has none before it."""
        if inverted:
            clause.subject = inverted
        elif clause.opener in _RELATIVE and self._last:
            clause.subject = find_names(self._last) + self._pending
            clause.nouns = [item for item in self._last if item.kind == "word"]
        elif self._head:
            clause.subject = self._head
        elif self._pending or self._nouns:
            clause.subject, clause.nouns = list(self._pending), list(self._nouns)
            clause.items = [*self._loose, *clause.items]
        elif previous is not None:
            clause.subject, clause.nouns = list(previous.subject), list(previous.nouns)
            clause.weak = [*previous.weak, *previous.speaker]
        else:
            clause.weak = list(self._before)
