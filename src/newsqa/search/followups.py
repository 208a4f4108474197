"""Follow-up questions made to stand alone, by rule: what is missing is taken from the earlier turns.

"And when did he return?" after "Why did Kim meet Putin?" becomes "When did Kim return?".
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from newsqa.search.questions import names_in
from newsqa.text.citations import strip
from newsqa.text.days import find_days
from newsqa.text.stems import content_words
from newsqa.types import Turn

_LEAD = re.compile(r"^(?:and|but|so|then|ok(?:ay)?|also|well|now)\b[\s,]*(?:then\b\s*)?", re.IGNORECASE)
_ABOUT = re.compile(
    r"^(?:(?:what|how) about|and(?= (?:in|on|at|for|with)? ?\S+\?*$))\s+(.+?)\s*\?*$", re.IGNORECASE
)
_BARE = re.compile(
    r"^(when|where|why|who|how|how long|how many|how much|with whom|by whom|since when|until when"
    r"|what for|why not)\s*(?:exactly|then|was that|is that|did that happen)?\s*\?*$",
    re.IGNORECASE,
)
_BARE_MORE = re.compile(r"^(why|how come)\s+((?:so|that|this|not)\s+[\w-]+)\s*\?*$", re.IGNORECASE)
_WH = re.compile(
    r"^(?:how (?:many \w+|much \w+|long|often|far|old)|when|where|why|who|whom|what|which|how)\b",
    re.IGNORECASE,
)
_HE = re.compile(r"\b(he|she|him|himself|herself)\b", re.IGNORECASE)
_HIS = re.compile(r"\b(his|hers)\b", re.IGNORECASE)
_HER = re.compile(r"\bher\b(?=\s+\w)", re.IGNORECASE)
_THEY = re.compile(r"\b(they|them|the two(?: of them| men| leaders| sides)?|both of them)\b", re.IGNORECASE)
_THEIR = re.compile(r"\btheir\b", re.IGNORECASE)
_THERE = re.compile(
    r"\b(?<!is )(?<!are )(?<!was )(?<!were )(there|in that (?:city|country|place))\b", re.IGNORECASE
)
_THERE_TO = re.compile(
    r"\b(get|gets|got|go|goes|went|come|came|travel\w*|fly|flew|return\w*) there\b", re.IGNORECASE
)
_GROUP = re.compile(
    r"\b(?:how many|what|which|the|these|those|all|do|did|are|were|have|will|must|can) "
    r"((?:[\w-]+ ){0,2}?(?:[a-z]{2,}[^su\W]s|men|women|people|children))\b(?! of\b)",
    re.IGNORECASE,
)
_WHICH = re.compile(
    r"^(?:which|what)\s+((?!is|was|are|were|did|does|do|has|had|will|happened|caused)[a-z-]+)\s+(.+?)\s*\?*$",
    re.IGNORECASE,
)
_SUBJECT = re.compile(
    r"\b(?:did|does|do|has|have|had|was|were|is|are|will|would|can|could)\s+((?:the\s+)?[^\W\d_a-z][\w’'-]*"
    r"(?:\s+(?:[^\W\d_a-z][\w’'-]*|\d+))*)(?!.*\b(?:meet|met|visit|talk|speak|see)\b)"
)
_PASSIVE = re.compile(
    r"\b(?:was|is|has)\s+(the\s+(?:[\w’'-]+\s+){0,2}?[\w’'-]+)\s+(?:[\w-]+ed|built|held|made|sold|shut|taken|won|lost)\b",
    re.IGNORECASE,
)
_AUXILIARY = re.compile(
    r"^(?:did|does|do|has|have|had|was|were|is|are|will|would|can|could|must|should|may)\b", re.IGNORECASE
)
_IT = re.compile(
    r"\bit\b(?! true)|\b(?:this|that)\b"
    r"(?=\s*\?*$|\s+(?:is|was|did|does|has|had|will|happen|take|start|end|begin|cost|mean|last)\b)",
    re.IGNORECASE,
)
_ITS = re.compile(r"\bits\b", re.IGNORECASE)
_PLACE = re.compile(r"\b(?:in|at|near|to|from|of)\s+((?:the\s+)?[^\W\d_a-z][\w’'-]*(?:\s+[^\W\d_a-z][\w’'-]*)*)")
_THING = re.compile(
    r"\b(?:the|an?|this|that|last|first)\s+((?:[\w’'-]+\s+){0,3}?(?:summit|talks|meeting|fire|crash|attacks?|shooting|"
    r"bombings?|election|vote|image|picture|photos?|hole|landing|mission|probe|rescue|strikes?|protests?|exercises?|"
    r"sanctions|resolution|visit|deal|extension|agreement|train|forum|coup|uprising|storm|cyclone|cave|plane|jet|"
    r"cathedral|spire|workers|forum|invitation|law|report|trial|arrest|programme|program|referendum)"
    r"(?: of (?:the )?(?!an?\b)[\w’'-]+(?: [a-z-]+(?=\s*\?*$))?)?)\b(?![\w])",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class _Topic:
    """What the conversation is about: the people, places and things of the last turns, nearest first."""

    people: tuple[str, ...]
    places: tuple[str, ...]
    things: tuple[str, ...]
    groups: tuple[str, ...]
    it: str


def standalone(question: str, history: Sequence[Turn]) -> str:
    """The question with what it leaves out filled in from `history`, oldest turn first."""
    resolved: list[Turn] = []
    for turn in history:
        resolved.append(Turn(_resolve(turn.question, resolved), turn.answer))
    return _resolve(question, resolved)


def _resolve(question: str, history: Sequence[Turn]) -> str:
    text = " ".join(question.split())
    if not history:
        return text
    last = history[-1].question
    bare = _LEAD.sub("", text)
    if match := _BARE.match(bare):
        return _capital(f"{match.group(1)} {_told(history)}".strip() + "?")
    if match := _BARE_MORE.match(bare):
        return _capital(f"{match.group(1)} {_told(history)} {match.group(2)}?")
    if match := _ABOUT.match(bare) or (_ABOUT.match(text) if len(text.split()) <= 6 else None):
        return _swap(last, match.group(1))
    topic = _topic(history)
    filled = _fill(bare, topic)
    if filled == bare and not _stands(filled, history):
        filled = _append(filled, topic)
    return _capital(filled) if filled != text else text


def _fill(text: str, topic: _Topic) -> str:
    """Put names in the place of pronouns."""
    person = topic.people[0] if topic.people else (topic.things[0] if topic.things else "")
    if person:
        text = _HIS.sub(_possessive(person), _HE.sub(person, text))
        text = _HER.sub(_possessive(person), text)
        text = re.sub(r"\bher\b", person, text, flags=re.IGNORECASE)
    named = (*topic.groups[:1], " and ".join(topic.people[:2]), *topic.things[:1])
    both = next(filter(None, named), "")
    if both:
        text = _THEIR.sub(_possessive(both), _THEY.sub(both, text))
    if topic.places or topic.things:
        place = f"in {topic.places[0]}" if topic.places else f"at {topic.things[0]}"
        if topic.places:
            text = _THERE_TO.sub(rf"\1 to {topic.places[0]}", text)
        text = _THERE.sub(place, text)
    thing = topic.it or (*topic.things, *topic.places, *topic.people, "")[0]
    if thing:
        text = _IT.sub(thing, _ITS.sub(_possessive(thing), text))
    return text


def _possessive(name: str) -> str:
    return f"{name}'" if name.endswith("s") else f"{name}'s"


def _topic(history: Sequence[Turn]) -> _Topic:
    """Collect the names of the last turns: of the nearest question first, then of its answer."""
    people: list[str] = []
    places: list[str] = []
    things: list[str] = []
    for turn in reversed(history[-3:]):
        answer = strip(turn.answer)
        for text in (_cased(turn.question, answer), answer):
            found = (place.removeprefix("the ") for place in _PLACE.findall(text))
            places += [place for place in found if not _is_day(place)]
            named = (name for name in names_in(text) if not _is_day(name))
            people += [name for name in named if name not in people and name not in places]
            things += ["the " + " ".join(match.split()) for match in _THING.findall(text)]
            if people and (places or things) and text is not answer:
                break
    last = _cased(history[-1].question, strip(history[-1].answer))
    asked = (_cased(turn.question, strip(turn.answer)) for turn in reversed(history[-3:]))
    subject = next((found for found in map(_subject, asked) if found and not _several(found)), "")
    groups = [f"the {match.removeprefix('the ')}" for match in _GROUP.findall(last)]
    return _Topic(tuple(people), tuple(places), tuple(things), tuple(groups), subject)


def _is_day(name: str) -> bool:
    return any(days.start == 0 for days in find_days(name, date.today()))


def _subject(question: str) -> str:
    """What "it" stands for after a question: its thing, "the NOUN that ...", or its subject."""
    if match := _WHICH.match(question):
        return f"the {match.group(1)} that {match.group(2)}"
    if match := _THING.search(question):
        return "the " + " ".join(match.group(1).split())
    match = _PASSIVE.search(question) or _SUBJECT.search(question)
    return match.group(1) if match else ""


def _cased(question: str, answer: str) -> str:
    """The question with the capitals that its words have in the answer."""
    cased = {name.lower(): name for name in re.findall(r"[^\W\d_a-z][\w’'-]+", answer) if content_words(name)}
    common = set(re.findall(r"\b[a-z][\w’'-]+", answer))
    return re.sub(
        r"\b[a-z][\w’'-]+",
        lambda match: cased.get(match.group(), match.group()) if match.group() not in common else match.group(),
        question,
    )


def _told(history: Sequence[Turn]) -> str:
    """What a bare "why?" asks about: the last question with an auxiliary verb, without its question word."""
    clauses = [_clause(turn.question) for turn in reversed(history)]
    return next((clause for clause in clauses if _AUXILIARY.match(clause)), clauses[0])


def _several(subject: str) -> bool:
    """Whether a subject is a plural that "it" cannot stand for."""
    return bool(re.search(r"[a-z]{3,}(?<![su])s$", subject))


def _clause(question: str) -> str:
    """A question without its question word: "why did Kim meet Putin?" gives "did Kim meet Putin"."""
    return _WH.sub("", question.rstrip(" ?")).strip()


def _swap(last: str, subject: str) -> str:
    """The last question asked of another subject ("what about Trump?")."""
    names = names_in(last)
    subject = subject.rstrip(" ?")
    if match := re.match(r"^(in|on|at|for|with|from|to)\s+(.+)$", subject, re.IGNORECASE):
        tail = re.compile(rf"\b{match.group(1)}\s+[^\W\d_a-z][\w’'-]*(?:\s+[^\W\d_a-z][\w’'-]*)*", re.IGNORECASE)
        if tail.search(last):
            return tail.sub(subject, last, count=1)
        return f"{last.rstrip(' ?')} {subject}?"
    if names:
        return last.replace(names[-1], subject, 1)
    return f"{last.rstrip(' ?')}, {subject}?"


def _stands(text: str, history: Sequence[Turn]) -> bool:
    """Whether a question without pronouns says enough by itself: a name, or three content words."""
    known = {name.lower() for turn in history for name in names_in(f"{turn.question} {strip(turn.answer)}")}
    named = bool(names_in(text)) or any(word in known for word in text.lower().rstrip("?").split())
    return named or len(content_words(text)) >= 4


def _append(text: str, topic: _Topic) -> str:
    """Say where or of whom, when the question says neither."""
    end = "?" if text.endswith("?") else ""
    core = text.rstrip(" ?")
    if topic.things:
        return f"{core} in {topic.things[0]}{end}"
    if topic.places:
        return f"{core} in {topic.places[0]}{end}"
    if topic.people:
        return f"{core}, {' and '.join(topic.people[:2])}{end}"
    return text


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
