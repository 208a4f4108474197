"""From the text of one sentence to its items: words, names, numbers and dates. Linear in the text's length."""

from __future__ import annotations

import re
from collections.abc import Sequence

from newsqa.llm.verification import _lexicon as lexicon
from newsqa.llm.verification._items import Day, Item, split_name
from newsqa.llm.verification._lexicon import stem
from newsqa.text.numbers import MONTH_NUMBERS, WEEKDAYS
from newsqa.text.particulars import CURRENCIES, NUMERALS, SCALES

_TOKEN = re.compile(
    r"(?:[^\W\d_]\.){2,}|[^\W\d_]+\$|\d+(?:st|nd|rd|th)\b|\d+(?:[.,:]\d+)*|[^\W\d_]+(?:['’][^\W\d_]+)*|\S"
)
_YEAR = re.compile(r"[12]\d{3}")
_JOINERS = frozenset("de van der von bin al da di el la del dos den ter ibn le du".split())
_NAMES_TOO = frozenset("may march april june august".split())  # months that are also words or given names
_NO_VERB_BEHIND = frozenset("a an the its his her their by of with for in on at from into".split())
_NO_SCALE = frozenset(("percent", "%")) | SCALES.keys() | CURRENCIES.keys()

ReadItem = tuple[Item, int]  # an item and how many tokens it takes


def read(text: str, known: frozenset[str] = frozenset()) -> list[Item]:
    """The items of one sentence in order; `known` are parts of names, to tell a name that opens a sentence."""
    tokens = list(_TOKEN.finditer(text))
    words = [token[0] for token in tokens]
    items: list[Item] = []
    place = 0
    while place < len(words):
        found = _date(words, place) or _number(words, place) or _name(words, place, known) or _word(words, place)
        item, width = found
        item.start, item.end = tokens[place].start(), tokens[place + width - 1].end()
        item.text = text[item.start : item.end]
        items.append(item)
        place += width
    for one, between, other in zip(items, items[1:], items[2:], strict=False):  # `from 5.25 to 5 percent`
        joined = between.word in ("to", "and", "or", "-", "–")
        if one.kind == other.kind == "number" and not one.unit and other.unit == "percent" and joined:
            one.unit = "percent"
    return items


def is_verb(words: Sequence[str], place: int) -> bool:
    """Whether the word there is a finite verb or participle, told by its form and the words before it."""
    word, before = words[place].lower(), _at(words, place - 1)
    if word in lexicon.AUXILIARIES:
        return True
    if before == "not" and _at(words, place - 2) in ("do", "does", "did", "need"):
        return word.isalpha() and word not in lexicon.STOP
    if before in lexicon.MODALS or (before == "not" and _at(words, place - 2) in lexicon.MODALS):
        goal = word.endswith("s") or words[place][:1].isupper() or _at(words, place - 2) == "according"
        return not (before == "to" and goal) and word.isalpha() and word not in lexicon.STOP
    if before in _NO_VERB_BEHIND or (word.endswith("s") and before.endswith(("'s", "’s"))):
        return False
    if word.endswith("s") and place and stem(word) in lexicon.VERB_STEMS:
        pronoun = before in ("who", "which", "that", "it", "he", "she")
        if pronoun or words[place - 1][:1].isupper():
            return True
    return word in lexicon.PAST or (len(word) > 4 and word.endswith("ed")) or word in lexicon.PRESENT


def _at(words: Sequence[str], place: int) -> str:
    return words[place].lower() if 0 <= place < len(words) else ""


def _small(word: str, top: int) -> int | None:
    digits = re.fullmatch(r"(\d{1,4})(?:st|nd|rd|th)?", word)
    return int(digits[1]) if digits and 1 <= int(digits[1]) <= top else None


