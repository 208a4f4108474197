"""Answer normalisation and the EM/F1 of SQuAD, as plain functions."""

from __future__ import annotations

import re
import string
from collections import Counter

_ARTICLES = re.compile(r"\b(a|an|the)\b")
_PUNCTUATION = str.maketrans("", "", string.punctuation)


def normalise(answer: str) -> str:
    """SQuAD's normalisation: lower case, no punctuation, no articles, single spaces."""
    return " ".join(_ARTICLES.sub(" ", answer.lower().translate(_PUNCTUATION)).split())


def holds(text: str, answers: list[str]) -> bool:
    """Whether a text has one of the answers, word for word, after normalisation."""
    spaced = f" {normalise(text)} "
    return any(f" {normalise(answer)} " in spaced for answer in answers if normalise(answer))


def exact(prediction: str, answers: list[str]) -> float:
    """1.0 if the prediction equals an answer after normalisation; no answers: if it is empty."""
    return float(any(normalise(prediction) == normalise(answer) for answer in answers or [""]))


def f1(prediction: str, answers: list[str]) -> float:
    """The best token F1 against an answer; no answers: 1.0 for an empty prediction."""
    return max(_f1(normalise(prediction).split(), normalise(answer).split()) for answer in answers or [""])


def _f1(prediction: list[str], answer: list[str]) -> float:
    if not prediction or not answer:
        return float(prediction == answer)
    same = sum((Counter(prediction) & Counter(answer)).values())
    return 2 * same / (len(prediction) + len(answer))
