"""Cardinal numbers in English words: the one table of them."""

from __future__ import annotations

_TO_SIXTEEN = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen"
)
ONES = {word: number for number, word in enumerate(f"{_TO_SIXTEEN} seventeen eighteen nineteen".split())}
"""Zero to nineteen."""
TENS = {word: 10 * n for n, word in enumerate("twenty thirty forty fifty sixty seventy eighty ninety".split(), 2)}
"""Twenty to ninety, by tens."""