def _date(words: Sequence[str], place: int) -> ReadItem | None:
    """A weekday, `14 March 2024`, `March 14, 2024`, `March 2024`, `March`, `2024-03-14` or a year."""
    word = words[place]
    low = word.lower().removesuffix("'s").removesuffix("’s")
    if word[:1].isupper() and low in WEEKDAYS:
        return Item("date", day=Day(weekday=WEEKDAYS.index(low))), 1
    if _YEAR.fullmatch(word):
        month, day = _small(_at(words, place + 2), 12), _small(_at(words, place + 4), 31)
        if month and day and _at(words, place + 1) == _at(words, place + 3) == "-":
            return Item("date", day=Day(int(word), month, day)), 5
        alone = word[:2] in ("18", "19", "20") and _at(words, place + 1) not in _NO_SCALE
        return (Item("date", day=Day(int(word))), 1) if alone else None
    day, at = None, place
    if _small(word, 31) and _at(words, place + 1) in MONTH_NUMBERS and words[place + 1][:1].isupper():
        day, at = _small(word, 31), place + 1
    month = MONTH_NUMBERS.get(words[at].lower()) if words[at][:1].isupper() else None
    if month is None:
        return None
    end = at + 1 + (_at(words, at + 1) == "." and len(words[at]) < 5)
    if day is None and _small(_at(words, end), 31):
        day, end = _small(_at(words, end), 31), end + 1
    comma = end + (_at(words, end) == ",")
    year = _YEAR.fullmatch(_at(words, comma))
    unsure = words[at].lower() in _NAMES_TOO or len(words[at]) < 5
    if day is None and year is None and unsure and _at(words, at - 1) not in lexicon.BEFORE_MONTH:
        return None
    end = comma + 1 if year else end
    return Item("date", day=Day(int(year[0]) if year else None, month, day)), end - place


def _number(words: Sequence[str], place: int) -> ReadItem | None:
    """Digits or numerals with their scale, unit, sign of currency or percent; fractions are percentages."""
    ordinal = re.fullmatch(r"(\d{1,4})(?:st|nd|rd|th)", words[place])
    if ordinal:
        return Item("number", value=float(ordinal[1]), unit="th"), 1
    at, unit, sign = place, "", words[place].lower()
    if (sign in CURRENCIES and not sign.isalpha()) or (sign.endswith("$") and len(sign) > 1):
        unit, at = CURRENCIES[sign[-1]], at + 1
    value, at = _value(words, at)
    if value is None:
        return None
    half = sign == "half"
    part = at + (_at(words, at) == "-")
    follows = _at(words, part)
    if follows in lexicon.FRACTIONS and value < 20 and not half:
        return Item("number", value=value * lexicon.FRACTIONS[follows], unit="percent"), part + 1 - place
    follows = _at(words, at)
    if follows in ("%", "percent", "pct"):
        unit, at = "percent", at + 1
    elif follows == "per" and _at(words, at + 1) == "cent":
        unit, at = "percent", at + 2
    elif follows in CURRENCIES and not unit:
        unit, at = CURRENCIES[follows], at + 1
    elif stem(follows) in lexicon.TIME_UNITS:
        factor, unit = lexicon.TIME_UNITS[stem(follows)]
        value, at = value * factor, at + 1
    elif stem(_at(words, part)) in lexicon.MEASURES:
        unit = unit or stem(_at(words, part))
    return Item("number", value=value, unit=unit or ("percent" if half else "")), at - place


def _value(words: Sequence[str], at: int) -> tuple[float | None, int]:
    """A number's value and where it ends."""
    word, after = _at(words, at), _at(words, at + 1)
    value: float | None = None
    if word in ("a", "an", "one"):
        fraction = after in lexicon.FRACTIONS and after != "half"
        value = 1.0 if fraction or after in SCALES or stem(after) in lexicon.TIME_UNITS else None
    elif word == "half":
        return 50.0, at + 1
    elif word in NUMERALS:
        value = NUMERALS[word]
        unit = at + 2 if after == "-" else at + 1
        if value >= 20 and 1 <= NUMERALS.get(_at(words, unit), 0) <= 9:
            value, at = value + NUMERALS[_at(words, unit)], unit
    elif word[:1].isdigit() and word[-1:].isdigit():
        value = _digits(word)
    if value is None:
        return None, at
    at += 1
    while _at(words, at) in SCALES:
        value, at = value * SCALES[_at(words, at)], at + 1
    return value, at


