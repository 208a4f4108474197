"""Settings from `NEWSQA_*` environment variables, with defaults that work on a fresh laptop."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Self

from platformdirs import user_data_path
from pydantic import Field, ValidationError
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
    read: int = Field(default=24, ge=1, le=200, description="Fused passages that the reader reads.")
    threads: int = Field(default=0, ge=0, le=256, description="Threads for the models; 0: all cores.")
    host: str = Field(default="127.0.0.1", min_length=1, description="Address that `newsqa serve` listens on.")
    port: int = Field(default=7860, ge=1, le=65535, description="Port that `newsqa serve` listens on.")
    uploads: bool = Field(default=True, description="Whether the page and the API may add files and texts.")
    url_ingest: bool = Field(default=True, description="Whether the API may add web pages by their address.")
    read_only: bool = Field(default=False, description="Whether nothing may be added or deleted through a server.")
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
    https: bool = Field(default=False, description="Whether users reach the server by https, through a proxy.")
    log: str = Field(
        default="requests",
        pattern="^(off|requests|questions)$",
        description="What a server logs: `off`, `requests` without their texts, or `questions` with them.",
    )
    max_file_mb: int = Field(default=20, ge=1, le=1000, description="Largest file to be read, in megabytes.")

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
