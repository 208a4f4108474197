"""The bundled encoder against what the machine's int8 matrix product allows, and against other ways to run it.

    python -m benchmarks.encoder --data DATA

The limit is the time of the model's own matrix products alone (MatMulInteger of onnxruntime, in the shapes of a
passage of the mean length), on as many threads as there are cores; attention's products in float32, normalisation,
softmax and GELU come on top of it. All are timed in turns, so that ratios hold on a busy machine, too.
"""

from __future__ import annotations

import argparse
import itertools
import json
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime

from benchmarks.growth_corpus import real_articles
from newsqa.models import BundledEncoder, embedding_text
from newsqa.models.bundled import BUNDLED
from newsqa.text.passages import SentenceSplitter

LAYERS, HIDDEN, WIDE = 6, 384, 1536
SHAPES = ((HIDDEN, 3 * HIDDEN), (HIDDEN, HIDDEN), (HIDDEN, WIDE), (WIDE, HIDDEN))
"""The matrices of one layer, (inputs, outputs): attention's projection, its output, the feed-forward pair."""
BATCH = 8


def products(length: int) -> Any:
    """A session that does the matrix products of one passage of so many tokens, and nothing else."""
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    chance = np.random.default_rng(1)
    nodes, weights, outputs = [], [], []
    for layer, (rows, columns) in itertools.product(range(LAYERS), SHAPES):
        name = f"{layer}_{rows}_{columns}"
        weight = chance.integers(-64, 64, (rows, columns)).astype(np.int8)
        weights.append(numpy_helper.from_array(weight, f"w{name}"))
        nodes.append(helper.make_node("MatMulInteger", [f"x{rows}", f"w{name}", "zero"], [f"y{name}"]))
        outputs.append(helper.make_tensor_value_info(f"y{name}", TensorProto.INT32, (length, columns)))
    weights.append(numpy_helper.from_array(np.array(128, dtype=np.uint8), "zero"))
    inputs = [
        helper.make_tensor_value_info(f"x{rows}", TensorProto.UINT8, (length, rows)) for rows in (HIDDEN, WIDE)
    ]
    graph = helper.make_graph(nodes, "products", inputs, outputs, weights)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    return session(model.SerializeToString())


def session(model: bytes | str, threads: int = 1) -> Any:
    """A session as the bundled encoder's."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def optimised(path: Path, folder: Path) -> Any:
    """The encoder after the fusions of onnxruntime's transformer optimiser."""
    from onnxruntime.transformers import optimizer

    fused = optimizer.optimize_model(str(path), model_type="bert", num_heads=12, hidden_size=HIDDEN, opt_level=0)
    fused.save_model_to_file(str(folder / "fused.onnx"))
    return session(str(folder / "fused.onnx"))


def side_by_side(run: Callable[[Any], object], items: Sequence[Any], threads: int) -> None:
    """Runs the items in threads, longest first as they come."""
    with ThreadPoolExecutor(threads) as pool:
        for _ in pool.map(run, items):
            pass


def main() -> None:
    """Time everything in turns and print the figures as JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder of the .jsonl.xz files")
    parser.add_argument("--passages", type=int, default=96)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    threads, count = options.threads, options.passages
    encoder = BundledEncoder.open(threads=threads)
    splitter = SentenceSplitter(encoder.count_tokens)
    found = (passage for article in real_articles(options.data) for passage in splitter.split(article))
    texts = [embedding_text(passage) for passage in itertools.islice(found, count)]
    ids = sorted((np.array([encoder._ids(text)], dtype=np.int64) for text in texts), key=lambda row: -row.size)
    length = round(statistics.mean(row.size for row in ids))
    alike = [np.resize(row, (1, length)) for row in ids]
    batches = [np.concatenate(alike[n : n + BATCH]) for n in range(0, count, BATCH)]
    plain, wide, limit = (
        session(str(BUNDLED / "model.onnx")),
        session(str(BUNDLED / "model.onnx"), threads),
        products(length),
    )
    with tempfile.TemporaryDirectory() as folder:
        fused = optimised(BUNDLED / "model.onnx", Path(folder))
    chance = np.random.default_rng(2)
    feed = {f"x{rows}": chance.integers(0, 256, (length, rows)).astype(np.uint8) for rows in (HIDDEN, WIDE)}

    def of(model: Any) -> Callable[[Any], object]:
        return lambda row: model.run(None, {"input_ids": row})

    ways: dict[str, Callable[[], object]] = {
        "matrix products alone": lambda: side_by_side(lambda _: limit.run(None, feed), alike, threads),
        "bundled encoder, tokenising included": lambda: encoder.encode_passages(texts),
        "one at a time": lambda: side_by_side(of(plain), alike, threads),
        f"batches of {BATCH} of one length": lambda: side_by_side(of(plain), batches, threads),
        "one at a time, each by all threads": lambda: [wide.run(None, {"input_ids": row}) for row in alike],
        "after the transformer optimiser": lambda: side_by_side(of(fused), alike, threads),
    }
    times: dict[str, list[float]] = {name: [] for name in ways}
    for number in range(-1, options.rounds):
        for name, run in ways.items():
            began = time.perf_counter()
            run()
            if number >= 0:
                times[name].append(time.perf_counter() - began)
    speeds = {name: count / statistics.median(took) for name, took in times.items()}
    shares = {
        name: statistics.median(a / b for a, b in zip(times["matrix products alone"], took, strict=True))
        for name, took in times.items()
    }
    print(f"{count} passages, {length} tokens on average, {threads} threads; medians of {options.rounds} rounds")
    print(
        json.dumps(
            {
                name: {"passages/s": round(speeds[name], 1), "of the limit": round(shares[name], 2)}
                for name in ways
            },
            indent=1,
        )
    )


if __name__ == "__main__":
    main()
