"""Follow-up questions as rows of tokens: which words of the earlier turns belong to the question.

"Query resolution by term classification" (Voskarides et al., SIGIR 2020): a word of the earlier turns belongs if a
person who makes the question stand alone writes it into it. The rows are those of CANARD, and dialogues made from
texts with several questions: the name that two of them share gives way to a pronoun, to "there", or to nothing;
and some go on about another text, so that a question that names what it is about is left alone. Half of the
dialogues on news come after talk of other things, so that what was spoken of first is not taken for the topic.
"""

from __future__ import annotations

import hashlib
import random
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from benchmarks.followups import added_words, turns
from tokenizers import Tokenizer

from newsqa.text.stems import content_words
from newsqa.text.windows import conversation
from training.reader_data import rows, specific
from training.written import SILENCE, conversations, written

ROW_TOKENS, QUESTION_TOKENS = 236, 60
"""Most tokens of a conversation with its question, and of the question."""
HELD = 15
"""Per cent of the conversations that are not trained on."""
NOT_JUDGED = -1
_NAME = re.compile(r"(?<!^)(?:[A-Z][\w’'-]+)(?: (?:of|the|de|for|and)(?= [A-Z])| [A-Z][\w’'-]+)*")
_PRONOUNS = ("he", "she", "it", "they", "him", "there", "this", "")
_GROUPS = frozenset("squad squad_train_more squad_joined wiki newsqa onestopqa".split())
_COMPLETE = 0.3
"""The share of made questions that lack nothing."""
_ELSEWHERE = 0.3
"""The share of made conversations that turn to another text, by a question that names something."""
_INTERRUPTED = 0.5
"""The share of the conversations on news before which other things were spoken of."""
_OTHER_TURNS = 6
"""Most turns about other things."""
_SILENT = 0.3
"""The share of such turns that were not answered."""


@dataclass(frozen=True, slots=True)
class Followup:
    """A question after earlier turns (oldest first), and the stems that belong to it besides its own."""

    turns: tuple[str, ...]
    question: str
    wanted: frozenset[str]


@dataclass(frozen=True, slots=True)
class TermRow:
    """`[CLS] turns [SEP] question [SEP]`: ids, types, and for each token the word of the turns that it is part of.

    Words that the question has itself, and words that say nothing, are empty.
    """

    ids: list[int]
    types: list[int]
    words: list[str]

    def labels(self, wanted: frozenset[str]) -> list[int]:
        """For each token whether its word belongs to the question (1, 0), or `NOT_JUDGED`."""
        return [int(bool(set(content_words(w)) & wanted)) if w else NOT_JUDGED for w in self.words]

    def find_carried(self, scores: Sequence[float], threshold: float) -> set[str]:
        """The stems of the words that have a token with a score of `threshold` or more."""
        chosen = {word for word, score in zip(self.words, scores, strict=True) if word and score >= threshold}
        return {stem for word in chosen for stem in content_words(word)}


def annotated(data: Path, held: bool) -> Iterator[Followup]:
    """The questions of `followups`, their topic as a first turn, to train on, or those `held`."""
    for row in rows(data / "followups.jsonl.xz"):
        conversation = str(row["id"]).partition("#")[0]
        digest = hashlib.sha256(conversation.encode()).digest()[0]
        if (digest * 100 < HELD * 256) == held:
            yield followup(row)


def followup(row: dict[str, Any]) -> Followup:
    """A row of `followups` with what the person who wrote it out has added."""
    return _added(tuple(turns(row)), row["question"], added_words(row["question"], row["rewrite"]))


def from_news(data: Path, held: bool) -> Iterator[Followup]:
    """The follow-ups written on news articles, to train on, or those `held`."""
    for said, row in conversations(data, held):
        added = added_words(row["short"], row["question"])
        yield _added(tuple(" ".join(turn) for turn in said), row["short"], added)


def news_talks(data: Path, most: int) -> list[Followup]:
    """Follow-ups on news, half of them after talk of other things, and `most` questions that need no turn."""
    chooser = random.Random(9)  # noqa: S311
    asked = list(written(data, held=False))
    talk = [spoken(row, chooser) for row in asked]
    alone = complete(asked, most, chooser)
    return [
        *after_talk(from_news(data, held=False), talk, _INTERRUPTED, chooser),
        *after_talk(alone, talk, 1.0, chooser),
    ]


