"""Batches of the reader's three tasks, and what a model loses on them: by labels, or by a teacher's logits."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from training.followups import NOT_JUDGED, TermRow
from training.reader_lists import SentenceList, mark
from training.reader_windows import Window, targets

TASKS = ("windows", "lists", "followups")
TITLED = 0.6
"""The share of the lists in which the titles are read, where there are any."""

Inputs = tuple[Tensor, Tensor, Tensor]
"""Ids, mask (1: a token) and types of a batch."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows of one task: ids, mask (1: a token) and types, each (rows, length), and what is right.

    `right` is (rows, length, 2) for windows, where a span may begin and end; (rows,) for lists, whether a marked
    sentence answers; (rows, length) for follow-ups, whether a word belongs to the question. `owners` is the list
    of each row.
    """

    task: str
    ids: Tensor
    mask: Tensor
    types: Tensor
    right: Tensor
    owners: Tensor
    count: int

    def to(self, device: torch.device) -> Batch:
        """The batch on a device."""
        names = ("ids", "mask", "types", "right", "owners")
        return replace(self, **{name: getattr(self, name).to(device, non_blocking=True) for name in names})

    @property
    def inputs(self) -> Inputs:
        """What a model reads."""
        return self.ids, self.mask, self.types

    def loss(self, logits: Tensor) -> Tensor:
        """How far logits (rows, length, outputs) are from what is right."""
        if self.task == "windows":
            return span_loss(logits, self.mask, self.right)
        if self.task == "lists":
            return list_loss(logits[:, 0, 2], self.owners, self.right, self.count)
        return term_loss(logits[..., 3], self.right)

    def loss_to(self, taught: Tensor, logits: Tensor) -> Tensor:
        """The cross-entropy of logits and those of a teacher: spans, sentences of each list, words."""
        if self.task == "windows":
            asked, said = (torch.log_softmax(span_scores(one, self.mask), 1) for one in (taught, logits))
            return -(asked.exp() * said).sum(1).mean()
        if self.task == "lists":
            asked, asked_none = choices(taught[:, 0, 2], self.owners, self.count)
            said, said_none = choices(logits[:, 0, 2], self.owners, self.count)
            return -((asked.exp() * said).sum() + (asked_none.exp() * said_none).sum()) / self.count
        wanted = torch.sigmoid(taught[..., 3].float()).masked_fill(self.right == NOT_JUDGED, NOT_JUDGED)
        return term_loss(logits[..., 3], wanted)


def pad(rows: Sequence[tuple[list[int], list[int]]]) -> Inputs:
    """Rows of ids and types as one batch."""
    length = max(len(ids) for ids, _ in rows)
    batch = np.zeros((3, len(rows), length), dtype=np.int64)
    for row, (ids, types) in enumerate(rows):
        batch[0, row, : len(ids)] = ids
        batch[1, row, : len(ids)] = 1
        batch[2, row, : len(ids)] = types
    ids, mask, types = torch.from_numpy(batch)
    return ids, mask, types


def window_batch(windows: Sequence[Window]) -> Batch:
    """Windows as one batch."""
    rows = [(w.ids, [0] * w.passage + [1] * (len(w.ids) - w.passage)) for w in windows]
    right = torch.from_numpy(targets(windows, max(len(window.ids) for window in windows)))
    return _batch("windows", rows, right, torch.arange(len(rows)), len(rows))


def list_batch(lists: Sequence[SentenceList], chooser: random.Random) -> Batch:
    """The sentences of lists as one batch."""
    titled = [chooser.random() < TITLED for _ in lists]
    drawn = zip(lists, titled, strict=True)
    rows = [mark(found.question, one, title) for found, title in drawn for one in found.candidates]
    owners = torch.tensor([number for number, found in enumerate(lists) for _ in found.candidates])
    right = torch.tensor([one.right for found in lists for one in found.candidates])
    return _batch("lists", rows, right, owners, len(lists))


def term_batch(found: Sequence[tuple[TermRow, frozenset[str]]]) -> Batch:
    """Follow-ups as one batch."""
    rows = [(row.ids, row.types) for row, _ in found]
    labels = torch.full((len(rows), max(len(ids) for ids, _ in rows)), NOT_JUDGED)
    for place, (row, wanted) in enumerate(found):
        labels[place, : len(row.ids)] = torch.tensor(row.labels(wanted))
    return _batch("followups", rows, labels, torch.arange(len(rows)), len(rows))


def _batch(
    task: str, rows: Sequence[tuple[list[int], list[int]]], right: Tensor, owners: Tensor, count: int
) -> Batch:
    return Batch(task, *pad(rows), right, owners, count)


def term_loss(scores: Tensor, labels: Tensor) -> Tensor:
    """Binary cross-entropy of the judged tokens; those that belong, one in eight or so, count twice.

    A label may be a probability, too.
    """
    judged = labels != NOT_JUDGED
    scores, right = scores[judged].float(), labels[judged].float()
    return functional.binary_cross_entropy_with_logits(scores, right, weight=1 + right)


def span_scores(logits: Tensor, mask: Tensor) -> Tensor:
    """The logits of where a span begins and ends, (rows, length, 2), where there are tokens."""
    return logits[..., :2].float().masked_fill(mask[..., None] == 0, -1e4)


def span_loss(logits: Tensor, mask: Tensor, right: Tensor) -> Tensor:
    """How little of the probability of start and end is where they may be, (batch, length, 2); [CLS]: not here."""
    scores = span_scores(logits, mask)
    hit = torch.logsumexp(scores.masked_fill(~right, -1e4), 1)
    return (torch.logsumexp(scores, 1) - hit).mean()


def choices(scores: Tensor, owners: Tensor, lists: int) -> tuple[Tensor, Tensor]:
    """The log-probability of each sentence in its list, and of "none" (logit 0) of each list."""
    scores = scores.float()
    largest = scores.new_zeros(lists).scatter_reduce(0, owners, scores.detach(), "amax")
    none = torch.exp(-largest)
    weights = torch.exp(scores - largest[owners])
    total = torch.log(scores.new_zeros(lists).scatter_add(0, owners, weights) + none)
    return scores - largest[owners] - total[owners], -largest - total


def list_loss(scores: Tensor, owners: Tensor, right: Tensor, lists: int) -> Tensor:
    """How little of the probability of each list is on right sentences, or on "none" if it has none."""
    said, none = choices(scores, owners, lists)
    hit = said.new_zeros(lists).scatter_add(0, owners, said.exp() * right)
    answered = said.new_zeros(lists).scatter_add(0, owners, right.float()) > 0
    return -torch.where(answered, torch.log(hit + 1e-9), none).mean()
