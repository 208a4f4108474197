"""Figures that are written into a page, between two comments."""

from __future__ import annotations

from pathlib import Path


def fill(page: Path, name: str, text: str) -> None:
    """Put `text` between `<!-- name -->` and `<!-- end of name -->`; ends the program where these are not."""
    start, stop = f"<!-- {name} -->\n", f"<!-- end of {name} -->"
    head, begin, rest = page.read_text(encoding="utf-8").partition(start)
    _, end, tail = rest.partition(stop)
    if not end:
        raise SystemExit(f"{page} has no place for the figures. Put {start.strip()} and {stop} into it, in lines.")
    page.write_text(f"{head}{begin}{text}\n{end}{tail}", encoding="utf-8")
