"""Counts as people write them."""

from __future__ import annotations


def count(number: int, noun: str) -> str:
    """A number of things, such as “1 article” and “2,000 articles”."""
    return f"{number:,} {noun}" + ("" if number == 1 else "s")
