"""A page's tree made ready for finding its report: what is struck goes, what is in odd places is put right."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import Any

_SAVED = re.compile(r"<!--\s{0,9}saved from url=\(\d{1,6}\)(https?://[^\s<>\"]{1,2000}?)\s{0,9}-->")
_CLOCK = re.compile(r"\d{1,2}\s?[:.h]\s?\d\d|\d\s?[ap]\.?m", re.IGNORECASE)
_POST = re.compile(r"(?i)\b(?:post|update|entry|live-?(?:blog)?-?(?:item|entry|post|update|block))\b")
_HEADINGS = ("h1", "h2", "h3", "h4")
_STRUCK = ("del", "s", "strike")
_LEAST_POSTS = 2


def saved_from(text: str) -> str:
    """The address that a browser wrote into a page that it saved; empty without one."""
    found = _SAVED.search(text[:5_000])
    return found[1] if found else ""


def prepare(tree: Any) -> None:
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


def only_article(tree: Any) -> Any:
    """The element that says it is the article of the page; None if none or several do."""
    found = [
        one
        for one in tree.iter()
        if one.tag == "article" or (isinstance(one.tag, str) and one.get("itemprop") == "articleBody")
    ]
    return found[0] if len(found) == 1 else None
