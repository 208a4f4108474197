"""From text to the stems that it is indexed and searched by."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

import tantivy

from newsqa.text.stems import ALPHANUMERIC, other_forms

_MAX_TERMS = 64  # a question of more different words is cut here
_DOTTED = re.compile(r"\b(?:[A-Za-z]\.){2,}")
_POSSESSIVE = re.compile(r"[’']s\b", re.IGNORECASE)
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
# What a question is asked with rather than about. Written in capitals (WHO, US) they are names.
_ASKING = frozenset(
    "about am any anyone anything can could did do does doing done during from give had has have he her his how "
    "i its many me much my our said say says shall she should tell than them too us was we were what when where "
    "which who whom whose why would you your".split()
)


def analyse(text: str) -> list[str]:
    """The stems that `text` is found by, in order, without stop words."""
    return list(analyzer().analyze(normalise(text)))


def analyse_query(query: str) -> list[str]:
    """The different stems to search for; asking words are left out unless there is nothing else."""
    plain = normalise(query)
    shouted = plain.isupper()
    kept = [
        word
        for word in ALPHANUMERIC.findall(plain)
        if word.lower() not in _ASKING or (len(word) > 1 and word.isupper() and not shouted)
    ]
    terms = analyzer().analyze(" ".join(kept)) or analyzer().analyze(plain)
    other = [] if shouted else analyzer().analyze(" ".join(other_forms(plain)))
    return list(dict.fromkeys([*terms, *other]))[:_MAX_TERMS]


def normalise(text: str) -> str:
    """Text as both articles and questions are analysed: U.S. is US, Kim's is Kim, 1,500 is 1500."""
    text = _DOTTED.sub(lambda match: match.group().replace(".", ""), text)
    return _THOUSANDS.sub("", _POSSESSIVE.sub("", text))


@cache
def analyzer() -> Any:
    """The steps from text to stems, as tantivy takes them."""
    builder = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.simple())
    for step in (
        tantivy.Filter.remove_long(64),
        tantivy.Filter.lowercase(),
        tantivy.Filter.ascii_fold(),
        tantivy.Filter.stopword("english"),
        tantivy.Filter.stemmer("english"),
    ):
        builder = builder.filter(step)
    return builder.build()
