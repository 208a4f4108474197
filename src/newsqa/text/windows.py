"""How passages and sentences are laid out in tokens for the reader, one window at a time. Pure functions."""

from __future__ import annotations

from collections.abc import Sequence

_OVERLAP = 64
"""Tokens that the parts of a sentence share when it does not fit; an answer has at most 40."""


def cut_ranges(bounds: Sequence[int], room: int) -> list[tuple[int, int]]:
    """Ranges of tokens that cover a text: whole sentences, at most `room` tokens each.

    `bounds` are the tokens at which sentences begin, and at the end the number of tokens. The last range reaches
    back as far as it can, and others share a sentence where there is room, so that a sentence is read with what
    stands around it. A sentence that is longer than `room` is cut into ranges that overlap.
    """
    end = len(bounds) - 1
    tail = next(n for n in range(end + 1) if bounds[end] - bounds[n] <= room)
    found: list[tuple[int, int]] = []
    first = last = 0
    while last < end:
        last = first + 1
        while last < end and bounds[last + 1] - bounds[first] <= room:
            last += 1
        if bounds[last] - bounds[first] <= room:
            found.append((bounds[first], bounds[last]))
        else:
            overlap = min(_OVERLAP, room // 2)
            steps = range(bounds[first], bounds[last] - overlap, max(1, room - overlap))
            found.extend((begin, min(begin + room, bounds[last])) for begin in steps)
        if first < tail <= last:
            first = tail
        else:
            shared = last - 1 > first and last < end and bounds[last + 1] - bounds[last - 1] <= room
            first = last - 1 if shared else last
    return found


CLS, SEP = 101, 102
_OPEN, _SHUT, _TURN = 1, 2, 3
"""The tokens around the sentence that is looked at again, and between the turns of a conversation."""
_FIRST_TURN = 24
"""Tokens of the first turn that are kept when a conversation does not fit: it often names what all is about."""


def window(question: Sequence[int], passage: Sequence[int]) -> tuple[list[int], list[int]]:
    """The first look: the tokens of a question and of a passage, and the type of each."""
    types = [0] * (len(question) + 2) + [1] * (len(passage) + 1)
    return [CLS, *question, SEP, *passage, SEP], types


def mark_sentence(
    question: Sequence[int], text: Sequence[int], first: int, last: int, most: int, lead: Sequence[int] = ()
) -> tuple[list[int], list[int]]:
    """The second look: the sentence `text[first:last]` between markers, and what of the text fits around it.

    The `lead` stands in front if the sentence leaves it room. Of the `most` tokens that are left, six in ten go to
    what stands before the sentence, if there is as much.
    """
    room = most - 5 - len(question) - len(lead)
    if room < last - first:
        lead, room = (), room + len(lead)
    last = min(last, first + room)
    spare = room - (last - first)
    left = min(first, spare * 6 // 10)
    right = min(len(text) - last, spare - left)
    left = min(first, spare - right)
    before, sentence, after = text[first - left : first], text[first:last], text[last : last + right]
    types = [0] * (len(question) + 2) + [1] * (len(lead) + left) + [2] * (last - first + 2) + [1] * (right + 1)
    return [CLS, *question, SEP, *lead, *before, _OPEN, *sentence, _SHUT, *after, SEP], types


def conversation(
    turns: Sequence[Sequence[int]], question: Sequence[int], most: int
) -> tuple[list[int], list[int], list[tuple[int, int]]]:
    """The earlier turns of a conversation, oldest first, before a question: tokens, types, and their places.

    A place is the number of a turn and of the token in it; (-1, -1) for all other tokens. Of turns that do not
    fit, the beginning of the first and the end of the last are kept.
    """
    tokens: list[tuple[int, tuple[int, int]]] = []
    for number, turn in enumerate(turns):
        tokens += [(_TURN, (-1, -1))] if number else []
        tokens += [(token, (number, place)) for place, token in enumerate(turn)]
    room = most - 3 - len(question)
    if len(tokens) > room:
        tokens = tokens[:_FIRST_TURN] + tokens[_FIRST_TURN - room :]
    rest = len(question) + 1
    ids = [CLS, *(token for token, _ in tokens), SEP, *question, SEP]
    places = [(-1, -1), *(place for _, place in tokens), (-1, -1), *[(-1, -1)] * rest]
    return ids, [0] * (len(ids) - rest) + [1] * rest, places
