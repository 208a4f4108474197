"""Near-duplicates: whether two texts are copies of one report, and the keys by which candidates are found."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from hashlib import blake2b

from newsqa.text.particulars import differ
from newsqa.text.sentences import sentence_spans
from newsqa.text.stems import ALPHANUMERIC

RULES = "trigrams-2"
"""Changes whenever the same articles would be grouped differently; part of what the catalogue remembers."""

CONTAINED, SOON_CONTAINED = 0.72, 0.65
"""A copy holds at least this share of the shorter text's shingles (three words in a row); less within a day."""

_NOTICE_CONTAINED = 0.85
"""The same for brief texts of different days, because notices in fixed words come again."""

_FIGURES_CONTAINED = 0.6
"""As `CONTAINED`, for short texts that have all their figures in common."""

_REWRITTEN = 0.725
"""What is asked of a version written anew within a day: the mean of shared shingles and shared words."""

_SHORT_REWRITTEN, _SHORT_FIGURES = 0.7, 0.8
"""The same of a short text, and how far its figures, four at least, must agree."""

_NAMED_REWRITTEN, _NAMED_FIGURES, _NAMES_AGREE = 0.6, 0.9, 0.8
"""Less is asked of a short text whose figures agree so far, and figures and names together so far."""

_TIMES_LONGER = 2
"""A version written anew is about as long; in one much longer, a report's words stand by chance."""

_SAME = 0.95
"""Texts that share so much are copies whatever their figures say."""

_TINY, _BRIEF, _SHORT = 30, 100, 300
"""Shingles below which a text says little: what is asked of a copy then is more."""

_LEAST = 12
MAX_DAYS, _BRIEF_DAYS = 7, 2
"""Days within which copies appear; fewer for brief texts."""
_LEAST_FIGURES = _LEAST_PARTICULARS = 4
_FIGURES_AGREE = 0.75

_QUOTED = 0.8
"""A text in which a quote stands has at least this share of its shingles."""

_BANDS, _ROWS = 48, 2
_LEAD_BANDS, _LEAD_ROWS = 12, 3
_LEAD = 80
_SEED = 20190425

_FIGURE = re.compile(r"\d[\d.,/-]*\d|\d")
_CAPITAL, _SMALL = re.compile(r"\b[A-Z][^\W_]*"), re.compile(r"\b[a-z][^\W_]*")
_LONGEST = 400_000


@dataclass(frozen=True)
class Fingerprint:
    """What is compared of a text: its shingles, as sets of three words in a row, its figures and its names."""

    text: str

    @classmethod
    def of(cls, text: str) -> Fingerprint:
        """The fingerprint of an article's text; what lies beyond the first 400,000 characters is left out."""
        return cls(text[:_LONGEST])

    @cached_property
    def words(self) -> tuple[str, ...]:
        """The words in lower case, in their order."""
        return tuple(ALPHANUMERIC.findall(self.text.lower()))

    @cached_property
    def vocabulary(self) -> frozenset[str]:
        """The different words."""
        return frozenset(self.words)

    @cached_property
    def figures(self) -> frozenset[str]:
        """The different numbers, as they are written."""
        return frozenset(_FIGURE.findall(self.text))

    @cached_property
    def particulars(self) -> frozenset[str]:
        """Figures, and names: words with a capital that the text never has without one."""
        names = {word.lower() for word in _CAPITAL.findall(self.text)}
        return self.figures | names.difference(_SMALL.findall(self.text))

    @cached_property
    def shingles(self) -> frozenset[str]:
        """The different runs of three words."""
        return _shingles(self.words)

    def keys(self) -> list[int]:
        """Numbers (64 bits) of which two copies share at least one, very likely; none for a text of a few words.

        They are bands of MinHash signatures: of the whole text, and of its first words, because a copy that was
        cut still begins alike.
        """
        if len(self.shingles) < _LEAST:
            return []
        lead = _shingles(self.words[:_LEAD])
        return _bands(self.shingles, _BANDS, _ROWS) + _bands(lead, _LEAD_BANDS, _LEAD_ROWS)


def measure_containment(one: Fingerprint, other: Fingerprint) -> float:
    """The share (0-1) of the smaller text's shingles that the other has, too; 0 where one has none."""
    return _common(one.shingles, other.shingles, 0.0)


def _figures_agree(one: Fingerprint, other: Fingerprint) -> float:
    """The share (0-1) of figures in common, of the text that has fewer; 1 where one has none."""
    return _common(one.figures, other.figures, 1.0)


def _common(one: frozenset[str], other: frozenset[str], without: float) -> float:
    fewer = min(len(one), len(other))
    return len(one & other) / fewer if fewer else without


