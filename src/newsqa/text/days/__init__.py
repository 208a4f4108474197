"""Days as English names them, to the days that they mean: a small grammar over a text's words. Pure functions.

A phrase without a year is the latest that has begun, since news looks back. What a phrase is used for (whether a
question asks for what was published then) is not decided here.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from newsqa.text.days._calendar import Days
from newsqa.text.days._grammar import Grammar

__all__ = ["Days", "find_days"]


def find_days(text: str, today: date) -> list[Days]:
    """The phrases for days in a text, in order, each as long as it can be; those that mean no day are left out."""
    reader = Grammar(text, today)
    found, position = [], 0
    while position < len(reader.words):
        try:
            read = reader.phrase(position)
        except (OverflowError, ValueError):  # a year that no calendar has
            read = None
        if read is None:
            position += 1
            continue
        end, days = read
        found.append(replace(days, start=reader.starts[position], end=reader.ends[end - 1]))
        position = end
    return found
