"""Questions as people type them: with a letter gone astray, a greeting, "Mr" before a name. They ask the same."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from string import ascii_lowercase

from tokenizers import Tokenizer

from training.reader_data import MAX_QUESTION

SHARE = 0.25
"""How many questions are typed otherwise than they were written."""
_LONG = 5
"""Letters of a word, at least, in which one goes astray; the first stays where it is."""
_OPENINGS = (
    "hi ,", "hello ,", "hey", "please ,", "please tell me", "can you tell me", "could you say", "do you know",
    "i want to know", "i wonder", "so ,", "and", "ok ,", "according to the article ,", "according to the report ,",
    "according to the paper ,", "in the news ,", "question :",
)  # fmt: skip
_TITLES = ("mr", "mr .", "mrs", "mrs .", "ms", "ms .", "dr", "dr .", "sir", "madam")


class Typist:
    """Types some of the questions it is given, as token ids, in another way."""

    def __init__(self, tokenizer: Tokenizer, chooser: random.Random) -> None:
        self.tokenizer, self.chooser = tokenizer, chooser

    def type(self, ids: Sequence[int]) -> list[int]:
        """The ids of the question as typed: mostly as they are."""
        if self.chooser.random() >= SHARE:
            return list(ids)
        ways: list[Callable[[list[str]], list[str]]] = [self._misspelt, self._opened, self._titled]
        (way,) = self.chooser.choices(ways, (0.55, 0.3, 0.15))
        typed = self.tokenizer.encode(" ".join(way(self._words(ids))), add_special_tokens=False).ids
        return typed if len(typed) <= MAX_QUESTION else list(ids)

    def _words(self, ids: Sequence[int]) -> list[str]:
        words: list[str] = []
        for token in map(self.tokenizer.id_to_token, ids):
            if token.startswith("##") and words:
                words[-1] += token[2:]
            else:
                words.append(token)
        return words

    def _misspelt(self, words: list[str]) -> list[str]:
        places = [place for place, word in enumerate(words) if len(word) >= _LONG and word.isalpha()]
        if not places:
            return words
        place = self.chooser.choice(places)
        return [*words[:place], astray(words[place], self.chooser), *words[place + 1 :]]

    def _opened(self, words: list[str]) -> list[str]:
        return [self.chooser.choice(_OPENINGS), *words]

    def _titled(self, words: list[str]) -> list[str]:
        """A title before what is most likely a name: the word that the vocabulary has last, or not at all."""
        vocabulary = self.tokenizer.get_vocab_size()
        ranks = [self.tokenizer.token_to_id(word) or vocabulary for word in words]
        place = max(range(len(words)), key=ranks.__getitem__, default=0)
        return [*words[:place], self.chooser.choice(_TITLES), *words[place:]]


def _any_letter(_: str, chooser: random.Random) -> str:
    """Any letter of the alphabet."""
    return chooser.choice(ascii_lowercase)


def astray(word: str, chooser: random.Random, another: Callable[[str, random.Random], str] = _any_letter) -> str:
    """The word with a letter after the first dropped, doubled, replaced by `another`, or put behind the next."""
    at = chooser.randrange(1, len(word) - 1)
    before, letter, after = word[:at], word[at], word[at + 1 :]
    return chooser.choice(
        (
            before + after,
            before + letter + letter + after,
            before + another(letter, chooser) + after,
            before + after[0] + letter + after[1:],
        )
    )
