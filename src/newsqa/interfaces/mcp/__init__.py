"""The MCP server: search, questions and articles as tools and resources, over stdio or streamable HTTP."""

from __future__ import annotations

from newsqa.interfaces.mcp._server import build_mcp, serve_http, serve_stdio

__all__ = ["build_mcp", "serve_http", "serve_stdio"]
