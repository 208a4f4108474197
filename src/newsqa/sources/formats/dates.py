"""When articles were published and last changed: dates as they carry them, and as pages state and show them."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator, Mapping
from copy import deepcopy
from datetime import UTC, date, datetime, timedelta
from html import escape
from itertools import islice
from typing import Any

from newsqa.text.numbers import MONTHS

_LONGEST_DATE = 100

_MONTH_NUMBERS = {
    name[:length]: number for number, name in enumerate(MONTHS, 1) for length in range(3, len(name) + 1)
}

_MONTH = r"(?P<month>[A-Za-z]{3,9})\.?"
_YEAR = r"(?P<year>[12]\d{3})"
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
_FORMS = tuple(
    re.compile(form)
    for form in (
        r"(?<!\d)(?P<year>[12]\d{3})(?P<mark>[-/.])(?P<number>\d{1,2})(?P=mark)(?P<day>\d{1,2})(?!\d)",
        r"(?<!\d)(?P<year>[12]\d{3})(?P<number>\d{2})(?P<day>\d{2})(?=T\d|$|\s|Z)",
        rf"(?<![\d.,:]){_DAY}[ ]{{1,2}}(?:of )?{_MONTH},?[ ]{{1,2}}{_YEAR}(?!\d)",
        rf"(?<![A-Za-z]){_MONTH}[ ]{{1,2}}{_DAY},?[ ]{{1,2}}{_YEAR}(?!\d)",
        rf"(?<!\d){_DAY}-{_MONTH}-{_YEAR}(?!\d)",
        r"(?<!\d)(?P<day>\d{1,2})\.[ ]?(?P<number>\d{1,2})\.[ ]?(?P<year>[12]\d{3})(?!\d)",
    )
)
"""Year first; compact; 23 April 2019; April 23, 2019; 23-FEB-1987; 23.04.2019. Days before months in
numbers only with full stops: 04/05/2019 is April to some and May to others, so it gives no date."""
_PUBLISHED = (
    "article:published_time article.published og:published_time og:article:published_time datepublished "
    "date.published parsely-pub-date sailthru.date cxenseparse:recs:publishtime dc.date.issued dcterms.issued "
    "dcterms.created dc.date.created publication_date publish-date publish_date publishdate publisheddate pubdate "
    "citation_publication_date bt:pubdate article_date_original originalpublicationdate date dc.date"
).split()
_CHANGED = (
    "article:modified_time article:modified og:updated_time og:article:modified_time datemodified date.modified "
    "dcterms.modified dc.date.modified last-modified lastmod revised"
).split()
_UPDATED = re.compile(r"(?i)updat|modif|edited|revis|correct")
_OTHERS = re.compile(r"(?i)\b(?:related|event|teaser|promo|recommended|more-)")
_LABEL, _MOST_TIMES = 60, 50
"""A paragraph with so much more text than the time in it is not a line that says when it was published."""
_SHORT, _LONGEST, _MONTHS = 80, 400, 12
_DATE, _HEADINGS = 20, ("h2", "h3", "h4", "h5", "h6")
"""A heading that is longer says more than a date."""
_BEFORE, _AFTER = 8, 16
"""So many short texts before a headline and after it may say when it was published."""
_UTC = re.compile(r"T\d\d:?\d\d[\d:.]*(?:Z|\+00:?00)$")
_FIRST = date(1995, 1, 1)
"""No page was published before; htmldate has the same."""
_TOKEN = re.compile(r"\d+|[^\W\d_]{3,}")
_SLASHED = re.compile(r"(?<!\d)\d{1,2}/\d{1,2}/\d{2,4}(?!\d)")
_UNSHOWN = ("script", "style", "noscript", "template")
_ATTRIBUTES = ("content", "datetime", "title", "href", "value")


def parse_date(text: str) -> date | None:
    """The day that `text` states completely, with its year; None if it states none that exists.

    A time of day and a zone around the day are passed over; the day is taken as it stands.
    """
    text = " ".join(text[:_LONGEST_DATE].split())
    for form in _FORMS:
        for found in form.finditer(text):
            day = _day(found.groupdict())
            if day:
                return day
    return None


def _day(parts: dict[str, str | None]) -> date | None:
    number = parts.get("number")
    month = int(number) if number else _MONTH_NUMBERS.get((parts.get("month") or "").lower(), 0)
    try:
        return date(int(parts["year"] or 0), month, int(parts["day"] or 0))
    except ValueError:
        return None


def stated_day(tree: Any, metas: Mapping[str, str], linked: str) -> str:
    """The first statement of the day of publication that names a day; not that of an update."""
    stated = [linked, *(metas.get(name, "") for name in _PUBLISHED)]
    stated += [time.get("datetime", "") or time.get("content", "") for time in _times(tree)]
    latest = datetime.now(UTC).date() + timedelta(days=1)
    days = ((text, parse_date(text)) for text in stated)
    return next((text for text, day in days if day and day <= latest), "")


def changed_day(tree: Any, metas: Mapping[str, str], linked: str) -> str:
    """The first statement of the day of the latest change that names a day."""
    stated = [linked, *(metas.get(name, "") for name in _CHANGED)]
    stated += [
        tag.get("datetime", "") or tag.get("content", "")
        for tag in tree.iter()
        if tag.get("itemprop") == "dateModified"
    ]
    return next((text for text in stated if parse_date(text)), "")


def local_day(stated: str, addressed: date | None) -> str:
    """A stated day, or that of the page's address where a time of UTC is on the day before or after."""
    day = parse_date(stated) if _UTC.search(stated) else None
    return addressed.isoformat() if day and addressed and abs((day - addressed).days) == 1 else stated


