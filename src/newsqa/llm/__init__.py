"""Answers that a language model writes from passages, each sentence held to what it cites."""

from __future__ import annotations

from newsqa.llm._writer import AnswerWriter

__all__ = ["AnswerWriter"]
