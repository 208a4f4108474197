"""Answers that a language model writes from passages, each sentence held to what it cites."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TYPE_CHECKING, Any

from langchain_core.runnables import Runnable, RunnableGenerator, RunnableLambda

from newsqa.answers.answering import Answerer, one_each
from newsqa.answers.selection import Candidate
from newsqa.llm._calling import CallError, CallPatience, read_words, stream
from newsqa.llm._models import open_model
from newsqa.llm._wording import (
    NOT_THERE,
    accept_rewriting,
    clean,
    clean_data,
    fit_budget,
    format_history,
    load_prompt,
    number_passages,
    says_not_there,
)
from newsqa.llm.checking import Checked, DraftChecker, check
from newsqa.search.periods import SearchRequest
from newsqa.types import Answer, Draft, Passage, ScoredPassage, Step

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

    from newsqa.settings import Settings

__all__ = ["AnswerWriter"]
StreamItem = Step | Draft | Answer
_INSTEAD = "These are quotes from the articles instead."
_NOT_SUPPORTED = "What {model} wrote is not supported by the passages it cites, so it is not shown."
_NOT_FOUND = "{model} found no answer in the passages nearest to the question."
_TRY_QUOTES = "Quotes that may answer are there: ask again for quotes only."


@dataclass(slots=True)
class AnswerWriter:
    """Answers with a model's sentences. `open_model` is called at the first question, `today` dates the prompt."""

    answerer: Answerer
    settings: Settings
    open_model: Callable[[Settings], BaseChatModel] = open_model
    today: Callable[[], date] = date.today
    _model: BaseChatModel | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def name(self) -> str:
        """The model's name as a reader may see it."""
        return self.settings.llm_name

    @property
    def model(self) -> BaseChatModel:
        """The model, opened when it is first needed; raises `ModelError`."""
        with self._lock:
            if self._model is None:
                self._model = self.open_model(self.settings)
            return self._model

    def stream(self, asked: SearchRequest, k: int | None = None) -> Iterator[StreamItem]:
        """The steps of the work as they begin, drafts as the model writes, then the answer.

        Raises `ModelError` when the model cannot be opened at all; one that fails is replaced by quotes.
        """
        model = self.model
        failed: CallError | None = None
        if asked.history:
            yield Step("understanding", "the question")
            try:
                asked = replace(asked, searched=self._rewrite(model, asked), dated="")
            except CallError as error:
                failed = error
        looked = yield from self.answerer.look(asked, k)
        passages, quotes, found = looked.passages, looked.answer, looked.found
        chosen = self._choose(found, passages)
        if quotes.abstained or failed is not None:
            yield self._fall_back(quotes, failed)
            return
        yield Step("writing", f"with {self.name}")
        yield from self._write(model, quotes, chosen, found, passages)

    def _write(
        self,
        model: BaseChatModel,
        quotes: Answer,
        chosen: list[Passage],
        found: Sequence[Candidate],
        passages: Sequence[ScoredPassage],
    ) -> Iterator[StreamItem]:
        """Drafts, then the checked answer, or the quotes if the model fails."""
        support = _support(found)
        drop = self.settings.llm_unsupported == "drop"
        draft = DraftChecker(chosen, support, drop)
        chain = self._chain(model, chosen)
        raw = shown = ""
        try:
            for piece in stream(
                lambda: chain.stream(quotes.searched_for, config=_name_run("answer")), self._patience
            ):
                raw += piece
                text = clean(raw, final=False)
                if text != shown and not _may_say_not_there(text):
                    shown = text
                    checked = draft.update(text)
                    yield Draft(checked.text, checked.sentences)
        except CallError as error:
            yield self._fall_back(quotes, error)
            return
        text = clean(raw)
        if not text or says_not_there(text):
            yield self._abstention(quotes, passages, _NOT_FOUND)
            return
        checked = check(text, chosen, support, drop=drop)
        yield (
            self._answer(quotes, checked)
            if checked.supported
            else self._abstention(quotes, passages, _NOT_SUPPORTED)
        )

    def _chain(self, model: BaseChatModel, passages: Sequence[Passage]) -> Runnable[str, str]:
        """From a question to streamed text: passages as numbered data, the prompt, the model, its words."""

        def fill(question: str) -> dict[str, str]:
            return {
                "question": clean_data(question),
                "passages": number_passages(passages),
                "today": self.today().isoformat(),
            }

        return RunnableLambda(fill) | load_prompt("answer") | model | RunnableGenerator(self._words)

    def _rewrite(self, model: BaseChatModel, asked: SearchRequest) -> str:
        """The question made to stand alone by the model where its words can be trusted, else as the reader did."""
        chain = load_prompt("standalone") | model | RunnableGenerator(self._words)
        given: dict[str, Any] = {
            "question": clean_data(asked.question),
            "conversation": format_history(asked.history),
            "today": self.today().isoformat(),
        }
        patience = replace(self._patience, retries=min(1, self._patience.retries))
        written = "".join(stream(lambda: chain.stream(given, config=_name_run("standalone question")), patience))
        return accept_rewriting(written, asked.question, asked.history) or asked.searched

    def _words(self, chunks: Iterator[Any]) -> Iterator[str]:
        yield from read_words(chunks, (self.settings.llm or "").partition(":")[0])

    @property
    def _patience(self) -> CallPatience:
        return CallPatience(self.settings.llm_timeout, self.settings.llm_retries)

    def _choose(self, found: Sequence[Candidate], passages: Sequence[ScoredPassage]) -> list[Passage]:
        """What the model is given: the passages by their best sentence, then the others as they were found."""
        ranked = {item.passage.id: item.passage for item in found}
        ranked |= {scored.passage.id: scored.passage for scored in passages if scored.passage.id not in ranked}
        return fit_budget(ranked.values(), self.settings.llm_passages, self.settings.llm_tokens)

    def _answer(self, quotes: Answer, checked: Checked) -> Answer:
        return replace(
            quotes,
            text=checked.text,
            confidence=checked.score,
            citations=checked.citations,
            model=self.name,
            sentences=checked.sentences,
        )

    def _fall_back(self, quotes: Answer, error: CallError | None) -> Answer:
        if error is None:
            return quotes
        notice = f"{self.name} could not answer: {error.reason}."
        return replace(quotes, notice=notice if quotes.abstained else f"{notice} {_INSTEAD}")

    def _abstention(self, quotes: Answer, passages: Sequence[ScoredPassage], reason: str) -> Answer:
        return Answer(
            quotes.question,
            quotes.searched_for,
            "The articles do not answer this.",
            True,
            quotes.confidence,
            missing=(reason.format(model=self.name), _TRY_QUOTES),
            related=one_each(passages),
            model=self.name,
        )


def _support(found: Sequence[Candidate]) -> Callable[[str, Passage], float]:
    """The reader's verdict on a passage: how likely the best of its sentences answers the question."""
    best: dict[str, float] = {}
    for item in found:
        best[item.passage.id] = max(best.get(item.passage.id, 0.0), item.probability)
    return lambda _, passage: best.get(passage.id, 0.0)


def _may_say_not_there(text: str) -> bool:
    """Whether the text so far may become, or is, the words for "not there"."""
    return NOT_THERE.startswith(text.upper()) or says_not_there(text)


def _name_run(name: str) -> Any:
    """The name of a run where the user has switched tracing on."""
    return {"run_name": f"newsqa: {name}", "tags": ["newsqa"]}
