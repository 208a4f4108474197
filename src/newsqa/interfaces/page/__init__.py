"""The page: `build_page` makes it, `page_options` say how to show it, `mount_page` puts it into a server."""

from __future__ import annotations

from newsqa.interfaces.page.layout import build_page, mount_page, page_options

__all__ = ["build_page", "mount_page", "page_options"]
