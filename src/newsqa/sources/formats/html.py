"""HTML pages: the report without what surrounds it, its title, author, source, day and own address."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

from newsqa.errors import ArticleError
from newsqa.sources.formats.build import assemble
from newsqa.sources.formats.dates import local_day
from newsqa.sources.formats.flow import Flow, flow_of
from newsqa.sources.formats.frontmatter import FrontMatter, is_web_address
from newsqa.sources.formats.layout import ends_sentence
from newsqa.sources.formats.markup import decode_markup
from newsqa.sources.formats.origin import Origin, canonical_link, clean_url, date_in_url, join, site_name
from newsqa.sources.formats.pagedata import PageData, page_data
from newsqa.types import Article

MAX_MARKUP = 5_000_000
"""Most characters of a page that are read."""

_MAX_TAGS = 60_000
_LEAST_WORDS, _LEAST_BRIEF = 25, 8
"""Fewest words of a report, and of one that the page marks as its article."""
_SAVE = "Save the report as text, and ingest that."

_SAVED = re.compile(r"<!--\s{0,9}saved from url=\(\d{1,6}\)(https?://[^\s<>\"]{1,2000}?)\s{0,9}-->")
_CLOCK = re.compile(r"\d{1,2}\s?[:.h]\s?\d\d|\d\s?[ap]\.?m", re.IGNORECASE)
_POST = re.compile(r"(?i)\b(?:post|update|entry|live-?(?:blog)?-?(?:item|entry|post|update|block))\b")
_HEADINGS = ("h1", "h2", "h3", "h4")
_STRUCK = ("del", "s", "strike")
_LEAST_POSTS = 2


@dataclass(frozen=True, slots=True)
class Page:
    """A parsed page: what it says about itself, its tree, and the text that is its report."""

    data: PageData
    tree: Any
    flow: Flow


def read_html(data: bytes, origin: Origin, given: FrontMatter | None = None) -> Article:
    """The article of a page; raises `ArticleError` if it holds none. `given` fills in what the page lacks."""
    return article_of(parse_page(data, origin), origin, given)


def parse_page(data: bytes, origin: Origin) -> Page:
    """The parts of a page; raises `ArticleError` if it is no page, or larger than a page with one article."""
    text = decode_markup(data, origin.charset)
    if len(text) > MAX_MARKUP or text.count("<") > 2 * _MAX_TAGS:
        raise ArticleError(f"The page is larger than one with an article. {_SAVE}")
    tree = _parse_tree(text)
    said = page_data(tree)
    if not said.url and not origin.url:
        said = replace(said, url=_find_saved_address(text))
    _put_right(tree)
    return Page(said, tree, _report(tree, origin.url))


def article_or_onward(data: bytes, origin: Origin, given: FrontMatter | None = None) -> Article | str:
    """The article of a page, or the address to which a page without one sends its readers; as `read_html`."""
    page = parse_page(data, origin)
    try:
        return article_of(page, origin, given)
    except ArticleError:
        onward = join(origin.url, page.data.refresh) if page.data.refresh else ""
        if not onward or onward == origin.url:
            raise
        return onward


def article_of(page: Page, origin: Origin, given: FrontMatter | None = None) -> Article:
    """The article of a parsed page; raises `ArticleError`, naming the page's feed if it has one."""
    said, given = page.data, given or FrontMatter()
    url = canonical_link(origin.url or said.url, said.url) if said.url or origin.url else ""
    url = clean_url(url) if is_web_address(url) else ""
    title = said.title or given.title
    body, units = page.flow.finish(title)
    if len(body.split()) < _LEAST_WORDS and not _is_brief(page, body, title):
        feed = f" It offers a feed, which can be ingested: {said.feed}." if is_web_address(said.feed) else ""
        raise ArticleError(
            f"The page has no article text: {len(body.split())} words were found. It may be a list of articles, "
            f"closed to programs, or filled in by a script.{feed} {_SAVE}"
        )
    known = FrontMatter(
        title=title,
        source=said.source or site_name(url),
        published=local_day(said.published, date_in_url(url)) or given.published,
        url=url or given.url,
        language=said.language or given.language,
        author=said.author or given.author,
        updated=said.updated or given.updated,
    )
    article = assemble(known, body, units, origin)
    if article.published or known.published or not said.shown:
        return article
    return assemble(replace(known, published=said.shown), body, units, origin)


def _is_brief(page: Page, body: str, title: str) -> bool:
    """Whether a short text is a whole report: the page has a title, and marks this text as its article."""
    article = _find_only_article(page.tree)
    if article is None or not title or len(body.split()) < _LEAST_BRIEF:
        return False
    return ends_sentence(body) and " ".join(body.split()[:6]) in " ".join(article.text_content().split())


