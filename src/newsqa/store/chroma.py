"""A Chroma server in place of the folder: one's own (`chroma run`), distributed Chroma, or Chroma Cloud."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from newsqa.errors import IndexDamagedError, IndexUnreachableError, NewsIndexError, NewsqaError

_CONNECT_SECONDS = 10.0
_ANSWER_SECONDS = 120.0
PAGE = 300
"""Records in one request: what Chroma Cloud takes at most."""


@dataclass(frozen=True, slots=True)
class ChromaServer:
    """Where a Chroma server is, and which of its collections is ours; `headers` go with every request."""

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
        from chromadb.config import Settings

        # Chroma's client waits for ever. So the first request is one that does not, and then its patience is set.
        heartbeat = f"{self.url.rstrip('/')}/api/v2/heartbeat"
        httpx.get(heartbeat, headers=dict(self.headers), timeout=_CONNECT_SECONDS).raise_for_status()
        client: Any = chromadb.HttpClient(
            host=self.url,
            headers=dict(self.headers),
            settings=Settings(anonymized_telemetry=False),
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
    def mapped(self) -> Iterator[None]:
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
