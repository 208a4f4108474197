"""What both encoders need: text that tokenizers take, errors in a line."""

from __future__ import annotations

from newsqa.text.normal import folded


def clean(text: str) -> str:
    """The text in the usual forms of letters, without lone surrogates, which no tokenizer takes."""
    return text if text.isascii() else folded(text).encode("utf-8", "ignore").decode("utf-8")


def one_line(error: Exception) -> str:
    """What an error says, in one short line."""
    return " ".join(str(error).split())[:200] or type(error).__name__
