"""Who a report is by: the agency marks that it begins and ends with, and the names in its line of authors."""

from __future__ import annotations

import re

from newsqa.text.normal import drop_accents, fold
from newsqa.text.numbers import MONTHS
from newsqa.text.stems import ALPHANUMERIC

_LOOK = 160

AGENCIES: dict[str, str] = {
    name.casefold(): name
    for name in (
        "AAP AFP AKI ANI ANSA AP APA APTN ATA BBC Belga Bernama Bloomberg CBC CNA CNBC CNN CP CTK DPA EFE "
        "IANS Interfax IRNA ITAR-TASS KCNA Kyodo Lusa MTI NBC NPR NTB PA PAP PTI Reuter Reuters RIA "
        "RIA-Novosti SAPA SID SPA STT TASS TT UPI VOA WAM Xinhua Yonhap dpa epd kna"
    ).split()
}
AGENCIES |= {
    "associated press": "AP", "the associated press": "AP", "press association": "PA", "reuter": "Reuters",
    "thomson reuters foundation": "Reuters", "dpa international": "dpa", "agence france-presse": "AFP",
    "united press international": "UPI", "cnn business": "CNN", "cnn student news": "CNN",
}  # fmt: skip
"""Agency names as they stand in marks, in lower case, and the source name that each gives."""

_SHORT_PLACES = frozenset(
    "BERN BONN CORK DOHA GAZA GIZA KIEV KYIV LIMA LODZ LVIV LYON OMSK OSLO PERM RENO RIGA ROME YORK UFA "
    "HUE".split()
)
_SMALL = frozenset("and the of de la le el del di da do dos das al an on for in den der am upon bei und".split())
_OPENING = "\"'“‘«„([¿¡"

_SEPARATOR = re.compile(r"[ \t\n]{0,3}(?:--|—|–|―|-|:)(?=[ \t\n\"'“‘«])")
_PARENTHESIS = re.compile(r"\(([^()\n]{2,40})\)$")
_BARE_AGENCY = re.compile(r"(?:^|[ ,])(CNN Business|CNN|AP|AFP|Reuters|dpa|UPI|CNBC)$")
_NAMED = re.compile(r"([^()\n]{0,80})\(([^()\n]{2,40})\)[ \t\n]")
_CLOSING = re.compile(
    r"(?:[ \t\n]{1,3}[a-z]{1,4}(?:/[a-z]{1,4}){0,3})?[ \t\n]{0,3}[(\[]([A-Za-z][A-Za-z ,/&.-]{1,40})[)\]][.]?$"
)
_SIGNED = re.compile(r"(?<=[.!?\"'”’…])[ \t\n]{1,3}(?:--|—|–|-)[ \t]{0,3}([A-Za-z]{2,12})$")
_LAST_WORD = re.compile(r"(?<=[.!?\"'”’…])[ \t\n]{1,8}(REUTERS?|Reuters?|[Dd]pa|DPA)$")
_UNKNOWN = re.compile(r"(?<=[.!?\"'”’…])[ \t\n]{1,3}\((?!sic\)|end\))([a-z]{2,6}(?:/[a-z]{2,6}){0,2})\)$")
_WORD = re.compile(r"[^\s,/.]+")
_MONTH = re.compile(rf"(?i)(?:{'|'.join(name[:3] for name in MONTHS)})[a-z]{{0,6}}\.?")

_BETWEEN = re.compile(r"(?:\s*[,;|/&]|\s+(?=(?:and|und|et|y|e)\s))\s*(?:(?:and|und|et|y|e)\s+)?")
_BY = re.compile(r"(?i)\s*by\b:?\s+")
_LONGEST = 500


def agency(name: str) -> str:
    """The source name of the first agency in `AFP, dpa` or `dpa/Reuters`; empty if there is none."""
    for part in re.split(r"[,/&]| and ", name):
        found = AGENCIES.get(part.strip(" .").casefold())
        if found:
            return found
    return ""


def dateline_end(text: str, start: int, end: int) -> int:
    """Where the prose begins after the dateline of the paragraph `[start, end)`; `start` without one."""
    return start + len(_dateline(text[start : min(end, start + _LOOK)]))


