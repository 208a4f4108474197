"""HTML and XML as text: decoding them as they say, and refusing what is made to do harm."""

from __future__ import annotations

import re
from xml.etree import ElementTree

from newsqa.errors import ArticleError
from newsqa.sources.formats.files import BYTE_ORDER_MARKS
from newsqa.text.normal import tidy

_DECLARED = re.compile(
    rb"(?i)<meta[^>]{0,200}?charset\s{0,9}=\s{0,9}[\"']?\s{0,9}([a-z0-9._:-]{2,40})|<\?xml[^>]{0,200}?encoding\s{0,9}="
    rb"\s{0,9}[\"']([a-z0-9._-]{2,40})"
)
_ENCODINGS = re.compile(
    r"(?i)utf-?8|utf-?16(?:[lb]e)?|windows-?(?:874|125[0-8])|cp125[0-8]|iso-?8859-?\d{1,2}|latin-?1|us-ascii|ascii"
    r"|koi8-[ru]|gb2312|gbk|gb18030|big5(?:-hkscs)?|euc-(?:jp|kr)|shift[_-]jis|iso-2022-jp|tis-620|macintosh"
)
_AS_WINDOWS = frozenset(("iso-8859-1", "iso8859-1", "latin-1", "latin1", "us-ascii", "ascii"))
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
_ENTITY = re.compile(r"(?i)<!ENTITY")
_DEEPEST = 200
_DECLARED_WITHIN = 4_096


def decode_markup(data: bytes, charset: str = "") -> str:
    """The text of a page: by its byte order mark, else by the server's word, its own, UTF-8 or Windows-1252.

    Bytes that do not fit become U+FFFD, control characters are left out.
    """
    for mark, encoding in BYTE_ORDER_MARKS:
        if data.startswith(mark):
            return clean(data[len(mark) :].decode(encoding, "replace"))
    declared = _DECLARED.search(data[:_DECLARED_WITHIN])
    own = (declared[1] or declared[2]).decode("ascii") if declared else ""
    if own.lower().startswith("utf-16") or own.lower().startswith("utf16"):
        own = "utf-8"  # what could be read as ASCII up to here is not UTF-16
    for encoding in (charset, own, "utf-8"):
        if _ENCODINGS.fullmatch(encoding):
            encoding = "cp1252" if encoding.lower() in _AS_WINDOWS else encoding
            try:
                return clean(data.decode(encoding))
            except (UnicodeDecodeError, LookupError):
                continue
    return clean(data.decode("cp1252" if not _mostly_utf8(data) else "utf-8", "replace"))


def clean(text: str) -> str:
    """Tidy text with `\\n` line ends and without control characters, noncharacters and halves of surrogates."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return tidy(_CONTROL.sub("", text))


def _mostly_utf8(data: bytes) -> bool:
    """Whether little in the data is not UTF-8, as after a cut in the middle of a character."""
    wrong = data[:100_000].decode("utf-8", "replace").count("�")
    return wrong * 50 < sum(byte >= 0x80 for byte in data[:100_000])


def refuse_entities(text: str) -> None:
    """Raises `ArticleError` for XML that defines entities, with which a few lines unfold to gigabytes."""
    if _ENTITY.search(text):
        raise ArticleError("It defines XML entities, which are not read. Leave it out, or save it without them.")


def parse_xml(data: bytes) -> ElementTree.Element:
    """The root of an XML document without entities of its own; raises `ArticleError`."""
    text = decode_markup(data)
    refuse_entities(text)
    text = re.sub(r"^\s*<\?xml[^>]{0,300}\?>", "", text)
    parser = ElementTree.XMLParser(target=_Shallow())  # noqa: S314 (no entities, see above)
    try:
        parser.feed(text)
        root: ElementTree.Element = parser.close()
    except (ElementTree.ParseError, ValueError) as error:
        raise ArticleError(f"It is not well-formed XML ({error}). Correct it, or leave it out.") from error
    return root


class _Shallow(ElementTree.TreeBuilder):
    """Builds a tree that is not deeper than a document; raises `ArticleError`."""

    _depth = 0

    def start(self, tag: str, attrs: dict[str, str], /) -> ElementTree.Element:
        """An element begins."""
        self._depth += 1
        if self._depth > _DEEPEST:
            raise ArticleError(f"It is nested more than {_DEEPEST} levels deep. Leave it out.")
        return super().start(tag, attrs)

    def end(self, tag: str, /) -> ElementTree.Element:
        """An element ends."""
        self._depth -= 1
        return super().end(tag)
