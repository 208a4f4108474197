"""Languages: which one a text is written in, and whether an encoder and a corpus fit together."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

UNKNOWN = "und"
"""The code of a language that could not be told (ISO 639)."""

FOREIGN_SHARE = 0.1
"""Share of articles that are not in English from which on an encoder for English is told to be the wrong one."""

_ENGLISH = frozenset("the of and to that with from which was were has have been said this their".split())
_WORD = re.compile(r"[^\W\d_]+")
_READ = 2_000
_LEAST_LETTERS = 40
_SURE = 0.8
_MORE_LIKE = 10
"""How many times more like another language a question is than any that is known, to be taken for that one."""


def language_of(text: str) -> str:
    """The language of an article's text as a two-letter code; `und` if it is too short or says too little."""
    words = _WORD.findall(text[:_READ])
    if sum(map(len, words)) < _LEAST_LETTERS:
        return UNKNOWN
    if sum(word.lower() in _ENGLISH for word in words) >= 0.12 * len(words):
        return "en"  # the common case, without loading a model
    code, probability = _model().classify(" ".join(words))
    return str(code) if probability >= _SURE else UNKNOWN


def question_language(text: str, known: Sequence[str]) -> str:
    """Which of the `known` languages a question is in; empty if it may be any. With one of them it is that one."""
    codes = sorted({primary(code) for code in known} - {UNKNOWN, ""})
    if len(codes) < 2:
        return "".join(codes)
    model = _model()
    ranked = [(code, score) for code, score in model.rank(text) if code in codes]
    total = sum(score for _, score in ranked)
    return str(ranked[0][0]) if ranked and total > 0 and ranked[0][1] >= _SURE * total else ""


def primary(code: str) -> str:
    """The language of a code without region or script: `pt` of `pt-BR`."""
    return re.split(r"[-_]", code.strip().lower(), maxsplit=1)[0]


def question_note(text: str, known: Sequence[str]) -> str:
    """What the user should know of a question that surely is in none of the `known` languages; else empty.

    Few words are hardly like any language: what tells is how much less they are like the known ones.
    """
    codes = [code for code in dict.fromkeys(map(primary, known)) if code not in (UNKNOWN, "")]
    alike = {str(code): float(probability) for code, probability in _model().rank(text)}
    language = max(alike, key=alike.__getitem__)
    nearest = max((alike[code] for code in codes if code in alike), default=1.0)
    if alike[language] < _MORE_LIKE * nearest:
        return ""
    named = f" ({language})" if alike[language] >= _SURE else ""
    return (
        f"The question seems to be in another language{named} than the articles ({', '.join(codes[:5])}), "
        "and nothing is translated. Ask in theirs."
    )


def encoder_note(counts: Mapping[str, int], multilingual: bool) -> str:
    """What a user should know when the encoder does not fit the articles' languages; empty if it does.

    `counts` says how many articles there are of each language code.
    """
    told: dict[str, int] = {}
    for code, count in counts.items():
        if primary(code) not in ("", UNKNOWN):
            told[primary(code)] = told.get(primary(code), 0) + count
    total = sum(told.values())
    foreign = {code: count for code, count in told.items() if code != "en"}
    share = sum(foreign.values()) / total if total else 0.0
    if multilingual or share < FOREIGN_SHARE:
        return ""
    most = ", ".join(
        f"{code} {count / total:.0%}" for code, count in sorted(foreign.items(), key=lambda item: -item[1])[:4]
    )
    return (
        f"{share:.0%} of the articles are not in English ({most}), and the bundled encoder knows English only: "
        "they are found by their words, hardly by their meaning. Name an encoder for their languages with "
        "NEWSQA_ENCODER, such as sentence-transformers/paraphrase-multilingual-MiniLM-L12-v2, "
        "then run: newsqa repair --rebuild"
    )


@cache
def _model() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
