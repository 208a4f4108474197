"""The names in a line of authors, and what two ways to write a name have in common."""

from __future__ import annotations

import re

from newsqa.text.normal import drop_accents, fold
from newsqa.text.stems import ALPHANUMERIC

_BETWEEN = re.compile(r"(?:\s*[,;|/&]|\s+(?=(?:and|und|et|y|e)\s))\s*(?:(?:and|und|et|y|e)\s+)?")
_BY = re.compile(r"(?i)\s*by\b:?\s+")
_LONGEST = 500


def plain_byline(line: str) -> str:
    """A line of authors as it is kept: without `By`, and not longer than a hostile page may have it."""
    found = _BY.match(line)
    return (line[found.end() :] if found else line)[:_LONGEST].strip()


def split_authors(line: str) -> list[str]:
    """The names in a line such as `Ana Ruiz, Bo Lind and Cy Oh`."""
    return [name.strip() for name in _BETWEEN.split(line) if ALPHANUMERIC.search(name)]


def name_key(name: str) -> str:
    """What is the same however a name is written: its words without case, accents and points."""
    return " ".join(ALPHANUMERIC.findall(drop_accents(fold(name)).casefold()))
