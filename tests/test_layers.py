"""The way of the data in one direction, read from the imports themselves."""

from __future__ import annotations

import ast
import sys
from collections import Counter
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "src" / "newsqa"

LEAVES = {"types", "errors", "settings"}
MAY_IMPORT = {
    "types": set(),
    "errors": set(),
    "files": set(),
    "settings": {"errors"},
    "text": {"types", "errors"},
    "models": {"types", "errors", "text"},
    "sources": {"types", "errors", "files", "text", "models"},
    "store": LEAVES | {"files", "text", "models"},
    "search": LEAVES | {"text", "models", "store"},
    "answers": LEAVES | {"text", "models", "store", "search"},
    "llm": LEAVES | {"text", "models", "store", "search", "answers"},
    "library": LEAVES | {"files", "text", "models", "sources", "store", "search", "answers", "llm"},
    "pipeline": LEAVES | {"text", "models", "sources", "store", "search", "answers", "llm", "library"},
    "evaluate": {"types", "errors", "pipeline"},
    "interfaces.render": {"types", "text"},
    "interfaces.wire": {"types"},
    "interfaces.access": {"settings", "errors", "files", "store"},
    "interfaces.cli": LEAVES | {"pipeline", "evaluate", "interfaces.render", "interfaces.access"},
    "interfaces.page": LEAVES | {"pipeline", "sources", "interfaces.render", "interfaces.access"},
    "interfaces.api": LEAVES | {"pipeline", "interfaces.render", "interfaces.wire", "interfaces.access"},
    "interfaces.mcp": LEAVES | {"pipeline", "interfaces.render", "interfaces.wire", "interfaces.access"},
}
"""What each step of the way may import, in the order of the way: itself, and what stands here."""

STARTS = {"interfaces.cli._serving": {"interfaces.api", "interfaces.mcp", "interfaces.page"}}
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
    "interfaces.access._connections": {"uvicorn"},
    "interfaces.page": {"gradio"},
    "interfaces.api": {"fastapi", "prometheus_client", "starlette"},
    "interfaces.mcp": {"mcp"},
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


def step(module: str) -> str:
    """The step of the way that a module (dotted, without `newsqa.`) belongs to; empty for the package itself."""
    first, *rest = module.split(".")
    return ".".join([first, *rest[:1]]) if first == "interfaces" else first


def folder_of(module: str) -> str:
    """The folder (package) that a module lies in; of a package, itself."""
    return module if PACKAGE.joinpath(*module.split(".")).is_dir() else module.rpartition(".")[0]


def owner_of_the_private_part(name: str) -> str | None:
    """Where the first part of a name of newsqa that begins with `_` is kept; None if there is no such part."""
    parts = name.split(".")
    private = [place for place, part in enumerate(parts) if part.startswith("_") and not part.startswith("__")]
    return ".".join(parts[: private[0]]) if parts[0] == "newsqa" and private else None


def own_imports(module: str) -> set[str]:
    """The steps of newsqa, other than its own, that a module imports anywhere."""
    names = (name for node in ast.walk(tree_of(module)) for name in imported(node))
    own = {step(name.removeprefix("newsqa.")) for name in names if name.startswith("newsqa.")}
    return (own & set(MAY_IMPORT)) - {step(module)}


MODULES = [module for module in modules() if module]


@pytest.mark.parametrize("module", [module for module in MODULES if module != "interfaces"])
def test_imports_go_down(module: str) -> None:
    """A module imports its own step of the way, and those that the table allows it."""
    assert step(module) in MAY_IMPORT, f"{module} has no place in the table above"
    assert own_imports(module) <= MAY_IMPORT[step(module)] | STARTS.get(module, set())


@pytest.mark.parametrize("module", modules())
def test_what_is_private_stays_in_its_folder(module: str) -> None:
    """A module or a name that begins with `_` is imported only within its own folder."""
    names = [name for node in ast.walk(tree_of(module)) for name in imported(node)]
    private = {
        name: folder_of(owner.removeprefix("newsqa").removeprefix("."))
        for name in names
        if (owner := owner_of_the_private_part(name)) is not None
    }
    assert {name for name, folder in private.items() if folder != folder_of(module)} == set()


def test_a_class_has_its_name_alone() -> None:
    """No two classes of the package share a name: whoever searches for one finds one thing."""
    names = Counter(
        node.name for module in modules() for node in ast.walk(tree_of(module)) if isinstance(node, ast.ClassDef)
    )
    assert [name for name, times in names.items() if times > 1] == []


def test_no_cycles() -> None:
    """No two steps of the way import each other, directly or through others."""
    graph: dict[str, set[str]] = {}
    for module in MODULES:
        graph.setdefault(step(module), set()).update(own_imports(module))
    TopologicalSorter(graph).prepare()


@pytest.mark.parametrize("module", ["types", "errors", "files"])
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


@pytest.mark.parametrize("module", [module for module in MODULES if step(module) == "interfaces.cli"])
def test_the_command_line_starts_light(module: str) -> None:
    """The command line's modules import typer, the errors and the standard library at their top, nothing else."""
    names = {name for node in at_top(tree_of(module)) for name in imported(node)}
    roots = {name.split(".")[0] for name in names}
    assert roots <= {*sys.stdlib_module_names, "typer", "newsqa"}
    own = {name.removeprefix("newsqa.") for name in names if name.startswith("newsqa.")}
    assert {step(name) for name in own} & set(MAY_IMPORT) <= {"interfaces.cli", "errors"}


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
