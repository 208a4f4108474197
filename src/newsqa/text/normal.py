"""The forms of characters: what is left out of a text that is kept, and what counts as the same in search."""

from __future__ import annotations

import html
import re
import unicodedata

_INVISIBLE = re.compile("[\u00ad\u034f\u180e\u200b\u200e\u200f\u2060-\u2064\ufeff]")
_SOFT_BREAK = re.compile("\u00ad[ \t]*\n[ \t]*(?=[^\\W\\d_])")
_LATIN = "A-Za-z0-9\u00c0-\u024f"
_JOINERS = re.compile(
    f"(?<=[{_LATIN}])[\u200c\u200d]+|[\u200c\u200d]+(?=[{_LATIN}])"
)  # elsewhere they are spelling
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,30});")

LIGATURES = dict(zip("\ufb00\ufb01\ufb02\ufb03\ufb04\ufb05\ufb06", "ff fi fl ffi ffl st st".split(), strict=True))
"""Letters that print as one, and what they stand for."""

_ALIKE = str.maketrans(
    {chr(code): chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)}
    | dict.fromkeys("\u2010\u2011\u2212\ufe63", "-")
    | dict.fromkeys("\u00a0\u2007\u202f\u3000", " ")
    | {"\uffe1": "£", "\uffe5": "¥"}
)
_FOLD = {**_ALIKE, **str.maketrans(LIGATURES)}


def tidy(text: str) -> str:
    """A text as it is kept: its letters composed (NFC), without soft hyphens and characters of no width."""
    if text.isascii():
        return text
    text = _INVISIBLE.sub("", _SOFT_BREAK.sub("", text))
    return unicodedata.normalize("NFC", _JOINERS.sub("", text))


def storable(text: str) -> str:
    """The text with a question mark for what no database takes: NUL, and bytes that were no text (surrogates)."""
    return text.replace("\0", "?").encode("utf-8", "replace").decode()


def alike(text: str) -> str:
    """A text of the same length in which full-width letters, special hyphens and spaces are the usual ones."""
    return text if text.isascii() else text.translate(_ALIKE)


def fold(text: str) -> str:
    """A text to search with: as `alike`, and ligatures are letters."""
    return text if text.isascii() else text.translate(_FOLD)


def drop_accents(word: str) -> str:
    """A word without accents, so that "Gérôme" and "Gerome" are one."""
    if word.isascii():
        return word
    parts = unicodedata.normalize("NFKD", word)
    return "".join(one for one in parts if not unicodedata.combining(one))


def decode_entities(text: str) -> str:
    """A text whose entities of HTML, such as `&amp;`, are the characters that they stand for."""
    return _ENTITY.sub(lambda found: html.unescape(found[0]), text) if "&" in text else text
