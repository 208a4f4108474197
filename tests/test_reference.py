"""docs/reference.md, made from the docstrings of the public names; its examples run.

`python -m tests.test_reference` writes it anew.
"""

from __future__ import annotations

import dataclasses
import doctest
import importlib
import inspect
import os
import re
from pathlib import Path
from typing import Any

import pytest

import newsqa

ROOT = Path(__file__).parents[1]
REFERENCE = ROOT / "docs" / "reference.md"
HEAD = """# Reference

Every public name of `newsqa`, from its docstrings. Whatever else the modules hold may change without notice. All
errors that newsqa raises on purpose are `NewsqaError`s.

```pycon
>>> from newsqa import NewsQA, embeddings
>>> qa = NewsQA.open()  # the index in NEWSQA_HOME
>>> report = qa.ingest(["corpus"])
>>> report.added, report.failed
(32, ())
>>> answer = qa.ask("When did Kim leave Vladivostok?")
>>> answer.abstained, [citation.number for citation in answer.citations]
(False, [1])
>>> citation = answer.citations[0]
>>> article = qa.article(citation.passage.article_id)
>>> article.text[citation.start : citation.end] == citation.quote
True
>>> hits = qa.search("black hole", k=2, since="2019-04-01")
>>> [hit.passage.published.isoformat() for hit in hits]
['2019-04-11', '2019-04-11']
>>> documents = qa.retriever(k=3, source="Pacific Courier").invoke("Kim")
>>> {document.metadata["source"] for document in documents}
{'Pacific Courier'}
>>> qa.add_text("Ada Finch lit the lamp.", title="Lamp lit", published="2019-05-02").added
1
>>> qa.close()

```
"""
HIDDEN = {"NewsRetriever": {"model_config", "model_post_init"}}
"""Members that a library put there."""


def reference() -> str:
    """The whole page."""
    names = sorted(newsqa.__all__, key=str.lower)
    return "\n".join([HEAD, *(entry(name, getattr(newsqa, name)) for name in names)])


def entry(name: str, value: Any) -> str:
    """One public name: its signature, its docstring, its own members."""
    lines = [f"## {name}", ""]
    if inspect.isclass(value) and issubclass(value, BaseException):
        module = inspect.getdoc(inspect.getmodule(value)) or ""
        tree = module.partition("\n\n")[2]
        return "\n".join([*lines, text(value), "", "```text", tree, "```", ""])
    if not inspect.isclass(value):
        return "\n".join([*lines, signature(name, value), "", text(value), ""])
    lines += [text(value), ""]
    if dataclasses.is_dataclass(value):
        fields = [
            f"| `{field.name}` | `{field.type}` |".replace(" | None", " \\| None")
            for field in dataclasses.fields(value)
        ]
        lines += ["| field | type |", "|---|---|", *fields, ""]
    elif name == "Settings":
        lines += ["Its fields are in the [table of settings](settings.md).", ""]
    members = [
        (key, member)
        for owner in value.__mro__
        if owner.__module__.partition(".")[0] == "newsqa"
        for key, member in vars(owner).items()
        if not key.startswith("_") and key not in HIDDEN.get(name, set()) and documented(member)
    ]
    for key, member in members:
        lines += [signature(f"{name}.{key}", member), "", text(member), ""]
    return "\n".join(lines)


def documented(member: Any) -> bool:
    """Whether a member is a method, class method or property with a docstring."""
    return isinstance(member, classmethod | property) or inspect.isfunction(member)


def signature(name: str, value: Any) -> str:
    """A heading with the call."""
    if isinstance(value, property):
        return f"### `{name}`"
    function = value.__func__ if isinstance(value, classmethod) else value
    given = inspect.signature(function)
    shown = [parameter for key, parameter in given.parameters.items() if key not in {"self", "cls"}]
    call = f"{name}{given.replace(parameters=shown)}"
    plain = re.sub(r"(: |-> )'([^']*)'", r"\1\2", call)
    return f"### `{plain}`"


def text(value: Any) -> str:
    """A docstring, its doctests as code."""
    lines, code = [], False
    for line in (inspect.getdoc(value) or "").splitlines():
        if line.startswith(">>>") and not code:
            lines += ["```pycon"]
            code = True
        elif code and not line.strip():
            lines += ["", "```"]
            code = False
        lines.append(line)
    return "\n".join([*lines, *(["", "```"] if code else [])])


def test_the_reference_is_up_to_date() -> None:
    """Every public name is in it, as its docstring is now."""
    assert REFERENCE.read_text(encoding="utf-8") == reference()


@pytest.mark.slow
def test_the_examples_of_the_reference_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """They give what they show."""
    monkeypatch.chdir(ROOT)
    failed, tried = doctest.testfile(str(REFERENCE), module_relative=False)
    assert (failed, tried > 10) == (0, True)


def test_the_examples_in_docstrings_run() -> None:
    """They give what they show."""
    os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
    failed, tried = doctest.testmod(importlib.import_module("newsqa.models"))
    assert (failed, tried > 0) == (0, True)


if __name__ == "__main__":
    REFERENCE.write_text(reference(), encoding="utf-8")
