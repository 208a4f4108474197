"""Turn a shipped reader back into a checkpoint, to train on from it: `python -m training.restore_reader --help`.

The matrices come back in the 7 bits that they were rounded to; a few hundred steps of training forget that.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from newsqa.answers.reader import BUNDLED
from training.reader_model import HEAD_SIZE, HIDDEN, LAYERS, OUTPUTS, SpanModel

Array = npt.NDArray[np.float32]
PARTS = ("projection", "attention.output.dense", "intermediate.dense", "output.dense")
"""The matrices of a layer in the order in which the graph multiplies by them."""


def restore(path: Path) -> SpanModel:
    """The model of an `export_reader` graph in fp32; the word table, never trained, is that of the base weights.

    Raises ValueError if the graph is not one of `export_reader`'s in int8.
    """
    import onnx
    from onnx import numpy_helper

    graph = onnx.load(str(path)).graph
    values: dict[str, Any] = {item.name: numpy_helper.to_array(item) for item in graph.initializer}
    names = [node.input[1] for node in graph.node if node.op_type == "MatMulInteger"]
    if len(names) != LAYERS * len(PARTS):
        raise ValueError(f"{path}: {len(names)} int8 matrices, expected {LAYERS * len(PARTS)}")
    model = SpanModel.from_base()
    state = model.state_dict()
    for name in state:
        stored = values.get(f"model.{name}")
        if stored is not None:
            state[name] = torch.from_numpy(np.array(stored, dtype=np.float32))
    positions = values["positions"]
    state["embeddings.position_embeddings.weight"][: len(positions)] = torch.from_numpy(np.array(positions))
    state["embeddings.token_type_embeddings.weight"] = torch.from_numpy(np.array(values["types"][:2]))
    head = next(value for name, value in values.items() if value.shape == (HIDDEN, len(OUTPUTS)))
    state["head.weight"] = torch.from_numpy(np.array(head.T))
    for place, name in enumerate(names):
        layer, part = divmod(place, len(PARTS))
        weight = torch.from_numpy(_dequantised(values, name).T.copy())
        prefix = f"encoder.layer.{layer}."
        if part == 0:
            bias = torch.from_numpy(np.array(values[f"projections.{layer}.bias"]))
            for row, kind in enumerate(("query", "key", "value")):
                scale = HEAD_SIZE**0.5 if kind == "query" else 1.0
                rows = slice(row * HIDDEN, (row + 1) * HIDDEN)
                state[f"{prefix}attention.self.{kind}.weight"] = weight[rows] * scale
                state[f"{prefix}attention.self.{kind}.bias"] = bias[rows] * scale
        else:
            state[f"{prefix}{PARTS[part]}.weight"] = weight
    model.load_state_dict(state)
    return model.eval()


def _dequantised(values: dict[str, Any], name: str) -> Array:
    """A matrix (inputs, outputs) from its int8 values and the scale and zero of each output."""
    stem = name.removesuffix("_quantized")
    whole: Array = values[name].astype(np.float32) - values[f"{stem}_zero_point"].astype(np.float32)
    return whole * np.asarray(values[f"{stem}_scale"], dtype=np.float32)


def main() -> None:
    """Parse the options and write the checkpoint."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, default=BUNDLED / "model.onnx")
    parser.add_argument("--out", type=Path, required=True, help="the checkpoint to write")
    options = parser.parse_args()
    torch.save(restore(options.model).state_dict(), options.out)
    print(f"{options.out.stat().st_size} {options.out}")


if __name__ == "__main__":
    main()
