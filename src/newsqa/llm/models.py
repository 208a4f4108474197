"""Opening a language model by its name: `provider:model`, through LangChain, or a folder of this machine."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from newsqa.errors import ModelError

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

    from newsqa.settings import Settings

EXTRAS = ("anthropic", "huggingface", "ollama", "openai")
"""The providers whose package is an extra of newsqa; others need theirs, which the error names."""
NO_KEY = "none"
"""Sent to a server of one's own, since the clients insist on a key."""
OLLAMA_CONTEXT = 8192
"""Tokens that Ollama is asked to keep: by itself it may keep 2,048, and cut the prompt without a word."""


def open_model(settings: Settings) -> BaseChatModel:
    """The chat model that the settings name; raises `ModelError` saying what to install or to set."""
    provider, _, model = (settings.llm or "").partition(":")
    if provider == "huggingface":
        from newsqa.llm.local import LocalChatModel

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
        return options | {"num_ctx": OLLAMA_CONTEXT, "client_kwargs": {"timeout": settings.llm_timeout}}
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
