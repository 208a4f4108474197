"""Rich text files (.rtf): their text, and the title and author that they name."""

from __future__ import annotations

import re

from newsqa.errors import ArticleError
from newsqa.sources.formats.build import build_article
from newsqa.sources.formats.frontmatter import FrontMatter
from newsqa.sources.formats.markup import clean
from newsqa.sources.formats.origin import Origin
from newsqa.types import Article

_SAID = re.compile(r"\{\\(title|author)[ \r\n]([^{}\\]{1,300})\}")


def read_rtf(data: bytes, origin: Origin) -> Article:
    """The article of a rich text file; raises `ArticleError` if it is none or has no text."""
    from striprtf.striprtf import rtf_to_text

    if not data.lstrip()[:5].startswith(b"{\\rtf"):
        raise ArticleError("It is not a rich text file (.rtf). Save it as one, or as text.")
    source = data.decode("latin-1")
    try:
        text = clean(rtf_to_text(source, errors="replace"))  # type: ignore[no-untyped-call]
    except Exception as error:  # a parser of hostile files: whatever it stumbles over, the file is unreadable
        raise ArticleError(f"The file is damaged ({type(error).__name__}). Save it anew, or as text.") from error
    said = {name: " ".join(clean(value).split()) for name, value in _SAID.findall(source[:20_000])}
    given = FrontMatter(title=said.get("title", ""), author=said.get("author", ""))
    return build_article(_space_paragraphs(text), origin.path, markdown=False, key=origin.key, given=given)


def _space_paragraphs(text: str) -> str:
    """The text with a blank line between paragraphs, each of which is one line of a rich text file."""
    return "\n\n".join(line.strip() for line in text.split("\n") if line.strip())
