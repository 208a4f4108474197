"""The chat model that the settings name: of a provider, or in a folder of this machine (`huggingface:/folder`)."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.language_models.chat_models import generate_from_stream
from langchain_core.messages import AIMessageChunk, BaseMessage
from langchain_core.outputs import ChatGenerationChunk, ChatResult

from newsqa.errors import ModelError

if TYPE_CHECKING:
    from newsqa.settings import Settings


EXTRAS = ("anthropic", "huggingface", "ollama", "openai")
"""The providers whose package is an extra of newsqa; others need theirs, which the error names."""
NO_KEY = "none"
"""Sent to a server of one's own, since the clients insist on a key."""
OLLAMA_CONTEXT = 8192
"""Tokens that Ollama is asked to keep: by itself it may keep 2,048, and cut the prompt without a word."""

MAX_NEW_TOKENS = 400
_ROLES = {"system": "system", "human": "user", "ai": "assistant"}


def open_model(settings: Settings) -> BaseChatModel:
    """The chat model that the settings name; raises `ModelError` saying what to install or to set."""
    provider, _, model = (settings.llm or "").partition(":")
    if provider == "huggingface":
        return LocalChatModel.open(Path(model).expanduser())
    from langchain.chat_models import init_chat_model

    try:
        opened: BaseChatModel = init_chat_model(f"{provider}:{model}", **_choose_options(provider, settings))
        return opened
    except ImportError as error:
        raise ModelError(f"NEWSQA_LLM={settings.llm} {_install(provider, error)}") from error
    except Exception as error:  # each provider has its own for a missing key, a bad address or a bad name
        raise ModelError(
            f"The model {settings.llm} cannot be opened: {_first_line(error)} Correct NEWSQA_LLM, "
            "NEWSQA_LLM_BASE_URL or NEWSQA_LLM_API_KEY, or unset NEWSQA_LLM to answer with quotes."
        ) from error


def _choose_options(provider: str, settings: Settings) -> dict[str, Any]:
    """Address, key and time limit, each under the name that the provider has for it; newsqa retries by itself."""
    options: dict[str, Any] = {}
    if settings.llm_base_url:
        options["base_url"] = settings.llm_base_url
    if provider == "ollama":
        import httpx

        once = httpx.Limits(max_keepalive_connections=0)  # its client never closes one that is kept
        given = {"timeout": settings.llm_timeout, "limits": once}
        return options | {"num_ctx": OLLAMA_CONTEXT, "client_kwargs": given}
    options |= {"timeout": settings.llm_timeout, "max_retries": 0}
    if settings.llm_api_key is not None:
        options["api_key"] = settings.llm_api_key.get_secret_value()
    elif settings.llm_base_url and provider == "openai":
        import os

        options["api_key"] = os.environ.get("OPENAI_API_KEY") or NO_KEY
    return options


def _install(provider: str, error: ImportError) -> str:
    """What is missing, and the command that installs it."""
    if provider in EXTRAS:
        return f"needs a package that is not installed. Run: pip install 'newsqa[{provider}]'"
    package = getattr(error, "name", "") or f"langchain_{provider}"
    return f"needs a package that is not installed. Run: pip install {package.split('.')[0].replace('_', '-')}"


def _first_line(error: Exception) -> str:
    """The first line of a foreign error, as a sentence."""
    line = next(iter(str(error).strip().splitlines()), "") or type(error).__name__
    return line[:300].rstrip(" .") + "."


