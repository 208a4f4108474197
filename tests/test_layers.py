"""The table of layers in one direction, read from the imports themselves."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "src" / "newsqa"

LAYERS = {
    layer: set(names.split())
    for layer, names in {
        0: "types errors markers stems",
        1: "settings text access",
        2: "models verification",
        3: "sources store",
        4: "search",
        5: "answers reader similarity selection confidence answering",
        6: "llm",
        7: "library",
        8: "pipeline",
        9: "render evaluate",
        10: "interfaces cli ui page api mcp",
    }.items()
}
"""A module may import its own layer and those below; that no two import each other is a test of its own."""

CORE = {"types", "errors", "settings", "pipeline", "render"}
ONLY = {
    "types": set(),
    "errors": set(),
    "settings": {"errors"},
    "render": {"types"},
    "evaluate": {"pipeline", "types", "errors"},
    "access": {"settings", "errors"},
    "cli": CORE | {"evaluate", "access"},
    "ui": CORE | {"page"},
    "page": CORE | {"sources"},
    "api": CORE | {"access"},
    "mcp": CORE | {"access"},
}
"""Where less is allowed than the layer allows."""

STARTS = {"cli.serving": {"api", "mcp", "ui"}}
"""The only imports between interfaces: `newsqa serve` and `newsqa mcp` start them."""

HEAVY = {
    "chromadb", "fastapi", "gradio", "langchain", "langchain_core", "mcp", "numpy", "onnxruntime", "openai",
    "prometheus_client", "pydantic", "pydantic_settings", "rich", "sentence_transformers", "starlette", "tantivy",
    "tokenizers", "torch", "transformers", "uvicorn", "psycopg", "ray", "sqlalchemy",
}  # fmt: skip
NEVER_AT_TOP = HEAVY - {"numpy", "pydantic", "pydantic_settings", "tantivy"}
AT_TOP_ANYWAY = {
    "llm": {"langchain_core"},
    "search.retriever": {"langchain_core"},
    "ui": {"gradio"},
    "api": {"fastapi", "prometheus_client", "starlette"},
    "mcp": {"mcp"},
}
"""Modules made of a heavy library; so nothing else may import them at its top."""


def modules() -> list[str]:
    """Every module of the package, dotted, without `newsqa.`; the package itself is ``."""
    names = (path.relative_to(PACKAGE).with_suffix("").parts for path in sorted(PACKAGE.rglob("*.py")))
    return [".".join(parts[:-1] if parts[-1] == "__init__" else parts) for parts in names]


def tree_of(module: str) -> ast.Module:
    """The syntax tree of a module."""
    path = PACKAGE.joinpath(*module.split(".")) if module else PACKAGE
    path = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    return ast.parse(path.read_text(encoding="utf-8"))


def imported(node: ast.AST) -> Iterator[str]:
    """The full names that an import statement reads: modules, and for `from a import b` also `a.b`."""
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        assert not node.level, "imports are absolute"
        yield from (f"{node.module}.{alias.name}" for alias in node.names)


def at_top(node: ast.AST) -> Iterator[ast.AST]:
    """The nodes that run when a module is imported: nothing in functions, nothing that only type checkers read."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            continue
        if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
            continue
        yield child
        yield from at_top(child)


def part(name: str) -> str:
    """The first part below `newsqa` of a dotted name that begins there."""
    return name.split(".")[1] if "." in name else ""


def own_imports(module: str) -> set[str]:
    """The parts of newsqa, other than its own, that a module imports anywhere."""
    names = (name for node in ast.walk(tree_of(module)) for name in imported(node))
    own = {part(name) for name in names if name.split(".")[0] == "newsqa"}
    return {name for name in own if (PACKAGE / name).is_dir() or (PACKAGE / f"{name}.py").is_file()} - {
        "",
        module.split(".")[0],
    }


LAYER_OF = {name: layer for layer, names in LAYERS.items() for name in names}
MODULES = [module for module in modules() if module]


@pytest.mark.parametrize("module", MODULES)
def test_imports_go_down(module: str) -> None:
    """A module imports its own layer or lower ones, and only what the table allows it."""
    name = module.split(".")[0]
    assert name in LAYER_OF, f"{name} has no layer: enter it in the table of DESIGN's layers above"
    found = own_imports(module)
    found -= STARTS.get(module, set())
    assert {other for other in found if LAYER_OF[other] > LAYER_OF[name]} == set()
    assert found <= ONLY.get(name, found)


def test_no_cycles() -> None:
    """No two parts of the package import each other, directly or through others."""
    graph: dict[str, set[str]] = {}
    for module in MODULES:
        graph.setdefault(module.split(".")[0], set()).update(own_imports(module))
    TopologicalSorter(graph).prepare()


@pytest.mark.parametrize("module", ["types", "errors"])
def test_layer_0_needs_the_standard_library_alone(module: str) -> None:
    """What every module imports costs nothing but the standard library."""
    roots = {name.split(".")[0] for node in at_top(tree_of(module)) for name in imported(node)}
    assert roots <= {*sys.stdlib_module_names, "newsqa"}


@pytest.mark.parametrize("module", modules())
def test_heavy_libraries_are_imported_where_they_are_used(module: str) -> None:
    """No module imports a heavy library at its top, nor a module that does."""
    names = {name for node in at_top(tree_of(module)) for name in imported(node)}
    made_of = {name: allowed for name, allowed in AT_TOP_ANYWAY.items() if f"{module}.".startswith(f"{name}.")}
    assert {name.split(".")[0] for name in names} & NEVER_AT_TOP <= set().union(*made_of.values())
    own = {name.removeprefix("newsqa.") for name in names if name.split(".")[0] == "newsqa"}
    others = set(AT_TOP_ANYWAY) - set(made_of)
    assert {name for name in own if any(f"{name}.".startswith(f"{other}.") for other in others)} == set()


@pytest.mark.parametrize("module", [module for module in MODULES if module.split(".")[0] == "cli"])
def test_the_command_line_starts_light(module: str) -> None:
    """The command line's modules import typer, the errors and the standard library at their top, nothing else."""
    names = {name for node in at_top(tree_of(module)) for name in imported(node)}
    roots = {name.split(".")[0] for name in names}
    assert roots <= {*sys.stdlib_module_names, "typer", "newsqa"}
    assert {part(name) for name in names if name.split(".")[0] == "newsqa"} <= {"", "cli", "errors"}


def test_imports_are_statements() -> None:
    """Only the package's lazy exports import by a computed name, so that this file sees every other import."""
    dynamic = {
        module
        for module in modules()
        if any(
            isinstance(node, ast.Name) and node.id in {"import_module", "__import__"}
            for node in ast.walk(tree_of(module))
        )
    }
    assert dynamic == {""}
