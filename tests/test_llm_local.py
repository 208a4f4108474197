"""A real causal model in a folder, with random weights: it is loaded and run as any other, and talks nonsense."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import Any

import pytest

from newsqa import Answer, NewsQA, Settings
from newsqa.errors import ModelError
from newsqa.types import Draft
from tests.newsroom import ARTICLES, BRIDGE_EVIDENCE, BRIDGE_QUESTION

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),  # of torch and transformers, while they are imported
    pytest.mark.filterwarnings("ignore::FutureWarning"),
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Llama of two small layers, random but for its seed, and a tokenizer trained on the newsroom."""
    torch = pytest.importorskip("torch")
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    made = tmp_path_factory.mktemp("model") / "tiny-llama"
    raw = Tokenizer(models.BPE())
    raw.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    raw.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=700, special_tokens=["<s>", "</s>"], initial_alphabet=alphabet)
    raw.train_from_iterator(ARTICLES.values(), trainer)
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=raw, bos_token="<s>", eos_token="</s>")  # noqa: S106
    tokenizer.chat_template = (
        "{% for m in messages %}<s>{{ m.role }}: {{ m.content }}</s>{% endfor %}<s>assistant:"
    )
    tokenizer.save_pretrained(made)
    torch.manual_seed(7)
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=64,
        intermediate_size=128,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=4096,
        bos_token_id=0,
        eos_token_id=1,
    )
    LlamaForCausalLM(config).save_pretrained(made)
    return made


def asked(home: Path, folder: Path, **more: Any) -> tuple[list[Draft], Answer]:
    """What comes of the bridge question with the model in the folder."""
    settings = Settings(home=home, llm=f"huggingface:{folder}", **more)
    with NewsQA.open(settings=settings) as qa:
        items = list(qa.stream(BRIDGE_QUESTION))
    assert isinstance(items[-1], Answer)
    return [item for item in items if isinstance(item, Draft)], items[-1]


def test_nonsense_is_found_out(folder: Path, newsroom_index: Path) -> None:
    """The model streams, and nothing it says is supported, so that the answer is an abstention."""
    drafts, answer = asked(newsroom_index, folder)
    assert len(drafts) > 3
    assert answer.abstained
    assert answer.model == "huggingface:tiny-llama"
    assert str(folder.parent) not in str(answer.to_dict())
    assert [sentence for draft in drafts for sentence in draft.sentences if sentence.verdict == "supported"] == []


def test_a_prompt_that_is_too_long_is_told(folder: Path, newsroom_index: Path, tmp_path: Path) -> None:
    """A model that reads less than the prompt gives way to quotes, and the notice names the setting to lower."""
    import json
    import shutil

    short = tmp_path / "short"
    shutil.copytree(folder, short)
    config = json.loads((short / "config.json").read_text())
    (short / "config.json").write_text(json.dumps({**config, "max_position_embeddings": 256}))
    _, answer = asked(newsroom_index, short)
    assert BRIDGE_EVIDENCE in answer.text
    assert "NEWSQA_LLM_TOKENS" in answer.notice


def test_a_folder_that_holds_no_weights_is_told_in_words(
    folder: Path, newsroom_index: Path, tmp_path: Path
) -> None:
    """A configuration alone is no model."""
    (tmp_path / "config.json").write_bytes((folder / "config.json").read_bytes())
    with pytest.raises(ModelError, match="cannot be loaded"):
        asked(newsroom_index, tmp_path)


def test_a_reader_who_leaves_ends_the_writing(folder: Path) -> None:
    """When nobody takes the words any more, the thread that makes them ends."""
    from newsqa.llm._models import LocalChatModel

    model = LocalChatModel.open(folder).model_copy(update={"max_new_tokens": 4000})
    before = threading.active_count()
    stream = model.stream("Why?")
    next(stream)
    stream.close()
    deadline = time.monotonic() + 60
    while threading.active_count() > before and time.monotonic() < deadline:
        time.sleep(0.05)
    assert threading.active_count() <= before


def test_the_same_prompt_gives_the_same_text(folder: Path) -> None:
    """Writing is greedy: streamed or whole, once or twice, the text is one."""
    from newsqa.llm._models import LocalChatModel

    model = LocalChatModel.open(folder).model_copy(update={"max_new_tokens": 20})
    whole = str(model.invoke("Why was the bridge closed?").text)
    assert whole
    assert "".join(str(chunk.text) for chunk in model.stream("Why was the bridge closed?")) == whole
