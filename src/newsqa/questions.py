"""What a question asks for: its kind, its words, and how far a sentence meets them. Pure functions."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Literal

Kind = Literal["who", "when", "where", "how many", "why", "how", "what", "yes/no"]

_WORD = re.compile(r"[^\W_]+(?:[.'’][^\W_]+)*", re.UNICODE)
_STOP = frozenset(
    """a about after again all also am an and any are as at be been before being between both but by can could
    did do does doing done during each for from further get give given go had has have having he her here hers
    him his how i if in into is it its itself just make many me more most much my no nor not now of off on once
    only or other our out over own please same say she should so some such tell than that the their them then
    there these they this those through to too under until up upon us very was we were what when where which
    while who whom whose why will with would you your 's""".split()
)
_IRREGULAR = dict(
    pair.split("=")
    for pair in """met=meet won=win went=go left=leave held=hold began=begin begun=begin broke=break broken=break
    took=take taken=take came=come gave=give given=give sent=send told=tell said=say dead=die died=die death=die
    deaths=die dying=die dies=die fell=fall fallen=fall rose=rise risen=rise sought=seek spoke=speak spoken=speak
    stood=stand thought=think found=find flew=fly flown=fly fled=flee built=build bought=buy brought=bring
    caught=catch chose=choose chosen=choose cost=cost drove=drive driven=drive ran=run saw=see seen=see sold=sell
    shot=shoot struck=strike wrote=write written=write lost=lose led=lead paid=pay kept=keep made=make men=man
    women=woman children=child people=people leaders=leader visited=visit visits=visit fired=fire
    became=become drew=draw drawn=draw withdrew=withdraw withdrawn=withdraw grew=grow grown=grow knew=know
    known=know threw=throw thrown=throw overthrew=overthrow overthrown=overthrow fought=fight taught=teach
    spent=spend dealt=deal meant=mean felt=feel sank=sink sunk=sink shook=shake shaken=shake hid=hide
    hidden=hide stole=steal stolen=steal swore=swear sworn=swear ate=eat eaten=eat froze=freeze frozen=freeze
    beaten=beat understood=understand forgot=forget forgotten=forget swept=sweep slept=sleep sat=sit laid=lay
    lent=lend heard=hear wore=wear worn=wear tore=tear torn=tear rode=ride ridden=ride sang=sing sung=sing
    swam=swim drank=drink bore=bear""".split()
)
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
    names: tuple[str, ...]
    numbers: tuple[str, ...]


def tokens(text: str) -> list[str]:
    """The words of `text`, lower-cased, with possessive endings and points of abbreviations removed."""
    return [_plain(match.group()) for match in _WORD.finditer(text)]


def _plain(word: str) -> str:
    word = word.lower().replace("’", "'")
    word = word.removesuffix("'s")
    return word.replace(".", "").replace("'", "")


def stem(word: str) -> str:
    """A light English stem, so that "meeting", "meets" and "meet" are one word; lower-case in and out."""
    word = _IRREGULAR.get(word, word)
    if len(word) <= 3 or not word.isalpha():
        return word
    for ending, put in (
        ("ational", "ate"), ("ization", "ize"), ("fulness", "ful"), ("iveness", "ive"), ("ations", "ate"),
        ("ation", "ate"), ("ments", ""), ("ment", ""), ("ingly", ""), ("edly", ""), ("ies", "y"), ("ied", "y"),
        ("ing", ""), ("ers", ""), ("ed", ""), ("er", ""), ("ly", ""), ("es", ""), ("s", ""),
    ):  # fmt: skip
        if word.endswith(ending) and len(word) - len(ending) >= 3 and not (ending == "s" and word[-2] in "su"):
            word = word[: -len(ending)] + put
            break
    if len(word) > 3 and word[-1] == word[-2] and word[-1] not in "lsz":
        word = word[:-1]
    return word[:-1] if len(word) > 3 and word[-1] == "e" else word


@cache
def _irregular() -> Mapping[str, tuple[str, ...]]:
    """The irregular forms of each stem that has any, the base form included."""
    known: dict[str, dict[str, None]] = {}
    for form, base in _IRREGULAR.items():
        known.setdefault(stem(base), {base: None})[form] = None
    return {key: tuple(found) for key, found in known.items()}


def forms(word: str) -> tuple[str, ...]:
    """The word and, where its forms are irregular, all of them: "win" stands in a text as "won", too."""
    plain = _plain(word)
    return (word, *(form for form in _irregular().get(stem(plain), ()) if form != plain))


