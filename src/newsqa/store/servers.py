"""The servers that the settings name for an index that several machines share."""

from __future__ import annotations

from newsqa.errors import SettingsError
from newsqa.settings import Settings
from newsqa.store import ChromaServer


def chroma_server(settings: Settings) -> ChromaServer | None:
    """The Chroma server that the settings name; raises `SettingsError` for headers that are none."""
    if settings.chroma_url is None:
        return None
    headers = {}
    if settings.chroma_token is not None:
        token = settings.chroma_token.get_secret_value()
        headers = {"authorization": f"Bearer {token}", "x-chroma-token": token}
    if settings.chroma_headers is not None:
        for line in settings.chroma_headers.get_secret_value().split(";"):
            name, colon, value = line.partition(":")
            if not colon or not name.strip():
                raise SettingsError(
                    "NEWSQA_CHROMA_HEADERS is not of the form `name: value; name: value`. Correct it."
                )
            headers[name.strip().lower()] = value.strip()
    return ChromaServer(
        url=settings.chroma_url.rstrip("/"),
        tenant=settings.chroma_tenant,
        database=settings.chroma_database,
        collection=settings.chroma_collection,
        headers=headers,
    )


def database_url(settings: Settings) -> str:
    """The address of the PostgreSQL that the settings name; empty for SQLite. Raises `SettingsError`."""
    if settings.database_url is None:
        return ""
    url = settings.database_url.get_secret_value()
    if not url.startswith(("postgresql://", "postgres://")):
        raise SettingsError(
            "NEWSQA_DATABASE_URL is not like postgresql://USER:PASSWORD@HOST/DATABASE. Correct it."
        )
    if settings.chroma_url is None:
        raise SettingsError(
            "NEWSQA_DATABASE_URL is for several machines, which need the vectors on a server, too. "
            "Set NEWSQA_CHROMA_URL, or unset NEWSQA_DATABASE_URL."
        )
    return "postgresql" + url[url.index(":") :]
