"""Letters as Outlook saves them (.msg): what they say in HTML or text, by whom and when."""

from __future__ import annotations

import io
from email.utils import parseaddr

from newsqa.errors import ArticleError
from newsqa.sources.formats.frontmatter import FrontMatter
from newsqa.sources.formats.mail import article_of_letter
from newsqa.sources.formats.markup import clean
from newsqa.sources.formats.origin import Origin
from newsqa.types import Article

_UNFOLDED = 4
"""A file whose streams are together so many times its size is made to fill the memory."""
_BEFORE_MAIL = 1980


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
    return article_of_letter(text, origin, given, is_html=bool(markup))


def _line(text: str) -> str:
    return " ".join(clean(text).split())
