"""Letters (.eml, Outlook's .msg) and boxes of them (.mbox): what they say in text or HTML, by whom and when."""

from __future__ import annotations

import email
import email.policy
import io
from collections.abc import Iterator
from email.message import EmailMessage
from email.utils import parseaddr

from newsqa.errors import ArticleError
from newsqa.sources.formats.build import build_article
from newsqa.sources.formats.files import too_large
from newsqa.sources.formats.frontmatter import FrontMatter
from newsqa.sources.formats.html import read_fragment
from newsqa.sources.formats.markup import clean
from newsqa.sources.formats.origin import Origin, ReadOptions
from newsqa.types import Article, IngestEvent

_FROM = b"From "
_UNFOLDED = 4
"""A file whose streams are together so many times its size is made to fill the memory."""
_BEFORE_MAIL = 1980


def read_eml(data: bytes, origin: Origin) -> Article:
    """The article that a letter holds; raises `ArticleError` for one without text."""
    try:
        letter = email.message_from_bytes(data, policy=email.policy.default)
        given = FrontMatter(
            title=_header(letter, "subject"),
            author=parseaddr(_header(letter, "from"))[0],
            published=_header(letter, "date"),
        )
        part = letter.get_body(("html", "plain"))
        text = clean(part.get_content()) if part is not None else ""
        is_html = part is not None and part.get_content_subtype() == "html"
    except ArticleError:
        raise
    except Exception as error:  # the parser of the standard library raises many kinds for hostile letters
        raise ArticleError(f"The letter cannot be read ({type(error).__name__}). Save its text.") from error
    return _article(text, origin, given, is_html=is_html)


def read_msg(data: bytes, origin: Origin) -> Article:
    """The article that a letter holds, without what is attached; raises `ArticleError` for one without text."""
    from olefile import OleFileIO, isOleFile
    from oxmsg import Message

    if not isOleFile(data=data):
        raise ArticleError("It is not a letter saved by Outlook (.msg). Save it as one, or as .eml.")
    try:
        with OleFileIO(io.BytesIO(data)) as file:
            size = sum(entry.size for entry in file.direntries if entry is not None)
        if size > _UNFOLDED * len(data):
            raise ArticleError("Its parts are said to be larger than the file. Leave it out.")
        letter = Message.load(data)
        name, address = parseaddr(letter.sender or "")
        sent = letter.sent_date
        given = FrontMatter(
            title=_line(letter.subject),
            author=_line(name or address),
            published=sent.date().isoformat() if sent is not None and sent.year >= _BEFORE_MAIL else "",
        )
        markup = letter.html_body or ""
        text = clean(markup or letter.body or "")
    except ArticleError:
        raise
    except Exception as error:  # a parser of hostile files: whatever it stumbles over, the letter is unreadable
        raise ArticleError(f"The letter cannot be read ({type(error).__name__}). Save its text.") from error
    return _article(text, origin, given, is_html=bool(markup))


def _article(text: str, origin: Origin, given: FrontMatter, *, is_html: bool) -> Article:
    """The article of a letter with this text; raises `ArticleError` if it has none."""
    if is_html:
        return read_fragment(text, origin, given)
    return build_article(text, origin.path, markdown=False, key=origin.key, given=given)


def read_mbox(file: io.BufferedReader, origin: Origin, how: ReadOptions) -> Iterator[Article | IngestEvent]:
    """The articles of a box of letters, one letter in memory at a time."""
    for number, letter in enumerate(_letters(file, how.max_bytes), 1):
        name = f"{origin.name}, letter {number}"
        try:
            if len(letter) > how.max_bytes:
                raise too_large(len(letter), how.max_bytes)
            yield read_eml(letter, Origin(name, origin.path, f"{origin.key or origin.path}#{number}"))
        except ArticleError as error:
            yield IngestEvent("failed", name, reason=str(error))


def _letters(file: io.BufferedReader, max_bytes: int) -> Iterator[bytes]:
    """The letters of a box; of one that is too large, only so much that this can be seen."""
    parts: list[bytes] = []
    size = 0
    blank = True
    while line := file.readline(max_bytes):
        if blank and line.startswith(_FROM):
            if parts:
                yield b"".join(parts)
            parts, size = [], 0
        elif size <= max_bytes:
            parts.append(line)
            size += len(line)
        blank = not line.strip()
    if parts:
        yield b"".join(parts)


def _header(letter: EmailMessage, name: str) -> str:
    return _line(str(letter[name] or ""))


def _line(text: str) -> str:
    return " ".join(clean(text).split())
