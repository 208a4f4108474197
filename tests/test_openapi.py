"""The API holds what its OpenAPI description says: schemathesis makes requests from it, good ones and bad ones."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from newsqa.interfaces.api._app import build_api
from newsqa.interfaces.api._context import Context
from newsqa.pipeline import NewsQA
from tests.newsroom import copy_index
from tests.served import Served, serving

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),  # of the libraries that schemathesis uses
]

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    response_headers_conformance,
    negative_data_rejection,
    unsupported_method,
]


@pytest.fixture(scope="module")
def server(newsroom_index: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server that fetches nothing, and may be changed."""
    home = copy_index(newsroom_index, tmp_path_factory.mktemp("openapi") / "index")
    with serving(home, rate_limit="0", fetch="false", log="off") as served:
        yield served


@pytest.fixture(scope="module")
def description(server: Served) -> Any:
    """The description as the server gives it."""
    return schemathesis.openapi.from_url(f"{server.url}/v1/openapi.json")


OPERATIONS = {
    ("POST", "/v1/ask"),
    ("POST", "/v1/search"),
    ("GET", "/v1/suggestions"),
    ("GET", "/v1/articles"),
    ("POST", "/v1/articles"),
    ("GET", "/v1/articles/{article_id}"),
    ("DELETE", "/v1/articles/{article_id}"),
    ("POST", "/v1/chat/completions"),
    ("GET", "/v1/models"),
    ("GET", "/v1/models/{model}"),
    ("GET", "/v1/health"),
    ("GET", "/v1/ready"),
    ("GET", "/v1/metrics"),
}


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=lambda mode: mode.value)
@pytest.mark.parametrize(("method", "path"), sorted(OPERATIONS), ids=lambda word: word)
def test_the_api_is_as_described(description: Any, method: str, path: str, mode: GenerationMode) -> None:
    """Statuses, types and bodies are those described; what does not fit is refused, and never with a 500."""
    operation = description[path][method]
    if mode == GenerationMode.NEGATIVE and not (operation.body or len(list(operation.iter_parameters()))):
        pytest.skip("nothing can be wrong with it")

    @settings(
        max_examples=8,
        deadline=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
        derandomize=True,
        database=None,
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def send(case: Any) -> None:
        response = case.call(timeout=120)
        if response.status_code not in {413, 414}:  # too long: refused before anyone looks what else is wrong
            case.validate_response(response, checks=CHECKS)

    send()


def test_every_route_has_an_example_or_needs_none(newsroom_index: Path) -> None:
    """Each body is described with an example, each operation by a name and a sentence, each with its errors."""
    with NewsQA.open(newsroom_index) as qa:
        described = build_api(Context.of(qa)).openapi()
    assert {(m.upper(), path) for path, operations in described["paths"].items() for m in operations} == OPERATIONS
    for operations in described["paths"].values():
        for operation in operations.values():
            assert operation["operationId"].isidentifier()
            assert operation["description"]
            assert {"401", "429", "503"} <= set(operation["responses"])
            for content in operation.get("requestBody", {}).get("content", {}).values():
                text = json.dumps(content) + json.dumps(described["components"]["schemas"])
                assert "example" in text
