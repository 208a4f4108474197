"""Questions that a text seems to answer and does not, made from ones that it answers. Pure functions of words.

People who write such questions name somebody else, give another year or figure, turn a word into its opposite,
deny, or add a condition of which the text says nothing. So does this.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence

NAME = re.compile(
    r"(?:[A-Z][\w'-]+)(?: (?:of|the|de) (?=[A-Z])| (?=[A-Z]))?(?:[A-Z][\w'-]+)*|\b\d[\d,.]*\d\b|\b\d\b"
)
_YEAR = re.compile(r"\b1[5-9]\d\d\b|\b20\d\d\b")
_FIGURE = re.compile(r"\b\d[\d,]*(?:\.\d+)?\b")
_VERB = re.compile(r"\b(was|were|is|are|has|have|had|can|could|will|would|should)\b", re.IGNORECASE)
_CONDITION = re.compile(
    r" (?:in|during|after|before|since|until|according to|at|by) (?:the )?[A-Z0-9][\w' -]{2,40}$"
)
_OPPOSITES = """
first/last before/after more/less most/least highest/lowest largest/smallest biggest/smallest oldest/youngest
longest/shortest best/worst early/late earlier/later increase/decrease increased/decreased rise/fall rose/fell
win/lose won/lost start/end started/ended begin/end began/ended open/close opened/closed north/south
northern/southern east/west eastern/western male/female men/women man/woman husband/wife son/daughter
father/mother brother/sister allowed/forbidden accept/reject accepted/rejected supported/opposed support/oppose
arrived/left born/buried bought/sold buy/sell gained/lost high/low large/small major/minor old/new older/newer
public/private rich/poor legal/illegal possible/impossible success/failure successful/unsuccessful common/rare
strong/weak above/below inside/outside domestic/foreign positive/negative always/never all/none import/export
hired/fired same/different
"""
OPPOSITES = {
    word: other for pair in _OPPOSITES.split() for word, other in (pair.split("/"), reversed(pair.split("/")))
}


def another_name(question: str, text: str, answers: Sequence[str], chooser: random.Random) -> str | None:
    """A name or figure of the question replaced by another one of the text that is not the answer."""
    names = [match for match in NAME.finditer(question) if match.start() > 0]
    if not names:
        return None
    old = chooser.choice(names)
    said = f"{question} {' '.join(answers)}".lower()
    others = [
        match.group()
        for match in NAME.finditer(text)
        if match.group()[0].isdigit() == old.group()[0].isdigit()
        and match.start() > 0
        and text[match.start() - 2 : match.start()] not in (". ", "\n\n")
        and match.group().lower() not in said
        and not set(match.group().lower().split()) & set(old.group().lower().split())
    ]
    return _put(question, old, chooser.choice(others)) if others else None


def another_figure(question: str, text: str, answers: Sequence[str], chooser: random.Random) -> str | None:  # noqa: ARG001
    """A year moved by a few years, or a figure changed, to one that the text does not have."""
    figures = list(_FIGURE.finditer(question))
    if not figures:
        return None
    old = chooser.choice(figures)
    for _ in range(5):
        if _YEAR.fullmatch(old.group()):
            new = str(int(old.group()) + chooser.choice([-20, -10, -4, -3, -2, -1, 1, 2, 3, 4, 10, 20]))
        else:
            new = re.sub(r"[1-9]", lambda _: str(chooser.randint(1, 9)), old.group())
        if new != old.group() and new not in text:
            return _put(question, old, new)
    return None


def opposite(question: str, text: str, answers: Sequence[str], chooser: random.Random) -> str | None:  # noqa: ARG001
    """A word turned into its opposite, which the text does not have."""
    words = [match for match in re.finditer(r"(?<![\w-])[a-z]+(?![\w-])", question) if match.group() in OPPOSITES]
    if not words:
        return None
    old = chooser.choice(words)
    new = OPPOSITES[old.group()]
    return None if re.search(rf"\b{new}\b", f"{text} {question}", re.IGNORECASE) else _put(question, old, new)


def denied(question: str) -> str | None:
    """The question about what is not so, if a form of "be", "have" or a modal verb can be denied."""
    verb = _VERB.search(question)
    if verb is None or verb.start() == 0 or re.search(r"\b(not|he|she|it|they|we|you|i)\b|n't", question.lower()):
        return None
    return f"{question[: verb.end()]} not{question[verb.end() :]}"


def conditioned(question: str, text: str, conditions: Sequence[str], chooser: random.Random) -> str | None:
    """The question with a condition of another question at its end, of which the text says nothing."""
    plain = question.rstrip("? ")
    if _CONDITION.search(plain):
        return None
    for _ in range(5):
        condition = chooser.choice(conditions)
        if condition.split()[-1].lower() not in text.lower():
            return plain + condition
    return None


def condition(question: str) -> str | None:
    """The words of a question's end that limit it in time, place or source, with the space in front."""
    found = _CONDITION.search(question.rstrip("? "))
    return found.group() if found else None


MAKERS: tuple[Callable[[str, str, Sequence[str], random.Random], str | None], ...] = (
    another_name,
    another_figure,
    opposite,
)


DENIED_SHARE, CONDITION_SHARE = 0.12, 0.3
"""How often a question is denied or given a condition: were every one, "not" alone would mean "nowhere"."""


def unanswerable(
    question: str, text: str, answers: Sequence[str], conditions: Sequence[str], chooser: random.Random
) -> list[str]:
    """The question in every way that works in which the text does not answer it."""
    made = [maker(question, text, answers, chooser) for maker in MAKERS]
    if chooser.random() < DENIED_SHARE:
        made.append(denied(question))
    if conditions and chooser.random() < CONDITION_SHARE:
        made.append(conditioned(question, text, conditions, chooser))
    return [one for one in made if one]


def _put(question: str, old: re.Match[str], new: str) -> str:
    return question[: old.start()] + new + question[old.end() :]
