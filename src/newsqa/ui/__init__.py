"""The page: `build_page` for another server to mount with `page_options`, `serve` to serve it alone."""

from __future__ import annotations

from newsqa.ui.layout import build_page, page_options, serve

__all__ = ["build_page", "page_options", "serve"]
