"""What a question asks for: its kind, its words, and how far a sentence meets them. Pure functions."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from newsqa.text.stems import STOP, WORD, content_words, plain, spell_out, stem, tokens

Kind = Literal["who", "when", "where", "how many", "why", "how", "what", "yes/no"]

_MONTH = r"(?:jan|feb|mar|apr|may|june?|july?|aug|sept?|oct|nov|dec)[a-z]*\.?"
_DAY = r"(?:mon|tues|wednes|thurs|fri|satur|sun)day"
_DATE = re.compile(
    rf"\b(?:\d{{1,2}} {_MONTH}|{_MONTH} \d{{1,2}}|{_MONTH} \d{{4}}|{_DAY}|(?:19|20)\d\d|yesterday|today|tomorrow"
    r"|tonight|last (?:week|month|year|night)|(?:this|next) (?:week|month|year)|\d{1,2}(?::\d\d)? ?[ap]\.?m\b"
    r"|midnight|noon|(?:two|three|four|five|\d+) (?:hours|days|weeks|months|years) (?:ago|later|earlier))",
    re.IGNORECASE,
)
_NUMBER = re.compile(
    r"\b(?:\d[\d,.]*|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen"
    r"|sixteen|seventeen|eighteen|nineteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|dozens?"
    r"|hundreds?|thousands?|millions?|billions?|half|third|quarter|none|several|no)\b",
    re.IGNORECASE,
)
_CAUSE = re.compile(
    r"\b(?:because|since|due to|owing to|so that|in order to|in (?:response|protest|return|retaliation)|amid"
    r"|over|after|as a result|reasons?|aim(?:s|ed|ing)?|goals?|purpose|seek(?:s|ing)?|sought|wants?|wanted"
    r"|hop(?:es|ed|ing)|needs?|needed|intended|designed|meant|motive|blam\w+|caus\w+|led to|prompt\w+"
    r"|push\w*|to \w+)\b",
    re.IGNORECASE,
)
_PLACE = re.compile(
    r"\b(?:[Ii]n|[Aa]t|[Nn]ear|[Oo]n|[Ff]rom|[Tt]o|[Oo]utside|[Oo]ff|[Ii]nside|[Aa]cross|[Tt]owards?)"
    r" (?:the |a |an )?(?:\w+ ){0,2}?[^\W\d_a-z]\w+"
)
_MANNER = re.compile(
    r"\b(?:by|through|via|using|with|aboard|on (?:a|an|the|his|her|board)|means of)\b", re.IGNORECASE
)
_NAME = re.compile(r"[^\W\d_a-z][\w’'-]*(?:\s+(?:of\s+|the\s+|de\s+|al-)?[^\W\d_a-z][\w’'-]*)*")


@dataclass(frozen=True, slots=True)
class Question:
    """A question taken apart: `words` are its stemmed content words in order, each once."""

    text: str
    kind: Kind
    words: tuple[str, ...]
    surface: Mapping[str, str]


_KINDS: tuple[tuple[str, Kind], ...] = (
    (r"\bhow (?:many|much|long|old|far|tall|high|big|large|fast|often|deep|wide|heavy)\b", "how many"),
    (r"\b(?:why|what for|for what reason|what (?:is|was|were|are) the reasons?|how come)\b", "why"),
    (r"\bwhat (?:caused|prompted|led|made|drove|motivated)\b", "why"),
    (r"\b(?:when|(?:what|which|in what|on what) (?:day|date|year|month|time))\b", "when"),
    (r"\b(?:where|(?:what|which) (?:city|country|place|town|island|state|venue))\b", "where"),
    (r"\b(?:who|whom|whose|(?:what|which) (?:person|man|woman|leader|president|minister))\b", "who"),
    (r"\b(?:what|which) (?:number|percentage|share|proportion|amount)\b", "how many"),
    (r"\bhow\b", "how"),
    (r"\b(?:what|which)\b", "what"),
)
_INDIRECT = re.compile(r"\b(?:know|say|said|tell|clear)\b")


def kind_of(text: str) -> Kind:
    """What the question asks for, by its first question word: "what happened when ..." asks for no time."""
    words = tokens(text)
    joined = " ".join(words)
    matches = [(re.search(pattern, joined), order) for order, (pattern, _) in enumerate(_KINDS)]
    place, order = min(((match.start(), order) for match, order in matches if match), default=(len(joined), -1))
    if words and words[0] in _AUXILIARIES and not (order >= 0 and _INDIRECT.search(joined[:place])):
        return "yes/no"
    return _KINDS[order][1] if order >= 0 else "what"


_AUXILIARIES = frozenset("is are was were do does did has have had can could will would should may might".split())
_ASKING = frozenset(
    "day date year month time city country place town reason number percentage share amount long old far "
    "tall high big large fast often deep wide heavy happen name kind type".split()
)


def names_in(text: str) -> list[str]:
    """Capitalised names in `text`, a capital at the start of a sentence not counted unless more follow."""
    found = []
    for match in _NAME.finditer(text):
        name = match.group()
        first = name.split()[0]
        if first.lower().rstrip("’'s") in STOP or (first.lower() in _AUXILIARIES):
            name = name[len(first) :].strip()
        if name and name.lower() not in STOP and not _NUMBER.fullmatch(name):
            found.append(name)
    return found


def analyse(text: str) -> Question:
    """Take a question apart."""
    surface: dict[str, str] = {}
    for match in WORD.finditer(text):
        meaning = spell_out(match[0])
        for word in meaning or (plain(match[0]),):
            if word and word not in STOP and word not in _ASKING:
                surface.setdefault(stem(word), word if meaning else match[0])
    return Question(text, kind_of(text), tuple(surface), surface)


def coverage(words: Iterable[str], present: set[str], weights: Mapping[str, float]) -> float:
    """The weighted share (0-1) of `words` that are among `present`; 1.0 when there are no words."""
    total = covered = 0.0
    for word in words:
        weight = weights.get(word, 1.0)
        total += weight
        covered += weight if word in present else 0.0
    return covered / total if total else 1.0


def answer_spans(question: Question, sentence: str) -> list[tuple[int, int]]:
    """Ranges of `sentence` that look like what the question asks for and are not its own words, in order."""
    asked = set(question.words)
    pattern = {"when": _DATE, "how many": _NUMBER, "where": _PLACE, "who": _NAME}.get(question.kind)
    if pattern is None:
        return []
    found = []
    for match in pattern.finditer(sentence):
        start, end = match.span()
        if question.kind == "where":
            start += match.group().index(" ") + 1
        if set(content_words(sentence[start:end])) - asked:
            found.append((start, end))
    return found


def type_match(question: Question, sentence: str) -> float:
    """How well a sentence's form suits the kind of question: 0 (no sign of an answer) to 1."""
    if question.kind in ("when", "how many", "where", "who"):
        return 1.0 if answer_spans(question, sentence) else 0.0
    if question.kind == "why":
        return min(1.0, 0.5 * len(_CAUSE.findall(sentence)))
    if question.kind == "how":
        return 1.0 if _MANNER.search(sentence) else 0.4
    return 0.5
