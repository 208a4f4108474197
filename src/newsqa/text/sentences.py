"""Sentence spans with exact offsets, in one pass over the text.

The rules are for news English: abbreviations, initials, times of day, quotes that close after the stop.
Every look forward or back is bounded, so that the time is linear in the text whatever it holds.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from newsqa.text.bylines import closing_mark, dateline_end
from newsqa.text.numbers import MONTHS, SHORT_MONTHS, WEEKDAYS
from newsqa.text.stems import ALPHANUMERIC
from newsqa.types import Span

_LOOK = 48
_STOPS = re.compile(r"[.!?…。！？؟۔।]+")
_ZONE = re.compile(r"(?:[A-Z][a-z]+ ){1,2}[Tt]ime\b")
_BLANK = re.compile(r"\n[ \t\r\f\v\n]*\n")
_CLOSERS = frozenset("\"'”’»)]*_›」』")
_OPENERS = frozenset("\"'“‘«„([¿¡*_‹「『")
_FULL_WIDTH = frozenset("。！？")
_DASHES = frozenset("–—―")
_BULLETS = frozenset("-*•·▪◦‣+–—>●○■□")

_TITLES = frozenset(
    "Mr Mrs Ms Mx Dr Prof Gen Sen Sens Rep Reps Gov Govs Lt Col Maj Capt Sgt Cpl Pvt Rev Hon Adm Cmdr Cdr Brig "
    "Supt Insp Pres Amb Atty Det Msgr Messrs Mmes Mme Mlle Hr Fr St Ste Mt Ft Pt Sir Sgt Spc Lieut Comdr Ald "
    "Asst Assoc vs v cf ca approx eg ie viz al Nos Vol Vols Fig Figs Art Arts Eq Ch Sec Secs pp para".split()
)
"""Abbreviations that a name or a number follows: never the end of a sentence before a capital."""

_OTHERS = frozenset(SHORT_MONTHS) | frozenset(
    "Mon Tue Tues Wed Thu Thur Thurs Fri Inc Corp Co Cos Ltd Bros Jr Sr Esq Dept Univ Assn Ave Blvd Rd Hwy Ala "
    "Ariz Ark Calif Colo Conn Del Fla Ga Ill Ind Kan Ky La Md Mass Mich Minn Miss Mo Mont Neb Nev Okla Ore Pa "
    "Penn Tenn Tex Va Vt Wash Wis Wyo Ont Que Ed Eds Min Max est hrs".split()
)
"""Abbreviations that may also end a sentence: they do before a word that begins one."""

_STARTERS = frozenset(
    "Nothing Nobody None No Both All Each Many Some Most The This That These Those There Then They Their Them He "
    "She It Its His Her Hers We Our You Your I In On At As By But And Or So Yet For From With Without Within "
    "While When Where What Who Why How If After Before Since Until Although Though Because However Meanwhile "
    "Moreover Also Still Now Some Many Most Both Each All Any No Not One Two Three Another Other Others An A "
    "Earlier Later Last Next During Under Over Here Such According Asked Despite Once Only Even Nor Instead "
    "Perhaps Today Tomorrow Yesterday About More Between Among Did Does Do Is Are Was Were Had Has Have Can "
    "Could Would Will Should Let".split()
)
"""Words that begin a sentence far more often than they continue one after an abbreviation."""

_AFTER_TIME = frozenset(day.capitalize() for day in (*WEEKDAYS, *MONTHS, *SHORT_MONTHS)) | frozenset(
    "EST EDT ET CST CDT CT MST MDT MT PST PDT PT GMT UTC BST CET CEST MSK KST JST IST AEST AEDT Eastern Central "
    "Mountain Pacific Greenwich London Moscow".split()
)
_ATTRIBUTION = re.compile(
    r"(?:(?:[^\W\d_][\w'’.-]{0,24})[ \n]){1,4}"
    r"(?:said|says|asked|asks|added|adds|wrote|writes|cried|shouted|replied|told|tweeted|joked|wondered"
    r"|exclaimed|chanted|recalled|continued|yelled|explained)\b"
)
_EXCLAIMED_NAMES = frozenset(("Yahoo", "Jeopardy", "Oklahoma", "Yum"))
_TIME_ALONE = re.compile(
    r"(?:At|By|From|Until|About|Around|Before|After|Shortly|Just|Since|Soon|Early|Late|On|In|Towards?)"
    r"(?:[ \n][\w:.]{1,12}){1,6}"
)
_BEFORE_GLUED = re.compile(r"(?:^|[\s(\"“‘'’-])([^\W\d_]+[^\W\d_])[.!?][\"”’]?\Z")
_GLUED = re.compile(r"(?:[“\"‘]?[A-Z][a-z]{1,24}|I|A)(?=[\s,;:’'\"”]|[.!?](?:\s|\Z)|\Z)")
_DAY_IN_GERMAN = re.compile(
    r"(?:am|vom|bis|zum|den|dem|der|ab|seit) \d{1,2}\. "
    r"(?:Januar|Februar|März|April|Mai|Juni|Juli|August|September|Oktober|November|Dezember)\b",
    re.IGNORECASE,
)


def sentence_spans(text: str, start: int = 0, end: int | None = None) -> list[Span]:
    """The sentences of `text[start:end]` in order, without bullets, datelines and closing agency marks.

    A blank line always ends a sentence; a single line break is a space. Spans never overlap, are trimmed,
    and hold at least one letter or digit.
    """
    end = len(text) if end is None else min(end, len(text))
    spans: list[Span] = []
    position = max(start, 0)
    for blank in _BLANK.finditer(text, position, end):
        spans.extend(_paragraph(text, position, blank.start()))
        position = blank.end()
    spans.extend(_paragraph(text, position, end))
    return spans


def _paragraph(text: str, start: int, end: int) -> Iterator[Span]:
    if start >= end:
        return
    start = _skip_bullets(text, start, end)
    start = dateline_end(text, start, end)
    end = _trim_end(text, start, end)
    end = _trim_end(text, start, closing_mark(text, start, end)[0])
    first = start
    for stop in _STOPS.finditer(text, start, end):
        after = stop.end()
        if stop.start() < first:
            continue
        while after < end and text[after] in _CLOSERS:
            after += 1
        following = after
        while following < end and text[following].isspace():
            following += 1
        if following >= end:
            break
        if _ends(text, first, stop.start(), stop[0], after, following, end):
            yield from _span(text, first, after)
            first = following
    yield from _span(text, first, end)


def _ends(text: str, first: int, at: int, stops: str, after: int, following: int, end: int) -> bool:
    """Whether the sentence that began at `first` ends with the stop at `at`, before `following`."""
    if stops[-1] in _FULL_WIDTH:
        return True
    closed = after - at > len(stops)
    if following == after:
        return len(stops) == 1 and _is_glued(text, first, after)
    if text[following] in _DASHES:
        return stops == "." and not closed and _full_stop_ends(text, first, at, following, "")
    if not _opens(text[following]):
        return False
    word = _next_word(text, following, end)
    if "!" in stops or "?" in stops or "؟" in stops:
        if closed and _ATTRIBUTION.match(text, following, min(end, following + 2 * _LOOK)):
            return False
        return closed or len(stops) > 1 or _word_before(text, first, at) not in _EXCLAIMED_NAMES
    if stops == ".":
        return _full_stop_ends(text, first, at, following, word)
    if set(stops) <= {".", "…"}:
        return (
            closed or len(stops) > 3 or not text[at - 1 : at].isspace() or text[at - 2 : at - 1] in (".", "!", "?")
        )
    return True


def _is_glued(text: str, first: int, after: int) -> bool:
    """Whether the space between two sentences has been lost at `after`, and it is no name such as `Web.De`."""
    word = _GLUED.match(text, after, after + _LOOK)
    before = _BEFORE_GLUED.search(text[max(first, after - _LOOK) : after]) if word else None
    if word is None or before is None or before[1].isupper():
        return False
    return before[1].islower() or word[0].lstrip('“"‘') in _STARTERS


def _full_stop_ends(text: str, first: int, at: int, following: int, word: str) -> bool:
    before = _word_before(text, first, at)
    if not before:
        return True
    begins = word in _STARTERS or text[following] in '"“‘«„'
    if before.isdigit() and len(before) <= 3 and at - first < 8 and text[first:at].strip() == before:
        return False  # the number of a list item
    if before[-1].isdigit():
        return not _DAY_IN_GERMAN.search(text[max(first, at - 12) : following + 12])
    if before in ("No", "no", "Nr", "Art", "p"):
        return not text[following].isdigit()
    if before in ("St", "Ste", "Mt", "Ft"):
        return word in ("The", "He", "She", "It", "They", "But", "In", "On", "At")
    if before in _TITLES or before in ("e.g", "i.e"):
        return False
    if before.lower() in ("a.m", "p.m", "am", "pm"):
        if word not in _STARTERS and _TIME_ALONE.fullmatch(text, first, at):
            return False
        zone = _ZONE.match(text, following, following + _LOOK)
        return not (zone or word in _AFTER_TIME or text[following].isdigit() or text[following] in "(–—―")
    if len(before) == 1 and before.isupper():
        return begins and not (word in ("I", "A") and text[following + 1 : following + 2] == ".")
    if "." in before and not before[0].isdigit() and all(len(part) <= 3 for part in before.split(".")):
        return begins
    if before in _OTHERS:
        return begins
    return True


def _opens(character: str) -> bool:
    """Whether a sentence may begin with this character."""
    if character.isalpha():
        return not character.islower()
    if character.isascii():
        return character.isdigit() or character in _OPENERS or character in "$#@~"
    return character not in "…،؛"


def _next_word(text: str, start: int, end: int) -> str:
    found = ALPHANUMERIC.match(text, start, min(end, start + _LOOK))
    return found[0] if found else ""


def _word_before(text: str, first: int, at: int) -> str:
    """The word that the stop at `at` belongs to, inner full stops included."""
    left = at
    floor = max(first, at - _LOOK)
    while left > floor and (text[left - 1].isalnum() or text[left - 1] == "."):
        left -= 1
    return text[left:at].strip(".")


def _skip_bullets(text: str, start: int, end: int) -> int:
    """The first character after white space, bullets and quote marks of Markdown."""
    while start < end:
        if text[start].isspace() or (text[start] == ">" and text[start : start + 2] != ">>"):
            start += 1
        elif text[start] in _BULLETS and start + 1 < end and text[start + 1].isspace():
            start += 2
        else:
            break
    return start


def _trim_end(text: str, start: int, end: int) -> int:
    while end > start and text[end - 1].isspace():
        end -= 1
    return end


def _span(text: str, start: int, end: int) -> Iterator[Span]:
    """The trimmed span, if it holds a letter or a digit."""
    while start < end and text[start].isspace():
        start += 1
    end = _trim_end(text, start, end)
    if any(text[index].isalnum() for index in range(start, end)):
        yield Span(start, end)
