"""The lines of a PDF's page, in the order in which its program drew them."""

from __future__ import annotations

import io
import re
import statistics
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain, islice
from typing import Any

from newsqa.sources.formats.markup import clean

_SHIFT, _REPEATS = 1.5, 20
"""What is drawn so few points beside the same words makes them bold; so many of the latest are looked at."""
_INITIAL, _INITIALS = 1.6, 20
"""A letter that is so many times as large as a line may begin it; so many of a page are looked at."""
_LIGATURES = re.compile("[\ufb00-\ufb06]+")
_ACCENT = re.compile(r"([¨´ˆ˜˘˙˚ˇ]|(?<=[^\W\d_])`(?=[^\W\d_]))([^\W\d_])")
_COMBINING = dict(zip("¨´ˆ˜˘˙˚ˇ`", "\u0308\u0301\u0302\u0303\u0306\u0307\u030a\u030c\u0300", strict=True))


@dataclass(frozen=True, slots=True)
class DrawnLine:
    """Words on one line, and where they stand: in points, from the left and the foot of the page."""

    text: str
    left: float
    foot: float
    right: float
    size: float


def open_document(data: bytes) -> Any:
    """A document of pdfminer's, in which no object is nothing but a way back to itself."""
    from pdfminer.pdfdocument import PDFDocument
    from pdfminer.pdfparser import PDFParser, PDFSyntaxError
    from pdfminer.pdftypes import PDFObjRef

    class Document(PDFDocument):
        """Follows references itself: pdfminer goes round in a circle of them for ever."""

        def getobj(self, objid: int) -> object:
            found: object = super().getobj(objid)
            seen = {objid}
            while isinstance(found, PDFObjRef):
                if found.objid in seen:
                    raise PDFSyntaxError(f"object {objid} refers to itself")
                seen.add(found.objid)
                found = super().getobj(found.objid)
            return found

    return Document(PDFParser(io.BytesIO(data)))


def lines_of(page: Any) -> list[DrawnLine]:
    """The lines of a page of pdfminer's; what stands far from the rest of its line is one of its own."""
    return _with_initials(list(_drop_repeats(_lines(page))))


def _lines(page: Any) -> Iterator[DrawnLine]:
    """The lines of a page as they were written; what stands far from the rest of its line is a line of its own."""
    from pdfminer.converter import PDFPageAggregator
    from pdfminer.layout import LAParams, LTChar, LTPage, LTTextLineHorizontal
    from pdfminer.pdfinterp import PDFPageInterpreter, PDFResourceManager

    resources = PDFResourceManager()
    device = PDFPageAggregator(resources)
    PDFPageInterpreter(resources, device).process_page(page)
    found = device.get_result()
    how = LAParams(char_margin=1.0)
    for line in chain.from_iterable(LTPage.group_objects(found, how, run) for run in _runs(list(_letters(found)))):
        if isinstance(line, LTTextLineHorizontal):
            sizes = [(one.size, one.y0) for one in line if isinstance(one, LTChar)]
            size, foot = (statistics.median(values) for values in zip(*sizes, strict=True))
            line.analyze(how)
            text = " ".join(_letter_by_letter(clean(line.get_text())).split())
            if text:
                yield DrawnLine(text, line.x0, foot, line.x1, size)


def _letters(found: Any) -> Iterator[Any]:
    """The letters of a page, those in its drawings among them."""
    from pdfminer.layout import LTChar, LTFigure

    for one in found:
        if isinstance(one, LTChar):
            yield one
        elif isinstance(one, LTFigure):
            yield from _letters(one)


def _runs(letters: Sequence[Any]) -> Iterator[Sequence[Any]]:
    """The letters in runs, so that a large initial is none with the word that it begins."""
    sizes = [0.0, *(letter.size for letter in letters), 0.0]
    begin = 0
    for place in range(1, len(letters)):
        before, this, after = sizes[place : place + 3]
        if (place - 1 == begin and before > _INITIAL * this) or this > _INITIAL * max(before, after):
            yield letters[begin:place]
            begin = place
    if letters:
        yield letters[begin:]


def _letter_by_letter(text: str) -> str:
    """A text without ligatures, and with the accents that are drawn over their letters in them."""
    text = _LIGATURES.sub(lambda found: unicodedata.normalize("NFKC", found[0]), text)
    return _ACCENT.sub(lambda found: unicodedata.normalize("NFC", found[2] + _COMBINING[found[1]]), text)


def _drop_repeats(lines: Iterator[DrawnLine]) -> Iterator[DrawnLine]:
    """The lines without those that are drawn a second time, to be bold."""
    seen: dict[str, list[DrawnLine]] = {}
    for line in lines:
        others = seen.setdefault(line.text, [])
        if not any(
            abs(one.left - line.left) < _SHIFT and abs(one.foot - line.foot) < _SHIFT for one in others[-_REPEATS:]
        ):
            others.append(line)
            yield line


def _with_initials(lines: Sequence[DrawnLine]) -> list[DrawnLine]:
    """The lines with the large letters that begin some of them in their places, whenever they were drawn."""
    found = list(lines)
    usual = statistics.median(line.size for line in lines) if lines else 0.0
    large = (
        line for line in lines if len(line.text) == 1 and line.text.isalpha() and line.size > _INITIAL * usual
    )
    for letter in islice(large, _INITIALS):
        for place, line in enumerate(found):
            if _begins(letter, line):
                found[place] = replace(line, text=letter.text + line.text)
                found.remove(letter)
                break
    return found


def _begins(letter: DrawnLine, line: DrawnLine) -> bool:
    """Whether a large letter stands at the left of a line, and reaches from it further down."""
    return (
        letter.size > _INITIAL * line.size
        and letter.foot - line.size / 2 < line.foot < letter.foot + letter.size
        and abs(line.left - letter.right) < line.size
    )
