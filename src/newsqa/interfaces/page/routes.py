"""The routes of what stands under an address: answers, conversations, articles, and answers as files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from newsqa.errors import ArticleError, NewsqaError
from newsqa.interfaces.access.responses import describe_publicly
from newsqa.interfaces.page import documents
from newsqa.interfaces.page.addresses import FORGOTTEN, Addresses, Frozen
from newsqa.interfaces.page.links import LONGEST_WORDS, is_of_version, read_span
from newsqa.interfaces.render import day_words, find_quote, to_csv, to_footnotes, to_plain
from newsqa.pipeline import NewsQA

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

_KINDS = {"md": "text/markdown", "txt": "text/plain", "csv": "text/csv"}


def add_routes(app: Any, qa: NewsQA, addresses: Addresses) -> None:
    """Put the routes into a Starlette application; each runs in a thread of its own."""

    def answer(request: Request) -> Response:
        name, _, form = request.path_params["name"].partition(".")
        frozen = addresses.find(name)
        if frozen is None:
            return _missing(FORGOTTEN)
        if not form:
            return _page(documents.answer_document(frozen, addresses.look))
        return _file(f"newsqa-{name[:8]}.{form}", _KINDS[form], _export(frozen, form))

    def conversation(request: Request) -> Response:
        name = request.path_params["name"]
        found = addresses.find_conversation(name)
        if not found:
            return _missing(FORGOTTEN)
        return _page(documents.conversation_document(name, found, addresses.look))

    def article(request: Request) -> Response:
        asked = request.query_params
        try:
            found = qa.article(request.path_params["name"])
        except ArticleError:
            return _missing("This article is not in the library, or no longer.")
        stale = not is_of_version(asked.get("v", ""), found.content_hash)
        passage, quote = (None if stale else read_span(asked.get(name, "")) for name in ("passage", "quote"))
        quote = quote or find_quote(found.text, asked.get("find", "")[:LONGEST_WORDS])
        return _page(documents.article_document(found, passage, quote, stale=stale))

    for path, handle in (("/a/{name}", answer), ("/c/{name}", conversation), ("/articles/{name}", article)):
        app.add_route(path, _told(handle), methods=["GET"])


def _told(handle: Any) -> Any:
    """The route, which says in words what it cannot do."""

    def told(request: Request) -> Response:
        try:
            answered: Response = handle(request)
        except NewsqaError as error:
            return _missing(describe_publicly(error), 503)
        return answered

    return told


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
    return _page(documents.missing_document(words), status)
