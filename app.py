"""Build the page over the index in NEWSQA_HOME; running this file serves it."""

from __future__ import annotations

import sys

from newsqa.errors import NewsqaError


def _say(url: str) -> None:
    """Tell where the page is, at once even into a pipe."""
    sys.stdout.write(f"newsqa is at {url}\n")
    sys.stdout.flush()


def main() -> int:
    """Serve the page; the exit status."""
    from newsqa.interfaces.api import serve
    from newsqa.interfaces.page import mount_page
    from newsqa.pipeline import NewsQA

    try:
        with NewsQA.open() as qa:
            serve(qa, mount_page, on_ready=_say)
    except NewsqaError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except KeyboardInterrupt:
        return 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
