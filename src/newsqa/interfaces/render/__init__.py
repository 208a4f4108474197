"""An answer, its evidence and an article, as terminal text, Markdown, or HTML that is safe to show.

Everything here comes from articles, questions and models, so nothing is trusted: HTML is escaped, Markdown's
marks are escaped, control and direction-override characters are dropped, and only http(s) links are links.
"""

from __future__ import annotations

from newsqa.interfaces.render.evidence import (
    Opener,
    Way,
    article_html,
    cards_html,
    find_quote,
    nearest_sentence,
    open_button,
    related_html,
)
from newsqa.interfaces.render.prose import (
    answer_html,
    to_csv,
    to_footnotes,
    to_markdown,
    to_plain,
    to_text,
    without_markers,
)
from newsqa.interfaces.render.safe import (
    also_in,
    author_words,
    cite,
    claimed_words,
    differing_words,
    escape,
    escape_markdown,
    moment_html,
    otherwise_words,
    outlets_words,
    plain,
    safe_url,
)
from newsqa.interfaces.render.versions import history_html
from newsqa.interfaces.render.written import flagged_text, written_html
from newsqa.text.numbers import count
from newsqa.text.stems import find_words
from newsqa.types import day_words

__all__ = [
    "Opener",
    "Way",
    "also_in",
    "answer_html",
    "article_html",
    "author_words",
    "cards_html",
    "cite",
    "claimed_words",
    "count",
    "day_words",
    "differing_words",
    "escape",
    "escape_markdown",
    "find_quote",
    "find_words",
    "flagged_text",
    "history_html",
    "moment_html",
    "nearest_sentence",
    "open_button",
    "otherwise_words",
    "outlets_words",
    "plain",
    "related_html",
    "safe_url",
    "to_csv",
    "to_footnotes",
    "to_markdown",
    "to_plain",
    "to_text",
    "without_markers",
    "written_html",
]
