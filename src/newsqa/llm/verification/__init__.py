"""Each sentence of an answer held against the passages it cites: supported, partly, or unsupported, and why.

Pure and deterministic: rules for English news prose, no model. Passage `n` is `passages[n - 1]`. A sentence
without a number is held against the numbers of the next cited sentence of its paragraph, a line that ends in a
colon against those that follow it; what cites nothing at all is unsupported.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from newsqa.llm.verification import _facts as facts
from newsqa.llm.verification import _roles as roles
from newsqa.llm.verification import _sense as sense
from newsqa.llm.verification._clauses import MAX_CHARACTERS, parse_sentence
from newsqa.llm.verification._evidence import (
    ALIGNED,
    Match,
    Source,
    SourceLine,
    align,
    find_inner_names,
    holds,
    list_lines,
    read_passage,
    weigh,
)
from newsqa.llm.verification._items import Item, Parsed, carries
from newsqa.text.citations import Sentence, marker, sentences_with_markers
from newsqa.types import Citation, Passage

__all__ = ["CheckedSentence", "Verdict", "verify"]

Verdict = Literal["supported", "partly", "unsupported"]

LOW, MIDDLE = 0.5, 0.66
"""Below these shares of a claim's words in the passages it is unsupported, or supported in part."""
TOP = 3
"""How many sentences of the passages together may support one of the answer."""

_EMPHASIS = re.compile(r"[*_`~#|]+")

Support = Callable[[str, Passage], float]


@dataclass(frozen=True, slots=True)
class CheckedSentence:
    """A sentence of an answer with its verdict; `reasons` say in plain words what is wrong, `score` is 0 to 1.

    `start` and `end` are offsets into the answer, markers included. `citations` hold, for each number that exists,
    the passage's sentence that says most of it, verbatim.
    """

    text: str
    numbers: tuple[int, ...]
    start: int
    end: int
    verdict: Verdict
    reasons: tuple[str, ...]
    score: float
    citations: tuple[Citation, ...] = ()


def verify(
    answer: str, passages: Sequence[Passage], support: Support | None = None
) -> tuple[CheckedSentence, ...]:
    """Check every sentence of an answer; `support` is a reader's verdict (0 to 1) on a sentence and a passage."""
    sentences = sentences_with_markers(answer)
    sources: dict[int, Source] = {}
    names = frozenset(find_inner_names([sentence.text for sentence in sentences]))
    checked: list[CheckedSentence] = []
    borrowed: tuple[int, ...] = ()
    for place in range(len(sentences) - 1, -1, -1):
        sentence = sentences[place]
        following = sentences[place + 1] if place + 1 < len(sentences) else None
        joined = following is not None and following.paragraph == sentence.paragraph
        if sentence.numbers or not (joined or sentence.text.endswith(":")):
            borrowed = sentence.numbers
        for number in borrowed:
            if 1 <= number <= len(passages) and number not in sources:
                sources[number] = read_passage(passages[number - 1], names)
        checked.append(_check(sentence, borrowed, sources, support))
    return tuple(reversed(checked))


def _check(
    sentence: Sentence, numbers: tuple[int, ...], sources: dict[int, Source], support: Support | None
) -> CheckedSentence:
    """Hold one sentence against the passages of the numbers."""
    known = [number for number in numbers if number in sources]
    missing = [f"there is no passage [{number}]" for number in numbers if number not in sources]
    cited = [sources[number] for number in known]
    place = sentence.text, sentence.numbers, sentence.start, sentence.end
    if not cited:
        return CheckedSentence(*place, "unsupported", tuple(missing or ["it cites no passage"]), 0.0)
    found = _examine(_EMPHASIS.sub("", sentence.text), cited)
    label = "".join(map(marker, known))
    reasons = [reason.replace("{cited}", label) for reason in found.reasons]
    verdict: Verdict = "supported"
    if reasons or found.coverage < LOW:
        verdict = "unsupported"
    elif missing or found.coverage < MIDDLE:
        verdict = "partly"
    if found.coverage < MIDDLE:
        reasons.append(f"{'most' if found.coverage < LOW else 'part'} of it is not in {label}")
    score = found.coverage if verdict != "unsupported" else min(found.coverage, 0.3)
    if support is not None:
        read = max(support(sentence.text, source.passage) for source in cited)
        score = (score + min(1.0, max(0.0, read))) / 2
    citations = tuple(_cite(number, sources[number], found.best) for number in known)
    return CheckedSentence(*place, verdict, tuple(dict.fromkeys([*missing, *reasons])), round(score, 4), citations)


def _cite(number: int, source: Source, best: Callable[[SourceLine], float]) -> Citation:
    """The sentence of the passage that says most of the claim."""
    line = max(source.lines, key=best)
    return Citation(number, line.text, line.span.start, line.span.end, source.passage)


@dataclass(frozen=True, slots=True)
class Examination:
    """What is wrong with a claim, how much of it the best sentences hold (0 to 1), and how much each holds."""

    reasons: tuple[str, ...]
    coverage: float
    best: Callable[[SourceLine], float]


def _examine(text: str, sources: Sequence[Source]) -> Examination:
    """All checks of one claim against the passages it cites; `{cited}` in a reason stands for their markers."""
    claim = parse_sentence(text, frozenset[str]().union(*(source.known for source in sources)))
    _spell_out(claim, sources)
    lines = list_lines(sources)
    content = [item for item in claim.items if carries(item)]
    total = sum(map(weigh, content))

    def weigh_held(item: Item, line: SourceLine) -> float:
        return weigh(item) * holds(item, line)

    shares = {id(line): sum(weigh_held(item, line) for item in content) for line in lines}

    def best(line: SourceLine) -> float:
        return shares[id(line)]

    top = sorted(lines, key=best, reverse=True)[:TOP]
    coverage = sum(max(weigh_held(item, line) for line in top) for item in content) / total if total else 1.0
    reasons = ["it is too long to check"] if len(text) > MAX_CHARACTERS else []
    reasons += [
        *facts.check_quotes(text, sources),
        *facts.check_presence(claim, sources),
        *facts.check_numbers(claim, sources),
    ]
    reasons += [
        *facts.check_titles(claim, sources),
        *facts.check_dates(claim, lines),
        *facts.check_causes(claim, lines),
    ]
    matches: list[Match] = []
    for clause in claim.clauses:
        match = align(clause, lines, matches[-1].line if matches else None)
        if match is not None and match.score >= ALIGNED:
            matches.append(match)
            reasons += [
                *sense.check_signs(match),
                *sense.check_degrees(match),
                *sense.check_tenses(match),
                *roles.check_subjects(match),
                *roles.check_exchange(match),
            ]
            reasons += [*roles.check_places(match, claim, lines), *roles.check_nouns(match, lines)]
    reasons += roles.check_speakers(claim, matches, lines)
    return Examination(tuple(reasons), coverage, best)


def _spell_out(claim: Parsed, sources: Sequence[Source]) -> None:
    """Give an abbreviation in the claim the name that it stands for in a passage."""
    for item in claim.items:
        for source in sources:
            if item.kind == "name" and item.text in source.initials:
                item.names = item.names - {item.text.lower()} | source.initials[item.text]
