"""Settings: from `NEWSQA_*` variables, with defaults, and with errors that name the variable."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr, ValidationError

from newsqa.errors import SettingsError
from newsqa.settings import Settings


def test_the_defaults_work_on_a_fresh_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without any variable: the bundled models, the loopback interface, and the user's data folder."""
    monkeypatch.delenv("NEWSQA_HOME")
    settings = Settings.load()
    assert settings.model_dump(exclude={"home"}) == {
        "encoder": "bundled",
        "reader": "bundled",
        "threshold": None,
        "candidates": 50,
        "read": 8,
        "threads": 0,
        "versions": 20,
        "database_url": None,
        "chroma_url": None,
        "chroma_tenant": "default_tenant",
        "chroma_database": "default_database",
        "chroma_collection": "passages",
        "chroma_token": None,
        "chroma_headers": None,
        "host": "127.0.0.1",
        "port": 7860,
        "as_of": None,
        "uploads": True,
        "fetch": True,
        "read_only": False,
        "concurrency": 2,
        "waiting": 64,
        "rate_limit": 600,
        "allowed_hosts": None,
        "cors_origins": None,
        "trusted_proxies": None,
        "root_path": "",
        "kept_answers": 10000,
        "grace": 20.0,
        "https": False,
        "log": "requests",
        "max_file_mb": 20,
        "read_seconds": 30.0,
        "list_seconds": 1800.0,
        "llm": None,
        "llm_base_url": None,
        "llm_api_key": None,
        "llm_timeout": 60.0,
        "llm_retries": 2,
        "llm_passages": 8,
        "llm_tokens": 3000,
        "llm_unsupported": "mark",
    }
    assert settings.home.name == "newsqa"
    assert settings.home.is_absolute()
    assert settings.home.is_relative_to(Path.home())


@pytest.mark.parametrize(
    ("name", "given", "expected"),
    [
        ("home", "/srv/news", Path("/srv/news")),
        ("encoder", "sentence-transformers/all-mpnet-base-v2", "sentence-transformers/all-mpnet-base-v2"),
        ("reader", "similarity", "similarity"),
        ("threshold", "0.25", 0.25),
        ("candidates", "80", 80),
        ("read", "12", 12),
        ("threads", "2", 2),
        ("versions", "5", 5),
        ("database_url", "postgresql://db/news", SecretStr("postgresql://db/news")),
        ("chroma_url", "https://api.trychroma.com", "https://api.trychroma.com"),
        ("chroma_tenant", "desk", "desk"),
        ("chroma_database", "news", "news"),
        ("chroma_collection", "passages-2", "passages-2"),
        ("chroma_token", "secret", SecretStr("secret")),
        ("chroma_headers", "x-desk: night", SecretStr("x-desk: night")),
        ("host", "::1", "::1"),
        ("port", "8080", 8080),
        ("as_of", "2019-05-02", date(2019, 5, 2)),
        ("uploads", "false", False),
        ("fetch", "false", False),
        ("read_only", "true", True),
        ("concurrency", "4", 4),
        ("waiting", "0", 0),
        ("rate_limit", "60", 60),
        ("allowed_hosts", "news.example", "news.example"),
        ("cors_origins", "https://news.example", "https://news.example"),
        ("trusted_proxies", "10.0.0.0/24", "10.0.0.0/24"),
        ("root_path", "/news", "/news"),
        ("kept_answers", "5", 5),
        ("grace", "5", 5.0),
        ("https", "true", True),
        ("log", "questions", "questions"),
        ("max_file_mb", "5", 5),
        ("read_seconds", "5", 5.0),
        ("list_seconds", "600", 600.0),
        ("llm", "ollama:llama3.2", "ollama:llama3.2"),
        ("llm_base_url", "http://127.0.0.1:8080/v1", "http://127.0.0.1:8080/v1"),
        ("llm_api_key", "secret", SecretStr("secret")),
        ("llm_timeout", "2.5", 2.5),
        ("llm_retries", "0", 0),
        ("llm_passages", "5", 5),
        ("llm_tokens", "1000", 1000),
        ("llm_unsupported", "drop", "drop"),
    ],
)
def test_each_variable_is_read(monkeypatch: pytest.MonkeyPatch, name: str, given: str, expected: Any) -> None:
    """`NEWSQA_` and the setting's name in capitals set it."""
    monkeypatch.setenv(f"NEWSQA_{name.upper()}", given)
    assert getattr(Settings.load(), name) == expected


def test_every_setting_is_in_the_tables_above() -> None:
    """A new setting gets a line in the tests of this file, and has a description for README."""
    tested = {
        mark.args[1][i][0] for mark in test_each_variable_is_read.pytestmark for i in range(len(mark.args[1]))
    }
    assert tested == set(Settings.model_fields)
    assert all(field.description for field in Settings.model_fields.values())


def test_an_argument_beats_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the caller gives counts; None stands for not given."""
    monkeypatch.setenv("NEWSQA_PORT", "8080")
    assert Settings.load(port=9000).port == 9000
    assert Settings.load(port=None).port == 8080


def test_a_misspelt_variable_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """An unknown `NEWSQA_*` variable is named, with the known ones."""
    monkeypatch.setenv("NEWSQA_HOEM", "/tmp/x")  # noqa: S108 - a value that is never used
    with pytest.raises(SettingsError, match=r"NEWSQA_HOEM.*NEWSQA_HOME"):
        Settings.load()


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("port", "0"),
        ("port", "70000"),
        ("port", "web"),
        ("threshold", "1.5"),
        ("candidates", "0"),
        ("reader", "magic"),
        ("uploads", "perhaps"),
        ("chroma_url", "127.0.0.1:8000"),
        ("chroma_collection", "a/b"),
        ("max_file_mb", "0"),
        ("llm", "llama3.2"),
        ("llm_base_url", "ftp://127.0.0.1"),
        ("llm_timeout", "0"),
        ("llm_unsupported", "hide"),
    ],
)
def test_a_bad_value_names_its_variable(monkeypatch: pytest.MonkeyPatch, name: str, given: str) -> None:
    """The message says which variable is wrong and what to do."""
    monkeypatch.setenv(f"NEWSQA_{name.upper()}", given)
    with pytest.raises(SettingsError, match=rf"NEWSQA_{name.upper()}: .*(Correct|unset)"):
        Settings.load()


def test_settings_do_not_change() -> None:
    """A `Settings` is frozen."""
    with pytest.raises(ValidationError):
        Settings.load().port = 1  # type: ignore[misc]


def test_an_empty_variable_is_as_good_as_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """`NEWSQA_HOME=` does not make the current folder the index."""
    for name in ("HOME", "ENCODER", "PORT"):
        monkeypatch.setenv(f"NEWSQA_{name}", "")
    settings = Settings.load()
    assert settings.home.name == "newsqa"
    assert (settings.encoder, settings.port) == ("bundled", 7860)
