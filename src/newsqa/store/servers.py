"""The servers of an index that machines share: a Chroma server instead of a folder, and PostgreSQL's address."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from newsqa.errors import IndexDamagedError, IndexUnreachableError, NewsIndexError, NewsqaError, SettingsError

if TYPE_CHECKING:
    from newsqa.settings import Settings

_CONNECT_SECONDS = 10.0
_ANSWER_SECONDS = 120.0
PAGE = 300
"""Records in one request: what Chroma Cloud takes at most."""


@dataclass(frozen=True, slots=True)
class ChromaServer:
    """One's own Chroma server (`chroma run`), distributed Chroma, or Chroma Cloud, and which collection is ours.

    `headers` go with every request.
    """

    url: str
    tenant: str = "default_tenant"
    database: str = "default_database"
    collection: str = "passages"
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)

    def __str__(self) -> str:
        return f"{self.url} (collection {self.collection!r})"

    def connect(self) -> Any:
        """A client of the server; several threads may use it."""
        import chromadb
        import httpx
        from chromadb.config import Settings as ChromaSettings

        # Chroma's client waits for ever. So the first request is one that does not, and then its patience is set.
        heartbeat = f"{self.url.rstrip('/')}/api/v2/heartbeat"
        httpx.get(heartbeat, headers=dict(self.headers), timeout=_CONNECT_SECONDS).raise_for_status()
        client: Any = chromadb.HttpClient(
            host=self.url,
            headers=dict(self.headers),
            settings=ChromaSettings(anonymized_telemetry=False),
            tenant=self.tenant,
            database=self.database,
        )
        client._server._session.timeout = httpx.Timeout(_ANSWER_SECONDS, connect=_CONNECT_SECONDS)
        return client

    def release(self, client: Any) -> None:
        """Closes a client, and the connections that Chroma would leave open."""
        sessions = [client._server._session, client._admin_client._server._session]
        client.close()
        for session in sessions:
            session.close()

    def drop(self) -> None:
        """Deletes the collection, if it is there."""
        from chromadb.errors import NotFoundError

        client = self.connect()
        try:
            client.delete_collection(self.collection)
        except NotFoundError:
            pass
        finally:
            self.release(client)

    @contextmanager
    def map_errors(self) -> Iterator[None]:
        """Raises whatever the client raises as the matching newsqa error."""
        try:
            yield
        except NewsqaError:
            raise
        except Exception as error:
            raise self._translate(error) from error

    def _translate(self, error: Exception) -> NewsIndexError:
        import httpx
        from chromadb.errors import AuthorizationError, ChromaAuthError, NotFoundError

        reason = " ".join(str(error).split())[:300] or type(error).__name__
        status = error.response.status_code if isinstance(error, httpx.HTTPStatusError) else 0
        if isinstance(error, AuthorizationError | ChromaAuthError) or status in (401, 403):
            return IndexUnreachableError(
                f"The Chroma server at {self.url} refuses newsqa ({reason}). Set NEWSQA_CHROMA_TOKEN or "
                "NEWSQA_CHROMA_HEADERS to what it asks for."
            )
        if isinstance(error, NotFoundError):
            return IndexDamagedError(
                f"There are no vectors at {self} ({reason}). Correct NEWSQA_CHROMA_TENANT, NEWSQA_CHROMA_DATABASE "
                "or NEWSQA_CHROMA_COLLECTION, or run `newsqa repair` to make them anew; no article is lost."
            )
        return IndexUnreachableError(
            f"The Chroma server at {self.url} does not answer as it should ({reason}). Start it, or set "
            "NEWSQA_CHROMA_URL to where it is, and try again; what was ingested before is safe."
        )


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
