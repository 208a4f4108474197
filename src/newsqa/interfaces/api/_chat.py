"""newsqa as a model: `/v1/chat/completions` and `/v1/models`, in the form that OpenAI's clients speak."""

from __future__ import annotations

import json
import re
import time
import uuid
from collections.abc import AsyncIterator, Iterator, Sequence
from functools import partial
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Request
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, ConfigDict, Field

from newsqa.errors import QuestionError
from newsqa.interfaces.api._asking import EVENTS, stream_response
from newsqa.interfaces.api._context import (
    RefusedError,
    Shared,
    describe_errors,
    error_response,
    show_error,
    wait_until_gone,
)
from newsqa.interfaces.api._schemas import AskFields
from newsqa.interfaces.render import safe_url, to_markdown
from newsqa.pipeline import last_answer
from newsqa.types import Answer, Turn

router = APIRouter(tags=["chat"])
_MOST_MESSAGES = 200

MODEL = "newsqa"
MAX_TURNS = 20
_SOURCES = re.compile(r"\n\n(?:\\\[\d{1,4}\\?\] “|Closest articles:)")
_ESCAPED = re.compile(r"\\([\\`*_{}\[\]<>()#+\-.!|~&@=:])")
_PIECE = re.compile(r"\S+\s*|\s+")


class MessagePart(BaseModel):
    """A part of a message; only text is read."""

    type: str = Field(max_length=40)
    text: str = Field("", max_length=100_000)


class Message(BaseModel):
    """A message of the conversation; system and developer messages are accepted and not followed."""

    role: Literal["system", "developer", "user", "assistant", "tool", "function"]
    content: (
        Annotated[str, Field(max_length=100_000)] | Annotated[list[MessagePart], Field(max_length=50)] | None
    ) = None

    def words(self) -> str:
        """Its text."""
        if isinstance(self.content, list):
            return "\n".join(part.text for part in self.content if part.type in {"text", "input_text"})
        return self.content or ""


class StreamOptions(BaseModel):
    """What a stream has besides the answer."""

    include_usage: bool = False


class Completion(BaseModel):
    """A conversation whose last user message is the question. Sampling options are accepted and change nothing."""

    model_config = ConfigDict(
        extra="allow",
        json_schema_extra={
            "examples": [{"model": MODEL, "messages": [{"role": "user", "content": "why did Kim meet Putin?"}]}]
        },
    )

    model: str = Field(MODEL, max_length=200)
    messages: list[Message] = Field(min_length=1, max_length=_MOST_MESSAGES)
    stream: bool | None = False
    stream_options: StreamOptions | None = None
    n: int | None = Field(1, ge=1, le=1)
    newsqa: AskFields = Field(AskFields(), description="What the question is asked with.")


class Model(BaseModel):
    """A model that can be asked."""

    id: str
    object: Literal["model"]
    created: int
    owned_by: str


class Models(BaseModel):
    """The models."""

    object: Literal["list"]
    data: list[Model]


class Reply(BaseModel):
    """An answer as a chat completion."""

    model_config = ConfigDict(extra="allow")

    id: str
    object: Literal["chat.completion"]
    created: int
    model: str
    choices: list[dict[str, Any]]
    usage: dict[str, int]


_MODEL = {"id": MODEL, "object": "model", "created": 1_577_836_800, "owned_by": "newsqa"}


@router.get("/v1/models", response_model=Models, responses=describe_errors(), operation_id="listModels")
async def models() -> Response:
    """The one model there is."""
    return JSONResponse({"object": "list", "data": [_MODEL]})


@router.get("/v1/models/{model}", response_model=Model, responses=describe_errors(404), operation_id="getModel")
async def model(model: Annotated[str, Path(max_length=200)]) -> Response:
    """What there is to say about a model."""
    if model != MODEL:
        raise RefusedError(404, "model_not_found", f"There is no such model here. Use {MODEL}.")
    return JSONResponse(_MODEL)


