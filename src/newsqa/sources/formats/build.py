"""One article from one text: title, source, date, body and blocks."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise

from newsqa.errors import ArticleError
from newsqa.sources.formats.boilerplate import byline_name, is_boilerplate, is_caption, is_header
from newsqa.sources.formats.classify import classify
from newsqa.sources.formats.dates import parse_date
from newsqa.sources.formats.frontmatter import FrontMatter, split_front_matter
from newsqa.sources.formats.layout import Unit, ends_sentence, units
from newsqa.sources.formats.markdown import inline, render
from newsqa.sources.formats.origin import Origin, canonical_url, clean_url, date_in_url, identify, site_name
from newsqa.text.bylines import AGENCIES, agency, closing_mark, dateline, dateline_source, plain_byline
from newsqa.text.normal import decode_entities
from newsqa.types import Article, Block

MAX_CHARACTERS = 5_000_000
"""Most characters of an article, some ten times as many as a novel has."""

_TITLE_CHARACTERS = 220
_STATED = re.compile(
    r"(?i)^(?:first published|published|date|issued|released|posted|created)\b\s*:?\s*(?:on |at )?(.+)$"
)
_SOURCE = re.compile(r"(?i)^source\s?:\s*(\S.{0,80})$")


@dataclass(frozen=True, slots=True)
class _Said:
    """What a bare text says about itself in its datelines, header lines and closing marks."""

    source: str = ""
    published: date | None = None
    published_text: str = ""
    author: str = ""


def build_article(
    text: str, path: str, *, markdown: bool, key: str = "", url: str = "", given: FrontMatter | None = None
) -> Article:
    """The article that a text holds, with or without front matter; raises `ArticleError` if it holds none.

    `path`, `key` and `url` are those of an `Origin`; a URL in the front matter comes before `url`. With `given`,
    which says what is known of the article, the text has no front matter.
    """
    given, begin = (given, 0) if given is not None else split_front_matter(text)
    title, begin = _split_title(text, begin, decode_entities(given.title), markdown=markdown)
    body = drop_title(_body(text, begin), title)
    given = replace(given, title=title, url=given.url or url)
    found = units(body, markdown=markdown)
    if markdown:
        body, found = render(found)
    return assemble(given, body, found, Origin(path, path, key, url))


def assemble(given: FrontMatter, body: str, found: Sequence[Unit], origin: Origin) -> Article:
    """The article whose body has been cut into units; raises `ArticleError` if it has no text.

    Its source is the host that it was fetched from, whatever it says itself; that of a file is what is given.
    What is not given is taken from the body, where it says so: source and day from datelines, the day also from
    the URL.
    """
    title = decode_entities(given.title)
    url = clean_url(given.url) if given.url else ""
    if len(body) + len(title) > MAX_CHARACTERS:
        raise ArticleError(f"The article has more than {MAX_CHARACTERS:,} characters. Split it, or leave it out.")
    if not any(one.isalpha() for one in body):
        raise ArticleError("The article has no text. Add its text below the title, or leave the file out.")
    blocks = classify(found, titled=bool(title))
    said = _find_said(found, blocks, body)
    stated = parse_date(given.published) if given.published else said.published
    day = stated if stated or given.published else date_in_url(url)
    identity = identify(url, origin, day.isoformat() if day else "")
    article = Article(
        id=identity.id,
        title=title or _first_words(body, blocks),
        text=body,
        content_hash="",
        blocks=blocks,
        source=site_name(origin.url) or decode_entities(given.source) or said.source,
        published=day,
        published_text=given.published or said.published_text,
        url=url,
        path=origin.path,
        language=given.language,
        author=plain_byline(decode_entities(given.author)) or said.author,
        updated=_check_updated(parse_date(given.updated) if given.updated else None, day),
        claimed=identity.claimed,
        own_id=identity.own_id,
    )
    return _add_hash(article)


def _check_updated(updated: date | None, published: date | None) -> date | None:
    """The stated day of an update; one before the day of publication is a mistake and is passed over."""
    return None if updated and published and updated < published else updated


def drop_title(body: str, title: str) -> str:
    """The body without a first line that repeats the title."""
    first, _, rest = body.partition("\n")
    return _body(rest, 0) if title and rest and same_words(first, title) else body


def _add_hash(article: Article) -> Article:
    """The article with the hash of everything that the reader of it sees."""
    day = article.published.isoformat() if article.published else article.published_text
    seen = [article.title, article.text, article.source, day, canonical_url(article.url), article.language]
    seen += [article.author] if article.author else []  # so that those without keep the hash of earlier versions
    seen += [f"updated {article.updated}"] if article.updated else []
    content_hash = hashlib.sha256(json.dumps(seen).encode()).hexdigest()
    values = {name: getattr(article, name) for name in Article.__slots__}
    return Article(**{**values, "content_hash": content_hash})


def _body(text: str, begin: int) -> str:
    """The text from `begin` without blank lines at its ends; the indent of its first line stays."""
    while True:
        end = text.find("\n", begin)
        if end < 0 or text[begin:end].strip():
            break
        begin = end + 1
    return text[begin:].rstrip()


def _split_title(text: str, begin: int, given: str, *, markdown: bool) -> tuple[str, int]:
    """The title, and where the body begins; a first line that repeats the given title is left out."""
    start, end, blank_follows, line_follows = _first_line(text, begin)
    line = text[start:end]
    heading = re.fullmatch(r"#[ \t]+(.{1,500}?)[ \t]*#*", line)
    plain = heading[1] if heading else line
    underlined = line_follows and re.fullmatch(r"=+", line_follows)
    if underlined:
        heading_end = text.find("\n", end + 1)
        end = len(text) if heading_end < 0 else heading_end
    if given:
        return given, end if same_words(plain, given) else begin
    if not text[end:].strip():
        return "", begin
    if heading or underlined:
        return _plain(plain, markdown=markdown), end
    if _is_title(line, blank_follows=blank_follows, following=line_follows, wrapped=_opens_wrapped(text, start)):
        return _plain(line, markdown=markdown), end
    later = re.search(r"(?m)^#[ \t]+(\S[^\n]{0,300})$", text[begin : begin + 4000]) if markdown else None
    return (_plain(later[1], markdown=True) if later else ""), begin


def _first_line(text: str, begin: int) -> tuple[int, int, bool, str]:
    """Start and end of the first line with text, whether a blank line follows, and the line that does."""
    start = begin
    while start < len(text) and text[start].isspace():
        start += 1
    end = text.find("\n", start)
    end = len(text) if end < 0 else end
    following_end = text.find("\n", end + 1)
    following = text[end + 1 : len(text) if following_end < 0 else following_end].strip()
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end, not following, following


def _is_title(line: str, *, blank_follows: bool, following: str, wrapped: bool) -> bool:
    """Whether the first line of a bare text is its title: short, no sentence of the report, no mark."""
    words = line.split()
    if len(line) > _TITLE_CHARACTERS or len(words) > 32 or line.endswith((",", ";", "-")) or not words:
        return False
    prefix = dateline(line + " ", 0, len(line) + 1)
    if prefix and (dateline_source(prefix) or ends_sentence(line)):
        return False
    if closing_mark(line, 0, len(line))[1] or is_header(line):
        return False
    if (
        is_caption(line)
        or is_boilerplate(line.partition(":")[2] or line, near_end=False)
        or (line[0] in "-*•>#|" and line[:2] != "**")
    ):
        return False
    if blank_follows:
        return not ends_sentence(line) or len(words) <= 12 or line[-1] in "?!"
    return not ends_sentence(line) and not following[:1].islower() and not wrapped


def is_headline(line: str) -> bool:
    """Whether a first paragraph is the headline of what follows it."""
    return _is_title(line, blank_follows=True, following="", wrapped=False)


def _opens_wrapped(text: str, start: int) -> bool:
    """Whether the lines at `start` are those of one hard-wrapped paragraph: one of them runs on into the next."""
    lines = [line.strip() for line in text[start : start + 1200].partition("\n\n")[0].split("\n")][:8]
    full = len(lines) > 2 and abs(len(lines[0]) - len(lines[1])) < 12
    return full and any(not ends_sentence(one) and two[:1].islower() for one, two in pairwise(lines))


def _find_said(found: Sequence[Unit], blocks: Sequence[Block], body: str) -> _Said:
    """Source and day from datelines, header lines and closing marks; only a day with its year counts."""
    source = published_text = author = ""
    published = None
    for unit, block in zip(found[:8], blocks, strict=False):
        prefix = dateline(unit.text, 0, len(unit.text))
        if prefix:
            source = source or dateline_source(prefix)
        stated = _STATED.match(unit.text) if block.kind == "boilerplate" and is_header(unit.text) else None
        place_line = block.kind == "boilerplate" and not stated and len(unit.text) <= 110
        if not author and block.kind == "boilerplate":
            author = byline_name(unit.text)
        day_text = prefix or (stated[1] if stated else unit.text if place_line else "")
        day = parse_date(day_text) if day_text and published is None else None
        if day:
            published, published_text = day, day_text if stated else day_text.rstrip(" -—–:")
        named = _SOURCE.match(unit.text) if block.kind == "boilerplate" else None
        if named:
            source = source or agency(named[1]) or named[1].strip()
    if not source:
        for unit in reversed(found[-4:]):
            source = closing_mark(body, unit.start, unit.end)[1]
            if source:
                break
    return _Said(AGENCIES.get(source.casefold(), source), published, published_text, author)


def _first_words(body: str, blocks: Sequence[Block]) -> str:
    """A title for a text that has none: its first words."""
    first = next((block.span for block in blocks if block.kind == "paragraph"), None)
    if first is None:
        return ""
    head = body[first.start : min(first.end, first.start + 400)]
    head = " ".join(head[len(dateline(head, 0, len(head))) :].split())
    if len(head) <= 90:
        return head
    return head[:90].rpartition(" ")[0].rstrip(",;:-–— ") + " …" if " " in head[:90] else head[:90] + "…"


def _plain(title: str, *, markdown: bool) -> str:
    """A title on one line, without the marks of Markdown, in bare text without those around it."""
    return " ".join((inline(title)[0] if markdown else title).split()).strip("*_ ").rstrip("#").strip()


def same_words(line: str, title: str) -> bool:
    """Whether two lines have the same letters and digits."""

    def bare(text: str) -> str:
        return "".join(one for one in text.casefold() if one.isalnum())

    return bool(bare(line)) and bare(line) == bare(title)
