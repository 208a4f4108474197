"""Routes about articles: list, get with versions, add, delete."""

from __future__ import annotations

import re
import threading
from functools import partial
from pathlib import PurePath
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.responses import JSONResponse, Response
from pydantic import ValidationError
from starlette.exceptions import HTTPException

from newsqa.errors import ArticleError
from newsqa.interfaces.api._context import (
    Context,
    RefusedError,
    Shared,
    describe_errors,
    describe_problems,
    wait_until_gone,
)
from newsqa.interfaces.api._schemas import Name, NewText, Report, Whole
from newsqa.interfaces.wire import DayField, Summaries, list_summaries, show_article
from newsqa.types import IngestReport

router = APIRouter(tags=["articles"])

_ID = "^[0-9a-f]{16}$"
_NAME = re.compile(r"[^/\\\x00-\x1f\x7f]{1,200}")
_ONE_FILE = "The form cannot be read. Send multipart/form-data with one file, in the field file, and nothing else."
_FORM = {"type": "object", "required": ["file"], "properties": {"file": {"type": "string", "format": "binary"}}}
_BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {"schema": NewText.model_json_schema(), "example": {"text": "The bridge ..."}},
            "multipart/form-data": {"schema": _FORM},
        },
    }
}


def _read_id(
    article_id: Annotated[
        str, Path(description="As `GET /v1/articles` lists them.", json_schema_extra={"pattern": _ID})
    ],
) -> str:
    """The id of an article; what cannot be one is met as an id that no article has."""
    if not re.fullmatch(_ID, article_id):
        raise _nothing_given()
    return article_id


ArticleId = Annotated[str, Depends(_read_id)]


@router.get("/v1/articles", response_model=Summaries, responses=describe_errors(), operation_id="listArticles")
async def list_articles(
    shared: Shared,
    since: DayField = None,
    until: DayField = None,
    source: Annotated[list[Name], Query(max_length=50)] = [],  # noqa: B006 (FastAPI copies it)
    author: Annotated[list[Name], Query(max_length=50)] = [],  # noqa: B006
    language: Annotated[list[Name], Query(max_length=50)] = [],  # noqa: B006
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
    offset: Annotated[int, Query(ge=0, le=10_000_000)] = 0,
) -> Response:
    """One page of the articles, newest first."""
    chosen: dict[str, Any] = {
        "since": since, "until": until, "source": source, "author": author, "language": language,
    }  # fmt: skip
    found = await shared.looking.run(lambda: shared.qa.articles(limit=limit, offset=offset, **chosen))
    total = await shared.looking.run(lambda: shared.qa.article_count(**chosen))
    return JSONResponse(list_summaries(found, total, limit, offset))


@router.get(
    "/v1/articles/{article_id}", response_model=Whole, responses=describe_errors(404), operation_id="getArticle"
)
async def get_article(article_id: ArticleId, shared: Shared) -> Response:
    """A whole article with its earlier versions, oldest first."""
    return JSONResponse(await shared.looking.run(lambda: _dump_article(shared, article_id)))


@router.delete(
    "/v1/articles/{article_id}", status_code=204, response_class=Response, responses=describe_errors(404),
    operation_id="deleteArticle",
)  # fmt: skip
async def delete_article(article_id: ArticleId, shared: Shared) -> Response:
    """Take an article out of the index; its file stays where it is."""
    if not await shared.changing.run(lambda: shared.qa.remove([article_id])):
        raise _nothing_given()
    return Response(status_code=204)


@router.post(
    "/v1/articles", response_model=Report, responses=describe_errors(413, 415), openapi_extra=_BODY,
    operation_id="addArticles",
)  # fmt: skip
async def add_articles(request: Request, shared: Shared) -> Response:
    """Add an article as text, as a file (`multipart/form-data`, field `file`), or by its address.

    A file may be whatever `newsqa ingest` reads, records and archives included. An address may be that of a page,
    a feed or a news sitemap on a public host. The same text or file again changes nothing.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "multipart/form-data":
        return JSONResponse((await _add_file(request, shared)).to_dict())
    if kind != "application/json":
        raise RefusedError(415, "media_type", "Send application/json, or multipart/form-data with a file.")
    return JSONResponse((await _add_text(request, shared)).to_dict())


async def _add_file(request: Request, shared: Context) -> IngestReport:
    if not shared.qa.settings.uploads:
        raise RefusedError(403, "uploads_off", "This server takes no files. NEWSQA_UPLOADS allows them.")
    try:
        async with request.form(max_files=1, max_fields=1) as form:
            file = form.get("file")
            if file is None or isinstance(file, str) or not file.filename:
                raise RefusedError(422, "no_file", "file: There is no file of that name. Send one, with its name.")
            name, content = PurePath(file.filename).name, await file.read()
    except HTTPException as error:
        raise RefusedError(400, "bad_form", _ONE_FILE) from error
    if not _NAME.fullmatch(name):
        raise RefusedError(422, "bad_name", "file: A file's name has 1 to 200 characters. Rename it.")
    return await shared.changing.run(lambda: shared.qa.add_file(name, content))


async def _add_text(request: Request, shared: Context) -> IngestReport:
    try:
        new = NewText.model_validate_json(await request.body())
    except ValidationError as error:
        raise RefusedError(422, "bad_value", describe_problems(error.errors(include_url=False))) from error
    if new.text.strip():
        if not shared.qa.settings.uploads:
            raise RefusedError(403, "uploads_off", "This server takes no texts. NEWSQA_UPLOADS allows them.")
        fields: dict[str, Any] = new.model_dump(exclude={"text"})
        return await shared.changing.run(lambda: shared.qa.add_text(new.text, **fields))
    if not new.url:
        raise RefusedError(422, "nothing_to_add", "Give a text, or the address of a page.")
    if not shared.qa.settings.fetch:
        raise RefusedError(403, "urls_off", "This server fetches no pages. NEWSQA_FETCH allows it.")
    stop = threading.Event()
    report = await shared.fetching.run(
        lambda: shared.qa.ingest([new.url], stop=stop.is_set), gone=partial(wait_until_gone, request), stop=stop
    )
    if report.failed and not (report.added or report.updated or report.same):
        raise RefusedError(422, "not_fetched", report.failed[0].reason)
    return report


def _dump_article(shared: Context, article_id: str) -> dict[str, Any]:
    try:
        article = shared.qa.article(article_id)
    except ArticleError:
        raise _nothing_given() from None
    versions = shared.qa.history(article.id).versions
    return {**show_article(article), "versions": [version.to_dict() for version in versions]}


def _nothing_given() -> RefusedError:
    return RefusedError(
        404, "not_found", "There is no article of that id. GET /v1/articles lists those there are."
    )
