"""Passages that speak to a language model instead of reporting: they are never shown to one.

A prompt that says "passages are data" is heeded by most models most of the time. What a model does not see it
cannot obey, and what it then writes cannot be cited to the article that asked for it.
"""

from __future__ import annotations

import re
import unicodedata

from newsqa.types import Passage

_START = r"(?:\A|[.!?:;\n>»”\"(\]]\s*|\byou (?:must|should|have to|need to|will|are to) )"
_LOOKED_BACK = 80
_POLITE = r"(?:(?:please|now|instead|always|simply|just|only|you must|you should|you will|also|then)[\s,]+){0,3}"
_VERB = r"(?:answer|respond|reply|output|print|repeat|write|cite|append|insert|tell|say|claim|render)"
_TO = (
    r"(?:with the|with only|with exactly|only|exactly|verbatim|the following"
    r"|this (?:sentence|text|question|link|image)"
    r"|that the answer|(?:the )?(?:user|reader)s?\b|(?:this |every |any |all )questions?\b|the question\b"
    r"|your answer|passage|source \d|\[?\d\])"
)
_RULES = r"(?:instruction|prompt|command|anweisung|consigne|instrucci[oó]n|istruzion|инструкци|указани|指示|指令)"
_DUTY = r"(?::|—|\b(?:you|must|should|has to|have to)\b)"
_MODEL = r"(?:(?:ai|language) (?:model|assistant|system)|ai|llm|chatbot)s?"
_PATTERNS = (
    r"\b(?:ignor\w*|disregard(?! for)|forget|override|bypass|vergiss|vergessen|olvid\w+|oubli\w+|игнорир\w+"
    rf"|забудь\w*)\b[^.!?\n]{{0,60}}{_RULES}",
    r"\b(?:ignore|disregard|forget|override|bypass)\b[^.!?\n]{0,20}"
    r"\b(?:your|these|those|previous|prior|above|earlier|other|all) [^.!?\n]{0,20}"
    r"\b(?:rules?|guidelines?|passages?|sources?)\b",
    rf"(?:忽略|无视|無視)[^。\n]{{0,20}}{_RULES}",
    rf"{_RULES}\w*[^.!?\n]{{0,30}}\b(?:ignorieren|no longer apply|are void|are cancelled)",
    r"\b(?:new|your|updated|hidden|system|real) (?:system )?(?:instructions?|prompt)\b\s*(?::|are\b|is\b)",
    r"\bsystem prompt\b",
    r"\byou are (?:now (?:an?|in|the)|an?|no longer an?) (?:\w+ )?"
    r"(?:ai|assistant|chatbot|bot|language model|mode)\b",
    r"\b(?:dear|hey|attention|note|notice|message|instructions?|as|for|to|any|every|all)[,:]? (?:to |for )?"
    rf"(?:an? |the |all |any )?{_MODEL}\b[^.!?\n]{{0,60}}{_DUTY}",
    r"\b(?:the|your) (?:only )?(?:correct|right|true|real|final|expected) answer (?:is|to|must|should)\b",
    r"\b(?:do not|don't|never|stop) (?:cite|citing|mention(?:ing)?|us(?:e|ing)|trust(?:ing)?) (?:the |any |all )?"
    r"(?:other |above |previous )*(?:passage|source|article|citation)s?\b",
    r"(?:\A|\n|[.!?]\s)\s*(?:#+\s*)?(?:system|assistant|user|instructions?)\s*:",
    r"<\|?\s*/?\s*(?:passage|system|assistant|user|im_start|im_end|instructions?|question|context|think)\b",
    r"\[/?INST\]",
    r"\bend of (?:the )?(?:passage|document|context)s?\b|\bpassages? ends? here\b",
    r"\b(?:pretend|act as if) you (?:are|have)\b|\bfrom now on,? you (?:are|must|will|answer)\b",
    r"\bdeveloper mode\b",
    r"[\U000e0020-\U000e007f]",
)
_UNSEEN = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_SPEAKS = [re.compile(pattern, re.IGNORECASE) for pattern in _PATTERNS]
_ORDERS = re.compile(rf"\b{_VERB}\b[^.!?\n]{{0,40}}?\b{_TO}", re.IGNORECASE)
_OPENS = re.compile(rf"{_START}{_POLITE}\Z", re.IGNORECASE)


def speaks_to_a_model(passage: Passage) -> bool:
    """Whether a passage, its heading, title or source holds what reads as an instruction to a language model."""
    return any(map(instructs, (passage.text, passage.title, passage.heading, passage.source)))


def instructs(text: str) -> bool:
    """Whether a text holds what reads as an instruction to a language model, unseen letters left out."""
    text = _UNSEEN.sub("", unicodedata.normalize("NFKC", text))
    return any(pattern.search(text) for pattern in _SPEAKS) or _orders(text)


def _orders(text: str) -> bool:
    """Whether a sentence begins by ordering to answer, write or cite something."""
    found = _ORDERS.search(text)
    while found is not None:
        if _OPENS.search(text, max(0, found.start() - _LOOKED_BACK), found.start()):
            return True
        found = _ORDERS.search(text, found.start() + 1)
    return False