def dateline(text: str, start: int, end: int) -> str:
    """The dateline of the paragraph `[start, end)` as it stands; empty if there is none."""
    return _dateline(text[start : min(end, start + _LOOK)]).strip()


def dateline_source(prefix: str) -> str:
    """The agency that a dateline names: known ones by their name, others as they stand in brackets."""
    prefix = prefix.rstrip(" \t\n-—–―:")
    found = _PARENTHESIS.search(prefix)
    if found:
        return agency(found[1]) or found[1].strip()
    bare = _BARE_AGENCY.search(prefix)
    return agency(bare[1]) if bare else ""


def closing_mark(text: str, start: int, end: int) -> tuple[int, str]:
    """Where a closing agency mark begins in `[start, end)`, white space included, and its source name.

    `(end, "")` without one. A paragraph that is nothing but the mark gives `start`.
    """
    offset = max(start, end - _LOOK)
    tail = text[offset:end]
    last = tail.rstrip("\n").removesuffix(".")[-1:]  # most paragraphs end otherwise, and need no search
    bracketed = last in (")", "]")
    for pattern in (_CLOSING,) if bracketed else (_SIGNED, _LAST_WORD) if last.isalpha() else ():
        found = pattern.search(tail)
        if found and agency(found[1]):
            return offset + found.start(), agency(found[1])
    unknown = _UNKNOWN.search(tail) if bracketed else None
    if unknown:
        return offset + unknown.start(), unknown[1]
    if offset == start and agency(tail.strip(" \t\n-—–().[]")):
        return start, agency(tail.strip(" \t\n-—–().[]"))
    return end, ""


def _dateline(head: str) -> str:
    """The dateline that `head` begins with, its dash and the white space after it included."""
    for found in _SEPARATOR.finditer(head):
        prefix = head[: found.start()].rstrip()
        after = head[found.end() :]
        rest = after.lstrip()
        if not _starts_sentence(rest):
            if found[0].strip() == "-" and found.start() and head[found.start()] == "-":
                continue  # a hyphen inside a name
            return _find_bracketed(head)
        if _is_dateline(prefix, found[0].strip()):
            return head[: len(head) - len(rest)]
        return _find_bracketed(head)
    bare = head.rstrip()
    if bare.endswith(("—", "--", "–")) and len(bare) < 60 and dateline_source(bare) and "\n" not in bare:
        return head
    return _find_bracketed(head)


def _find_bracketed(head: str) -> str:
    """A dateline without a dash: a place and a known agency in brackets."""
    found = _NAMED.match(head)
    if (
        found
        and agency(found[2])
        and _is_place(found[1].strip())
        and _starts_sentence(head[found.end() :].lstrip())
    ):
        rest = head[found.end() :].lstrip(" \t\n-—–")
        return head[: len(head) - len(rest)]
    return ""


def _is_dateline(prefix: str, separator: str) -> bool:
    in_brackets = _PARENTHESIS.search(prefix)
    place = prefix[: in_brackets.start()].strip() if in_brackets else prefix
    if in_brackets and (separator != ":" or agency(in_brackets[1]) or place.isupper()):
        return _is_place(place)
    if separator == ":":
        return False
    bare = _BARE_AGENCY.search(prefix)
    if bare:
        return _is_place(prefix[: bare.start()].strip())
    words = prefix.split(",")[0].split()
    if not words or not _is_place(prefix) or any(word.upper() != word for word in words):
        return False
    first = re.sub(r"[-'’/]", "", words[0].strip("."))
    return first.isalpha() and (len(words) > 1 or len(first) > 4 or first in _SHORT_PLACES)


def _is_place(prefix: str) -> bool:
    """Whether every word could stand in a dateline: a place, a region, a date. Nothing is one, too."""
    words = _WORD.findall(prefix)
    return len(words) <= 12 and all(
        word[0].isupper() or word[0].isdigit() or word.casefold() in _SMALL or _MONTH.fullmatch(word)
        for word in words
    )


def _starts_sentence(rest: str) -> bool:
    return bool(rest) and (rest[0].isupper() or rest[0].isdigit() or rest[0] in _OPENING)


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
