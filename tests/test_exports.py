"""The public surface: what `from newsqa import ...` gives."""

from __future__ import annotations

import importlib
import re
import subprocess
import sys
from pathlib import Path

import pytest

import newsqa

ROOT = Path(__file__).parents[1]
WITH_ALL = sorted(
    ".".join(path.relative_to(ROOT / "src").with_suffix("").parts).removesuffix(".__init__")
    for path in (ROOT / "src" / "newsqa").rglob("*.py")
    if re.search(r"^__all__\b", path.read_text(encoding="utf-8"), re.MULTILINE)
)


@pytest.mark.parametrize("module", WITH_ALL)
def test_all_is_true(module: str) -> None:
    """Every `__all__` is without repeats, and each of its names exists."""
    exporter = importlib.import_module(module)
    names = list(exporter.__all__)
    assert len(names) == len(set(names))
    assert [name for name in names if not hasattr(exporter, name)] == []


def test_the_package_exports_its_facade_and_values() -> None:
    """The names that README uses come from `newsqa` itself, and each is defined in newsqa."""
    expected = {"Answer", "Citation", "NewsQA", "NewsqaError", "Settings", "Turn"}
    assert expected <= set(newsqa.__all__)
    for name in newsqa.__all__:
        value = getattr(newsqa, name)
        assert value.__module__.split(".")[0] == "newsqa", name
        assert value.__name__ == name


def test_an_unknown_name_is_an_attribute_error() -> None:
    """`newsqa.nothing` fails as it does on any module."""
    with pytest.raises(AttributeError, match="nothing"):
        newsqa.nothing  # noqa: B018


def test_importing_the_package_imports_nothing_else() -> None:
    """`import newsqa` brings in no other module of newsqa and no library."""
    code = "import sys, newsqa; print([m for m in sys.modules if m.startswith(('newsqa.', 'numpy', 'pydantic'))])"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


def test_the_version_is_the_one_of_the_distribution() -> None:
    """`newsqa.__version__`, pyproject.toml and the changelog agree."""
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert newsqa.__version__ == project["version"]
    assert f"## [{newsqa.__version__}]" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
