"""What a model is told (prompts, and passages as numbered data), and what it writes, made plain.

Markdown that shows a picture or a link could carry a reader's words to another machine, so none of it is left,
nor HTML, whoever renders the text later. Everything is linear in the text's length.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path

from langchain_core.prompts import ChatPromptTemplate

from newsqa.search.questions import names_in
from newsqa.text.citations import normalise, strip
from newsqa.text.stems import content_words
from newsqa.types import Passage, Turn

_PART = "\n===== question =====\n"
_BYTES_PER_TOKEN = 4
_TAGS = str.maketrans({"<": "‹", ">": "›", "[": "(", "]": ")", "【": "(", "】": ")"})
_BREAKS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_UNSEEN = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\U000e0000-\U000e007f]")
MAX_TURNS, MAX_TURN = 4, 600
"""How many earlier turns a model is shown for rewriting, and how many characters of each answer."""
_LONGEST = 300
_LABEL = re.compile(r"^(?:(?:rewritten|standalone|last|stand-alone)\s+)?question\s*:\s*", re.IGNORECASE)
NOT_THERE = "NOT IN THE ARTICLES"
"""What the prompt asks a model to write when the passages do not answer."""

_THINKING = re.compile(r"<(think|thinking|reasoning)>.*?(?:</\1>|\Z)", re.DOTALL | re.IGNORECASE)
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]")
_TAG_CHARACTERS = re.compile("[\U000e0000-\U000e007f]")
_COMMENT = re.compile(r"<!--.{0,4000}?(?:-->|\Z)", re.DOTALL)
_TAG = re.compile(r"</?[A-Za-z!?][^<>]{0,2000}>")
_FENCE = re.compile(r"^[ \t]*(?:`{3,}|~{3,}).*$", re.MULTILINE)
_IMAGE = re.compile(r"!\[[^\[\]\n]{0,500}\](?:\([^()\n]{0,2000}\)|\[[^\[\]\n]{0,200}\])?")
_LINK = re.compile(r"\[([^\[\]\n]{1,500})\](?:\([^()\n]{0,2000}\)|\[(?!\d{1,4}\])[^\[\]\n]{0,200}\])")
_DEFINITION = re.compile(r"^[ \t]{0,3}\[[^\[\]\n]{1,200}\]:[ \t].*$", re.MULTILINE)
_URL = re.compile(r"\b(?:[a-z][a-z0-9+.-]{1,15}://|www\.|mailto:|data:\w+/)[^\s\[\]【】]*", re.IGNORECASE)
_HEADING = re.compile(r"^[ \t]*#{1,6}(?:[ \t].*)?$", re.MULTILINE)
_RULE = re.compile(r"^[ \t|:=*_-]{3,}$", re.MULTILINE)
_BULLET = re.compile(r"^[ \t]*(?:>[ \t]?)*[*+•·-][ \t]+", re.MULTILINE)
_QUOTE = re.compile(r"^[ \t]*>[ \t]?", re.MULTILINE)
_EMPHASIS = re.compile(r"\*+|`+|~~|(?<!\w)_{1,3}(?=\w)|(?<=[\w.!?,])_{1,3}(?!\w)")
_ENTITY = re.compile(r"&(?:[a-z]{2,10}|#\d{1,7}|#x[\da-f]{1,6});", re.IGNORECASE)
_UNFINISHED = re.compile(r"(?:!?\[[^\[\]\n]{0,500}(?:\](?:\([^()\n]{0,2000})?)?|<[^<>\n]{0,2000}|!|&#?\w{0,10})\Z")
_ROUNDS = 4


@cache
def load_prompt(name: str) -> ChatPromptTemplate:
    """The packaged prompt of that name (`answer`, `standalone`): rules for the system, then what is asked."""
    text = Path(__file__).with_name(f"{name}.md").read_text(encoding="utf-8")
    system, _, human = text.partition(_PART)
    return ChatPromptTemplate.from_messages([("system", system.strip()), ("human", human.strip())])


def clean_data(text: str) -> str:
    """Text of an article on one line, without tags, markers and characters that cannot be seen."""
    return " ".join(_BREAKS.sub(" ", _UNSEEN.sub("", text)).translate(_TAGS).split())


def number_passages(passages: Sequence[Passage]) -> str:
    """The passages as the model sees them; number `n` is `passages[n - 1]`."""
    return "\n".join(_entry(number, passage) for number, passage in enumerate(passages, start=1))


def _entry(number: int, passage: Passage) -> str:
    fields = {
        "title": passage.title,
        "source": passage.source,
        "date": passage.published.isoformat() if passage.published else "",
    }
    attributes = "".join(f' {name}="{_attribute(value)}"' for name, value in fields.items() if value)
    return f'<passage number="{number}"{attributes}>{clean_data(passage.text)}</passage>'


def _attribute(text: str) -> str:
    return clean_data(text).replace('"', "”")[:300]


def fit_budget(passages: Iterable[Passage], most: int, tokens: int) -> list[Passage]:
    """The first passages, at most `most` of about `tokens` tokens together; the very first always fits.

    A token is taken to be four bytes, which is near for English and on the safe side for most other scripts.
    """
    chosen: list[Passage] = []
    used = 0
    for passage in passages:
        used += len(_entry(1, passage).encode("utf-8", "replace")) // _BYTES_PER_TOKEN + 1
        if len(chosen) == most or (chosen and used > tokens):
            break
        chosen.append(passage)
    return chosen


def format_history(history: Sequence[Turn]) -> str:
    """The last turns as the model sees them, oldest first."""
    lines = []
    for turn in history[-MAX_TURNS:]:
        lines.append(f"Question: {clean_data(turn.question)}")
        if turn.answer:
            lines.append(f"Answer: {clean_data(strip(turn.answer))[:MAX_TURN]}")
    return "\n".join(lines)


def clean(text: str, *, final: bool = True) -> str:
    """The text as lines of plain prose with whole markers; a list item begins with `- `.

    Unless `final`, what may still become a marker, a link or a tag is held back at the end.
    """
    text = _TAG_CHARACTERS.sub("", _CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n")))
    text = _COMMENT.sub("", _THINKING.sub("", text))
    if not final:
        text = _UNFINISHED.sub("", text)
    text = _EMPHASIS.sub(
        "", _BULLET.sub("- ", _QUOTE.sub("", _RULE.sub("", _HEADING.sub("", _FENCE.sub("", text)))))
    )
    text = normalise(_ENTITY.sub("", text))
    text = _DEFINITION.sub("", text)
    for _ in range(_ROUNDS):  # what is taken away can join the halves of another
        before = text
        text = _TAG.sub("", _LINK.sub(r"\1", _IMAGE.sub("", text)))
        if text == before:
            break
    text = _URL.sub("", text)
    text = re.sub(r"!(?=\[)|\](?=\()", lambda match: match[0] + " ", text)
    text = re.sub(r"<+(?=[A-Za-z!/?])", "", text)
    lines = (" ".join(line.split()) for line in text.split("\n"))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(line for line in lines if line != "-")).strip()


def says_not_there(text: str) -> bool:
    """Whether the model says that the passages do not answer."""
    return text.upper().startswith(NOT_THERE)


def accept_rewriting(written: str, question: str, history: Sequence[Turn]) -> str:
    """The rewritten question, or nothing where it is no question of this conversation.

    Every name and number in it must have been said, and it must share a word with the question or the last turns.
    """
    lines = [line for line in clean(written).split("\n") if line.strip()]
    text = _LABEL.sub("", strip(lines[0])).strip(" \"“”'-") if len(lines) == 1 else ""
    if not text or len(text) > _LONGEST:
        return ""
    said = " ".join([question, *(f"{turn.question} {strip(turn.answer)}" for turn in history)])
    known = set(re.findall(r"\w+", said.lower()))
    names = {word.lower() for name in names_in(text) for word in re.findall(r"\w+", name)}
    names |= set(re.findall(r"\b\d+\b", text))
    if {word.removesuffix("s") for word in names} - {word.removesuffix("s") for word in known}:
        return ""
    shares = set(content_words(text)) & set(content_words(said)) or text.lower() == question.lower()
    return text if shares else ""
