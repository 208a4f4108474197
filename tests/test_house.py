"""What README, the Makefile and the pinned versions say, held against what is there."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from pydantic_core import PydanticUndefined

from newsqa.settings import Settings
from tests.test_layers import MAY_IMPORT, imported, modules, tree_of

ROOT = Path(__file__).parents[1]
FOLDERS = {
    ".ci": "What has to pass before a change goes in.",
    "benchmarks": "Measures speed and quality; the package does not import it.",
    "corpus": "Articles to try newsqa with, written for it.",
    "docs": "Why things are as they are, and the pictures of this page.",
    "examples": "newsqa inside other tools: LangChain, OpenAI's client, LlamaIndex, Haystack.",
    "tests": "The tests; `tests/questions.jsonl` holds the questions on the corpus.",
    "training": "Makes the models that are in the package; the package does not import it.",
}


def read(name: str) -> str:
    """A file of the repository as text."""
    return (ROOT / name).read_text(encoding="utf-8")


def settings_table() -> str:
    """README's table of settings, from `Settings` itself."""
    lines = ["| variable | default | what it is |", "|---|---|---|"]
    for name, field in Settings.model_fields.items():
        if field.default is PydanticUndefined:
            default = "the user's data folder"
        else:
            default = "" if field.default is None else f"`{str(field.default).lower()}`"
        lines.append(f"| `NEWSQA_{name.upper()}` | {default} | {field.description} |")
    return "\n".join(lines)


def tracked() -> list[str]:
    """The paths that belong to the repository."""
    run = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True)
    return run.stdout.splitlines()


def files_table() -> str:
    """README's map: the steps of the way in its order by their docstrings, then the folders around the package."""
    lines = ["| path | what it is |", "|---|---|"]
    for step in MAY_IMPORT:
        path = Path("src/newsqa", *step.split("."))
        path = path if (ROOT / path).is_dir() else path.with_suffix(".py")
        source = ROOT / path / "__init__.py" if (ROOT / path).is_dir() else ROOT / path
        docstring = ast.get_docstring(ast.parse(source.read_text(encoding="utf-8"))) or ""
        lines.append(f"| `{path}` | {docstring.partition(chr(10))[0]} |")
    folders = sorted({path.split("/")[0] for path in tracked() if "/" in path} - {"src"})
    lines += [f"| `{folder}` | {FOLDERS[folder]} |" for folder in folders]
    return "\n".join(lines)


TABLES = {"settings": ("docs/settings.md", settings_table), "files": ("docs/architecture.md", files_table)}
"""The tables that are made from the code, each in its page between `<!-- NAME -->` and `<!-- end of NAME -->`."""

PAGES = ("README.md", *sorted(f"docs/{path.name}" for path in (ROOT / "docs").glob("*.md")))


def code_blocks(language: str, page: str = "README.md") -> list[str]:
    """The fenced blocks of one language in a page."""
    return re.findall(rf"^```{language}\n(.*?)^```", read(page), re.MULTILINE | re.DOTALL)


def command_lines() -> list[str]:
    """The command lines of README and of the page that goes on from it."""
    blocks = code_blocks("bash") + code_blocks("bash", "docs/use.md")
    return [line for block in blocks for line in block.splitlines() if line]


def pins() -> dict[str, str]:
    """The versions of constraints.txt by canonical name."""
    lines = (line for line in read("constraints.txt").splitlines() if line and not line.startswith("#"))
    return {canonicalize_name(name): version for name, version in (line.split("==") for line in lines)}


def requirements() -> list[Requirement]:
    """What pyproject.toml asks for, the extras and the build system included."""
    project: dict[str, Any] = tomllib.loads(read("pyproject.toml"))
    lists = [
        project["build-system"]["requires"],
        project["project"]["dependencies"],
        *project["project"]["optional-dependencies"].values(),
    ]
    return [Requirement(line) for listed in lists for line in listed]


@pytest.mark.parametrize("requirement", requirements(), ids=str)
def test_every_requirement_is_pinned_in_its_range(requirement: Requirement) -> None:
    """constraints.txt names one version of each, which pyproject.toml allows."""
    version = pins()[canonicalize_name(requirement.name)]
    assert requirement.specifier.contains(version)