def content_words(text: str) -> list[str]:
    """The stemmed words of `text` that are not stop words, in order, with repeats."""
    return [stem(word) for word in tokens(text) if word and word not in _STOP]


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
        if first.lower().rstrip("’'s") in _STOP or (first.lower() in _AUXILIARIES):
            name = name[len(first) :].strip()
        if name and name.lower() not in _STOP and not _NUMBER.fullmatch(name):
            found.append(name)
    return found


def analyse(text: str) -> Question:
    """Take a question apart."""
    surface: dict[str, str] = {}
    for match in _WORD.finditer(text):
        word = _plain(match.group())
        if word and word not in _STOP and word not in _ASKING:
            surface.setdefault(stem(word), match.group())
    numbers = tuple(match for match in re.findall(r"\d[\d,.]*\d|\d", text))
    return Question(text, kind_of(text), tuple(surface), surface, tuple(names_in(text)), numbers)


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


_TIME = r"(?:seconds?|minutes?|hours?|days?|weeks?|months?|years?|decades?|centur\w+)"
_DURATION = re.compile(rf"\b{_TIME}\b|overnight|whole", re.IGNORECASE)
_MEASURE = re.compile(
    r"\b(?:met(?:er|re)s?|kilomet(?:er|re)s?|km|miles?|feet|foot|inch\w*|light-years?|tons?|tonnes?|kilos?|kg|times"
    r"|hectares?|acres?|square|degrees?|per hour|mph)\b",
    re.IGNORECASE,
)
_MONEY = re.compile(
    r"[$€£¥%]|\b(?:dollars?|euros?|pounds?|roubles?|rubles?|won|yuan|yen|percent|per cent)\b", re.IGNORECASE
)
_YEAR = re.compile(r"\b(?:1[5-9]|20)\d\d\b")
_ORDER = re.compile(
    r"\b(?:after|before|when|since|until|till|during|morning|afternoon|evening|night)\b", re.IGNORECASE
)


_REASON = re.compile(
    r"\b(?:because|since|due to|owing to|so that|in order to|in (?:response|protest|return|retaliation) "
    r"(?:to|at|for)|as a result|reasons?|aim(?:s|ed|ing)? (?:to|at)|purpose|seek(?:s|ing)?|sought|wants?|wanted"
    r"|hop(?:es|ed|ing)|needs?|needed|intended|designed|motive|blam\w+|caused|led to|prompted"
    r"|fear(?:s|ed|ing)?|demand(?:s|ed|ing)?|protest(?:s|ed|ing)? against|accus(?:es|ed|ing))\b",
    re.IGNORECASE,
)


def span_fits(question: Question, span: str, sentence: str = "") -> bool:
    """Whether a short answer can be one by its form: a duration for "how long", a name for "who".

    For "why" the words of a reason may stand anywhere in its `sentence`.
    """
    asked = question.text.lower()
    if question.kind == "why":
        return bool(_REASON.search(f"{span} {sentence}"))
    if question.kind == "when":
        return bool(_DATE.search(span) or _ORDER.search(span))
    if question.kind == "who":
        return (
            any(set(content_words(name)) - set(question.words) for name in _NAME.findall(span)) or span.islower()
        )
    if question.kind == "where":
        return not _DATE.fullmatch(span.strip(" .,"))
    if question.kind != "how many":
        return True
    if not (_NUMBER.search(span) or re.search(r"\b(?:an?|hours|days|weeks|months|years)\b", span)):
        return False
    timely = bool(_DURATION.search(span))
    if re.search(r"\bhow (?:long|often)\b", asked):
        return timely or bool(_MEASURE.search(span))
    if re.search(r"\bhow (?:tall|high|far|big|large|fast|deep|wide|heavy)\b", asked):
        return bool(_MEASURE.search(span)) or (timely and "far" in asked)
    if re.search(r"\bhow much (?:does|did|do|is|was|were|are|money|will|would|has|had|of)\b", asked):
        return bool(_MONEY.search(span) or _MEASURE.search(span) or re.search(r"[mb]illion", span))
    if re.search(r"\bhow many\b", asked):
        return not (timely and not re.search(_TIME, asked)) and not _YEAR.fullmatch(span.strip(" .,"))
    return True


def type_match(question: Question, sentence: str) -> float:
    """How well a sentence's form suits the kind of question: 0 (no sign of an answer) to 1."""
    if question.kind in ("when", "how many", "where", "who"):
        return 1.0 if answer_spans(question, sentence) else 0.0
    if question.kind == "why":
        return min(1.0, 0.5 * len(_CAUSE.findall(sentence)))
    if question.kind == "how":
        return 1.0 if _MANNER.search(sentence) else 0.4
    return 0.5