class LocalChatModel(BaseChatModel):
    """Writes with a model of transformers, greedily, so that the same prompt gives the same text."""

    model: Any
    tokenizer: Any
    name_or_path: str = ""
    max_new_tokens: int = MAX_NEW_TOKENS

    @classmethod
    def open(cls, folder: Path) -> Self:
        """The model in `folder`: weights as safetensors, nothing downloaded, no code of the folder's run.

        Raises `ModelError`.
        """
        if not (folder / "config.json").is_file():
            raise ModelError(
                f"There is no model in {folder}. Set NEWSQA_LLM to huggingface: and the folder of one, with its "
                "config.json, tokenizer and safetensors, or unset it to answer with quotes."
            )
        try:
            from transformers import AutoModelForCausalLM, AutoTokenizer
        except ImportError as error:
            raise ModelError(
                "A model in a folder needs transformers and torch. Run: pip install 'newsqa[huggingface]'"
            ) from error
        try:
            tokenizer = AutoTokenizer.from_pretrained(str(folder), local_files_only=True)
            model: Any = AutoModelForCausalLM.from_pretrained(
                str(folder), local_files_only=True, use_safetensors=True
            )
        except Exception as error:  # transformers raises many kinds for a folder that is not what it expects
            raise ModelError(
                f"The model in {folder} cannot be loaded ({str(error).strip().splitlines()[0][:300]}). "
                "Choose another folder, or unset NEWSQA_LLM to answer with quotes."
            ) from error
        model.eval()
        return cls(model=model, tokenizer=tokenizer, name_or_path=str(folder))

    @property
    def _llm_type(self) -> str:
        return "newsqa-local"

    def prompt(self, messages: Sequence[BaseMessage]) -> str:
        """The messages in the model's own chat format, or one after the other where it has none."""
        turns = [{"role": _ROLES.get(message.type, "user"), "content": str(message.text)} for message in messages]
        if self.tokenizer.chat_template:
            return str(self.tokenizer.apply_chat_template(turns, tokenize=False, add_generation_prompt=True))
        return "\n\n".join(f"{turn['role']}: {turn['content']}" for turn in turns) + "\n\nassistant:"

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,  # noqa: ARG002 (LangChain passes it by name)
        run_manager: CallbackManagerForLLMRun | None = None,
        **_: Any,
    ) -> Iterator[ChatGenerationChunk]:
        import torch
        from transformers import TextIteratorStreamer

        streamer: Any = TextIteratorStreamer(self.tokenizer, skip_prompt=True, skip_special_tokens=True)
        encoded = self.tokenizer(self.prompt(messages), return_tensors="pt")
        most = getattr(self.model.config, "max_position_embeddings", 0) or 0
        ids = encoded["input_ids"]
        if most and ids.shape[1] + 1 > most:
            raise ModelError(
                f"The prompt has {ids.shape[1]:,} tokens, and the model reads {most:,}. "
                "Lower NEWSQA_LLM_TOKENS, or choose a model that reads more."
            )
        room = min(self.max_new_tokens, most - ids.shape[1]) if most else self.max_new_tokens
        failed: list[Exception] = []
        ended = threading.Event()

        def write() -> None:
            try:
                with torch.inference_mode():
                    self.model.generate(
                        ids,
                        attention_mask=torch.ones_like(ids),
                        max_new_tokens=room,
                        do_sample=False,
                        streamer=streamer,
                        pad_token_id=self.tokenizer.pad_token_id or self.tokenizer.eos_token_id or 0,
                        stopping_criteria=[
                            lambda scores, *_, **__: torch.full((scores.shape[0],), ended.is_set())
                        ],
                    )
            except Exception as error:
                failed.append(error)
                streamer.end()

        thread = threading.Thread(target=write, daemon=True)
        thread.start()
        try:
            for text in streamer:
                if text:
                    chunk = ChatGenerationChunk(message=AIMessageChunk(content=text))
                    if run_manager:
                        run_manager.on_llm_new_token(text, chunk=chunk)
                    yield chunk
            yield ChatGenerationChunk(message=AIMessageChunk(content="", chunk_position="last"))
        finally:
            ended.set()
            thread.join()
        if failed:
            raise ModelError(
                f"The model in {self.name_or_path} failed ({failed[0]}). Choose another, or unset NEWSQA_LLM."
            ) from failed[0]

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        return generate_from_stream(self._stream(messages, stop, run_manager, **kwargs))
