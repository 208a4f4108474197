"""Pages without scripts that stand under an address, and the routes to them: answers, conversations, articles."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from newsqa.errors import ArticleError, NewsqaError
from newsqa.interfaces.access.responses import describe_publicly
from newsqa.interfaces.page.addresses import FORGOTTEN, Addresses, Frozen, Since
from newsqa.interfaces.page.assets import card_html
from newsqa.interfaces.page.conversation import FORMATS, byline_html, confidence_html, notes_html
from newsqa.interfaces.page.links import LONGEST_WORDS, is_of_version, link_article, read_span
from newsqa.interfaces.render import (
    Opener,
    Way,
    answer_html,
    article_html,
    cards_html,
    day_words,
    escape,
    find_quote,
    related_html,
    to_csv,
    to_footnotes,
    to_plain,
    without_markers,
)
from newsqa.pipeline import NewsQA
from newsqa.types import Article, Citation, Span

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

_CSS = Path(__file__).parent / "static" / "page.css"
_DARK = re.compile(r"\.dark \{(.*?)\}", re.DOTALL)
_KINDS = {"md": "text/markdown", "txt": "text/plain", "csv": "text/csv"}
Look = Callable[[Frozen, Citation], Since]


def _answer_document(frozen: Frozen, look: Look) -> str:
    """An answer as it was, with what has become of its articles."""
    exchange = frozen.exchange
    ways = [f'<a href="{exchange.address}.{form}" download>{words}</a>' for form, words in FORMATS.items()]
    ways += [f'<a href="../?a={exchange.address}">Go on asking</a>']
    ways += [f'<a href="../?{escape(exchange.link)}">Ask again, of today’s articles</a>'] if exchange.link else []
    body = f'{_turn(frozen, look)}<p class="nq-actions">{"".join(ways)}</p>'
    return _document(exchange.question, without_markers(exchange.answer), body)


def _conversation_document(address: str, found: Sequence[Frozen], look: Look) -> str:
    """A conversation as it was, from its first question to its last."""
    turns = [_turn(frozen, look, f"t{number}-", link=True) for number, frozen in enumerate(found, 1)]
    more = f'<p class="nq-actions"><a href="../?c={address}">Go on asking</a></p>'
    asked = "; ".join(frozen.exchange.question for frozen in found)
    return _document(found[0].exchange.question, asked, "".join(turns) + more)


def _article_document(article: Article, passage: Span | None, quote: Span | None, *, stale: bool) -> str:
    """An article with a place in it marked; a link that is `stale` was made of another version of it."""
    told = "The article has changed since this link was made, so its place is not marked."
    note = f'<p class="nq-notice" role="status">{told}</p>' if stale else ""
    shown = article_html(article, passage, quote)
    body = f'{note}<article class="nq-article">{shown}</article>'
    return _document(article.title or "Untitled", " ".join(article.text[:300].split()), body)


def _missing_document(words: str) -> str:
    """That there is nothing under an address."""
    return _document("Not here", words, f'<p class="nq-notice" role="alert">{escape(words)}</p>')


def _turn(frozen: Frozen, look: Look, prefix: str = "", *, link: bool = False) -> str:
    """A question, its answer and its evidence, each article with what has become of it."""
    exchange, answer = frozen.exchange, frozen.exchange.answer
    question = escape(exchange.question)
    question = f'<a href="../a/{exchange.address}">{question}</a>' if link else question
    since = {citation.number: look(frozen, citation) for citation in answer.citations}
    opener, prose = _opener(answer.citations, since), answer_html(answer, prefix)
    if answer.abstained:
        missing = "".join(f'<li dir="auto">{escape(part)}</li>' for part in answer.missing)
        prose = f'<p class="nq-prose" dir="auto">{escape(answer.text)}</p><ul>{missing}</ul>'
    cards = cards_html(answer.citations, prefix, opener, {number: _words(one) for number, one in since.items()})
    cards = cards or related_html(answer.related, answer.searched_for, opener)
    day = f'<p class="nq-note">Asked on {day_words(frozen.asked)}</p>'
    said = f"{prose}{confidence_html(answer)}{byline_html(answer)}"
    evidence = f'<aside class="nq-evidence" aria-label="Evidence">{cards}</aside>' if cards else ""
    return (
        f'<article class="nq-turn"><h2 dir="auto">{question}</h2>{day}{notes_html(exchange)}'
        f'<div class="nq-grid"><section class="nq-answer" aria-label="Answer">{said}</section>{evidence}</div>'
        "</article>"
    )


def _words(since: Since) -> str:
    """What has become of an article, where it is not as it was."""
    if since.state == "gone":
        return "The article is no longer in the library; the quote is as it stood in it."
    if since.state == "changed":
        still = "the quote still stands in it" if since.start >= 0 else "the quote no longer stands in it"
        return f"The article has changed since; {still}."
    return ""


def _opener(citations: Sequence[Citation], since: Mapping[int, Since]) -> Opener:
    """What makes links to articles: to the place that is quoted as far as it is still there."""
    now = {citation.passage.article_id: since[citation.number] for citation in citations}
    moved = {(one.passage.article_id, one.start): since[one.number].start for one in citations}

    def link(way: Way, label_html: str) -> str:
        state, quote = now.get(way.article_id), way.quote
        if state and state.state == "gone":
            return ""
        span = Span(way.passage.start, way.passage.end) if way.passage else None
        if state and state.state == "changed":
            start = moved.get((way.article_id, quote.start), -1) if quote else -1
            span, quote = None, Span(start, start + len(quote)) if quote and start >= 0 else None
        target = link_article(way.article_id, span, quote, state.content_hash if state else "", way.find)
        return f'<a class="nq-open" href="../{escape(target)}"{way.aria}>{label_html}</a>'

    return link


def _document(title: str, description: str, body: str) -> str:
    """A whole page; its links are relative, so that it may stand below any path."""
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="robots" content="noindex">'
        f"<title>{escape(title)} – newsqa</title>{card_html(title, description)}"
        f'<link rel="icon" href="../favicon.ico"><style>{_styles()}</style></head>'
        '<body class="gradio-container nq-document"><div class="main"><header class="nq-masthead">'
        '<h1><a href="../">newsqa</a></h1><p class="nq-motto">Every answer stands in the articles</p></header>'
        f"<main>{body}</main></div></body></html>"
    )


@cache
def _styles() -> str:
    """The page's styles; without scripts, the browser's own setting chooses the dark ones."""
    css = _CSS.read_text(encoding="utf-8")
    dark = _DARK.search(css)
    return css + (f"@media screen and (prefers-color-scheme: dark) {{ :root {{{dark[1]}}} }}" if dark else "")


def add_routes(app: Any, qa: NewsQA, addresses: Addresses) -> None:
    """Put the routes into a Starlette application; each runs in a thread of its own."""

    def answer(request: Request) -> Response:
        name, _, form = request.path_params["name"].partition(".")
        frozen = addresses.find(name)
        if frozen is None:
            return _missing(FORGOTTEN)
        if not form:
            return _page(_answer_document(frozen, addresses.look))
        return _file(f"newsqa-{name[:8]}.{form}", _KINDS[form], _export(frozen, form))

    def conversation(request: Request) -> Response:
        name = request.path_params["name"]
        found = addresses.find_conversation(name)
        if not found:
            return _missing(FORGOTTEN)
        return _page(_conversation_document(name, found, addresses.look))

    def article(request: Request) -> Response:
        asked = request.query_params
        try:
            found = qa.article(request.path_params["name"])
        except ArticleError:
            return _missing("This article is not in the library, or no longer.")
        stale = not is_of_version(asked.get("v", ""), found.content_hash)
        passage, quote = (None if stale else read_span(asked.get(name, "")) for name in ("passage", "quote"))
        quote = quote or find_quote(found.text, asked.get("find", "")[:LONGEST_WORDS])
        return _page(_article_document(found, passage, quote, stale=stale))

    for path, handle in (("/a/{name}", answer), ("/c/{name}", conversation), ("/articles/{name}", article)):
        app.add_route(path, _answer_failures(handle), methods=["GET"])


def _answer_failures(handle: Any) -> Any:
    """The route, which says in words what it cannot do."""

    def answer(request: Request) -> Response:
        try:
            response: Response = handle(request)
        except NewsqaError as error:
            return _missing(describe_publicly(error), 503)
        return response

    return answer


def _export(frozen: Frozen, form: str) -> str:
    """An answer as a file."""
    exchange = frozen.exchange
    if form == "csv":
        return "\ufeff" + to_csv(exchange.answer)  # without the mark, spreadsheets guess at the encoding
    note = f"Asked of newsqa on {day_words(frozen.asked)}. {exchange.scope}".strip()
    return (to_footnotes if form == "md" else to_plain)(exchange.question, exchange.answer, note)


def _page(html: str, status: int = 200) -> Response:
    from starlette.responses import HTMLResponse

    return HTMLResponse(html, status_code=status)


def _file(name: str, kind: str, content: str) -> Response:
    from starlette.responses import Response

    headers = {"content-disposition": f'attachment; filename="{name}"'}
    return Response(content, media_type=f"{kind}; charset=utf-8", headers=headers)


def _missing(words: str, status: int = 404) -> Response:
    return _page(_missing_document(words), status)
