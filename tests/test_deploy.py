"""What the Dockerfile and the compose file promise, read from them; no engine is needed."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.utils import canonicalize_name

from newsqa.settings import Settings

ROOT = Path(__file__).parents[1]


def instructions() -> list[tuple[str, str]]:
    """The Dockerfile's instructions in order, continued lines joined."""
    text = re.sub(r"\\\n\s*", "", (ROOT / "Dockerfile").read_text(encoding="utf-8"))
    lines = (line for line in text.splitlines() if line and not line.startswith("#"))
    return [(name, rest) for name, _, rest in (line.partition(" ") for line in lines)]


def of(name: str) -> list[str]:
    """What the instructions of one name say."""
    return [rest for instruction, rest in instructions() if instruction == name]


@pytest.fixture(scope="module")
def service() -> dict[str, Any]:
    """The compose file's service."""
    compose = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
    found: dict[str, Any] = compose["services"]["newsqa"]
    assert set(compose["volumes"]) == {"index", "vectors"}
    return found


def test_the_image_is_pinned_and_known() -> None:
    """Known instructions, exact versions of every base; the last stage has a user, a check and a command."""
    known = {"FROM", "ENV", "WORKDIR", "RUN", "COPY", "USER", "VOLUME", "EXPOSE", "HEALTHCHECK", "CMD"}
    assert {name for name, _ in instructions()} <= known
    assert all(re.match(r"python:3\.\d+\.\d+-slim-\w+( AS \w+)?$", base) for base in of("FROM"))
    last = [name for name, _ in instructions()]
    last = last[len(last) - last[::-1].index("FROM") :]
    assert [name for name in last if name in {"USER", "HEALTHCHECK", "CMD"}] == ["USER", "HEALTHCHECK", "CMD"]


def test_it_runs_without_rights() -> None:
    """As a numbered user that is not root, over files that it does not own; the command is no shell."""
    (user,) = of("USER")
    assert re.fullmatch(r"[1-9]\d{3,}:[1-9]\d{3,}", user)
    assert all("--chown" not in copied for copied in of("COPY"))
    assert of("CMD") == ['["newsqa", "serve"]']
    assert "/v1/ready" in of("HEALTHCHECK")[0]


def test_it_is_built_from_the_tested_versions() -> None:
    """What is installed has the versions of constraints.txt and hashes; torch is without CUDA, and has none."""
    pinned = re.findall(r"^torch==\S+$", (ROOT / "constraints.txt").read_text(encoding="utf-8"), re.MULTILINE)
    installs = [run for run in of("RUN") if "pip install" in run]
    assert pinned[0] in installs[0]
    assert "whl/cpu" in installs[0]
    assert "--no-deps --require-hashes -r requirements.lock" in installs[1]
    assert "--no-deps" in installs[2]
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    blocks = re.findall(r"(?m)^(\S+==\S+)((?: \\\n    --hash=sha256:[0-9a-f]{64})*)(?: ;.*)?$", lock)
    assert len(blocks) == lock.count("==")
    assert all(hashes for _, hashes in blocks)
    tested = {canonicalize_name(line.partition("==")[0]): line for line in _constraints()}
    for one, _ in blocks:
        name, _, version = one.partition("==")
        if name == "setuptools":  # for torch; `pip freeze` does not name it
            continue
        assert tested[canonicalize_name(name)].endswith(f"=={version}")


def test_its_time_to_end_is_longer_than_newsqa_takes(service: dict[str, Any]) -> None:
    """The engine kills the container only after the server has given its questions their time."""
    assert int(service["stop_grace_period"].removesuffix("s")) > Settings(home=ROOT).grace + 5


def _constraints() -> list[str]:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if "==" in line]


def test_what_is_copied_is_there_and_nothing_else_is_sent() -> None:
    """The ignore file begins with everything, and lets in what COPY names."""
    let_in = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    named = {
        word.removeprefix("./") for copied in of("COPY") if "--from" not in copied for word in copied.split()[:-1]
    }
    assert named == let_in
    assert all((ROOT / name).exists() for name in named)
    assert (ROOT / ".dockerignore").read_text().startswith("*\n")


def test_its_settings_exist() -> None:
    """Every NEWSQA_ variable of both files is a setting, and none is a secret."""
    text = (ROOT / "Dockerfile").read_text() + (ROOT / "compose.yaml").read_text()
    names = set(re.findall(r"\bNEWSQA_([A-Z_]+)\b", text))
    assert names
    assert {name.lower() for name in names} <= set(Settings.model_fields)
    assert not re.search(r"nqa_|password|secret", text, re.IGNORECASE)


def test_the_service_is_locked_down(service: dict[str, Any]) -> None:
    """Read-only, no capabilities, no new privileges, bounded, and published to this machine alone."""
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in service["security_opt"]
    assert all(port.startswith("127.0.0.1:") for port in service["ports"])
    assert service["volumes"] == ["index:/data"]
    assert service["tmpfs"][0].startswith("/tmp:")  # noqa: S108 - in the container
    assert service["mem_limit"]
    assert service["pids_limit"]


def test_the_chroma_server_is_asked_for_and_reached_by_newsqa_alone() -> None:
    """It starts only with its profile, in the tested version, keeps its data, and publishes no port."""
    chroma = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))["services"]["chroma"]
    pinned = re.findall(r"^chromadb==(\S+)$", (ROOT / "constraints.txt").read_text(encoding="utf-8"), re.MULTILINE)
    assert chroma["profiles"] == ["chroma"]
    assert chroma["image"] == f"chromadb/chroma:{pinned[0]}"
    assert chroma["volumes"] == ["vectors:/data"]
    assert "ports" not in chroma
    assert chroma["cap_drop"] == ["ALL"]


def test_compose_reads_it() -> None:
    """Where the Docker client is installed, it accepts the file."""
    if (
        shutil.which("docker") is None
        or subprocess.run(["docker", "compose", "version"], capture_output=True).returncode
    ):
        pytest.skip("the Docker client with compose is not installed")
    run = subprocess.run(["docker", "compose", "config", "-q"], cwd=ROOT, capture_output=True, text=True)
    assert (run.returncode, run.stderr) == (0, "")
