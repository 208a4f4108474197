"""What the API takes and gives, as types with examples: the source of its OpenAPI description."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator
from pydantic.config import JsonDict
from pydantic.dataclasses import dataclass

from newsqa.interfaces.wire import DayField, model, model_of, refuse_numbers
from newsqa.pipeline import MAX_QUESTION
from newsqa.types import Answer, Article, AskOptions, IngestReport, ScoredPassage, SearchOptions, Turn, Version

Words = Annotated[str, StringConstraints(max_length=MAX_QUESTION, pattern=r"\S")]
Name = Annotated[str, StringConstraints(max_length=200)]
MAX_TEXT = 1_000_000
_ADDRESS = r"^([Hh][Tt][Tt][Pp][Ss]?://[^\s]+)?$"
MAX_TURNS = 20
_STRICT = ConfigDict(extra="forbid")
"""An unknown field is an error, so that a misspelt one is noticed."""
_QUESTION: JsonDict = {"question": "why did Kim meet Putin?", "since": "2019-04-01"}


@dataclass(frozen=True, kw_only=True, config=_STRICT)
class AskFields(AskOptions):
    """What a question is asked with."""

    _days = field_validator("since", "until", "as_of", mode="before")(refuse_numbers)


@dataclass(frozen=True, config=_STRICT)
class Earlier(Turn):
    """An earlier question of the conversation, and what was answered."""

    question: Words
    answer: Annotated[str, StringConstraints(max_length=20_000)] = ""


@dataclass(frozen=True, kw_only=True, config=_STRICT | ConfigDict(json_schema_extra={"examples": [_QUESTION]}))
class Ask(AskFields):
    """A question."""

    question: Words
    history: list[Earlier] = Field([], max_length=MAX_TURNS, description="The earlier turns, oldest first.")
    stream: bool = Field(False, description="Send the steps and the answer as server-sent events.")


@dataclass(
    frozen=True,
    kw_only=True,
    config=_STRICT | ConfigDict(json_schema_extra={"examples": [{"query": "armoured train", "k": 5}]}),
)
class Search(SearchOptions):
    """A query."""

    query: Words
    _days = field_validator("since", "until", mode="before")(refuse_numbers)


Answered = model_of(Answer)
Hits = model("Hits", "Passages, best first.", passages=tuple[ScoredPassage, ...])
Suggestions = model("Suggestions", "Questions to ask.", suggestions=tuple[str, ...])
Whole = model_of(Article, versions=tuple[Version, ...])
Report = model_of(IngestReport)


class NewText(BaseModel):
    """An article to be added: its text, or the address of a page, feed or sitemap."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"title": "Harbour bridge open again", "source": "Coast Courier", "text": "The bridge ..."}
            ]
        },
    )

    url: str = Field(
        "", max_length=2_000, pattern=_ADDRESS, description="With `text`: where it stands. Alone: what to fetch."
    )
    text: str = Field(
        "", max_length=MAX_TEXT, description="The article without its title, as Markdown or plain text."
    )
    title: Name = ""
    source: Name = ""
    author: Name = ""
    published: DayField = None
    language: str = Field("", pattern="^([A-Za-z]{2,3})?$")


class Health(BaseModel):
    """Whether questions can be answered: `empty` means that there are no articles yet.

    `parts` says of each part of the index `ok`, or what is wrong with it.
    """

    status: Literal["ok", "empty", "failing", "stopping"]
    parts: dict[str, str]


class Fault(BaseModel):
    """What was wrong."""

    message: str
    type: str
    param: str | None
    code: str


class Problem(BaseModel):
    """Every error of the API; OpenAI's clients read it too."""

    error: Fault
