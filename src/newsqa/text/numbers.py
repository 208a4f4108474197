"""English for numbers, months and weekdays: the one table of them, and counts as people write them."""

from __future__ import annotations

MONTHS = "january february march april may june july august september october november december".split()
MONTH_NUMBERS = {form: number for number, name in enumerate(MONTHS, 1) for form in (name, name[:3])} | {"sept": 9}
"""The number of each month by its name, and by what that is shortened to."""
SHORT_MONTHS = [form.capitalize() for form in MONTH_NUMBERS if form not in MONTHS]
WEEKDAYS = "monday tuesday wednesday thursday friday saturday sunday".split()
WEEKDAY_NUMBERS = {form: number for number, name in enumerate(WEEKDAYS) for form in (name, name[:3])}
WEEKDAY_NUMBERS |= {"tues": 1, "thur": 3, "thurs": 3}
"""The number of each weekday (0: Monday) by its name, and by what that is shortened to."""

_TO_SIXTEEN = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen"
)
ONES = {word: number for number, word in enumerate(f"{_TO_SIXTEEN} seventeen eighteen nineteen".split())}
"""Zero to nineteen."""
TENS = {word: 10 * n for n, word in enumerate("twenty thirty forty fifty sixty seventy eighty ninety".split(), 2)}
"""Twenty to ninety, by tens."""


def count(number: int, noun: str) -> str:
    """A number of things, such as “1 article” and “2,000 articles”."""
    return f"{number:,} {noun}" + ("" if number == 1 else "s")
