"""What the API takes and gives, as types with examples: the source of its OpenAPI description."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from newsqa.pipeline import MAX_QUESTION

Words = Annotated[str, StringConstraints(max_length=MAX_QUESTION, pattern=r"\S")]
Name = Annotated[str, StringConstraints(max_length=200)]
MAX_TEXT = 1_000_000
_ADDRESS = r"^([Hh][Tt][Tt][Pp][Ss]?://[^\s]+)?$"
MAX_TURNS = 20
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def _written_out(value: object) -> object:
    """Only year-month-day is a day; pydantic would take numbers for seconds."""
    if (isinstance(value, str) and not _DAY.fullmatch(value)) or isinstance(value, int | float):
        raise ValueError("a day is written as year-month-day, such as 2019-04-25")
    return value


Day = Annotated[date | None, BeforeValidator(_written_out)]
_PUTIN = "why did Kim meet Putin?"


class Strict(BaseModel):
    """A body in which an unknown field is an error, so that a misspelt one is noticed."""

    model_config = ConfigDict(extra="forbid")


class Narrowed(Strict):
    """Which articles may answer."""

    since: Day = Field(None, description="Only articles published on this day or later.")
    until: Day = Field(None, description="Only articles published on this day or earlier.")
    source: list[Name] = Field([], max_length=50, description="Only articles of these sources.")

    def filters(self) -> dict[str, Any]:
        """As the arguments that `NewsQA` takes."""
        return {"since": self.since, "until": self.until, "source": self.source or None}


class Earlier(Strict):
    """An earlier question of the conversation, and what was answered."""

    question: Words
    answer: str = Field("", max_length=20_000)


class Ask(Narrowed):
    """A question."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"question": _PUTIN, "since": "2019-04-01"}]})

    question: Words
    history: list[Earlier] = Field([], max_length=MAX_TURNS, description="The earlier turns, oldest first.")
    k: int | None = Field(None, ge=1, le=200, description="How many passages are read.")
    stream: bool = Field(False, description="Send the steps and the answer as server-sent events.")


class Search(Narrowed):
    """A query."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"query": "armoured train", "k": 5}]})

    query: Words
    k: int = Field(10, ge=1, le=200, description="How many passages to return.")


class Hit(BaseModel):
    """A passage that was found; `start` and `end` are its characters in the article."""

    score: float
    passage_id: str
    article_id: str
    title: str
    source: str
    published: date | None
    url: str
    text: str
    start: int
    end: int


class Hits(BaseModel):
    """Passages, best first."""

    passages: list[Hit]


class Cited(BaseModel):
    """A citation: `quote` stands at `start` to `end` of the article."""

    model_config = ConfigDict(extra="allow")

    number: int
    article_id: str
    passage_id: str
    title: str
    source: str
    published: date | None
    url: str
    quote: str
    start: int
    end: int


class Answered(BaseModel):
    """An answer whose sentences carry `[n]`, numbers of `citations`; or an abstention, with what is `missing`."""

    model_config = ConfigDict(extra="allow")

    question: str
    searched_for: str
    text: str
    abstained: bool
    missing: list[str]
    confidence: float = Field(ge=0, le=1)
    citations: list[Cited]


class Summary(BaseModel):
    """An article in a list."""

    model_config = ConfigDict(extra="allow")

    id: str
    title: str
    source: str
    published: date | None
    url: str
    language: str
    words: int
    passages: int


class Summaries(BaseModel):
    """One page of the articles, newest first; `total` counts those that fit."""

    total: int
    limit: int
    offset: int
    articles: list[Summary]


class Earliest(BaseModel):
    """What an article said before it was replaced."""

    replaced_at: str
    title: str
    text: str


class Whole(BaseModel):
    """A whole article with its earlier versions, oldest first."""

    id: str
    title: str
    source: str
    author: str
    published: date | None
    url: str
    language: str
    text: str
    versions: list[Earliest]


class NewText(Strict):
    """An article to be added: its text, or the address of a page, feed or sitemap."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"title": "Harbour bridge open again", "source": "Coast Courier", "text": "The bridge ..."}
            ]
        }
    )

    url: str = Field(
        "", max_length=2_000, pattern=_ADDRESS, description="With `text`: where it stands. Alone: what to fetch."
    )
    text: str = Field(
        "", max_length=MAX_TEXT, description="The article without its title, as Markdown or plain text."
    )
    title: Name = ""
    source: Name = ""
    published: Day = None
    language: str = Field("", pattern="^([A-Za-z]{2,3})?$")


class Failure(BaseModel):
    """What could not be read, and why."""

    name: str
    reason: str


class Report(BaseModel):
    """What became of the articles."""

    added: int
    updated: int
    same: int
    passages: int
    article_ids: list[str]
    failed: list[Failure]


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
