"""Question generation: the questions that a sentence of an English article answers. Pure functions.

A question is made only of a sentence of a shape that makes a good one, from its own words: the subject and the
auxiliary change places, or a question word takes the place of what stands first. See Heilman and Smith, "Good
Question! Statistical Ranking for Question Generation" (2010); their other step, to keep the best of many, is the
reader's here: a question that it does not answer with the sentence it was made of is no good one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from newsqa.text.numbers import MONTHS, ONES, TENS, WEEKDAYS
from newsqa.text.stems import FAMILIES, STOP

_LONGEST = 90
"""Characters of a question that is read at a glance."""
_LONGEST_SENTENCE = 600
_LEADING = "(?:About|After|Among|And|As|At|Before|But|By|For|From|In|Like|Of|On|The|Under|With)"
_NAME = r"[A-Z][\w’-]*(?: (?:(?:al|bin|da|de|der|el|of|van|von) )?[A-Z][\w’-]*){0,5}"
_WHOLE_NAME = rf"(?!{_LEADING} ){_NAME.replace('{0,5}', '{1,5}')}(?!['’\w])"
"""Two words of a name at least, as a person has."""
_OTHERWISE = {"said", "told", "thought", "men", "women", "children", "feet", "dead", "death"}
"""Forms that are no verbs, or of which nobody asks when it was."""
_BASES = {form: base for base, *forms in FAMILIES for form in forms if not form.endswith(("s", "ing"))}
_FORM = rf"(?:[a-z]{{2,}}ed|{'|'.join(sorted(_BASES))})"
"""A verb's past form or participle."""
_OTHER_VERBS = "says?|said|had|has|have|would|will|can|could|may|might|must|should|that|which|who"
_AUXILIARY = "(?:was|were|is|are|has been|have been|had been|will be)"
_DAY = rf"(?:\d{{1,2}} (?:{'|'.join(MONTHS)})|(?:{'|'.join([*MONTHS, *WEEKDAYS])})\b|[12]\d{{3}}\b)"
_NUMBER = rf"(?:(?:\d+(?:[.,]\d+)*|{'|'.join([*ONES, *TENS])})(?: (?:hundred|thousand|million|billion))?)"
_OWNER = re.compile("['’]s$")
_THINGS = "(?:people|men|women|children|[a-z]{3,}s)"

_WORD = r"[^\s,;:.?!()“”\"—–/]+"
_SUBJECT = (
    rf"(?P<subject>(?:(?:The|A|An) )?(?!{_LEADING} ){_WORD}"
    rf"(?: (?!(?:{_FORM}|{_AUXILIARY}|{_OTHER_VERBS})\b){_WORD}){{0,5}})"
)
_PASSIVE = re.compile(rf"{_SUBJECT} (?P<auxiliary>{_AUXILIARY}) (?P<verb>{_FORM})\b(?P<rest>.*)")
_ACTIVE = re.compile(rf"{_SUBJECT} (?P<verb>{'|'.join(sorted(_BASES.keys() - _OTHERWISE))})\b(?P<rest>.*)")
_TIME = re.compile(rf"(?P<kept>(?: [^\s,;:()]+){{0,6}}?),? (?:on|in|by) (?:the \w+ of )?{_DAY}", re.IGNORECASE)
_PLACE = re.compile(rf" (?:in|at|near|outside) (?:the )?(?:[a-z]+ ){{0,2}}(?!{_DAY}){_NAME}")
_CAUSE = re.compile(r"(?P<kept>(?: [^\s,;:()]+){0,7}?),? because\b")
_AGENT = re.compile(rf" by (?:the |a |an )?(?:[a-z]+ ){{0,2}}{_NAME}")
_COUNT = re.compile(
    rf"(?:(?!the |is |are |was |were )[a-z]+ ){{0,2}}{_NUMBER} (?P<asked>(?:(?!of )[a-z-]+ ){{0,2}}?{_THINGS}"
    rf" (?:(?:{_AUXILIARY}|have|had|will) )?{_FORM}\b[^,;:()“”\"—–]*+(?!,\d))",
    re.IGNORECASE,
)
_WHO = re.compile(
    rf"(?:^|[,;:“\"] |\b(?:and|is|was|by|with|said|says|that|when) )(?P<name>{_WHOLE_NAME}),"
    r" (?:the|a|an|who) [^,.]{8,80},"
)
_SAID = re.compile(rf"[”\"],? (?:said (?P<after>{_WHOLE_NAME})|(?P<before>{_WHOLE_NAME}) said)\b")


def generate_questions(sentence: str, text: str) -> list[str]:
    """The questions that a sentence answers; `text` is its article, which shows how its first word is spelt."""
    sentence = " ".join(sentence.split())
    if len(sentence) > _LONGEST_SENTENCE:
        return []
    made = (" ".join(question.rstrip(" .").split()) + "?" for question in _generate(sentence, text))
    return list(dict.fromkeys(question for question in made if len(question) <= _LONGEST))


def _generate(sentence: str, text: str) -> Iterator[str]:
    """Questions of the kinds that tell most first."""
    if _opens_well(sentence):
        if match := _PASSIVE.match(sentence):
            yield from _move_auxiliary(match, text)
        elif match := _ACTIVE.match(sentence):
            asked = f"did {_inside(match['subject'], text)} {_BASES[match['verb']]}"
            yield from _ask_circumstances(asked, match["rest"])
    if match := _COUNT.match(sentence):
        yield f"How many {match['asked']}"
    if match := _WHO.search(sentence):
        yield f"Who is {match['name']}"
    if match := _SAID.search(sentence):
        yield f"What did {match['after'] or match['before']} say"


def _opens_well(sentence: str) -> bool:
    """Whether a sentence begins with its subject, which says by itself whom or what it means, and not how many."""
    first = sentence.partition(" ")[0].lower()
    return first not in STOP - {"the", "a", "an"} and not re.fullmatch(_NUMBER, first)


def _move_auxiliary(match: re.Match[str], text: str) -> Iterator[str]:
    auxiliary, *others = match["auxiliary"].split()
    subject, rest = _inside(match["subject"], text), match["rest"]
    asked = " ".join([auxiliary, subject, *others, match["verb"]])
    yield from _ask_circumstances(asked, rest)
    if _PLACE.match(rest):
        yield f"Where {asked}"
    if _AGENT.match(rest) and match["verb"].endswith("ed") and match["auxiliary"] in {"was", "were"}:
        yield f"Who {match['verb']} {subject}"


def _ask_circumstances(asked: str, rest: str) -> Iterator[str]:
    """Why and when, if the rest of the sentence says so; what stands before that stays in the question."""
    if why := _CAUSE.match(rest):
        yield f"Why {asked}{why['kept']}"
    if when := _TIME.match(rest):
        yield f"When {asked}{when['kept']}"


def _inside(subject: str, text: str) -> str:
    """A sentence's first words as they stand inside one: the first in lower case, unless it is part of a name.

    It is if a name goes on after it, or the article writes it so elsewhere; a word by itself that is no plural is.
    """
    first, _, rest = subject.partition(" ")
    name = re.escape(_OWNER.sub("", first))
    named = rest[:1].isupper() or not (rest or first.endswith("s")) or re.search(rf"\w,? {name}\b", text)
    return subject if named and first not in {"The", "A", "An"} else f"{first.lower()} {rest}".strip()
