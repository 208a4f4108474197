"""The REST API under `/v1/`, and the server for it and the page: `build_server` makes it, `serve` runs it."""

from __future__ import annotations

from newsqa.interfaces.api.server import build_server, serve

__all__ = ["build_server", "serve"]
