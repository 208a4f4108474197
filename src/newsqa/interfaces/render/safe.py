"""Text that nobody has vetted made safe to show: in a terminal, in HTML, in Markdown, as a link."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from datetime import datetime
from urllib.parse import urlsplit

from newsqa.types import Answer, Copy, Passage, Variant, day_words

_UNSAFE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ufeff]")
_MARKDOWN = re.compile(
    r"(?=[\\`*_{}\[\]<>|~&@])"  # marks anywhere
    r"|^(?=[#+\-=])|(?<=^\d)(?=[.)])|(?<=^\d\d)(?=[.)])"  # headings and lists, at the start
    r"|(?<=http)(?=://)|(?<=https)(?=://)|(?<=www)(?=\.)",  # bare links
    re.IGNORECASE,
)


def plain(text: str) -> str:
    """The text without control characters, terminal escapes and direction overrides."""
    return _UNSAFE.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def escape(text: str) -> str:
    """The text as HTML that shows it, in an element or in a quoted attribute."""
    return html.escape(plain(text), quote=True)


def moment_html(moment: datetime) -> str:
    """A point in time where the server stands: 25 April 2019, 14:05."""
    here = moment.astimezone()
    return f'<time datetime="{here.isoformat()}">{day_words(here.date())}, {here:%H:%M}</time>'


def escape_markdown(text: str) -> str:
    """The text on one line as Markdown that shows it, whatever marks it holds."""
    return _MARKDOWN.sub(r"\\", " ".join(plain(text).split()))


def safe_url(url: str) -> str:
    """The URL if it is plain http or https with a host, else an empty string."""
    if re.search(r"[\s\x00-\x20\x7f\"'<>\\^`{|}]", url):
        return ""
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        return ""
    return url if parts.scheme in ("http", "https") and host else ""


def claimed_words(claimed: bool) -> str:
    """What stands behind an address that only the article itself names."""
    return " (claimed)" if claimed else ""


def also_in(copies: Sequence[Copy]) -> str:
    """Where else a report stands, each by source and day: The Courier, 25 April 2019; The Ledger."""
    told = (", ".join(filter(None, (copy.source or copy.title, day_words(copy.published)))) for copy in copies)
    return "; ".join(" ".join(plain(one).split()) for one in told if one)


def otherwise_words(variants: Sequence[Variant]) -> str:
    """Where a quote stands otherwise, with what stands there: The Courier, 25 April 2019: “It was shut.”"""
    return "; ".join(f"{also_in((one.copy,))}: “{' '.join(plain(one.quote).split())}”" for one in variants)


def outlets_words(answer: Answer) -> str:
    """How many outlets report independently what an answer says, where it is more than one."""
    return f"{answer.outlets} independent outlets" if answer.outlets > 1 else ""


def differing_words(answer: Answer) -> str:
    """That copies of a report differ in what an answer quotes, where they do."""
    numbers = ", ".join(f"[{cited.number}]" for cited in answer.citations if cited.otherwise)
    return f"copies of one report differ in what {numbers} quotes" if numbers else ""


def author_words(author: str) -> str:
    """Who wrote an article, as it stands behind its title."""
    return f"by {author}" if author else ""


def cite(passage: Passage) -> str:
    """Title, author, source and date of a passage's article in one line, and the day of a later change."""
    changed = f"updated {day_words(passage.updated)}" if passage.updated else ""
    parts = (passage.title, author_words(passage.author), passage.source, day_words(passage.published), changed)
    return ", ".join(" ".join(plain(part).split()) for part in parts if part)