def _digits(word: str) -> float | None:
    """`1,450`, `1.2`, `1,5`, or a time of day or a race in hours."""
    parts = word.split(":")
    if len(word) > 30 or len(parts) > 3:
        return None
    total = 0.0
    for place, part in enumerate(parts):
        grouped = re.fullmatch(r"\d{1,3}(,\d{3})+(\.\d+)?", part)
        digits = part.replace(",", "" if grouped else ".")
        if digits.count(".") > 1 or not re.fullmatch(r"[0-9.]+", digits):
            return None
        total += float(digits) / 60**place
    return total


def _capital(words: Sequence[str], at: int) -> bool:
    """Whether the word there can be part of a name."""
    if not 0 <= at < len(words) or not words[at][0].isupper() or words[at] in ("I", "A"):
        return False
    low = words[at].lower().removesuffix("'s").removesuffix("’s")
    office = low in lexicon.OFFICES or low.removesuffix("s") in lexicon.OFFICES
    return not office and (low not in lexicon.STOP or words[at].isupper())


def _name(words: Sequence[str], place: int, known: frozenset[str]) -> ReadItem | None:
    """A run of capitalised words that are no offices; one that opens a sentence only if it is a name for sure."""
    if not _capital(words, place):
        return None
    end = place + 1
    while end < len(words) and not words[end - 1].endswith(("'s", "’s")):
        previous, low = words[end - 1], words[end].lower()
        joins = low in _JOINERS or low == "-" or (low == "of" and previous.lower() in lexicon.INSTITUTIONS)
        title_word = words[end][0].isupper() and low in lexicon.STOP and words[end] != "I"
        if _capital(words, end) or title_word or (low == "." and len(previous) == 1 and _capital(words, end + 1)):
            end += 1
        elif joins and _capital(words, end + 1):
            end += 2
        else:
            break
    low = words[place].lower().removesuffix("'s").removesuffix("’s").rstrip(".")
    nation = low in lexicon.NATIONS
    if end == place + 1 and not nation and end < len(words) and words[end][0].isupper():
        return None  # `Rear` of `Rear Admiral`: only an office can follow a name that ends here
    if end > place + 2 and nation and low not in lexicon.NATIONS[low]:
        end = place + 1  # `Kenyan Daniel Kiprop`
    if re.fullmatch(r"\d{1,2}", _at(words, end)) and not _counts(words, end):
        end += 1  # `Hermes 3`
    initial = place == 0 or (place == 1 and not words[0][0].isalnum())
    if initial and end == place + 1 and not split_name(words[place]) <= known:
        possessive = words[place].endswith(("'s", "’s"))
        sure = possessive or nation or words[place].isupper() or "." in words[place]
        if not sure or low in lexicon.COMMON:
            return None
    parts = split_name(" ".join(word for word in words[place:end] if word not in (".", "-")))
    return Item("name", key=" ".join(sorted(parts)), names=parts, initial=initial), end - place


def _counts(words: Sequence[str], place: int) -> bool:
    """Whether the number there counts what follows, or is a score."""
    after = _at(words, place + 1)
    follows = after[:1].isalpha() and after not in lexicon.STOP and not is_verb(words, place + 1)
    return follows or after in _NO_SCALE or after in ("-", "–", ":", "/", "to")


def _word(words: Sequence[str], place: int) -> ReadItem:
    word = words[place]
    return (Item("word", key=stem(word)) if word[0].isalnum() else Item("mark", key=word)), 1