def complete(asked: Sequence[dict[str, Any]], most: int, chooser: random.Random) -> list[Followup]:
    """At most so many of the written questions as they are: they need no turn."""
    return [Followup((), row["question"], frozenset()) for row in chooser.sample(asked, min(most, len(asked)))]


def after_talk(
    found: Iterable[Followup], talk: Sequence[str], share: float, chooser: random.Random
) -> Iterator[Followup]:
    """The conversations, a share of them after one to `_OTHER_TURNS` turns of other talk."""
    for one in found:
        several = chooser.randint(1, _OTHER_TURNS) if chooser.random() < share else 0
        yield replace(one, turns=(*chooser.sample(talk, several), *one.turns))


def spoken(row: dict[str, Any], chooser: random.Random) -> str:
    """A written question and the sentence that answers it; now and then, and where there is none, silence."""
    silent = not row["sentences"] or chooser.random() < _SILENT
    return f"{row['question']} {SILENCE if silent else row['text'][slice(*row['sentences'][0])]}"


def _added(said: tuple[str, ...], question: str, added: set[str]) -> Followup:
    """A question after turns, and what of the stems that were added to it stands in them."""
    return Followup(said, question, frozenset(added & {word for turn in said for word in content_words(turn)}))


def made(found: Iterable[dict[str, Any]], seed: int, most: int) -> list[Followup]:
    """Follow-ups made from rows of texts with several questions; at most `most`."""
    chooser = random.Random(seed)  # noqa: S311
    asked: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for row in found:
        if row["group"] in _GROUPS and row["answers"]:
            asked[row["context"]].append((row["question"], row["answers"][0]))
    result: list[Followup] = []
    texts = [pairs for pairs in asked.values() if len(pairs) >= 3]
    for pairs in texts:
        chooser.shuffle(pairs)
        for number in range(1, min(len(pairs), 4)):
            turns = tuple(" ".join(pair) for pair in pairs[:number])
            if chooser.random() < _ELSEWHERE:
                others = [question for question, _ in chooser.choice(texts) if specific(question)]
                result.extend(Followup(turns, question, frozenset()) for question in others[:1])
            else:
                result.extend(_shortened(turns, pairs[number][0], chooser))
    chooser.shuffle(result)
    return result[:most]


def _shortened(turns: tuple[str, ...], question: str, chooser: random.Random) -> Iterator[Followup]:
    """The question with a name of the earlier turns left out or replaced, or now and then as it is."""
    before = {word for turn in turns for word in content_words(turn)}
    shared = [name for name in _NAME.finditer(question) if set(content_words(name[0])) <= before]
    shared = [name for name in shared if content_words(name[0])]
    if not shared or chooser.random() < _COMPLETE:
        yield Followup(turns, question, frozenset())
        return
    name = chooser.choice(shared)
    pronoun = chooser.choice(_PRONOUNS)
    possessive = question[name.end() :].startswith(("'s", "’s"))
    if possessive:
        pronoun = {"he": "his", "she": "her", "it": "its", "they": "their"}.get(pronoun, "his")
    rest = question[name.end() + 2 * possessive :]
    shorter = " ".join(f"{question[: name.start()]}{pronoun}{rest}".split())
    yield Followup(turns, shorter, frozenset(content_words(name[0])) - set(content_words(shorter)))


def term_row(one: Followup, tokenizer: Tokenizer) -> TermRow:
    """The tokens of a follow-up; of turns that do not fit, the first words and the last ones are kept."""
    asked = tokenizer.encode(one.question, add_special_tokens=False).ids[:QUESTION_TOKENS]
    own = set(content_words(one.question))
    turns = [tokenizer.encode(turn, add_special_tokens=False) for turn in one.turns]
    words = [
        [word if set(content_words(word)) - own else "" for word in _words(text, turn.offsets)]
        for text, turn in zip(one.turns, turns, strict=True)
    ]
    ids, types, places = conversation([turn.ids for turn in turns], asked, ROW_TOKENS)
    return TermRow(ids, types, [words[turn][place] if turn >= 0 else "" for turn, place in places])


def _words(text: str, offsets: Sequence[tuple[int, int]]) -> list[str]:
    """The whole word around each token."""
    spans = [word.span() for word in re.finditer(r"\w+", text)]
    found, place = [], 0
    for start, _ in offsets:
        while place < len(spans) and spans[place][1] <= start:
            place += 1
        inside = place < len(spans) and spans[place][0] <= start
        found.append(text[slice(*spans[place])] if inside else "")
    return found