@router.post(
    "/v1/chat/completions",
    response_model=Reply,
    responses={200: EVENTS, **describe_errors(404, 409, 413)},
    operation_id="chat",
)
async def chat(body: Completion, request: Request, shared: Shared) -> Response:
    """Answer the last user message; the turns before it tell what it refers to.

    The content is Markdown: the answer with `[n]`, then the quotes and where they stand. The citations are
    `url_citation` annotations, too. A stream sends the answer when it has been checked, never a draft.
    """
    if body.model != MODEL:
        raise RefusedError(404, "model_not_found", f"There is no such model here. Use {MODEL}.")
    question, turns = read_messages([(message.role, message.words()) for message in body.messages])
    request.scope["newsqa.question"] = question
    base = str(request.base_url)
    frame = {"id": f"chatcmpl-{uuid.uuid4().hex}", "created": int(time.time()), "model": MODEL}

    def stream() -> Iterator[Any]:
        return shared.metrics.count(lambda: shared.qa.stream(question, history=turns, options=body.newsqa), "chat")

    if body.stream:
        usage = bool(body.stream_options and body.stream_options.include_usage)
        return await stream_response(lambda items: _chunks(items, frame, base, usage=usage), shared, stream)
    answer = await shared.asking.run(lambda: last_answer(stream()), gone=partial(wait_until_gone, request))
    content, annotations = write_content(answer, base)
    message = {"role": "assistant", "content": content, "refusal": None, "annotations": annotations}
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": "stop"}
    return JSONResponse({**frame, "object": "chat.completion", "choices": [choice], "usage": _NO_TOKENS})


_NO_TOKENS = {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}
"""Nothing is counted, because nothing is charged."""


async def _chunks(
    items: AsyncIterator[Any], frame: dict[str, Any], base: str, *, usage: bool
) -> AsyncIterator[bytes]:
    """The chunks of a streamed completion; a comment for each step keeps the connection awake."""

    def chunk(delta: dict[str, Any], finish: str | None = None) -> bytes:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
        return _data({**frame, "object": "chat.completion.chunk", "choices": [choice]})

    try:
        yield chunk({"role": "assistant", "content": ""})
        async for item in items:
            if not isinstance(item, Answer):
                yield f": {type(item).__name__.lower()}\n\n".encode()
                continue
            content, annotations = write_content(item, base)
            for piece in split_content(content):
                yield chunk({"content": piece})
            if annotations:
                yield chunk({"annotations": annotations})
            yield chunk({}, "stop")
    except Exception as error:
        status, code, words, _ = error_response(error)
        yield _data(show_error(status, code, words))
        return
    if usage:
        yield _data({**frame, "object": "chat.completion.chunk", "choices": [], "usage": _NO_TOKENS})
    yield b"data: [DONE]\n\n"


def _data(value: Any) -> bytes:
    return f"data: {json.dumps(value)}\n\n".encode()


def read_messages(messages: Sequence[tuple[str, str]]) -> tuple[str, list[Turn]]:
    """The last user message, and the turns before it, oldest first; raises `QuestionError` if there is none."""
    asked = [number for number, (role, _) in enumerate(messages) if role == "user"]
    if not asked:
        raise QuestionError("There is no message of the user. Add one: it is the question.")
    turns: list[Turn] = []
    for role, words in messages[: asked[-1]]:
        if role == "user":
            turns.append(Turn(words[:2_000]))
        elif role == "assistant" and turns:
            turns[-1] = Turn(turns[-1].question, strip_markup(words)[:20_000])
    return messages[asked[-1]][1], turns[-MAX_TURNS:]


def strip_markup(content: str) -> str:
    """An answer's own words out of the Markdown that `write_content` made of it."""
    text = _SOURCES.split(content, maxsplit=1)[0]
    return _ESCAPED.sub(r"\1", text.replace("**", ""))


def write_content(answer: Answer, base: str) -> tuple[str, list[dict[str, Any]]]:
    """An answer as Markdown, and its citations as annotations of the places where they are cited.

    An article without an address of its own is cited by its address here, below `base`.
    """
    content = to_markdown(answer)
    end = _SOURCES.search(content)
    body = content[: end.start()] if end else content
    annotations = []
    for citation in answer.citations:
        url = safe_url(citation.passage.url) or f"{base}v1/articles/{citation.passage.article_id}"
        for match in re.finditer(rf"\\\[{citation.number}\\?\]", body):
            cited = {
                "url": url,
                "title": citation.passage.title or citation.passage.source or "Untitled",
                "start_index": match.start(),
                "end_index": match.end(),
            }
            annotations.append({"type": "url_citation", "url_citation": cited})
    return content, annotations


def split_content(content: str) -> Iterator[str]:
    """The content in words, as chat clients show it."""
    yield from _PIECE.findall(content)