def read_fragment(markup: str, origin: Origin, given: FrontMatter) -> Article:
    """The article of a piece of HTML, such as the content of a feed's entry; raises `ArticleError`."""
    body, units = fragment_flow(markup).finish(given.title)
    url = given.url if is_web_address(given.url) else ""
    return assemble(replace(given, url=url), body, units, origin)


def fragment_flow(markup: str) -> Flow:
    """The paragraphs of a piece of HTML, with nothing left out but scripts and the like; raises `ArticleError`."""
    if len(markup) > MAX_MARKUP or markup.count("<") > 2 * _MAX_TAGS:
        raise ArticleError(f"The article is larger than one with a report. {_SAVE}")
    return flow_of(_parse_tree(f"<html><body><article>{markup}</article></body></html>"))


def looks_like_html(text: str) -> bool:
    """Whether a text is written in HTML: it has the tags of paragraphs."""
    return bool(re.search(r"(?i)</p>|<br ?/?>|</div>|<p(?: [^>]{0,200})?>", text[:20_000]))


def _parse_tree(text: str) -> Any:
    """The tree of an HTML page, whatever is wrong with it; raises `ArticleError` if there is nothing in it."""
    from lxml import etree
    from lxml import html as parsing

    parser = parsing.HTMLParser(encoding="utf-8", no_network=True, remove_comments=True, remove_pis=True)
    try:
        tree = parsing.document_fromstring(text.encode("utf-8"), parser=parser)
    except (etree.LxmlError, ValueError, AssertionError) as error:
        raise ArticleError(f"The page is empty, or is not HTML. {_SAVE}") from error
    if sum(1 for _ in tree.iter()) > _MAX_TAGS:
        raise ArticleError(f"The page is larger than one with an article. {_SAVE}")
    return tree


def _report(tree: Any, url: str) -> Flow:
    """The main text of a page by trafilatura; empty if it finds none."""
    import trafilatura

    try:
        found = trafilatura.bare_extraction(
            tree,
            url=url or None,
            include_comments=False,
            include_tables=True,
            include_formatting=True,
            with_metadata=False,
        )
        body = getattr(found, "body", None)
        return Flow() if body is None else flow_of(body)
    except Exception as error:  # a parser of hostile pages: whatever it stumbles over, the page is unreadable
        raise ArticleError(f"The page cannot be read ({type(error).__name__}). {_SAVE}") from error


def _find_saved_address(text: str) -> str:
    """The address that a browser wrote into a page that it saved; empty without one."""
    found = _SAVED.search(text[:5_000])
    return found[1] if found else ""


def _put_right(tree: Any) -> None:
    """Takes out what is struck, makes an article of an aside that is one, and puts times before posts."""
    for element in list(tree.iter(*_STRUCK)):
        if element.getparent() is not None:
            element.drop_tree()
    if next(tree.iter("article", "main"), None) is None:
        for aside in list(tree.iter("aside")):
            if next(aside.iter("h1"), None) is not None and sum(1 for _ in aside.iter("p")) > 1:
                aside.tag = "article"
    posts = list(_posts(tree))
    if len(posts) < _LEAST_POSTS:
        return
    parents = {post.getparent() for post, _, _ in posts}
    parent = parents.pop()
    if not parents and parent.tag != "body" and posts[0][0].tag == "article":
        parent.tag = "article"  # of several articles, some would be taken for stories beside the one
    for post, time, shown in posts:
        post.tag = "div" if post.tag == "article" else post.tag
        first = next((one for one in post.iter("p") if (one.text_content() or "").strip()), None)
        if first is not None:
            first.text = f"{shown}: {(first.text or '').lstrip()}"
            time.drop_tree()


def _posts(tree: Any) -> Iterator[tuple[Any, Any, str]]:
    """The posts of a live blog: parts of a page with a time of day each; with its element and its words.

    A post that stands alone in another is the same one.
    """
    seen = set()
    for post in tree.iter("article", "section", "div", "li"):
        if post.tag != "article" and not _POST.search(f"{post.get('class', '')} {post.get('itemtype', '')}"):
            continue
        times = list(islice(post.iter("time"), 2))
        if len(times) == 1 and times[0] not in seen:
            seen.add(times[0])
            shown = " ".join((times[0].text_content() or "").split())[:60]
            if _CLOCK.search(shown):
                yield post, times[0], shown


def _find_only_article(tree: Any) -> Any:
    """The element that says it is the article of the page; None if none or several do."""
    found = [
        one
        for one in tree.iter()
        if one.tag == "article" or (isinstance(one.tag, str) and one.get("itemprop") == "articleBody")
    ]
    return found[0] if len(found) == 1 else None
