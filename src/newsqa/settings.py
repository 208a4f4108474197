"""Settings from `NEWSQA_*` environment variables, with defaults that work on a fresh laptop."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path
from typing import Any, Self

from platformdirs import user_data_path
from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from newsqa.errors import SettingsError

_PREFIX = "NEWSQA_"


class Settings(BaseSettings):
    """Everything that can be chosen. Unknown `NEWSQA_*` variables are an error, so that typos show."""

    model_config = SettingsConfigDict(env_prefix=_PREFIX, extra="forbid", frozen=True, env_ignore_empty=True)

    home: Path = Field(
        default_factory=lambda: user_data_path("newsqa", appauthor=False),
        description="Folder that holds the index.",
    )
    encoder: str = Field(
        default="bundled",
        min_length=1,
        description="`bundled`, or any SentenceTransformer by hub id or folder.",
    )
    reader: str = Field(
        default="bundled",
        pattern="^(bundled|similarity)$",
        description="`bundled` reads with the trained reader, `similarity` scores sentences without one.",
    )
    threshold: float | None = Field(
        default=None,
        ge=0.0,
        le=1.0,
        description="Confidence below which newsqa abstains; default: the reader's calibrated value.",
    )
    candidates: int = Field(
        default=50, ge=1, le=1000, description="Passages that BM25 and the vectors each return."
    )
    read: int = Field(default=8, ge=1, le=200, description="Fused passages that the reader reads at most.")
    threads: int = Field(default=0, ge=0, le=256, description="Threads for the models; 0: all cores.")
    versions: int = Field(
        default=20, ge=0, le=10_000, description="Earlier versions that are kept of each article, the newest."
    )
    database_url: SecretStr | None = Field(
        default=None,
        description="Address of a PostgreSQL that holds articles and words; default: files in `NEWSQA_HOME`.",
    )
    chroma_url: str | None = Field(
        default=None,
        pattern=r"^https?://[^/\s]",
        description="Address of a Chroma server that holds the vectors; default: a folder in `NEWSQA_HOME`.",
    )
    chroma_tenant: str = Field(default="default_tenant", min_length=1, description="Tenant on the Chroma server.")
    chroma_database: str = Field(
        default="default_database", min_length=1, description="Database on the Chroma server."
    )
    chroma_collection: str = Field(
        default="passages",
        pattern="^[a-zA-Z0-9][a-zA-Z0-9._-]{1,510}[a-zA-Z0-9]$",
        description="Collection on the Chroma server; one for each index.",
    )
    chroma_token: SecretStr | None = Field(
        default=None, description="Token for the Chroma server, sent as bearer token and as `x-chroma-token`."
    )
    chroma_headers: SecretStr | None = Field(
        default=None,
        description="Headers for the Chroma server, such as `x-name: value`, with `;` between.",
    )
    host: str = Field(default="127.0.0.1", min_length=1, description="Address that `newsqa serve` listens on.")
    port: int = Field(default=7860, ge=1, le=65535, description="Port that `newsqa serve` listens on.")
    fetch: bool = Field(
        default=True, description="Whether the page and the API may add articles by their web address."
    )
    as_of: date | None = Field(
        default=None, description="Day that “yesterday” and “last week” are counted from; default: today."
    )
    uploads: bool = Field(
        default=True, description="Whether the page, the API and the MCP server may add files and texts."
    )
    read_only: bool = Field(default=False, description="Whether nothing may be added or deleted through a server.")
    kept_answers: int = Field(
        default=10_000,
        ge=0,
        le=1_000_000,
        description="Answers and conversations of the page that keep an address, the newest; 0: none.",
    )
    concurrency: int = Field(default=2, ge=1, le=64, description="Questions that the API answers at once.")
    waiting: int = Field(
        default=64, ge=0, le=10_000, description="Questions that may wait; more are told to come back."
    )
    rate_limit: int = Field(
        default=600, ge=0, le=1_000_000, description="Requests a minute for each client; 0: any number."
    )
    allowed_hosts: str | None = Field(
        default=None,
        description="Names under which a server may be asked for, with commas between; addresses always may.",
    )
    cors_origins: str | None = Field(
        default=None,
        description="Sites whose pages may use the API, such as `https://example.org`, with commas between.",
    )
    grace: float = Field(
        default=20.0,
        ge=0.0,
        le=3600.0,
        description="Seconds that a server which is told to end gives the questions that it is answering.",
    )
    https: bool = Field(default=False, description="Whether users reach the server by https, through a proxy.")
    root_path: str = Field(
        default="",
        pattern=r"^(/[A-Za-z0-9._~-]+)*/?$",
        description="Path below which a proxy serves newsqa, such as `/news`.",
    )
    trusted_proxies: str | None = Field(
        default=None,
        description="Addresses or networks of proxies, with commas between: their X-Forwarded-For says who asks.",
    )
    log: str = Field(
        default="requests",
        pattern="^(off|requests|questions)$",
        description="What a server logs: `off`, `requests` without their texts, or `questions` with them.",
    )
    max_file_mb: int = Field(default=20, ge=1, le=1000, description="Largest file to be read, in megabytes.")
    read_seconds: float = Field(
        default=30.0,
        ge=1.0,
        le=3600.0,
        description="Seconds that reading an article may take which was sent to a server, or comes from the web.",
    )
    list_seconds: float = Field(
        default=1800.0,
        ge=1.0,
        le=86_400.0,
        description="Seconds that an address may take with all that it leads to, such as the pages of a feed.",
    )
    llm: str | None = Field(
        default=None,
        pattern=r"^[a-z0-9_]+:\S.*$",
        description="Language model that writes answers, as `provider:model`; default: none, quotes only.",
    )
    llm_base_url: str | None = Field(
        default=None,
        pattern="^https?://",
        description="Address of the model's server, where it is not the provider's.",
    )
    llm_api_key: SecretStr | None = Field(
        default=None, description="Key for the model; default: the provider's own variable."
    )
    llm_timeout: float = Field(
        default=60.0, gt=0.0, le=3600.0, description="Seconds to wait for the model's next words."
    )
    llm_retries: int = Field(
        default=2, ge=0, le=10, description="How often a model that fails before its first word is asked again."
    )
    llm_passages: int = Field(default=8, ge=1, le=50, description="Most passages that the model is given.")
    llm_tokens: int = Field(
        default=3000, ge=200, le=200_000, description="Most tokens of passages that the model is given, about."
    )
    llm_unsupported: str = Field(
        default="mark",
        pattern="^(mark|drop)$",
        description="What becomes of a model's sentences that no article carries: `mark` or `drop`.",
    )

    @property
    def llm_name(self) -> str:
        """The language model's name as a reader may see it: of a folder, only its last part."""
        provider, _, model = (self.llm or "").partition(":")
        return f"{provider}:{Path(model).name}" if provider == "huggingface" else self.llm or ""

    @field_validator("home")
    @classmethod
    def _check_home(cls, home: Path) -> Path:
        try:
            home.expanduser()
        except RuntimeError as error:
            raise ValueError(f"There is no user of the folder {home}") from error
        return home

    @classmethod
    def load(cls, **overrides: Any) -> Self:
        """Settings from the environment, with `overrides` on top; raises `SettingsError`."""
        unknown = sorted(
            name
            for name in os.environ
            if name.startswith(_PREFIX) and name.removeprefix(_PREFIX).lower() not in cls.model_fields
        )
        if unknown:
            known = ", ".join(_PREFIX + name.upper() for name in cls.model_fields)
            raise SettingsError(f"Unknown setting {', '.join(unknown)}. Unset it, or use one of: {known}.")
        try:
            return cls(**{name: value for name, value in overrides.items() if value is not None})
        except ValidationError as error:
            faults = "; ".join(
                f"{_PREFIX}{'.'.join(map(str, fault['loc'])).upper()}: {fault['msg']}" for fault in error.errors()
            )
            raise SettingsError(f"{faults}. Correct the value, or unset it to use the default.") from error