def are_copies(one: Fingerprint, other: Fingerprint, days_apart: int | None) -> bool:
    """Whether two texts are one report: a reprint, cut, extended, corrected, lightly edited or written anew.

    `days_apart` is the time between their days of publication, None where one is unknown. Notices in fixed words
    come again with other figures, so that short texts must agree in these, and be of the same days.
    """
    size = min(len(one.shingles), len(other.shingles))
    if size < _LEAST or (days_apart is not None and days_apart > (MAX_DAYS if size >= _BRIEF else _BRIEF_DAYS)):
        return False
    share, figures = measure_containment(one, other), _figures_agree(one, other)
    if share >= _SAME:
        return True
    if size < _TINY:
        return share >= 0.9 and figures == 1.0
    if size >= _SHORT:
        soon = days_apart is not None and days_apart <= 1
        return share >= (SOON_CONTAINED if soon else CONTAINED) or (soon and _alike(one, other) >= _REWRITTEN)
    if figures < _FIGURES_AGREE or (size < _BRIEF and days_apart != 0 and share < _NOTICE_CONTAINED):
        return False
    told = min(len(one.figures), len(other.figures)) >= _LEAST_FIGURES
    if told and figures >= _SAME and share >= _FIGURES_CONTAINED:
        return True
    return share >= CONTAINED or (days_apart in (0, 1) and _is_written_anew(one, other))


def _alike(one: Fingerprint, other: Fingerprint) -> float:
    """The mean of the shares of shingles and of words in common; 0 where one text is far longer."""
    shorter, longer = sorted((len(one.shingles), len(other.shingles)))
    if longer >= _TIMES_LONGER * shorter:
        return 0.0
    return (measure_containment(one, other) + _common(one.vocabulary, other.vocabulary, 0.0)) / 2


def _is_written_anew(one: Fingerprint, other: Fingerprint) -> bool:
    """Whether two short texts tell the same in other words: they begin alike, and names and figures agree.

    The first word is mostly the name of whom it is about, and notices of others begin with theirs.
    """
    if one.words[0] != other.words[0]:
        return False
    alike, figures = _alike(one, other), _figures_agree(one, other)
    told = min(len(one.figures), len(other.figures)) >= _LEAST_FIGURES
    if told and figures >= _SHORT_FIGURES and alike >= _SHORT_REWRITTEN:
        return True
    told = min(len(one.particulars), len(other.particulars)) >= _LEAST_PARTICULARS
    names = _common(one.particulars, other.particulars, 0.0) if told else 0.0
    return names >= _NAMES_AGREE and figures >= _NAMED_FIGURES and alike >= _NAMED_REWRITTEN


def days_between(one: date | None, other: date | None) -> int | None:
    """How many days lie between two days; None where one is unknown."""
    return abs((one - other).days) if one and other else None


def holds(text: str, quote: str) -> bool:
    """Whether the sentences of a quote stand in a text, in the same words or nearly.

    Figures, names and negations have to be the same.
    """
    wanted, there = Fingerprint.of(quote), Fingerprint.of(text)
    if not wanted.shingles or _measure_share(wanted, there) < _QUOTED:
        return False
    among = [span.of(there.text) for span in sentence_spans(there.text)]
    return all(
        any(
            _measure_share(Fingerprint.of(one), Fingerprint.of(other)) >= _QUOTED and not differ(one, other)
            for other in among
        )
        for one in (span.of(quote) for span in sentence_spans(quote))
    )


def _measure_share(quote: Fingerprint, text: Fingerprint) -> float:
    """The share (0-1) of a quote's shingles that a text has, too."""
    return len(quote.shingles & text.shingles) / len(quote.shingles) if quote.shingles else 0.0


def _shingles(words: tuple[str, ...]) -> frozenset[str]:
    if len(words) < 3:
        return frozenset((" ".join(words),)) if words else frozenset()
    return frozenset(map(" ".join, zip(words, words[1:], words[2:], strict=False)))


def _bands(shingles: frozenset[str], count: int, size: int) -> list[int]:
    """The bands of a MinHash signature, each of `size` rows and hashed to a number that SQLite can keep."""
    from rensa import RMinHash

    sketch = RMinHash(count * size, _SEED)
    sketch.update(list(shingles))
    digest = sketch.digest()
    keys = []
    for band in range(count):
        rows = digest[band * size : (band + 1) * size]
        packed = b"".join(int(row).to_bytes(8, "little") for row in (size, band, *rows))
        keys.append(int.from_bytes(blake2b(packed, digest_size=8).digest(), "little", signed=True))
    return keys
