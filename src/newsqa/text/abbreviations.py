"""Standard abbreviations that news use without explaining them, and what they stand for."""

from __future__ import annotations

import re
from collections.abc import Iterator

MEANINGS: dict[str, str] = {
    "US": "united states",
    "USA": "united states",
    "UK": "united kingdom",
    "EU": "european union",
    "UN": "united nations",
    "UAE": "united arab emirates",
    "DPRK": "north korea",
    "PRC": "china",
    "IMF": "international monetary fund",
    "WHO": "world health organization",
    "WTO": "world trade organization",
    "ECB": "european central bank",
    "IAEA": "international atomic energy agency",
    "ICC": "international criminal court",
    "NHS": "national health service",
    "MoD": "ministry of defence",
    "GDP": "gross domestic product",
    "AI": "artificial intelligence",
}
"""By the abbreviation without points; only so written, since "us" and "who" are words."""
_ABBREVIATION = re.compile(r"\b(?:" + "|".join(MEANINGS) + r")\b")


def spelt_out(word: str) -> tuple[str, ...]:
    """The words, in lower case, that an abbreviation stands for; none for any other word."""
    bare = word.replace(".", "")
    return tuple(MEANINGS[bare].split()) if bare in MEANINGS else ()


def other_forms(text: str) -> Iterator[str]:
    """What abbreviations of a text (without points) stand for, and abbreviations of what stands in it."""
    for match in _ABBREVIATION.finditer(text):
        yield MEANINGS[match[0]]
    lowered = text.lower()
    for short, meaning in MEANINGS.items():
        if meaning in lowered:
            yield short
