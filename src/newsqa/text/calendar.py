"""The names of months and weekdays in English, whole and shortened: the one table of them."""

from __future__ import annotations

MONTHS = "january february march april may june july august september october november december".split()
MONTH_NUMBERS = {form: number for number, name in enumerate(MONTHS, 1) for form in (name, name[:3])} | {"sept": 9}
"""The number of each month by its name, and by what that is shortened to."""
SHORT_MONTHS = [form.capitalize() for form in MONTH_NUMBERS if form not in MONTHS]
WEEKDAYS = "monday tuesday wednesday thursday friday saturday sunday".split()
WEEKDAY_NUMBERS = {form: number for number, name in enumerate(WEEKDAYS) for form in (name, name[:3])}
WEEKDAY_NUMBERS |= {"tues": 1, "thur": 3, "thurs": 3}
"""The number of each weekday (0: Monday) by its name, and by what that is shortened to."""