def test_the_pins_are_exact_and_sorted() -> None:
    """One exact, public version a line; torch is the version that has a build without CUDA."""
    lines = [line for line in read("constraints.txt").splitlines() if not line.startswith("#")]
    assert [line for line in lines if not re.fullmatch(r"[A-Za-z0-9._-]+==[0-9][A-Za-z0-9.!]*", line)] == []
    assert [name for name in pins() if name.startswith(("nvidia", "triton", "cuda"))] == []
    assert pins()["torch"] == "2.13.0"


def test_what_is_tested_is_what_is_pinned() -> None:
    """Every pinned package that is installed here has the pinned version."""
    installed = {canonicalize_name(item.name): item.version for item in metadata.distributions()}
    different = {
        name: (installed[name], version)
        for name, version in pins().items()
        if name in installed and installed[name].partition("+")[0] != version
    }
    assert different == {}


def test_make_says_what_it_does() -> None:
    """`make` alone names the three targets."""
    out = subprocess.run(["make", "-s"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert re.findall(r"^make (\w+) ", out, re.MULTILINE) == ["run", "test", "lint"]


def test_what_is_imported_is_declared() -> None:
    """Every library that the package imports is a dependency, or one of an extra; none comes only by another."""
    declared = {canonicalize_name(requirement.name) for requirement in requirements()}
    homes = metadata.packages_distributions()
    for module in modules():
        for node in ast.walk(tree_of(module)):
            for root in {name.split(".")[0] for name in imported(node)} - {*sys.stdlib_module_names, "newsqa"}:
                assert declared & {canonicalize_name(name) for name in homes.get(root, [root])}, (module, root)


@pytest.mark.parametrize("name", TABLES)
def test_the_tables_are_up_to_date(name: str) -> None:
    """Settings and file map are what the code says; `python -m tests.test_house` writes them anew."""
    page, table = TABLES[name]
    assert read(page).partition(f"<!-- {name} -->\n")[2].partition(f"\n<!-- end of {name} -->")[0] == table()


def test_readme_is_short() -> None:
    """README is for a newcomer: at most 900 words; the rest is in docs/, and its index names every page."""
    assert len(read("README.md").split()) <= 900
    index = set(re.findall(r"\]\((\w+\.md)\)", read("docs/README.md")))
    assert index == {Path(page).name for page in PAGES} - {"README.md"}


@pytest.mark.parametrize("page", PAGES)
def test_pages_name_only_what_is_there(page: str) -> None:
    """Every relative link and picture exists."""
    links = [link for link in re.findall(r"\]\(([^)#\s]+)", read(page)) if not re.match(r"\w+:", link)]
    assert [path for path in links if not (ROOT / page).parent.joinpath(path).exists()] == []


@pytest.mark.parametrize("line", command_lines())
def test_readme_commands_exist(line: str) -> None:
    """Each command line is a make target, or a `newsqa` command with options that it has."""
    command = line.partition("#")[0].split()
    if command[0] == "make":
        subprocess.run(["make", "--dry-run", command[1]], cwd=ROOT, capture_output=True, check=True)
    elif command[0].endswith("newsqa"):
        from typer.main import get_command

        from newsqa.interfaces.cli import app

        group: Any = get_command(app)
        named = command[1] in group.commands
        options, parameters = command[2:], group.commands[command[1]].params if named else group.params
        assert named or command[1] == "--help"
        known = {option for parameter in parameters for option in parameter.opts}
        assert {word for word in options if re.match(r"--?[a-z]", word)} <= known
    else:
        assert command[0] in {"git", "cd", "export", "pip", "python", ".venv/bin/pip", ".venv/bin/python"}


@pytest.mark.slow
def test_the_python_of_readme_runs() -> None:
    """README's Python, run as one program in the repository's folder, answers and cites."""
    code = "\n".join(code_blocks("python"))
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert (run.returncode, run.stderr) == (0, "")
    assert "[1]" in run.stdout
    assert "Vladivostok" in run.stdout


if __name__ == "__main__":
    for name, (page, table) in TABLES.items():
        head, begin, rest = read(page).partition(f"<!-- {name} -->\n")
        _, end, tail = rest.partition(f"\n<!-- end of {name} -->")
        (ROOT / page).write_text(f"{head}{begin}{table()}{end}{tail}", encoding="utf-8")