def shown_day(tree: Any) -> str:
    """The day that is written in short near the headline, else where htmldate finds one; ISO 8601, or empty.

    Comments, updates, other stories, and days that a paragraph tells of are passed over, and so is what is not
    written as a whole day.
    """
    rest = deepcopy(tree)
    _leave_out_others(rest)
    for text in _near_headline(rest):
        day = parse_date(text) or _ask_htmldate(f"<html><body><p>{escape(text)}</p></body></html>", extensive=True)
        if day and _FIRST <= day <= datetime.now(UTC).date() and _states(text, day):
            return day.isoformat()
    for heading in rest.iter("title", "h1"):
        for one in heading.iter():
            one.text = None
    day = _ask_htmldate(rest, extensive=False)
    return day.isoformat() if day and any(_states(text, day) for text in _list_written(rest)) else ""


def _ask_htmldate(page: Any, *, extensive: bool) -> date | None:
    from htmldate import find_date

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of forms of dates and zones that it does not know
            day = find_date(page, extensive_search=extensive, original_date=True)
        return date.fromisoformat(day) if day else None
    except Exception:  # a parser of hostile pages: what it stumbles over is unknown
        return None


def _leave_out_others(tree: Any) -> None:
    """Takes out of a tree what says nothing of when its article was published."""
    from trafilatura.xpaths import REMOVE_COMMENTS_AND_LISTS_XPATH

    def leave_out(element: Any) -> None:
        if element.getparent() is not None:
            element.drop_tree()

    for comments in REMOVE_COMMENTS_AND_LISTS_XPATH:
        for element in comments(tree):
            leave_out(element)
    for element in list(
        tree.iter("meta", "time", "p", "blockquote", "figcaption", "aside", "nav", "dl", *_UNSHOWN)
    ):
        if element.tag == "meta":
            names = " ".join(element.get(name, "") for name in ("property", "name", "itemprop", "http-equiv"))
            left_out = bool(_UPDATED.search(names)) or names.strip() in ("og:image", "copyrightYear")
        elif element.tag == "time":
            left_out = _in_passing(element)
        elif element.tag == "script":
            left_out = element.get("type", "").partition(";")[0].strip().lower() != "application/ld+json"
        elif element.tag in ("p", "blockquote", "figcaption"):
            left_out = len(element.text_content()) > _SHORT
        else:
            left_out = element.find(".//h1") is None
        if left_out:
            leave_out(element)


def _near_headline(tree: Any) -> Iterator[str]:
    """The short texts around the headline, those after it first, each from the nearest on."""
    headline = next(tree.iter("h1"), None)
    if headline is None:
        return
    shown = "text()[normalize-space()][not(parent::script or parent::title)]"
    after = headline.xpath(f"following::{shown}")[:_AFTER]
    before = headline.xpath(f"preceding::{shown}")[: -_BEFORE - 1 : -1]
    for text in (*after, *before):
        if len(text) <= (_DATE if text.getparent().tag in _HEADINGS else _SHORT):
            yield text


def _list_written(tree: Any) -> Iterator[str]:
    """What a page writes, to readers or to programs."""
    for element in tree.iter():
        yield from filter(None, (element.text, element.tail, *(element.get(name) for name in _ATTRIBUTES)))


def _states(text: str, day: date) -> bool:
    """Whether a text writes a whole day: 5/4/2024 is none, as it may be that of April or of May."""
    if day.isoformat() in text or f"{day:%Y%m%d}" in text:
        return True
    words = _TOKEN.findall(text) if len(text) < _LONGEST else []
    numbers = [int(word) for word in words if word.isdecimal() and len(word) <= len("2024")]
    if day.day not in numbers or (day.year not in numbers and day.year % 100 not in numbers):
        return False
    if numbers.count(day.month) > (day.month == day.day):
        return not _SLASHED.search(text) or day.day > _MONTHS or day.day == day.month
    return any(not word.isdecimal() for word in words)


def _times(tree: Any) -> Iterator[Any]:
    """Elements that state when the article was published, the surest first."""
    for tag in tree.iter():
        if tag.get("itemprop") == "datePublished" or (tag.tag == "time" and tag.get("pubdate") is not None):
            yield tag
    for article in list(tree.iter("article", "main"))[:1]:
        for tag in islice(article.iter("time"), _MOST_TIMES):
            around = " ".join((tag.get("class", ""), tag.get("itemprop", ""), tag.text or "", _before(tag)))
            if not _UPDATED.search(around) and not _in_passing(tag):
                yield tag


def _in_passing(tag: Any) -> bool:
    """Whether a time belongs to a sentence, an event or another story, and not to the article."""
    for above in tag.iterancestors():
        if above.tag in ("article", "main"):
            return False
        if above.tag in ("aside", "nav", "footer", "table") or _OTHERS.search(above.get("class", "")):
            return True
        if above.tag == "li" and (above.find(".//a") is not None or len(list(above.getparent().iter("time"))) > 1):
            return True
        if above.tag == "p" and len(above.text_content()) > len(tag.text_content()) + _LABEL:
            return True
    return False


def _before(tag: Any) -> str:
    """The text that stands directly before an element."""
    before = tag.getprevious()
    text = before.tail if before is not None else tag.getparent().text if tag.getparent() is not None else ""
    return str(text or "")[-40:]
