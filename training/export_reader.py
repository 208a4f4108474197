"""Turn a reader checkpoint into the int8 ONNX model that ships: `python -m training.export_reader --help`.

Rows of a batch must have equal length: the graph has no padding mask. The runtime reads one window at a time,
so a result never depends on what else is read, and the dynamic int8 scales belong to one window.
"""

from __future__ import annotations

import argparse
import json
import shutil
import tempfile
import warnings
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional

from training.reader_data import MAX_TOKENS, load_tokenizer
from training.reader_model import HEAD_SIZE, HEADS, HIDDEN, OUTPUTS, SpanModel, base_folder

MOST_BYTES = 25_000_000
WINDOW_TOKENS = 236
"""What the reader reads at once, question included: longer windows were rare in training."""
LEAST_MAXIMUM = 0.05
"""No token's feed-forward input is divided by less than this."""


class _Exported(nn.Module):
    """The forward pass for onnxruntime: one matrix for q, k and v; words in int8 with a scale for each."""

    table: Tensor
    scales: Tensor
    positions: Tensor
    types: Tensor

    def __init__(self, model: SpanModel) -> None:
        super().__init__()
        self.model = model
        words = model.embeddings.word_embeddings.weight.detach()
        scales = words.abs().amax(1, keepdim=True) / 127
        self.register_buffer("table", torch.round(words / scales).to(torch.int8))
        self.register_buffer("scales", scales)
        positions = model.embeddings.position_embeddings.weight.detach()
        self.register_buffer("positions", positions[:MAX_TOKENS].clone())
        types = model.embeddings.token_type_embeddings.weight.detach()
        self.register_buffer("types", torch.stack([types[0], types[1], 2 * types[1] - types[0]]))
        self.projections = nn.ModuleList()
        for layer in model.encoder["layer"]:  # type: ignore[union-attr]
            part = layer.attention["self"]
            joined = nn.Linear(HIDDEN, 3 * HIDDEN)
            scale = HEAD_SIZE**-0.5
            joined.weight.data = torch.cat([part.query.weight * scale, part.key.weight, part.value.weight])
            joined.bias.data = torch.cat([part.query.bias * scale, part.key.bias, part.value.bias])
            self.projections.append(joined)

    def forward(self, input_ids: Tensor, token_type_ids: Tensor) -> tuple[Tensor, ...]:
        batch, length = input_ids.shape
        embeddings = self.model.embeddings
        x = self.table[input_ids].float() * self.scales[input_ids] + self.positions[:length]
        x = embeddings.LayerNorm(x + self.types[token_type_ids])
        for layer, projection in zip(self.model.encoder["layer"], self.projections, strict=True):  # type: ignore[arg-type]
            joined = projection(x).view(batch, length, 3, HEADS, HEAD_SIZE).permute(2, 0, 3, 1, 4)
            q, k, v = joined[0], joined[1], joined[2]
            y = torch.softmax(q @ k.transpose(2, 3), -1) @ v
            y = y.transpose(1, 2).reshape(batch, length, HIDDEN)
            x = layer.attention["output"](y, x)
            # One scale for a window is too coarse for the wide layer: a few tokens are far larger than the rest.
            y = functional.gelu(layer.intermediate["dense"](x))
            largest = y.amax(-1, keepdim=True).clamp(min=LEAST_MAXIMUM)
            dense = layer.output.dense
            y = (y / largest) @ dense.weight.t() * largest + dense.bias
            x = layer.output.LayerNorm(y + x)
        logits = self.model.head(x)
        return logits[..., 0], logits[..., 1], logits[:, 0, 2], logits[..., 3]


def to_onnx(model: SpanModel, target: Path) -> None:
    """Write the fp32 graph: `input_ids`, `token_type_ids` (batch, length) to the outputs.

    `start`, `end` and `term` have the shape (batch, length), `sentence` (batch,).
    """
    axes = {0: "batch", 1: "length"}
    names = ["input_ids", "token_type_ids"]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            _Exported(model).eval(),
            (torch.ones(2, 16, dtype=torch.long), torch.ones(2, 16, dtype=torch.long)),
            str(target),
            dynamo=False,
            opset_version=17,
            input_names=names,
            output_names=list(OUTPUTS),
            dynamic_axes={**dict.fromkeys([*names, "start", "end", "term"], axes), "sentence": {0: "batch"}},
        )


def quantise(source: Path, target: Path, keep: list[str]) -> None:
    """Weights and embeddings in int8, matrices per output channel; nodes named in `keep` stay fp32."""
    import onnx
    from onnxruntime.quantization import QuantType, quantize_dynamic

    quantize_dynamic(
        str(source),
        str(target),
        op_types_to_quantize=["MatMul"],
        per_channel=True,
        weight_type=QuantType.QInt8,
        reduce_range=True,  # 7 bits: sums of two products fit 16 bits on processors without VNNI
        nodes_to_exclude=keep,
        extra_options={"DefaultTensorType": onnx.TensorProto.FLOAT, "MatMulConstBOnly": True},
    )


def write(model: SpanModel, folder: Path, version: str, int8: bool) -> None:
    """Write `model.onnx`, `tokenizer.json` and `config.json`; an existing calibration stays as it is."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as temporary:
        plain, small = Path(temporary) / "fp32.onnx", Path(temporary) / "int8.onnx"
        to_onnx(model, plain)
        if int8:
            quantise(plain, small, ["/head/MatMul"])
            assert small.stat().st_size <= MOST_BYTES, f"{small.stat().st_size} bytes"
        shutil.copyfile(small if int8 else plain, folder / "model.onnx")
    load_tokenizer(base_folder()).save(str(folder / "tokenizer.json"))
    path = folder / "config.json"
    calibration = {"slope": 1.0, "intercept": 0.0, "threshold": 0.5}
    if path.exists():
        calibration = json.loads(path.read_text(encoding="utf-8"))["calibration"]
    config = {"version": version, "max_tokens": WINDOW_TOKENS, "calibration": calibration}
    path.write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")


def main() -> None:
    """Parse the options and write the folder of a reader."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--checkpoint", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=Path("src/newsqa/models/reader"))
    parser.add_argument("--version", default="1")
    parser.add_argument("--fp32", action="store_true", help="do not quantise, to compare")
    options = parser.parse_args()
    write(SpanModel.from_checkpoint(options.checkpoint), options.out, options.version, not options.fp32)
    for path in sorted(options.out.iterdir()):
        print(f"{path.stat().st_size:>10} {path}")


if __name__ == "__main__":
    main()
